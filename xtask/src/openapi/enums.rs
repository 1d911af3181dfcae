//! Enums: facts about single values, and the union of enums as one enum.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use crate::openapi::schema::{Kind, enum_values, is_nullable};

/// The servers that have a value, where not all have it.
const AVAILABLE: &str = "x-enum-available";

/// The deprecated values. The texts name the replacement of a value, or are empty.
const DEPRECATED: &str = "x-enum-deprecated";

/// The documentation of a value.
const DESCRIPTIONS: &str = "x-enum-descriptions";

/// The keys with a map from the values of an enum to a fact about each.
pub(crate) const BY_VALUE: [&str; 3] = [AVAILABLE, DEPRECATED, DESCRIPTIONS];

/// One enum with the values of all, if all variants are enums. The values of a deprecated variant are deprecated.
pub(crate) fn one_enum(variants: &[&Value]) -> Option<Value> {
    let variants = variants.iter().map(|variant| variant_enum(variant));
    let variants = variants.collect::<Option<Vec<_>>>()?.into_iter();
    variants.reduce(|known, read| joined_enum(&known, &read))
}

/// A variant as an enum that has each value once, with nothing but facts about its values.
fn variant_enum(variant: &Value) -> Option<Value> {
    let values = enum_values(variant).filter(|_| Kind::of(variant) == Kind::Text)?;
    let mut plain = json!({"type": "string"});
    let mut known = BTreeSet::new();
    let once: Vec<_> = values.iter().filter(|value| known.insert(**value)).collect();
    plain["enum"] = json!(once);
    for key in BY_VALUE {
        if let Some(facts) = variant[key].as_object() {
            let listed = facts.iter().filter(|(value, _)| known.contains(value.as_str()));
            let listed = listed.map(|(value, fact)| (value.clone(), fact.clone()));
            set(&mut plain, key, listed.collect());
        }
    }
    if variant["deprecated"] == true {
        let replacement = variant.get("x-replacement").cloned().unwrap_or_else(|| "".into());
        let mut all: Map<_, _> =
            known.iter().map(|value| ((*value).to_owned(), replacement.clone())).collect();
        all.extend(facts(&plain, DEPRECATED));
        set(&mut plain, DEPRECATED, all);
    }
    Some(plain)
}

/// The first enum with the values of both. A value is deprecated if all enums that list it mark it, and on all servers
/// if one of them has it on all. If both describe it, the first wins.
pub(crate) fn joined_enum(known: &Value, read: &Value) -> Value {
    let lists =
        |schema: &Value, value: &str| enum_values(schema).unwrap_or_default().contains(&value);
    let mut values = enum_values(known).unwrap_or_default();
    values.extend(
        enum_values(read).unwrap_or_default().into_iter().filter(|value| !lists(known, value)),
    );
    let mut descriptions = facts(read, DESCRIPTIONS);
    descriptions.extend(facts(known, DESCRIPTIONS));
    let (mut available, mut deprecated) = (Map::new(), Map::new());
    for value in &values {
        let listing = || [known, read].into_iter().filter(|schema| lists(schema, value));
        let marks = listing().map(|schema| schema[DEPRECATED].get(value));
        if let Some([replacement, ..]) = marks.collect::<Option<Vec<_>>>().as_deref() {
            deprecated.insert((*value).to_owned(), (*replacement).clone());
        }
        let servers = listing().map(|schema| schema[AVAILABLE][value].as_array());
        if let Some(servers) = servers.collect::<Option<Vec<_>>>() {
            let mut union: Vec<&Value> = Vec::new();
            for server in servers.into_iter().flatten() {
                if !union.contains(&server) {
                    union.push(server);
                }
            }
            available.insert((*value).to_owned(), json!(union));
        }
    }
    let mut joined = known.clone();
    joined["enum"] = json!(values);
    set(&mut joined, AVAILABLE, available);
    set(&mut joined, DEPRECATED, deprecated);
    set(&mut joined, DESCRIPTIONS, descriptions);
    joined
}

