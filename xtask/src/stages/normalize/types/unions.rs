//! Unions that are something else: one enum, one schema, an object, or objects that share their fields.

use std::borrow::Cow;
use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use super::Types;
use crate::openapi::json::Pointer;
use crate::openapi::schema::{Kind, alias, enum_values, unions};

/// The keys that belong to the place of a union, and not to its variants.
const OF_THE_PLACE: [&str; 5] = ["description", "title", "x-rust", "nullable", "x-available"];

impl Types<'_> {
    /// The schema in its simplest form:
    ///
    /// - a union of enums is one enum, and a union of equal variants is that variant;
    /// - the fields beside a union belong to each of its variants, if a variant has fields of its own.
    pub(super) fn simplified<'v>(
        &mut self,
        schema: Cow<'v, Value>,
        at: &Pointer,
    ) -> Cow<'v, Value> {
        if let Some(whole) = self.with_shared_fields(&schema, at) {
            return Cow::Owned(whole);
        }
        let Some((key, variants)) = unions(&schema) else { return schema };
        let at = at.child(key);
        let variants: Vec<Value> = variants
            .iter()
            .enumerate()
            .map(|(index, variant)| {
                let (target, at) = self.resolve(alias(variant), &at.child(index));
                self.flat(target, &at).into_owned()
            })
            .collect();
        let plain: Vec<&Value> = variants.iter().filter(|variant| !is_null(variant)).collect();
        let merged = one_enum(&plain).or_else(|| one_variant(&plain));
        match merged {
            Some(merged) => Cow::Owned(with_place(&schema, merged)),
            None => schema,
        }
    }

    /// The union of a schema with fields beside `oneOf` or `anyOf`. `None` if the variants only restrict the fields.
    fn with_shared_fields(&mut self, schema: &Value, at: &Pointer) -> Option<Value> {
        let own = schema["properties"].as_object().filter(|own| !own.is_empty())?;
        let key = ["oneOf", "anyOf"].into_iter().find(|key| schema[key].is_array())?;
        let mut adds = false;
        for (index, variant) in schema[key].as_array()?.iter().enumerate() {
            let (target, at) = self.resolve(alias(variant), &at.child(key).child(index));
            let target = self.flat(target, &at);
            let fields = target["properties"].as_object().into_iter().flatten();
            adds |= fields.map(|(name, _)| name).any(|name| !own.contains_key(name));
            adds |= !matches!(Kind::of(&target), Kind::Object | Kind::MapOfAnything | Kind::Any);
        }
        if !adds {
            return None;
        }
        let mut base = schema.as_object()?.clone();
        let variants = base.remove(key)?;
        for key in OF_THE_PLACE.into_iter().chain(["discriminator"]) {
            base.remove(key);
        }
        let variants = variants.as_array()?.iter().map(|variant| json!({"allOf": [base, variant]}));
        let mut union = json!({"oneOf": variants.collect::<Vec<_>>()});
        if let Some(tag) = schema.get("discriminator") {
            union["discriminator"] = tag.clone();
        }
        Some(with_place(schema, union))
    }
}

/// A variant that is only null makes the place nullable.
fn is_null(schema: &Value) -> bool {
    let values = schema["enum"].as_array();
    values.is_some_and(|values| values.iter().all(Value::is_null))
}

/// One enum with the values of all, if all variants are enums.
fn one_enum(variants: &[&Value]) -> Option<Value> {
    let mut known = BTreeSet::new();
    let mut values = Vec::new();
    let mut docs = Map::new();
    for variant in variants {
        for value in enum_values(variant).filter(|_| Kind::of(variant) == Kind::Text)? {
            if known.insert(value) {
                values.push(value);
            }
        }
        let more = variant["x-enum-descriptions"].as_object().into_iter().flatten();
        docs.extend(more.map(|(value, text)| (value.clone(), text.clone())));
    }
    let mut merged = json!({"type": "string", "enum": values});
    if !docs.is_empty() {
        merged["x-enum-descriptions"] = docs.into();
    }
    (!values.is_empty()).then_some(merged)
}

/// The variant, if all are equal.
fn one_variant(variants: &[&Value]) -> Option<Value> {
    let is_plain = |schema: &Value| {
        let kind = Kind::of(schema);
        matches!(kind, Kind::Text | Kind::Integer | Kind::Number | Kind::Boolean)
            && schema.get("enum").is_none()
            && schema.get("x-rust").is_none()
    };
    let (first, rest) = variants.split_first()?;
    let same = |other: &&Value| {
        other == first || is_plain(first) && is_plain(other) && Kind::of(other) == Kind::of(first)
    };
    rest.iter().all(same).then(|| (*first).clone())
}

/// A schema at the place of another one: its documentation, its name and its null.
fn with_place(place: &Value, mut schema: Value) -> Value {
    for key in OF_THE_PLACE {
        if let Some(value) = place.get(key) {
            schema[key] = value.clone();
        }
    }
    schema
}
