//! Schemas: what has a shape of its own becomes a component under its Rust name; what restricts a
//! server that is free to send more (bounds, patterns, closed objects, defaults) is dropped.

use std::collections::BTreeMap;

use anyhow::{Result, bail};
use serde_json::{Map, Value, json};

use super::shape::{self, Body, component_name, joined, nullable_name, reference_to, shape};
use crate::names::type_name;
use crate::openapi::json::Pointer;
use crate::openapi::reference;
use crate::openapi::schema::{DEEPEST, Side, alias, flatten};

/// The named schemas, as they are found.
pub(super) struct Schemas<'d> {
    document: &'d Value,
    named: BTreeMap<String, Named>,
    /// Components on the way down: an array of itself would never end.
    path: Vec<Pointer>,
    /// The documentation of the operation that is being read: what it finds first is explained there.
    docs: Option<Value>,
}

struct Named {
    origin: Pointer,
    /// `None` while what it refers to is being read: a schema may refer to itself.
    schema: Option<Value>,
}

impl<'d> Schemas<'d> {
    pub(super) fn new(document: &'d Value) -> Self {
        Self { document, named: BTreeMap::new(), path: Vec::new(), docs: None }
    }

    /// From here on, what is found is explained on this page.
    pub(super) fn documented_by(&mut self, docs: Option<&Value>) {
        self.docs = docs.cloned();
    }

    /// The components, by Rust name.
    pub(super) fn finish(self) -> Value {
        self.named
            .into_iter()
            .map(|(name, named)| (name, named.schema.unwrap_or_default()))
            .collect()
    }

