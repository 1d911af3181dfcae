//! The largest description that the generator accepts. The limit of a list or map is about ten times what the
//! descriptions of GitHub have, that of a whole description about twice. The work of every stage grows with the size.

use anyhow::{Result, bail};
use serde_json::Value;

use crate::openapi::json::{Place, Pointer, cut};
use crate::openapi::positions::{Kind, Layout, walk};

/// The longest name, in bytes: of a path, component, property, parameter, media type, operation or enum value.
pub(crate) const LONGEST_NAME: usize = 1_200;

/// The most bytes that the names under one key have together.
const MOST_NAMES: usize = 60_000;

/// The most schemas and enum values of a description. The description of api.github.com has 54,000.
const MOST_PARTS: usize = 100_000;

/// The most components of one kind.
const MOST_COMPONENTS: usize = 10_000;

/// The most entries of another map or list, except under the keys below.
const MOST: usize = 300;

/// The most entries of a map or list under a key.
const EXCEPTIONS: [(Kind, &str, usize); 11] = [
    (Kind::Document, "paths", 10_000),
    (Kind::Schema, "properties", 1_500),
    (Kind::Schema, "required", 1_500),
    (Kind::Schema, "enum", 1_500),
    (Kind::Schema, "oneOf", 500),
    (Kind::Schema, "anyOf", 500),
    (Kind::Schema, "allOf", 500),
    (Kind::Schema, "x-order", 1_500),
    (Kind::Schema, "x-enum-deprecated", 1_500),
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

/// The remedy for a part that operations use.
const REMEDY: &str = "remove the operations that use it from spec/operations.toml";

/// The remedy for a part that no operation uses.
const OTHER_REMEDY: &str = "pin another version in spec/upstream.toml";

/// Refuses a part of a description that is too large for the generator.
///
/// # Errors
///
/// Names the first place that breaks a limit.
pub(crate) fn check(kind: Kind, at: &Pointer, value: &Value) -> Result<()> {
    let mut parts = 0;
    walk(kind, &Place::Base(at), value, &mut |kind, place, value| {
        if kind == Kind::Schema {
            parts += 1 + value["enum"].as_array().map_or(0, Vec::len);
            if parts > MOST_PARTS {
                bail!(
                    "{place}: is more than the supported {MOST_PARTS} schemas and enum values of a description; \
                     list fewer operations in spec/operations.toml"
                );
            }
        }
        check_sizes(kind, place, value)?;
        check_names(kind, place, value)
    })
}

fn check_sizes(kind: Kind, place: &Place<'_>, value: &Value) -> Result<()> {
    let exceptions = EXCEPTIONS.iter().filter(|(of, ..)| *of == kind);
    let is_exception = |key: &str| exceptions.clone().any(|(_, exception, _)| *exception == key);
    let others = kind
        .children()
        .iter()
        .filter(|(key, layout, _)| *layout != Layout::One && !is_exception(key));
    let others = others.map(|(key, ..)| (*key, most(kind)));
    for (key, most) in exceptions.clone().map(|(_, key, most)| (*key, *most)).chain(others) {
        check_size(kind, &Place::Key(place, key), &value[key], most)?;
    }
    let (discriminator, key) = (Place::Key(place, "discriminator"), "mapping");
    check_size(kind, &Place::Key(&discriminator, key), &value["discriminator"][key], MOST)
}

fn most(kind: Kind) -> usize {
    if kind == Kind::Components { MOST_COMPONENTS } else { MOST }
}

fn check_size(kind: Kind, place: &Place<'_>, value: &Value, most: usize) -> Result<()> {
    let size = match value {
        Value::Array(items) => items.len(),
        Value::Object(map) => map.len(),
        _ => 0,
    };
    if size > most {
        let is_used = !matches!(kind, Kind::Document | Kind::Components | Kind::Server);
        let remedy = if is_used { REMEDY } else { OTHER_REMEDY };
        bail!("{place}: has {size} entries; at most {most} are supported; {remedy}");
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
    fn a_description_with_too_many_schemas_and_enum_values_is_refused() {
        let properties: Map<_, _> = (0..499).map(|index| (index.to_string(), json!({}))).collect();
        let values: Vec<_> = (0..500).map(|index| index.to_string()).collect();
        let schema = json!({"properties": properties, "enum": values});
        let check = |count: usize| {
            let schemas: Map<_, _> =
                (0..count).map(|index| (index.to_string(), schema.clone())).collect();
            let document = json!({"components": {"schemas": schemas}});
            super::check(Kind::Document, &Pointer::root(), &document)
        };
        check(100).unwrap();
        let error = check(101).unwrap_err().to_string();
        assert!(error.starts_with("#/components/schemas/"), "{error}");
        let problem = "is more than the supported 100000 schemas and enum values";
        assert!(error.contains(problem), "{error}");
    }

    #[test]
    fn each_list_and_map_has_a_limit() {
        use Kind::*;
        let mut kinds = vec![Document];
        let mut next = 0;
        while let Some(kind) = kinds.get(next).copied() {
            for (.., child) in kind.children() {
                if !kinds.contains(child) {
                    kinds.push(*child);
                }
            }
            next += 1;
        }
        assert_eq!(kinds.len(), 16, "{kinds:?}");
        let children = kinds.iter().flat_map(|kind| {
            let children = kind.children().iter().filter(|(_, layout, _)| *layout != Layout::One);
            children.map(|(key, layout, _)| (*kind, *key, *layout, most(*kind)))
        });
        let is_exception = |kind: Kind, key: &str| {
            EXCEPTIONS.iter().any(|(of, exception, _)| *of == kind && *exception == key)
        };
        let others: Vec<_> = children.filter(|(kind, key, ..)| !is_exception(*kind, key)).collect();
        assert!(others.len() > 20);
        let exceptions =
            EXCEPTIONS.iter().map(|(kind, key, most)| (*kind, *key, Layout::Map, *most));
        for (kind, key, layout, most) in others.into_iter().chain(exceptions) {
            let check = |count: usize| {
                let names = (0..count).map(|index| index.to_string());
                let entries = match layout {
                    Layout::Map => {
                        names.map(|name| (name, json!({}))).collect::<Map<_, _>>().into()
                    }
                    _ => names.map(|_| json!({})).collect::<Vec<_>>().into(),
                };
                let value = Value::Object(Map::from_iter([(key.to_owned(), entries)]));
                super::check(kind, &Pointer::root(), &value).map_err(|error| error.to_string())
            };
            assert_eq!(check(most), Ok(()), "{kind:?} {key}");
            let problem =
                format!("#/{key}: has {} entries; at most {most} are supported", most + 1);
            assert!(check(most + 1).unwrap_err().starts_with(&problem), "{kind:?} {key}");
        }
        let mapping: Map<_, _> = (0..301).map(|index| (index.to_string(), json!("a"))).collect();
        let schema = json!({"discriminator": {"propertyName": "a", "mapping": mapping}});
        let error = super::check(Schema, &Pointer::root(), &schema).unwrap_err().to_string();
        assert!(error.starts_with("#/discriminator/mapping: has 301 entries"), "{error}");
    }
}
