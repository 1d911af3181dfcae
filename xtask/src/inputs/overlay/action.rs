//! One action: what it says, and what it does to a document.

use std::cmp::Reverse;

use anyhow::{Context as _, Result, bail, ensure};
use serde_json::Value;

use super::edit::{merge, remove, repeated, select, steps};
use crate::openapi::json::{self, Pointer};

/// One action, read but not applied.
#[derive(Clone, Debug)]
pub struct Action {
    pub(super) index: usize,
    pub(super) line: u64,
    target: String,
    change: Change,
    expect: Option<Value>,
    count: usize,
    /// Why, and on whose word.
    pub(super) evidence: Option<(String, String)>,
    /// The servers whose description it is for; none where it is for what all have together.
    pub(super) servers: Vec<String>,
}

#[derive(Clone, Debug)]
enum Change {
    Update(Value),
    Copy(String),
    Remove,
}

/// What an action did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Effect {
    /// How many places its target matched.
    pub matched: usize,
    /// How many of them are different now.
    pub changed: usize,
}

impl Action {
    pub(super) fn read(index: usize, line: u64, action: &Value) -> Result<Self> {
        let known = [
            "target",
            "description",
            "update",
            "copy",
            "remove",
            "x-count",
            "x-expect",
            "x-ref",
            "x-server",
        ];
        let fields = action.as_object().context("is no object")?;
        if let Some(key) = fields.keys().find(|key| !known.contains(&key.as_str())) {
            bail!("`{key}` is no field of an action: it has {}", known.join(", "));
        }
        let text = |key: &str| fields.get(key).and_then(Value::as_str).map(str::to_owned);
        let change = match (
            fields.get("remove").and_then(Value::as_bool),
            text("copy"),
            fields.get("update"),
        ) {
            (Some(true), None, None) => Change::Remove,
            (None | Some(false), Some(from), None) => Change::Copy(from),
            (None | Some(false), None, Some(update)) => Change::Update(update.clone()),
            _ => bail!("needs one of `update`, `copy` and `remove: true`, and no more"),
        };
        let count = fields
            .get("x-count")
            .map_or(Some(1), Value::as_u64)
            .context("`x-count` is no count")?;
        Ok(Self {
            index,
            line,
            target: text("target").context("has no `target`")?,
            change,
            expect: fields.get("x-expect").cloned(),
            count: usize::try_from(count)?,
            evidence: text("description").zip(text("x-ref")),
            servers: match fields.get("x-server") {
                None => Vec::new(),
                Some(Value::String(one)) => vec![one.clone()],
                Some(several) => serde_json::from_value(several.clone())
                    .ok()
                    .filter(|several: &Vec<String>| !several.is_empty())
                    .context("`x-server` is neither a server nor a list of servers")?,
            },
        })
    }

    /// Whether the action adds only words and names.
    pub(super) fn is_words(&self) -> bool {
        fn words(update: &Value) -> bool {
            update.as_object().is_some_and(|map| {
                !map.is_empty()
                    && map.iter().all(|(key, value)| match key.as_str() {
                        "description" => value.is_string(),
                        key => key.starts_with("x-") || words(value),
                    })
            })
        }
        matches!(&self.change, Change::Update(update) if words(update))
    }

    pub(super) fn makes_nullable(&self) -> bool {
        matches!(&self.change, Change::Update(update) if update["nullable"] == true)
    }

    pub(super) fn apply_strictly(&self, document: &mut Value) -> Result<Vec<(Pointer, Value)>> {
        ensure!(
            self.evidence.is_some() || self.is_words(),
            "changes facts, so it needs a `description` (why) and an `x-ref` (the evidence)"
        );
        let mut places = Vec::new();
        for at in self.matches(document)? {
            let found = document.pointer(at.as_str()).unwrap_or(&Value::Null);
            // Which servers have it is not the description's word, but the merge's.
            let mut plain = found.clone();
            if let Some(plain) = plain.as_object_mut() {
                plain.retain(|key, _| key != "x-available" && key != "x-enum-available");
            }
            if let Some(expected) = self.expect.as_ref().filter(|expected| **expected != plain) {
                bail!(
                    "`x-expect` no longer holds at {at}: expected {}, found {}; delete the action, \
                     or correct it",
                    json::sorted(expected),
                    json::sorted(&plain)
                );
            }
            if let Change::Update(update) = &self.change
                && let Some(value) = repeated(found, update)
            {
                bail!(
                    "adds {value}, which stands at {at} already: the description says so by now, delete \
                     the action or the value"
                );
            }
            places.push((at.clone(), found.clone()));
        }
        let target = &self.target;
        let Effect { matched, changed } = self.apply(document)?;
        ensure!(
            matched > 0,
            "`{target}` matches nothing: delete the action, or correct its target"
        );
        ensure!(
            matched == self.count,
            "`{target}` matches {matched} places, not {}: correct it, or its `x-count`",
            self.count
        );
        ensure!(
            changed == matched,
            "`{target}` changes nothing in {} of {matched} places: the description says so already, \
             delete the action",
            matched - changed
        );
        Ok(places)
    }

    /// Applies the action as the specification has it: what matches nothing is no error.
    ///
    /// # Errors
    ///
    /// The target is no JSONPath, or what it selects cannot take the update.
    pub fn apply(&self, document: &mut Value) -> Result<Effect> {
        let mut matches = self.matches(document)?;
        let update = match &self.change {
            Change::Remove => {
                // Back to front, so that the indexes of an array still hold.
                matches.sort_by_key(|at| Reverse(steps(at)));
                let changed = matches.iter().filter(|at| remove(document, at)).count();
                return Ok(Effect { matched: matches.len(), changed });
            }
            Change::Update(update) => update.clone(),
            Change::Copy(from) => match select(document, from)?.as_slice() {
                [one] => document.pointer(one.as_str()).cloned().unwrap_or_default(),
                places => bail!("`copy` selects {} places of `{from}`, not one", places.len()),
            },
        };
        let mut changed = 0;
        for at in &matches {
            let Some(found) = document.pointer_mut(at.as_str()) else {
                continue;
            };
            let before = found.clone();
            merge(found, &update).with_context(|| format!("at {at}"))?;
            changed += usize::from(*found != before);
        }
        Ok(Effect { matched: matches.len(), changed })
    }

    fn matches(&self, document: &Value) -> Result<Vec<Pointer>> {
        select(document, &self.target)
    }
}
