//! OpenAPI Overlay 1.1: documentation, Rust names, and corrections with evidence.
//!
//! The rules are stricter than the specification, so that no action can become dead:
//!
//! - The target must match `x-count` places (default: 1), and the action must change each of them.
//! - Each place must still have the value in `x-expect`.
//! - A correction, which changes more than documentation and names, needs a reason (`description`)
//!   and evidence (`x-ref`).
//! - An action with `x-server` applies to the descriptions of those servers, before the merge. Other
//!   actions apply to the merged description.

mod action;
mod edit;
mod extensions;

use anyhow::{Context as _, Result, anyhow, ensure};
use serde::Deserialize;
use serde_json::Value;
use serde_saphyr::Spanned;

use crate::openapi::json::Pointer;
use crate::openapi::reference::did_you_mean;
pub use action::{Action, Effect};

/// An overlay document. The default one has no actions.
#[derive(Clone, Debug, Default)]
pub struct Overlay {
    actions: Vec<Action>,
    text: Value,
}

/// A correction that was applied: its evidence and its effect.
#[derive(Clone, Debug)]
pub(crate) struct Correction {
    /// The source that shows that the description is wrong (`x-ref`).
    pub(crate) evidence: String,
    /// The correction makes its places nullable.
    pub(crate) nullable: bool,
    /// The changed places, with their values before the change.
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
    /// The text is not YAML, has a duplicate key, or is not an overlay of version 1.0 or 1.1.
    pub fn parse(text: &str) -> Result<Self> {
        let file: File = serde_saphyr::from_str(text).map_err(|error| {
            // The first line has the place. The hint about an option of the YAML reader is cut off:
            // the author of the overlay cannot set it.
            let message = error.to_string();
            let message = message.lines().next().unwrap_or_default().trim_start_matches("error: ");
            anyhow!(
                "is not a valid overlay: {}",
                message.split(", set DuplicateKeyPolicy").next().unwrap_or(message)
            )
        })?;
        ensure!(
            matches!(file.overlay.as_str(), version if version.starts_with("1.0.") || version.starts_with("1.1.")),
            "#/overlay: version `{}` is not supported; use 1.1.0",
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

    /// Applies the actions for all servers to the merged description.
    ///
    /// # Errors
    ///
    /// An action breaks one of the rules at the top of this module. The error names the action and its line.
    pub(crate) fn apply(&self, document: &mut Value) -> Result<Vec<Correction>> {
        self.apply_some(document, |action| action.servers.is_empty())
    }

    /// As [`Self::apply`], for the actions whose `x-server` names this server, on its description.
    pub(crate) fn apply_to(&self, server: &str, document: &mut Value) -> Result<Vec<Correction>> {
        self.apply_some(document, |action| action.servers.iter().any(|name| name == server))
    }

    /// Applies the actions of a server's description, or those that are for all servers, as far as they
    /// still hold: a description that the overlay was not written for can be compared.
    pub(crate) fn apply_where_it_holds(&self, server: Option<&str>, document: &mut Value) {
        let is_wanted = |action: &&Action| match server {
            Some(server) => action.servers.iter().any(|name| name == server),
            None => action.servers.is_empty(),
        };
        for action in self.actions.iter().filter(is_wanted) {
            action.apply_where_it_holds(document);
        }
    }

    fn apply_some(
        &self,
        document: &mut Value,
        is_selected: impl Fn(&Action) -> bool,
    ) -> Result<Vec<Correction>> {
        let mut corrections = Vec::new();
        for action in self.actions.iter().filter(|action| is_selected(action)) {
            let places = action.apply_strictly(document);
            let places = places.with_context(|| place(action.index, action.line))?;
            if let Some((_, evidence)) = action.evidence.clone().filter(|_| !action.is_docs()) {
                let nullable = action.makes_nullable();
                corrections.push(Correction { evidence, nullable, places });
            }
        }
        Ok(corrections)
    }

    /// Refuses an `x-server` that names a server without a description.
    pub(crate) fn check_servers(&self, known: &[&str]) -> Result<()> {
        for action in &self.actions {
            if let Some(server) = action.servers.iter().find(|name| !known.contains(&name.as_str()))
            {
                return Err(anyhow!(
                    "`x-server`: no description of `{server}`{}",
                    did_you_mean(server, known.iter().copied())
                ))
                .with_context(|| place(action.index, action.line));
            }
        }
        Ok(())
    }

    /// The same overlay without one action. A test uses it to find actions that change no output.
    pub fn without(&self, index: usize) -> Self {
        let mut overlay = self.clone();
        overlay.actions.retain(|action| action.index != index);
        overlay
    }

    /// The actions as a JSON value: its digest does not depend on comments or layout.
    pub fn to_value(&self) -> Value {
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
        let docs = apply("{target: $.a.c, update: {description: docs}}").unwrap();
        assert_eq!(docs["a"]["c"], json!({"type": "string", "description": "docs"}));
        let appended = apply(&format!("{{target: $.a.b, {WHY}, update: 4}}")).unwrap();
        assert_eq!(appended["a"]["b"], json!([1, 2, 3, 4]));
        let replaced =
            apply(&format!("{{target: \"$['d/e'][?@.n == 'y'].n\", {WHY}, update: z}}")).unwrap();
        assert_eq!(replaced["d/e"][1]["n"], "z");
        let copied = apply(&format!("{{target: $.a.c, {WHY}, copy: \"$['d/e'][0]\"}}")).unwrap();
        assert_eq!(copied["a"]["c"], json!({"type": "string", "n": "x"}));
    }

    #[test]
    fn several_items_of_one_array_are_removed() {
        let removed =
            apply(&format!("{{target: '$.a.b[?@ < 3]', {WHY}, x-count: 2, remove: true}}"))
                .unwrap();
        assert_eq!(removed["a"]["b"], json!([3]));
    }

    #[test]
    fn an_invalid_or_dead_action_is_refused_with_its_line() {
        for (action, message) in [
            (
                "{target: $.x, update: {description: w}}",
                "#/actions/0 (line 4): `$.x` matches nothing",
            ),
            ("{target: '$.a.b[*]', update: {x-order: 1}}", "the target is a scalar"),
            ("{target: '$.*', update: {x-order: 1}}", "matches 2 places, not 1"),
            (
                "{target: $.a.c, update: {type: string}, description: w, x-ref: r}",
                "changes nothing at 1 of 1 places",
            ),
            (
                "{target: '$.a.b[?@ < 3]', remove: true, description: w, x-ref: r}",
                "matches 2 places, not 1",
            ),
            (
                "{target: $.a.c, update: {type: integer}}",
                "a correction needs `description` (the reason) and `x-ref` (the evidence)",
            ),
            (
                "{target: $.a.c, x-expect: {type: integer}, update: {description: w}}",
                "`x-expect` no longer holds at #/a/c: expected {\"type\":\"integer\"}, found {\"type\":\"string\"}",
            ),
            (
                "{target: $.a, update: {b: [4, 2]}, description: w, x-ref: r}",
                "adds 2, which is already in the list at #/a",
            ),
            ("{target: '$.a[', update: {description: w}}", "`$.a[` is not a valid JSONPath"),
            ("{target: $.a.c, updates: {}}", "unknown field `updates`"),
            ("{target: $.a.c}", "needs exactly one of `update`, `copy` and `remove: true`"),
        ] {
            let error = refused(action);
            assert!(error.contains(message), "{error}");
        }
    }

    #[test]
    fn a_duplicate_key_is_refused() {
        let error = refused("{target: $.a.c, target: $.a, update: {description: w}}");
        assert!(error.contains("duplicate"), "{error}");
    }
}
