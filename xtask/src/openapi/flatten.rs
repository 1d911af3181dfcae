//! Merges the parts of every `allOf` of a document into one schema.
//!
//! Each component is merged once, after those that it takes parts from. So the work grows with the size of the
//! result, which is limited.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Context as _, Result, bail};
use serde_json::{Map, Value};

use crate::openapi::json::{DEEPEST, Place, Pointer, cut};
use crate::openapi::positions::{Kind, visit, walk};
use crate::openapi::reference::Reference;
use crate::openapi::schema::{only_reference, reference};
use crate::untrusted::inline_code;

/// The most objects that are copied from one schema to another.
const MOST_COPIES: usize = 100_000;

/// Merges every `allOf` of the document into one schema, except aliases.
///
/// # Errors
///
/// A schema contains itself through `allOf`, or the result is too large.
pub(crate) fn flatten_all(document: &mut Value) -> Result<()> {
    let mut merge = Merge::default();
    let schemas = document.pointer_mut("/components/schemas").and_then(Value::as_object_mut);
    let mut schemas = schemas.map(std::mem::take).unwrap_or_default();
    let names: Vec<String> = schemas.keys().cloned().collect();
    for name in in_order(&schemas)? {
        let mut schema = schemas.remove(&name).unwrap_or_default();
        let at = Pointer::root().descend(["components", "schemas", &name]);
        merge.inside(Kind::Schema, &at, &mut schema)?;
        merge.components.insert(name, schema);
    }
    merge.inside(Kind::Document, &Pointer::root(), document)?;
    if let Some(Value::Object(schemas)) = document.pointer_mut("/components/schemas") {
        let merged = names.into_iter().filter_map(|name| merge.components.remove_entry(&name));
        *schemas = merged.collect();
    }
    Ok(())
}

/// The names of the components: each after those that it takes parts from.
fn in_order(schemas: &Map<String, Value>) -> Result<Vec<String>> {
    let mut order = Vec::new();
    // False while the parts of a component are being visited.
    let mut seen: BTreeMap<String, bool> = BTreeMap::new();
    for name in schemas.keys() {
        let mut path = vec![(name.clone(), sources(schemas, name))];
        while let Some((name, rest)) = path.last_mut() {
            seen.entry(name.clone()).or_insert(false);
            let Some((at, source)) = rest.pop() else {
                if seen.insert(name.clone(), true) == Some(false) {
                    order.push(name.clone());
                }
                path.pop();
                continue;
            };
            match seen.get(&source) {
                Some(true) => {}
                Some(false) => bail!(
                    "{at}: contains itself through `allOf`; remove the reference to {} with an action in spec/overlay.yaml \
                     that has `x-server`",
                    inline_code(&cut(&source))
                ),
                None => {
                    let next = sources(schemas, &source);
                    path.push((source, next));
                }
            }
        }
    }
    Ok(order)
}

/// The components that a component takes parts from, each with the place of the `allOf`.
fn sources(schemas: &Map<String, Value>, name: &str) -> Vec<(Pointer, String)> {
    let Some(schema) = schemas.get(name) else { return Vec::new() };
    let at = Pointer::root().descend(["components", "schemas", name]);
    let mut sources = Vec::new();
    let mut add = |place: &Place<'_>, schema: &Value| {
        if let Some(text) = reference(schema)
            && let Ok(target) = Reference::parse(text, &at)
        {
            sources.push((place.pointer(), target.name));
        }
    };
    add(&Place::Base(&at), schema);
    // The closure returns no error.
    let _ = walk(Kind::Schema, &Place::Base(&at), schema, &mut |kind, place, value| {
        if kind == Kind::Schema && value.as_object().is_some_and(has_parts) {
            value["allOf"].as_array().into_iter().flatten().for_each(|part| add(place, part));
        }
        Ok(())
    });
    sources
}

fn has_parts(schema: &Map<String, Value>) -> bool {
    schema.get("allOf").is_some_and(Value::is_array) && only_reference(schema).is_none()
}

#[derive(Default)]
struct Merge {
    /// The components that are merged already.
    components: BTreeMap<String, Value>,
    copies: usize,
}

impl Merge {
    /// Merges every `allOf` of a value.
    fn inside(&mut self, kind: Kind, at: &Pointer, value: &mut Value) -> Result<()> {
        let mut result = Ok(());
        visit(kind, at, value, &mut |kind, at, map| {
            if kind == Kind::Schema && has_parts(map) && result.is_ok() {
                result = self.merge(map, at);
            }
        });
        result
    }