    /// What stands at the end of a chain of references, and where.
    pub(super) fn resolve<'v>(&self, value: &'v Value, at: &Pointer) -> Result<(&'v Value, Pointer)>
    where
        'd: 'v,
    {
        reference::resolve(self.document, value, at)
    }

    /// A reference to a type that the SDK has by hand.
    pub(super) fn hand_written(&mut self, path: &str, kind: &str, at: &Pointer) -> Result<Value> {
        let name = path.rsplit("::").next().unwrap_or(path).to_owned();
        let schema = Some(json!({"type": kind, "x-rust": {"type": path}}));
        let reference = reference_to(&name);
        if let Some(taken) = self.named.get(&name) {
            if taken.schema != schema {
                bail!(
                    "{at}: is `{path}`, but {} has that name: give one another name",
                    taken.origin
                );
            }
            return Ok(reference);
        }
        self.named.insert(name, Named { origin: at.clone(), schema });
        Ok(reference)
    }

    /// The schema as it is written where it is used: a scalar, a list, a map, or a reference to a
    /// component, with what belongs to this place (words, null).
    pub(super) fn use_site(
        &mut self,
        schema: &Value,
        at: &Pointer,
        suggested: &str,
        side: Side,
    ) -> Result<Value> {
        let (target, origin) = self.resolve(alias(schema), at)?;
        let component = component_name(&origin);
        let target = flatten(self.document, target, &origin)?;
        let nullable = schema["nullable"] == true || target["nullable"] == true;
        let target = &target;
        check_extensions(target, &origin)?;
        if at.as_str().matches('/').count() > DEEPEST {
            let outer = Pointer::root().descend(at.as_str().split('/').skip(1).take(5));
            bail!(
                "{outer}: contains itself, or is nested too deep: give the inner part a component of its own"
            );
        }
        let mut used = if let Some(path) = target["x-rust"]["type"].as_str() {
            self.hand_written(path, target["type"].as_str().unwrap_or("string"), &origin)?
        } else if let Some(body) = Body::of(target) {
            let explicit = target["x-rust"]["name"].as_str();
            let by_rule = match &component {
                Some(component) => type_name(nullable_name(component, target)),
                None => suggested.to_owned(),
            };
            if let Some(name) = explicit.filter(|name| type_name(name) != **name) {
                bail!("{origin}: `{name}` is no type name: write `{}`", type_name(name));
            }
            let wanted = explicit.map_or(by_rule, str::to_owned);
            self.named(body, target, &origin, &wanted, explicit.is_some(), side)?
        } else {
            if component.is_some() {
                if self.path.contains(&origin) {
                    bail!("{origin}: is a list or map of itself");
                }
                self.path.push(origin.clone());
            }
            let suggested = component.as_deref().map_or_else(|| suggested.to_owned(), type_name);
            let used = self.unnamed(target, &origin, &suggested, side)?;
            if component.is_some() {
                self.path.pop();
            }
            used
        };
        let description = schema.get("description").filter(|_| component.is_none());
        let deprecated = schema.get("deprecated").filter(|value| **value == true);
        let here = [
            ("description", description),
            ("deprecated", deprecated),
            ("nullable", nullable.then_some(&Value::Bool(true))),
            ("x-available", schema.get("x-available")),
        ];
        for (key, value) in here.into_iter().filter_map(|(key, value)| Some((key, value?))) {
            if used.get("$ref").is_some() {
                used = json!({"allOf": [used]});
            }
            used[key] = value.clone();
        }
        Ok(used)
    }

    /// A scalar, a list or a map.
    fn unnamed(
        &mut self,
        schema: &Value,
        at: &Pointer,
        suggested: &str,
        side: Side,
    ) -> Result<Value> {
        Ok(match schema["type"].as_str() {
            Some("array") => {
                let items = schema.get("items").unwrap_or(&Value::Null);
                let suggested = format!("{suggested}Item");
                json!({"type": "array", "items": self.use_site(items, &at.child("items"), &suggested, side)?})
            }
            Some("string") if schema["format"] == "date-time" => {
                json!({"type": "string", "format": "date-time"})
            }
            Some("integer") if schema["format"] == "int64" => {
                json!({"type": "integer", "format": "int64"})
            }
            Some(scalar @ ("string" | "integer" | "boolean" | "number")) => json!({"type": scalar}),
            Some("object") => match schema.get("additionalProperties") {
                Some(values @ Value::Object(map)) if !map.is_empty() => {
                    let at = at.child("additionalProperties");
                    let suggested = format!("{suggested}Value");
                    json!({"type": "object", "additionalProperties": self.use_site(values, &at, &suggested, side)?})
                }
                _ => json!({"type": "object"}),
            },
            None => json!({}),
            Some(other) => bail!("{at}/type: `{other}` is no type of OpenAPI 3.0"),
        })
    }

    /// A schema with a name: reads its body, unless that was done or is being done.
    fn named(
        &mut self,
        body: Body,
        schema: &Value,
        origin: &Pointer,
        wanted: &str,
        explicit: bool,
        side: Side,
    ) -> Result<Value> {
        for number in 1.. {
            let name = if number == 1 { wanted.to_owned() } else { format!("{wanted}{number}") };
            if let Some(taken) = self.named.get_mut(&name).filter(|taken| taken.origin == *origin) {
                let words = taken.schema.as_mut().filter(|schema| schema.get("enum").is_some());
                if let Some(words) = words.filter(|_| side == Side::Response) {
                    words["x-open"] = true.into();
                }
                return Ok(reference_to(&name));
            }
            if !self.named.contains_key(&name) {
                let open = Named { origin: origin.clone(), schema: None };
                self.named.insert(name.clone(), open);
                let schema = self.body(body, schema, origin, &name, side)?;
                if let Some(named) = self.named.get_mut(&name) {
                    named.schema = Some(schema);
                }
                return Ok(reference_to(&name));
            }
            let read = self.body(body, schema, origin, &name, side)?;
            let Some(taken) = self.named.get_mut(&name) else { continue };
            if let Some(known) = taken.schema.as_mut().filter(|known| shape(known) == shape(&read))
            {
                for key in ["description", "x-enum-descriptions", "x-open"] {
                    if let (None, Some(value)) = (known.get(key), read.get(key)) {
                        known[key] = value.clone();
                    }
                }
                return Ok(reference_to(&name));
            }
            if explicit {
                if let Some(joined) = taken.schema.as_ref().and_then(|known| joined(known, &read)) {
                    taken.schema = Some(joined);
                    return Ok(reference_to(&name));
                }
                bail!(
                    "{origin}: is to be called `{name}`, but {} has that name and another shape",
                    taken.origin
                );
            }
        }
        bail!("{origin}: no name is left for `{wanted}`")
    }

    fn body(
        &mut self,
        body: Body,
        schema: &Value,
        at: &Pointer,
        name: &str,
        side: Side,
    ) -> Result<Value> {
        let mut read = match body {
            Body::Words => shape::words(schema, at, side)?,
            Body::Scalar => match schema["type"].as_str() {
                Some("string") if schema.get("format").is_none() => json!({"type": "string"}),
                Some("integer") => self.unnamed(schema, at, name, side)?,
                _ => bail!(
                    "{at}: only objects, enums, unions, integers and plain strings can have an x-rust name"
                ),
            },
            Body::Object => self.object(schema, at, name, side)?,
            Body::Union(key) => self.union(schema, &at.child(key), key, name, side)?,
        };
        // The words of a component are those of its type; an inline schema keeps both apart.
        let own = schema.get("description").filter(|_| component_name(at).is_some());
        if let Some(description) = schema["x-rust"].get("description").or(own) {
            read["description"] = description.clone();
        }
        if let Some(docs) = &self.docs {
            read["externalDocs"] = docs.clone();
        }
        Ok(read)
    }

    fn object(&mut self, schema: &Value, at: &Pointer, name: &str, side: Side) -> Result<Value> {
        let mut properties = Map::new();
        for (key, property) in schema["properties"].as_object().into_iter().flatten() {
            let at = at.descend(["properties", key]);
            let suggested = type_name(&format!("{name}-{key}"));
            properties.insert(key.clone(), self.use_site(property, &at, &suggested, side)?);
        }
        // Some descriptions require what they do not define.
        let required = schema["required"].as_array().into_iter().flatten();
        let mut required: Vec<_> = required
            .filter_map(Value::as_str)
            .filter(|key| properties.contains_key(*key))
            .collect();
        required.sort_unstable();
        required.dedup();
        Ok(json!({"type": "object", "required": required, "properties": properties}))
    }

    fn union(
        &mut self,
        schema: &Value,
        at: &Pointer,
        key: &str,
        name: &str,
        side: Side,
    ) -> Result<Value> {
        let mut variants: Vec<Value> = Vec::new();
        for (index, variant) in schema[key].as_array().into_iter().flatten().enumerate() {
            let suggested = format!("{name}Variant{index}");
            let mut variant = self.use_site(variant, &at.child(index), &suggested, side)?;
            if let Some(variant) = variant.as_object_mut() {
                variant.remove("nullable");
                variant.remove("description");
            }
            if let Some(reference) = variant["allOf"][0].as_object() {
                variant = Value::Object(reference.clone());
            }
            if !variants.contains(&variant) {
                variants.push(variant);
            }
        }
        Ok(json!({"oneOf": variants}))
    }
}

/// Misspelt extensions would be dead letters.
fn check_extensions(schema: &Value, at: &Pointer) -> Result<()> {
    let known = ["name", "description", "type"];
    for (key, _) in schema["x-rust"].as_object().into_iter().flatten() {
        if !known.contains(&key.as_str()) {
            bail!(
                "{}: `{key}` is no field of x-rust: it has {}",
                at.child("x-rust"),
                known.join(", ")
            );
        }
    }
    if schema.get("x-enum-descriptions").is_some() && !schema["enum"].is_array() {
        bail!("{}: stands beside no enum", at.child("x-enum-descriptions"));
    }
    Ok(())
}
