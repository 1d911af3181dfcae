//! Reading one schema: what it is, what it is called, what it has in common with another.

use anyhow::{Result, bail};
use serde_json::{Value, json};

use crate::json::Pointer;
use crate::schema::Side;

/// What a schema with a name of its own is.
#[derive(Clone, Copy)]
pub(super) enum Body {
    Words,
    Scalar,
    Object,
    Union(&'static str),
}

impl Body {
    pub(super) fn of(schema: &Value) -> Option<Self> {
        let words = schema["enum"].as_array().is_some_and(|words| {
            words.iter().all(|word| word.is_string() || word.is_null())
                && words.iter().any(Value::is_string)
        });
        let properties = schema["properties"].as_object().is_some_and(|map| !map.is_empty());
        let alternatives = ["oneOf", "anyOf"].into_iter().find(|key| schema[key].is_array());
        match alternatives {
            _ if words => Some(Self::Words),
            _ if properties => Some(Self::Object),
            Some(key) => Some(Self::Union(key)),
            None if schema["x-rust"]["name"].is_string() => Some(Self::Scalar),
            None => None,
        }
    }
}

/// The words of an enum, in the order of the description.
pub(super) fn words(schema: &Value, at: &Pointer, side: Side) -> Result<Value> {
    let mut words: Vec<&str> = Vec::new();
    for word in schema["enum"].as_array().into_iter().flatten().filter_map(Value::as_str) {
        if words.contains(&word) {
            bail!("{}: `{word}` stands twice", at.child("enum"));
        }
        words.push(word);
    }
    let mut read = json!({"type": "string", "enum": words});
    if side == Side::Response {
        read["x-open"] = true.into();
    }
    if let Some(descriptions) = schema.get("x-enum-descriptions") {
        for word in descriptions.as_object().into_iter().flatten().map(|(word, _)| word) {
            if !words.contains(&word.as_str()) {
                bail!("{}: `{word}` is no word of this enum", at.child("x-enum-descriptions"));
            }
        }
        read["x-enum-descriptions"] = descriptions.clone();
    }
    if let Some(available) = schema.get("x-enum-available") {
        read["x-enum-available"] = available.clone();
    }
    Ok(read)
}

pub(super) fn reference_to(name: &str) -> Value {
    json!({"$ref": format!("#/components/schemas/{name}")})
}

/// The name of a component, where the pointer is that of a whole one.
pub(super) fn component_name(at: &Pointer) -> Option<String> {
    let name = at.as_str().strip_prefix("/components/schemas/")?;
    (!name.contains('/')).then(|| name.replace("~1", "/").replace("~0", "~"))
}

/// `nullable-user` is a user that may be null: null belongs to the place, not to the type.
pub(super) fn nullable_name<'n>(component: &'n str, schema: &Value) -> &'n str {
    match component.strip_prefix("nullable-") {
        Some(name) if schema["nullable"] == true => name,
        _ => component,
    }
}

/// A named schema without its words: two with one shape are one type.
pub(super) fn shape(schema: &Value) -> Value {
    match schema {
        Value::Object(map) => {
            let kept = map.iter().filter(|(key, value)| match key.as_str() {
                // A property may have this name; then it is a schema.
                "description" => !value.is_string(),
                "x-available" => !value.is_array(),
                key => {
                    let words =
                        ["x-enum-available", "x-enum-descriptions", "x-open", "externalDocs"];
                    !words.contains(&key)
                }
            });
            kept.map(|(key, value)| (key.clone(), shape(value))).collect()
        }
        Value::Array(items) => items.iter().map(shape).collect(),
        scalar => scalar.clone(),
    }
}
