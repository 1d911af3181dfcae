//! Names: each follows from the place of its schema alone, so that an added operation renames nothing.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::shapes::is_enum;
use super::{DEEPEST_ON_THE_STACK, Later, Named, Types, Use, component_name, reference_to};
use crate::names::reserved::is_reserved_type;
use crate::names::{FreeNames, type_name};
use crate::openapi::json::Pointer;
use crate::openapi::schema::{Kind, Side, flatten};
use crate::stages::normalize::join::joined;

impl Types<'_> {
    /// The component `user` for `nullable-user`, if they differ only in null.
    pub(super) fn without_nullable_copy<'v>(
        &self,
        target: Cow<'v, Value>,
        origin: Pointer,
    ) -> (Cow<'v, Value>, Pointer) {
        let plain = component_name(&origin).filter(|_| target["nullable"] == true);
        let plain = plain.as_deref().and_then(|name| name.strip_prefix("nullable-"));
        let plain = plain.map(|name| Pointer::root().descend(["components", "schemas", name]));
        let Some(at) = plain else { return (target, origin) };
        let Some(found) = self.document.pointer(at.as_str()) else { return (target, origin) };
        match flatten(self.document, found, &at) {
            Ok(found) if restrictions(&found, true) == restrictions(&target, true) => {
                (Cow::Owned(found), at)
            }
            _ => (target, origin),
        }
    }

    /// Adds a named schema: reads its parts, unless they are read already or are being read.
    pub(super) fn named(&mut self, place: &Use<'_>) -> Value {
        let Use { schema, at, .. } = place;
        let kind = Kind::of(schema);
        // A newtype is the same in requests and answers.
        let has_side = matches!(kind, Kind::Object | Kind::Union) || is_enum(schema, kind);
        let side = if has_side { place.side } else { Side::Received };
        if let Some(name) = self.names.get(&(at.clone(), side)) {
            return reference_to(name);
        }
        let explicit = schema["x-rust"]["name"].is_string();
        let mut name = self.name(place, side);
        if self.is_numbered {
            name = self.numbered(name);
        }
        if self.named.contains_key(&name) {
            self.share(place, &name, side);
            self.names.insert((at.clone(), side), name.clone());
            return reference_to(&name);
        }
        let named = Named { origin: at.clone(), side, explicit, schema: None };
        self.names.insert((at.clone(), side), name.clone());
        self.named.insert(name.clone(), named);
        let later = Later { schema: (*schema).clone(), at: at.clone(), name: name.clone(), side };
        // A type that another place joins must be complete by then.
        if self.level >= DEEPEST_ON_THE_STACK && !explicit {
            self.later.push(later);
        } else {
            self.read_parts(&later);
        }
        while self.depth == 0
            && let Some(later) = self.later.pop()
        {
            self.read_parts(&later);
        }
        reference_to(&name)
    }

    /// The name, or the first free number after it.
    fn numbered(&mut self, name: String) -> String {
        if !self.named.contains_key(&name) {
            return name;
        }
        let number = self.numbers.entry(name.clone()).or_insert(1);
        loop {
            *number += 1;
            let numbered = format!("{name}{number}");
            if !self.named.contains_key(&numbered) {
                return numbered;
            }
        }
    }

    /// Joins a schema with the one that has its name, if the overlay gives both the name; otherwise refuses it.
    fn share(&mut self, place: &Use<'_>, name: &str, side: Side) {
        let Use { schema, at, .. } = place;
        let explicit = schema["x-rust"]["name"].is_string();
        let Some(taken) = self.named.get(name) else { return };
        let (other, other_side) = (taken.origin.clone(), taken.side);
        if !explicit || !taken.explicit {
            return self.refuse_name(at, &other, name);
        }
        let remedy = "give one of them another `x-rust` name";
        if other_side != side {
            let problem = format!(
                "has the name `{name}`, and so has {other}: one is sent, the other received"
            );
            return self.refuse(at, problem, remedy);
        }
        let read = self.read(schema, at, name, side);
        let known = self.named.get_mut(name).and_then(|taken| taken.schema.as_mut());
        let Some((joined, known)) = known.and_then(|known| Some((joined(known, &read)?, known)))
        else {
            let problem = format!("has the name `{name}`, but not the shape of {other}");
            return self.refuse(at, problem, remedy);
        };
        *known = joined;
        // The overlay documents the type at only one of the places.
        if let (None, Some(text)) = (known.get("description"), read.get("description")) {
            known["description"] = text.clone();
        }
    }

    fn read_parts(&mut self, Later { schema, at, name, side }: &Later) {
        let unnamed = std::mem::take(&mut self.unnamed);
        self.depth += 1;
        self.level += 1;
        let schema = self.read(schema, at, name, *side);
        self.level -= 1;
        self.depth -= 1;
        self.unnamed = unnamed;
        if let Some(named) = self.named.get_mut(name) {
            named.schema = Some(schema);
        }
    }

    /// The name of a schema from its place.
    fn name(&mut self, place: &Use<'_>, side: Side) -> String {
        let Use { schema, at, .. } = place;
        let component = component_name(at);
        let suffix = component.as_ref().map_or("", |_| suffix(side));
        if let Some(name) = schema["x-rust"]["name"].as_str() {
            if type_name(name) != name {
                let remedy = format!("write `{}`", type_name(name));
                self.refuse(at, format!("`{name}` is not a type name"), &remedy);
            }
            return format!("{}{suffix}", type_name(name));
        }
        let names = self.component_names.as_ref();
        let Some(component) = component else {
            let qualify = names.is_some_and(|names| names.is_taken(&place.name));
            return format!("{}{}", place.name, if qualify { "Field" } else { "" });
        };
        let plain = component.strip_prefix("nullable-").filter(|_| schema["nullable"] == true);
        self.name_of_component(plain.unwrap_or(&component), side)
    }

    pub(super) fn name_of_component(&self, component: &str, side: Side) -> String {
        let free = self.component_names.as_ref().and_then(|names| names.of(component, side));
        free.map_or_else(|| format!("{}{}", type_name(component), suffix(side)), str::to_owned)
    }

    fn refuse_name(&mut self, at: &Pointer, other: &Pointer, name: &str) {
        let problem = format!("`{name}` is also the type of {other}");
        let remedy = format!(
            "give one of them a name in spec/overlay.yaml: {{ target: \"{}\", update: {{ x-rust: {{ name: .. }} }} }}",
            at.json_path()
        );
        self.refuse(at, problem, &remedy);
    }
}

