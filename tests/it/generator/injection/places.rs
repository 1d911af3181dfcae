//! The places of a JSON document that hold text, and edits of them.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

/// A place of text.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Edit {
    /// The string at this JSON pointer.
    Text(String),
    /// The key at the end of this JSON pointer.
    Key(String),
    /// This text wherever it is a string or a key, in references and in path templates.
    Everywhere(String),
}

impl Edit {
    /// True if both are texts with the same key.
    pub fn is_alike(&self, other: &Self) -> bool {
        self.key().is_some() && self.key() == other.key()
    }

    /// The key of a text.
    fn key(&self) -> Option<&str> {
        match self {
            Self::Text(at) => at.rsplit('/').next(),
            _ => None,
        }
    }
}

/// All places of text in a document.
pub fn edits(document: &Value) -> Vec<Edit> {
    let mut edits = Vec::new();
    collect(document, "", &mut edits);
    edits.sort_by(|a, b| (a.key(), a).cmp(&(b.key(), b)));
    // A text that is at one place only needs one edit.
    let mut seen = BTreeSet::new();
    edits.retain(|edit| seen.insert(edited(document, edit, "x").to_string()));
    edits
}

fn collect(value: &Value, at: &str, edits: &mut Vec<Edit>) {
    match value {
        Value::String(text) => {
            edits.push(Edit::Text(at.to_owned()));
            edits.push(Edit::Everywhere(text.clone()));
        }
        Value::Array(items) => {
            let items = items.iter().enumerate();
            items.for_each(|(index, item)| collect(item, &format!("{at}/{index}"), edits));
        }
        Value::Object(map) => {
            for (key, value) in map {
                let at = format!("{at}/{}", escaped(key));
                edits.push(Edit::Key(at.clone()));
                edits.push(Edit::Everywhere(key.clone()));
                collect(value, &at, edits);
            }
        }
        _ => {}
    }
}

fn escaped(key: &str) -> String {
    key.replace('~', "~0").replace('/', "~1")
}

/// The document with a text appended at a place.
pub fn edited(document: &Value, edit: &Edit, text: &str) -> Value {
    let mut document = document.clone();
    match edit {
        Edit::Text(at) => {
            if let Some(Value::String(value)) = document.pointer_mut(at) {
                value.push_str(text);
            }
        }
        Edit::Key(at) => {
            let (parent, key) = at.rsplit_once('/').unwrap();
            let key = key.replace("~1", "/").replace("~0", "~");
            if let Some(Value::Object(map)) = document.pointer_mut(parent) {
                *map = renamed(map, |old| if old == key { old + text } else { old });
            }
        }
        Edit::Everywhere(old) => everywhere(&mut document, old, text),
    }
    document
}

fn renamed(map: &mut Map<String, Value>, name: impl Fn(String) -> String) -> Map<String, Value> {
    std::mem::take(map).into_iter().map(|(key, value)| (name(key), value)).collect()
}

fn everywhere(value: &mut Value, old: &str, text: &str) {
    let edit = |it: String| -> String {
        let reference = format!("/{}", escaped(old));
        let template = format!("{{{old}}}");
        if it == old || it.starts_with("#/") && it.ends_with(&reference) {
            let text = if it == old { text.to_owned() } else { escaped(text) };
            it + &text
        } else if it.starts_with('/') && it.contains(&template) {
            it.replace(&template, &format!("{{{old}{text}}}"))
        } else {
            it
        }
    };
    match value {
        Value::String(it) => *it = edit(std::mem::take(it)),
        Value::Array(items) => items.iter_mut().for_each(|item| everywhere(item, old, text)),
        Value::Object(map) => {
            *map = renamed(map, edit);
            map.values_mut().for_each(|value| everywhere(value, old, text));
        }
        _ => {}
    }
}
