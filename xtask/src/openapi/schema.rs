//! What a schema says, whichever way it says it: references, parts, null, type.

use anyhow::{Context as _, Result, bail};
use serde_json::{Map, Value};

use crate::openapi::json::Pointer;
use crate::openapi::positions::{self, Kind};
use crate::openapi::reference;

/// Who sends a value: words in an answer are open, words in a request are closed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Side {
    Request,
    Response,
}

/// What is nested deeper than this contains itself.
pub(crate) const DEEPEST: usize = 100;

/// A reference in an `allOf` of its own is how OpenAPI 3.0 says "this type, but nullable here".
pub(crate) fn alias(schema: &Value) -> &Value {
    schema.as_object().and_then(only_reference).unwrap_or(schema)
}

/// Whether it is such an `allOf`.
pub(crate) fn is_alias(schema: &Value) -> bool {
    schema.get("$ref").is_none() && reference(schema).is_some()
}

fn only_reference(schema: &Map<String, Value>) -> Option<&Value> {
    match schema.get("allOf")?.as_array()?.as_slice() {
        [one] if one["$ref"].is_string() && !schema.contains_key("properties") => Some(one),
        _ => None,
    }
}

/// The text of a reference that stands here, alone or in an `allOf` that says more about this place.
pub(crate) fn reference(schema: &Value) -> Option<&str> {
    alias(schema)["$ref"].as_str()
}

/// `allOf` as the one object it describes.
pub(crate) fn flatten(document: &Value, schema: &Value, at: &Pointer) -> Result<Value> {
    let Some(parts) = schema["allOf"].as_array() else { return Ok(schema.clone()) };
    let mut whole = schema.clone();
    let merged = whole.as_object_mut().with_context(|| format!("{at}: is no schema"))?;
    merged.remove("allOf");
    for (index, part) in parts.iter().enumerate() {
        let (part, at) = reference::resolve(document, part, &at.child("allOf").child(index))?;
        let part = flatten(document, part, &at)?;
        for (key, value) in part.as_object().into_iter().flatten() {
            match (merged.get_mut(key), value) {
                (Some(Value::Object(known)), Value::Object(more)) => {
                    more.iter()
                        .for_each(|(key, value)| drop(known.insert(key.clone(), value.clone())));
                }
                (Some(Value::Array(known)), Value::Array(more)) if key == "required" => {
                    known.extend(more.iter().cloned());
                }
                (Some(_), _) => {}
                (None, value) => drop(merged.insert(key.clone(), value.clone())),
            }
        }
    }
    Ok(whole)
}

/// A document in which no schema has parts.
pub(crate) fn flattened(document: &Value) -> Result<Value> {
    let mut flat = document.clone();
    let mut last = Pointer::root();
    // What is copied from a component may have parts inside.
    for _ in 0..DEEPEST {
        let mut places: Vec<Pointer> = Vec::new();
        positions::visit(Kind::Document, &Pointer::root(), &mut flat, &mut |kind, at, map| {
            let inside = |outer: &Pointer| at.as_str().starts_with(&format!("{}/", outer.as_str()));
            if kind == Kind::Schema && has_parts(map) && !places.iter().any(inside) {
                places.push(at.clone());
            }
        });
        for at in &places {
            if let Some(schema) = flat.pointer_mut(at.as_str()) {
                *schema = flatten(document, schema, at)?;
            }
        }
        match places.pop() {
            Some(at) => last = at,
            None => return Ok(flat),
        }
    }
    let outer = last.as_str().split('/').skip(1).take(5);
    bail!("{}: contains itself by way of an `allOf`", Pointer::root().descend(outer))
}

fn has_parts(schema: &Map<String, Value>) -> bool {
    schema.get("allOf").is_some_and(Value::is_array) && only_reference(schema).is_none()
}

/// What a schema without parts describes, in words that end "it is ..".
pub(crate) fn kind(schema: &Value) -> &'static str {
    let has = |key: &str| schema[key].as_object().is_some_and(|map| !map.is_empty());
    match schema["type"].as_str() {
        // As the generator has it: what has properties is an object, whatever else is said of it.
        _ if has("properties") => "an object",
        _ if schema["oneOf"].is_array() || schema["anyOf"].is_array() => "a choice",
        Some("object") if has("additionalProperties") => "a map",
        Some("object") => "a map of anything",
        Some("array") if has("items") => "a list",
        Some("array") => "a list of anything",
        Some("string") if schema["format"] == "date-time" => "a time",
        Some("string") => "a string",
        Some("integer") => "an integer",
        Some("number") => "a number",
        Some("boolean") => "a boolean",
        Some(_) => "of an unknown type",
        None => "any value",
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn parts_become_one_object_wherever_they_stand() {
        let document = json!({"components": {"schemas": {
            "base": {"type": "object", "required": ["a"], "properties": {"a": {"allOf": [{"type": "string"}]}}},
            "more": {"allOf": [
                {"$ref": "#/components/schemas/base"},
                {"required": ["b"], "properties": {"b": {"type": "integer"}}},
            ]},
            "same": {"allOf": [{"$ref": "#/components/schemas/base"}], "nullable": true},
        }}});
        let flat = flattened(&document).unwrap();
        let schemas = &flat["components"]["schemas"];
        assert_eq!(
            schemas["more"],
            json!({"type": "object", "required": ["a", "b"],
                "properties": {"a": {"type": "string"}, "b": {"type": "integer"}}})
        );
        assert_eq!(schemas["same"], document["components"]["schemas"]["same"]);
    }

    #[test]
    fn what_contains_itself_by_way_of_parts_is_refused() {
        let document = json!({"components": {"schemas": {
            "a": {"properties": {"x": {"allOf": [{"$ref": "#/components/schemas/a"}, {"type": "object"}]}}},
        }}});
        let error = flattened(&document).unwrap_err().to_string();
        assert!(error.contains("contains itself by way of an `allOf`"), "{error}");
    }
}
