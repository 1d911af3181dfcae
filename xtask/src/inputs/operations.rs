//! `spec/operations.toml`: which operations the SDK has, and what each is called.

use std::collections::BTreeMap;

use anyhow::{Context as _, Result, bail};
use heck::ToSnakeCase as _;
use serde::Deserialize;
use serde_json::{Value, json};

/// The operations of the SDK: operation id to method name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Operations(BTreeMap<String, String>);

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    operation: Vec<Entry>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    id: String,
    name: Option<String>,
}

impl Operations {
    /// Reads the file.
    ///
    /// # Errors
    ///
    /// The text is not TOML of this form, an id or a name stands twice, or a name is no Rust
    /// method name.
    pub fn parse(text: &str) -> Result<Self> {
        let file: File = toml::from_str(text).context("is not a list of [[operation]] tables")?;
        let mut names = BTreeMap::new();
        let mut ids = BTreeMap::new();
        for (index, entry) in file.operation.into_iter().enumerate() {
            let at = format!("operation[{index}]");
            let name = entry.name.unwrap_or_else(|| entry.id.to_snake_case());
            if name != name.to_snake_case()
                || name == "gen"
                || syn::parse_str::<syn::Ident>(&name).is_err()
            {
                bail!(
                    "{at}: `{name}` is no method name: use snake_case, and no word of the language"
                );
            }
            if let Some(other) =
                ids.insert(name.clone(), entry.id.clone()).filter(|id| *id != entry.id)
            {
                bail!(
                    "{at}: `{other}` and `{}` are both called `{name}`: give one another name",
                    entry.id
                );
            }
            if names.insert(entry.id.clone(), name).is_some() {
                bail!("{at}: `{}` stands twice", entry.id);
            }
        }
        if names.is_empty() {
            bail!("lists no operation");
        }
        Ok(Self(names))
    }

    /// The operation ids, sorted.
    pub fn ids(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(String::as_str)
    }

    /// What the operations are called in the SDK.
    pub(crate) fn names(&self) -> impl Iterator<Item = &str> {
        self.0.values().map(String::as_str)
    }

    /// What an operation is called in the SDK, if it is listed.
    pub fn name(&self, id: &str) -> Option<&str> {
        self.0.get(id).map(String::as_str)
    }

    /// How many operations there are.
    pub fn count(&self) -> usize {
        self.0.len()
    }

    /// What the file says, as a value: its digest does not see comments or order.
    pub(crate) fn to_value(&self) -> Value {
        json!(self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_operation_without_a_name_is_called_after_its_id() {
        let operations = Operations::parse("[[operation]]\nid = \"actions/get-thing\"\n").unwrap();
        assert_eq!(operations.name("actions/get-thing"), Some("actions_get_thing"));
    }

    #[test]
    fn doubled_and_impossible_names_are_refused() {
        for (text, says) in [
            (
                "[[operation]]\nid = \"a/b\"\n[[operation]]\nid = \"a/b\"\n",
                "operation[1]: `a/b` stands twice",
            ),
            ("[[operation]]\nid = \"a/b\"\n[[operation]]\nid = \"a-b\"\n", "are both called `a_b`"),
            ("[[operation]]\nid = \"a\"\nname = \"type\"\n", "`type` is no method name"),
            ("[[operation]]\nid = \"a\"\nname = \"getThing\"\n", "`getThing` is no method name"),
            ("operation = []", "lists no operation"),
        ] {
            let error = Operations::parse(text).unwrap_err().to_string();
            assert!(error.contains(says), "{error}");
        }
    }
}