/// The names of the types of all components of a description, each of them different.
pub(super) struct ComponentNames {
    received: BTreeMap<String, String>,
    sent: BTreeMap<String, String>,
    taken: BTreeSet<String>,
}

impl ComponentNames {
    /// The names for the components of the document and for these.
    pub(super) fn new(document: &Value, more: &BTreeSet<String>) -> Self {
        let schemas = document["components"]["schemas"].as_object().into_iter().flatten();
        let all: BTreeSet<&String> = schemas.map(|(key, _)| key).chain(more).collect();
        let mut free = FreeNames::default();
        let mut name = |plain: String| {
            let end = if is_reserved_type(&plain) { "Schema" } else { "" };
            let plain = format!("{plain}{end}");
            free.take(&plain, |number| format!("{plain}{number}"))
        };
        let received: BTreeMap<_, _> =
            all.iter().map(|key| ((*key).clone(), name(type_name(key)))).collect();
        let sent = received.iter();
        let sent = sent.map(|(key, plain)| (key.clone(), name(format!("{plain}Input")))).collect();
        let taken = received.values().cloned().collect();
        Self { received, sent, taken }
    }

    fn of(&self, component: &str, side: Side) -> Option<&str> {
        let names = if side == Side::Sent { &self.sent } else { &self.received };
        names.get(component).map(String::as_str)
    }

    /// True if an inline schema cannot have the name.
    fn is_taken(&self, name: &str) -> bool {
        self.taken.contains(name) || is_reserved_type(name)
    }
}

/// The end of the names of components. Types that are sent have names of their own from the start, so that an
/// operation that receives them too renames nothing.
pub(super) fn suffix(side: Side) -> &'static str {
    match side {
        Side::Sent => "Input",
        Side::Received => "",
    }
}

/// The schema reduced to the keys that restrict values, with references to `nullable-x` replaced by `x`.
fn restrictions(schema: &Value, is_outermost: bool) -> Value {
    match schema {
        Value::Object(map) => {
            let kept = map.iter().filter(|(key, value)| match key.as_str() {
                // If a property has one of these names, its value is a schema.
                "description" | "title" => !value.is_string(),
                "example" | "examples" | "x-available" | "x-enum-available"
                | "x-enum-deprecated" => value.get("type").is_some(),
                "nullable" => !is_outermost,
                _ => true,
            });
            let kept = kept.map(|(key, value)| {
                let twin = value.as_str().filter(|_| key == "$ref");
                let value = twin.map(|text| text.replace("/schemas/nullable-", "/schemas/").into());
                (
                    key.clone(),
                    value.unwrap_or_else(|| {
                        restrictions(map.get(key).unwrap_or(&Value::Null), false)
                    }),
                )
            });
            kept.collect()
        }
        Value::Array(items) => items.iter().map(|item| restrictions(item, false)).collect(),
        scalar => scalar.clone(),
    }
}
