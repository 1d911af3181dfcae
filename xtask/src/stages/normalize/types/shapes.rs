//! The parts of a schema with a name: enum values, properties, variants.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use super::{Types, component_name};
use crate::names::{FreeNames, type_name};
use crate::openapi::enums::BY_VALUE;
use crate::openapi::json::{Pointer, sorted};
use crate::openapi::schema::{Kind, Side, alias, enum_values, reference, unions};

/// The keys about values of an enum that the overlay can have.
const BY_OVERLAY: [&str; 2] = ["x-enum-deprecated", "x-enum-descriptions"];

impl Types<'_> {
    pub(super) fn read(&mut self, schema: &Value, at: &Pointer, name: &str, side: Side) -> Value {
        let kind = Kind::of(schema);
        let mut read = match kind {
            _ if is_enum(schema, kind) => self.values(schema, at),
            Kind::Object => self.object(schema, at, name, side),
            Kind::Union => self.union(schema, at, name, side),
            Kind::Text if schema.get("format").is_none() => json!({"type": "string"}),
            Kind::Integer => self.unnamed(schema, at, name, side),
            _ if self.recursive.contains(at) => self.unnamed(schema, at, name, side),
            kind => {
                let problem = format!("`{name}` is {kind}, which cannot have an x-rust name");
                self.refuse(at, problem, "name objects, enums, unions, integers and plain strings");
                json!({})
            }
        };
        // The `description` of a component documents its type. An inline schema documents its type in `x-rust`.
        let own = schema.get("description").filter(|_| component_name(at).is_some());
        if let Some(description) = schema["x-rust"].get("description").or(own) {
            read["description"] = description.clone();
        }
        if let Some(docs) = &self.docs {
            read["externalDocs"] = docs.clone();
        }
        if side == Side::Sent {
            read["x-sent"] = true.into();
        }
        read["x-origin"] = at.fragment().into();
        read
    }

    /// The values of an enum, in the order of the description.
    fn values(&mut self, schema: &Value, at: &Pointer) -> Value {
        let mut values: Vec<&str> = Vec::new();
        let mut known = BTreeSet::new();
        for value in enum_values(schema).unwrap_or_default() {
            if known.insert(value) {
                values.push(value);
            } else {
                let problem = format!("the value `{value}` is duplicated");
                self.refuse(&at.child("enum"), problem, "remove one of them in spec/overlay.yaml");
            }
        }
        for key in BY_OVERLAY {
            let about = schema[key].as_object().into_iter().flatten();
            for (value, _) in about.filter(|(value, _)| !known.contains(value.as_str())) {
                let near = self.near(value, values.iter().copied());
                let problem = format!("`{value}` is not a value of this enum{near}");
                self.refuse(&at.child(key), problem, "correct it in spec/overlay.yaml");
            }
        }
        let mut read = json!({"type": "string", "enum": values});
        for key in BY_VALUE {
            if let Some(value) = schema.get(key) {
                read[key] = value.clone();
            }
        }
        read
    }

    fn object(&mut self, schema: &Value, at: &Pointer, name: &str, side: Side) -> Value {
        let mut properties = Map::new();
        let mut free = FreeNames::default();
        for (key, property) in schema["properties"].as_object().into_iter().flatten() {
            let at = at.descend(["properties", key]);
            let mut name = type_name(&format!("{name}-{key}"));
            if self.component_names.is_some() {
                name = free.take(&name, |number| format!("{name}{number}"));
            }
            properties.insert(key.clone(), self.used(property, &at, &name, side));
        }
        // Some descriptions require undefined properties.
        let required = schema["required"].as_array().into_iter().flatten();
        let required = required.filter_map(Value::as_str);
        let required = required.filter(|key| properties.contains_key(*key));
        // A property that the other side alone sends is never there.
        let not_sent = match side {
            Side::Sent => "readOnly",
            Side::Received => "writeOnly",
        };
        let is_sent = |key: &&str| {
            let property = &schema["properties"][*key];
            let target = self.meant(alias(property));
            property[not_sent] != true && target[not_sent] != true
        };
        let required: BTreeSet<_> = required.filter(is_sent).collect();
        let unknown = schema["x-order"].as_array().into_iter().flatten();
        for key in unknown.filter(|key| !properties.contains_key(key.as_str().unwrap_or_default()))
        {
            let near =
                self.near(key.as_str().unwrap_or_default(), properties.keys().map(String::as_str));
            let problem = format!("{key} is not a property").replace('"', "`") + &near;
            self.refuse(&at.child("x-order"), problem, "correct it in spec/overlay.yaml");
        }
        let mut read = json!({"type": "object", "required": required, "properties": properties});
        if let Some(order) = schema.get("x-order") {
            read["x-order"] = order.clone();
        }
        match schema.get("additionalProperties") {
            Some(values) if values.is_object() => {
                let (at, name) = (at.child("additionalProperties"), format!("{name}Value"));
                read["additionalProperties"] = self.used(values, &at, &name, side);
            }
            Some(Value::Bool(true)) => read["additionalProperties"] = json!({}),
            _ => {}
        }
        read
    }

    fn union(&mut self, schema: &Value, at: &Pointer, name: &str, side: Side) -> Value {
        let Some((key, all)) = unions(schema) else { return json!({}) };
        let mut variants: Vec<Value> = Vec::new();
        let mut values: Vec<Vec<String>> = Vec::new();
        let mut known = BTreeSet::new();
        for (index, variant) in all.iter().enumerate() {
            let of_variant = tag_values(schema, variant);
            let name = format!("{name}Variant{index}");
            let mut variant =
                self.used(variant, &at.descend([key, &index.to_string()]), &name, side);
            if let Some(variant) = variant.as_object_mut() {
                variant.retain(|key, _| !matches!(key.as_str(), "nullable" | "description"));
            }
            without_bounds(&mut variant);
            if let Some(reference) = variant["allOf"][0].as_object() {
                variant = Value::Object(reference.clone());
            }
            if known.insert(sorted(&variant).to_string()) {
                variants.push(variant);
                values.push(of_variant);
            }
        }
        let mut read = json!({"oneOf": variants});
        if let Some(property) = schema["discriminator"].get("propertyName") {
            read["x-tag"] = property.clone();
            read["x-tag-values"] = json!(values);
        }
        read
    }

    /// An extension of another form would be without effect.
    fn check_values_of_extensions(&mut self, schema: &Value, at: &Pointer) {
        let are_texts =
            |value: &Value| value.as_object().is_some_and(|map| map.values().all(Value::is_string));
        let are_distinct = |value: &Value| {
            let names = value.as_array().map(|names| names.iter().filter_map(Value::as_str));
            let all = value.as_array().map_or(0, Vec::len);
            names.is_some_and(|names| names.collect::<BTreeSet<_>>().len() == all)
        };
        for (key, is_right, form) in [
            ("x-rust", are_texts as fn(&Value) -> bool, "a map of texts"),
            ("x-enum-descriptions", are_texts, "a map of texts"),
            ("x-enum-deprecated", are_texts, "a map of texts"),
            ("x-order", are_distinct, "a list of different names"),
        ] {
            if schema.get(key).is_some_and(|value| !is_right(value)) {
                self.refuse(
                    &at.child(key),
                    format!("is not {form}"),
                    "correct it in spec/overlay.yaml",
                );
            }
        }
        if schema.get("x-order").is_some() && Kind::of(schema) != Kind::Object {
            self.refuse(
                &at.child("x-order"),
                "orders properties, but there are none",
                "remove it in spec/overlay.yaml",
            );
        }
        if let Some(path) = schema["x-rust"]["type"].as_str().filter(|path| !is_path(path)) {
            let problem = format!("`{path}` is not a path like `crate::runtime::Owner`");
            self.refuse(
                &at.child("x-rust").child("type"),
                problem,
                "correct it in spec/overlay.yaml",
            );
        }
    }

    /// Refuses unknown extensions: a misspelt one would have no effect.
    pub(super) fn check_extensions(&mut self, schema: &Value, at: &Pointer) {
        let known = ["name", "description", "type", "field"];
        let keys: Vec<_> = schema["x-rust"].as_object().into_iter().flatten().collect();
        for (key, _) in keys.into_iter().filter(|(key, _)| !known.contains(&key.as_str())) {
            let near = self.near(key, known);
            let problem = format!("`{key}` is not a key of x-rust{near}");
            self.refuse(&at.child("x-rust"), problem, &format!("use {}", known.join(", ")));
        }
        self.check_values_of_extensions(schema, at);
        for key in BY_OVERLAY {
            if schema.get(key).is_some() && !schema["enum"].is_array() {
                self.refuse(
                    &at.child(key),
                    "needs an enum, but this schema has none",
                    "remove it in spec/overlay.yaml",
                );
            }
        }
    }
}

