//! Reading one schema: what it is, what it is called, what it has in common with another.

use anyhow::{Result, bail};
use serde_json::{Map, Value, json};

use crate::openapi::json::Pointer;
use crate::openapi::schema::Side;

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

/// Two schemas that the overlay gives one name, as the one that fits both: words and properties of
/// either, required what both require. None where a property is of two types.
pub(super) fn joined(known: &Value, read: &Value) -> Option<Value> {
    let mut joined = known.clone();
    if known["type"] != read["type"] {
        return None;
    }
    let words = joined.get_mut("enum").and_then(Value::as_array_mut);
    if let (Some(words), Some(more)) = (words, read["enum"].as_array()) {
        more.iter().for_each(|word| {
            if !words.contains(word) {
                words.push(word.clone());
            }
        });
        for (word, words) in read["x-enum-descriptions"].as_object().into_iter().flatten() {
            if known["x-enum-descriptions"].get(word).is_none() {
                joined["x-enum-descriptions"][word] = words.clone();
            }
        }
        if read["x-open"] == true {
            joined["x-open"] = true.into();
        }
        let lists = |schema: &Value, word: &Value| {
            schema["enum"].as_array().is_some_and(|words| words.contains(word))
        };
        let mut available = Map::new();
        for word in joined["enum"].as_array().into_iter().flatten() {
            let of = |schema: &Value| {
                let servers = &schema["x-enum-available"][word.as_str().unwrap_or_default()];
                lists(schema, word).then(|| servers.as_array().cloned())
            };
            // A word that one of them has on all servers is on all servers.
            let servers = match (of(known), of(read)) {
                (Some(servers), None) | (None, Some(servers)) => servers,
                (Some(one), Some(other)) => one.zip(other).map(|(mut all, other)| {
                    let more = other.into_iter().filter(|server| !all.contains(server));
                    let more: Vec<_> = more.collect();
                    all.extend(more);
                    all
                }),
                (None, None) => None,
            };
            if let (Some(servers), Some(word)) = (servers, word.as_str()) {
                available.insert(word.to_owned(), servers.into());
            }
        }
        if let Some(joined) = joined.as_object_mut() {
            joined.remove("x-enum-available");
            if !available.is_empty() {
                joined.insert("x-enum-available".to_owned(), available.into());
            }
        }
        return Some(joined);
    }
    let properties = joined.get_mut("properties").and_then(Value::as_object_mut);
    if let (Some(properties), Some(more)) = (properties, read["properties"].as_object()) {
        for (key, property) in more {
            match properties.get(key) {
                Some(same) if shape(same) == shape(property) => {}
                Some(_) => return None,
                None => drop(properties.insert(key.clone(), property.clone())),
            }
        }
        let both = read["required"].as_array();
        let required = joined.get_mut("required")?.as_array_mut()?;
        required.retain(|name| both.is_some_and(|both| both.contains(name)));
        return Some(joined);
    }
    let is_integer = known["type"] == "integer" && known.get("enum").is_none();
    joined["format"] = "int64".into();
    is_integer.then_some(joined)
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
