//! OpenAPI Overlay 1.1: our words, our names, and corrections with evidence.
//!
//! Applying it is stricter than the specification, so that nothing in the file can be dead:
//! an action must match as many places as its `x-count` says (1 where it says nothing) and change
//! each of them, what `x-expect` says must still stand there, and what is more than words must say
//! why (`description`) and on whose word (`x-ref`). An action with `x-server` is for the description
//! of that server alone, before all are merged; the others are for what comes of merging.

mod action;
mod edit;

use anyhow::{Context as _, Result, anyhow, ensure};
use serde::Deserialize;
use serde_json::Value;
use serde_saphyr::Spanned;

use crate::openapi::json::Pointer;
use crate::openapi::reference::did_you_mean;
pub use action::{Action, Effect};

/// An overlay document.
#[derive(Clone, Debug)]
pub struct Overlay {
    actions: Vec<Action>,
    text: Value,
}

/// What a correction has done, and why.
#[derive(Clone, Debug)]
pub(crate) struct Correction {
    /// On whose word.
    pub(crate) evidence: String,
    /// Whether it is that something may be null.
    pub(crate) nullable: bool,
    /// The places, with what stood there.
    pub(crate) places: Vec<(Pointer, Value)>,
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

    /// Applies the actions that are for all servers, and refuses those that have become dead letters.
    ///
    /// # Errors
    ///
    /// See the rules at the head of this module; the error names the action and its line.
    pub(crate) fn apply(&self, document: &mut Value) -> Result<Vec<Correction>> {
        self.apply_some(document, |action| action.servers.is_empty())
    }

    /// As [`Self::apply`], with the actions that are for one server, on that server's description.
    pub(crate) fn apply_to(&self, server: &str, document: &mut Value) -> Result<Vec<Correction>> {
        self.apply_some(document, |action| action.servers.iter().any(|name| name == server))
    }

    fn apply_some(
        &self,
        document: &mut Value,
        wanted: impl Fn(&Action) -> bool,
    ) -> Result<Vec<Correction>> {
        let mut corrections = Vec::new();
        for action in self.actions.iter().filter(|action| wanted(action)) {
            let places = action.apply_strictly(document);
            let places = places.with_context(|| place(action.index, action.line))?;
            if let Some((_, evidence)) = action.evidence.clone().filter(|_| !action.is_words()) {
                let nullable = action.makes_nullable();
                corrections.push(Correction { evidence, nullable, places });
            }
        }
        Ok(corrections)
    }

    /// Refuses an action that is for a server of which there is no description.
    pub(crate) fn check_servers(&self, known: &[&str]) -> Result<()> {
        for action in &self.actions {
            if let Some(server) = action.servers.iter().find(|name| !known.contains(&name.as_str()))
            {
                return Err(anyhow!(
                    "`x-server`: no description is of `{server}`{}",
                    did_you_mean(server, known.iter().copied())
                ))
                .with_context(|| place(action.index, action.line));
            }
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
            (
                "{target: $.a, update: {b: [4, 2]}, description: w, x-ref: r}",
                "adds 2, which stands at #/a already",
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
