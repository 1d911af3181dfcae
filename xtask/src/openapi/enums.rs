//! Enums: facts about single values, and the union of enums as one enum.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use crate::openapi::schema::{Kind, enum_values, is_nullable};

/// The keys with a map from the values of an enum to a fact about each.
///
/// The texts of `x-enum-deprecated` name the replacement of a deprecated value, or are empty.
pub(crate) const BY_VALUE: [&str; 3] =
    ["x-enum-available", "x-enum-deprecated", "x-enum-descriptions"];

/// One enum with the values of all, if all variants are enums. The values of a deprecated variant are deprecated. If
/// several variants list a value, the facts about it are those of the first.
pub(crate) fn one_enum(variants: &[&Value]) -> Option<Value> {
    let mut known = BTreeSet::new();
    let mut values = Vec::new();
    let mut about = Map::new();
    for variant in variants {
        let is_deprecated = variant["deprecated"] == true;
        for value in enum_values(variant).filter(|_| Kind::of(variant) == Kind::Text)? {
            if !known.insert(value) {
                continue;
            }
            values.push(value);
            let mut declared = BY_VALUE.map(|key| (key, variant[key].get(value).cloned()));
            if let [_, (_, deprecated), _] = &mut declared
                && is_deprecated
            {
                let replacement = variant.get("x-replacement").cloned();
                deprecated.get_or_insert(replacement.unwrap_or_else(|| "".into()));
            }
            for (key, fact) in declared.into_iter().filter_map(|(key, fact)| Some((key, fact?))) {
                about.entry(key).or_insert_with(|| json!({}))[value] = fact;
            }
        }
    }
    let mut merged = json!({"type": "string", "enum": values});
    if let Some(merged) = merged.as_object_mut() {
        merged.extend(about);
    }
    (!values.is_empty()).then_some(merged)
}

/// A variant that is only null makes the place nullable.
pub(crate) fn is_null(schema: &Value) -> bool {
    let values = schema["enum"].as_array();
    values.is_some_and(|values| values.iter().all(Value::is_null))
}

/// Makes a union of enums one enum. A variant that is a reference, or has a name of its own, is left to `normalize`.
pub(crate) fn join_variants(schema: &mut Map<String, Value>) {
    let Some((key, merged)) = union_of_enums(schema) else { return };
    schema.remove(key);
    for (key, value) in merged {
        schema.entry(key).or_insert(value);
    }
}

fn union_of_enums(schema: &Map<String, Value>) -> Option<(&'static str, Map<String, Value>)> {
    let key = ["oneOf", "anyOf"].into_iter().find(|key| schema.contains_key(*key))?;
    let other = ["enum", "properties", "discriminator"];
    if other.iter().any(|key| schema.contains_key(*key))
        || schema.get("type").is_some_and(|kind| kind != "string")
    {
        return None;
    }
    let variants = schema.get(key)?.as_array()?;
    let plain: Vec<_> = variants.iter().filter(|variant| !is_null(variant)).collect();
    if plain.iter().any(|variant| variant.get("x-rust").is_some()) {
        return None;
    }
    let mut merged = one_enum(&plain)?.as_object().cloned()?;
    if variants.iter().any(is_nullable) {
        merged.insert("nullable".to_owned(), true.into());
    }
    Some((key, merged))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn joined(schema: Value) -> Value {
        let mut schema = schema.as_object().cloned().unwrap();
        join_variants(&mut schema);
        Value::Object(schema)
    }

    #[test]
    fn a_union_of_enums_is_one_enum_that_knows_its_deprecated_values() {
        let one = |value: &str| json!({"type": "string", "enum": [value]});
        let mut old = one("old");
        old["deprecated"] = true.into();
        let mut replaced = json!({"type": "string", "enum": ["a", "b"], "deprecated": true});
        replaced["x-replacement"] = "`new`".into();
        assert_eq!(
            joined(
                json!({"oneOf": [one("new"), old, replaced, {"enum": [null]}], "description": "d"})
            ),
            json!({
                "description": "d", "type": "string", "enum": ["new", "old", "a", "b"], "nullable": true,
                "x-enum-deprecated": {"old": "", "a": "`new`", "b": "`new`"},
            })
        );
    }

    #[test]
    fn another_union_is_left_as_it_is() {
        let one = json!({"type": "string", "enum": ["a"]});
        for union in [
            json!({"oneOf": [one, {"type": "string"}]}),
            json!({"oneOf": [one, {"$ref": "#/components/schemas/a"}]}),
            json!({"oneOf": [{"type": "integer", "enum": [1]}]}),
            json!({"oneOf": [one], "properties": {"a": {}}}),
            json!({"oneOf": [one], "type": "object"}),
            json!({"oneOf": [{"type": "string", "enum": ["a"], "x-rust": {"name": "A"}}]}),
            json!({"anyOf": [{"enum": [null]}]}),
        ] {
            assert_eq!(joined(union.clone()), union);
        }
    }
}
