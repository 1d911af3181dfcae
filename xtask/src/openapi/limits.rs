//! The largest description that the generator accepts. Each limit is at least ten times what the descriptions of GitHub
//! have, and keeps the work of every stage small.

use anyhow::{Result, bail};
use serde_json::Value;

use crate::openapi::json::{Place, Pointer, cut};
use crate::openapi::positions::{Kind, Layout, walk};

/// The longest name, in bytes: of a path, component, property, parameter, media type, operation or enum value.
pub(crate) const LONGEST_NAME: usize = 1_200;

/// The most bytes of all names under one key of a schema.
const MOST_NAMES: usize = 60_000;

/// The most schemas of a description.
const MOST_SCHEMAS: usize = 500_000;

/// The most entries of a map or list under a key.
const MOST: [(Kind, &str, usize); 19] = [
    (Kind::Document, "paths", 10_000),
    (Kind::Document, "servers", 100),
    (Kind::Components, "schemas", 10_000),
    (Kind::Components, "responses", 10_000),
    (Kind::Components, "parameters", 10_000),
    (Kind::Components, "headers", 10_000),
    (Kind::PathItem, "parameters", 300),
    (Kind::Operation, "parameters", 300),
    (Kind::Operation, "responses", 300),
    (Kind::Response, "content", 300),
    (Kind::Schema, "properties", 1_500),
    (Kind::Schema, "required", 1_500),
    (Kind::Schema, "enum", 1_500),
    (Kind::Schema, "oneOf", 500),
    (Kind::Schema, "anyOf", 500),
    (Kind::Schema, "allOf", 500),
    (Kind::Schema, "x-order", 1_500),
    (Kind::Schema, "x-enum-descriptions", 1_500),
    (Kind::Schema, "x-rust", 20),
];

/// The keys whose text, or list of texts, is a name.
const NAMES: [(Kind, &str); 5] = [
    (Kind::Operation, "operationId"),
    (Kind::Parameter, "name"),
    (Kind::Parameter, "style"),
    (Kind::Schema, "required"),
    (Kind::Schema, "enum"),
];

/// The end of each message.
const REMEDY: &str = "remove the operations that use it from spec/operations.toml";

/// Refuses a part of a description that is too large for the generator.
///
/// # Errors
///
/// Names the first place that breaks a limit.
pub(crate) fn check(kind: Kind, at: &Pointer, value: &Value) -> Result<()> {
    let mut schemas = 0;
    walk(kind, &Place::Base(at), value, &mut |kind, place, value| {
        if kind == Kind::Schema {
            schemas += 1;
            if schemas > MOST_SCHEMAS {
                bail!("{place}: is more than the supported {MOST_SCHEMAS} schemas; {REMEDY}");
            }
        }
        check_sizes(kind, place, value)?;
        check_names(kind, place, value)
    })
}

fn check_sizes(kind: Kind, place: &Place<'_>, value: &Value) -> Result<()> {
    for (_, key, most) in MOST.iter().filter(|(of, ..)| *of == kind) {
        let size = match &value[*key] {
            Value::Array(items) => items.len(),
            Value::Object(map) => map.len(),
            _ => 0,
        };
        if size > *most {
            let place = Place::Key(place, key);
            bail!("{place}: has {size} entries; at most {most} are supported; {REMEDY}");
        }
    }
    Ok(())
}

fn check_names(kind: Kind, place: &Place<'_>, value: &Value) -> Result<()> {
    let maps = kind.children().iter().filter(|(_, layout, _)| *layout == Layout::Map);
    let keys = maps.map(|(key, ..)| *key);
    let more = NAMES.iter().filter(|(of, _)| *of == kind).map(|(_, key)| *key);
    for key in keys.chain(more) {
        let names: Vec<&str> = match &value[key] {
            Value::Object(map) => map.keys().map(String::as_str).collect(),
            Value::Array(items) => items.iter().filter_map(Value::as_str).collect(),
            one => one.as_str().into_iter().collect(),
        };
        let place = Place::Key(place, key);
        names.iter().try_for_each(|name| check_name(&place, name))?;
        let bytes: usize = names.iter().map(|name| name.len()).sum();
        if kind == Kind::Schema && bytes > MOST_NAMES {
            bail!(
                "{place}: the names have {bytes} bytes; at most {MOST_NAMES} are supported; {REMEDY}"
            );
        }
    }
    for key in ["name", "field", "type"] {
        check_name(
            &Place::Key(place, "x-rust"),
            value["x-rust"][key].as_str().unwrap_or_default(),
        )?;
    }
    let reference = value["$ref"].as_str().unwrap_or_default();
    check_name(&Place::Key(place, "$ref"), reference)
}

fn check_name(place: &Place<'_>, name: &str) -> Result<()> {
    if name.len() > LONGEST_NAME {
        bail!(
            "{place}: the name `{}` has {} bytes; at most {LONGEST_NAME} are supported; {REMEDY}",
            cut(name),
            name.len()
        );
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use serde_json::{Map, json};

    use super::*;

    #[test]
    fn a_description_with_too_many_schemas_is_refused() {
        let properties: Map<_, _> =
            (0..1_000).map(|index| (index.to_string(), json!({}))).collect();
        let schema = json!({"properties": properties});
        let check = |count: usize| {
            let schemas: Map<_, _> =
                (0..count).map(|index| (index.to_string(), schema.clone())).collect();
            let document = json!({"components": {"schemas": schemas}});
            super::check(Kind::Document, &Pointer::root(), &document)
        };
        check(400).unwrap();
        let error = check(500).unwrap_err().to_string();
        assert!(error.starts_with("#/components/schemas/"), "{error}");
        assert!(error.contains("is more than the supported 500000 schemas"), "{error}");
    }
}