/// Removes the bounds and the format of integers: variants that differ in these alone have one type.
fn without_bounds(used: &mut Value) {
    if let Some(used) = used.as_object_mut() {
        let is_integer = used.get("type").is_some_and(|ty| ty == "integer");
        used.retain(|key, _| match key.as_str() {
            "x-minimum" | "x-maximum" => false,
            "format" => !is_integer,
            _ => true,
        });
        ["items", "additionalProperties"]
            .iter()
            .for_each(|key| used.get_mut(*key).into_iter().for_each(without_bounds));
    }
}

/// The values of the tag that select a variant: those that the `discriminator` maps to it, or else the name of its
/// component.
fn tag_values(schema: &Value, variant: &Value) -> Vec<String> {
    let Some(reference) = reference(variant) else { return Vec::new() };
    let name = reference.rsplit('/').next().unwrap_or_default();
    let mapping = schema["discriminator"]["mapping"].as_object();
    let mapped = mapping.into_iter().flatten();
    let mapped = mapped.filter(|(_, to)| *to == reference || *to == name).map(|(value, _)| value);
    let values: Vec<_> = mapped.cloned().collect();
    if values.is_empty() { vec![name.to_owned()] } else { values }
}

/// True if the text is the path of a type.
pub(super) fn is_path(text: &str) -> bool {
    // Signs are checked first: syn is recursive, and has no bound on nested arguments.
    let is_plain = text.chars().all(|c| c.is_alphanumeric() || matches!(c, '_' | ':'));
    is_plain && syn::parse_str::<syn::Path>(text).is_ok_and(|path| path.segments.len() > 1)
}

pub(super) fn is_enum(schema: &Value, kind: Kind) -> bool {
    matches!(kind, Kind::Text | Kind::Time | Kind::Any) && enum_values(schema).is_some()
}
