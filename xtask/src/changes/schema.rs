//! What is different between two schemas at one place of the SDK.

use anyhow::Result;
use serde_json::Value;

use super::{Level, Sort, Walk};
use crate::json::Pointer;
use crate::names::{field_name, type_name, variant_name};
use crate::normalize::{alias, flatten};
use crate::reference;

/// A part of a description, and where it stands.
#[derive(Clone, Debug)]
pub(super) struct At {
    pub(super) value: Value,
    pub(super) at: Pointer,
}

impl At {
    pub(super) fn child(&self, key: &str) -> Option<Self> {
        Some(Self { value: self.value.get(key)?.clone(), at: self.at.child(key) })
    }
}

/// What the SDK has at a place.
#[derive(Clone, Debug)]
pub(super) struct Place<'d> {
    /// The item that a change here is told of.
    pub(super) item: String,
    /// What a type that stands here is called, unless it has a name.
    pub(super) type_name: String,
    /// The normalized schema, where the SDK has one.
    pub(super) sdk: Option<&'d Value>,
    /// Whether it may be missing.
    pub(super) optional: bool,
}

/// Who sends it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Side {
    Request,
    Response,
}

impl<'d> Walk<'d> {
    pub(super) fn schema(
        &mut self,
        old: &At,
        new: &At,
        place: &Place<'d>,
        side: Side,
    ) -> Result<()> {
        let (old, was_null) = target(self.old, old)?;
        let (new, is_null) = target(self.new, new)?;
        self.null(was_null, is_null, &new, place, side);
        if !self.seen.insert((old.at.clone(), new.at.clone())) {
            return Ok(());
        }
        let (was, is) = (kind(&old.value), kind(&new.value));
        if was != is {
            let said = format!("is another type: it was {was}, and is {is}");
            self.add(Level::Breaking, &place.item, Sort::Type, &said, &new.at);
            return Ok(());
        }
        let sdk = place.sdk.map(|schema| self.named(schema));
        let body = sdk.and_then(|(_, body)| body);
        let type_name = sdk.and_then(|(name, _)| name).unwrap_or(&place.type_name).to_owned();
        self.words(&old, &new, place, body, &type_name, side);
        self.properties(&old, &new, body, &type_name, side)?;
        for key in ["items", "additionalProperties"] {
            if let (Some(a), Some(b)) = (old.child(key), new.child(key))
                && a.value.is_object()
                && b.value.is_object()
            {
                let suffix = if key == "items" { "Item" } else { "Value" };
                let inner = Place {
                    item: place.item.clone(),
                    type_name: format!("{}{suffix}", place.type_name),
                    sdk: body.and_then(|body| body.get(key)),
                    optional: false,
                };
                self.schema(&a, &b, &inner, side)?;
            }
        }
        self.choice(&old, &new, place, side)?;
        self.details(&place.item, &old, &new, &TYPES);
        Ok(())
    }

    fn null(&mut self, was: bool, is: bool, new: &At, place: &Place<'d>, side: Side) {
        let sdk = place.sdk;
        // An optional value takes null for nothing; a list does not.
        let is_list = matches!(kind(&new.value).as_str(), "a list" | "a map");
        let takes_null = sdk.is_some_and(|sdk| sdk["nullable"] == true)
            || (sdk.is_some() && place.optional && !is_list);
        match (was, is) {
            (false, true) if side == Side::Response && !takes_null => {
                let said = "may be null now, and the SDK has no `Option` here";
                self.add(Level::Breaking, &place.item, Sort::MayBeNull, said, &new.at);
            }
            (false, true) => {
                let said = "may be null now, which the SDK expects";
                self.add(Level::Cosmetic, &place.item, Sort::MayBeNull, said, &new.at);
            }
            (true, false) => {
                let said = "is never null any more";
                self.add(Level::Cosmetic, &place.item, Sort::Other, said, &new.at);
            }
            _ => {}
        }
    }

