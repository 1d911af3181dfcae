//! OpenAPI Overlay 1.1: our words, our names, and corrections with evidence.
//!
//! [`Overlay::apply`] is stricter than the specification, so that nothing in the file can be dead:
//! an action must match as many places as its `x-count` says (1 where it says nothing) and change
//! each of them, what `x-expect` says must still stand there, and what is more than words must say
//! why (`description`) and on whose word (`x-ref`).

mod edit;

use std::cmp::Reverse;

use anyhow::{Context as _, Result, anyhow, bail, ensure};
use serde::Deserialize;
use serde_json::Value;
use serde_saphyr::Spanned;

use crate::json::{self, Pointer};
use edit::{merge, remove, select, steps};

/// An overlay document.
#[derive(Clone, Debug)]
pub struct Overlay {
    actions: Vec<Action>,
    text: Value,
}

/// One action, read but not applied.
#[derive(Clone, Debug)]
pub struct Action {
    index: usize,
    line: u64,
    target: String,
    change: Change,
    expect: Option<Value>,
    count: usize,
    evident: bool,
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

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    overlay: String,
    #[serde(rename = "info")]
    _info: Value,
    #[serde(rename = "extends", default)]
    _extends: Option<String>,
    actions: Vec<Spanned<Value>>,
}

impl Overlay {
    /// Reads an overlay in YAML or JSON.
    ///
    /// # Errors
    ///
    /// The text is not YAML, holds a key twice, or is no overlay of version 1.
    pub fn parse(text: &str) -> Result<Self> {
        let file: File = serde_saphyr::from_str(text).map_err(|error| {
            // Its first line has the place; a hint to the options of the reader is none for the author.
            let said = error.to_string();
            let said = said.lines().next().unwrap_or_default().trim_start_matches("error: ");
            anyhow!(
                "is no overlay: {}",
                said.split(", set DuplicateKeyPolicy").next().unwrap_or(said)
            )
        })?;
        ensure!(
            matches!(file.overlay.as_str(), version if version.starts_with("1.0.") || version.starts_with("1.1.")),
            "#/overlay: version `{}` is not supported: use 1.1.0",
            file.overlay
        );
        let mut actions = Vec::new();
        for (index, action) in file.actions.iter().enumerate() {
            let line = action.referenced.line();
            let read = Action::read(index, line, &action.value);
            actions.push(read.with_context(|| place(index, line))?);
        }
        let text = file.actions.into_iter().map(|action| action.value).collect();
        Ok(Self { actions, text })
    }

    /// The actions, in order.
    pub fn actions(&self) -> &[Action] {
        &self.actions
    }

    /// Applies every action, and refuses those that have become dead letters.
    ///
    /// # Errors
    ///
    /// See the rules at the head of this module; the error names the action and its line.
    pub fn apply(&self, document: &mut Value) -> Result<()> {
        for action in &self.actions {
            action.apply_strictly(document).with_context(|| place(action.index, action.line))?;
        }
        Ok(())
    }

    /// The same overlay with one action less: what changes nothing by being left out is dead.
    pub fn without(&self, index: usize) -> Self {
        let mut less = self.clone();
        less.actions.retain(|action| action.index != index);
        less
    }

    /// What the file says, as a value: its digest does not see comments or layout.
    pub(crate) fn to_value(&self) -> Value {
        self.text.clone()
    }
}

fn place(index: usize, line: u64) -> String {
    format!("#/actions/{index} (line {line})")
}

