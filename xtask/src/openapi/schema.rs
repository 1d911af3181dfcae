//! Reading schemas: kind, null, references, unions.

use std::fmt;

use anyhow::{Context as _, Result};
use serde_json::{Map, Value};

use crate::openapi::json::Pointer;
use crate::openapi::reference;

/// The sender of a value. Enums of answers are open, those of requests are closed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Side {
    /// Sent by the program in a request.
    Sent,
    /// Received from the server in an answer.
    Received,
}

/// A restriction of the values that a server accepts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Limit {
    /// The smallest number.
    Minimum,
    /// The largest number.
    Maximum,
    /// The length of the shortest text.
    MinLength,
    /// The length of the longest text.
    MaxLength,
    /// The regular expression that a text matches.
    Pattern,
}

impl Limit {
    /// All of them.
    pub(crate) const ALL: [Self; 5] =
        [Self::Minimum, Self::Maximum, Self::MinLength, Self::MaxLength, Self::Pattern];

    /// The keyword of a schema.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Minimum => "minimum",
            Self::Maximum => "maximum",
            Self::MinLength => "minLength",
            Self::MaxLength => "maxLength",
            Self::Pattern => "pattern",
        }
    }
}

/// The kind of a schema without `allOf`: from `type`, or from other keys if it has no `type`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Object,
    Union,
    Map,
    MapOfAnything,
    List,
    ListOfAnything,
    Time,
    Text,
    Integer,
    Number,
    Boolean,
    /// No type: any value.
    Any,
    /// A `type` that is not part of OpenAPI 3.0.
    Unknown,
}

impl Kind {
    pub(crate) fn of(schema: &Value) -> Self {
        let has = |key: &str| schema[key].as_object().is_some_and(|map| !map.is_empty());
        let is_union = schema["oneOf"].is_array() || schema["anyOf"].is_array();
        match schema.get("type").map(|kind| kind.as_str().unwrap_or_default()) {
            None | Some("object") if has("properties") => Self::Object,
            _ if is_union => Self::Union,
            Some("object") if has("additionalProperties") => Self::Map,
            Some("object") => Self::MapOfAnything,
            Some("array") if has("items") => Self::List,
            Some("array") => Self::ListOfAnything,
            Some("string") if schema["format"] == "date-time" => Self::Time,
            Some("string") => Self::Text,
            Some("integer") => Self::Integer,
            Some("number") => Self::Number,
            Some("boolean") => Self::Boolean,
            Some(_) => Self::Unknown,
            None => Self::Any,
        }
    }

    /// The class of kinds that can be merged with each other, represented by one kind.
    pub(crate) fn class(self) -> Self {
        match self {
            Self::ListOfAnything => Self::List,
            Self::Map | Self::MapOfAnything => Self::Object,
            kind => kind,
        }
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Object => "an object",
            Self::Union => "a union",
            Self::Map => "a map",
            Self::MapOfAnything => "a map of any values",
            Self::List => "a list",
            Self::ListOfAnything => "a list of any values",
            Self::Time => "a time",
            Self::Text => "a string",
            Self::Integer => "an integer",
            Self::Number => "a number",
            Self::Boolean => "a boolean",
            Self::Any => "any value",
            Self::Unknown => "an unknown type",
        })
    }
}

/// The smallest and the largest value of an integer, under the key of the limit. The schema can exclude its limit
/// itself.
pub(crate) fn integer_bounds(schema: &Value) -> impl Iterator<Item = (&'static str, i64)> {
    let bound = |limit: Limit, exclusive: &str, step: i64| {
        let value = &schema[limit.as_str()];
        let is_whole = |number: &f64| number.fract() == 0.0 && number.abs() < 1e15;
        #[expect(clippy::cast_possible_truncation, reason = "a whole number of 15 digits")]
        let whole = || value.as_f64().filter(is_whole).map(|number| number as i64);
        let number = value.as_i64().or_else(whole)?;
        let step = if schema[exclusive] == true { step } else { 0 };
        Some((limit.as_str(), number.checked_add(step)?))
    };
    let min = bound(Limit::Minimum, "exclusiveMinimum", 1);
    min.into_iter().chain(bound(Limit::Maximum, "exclusiveMaximum", -1))
}

/// True if the schema is declared nullable, or its enum has null.
pub(crate) fn is_nullable(schema: &Value) -> bool {
    let lists_null = |values: &Vec<Value>| values.iter().any(Value::is_null);
    schema["nullable"] == true || schema["enum"].as_array().is_some_and(lists_null)
}

/// The values of an enum of strings. `None` if the enum is missing, has no string, or has a value other than
/// strings and null.
pub(crate) fn enum_values(schema: &Value) -> Option<Vec<&str>> {
    let values = schema["enum"].as_array()?;
    let texts: Vec<_> = values.iter().filter_map(Value::as_str).collect();
    let is_enum = values.iter().all(|value| value.is_string() || value.is_null());
    (is_enum && !texts.is_empty()).then_some(texts)
}

/// The reference in an alias: an `allOf` or a union with one reference, which OpenAPI 3.0 uses for "this type, but
/// nullable here". Other schemas are returned unchanged.
pub(crate) fn alias(schema: &Value) -> &Value {
    schema.as_object().and_then(only_reference).unwrap_or(schema)
}

/// True for an `allOf` or a union with one reference; see [`alias`].
pub(crate) fn is_alias(schema: &Value) -> bool {
    schema.get("$ref").is_none() && reference(schema).is_some()
}

/// The reference in an [`alias`]; `None` for other schemas.
pub(crate) fn only_reference(schema: &Map<String, Value>) -> Option<&Value> {
    let parts = ["allOf", "oneOf", "anyOf"].into_iter().find_map(|key| schema.get(key))?;
    match parts.as_array()?.as_slice() {
        [one] if one["$ref"].is_string() && !schema.contains_key("properties") => Some(one),
        _ => None,
    }
}

/// The text of the reference in a schema, directly or in an [`alias`].
pub(crate) fn reference(schema: &Value) -> Option<&str> {
    alias(schema)["$ref"].as_str()
}

/// Merges the parts of an `allOf` into one object schema.
pub(crate) fn flatten(document: &Value, schema: &Value, at: &Pointer) -> Result<Value> {
    let Some(parts) = schema["allOf"].as_array() else { return Ok(schema.clone()) };
    let mut whole = schema.clone();
    let merged = whole.as_object_mut().with_context(|| format!("{at}: is not a schema"))?;
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

/// The variants of a union, and the keyword that lists them.
pub(crate) fn unions(schema: &Value) -> Option<(&'static str, &Vec<Value>)> {
    let is_union = Kind::of(schema) == Kind::Union;
    let key = ["oneOf", "anyOf"].into_iter().find(|key| is_union && schema[key].is_array())?;
    Some((key, schema[key].as_array()?))
}
