//! One action of the overlay: reading it, and applying it to a document.

use std::cmp::Reverse;

use anyhow::{Context as _, Result, bail, ensure};
use serde_json::Value;

use super::edit::{merge, remove, repeated, select, steps};
use super::extensions;
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
    /// The reason (`description`) and the evidence (`x-ref`).
    pub(super) evidence: Option<(String, String)>,
    /// The servers whose descriptions it applies to; empty if it applies to the merged description.
    pub(super) servers: Vec<String>,
}

#[derive(Clone, Debug)]
enum Change {
    Update(Value),
    Copy(String),
    Remove,
}

/// The effect of an action.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Effect {
    /// The number of places that the target matched.
    pub matched: usize,
    /// The number of these places that the action changed.
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
        let fields = action.as_object().context("is not an object")?;
        if let Some(key) = fields.keys().find(|key| !known.contains(&key.as_str())) {
            bail!("unknown field `{key}`; an action has {}", known.join(", "));
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
            _ => bail!("needs exactly one of `update`, `copy` and `remove: true`"),
        };
        let count = fields
            .get("x-count")
            .map_or(Some(1), Value::as_u64)
            .context("`x-count` must be a non-negative integer")?;
        Ok(Self {
            index,
            line,
            target: text("target").context("`target` is missing")?,
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
                    .context("`x-server` must be a server or a list of servers")?,
            },
        })
    }

    /// True if the action only adds documentation and names.
    pub(super) fn is_docs(&self) -> bool {
        fn only_docs(update: &Value) -> bool {
            update.as_object().is_some_and(|map| {
                !map.is_empty()
                    && map.iter().all(|(key, value)| match key.as_str() {
                        "description" => value.is_string(),
                        key => key.starts_with("x-") || only_docs(value),
                    })
            })
        }
        matches!(&self.change, Change::Update(update) if only_docs(update))
    }

    pub(super) fn makes_nullable(&self) -> bool {
        matches!(&self.change, Change::Update(update) if update["nullable"] == true)
    }

    pub(super) fn apply_strictly(&self, document: &mut Value) -> Result<Vec<(Pointer, Value)>> {
        ensure!(
            self.evidence.is_some() || self.is_docs(),
            "a correction needs `description` (the reason) and `x-ref` (the evidence)"
        );
        if let Change::Update(update) = &self.change {
            extensions::check(update, &self.target)?;
        }
        let mut places = Vec::new();
        for at in self.matches(document)? {
            let found = document.pointer(at.as_str()).unwrap_or(&Value::Null);
            let plain = without_availability(found);
            if let Some(expected) = self.expect.as_ref().filter(|expected| **expected != plain) {
                bail!(
                    "`x-expect` no longer holds at {at}: expected {}, found {}; correct or delete \
                     the action",
                    json::sorted(expected),
                    json::sorted(&plain)
                );
            }
            if let Change::Update(update) = &self.change
                && let Some(value) = repeated(found, update)
            {
                bail!(
                    "adds {value}, which is already in the list at {at}; upstream has been corrected: \
                     delete the action or the value"
                );
            }
            places.push((at.clone(), found.clone()));
        }
        let target = &self.target;
        let Effect { matched, changed } = self.apply(document)?;
        ensure!(matched > 0, "`{target}` matches nothing; correct the target or delete the action");
        ensure!(
            matched == self.count,
            "`{target}` matches {matched} places, not {}; correct the target or `x-count`",
            self.count
        );
        ensure!(
            changed == matched,
            "`{target}` changes nothing at {} of {matched} places; upstream has been corrected: \
             delete the action",
            matched - changed
        );
        Ok(places)
    }

    /// Applies the action where it still holds: names and documentation wherever the target is, corrections
    /// where `x-expect` is what is there. The rest is left as it is.
    pub(super) fn apply_where_it_holds(&self, document: &mut Value) {
        let expects = |found: &Value| match &self.expect {
            Some(expected) if !self.is_docs() => *expected == without_availability(found),
            _ => true,
        };
        let all = self.matches(document).unwrap_or_default();
        let holds = |at: &Pointer| document.pointer(at.as_str()).is_some_and(expects);
        if all.iter().all(holds) {
            let mut changed = document.clone();
            // An update that the places cannot take changes nothing.
            if self.apply(&mut changed).is_ok() {
                *document = changed;
            }
        }
    }

    /// Applies the action as the specification defines it: a target without matches is not an error.
    ///
    /// # Errors
    ///
    /// The target is not a valid JSONPath, or the update does not fit the selected value.
    pub fn apply(&self, document: &mut Value) -> Result<Effect> {
        let mut matches = self.matches(document)?;
        let update = match &self.change {
            Change::Remove => {
                // From the last to the first, so that the other indexes of an array stay valid.
                matches.sort_by_key(|at| Reverse(steps(at)));
                let changed = matches.iter().filter(|at| remove(document, at)).count();
                return Ok(Effect { matched: matches.len(), changed });
            }
            Change::Update(update) => update.clone(),
            Change::Copy(from) => match select(document, from)?.as_slice() {
                [one] => document.pointer(one.as_str()).cloned().unwrap_or_default(),
                places => bail!("`copy`: `{from}` matches {} places, not 1", places.len()),
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

/// What the description itself has: which servers have it is added by the merge.
fn without_availability(found: &Value) -> Value {
    let mut plain = found.clone();
    if let Some(plain) = plain.as_object_mut() {
        plain.retain(|key, _| key != "x-available" && key != "x-enum-available");
    }
    plain
}