impl Action {
    fn read(index: usize, line: u64, action: &Value) -> Result<Self> {
        let known =
            ["target", "description", "update", "copy", "remove", "x-count", "x-expect", "x-ref"];
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
            evident: text("description").is_some() && text("x-ref").is_some(),
        })
    }

    /// Whether the action adds only words and names.
    fn is_words(&self) -> bool {
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

    fn apply_strictly(&self, document: &mut Value) -> Result<()> {
        ensure!(
            self.evident || self.is_words(),
            "changes facts, so it needs a `description` (why) and an `x-ref` (the evidence)"
        );
        for at in self.matches(document)? {
            let found = document.pointer(at.as_str()).unwrap_or(&Value::Null);
            if let Some(expected) = self.expect.as_ref().filter(|expected| *expected != found) {
                bail!(
                    "`x-expect` no longer holds at {at}: expected {}, found {}; delete the action, \
                     or correct it",
                    json::sorted(expected),
                    json::sorted(found)
                );
            }
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
        Ok(())
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

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn document() -> Value {
        json!({"a": {"b": [1, 2, 3], "c": {"type": "string"}}, "d/e": [{"n": "x"}, {"n": "y"}]})
    }

    fn apply(action: &str) -> Result<Value> {
        let text =
            format!("overlay: 1.1.0\ninfo: {{title: t, version: '1'}}\nactions:\n- {action}\n");
        let mut document = document();
        Overlay::parse(&text)?.apply(&mut document)?;
        Ok(document)
    }

    fn refused(action: &str) -> String {
        format!("{:#}", apply(action).unwrap_err())
    }

    const WHY: &str = "description: why, x-ref: https://example.com";

    #[test]
    fn updates_merge_append_and_replace() {
        let words = apply("{target: $.a.c, update: {description: words}}").unwrap();
        assert_eq!(words["a"]["c"], json!({"type": "string", "description": "words"}));
        let appended = apply(&format!("{{target: $.a.b, {WHY}, update: 4}}")).unwrap();
        assert_eq!(appended["a"]["b"], json!([1, 2, 3, 4]));
        let replaced =
            apply(&format!("{{target: \"$['d/e'][?@.n == 'y'].n\", {WHY}, update: z}}")).unwrap();
        assert_eq!(replaced["d/e"][1]["n"], "z");
        let copied = apply(&format!("{{target: $.a.c, {WHY}, copy: \"$['d/e'][0]\"}}")).unwrap();
        assert_eq!(copied["a"]["c"], json!({"type": "string", "n": "x"}));
    }

    #[test]
    fn removes_several_items_of_one_array() {
        let removed =
            apply(&format!("{{target: '$.a.b[?@ < 3]', {WHY}, x-count: 2, remove: true}}"))
                .unwrap();
        assert_eq!(removed["a"]["b"], json!([3]));
    }

    #[test]
    fn dead_letters_are_refused_with_their_place() {
        for (action, says) in [
            (
                "{target: $.x, update: {description: w}}",
                "#/actions/0 (line 4): `$.x` matches nothing",
            ),
            ("{target: '$.a.b[*]', update: {x-a: 1}}", "a plain value is selected"),
            ("{target: '$.*', update: {x-a: 1}}", "matches 2 places, not 1"),
            (
                "{target: $.a.c, update: {type: string}, description: w, x-ref: r}",
                "changes nothing in 1 of 1 places",
            ),
            (
                "{target: '$.a.b[?@ < 3]', remove: true, description: w, x-ref: r}",
                "matches 2 places, not 1",
            ),
            (
                "{target: $.a.c, update: {type: integer}}",
                "needs a `description` (why) and an `x-ref`",
            ),
            (
                "{target: $.a.c, x-expect: {type: integer}, update: {description: w}}",
                "`x-expect` no longer holds at #/a/c: expected {\"type\":\"integer\"}, found {\"type\":\"string\"}",
            ),
            ("{target: '$.a[', update: {description: w}}", "`$.a[` is no JSONPath"),
            ("{target: $.a.c, updates: {}}", "`updates` is no field of an action"),
            ("{target: $.a.c}", "needs one of `update`, `copy` and `remove: true`, and no more"),
        ] {
            let error = refused(action);
            assert!(error.contains(says), "{error}");
        }
    }

    #[test]
    fn a_key_that_stands_twice_is_refused() {
        let error = refused("{target: $.a.c, target: $.a, update: {description: w}}");
        assert!(error.contains("duplicate"), "{error}");
    }
}