    fn words(
        &mut self,
        old: &At,
        new: &At,
        place: &Place<'d>,
        sdk: Option<&Value>,
        name: &str,
        side: Side,
    ) {
        let listed = |schema: &Value| -> Option<Vec<String>> {
            let words = schema["enum"].as_array()?;
            Some(words.iter().filter_map(Value::as_str).map(str::to_owned).collect())
        };
        let known = sdk.and_then(listed);
        let (was, is) = (listed(&old.value), listed(&new.value));
        let at = new.at.child("enum");
        let (was, is) = match (was, is, &known) {
            (Some(was), Some(is), _) => (was, is),
            // The SDK has an enum here already: what it lists is nothing new.
            (None, Some(is), Some(known)) => (known.clone(), is),
            (None, Some(_), None) => {
                let said = "is another type: it was any text, and is one of a list of words";
                return self.add(Level::Breaking, &place.item, Sort::Type, said, &at);
            }
            (Some(_), None, _) => {
                let said = "has no list of words any more: the SDK keeps its own";
                return self.add(Level::Cosmetic, &place.item, Sort::Other, said, &new.at);
            }
            (None, None, _) => return,
        };
        let variant = |word: &String| format!("{name}::{}", variant_name(word));
        for word in is.iter().filter(|word| !was.contains(word)) {
            let has = known.as_ref().is_some_and(|known| known.contains(word));
            let why = match (side, has) {
                (Side::Response, true) => {
                    "additive, because the enum is open; the SDK has it already"
                }
                (Side::Response, false) => {
                    "additive, because the enum is open: an SDK without it keeps the word as `Unknown`"
                }
                (Side::Request, true) => "a value more to ask for, which the SDK has already",
                (Side::Request, false) => "a value more to ask for",
            };
            let said = format!("is new: the word `{word}`; {why}");
            self.add(Level::Additive, &variant(word), Sort::New, &said, &at);
        }
        for word in was.iter().filter(|word| {
            !is.contains(word) && known.as_ref().is_none_or(|known| known.contains(word))
        }) {
            let (level, why) = match side {
                Side::Response => (Level::Cosmetic, "what matches on it never gets it"),
                Side::Request => (Level::Breaking, "a server may refuse it"),
            };
            let said = format!("is gone: the word `{word}`; {why}");
            self.add(level, &variant(word), Sort::Gone, &said, &old.at.child("enum"));
        }
    }

    fn properties(
        &mut self,
        old: &At,
        new: &At,
        sdk: Option<&'d Value>,
        name: &str,
        side: Side,
    ) -> Result<()> {
        let keys = |at: &At| -> Vec<String> {
            let properties = at.value["properties"].as_object();
            properties.into_iter().flatten().map(|(key, _)| key.clone()).collect()
        };
        let (was, is) = (keys(old), keys(new));
        let here = |at: &At, key: &str| at.child("properties")?.child(key);
        for key in &was {
            let item = format!("{name}::{}", field_name(key));
            let Some(before) = here(old, key) else { continue };
            let Some(after) = here(new, key) else {
                let fresh: Vec<_> = is.iter().filter(|key| !was.contains(key)).collect();
                let renamed = self.renamed(key, &before, &fresh, |key| here(new, key))?;
                let mut said = "is gone: those who read it get nothing".to_owned();
                if let Some(renamed) = renamed {
                    said += &format!("; perhaps it is called `{renamed}` now");
                }
                self.add(Level::Breaking, &item, Sort::Gone, &said, &before.at);
                continue;
            };
            let required = |schema: Option<&Value>| {
                let list = schema.and_then(|schema| schema["required"].as_array());
                list.is_some_and(|list| list.iter().any(|name| name == key.as_str()))
            };
            let field = sdk.and_then(|sdk| sdk["properties"].get(key));
            let place = Place {
                item: item.clone(),
                type_name: type_name(&format!("{name}-{key}")),
                sdk: field,
                optional: !required(sdk),
            };
            match (required(Some(&old.value)), required(Some(&new.value))) {
                (true, false) if side == Side::Response && field.is_some() && !place.optional => {
                    let said = "may be missing now, and the SDK has no `Option` here";
                    self.add(Level::Breaking, &item, Sort::MayBeMissing, said, &after.at);
                }
                (true, false) => {
                    let said = "may be missing now, which the SDK expects";
                    self.add(Level::Cosmetic, &item, Sort::MayBeMissing, said, &after.at);
                    if let Some(change) = self.changes.last_mut() {
                        change.is_list = after.value["type"] == "array";
                    }
                }
                (false, true) => {
                    let said = "is always there now";
                    self.add(Level::Cosmetic, &item, Sort::Other, said, &after.at);
                }
                _ => {}
            }
            self.schema(&before, &after, &place, side)?;
        }
        for key in is.iter().filter(|key| !was.contains(key)) {
            let item = format!("{name}::{}", field_name(key));
            let known = sdk.is_some_and(|sdk| sdk["properties"].get(key).is_some());
            let said = if known {
                "is new: a field, which the SDK has already"
            } else {
                "is new: a field more; an SDK without it ignores it"
            };
            if let Some(after) = here(new, key) {
                self.add(Level::Additive, &item, Sort::New, said, &after.at);
            }
        }
        Ok(())
    }

