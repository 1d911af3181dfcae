//! Unions that are something else: one enum, one schema, an object, or objects that share their fields.

use std::borrow::Cow;

use serde_json::{Value, json};

use super::Types;
use crate::openapi::enums::{add_facts, is_null, one_enum};
use crate::openapi::json::Pointer;
use crate::openapi::schema::{Kind, alias, unions};

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
                let mut target = self.flat(target, &at).into_owned();
                // A reference to an enum can be deprecated without the enum.
                for key in ["deprecated", "x-replacement"] {
                    if let Some(own) = variant.get(key).filter(|_| target["enum"].is_array()) {
                        target[key] = own.clone();
                    }
                }
                target
            })
            .collect();
        let plain: Vec<&Value> = variants.iter().filter(|variant| !is_null(variant)).collect();
        let mut merged = one_enum(&plain);
        if let Some(merged) = &mut merged {
            add_facts(merged, &schema);
        }
        let merged = merged.or_else(|| one_variant(&plain));
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

/// The variant, if all are equal. Scalars of one type are equal apart from what restricts them.
fn one_variant(variants: &[&Value]) -> Option<Value> {
    let is_plain = |schema: &Value| {
        let kind = Kind::of(schema);
        matches!(kind, Kind::Text | Kind::Integer | Kind::Number | Kind::Boolean)
            && schema.get("enum").is_none()
            && schema.get("x-rust").is_none()
    };
    let (first, rest) = variants.split_first()?;
    if rest.iter().all(|other| other == first) {
        return Some((*first).clone());
    }
    let is_of_type = |other: &&Value| is_plain(other) && Kind::of(other) == Kind::of(first);
    variants.iter().all(is_of_type).then(|| json!({"type": first["type"]}))
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