    /// Merges the parts of a schema into it. What it has itself takes precedence, then what comes first.
    fn merge(&mut self, schema: &mut Map<String, Value>, at: &Pointer) -> Result<()> {
        let parts = schema.remove("allOf");
        for part in parts.iter().filter_map(Value::as_array).flatten() {
            let part = self.part(part, at)?;
            let (objects, depth) = measure(&part);
            self.copies += objects;
            let problem = if self.copies > MOST_COPIES {
                format!("merging `allOf` copies more than {MOST_COPIES} objects")
            } else if at.as_str().matches('/').count() + depth > DEEPEST {
                format!("is nested more than {DEEPEST} levels deep after merging `allOf`")
            } else {
                add(schema, part);
                continue;
            };
            bail!("{at}: {problem}; remove the operations that use it from spec/operations.toml");
        }
        if let Some(Value::Array(required)) = schema.get_mut("required") {
            let mut seen = BTreeSet::new();
            required.retain(|name| seen.insert(name.to_string()));
        }
        Ok(())
    }

    /// The schema that a part leads to, with its own parts merged.
    fn part(&mut self, part: &Value, at: &Pointer) -> Result<Value> {
        let mut part = part.clone();
        while let Some(text) = part["$ref"].as_str() {
            let target = Reference::parse(text, at)?;
            let found = self.components.get(&target.name);
            let problem = || format!("{at}: {} does not exist", inline_code(&cut(text)));
            part = found.with_context(problem)?.clone();
        }
        if let Some(schema) = part.as_object_mut() {
            self.merge(schema, at)?;
        }
        Ok(part)
    }
}

/// Adds what the schema does not have.
fn add(schema: &mut Map<String, Value>, part: Value) {
    let Value::Object(part) = part else { return };
    for (key, value) in part {
        match (schema.get_mut(&key), value) {
            (Some(Value::Object(known)), Value::Object(more)) if key == "properties" => {
                for (name, property) in more {
                    known.entry(name).or_insert(property);
                }
            }
            (Some(Value::Array(known)), Value::Array(more)) if key == "required" => {
                known.extend(more);
            }
            (Some(_), _) => {}
            (None, value) => drop(schema.insert(key, value)),
        }
    }
}

/// The number of objects in a value, and the depth of its nesting.
fn measure(value: &Value) -> (usize, usize) {
    let (own, inner) = match value {
        Value::Object(map) => (1, map.values().map(measure).collect()),
        Value::Array(items) => (0, items.iter().map(measure).collect()),
        _ => (0, Vec::new()),
    };
    let deepest = inner.iter().map(|(_, depth)| depth + 1).max().unwrap_or_default();
    (own + inner.iter().map(|(objects, _)| objects).sum::<usize>(), deepest)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_parts_of_an_all_of_become_one_object() {
        let document = json!({"components": {"schemas": {
            "base": {"type": "object", "required": ["a"], "properties": {"a": {"allOf": [{"type": "string"}]}}},
            "more": {"allOf": [
                {"$ref": "#/components/schemas/base"},
                {"required": ["b"], "properties": {"b": {"type": "integer"}}},
            ]},
            "own": {"properties": {"a": {"type": "boolean"}}, "discriminator": {"propertyName": "a"}, "allOf": [
                {"$ref": "#/components/schemas/base"},
                {"discriminator": {"propertyName": "b", "mapping": {}}},
            ]},
            "same": {"allOf": [{"$ref": "#/components/schemas/base"}], "nullable": true},
        }}});
        let mut flat = document.clone();
        flatten_all(&mut flat).unwrap();
        let schemas = &flat["components"]["schemas"];
        assert_eq!(
            schemas["more"],
            json!({"type": "object", "required": ["a", "b"],
                "properties": {"a": {"type": "string"}, "b": {"type": "integer"}}})
        );
        let own = &schemas["own"];
        assert_eq!(own["properties"], json!({"a": {"type": "boolean"}}));
        assert_eq!(own["discriminator"], json!({"propertyName": "a"}));
        assert_eq!(schemas["same"], document["components"]["schemas"]["same"]);
    }

    #[test]
    fn a_schema_that_contains_itself_through_all_of_is_refused() {
        let mut document = json!({"components": {"schemas": {
            "a": {"properties": {"x": {"allOf": [{"$ref": "#/components/schemas/a"}, {"type": "object"}]}}},
        }}});
        let error = flatten_all(&mut document).unwrap_err().to_string();
        assert!(error.contains("contains itself through `allOf`"), "{error}");
    }
}
