//! `spec/operations.toml`: the operations of the SDK, their names and groups.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Context as _, Result, bail};
use heck::{ToSnakeCase as _, ToUpperCamelCase as _};
use serde::Deserialize;
use serde_json::{Value, json};

/// The operations of the SDK, by operation id.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Operations(BTreeMap<String, Listed>);

/// An entry of the list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listed {
    /// The name of its method on the client.
    pub name: String,
    /// The group: the folder of `sdk/src/generated` that has the operation.
    pub group: String,
}

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
    group: Option<String>,
}

/// The group of an entry without `group`. Where it exists, it is always on, and every other group is a feature.
pub(crate) const ALWAYS_ON: &str = "jobs";

/// The modules of generated code beside those of the groups.
const GENERATED: [&str; 4] = ["operations", "requests", "shared", "types"];

impl Operations {
    /// Reads the file.
    ///
    /// # Errors
    ///
    /// The text is not TOML of this form, an id or a name is duplicated, or a name is not valid in Rust.
    pub fn parse(text: &str) -> Result<Self> {
        let file: File = toml::from_str(text).context("is not a list of [[operation]] tables")?;
        let operations = Self::list(file.operation)?;
        if operations.0.is_empty() {
            bail!("lists no operation");
        }
        Ok(operations)
    }

    fn list(entries: impl IntoIterator<Item = Entry>) -> Result<Self> {
        let mut operations: BTreeMap<String, Listed> = BTreeMap::new();
        let mut requests: BTreeMap<String, String> = BTreeMap::new();
        for (index, Entry { id, name, group }) in entries.into_iter().enumerate() {
            let at = format!("operation[{index}]");
            let name = name.unwrap_or_else(|| id.to_snake_case());
            let group = group.unwrap_or_else(|| ALWAYS_ON.to_owned());
            if GENERATED.contains(&group.as_str()) {
                bail!(
                    "{at}: the group `{group}` is a module of generated code; choose another name"
                );
            }
            for (what, text) in [("method", &name), ("group", &group)] {
                if !is_name(text) {
                    bail!(
                        "{at}: `{text}` is not a valid {what} name; use snake_case, and not a keyword"
                    );
                }
            }
            // `get_a1` and `get_a_1` are one type.
            let request = name.to_upper_camel_case();
            if let Some(other) = requests.get(&request).filter(|other| **other != id) {
                bail!(
                    "{at}: the requests of `{other}` and `{id}` would both be `{request}`; change one `name`"
                );
            }
            requests.insert(request, id.clone());
            if operations.insert(id.clone(), Listed { name, group }).is_some() {
                bail!("{at}: `{id}` is duplicated");
            }
        }
        Ok(Self(operations))
    }

    /// The list of these operations, each with the name of its id.
    ///
    /// # Errors
    ///
    /// As [`Operations::parse`].
    pub fn of<'i>(ids: impl IntoIterator<Item = &'i str>) -> Result<Self> {
        let entries =
            ids.into_iter().map(|id| Entry { id: id.to_owned(), name: None, group: None });
        Self::list(entries)
    }

    /// These operations, each in the group of the first part of its id: `repos/get` in `repos`.
    ///
    /// # Errors
    ///
    /// As [`Operations::parse`].
    pub fn by_prefix(&self) -> Result<Self> {
        let entries = self.0.iter().map(|(id, listed)| {
            let prefix = id.split_once('/').map_or("api", |(prefix, _)| prefix).to_snake_case();
            let is_free = is_name(&prefix) && !GENERATED.contains(&prefix.as_str());
            let group = if is_free { prefix } else { format!("api_{prefix}") };
            Entry { id: id.clone(), name: Some(listed.name.clone()), group: Some(group) }
        });
        Self::list(entries)
    }

    /// The operation ids, sorted.
    pub fn ids(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(String::as_str)
    }

    /// The entry of an operation, if it is listed.
    pub fn get(&self, id: &str) -> Option<&Listed> {
        self.0.get(id)
    }

    /// The groups that are Cargo features of the SDK.
    pub(crate) fn features(&self) -> BTreeSet<&str> {
        let groups = self.0.values().map(|listed| listed.group.as_str());
        groups.filter(|group| *group != ALWAYS_ON).collect()
    }

    /// The number of operations.
    pub fn count(&self) -> usize {
        self.0.len()
    }

    /// The file as a value: its digest does not depend on comments or order.
    pub(crate) fn to_value(&self) -> Value {
        let entries = self.0.iter();
        entries.map(|(id, Listed { name, group })| (id.clone(), json!([name, group]))).collect()
    }
}

fn is_name(text: &str) -> bool {
    text == text.to_snake_case() && text != "gen" && syn::parse_str::<syn::Ident>(text).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_operation_without_a_name_is_called_after_its_id() {
        let operations = Operations::parse("[[operation]]\nid = \"actions/get-thing\"\n").unwrap();
        let listed = operations.get("actions/get-thing").unwrap();
        assert_eq!((listed.name.as_str(), listed.group.as_str()), ("actions_get_thing", "jobs"));
    }

    #[test]
    fn duplicate_and_invalid_names_are_refused() {
        for (text, message) in [
            (
                "[[operation]]\nid = \"a/b\"\n[[operation]]\nid = \"a/b\"\n",
                "operation[1]: `a/b` is duplicated",
            ),
            ("[[operation]]\nid = \"a/b\"\n[[operation]]\nid = \"a-b\"\n", "would both be `AB`"),
            ("[[operation]]\nid = \"a\"\nname = \"type\"\n", "`type` is not a valid method name"),
            (
                "[[operation]]\nid = \"a\"\nname = \"getThing\"\n",
                "`getThing` is not a valid method name",
            ),
            ("operation = []", "lists no operation"),
        ] {
            let error = Operations::parse(text).unwrap_err().to_string();
            assert!(error.contains(message), "{error}");
        }
    }
}
