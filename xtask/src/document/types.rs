//! Reads normalized schemas as types.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::read::{Reader, docs, entries, items, origin, servers, text, texts};
use super::{Docs, EnumValue, Field, Servers, Shape, Side, Tell, Ty, Type, Variant};
use crate::names::{FreeNames, field_name, field_names, variant_names};
use crate::openapi::json::Pointer;

impl Reader<'_> {
    pub(super) fn read_type(&mut self, name: &str, schema: &Value) -> Type {
        let otherwise = Pointer::root().descend(["components", "schemas", name]);
        let at = origin(schema, otherwise);
        let shape = if let Some(path) = text(&schema["x-rust"]["type"]) {
            Shape::HandWritten(path)
        } else if schema["enum"].is_array() {
            Shape::Enum(values(schema))
        } else if schema["oneOf"].is_array() {
            let values = items(&schema["x-tag-values"]).map(texts).collect();
            let tag = text(&schema["x-tag"]).map(|property| Tell::Tag { property, values });
            Shape::Union(variants(schema), tag.unwrap_or(Tell::MostFieldsKept))
        } else if schema["properties"].is_object() {
            let rest = schema.get("additionalProperties").map(ty);
            Shape::Object { fields: self.fields(schema, &at), rest }
        } else {
            Shape::Newtype(ty(schema))
        };
        let side = if schema["x-sent"] == true { Side::Sent } else { Side::Received };
        let servers = Servers::default();
        Type { shape, side, group: None, servers, docs: docs(schema), at }
    }

    /// The fields: those of `x-order` first, then by name.
    fn fields(&mut self, schema: &Value, at: &Pointer) -> Vec<Field> {
        let required: BTreeSet<_> = texts(&schema["required"]).into_iter().collect();
        let mut wires: Vec<&String> = entries(&schema["properties"]).map(|(key, _)| key).collect();
        wires.sort();
        let order = texts(&schema["x-order"]).into_iter().enumerate();
        let order: BTreeMap<_, _> = order.map(|(place, name)| (name, place)).collect();
        wires.sort_by_key(|wire| order.get(*wire).copied().unwrap_or(usize::MAX));
        let renamed =
            |wire: &&String| text(&schema["properties"][wire.as_str()]["x-rust"]["field"]);
        let by_rule = wires.iter().filter(|wire| renamed(wire).is_none());
        let by_rule: Vec<_> = by_rule.map(|wire| wire.as_str()).collect();
        let mut names: BTreeMap<&str, String> =
            by_rule.iter().copied().zip(field_names(by_rule.iter().copied())).collect();
        let mut owners: BTreeMap<String, &str> =
            names.iter().map(|(wire, name)| (name.clone(), *wire)).collect();
        for wire in &wires {
            let Some(name) = renamed(wire) else { continue };
            let at = at.descend(["properties", wire]);
            if field_name(&name) != name {
                self.refuse(
                    &at,
                    &Servers::default(),
                    format!("`{name}` is not a field name"),
                    format!("write `{}`", field_name(&name)),
                );
            }
            if let Some(other) = owners.get(&name) {
                self.refuse(
                    &at,
                    &Servers::default(),
                    format!("`{name}` is also the field of `{other}`"),
                    "choose another name",
                );
            }
            owners.entry(name.clone()).or_insert(wire);
            names.insert(wire, name);
        }
        let mut fields = Vec::new();
        for wire in &wires {
            let property = &schema["properties"][wire.as_str()];
            let name = names.get(wire.as_str()).cloned().unwrap_or_default();
            if name.is_empty() {
                let at = at.descend(["properties", wire]);
                self.refuse(
                    &at,
                    &Servers::default(),
                    format!("`{wire}` has no letter or digit for a field name"),
                    "name it in spec/overlay.yaml with `x-rust: { field: .. }`",
                );
            }
            fields.push(Field {
                wire: (*wire).clone(),
                name,
                ty: ty(property),
                required: required.contains(wire.as_str()),
                servers: servers(&property["x-available"]),
                docs: docs(property),
            });
        }
        fields
    }
}

/// The values of an enum.
fn values(schema: &Value) -> Vec<EnumValue> {
    let values = texts(&schema["enum"]);
    let names = variant_names(values.iter().map(String::as_str));
    let values = values.into_iter().zip(names).map(|(value, name)| EnumValue {
        docs: Docs {
            text: text(&schema["x-enum-descriptions"][&value]),
            deprecated: text(&schema["x-enum-deprecated"][&value]),
            url: None,
        },
        servers: servers(&schema["x-enum-available"][&value]),
        name,
        value,
    });
    values.collect()
}

/// The variants of a union, each named after its type.
fn variants(schema: &Value) -> Vec<Variant> {
    let mut variants: Vec<Variant> = Vec::new();
    let mut free = FreeNames::default();
    for variant in items(&schema["oneOf"]) {
        let ty = ty(variant);
        let plain = match &ty {
            Ty::Bool => "Bool",
            Ty::Integer { .. } => "Integer",
            Ty::Number => "Number",
            Ty::Text => "Text",
            Ty::Time => "Time",
            Ty::Json => "Json",
            Ty::List(_) => "List",
            Ty::Map(_) => "Map",
            // The variant for values that fit no type has this name.
            Ty::Named(name) if name == "Unknown" => "UnknownValue",
            Ty::Named(name) => name,
            Ty::Nullable(_) => "Nullable",
        };
        let name = free.take(plain, |number| format!("{plain}{number}"));
        variants.push(Variant { name, ty });
    }
    variants
}

/// The type of a value at the place where it is used.
pub(super) fn ty(schema: &Value) -> Ty {
    let reference =
        [&schema["$ref"], &schema["allOf"][0]["$ref"]].into_iter().find_map(Value::as_str);
    let named = reference.and_then(|text| text.rsplit('/').next());
    let plain = match (named, schema["type"].as_str()) {
        (Some(name), _) => Ty::Named(name.to_owned()),
        (None, Some("array")) => Ty::List(Box::new(ty(&schema["items"]))),
        (None, Some("string")) if schema["format"] == "date-time" => Ty::Time,
        (None, Some("string")) => Ty::Text,
        (None, Some("integer")) => {
            Ty::Integer { min: schema["x-minimum"].as_i64(), max: schema["x-maximum"].as_i64() }
        }
        (None, Some("number")) => Ty::Number,
        (None, Some("boolean")) => Ty::Bool,
        (None, Some("object")) => {
            let values = schema.get("additionalProperties");
            Ty::Map(Box::new(values.map_or(Ty::Json, ty)))
        }
        (None, _) => Ty::Json,
    };
    match schema["nullable"] == true && plain != Ty::Json {
        true => Ty::Nullable(Box::new(plain)),
        false => plain,
    }
}