fn facts(schema: &Value, key: &str) -> Map<String, Value> {
    schema[key].as_object().cloned().unwrap_or_default()
}

/// Sets the facts of one key. The key is absent if there are none.
fn set(schema: &mut Value, key: &str, facts: Map<String, Value>) {
    let Some(schema) = schema.as_object_mut() else { return };
    schema.remove(key);
    if !facts.is_empty() {
        schema.insert(key.to_owned(), facts.into());
    }
}

/// A variant that is only null makes the place nullable.
pub(crate) fn is_null(schema: &Value) -> bool {
    let values = schema["enum"].as_array();
    values.is_some_and(|values| values.iter().all(Value::is_null))
}

/// Makes a union of enums one enum. Facts at the place win, except that null in a variant is kept. A variant that is a
/// reference, or has a name of its own, is left to `normalize`.
pub(crate) fn join_variants(schema: &mut Map<String, Value>) {
    let Some((key, merged)) = union_of_enums(schema) else { return };
    schema.remove(key);
    let place = Value::Object(std::mem::take(schema));
    let mut merged = Value::Object(merged);
    add_facts(&mut merged, &place);
    let is_nullable = is_nullable(&merged);
    if let (Value::Object(place), Value::Object(merged)) = (place, merged) {
        *schema = place;
        let is_fact = |key: &str| BY_VALUE.contains(&key) || (key == "nullable" && is_nullable);
        for (key, value) in merged {
            if is_fact(&key) || !schema.contains_key(&key) {
                schema.insert(key, value);
            }
        }
    }
}

/// Adds the facts that a place has about the values of an enum. They win over those of the enum.
pub(crate) fn add_facts(schema: &mut Value, place: &Value) {
    for key in BY_VALUE {
        let mut all = facts(schema, key);
        all.extend(facts(place, key));
        set(schema, key, all);
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
    fn the_facts_about_a_value_do_not_depend_on_the_order_of_the_variants() {
        let old = json!({
            "type": "string", "enum": ["a", "b"], "deprecated": true, "x-enum-available": {"a": ["x"], "b": ["x"]},
        });
        let new = json!({
            "type": "string", "enum": ["b", "c"], "x-enum-available": {"b": ["y"], "c": ["y"]},
        });
        for variants in [json!([old, new]), json!([new, old])] {
            let schema = joined(json!({"oneOf": variants}));
            assert_eq!(schema["x-enum-deprecated"], json!({"a": ""}), "{variants}");
            let mut servers = schema["x-enum-available"].clone();
            servers["b"].as_array_mut().unwrap().sort_by_key(Value::to_string);
            assert_eq!(servers, json!({"a": ["x"], "b": ["x", "y"], "c": ["y"]}), "{variants}");
        }
        let everywhere = json!({"type": "string", "enum": ["b"], "deprecated": true});
        for variants in [json!([old, everywhere]), json!([everywhere, old])] {
            let schema = joined(json!({"oneOf": variants}));
            assert_eq!(schema["x-enum-deprecated"], json!({"a": "", "b": ""}), "{variants}");
            assert_eq!(schema["x-enum-available"], json!({"a": ["x"]}), "{variants}");
        }
    }

    #[test]
    fn facts_at_the_place_are_merged_with_those_of_the_variants() {
        let old = json!({
            "type": "string", "enum": ["a", "b"], "deprecated": true, "x-replacement": "`c`",
        });
        assert_eq!(
            joined(json!({
                "oneOf": [old, {"type": "string", "enum": ["c"]}, {"enum": [null]}],
                "nullable": false, "x-enum-deprecated": {"b": "`d`", "c": ""},
            })),
            json!({
                "type": "string", "enum": ["a", "b", "c"], "nullable": true,
                "x-enum-deprecated": {"a": "`c`", "b": "`d`", "c": ""},
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
