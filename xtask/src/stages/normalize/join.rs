//! Joins two schemas that have the same name in the overlay.

use serde_json::{Map, Value, json};

use crate::openapi::enums::BY_VALUE;

/// The schema that fits both: the values and properties of both, required if both require it. `None` if
/// they have different shapes.
pub(super) fn joined(known: &Value, read: &Value) -> Option<Value> {
    let (has_values, has_properties) = (known["enum"].is_array(), known["properties"].is_object());
    match known["type"].as_str() {
        _ if known["type"] != read["type"] => None,
        Some("string") if has_values && read["enum"].is_array() => Some(values(known, read)),
        _ if shape(known) == shape(read) => Some(known.clone()),
        Some("object") if has_properties => properties(known, read),
        Some("integer") => {
            let mut joined = known.clone();
            joined["format"] = "int64".into();
            Some(joined)
        }
        _ => None,
    }
}

fn values(known: &Value, read: &Value) -> Value {
    let mut joined = known.clone();
    let list = |schema: &Value| schema["enum"].as_array().cloned().unwrap_or_default();
    let mut values = list(known);
    values.extend(list(read).into_iter().filter(|value| !list(known).contains(value)));
    let mut docs = read["x-enum-descriptions"].as_object().cloned().unwrap_or_default();
    docs.extend(known["x-enum-descriptions"].as_object().cloned().unwrap_or_default());
    let (mut available, mut deprecated) = (Map::new(), Map::new());
    for value in &values {
        let text = value.as_str().unwrap_or_default();
        // A value is deprecated if all schemas that list it mark it.
        let listing = [known, read].into_iter().filter(|schema| list(schema).contains(value));
        let declared = listing.map(|schema| schema["x-enum-deprecated"].get(text));
        if let Some([replacement, ..]) = declared.collect::<Option<Vec<_>>>().as_deref() {
            deprecated.insert(text.to_owned(), (*replacement).clone());
        }
        let servers = |schema: &Value| {
            let servers = &schema["x-enum-available"][text];
            list(schema).contains(value).then(|| servers.as_array().cloned())
        };
        // A value is on all servers if one of the schemas has it on all servers.
        let servers = match (servers(known), servers(read)) {
            (Some(Some(one)), Some(Some(other))) => {
                let more = other.into_iter().filter(|server| !one.contains(server));
                let more: Vec<_> = more.collect();
                Some([one, more].concat())
            }
            (Some(_), Some(_)) => None,
            (servers, None) | (None, servers) => servers.flatten(),
        };
        if let Some(servers) = servers {
            available.insert(text.to_owned(), servers.into());
        }
    }
    joined["enum"] = values.into();
    for (key, map) in BY_VALUE.into_iter().zip([available, deprecated, docs]) {
        if let Some(joined) = joined.as_object_mut() {
            joined.remove(key);
            if !map.is_empty() {
                joined.insert(key.to_owned(), map.into());
            }
        }
    }
    joined
}

fn properties(known: &Value, read: &Value) -> Option<Value> {
    let mut joined = known.clone();
    let properties = joined["properties"].as_object_mut()?;
    for (key, property) in read["properties"].as_object()? {
        match properties.get(key) {
            Some(same) if shape(same) == shape(property) => {}
            Some(_) => return None,
            None => drop(properties.insert(key.clone(), property.clone())),
        }
    }
    let required = |schema: &Value| schema["required"].as_array().cloned().unwrap_or_default();
    let both = required(known).into_iter().filter(|key| required(read).contains(key));
    joined["required"] = json!(both.collect::<Vec<_>>());
    Some(joined)
}

/// The schema without documentation and places, for comparing shapes.
fn shape(schema: &Value) -> Value {
    match schema {
        Value::Object(map) => {
            let kept = map.iter().filter(|(key, value)| match key.as_str() {
                // If a property has this name, its value is a schema.
                "description" => !value.is_string(),
                "x-available" => !value.is_array(),
                "x-origin" | "externalDocs" => false,
                key if BY_VALUE.contains(&key) => false,
                _ => true,
            });
            kept.map(|(key, value)| (key.clone(), shape(value))).collect()
        }
        Value::Array(items) => items.iter().map(shape).collect(),
        scalar => scalar.clone(),
    }
}