    /// The new property that looks most like one that is gone: of the same type, and the nearest name.
    fn renamed<'k>(
        &self,
        gone: &str,
        before: &At,
        fresh: &[&'k String],
        here: impl Fn(&str) -> Option<At>,
    ) -> Result<Option<&'k str>> {
        let (before, was_null) = target(self.old, before)?;
        let mut alike = Vec::new();
        for key in fresh {
            let Some(after) = here(key) else { continue };
            let (after, is_null) = target(self.new, &after)?;
            if kind(&before.value) == kind(&after.value)
                && was_null == is_null
                && before.value["enum"] == after.value["enum"]
            {
                alike.push((strsim::normalized_damerau_levenshtein(gone, key), key.as_str()));
            }
        }
        alike.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(b.1)));
        Ok(alike.first().map(|(_, key)| *key))
    }

    fn choice(&mut self, old: &At, new: &At, place: &Place<'d>, side: Side) -> Result<()> {
        for key in ["oneOf", "anyOf"] {
            let parts = |at: &At| at.value[key].as_array().map_or(0, Vec::len);
            if parts(old) != parts(new) {
                let said = format!(
                    "is a choice of {} now, where it was one of {}",
                    parts(new),
                    parts(old)
                );
                self.add(Level::Breaking, &place.item, Sort::Type, &said, &new.at);
                continue;
            }
            for index in 0..parts(new) {
                let part = |at: &At| {
                    let list = at.child(key)?;
                    Some(At { value: list.value.get(index)?.clone(), at: list.at.child(index) })
                };
                if let (Some(a), Some(b)) = (part(old), part(new)) {
                    let inner = Place { sdk: None, ..place.clone() };
                    self.schema(&a, &b, &inner, side)?;
                }
            }
        }
        Ok(())
    }

    /// The name of a type of the SDK, and what it is; where it has none, the schema itself.
    fn named(&self, schema: &'d Value) -> (Option<&'d str>, Option<&'d Value>) {
        let reference = schema["$ref"].as_str().or(schema["allOf"][0]["$ref"].as_str());
        match reference.and_then(|text| text.rsplit('/').next()) {
            Some(name) => (Some(name), self.sdk["components"]["schemas"].get(name)),
            None => (None, Some(schema)),
        }
    }
}

/// What the rules above have looked at.
const TYPES: [&str; 11] = [
    "additionalProperties",
    "allOf",
    "anyOf",
    "enum",
    "items",
    "nullable",
    "oneOf",
    "properties",
    "required",
    "type",
    "x-octokit",
];

/// The schema that is meant, as one object, and whether it may be null.
fn target(document: &Value, at: &At) -> Result<(At, bool)> {
    let (value, place) = reference::resolve(document, alias(&at.value), &at.at)?;
    let value = flatten(document, value, &place)?;
    let nullable = at.value["nullable"] == true || value["nullable"] == true;
    Ok((At { value, at: place }, nullable))
}

/// What a schema is, in words.
fn kind(schema: &Value) -> String {
    let choice = ["oneOf", "anyOf"].iter().any(|key| schema[key].is_array());
    let properties = schema["properties"].as_object().is_some_and(|map| !map.is_empty());
    match schema["type"].as_str() {
        _ if choice => "a choice".to_owned(),
        _ if properties => "an object".to_owned(),
        Some("object") => "a map".to_owned(),
        Some("array") => "a list".to_owned(),
        Some("integer") => "an integer".to_owned(),
        Some("string") if schema["format"] == "date-time" => "a time".to_owned(),
        Some(other) => format!("a {other}"),
        None => "any value".to_owned(),
    }
}
