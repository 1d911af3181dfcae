//! What is different between two schemas at one place of the SDK.

use std::borrow::Cow;

use anyhow::Result;
use serde_json::Value;

use super::operation::is_bound;
use super::{At, Level, Sort, Walk};
use crate::names::{field_name, type_name};
use crate::openapi::json::Pointer;
use crate::openapi::schema::{Side, flatten, is_alias, kind};
use crate::untrusted::inline_code;

/// Names that are less alike than this are those of two things, where more than one went or came.
const ALIKE: f64 = 0.3;

/// What the SDK has at a place.
#[derive(Clone, Debug)]
pub(super) struct Place<'d> {
    /// The item that a change here is told of.
    pub(super) item: String,
    /// What a type that stands here is called, unless it has a name.
    pub(super) type_name: String,
    /// The normalized schema, where the SDK has one.
    pub(super) sdk: Option<At<'d>>,
    /// Whether it may be missing.
    pub(super) optional: bool,
}

impl Place<'_> {
    fn is_nullable(&self) -> bool {
        self.sdk.as_ref().is_some_and(|sdk| sdk.value["nullable"] == true)
    }

    /// Whether the SDK takes nothing for an answer: an `Option`, or an empty list.
    fn may_be_missing(&self) -> bool {
        self.sdk.is_none() || self.optional || self.is_nullable()
    }
}

impl<'d> Walk<'d> {
    pub(super) fn schema(
        &mut self,
        old: &At<'d>,
        new: &At<'d>,
        place: &Place<'d>,
        side: Side,
    ) -> Result<()> {
        let (old, was_null) = target(self.old, old)?;
        let (new, is_null) = target(self.new, new)?;
        self.null(was_null, is_null, &new, place, side);
        let (was, is) = (kind(&old.value), kind(&new.value));
        if was != is {
            let said = format!("is another type: it was {was}, and is {is}");
            self.add(Level::Breaking, &place.item, Sort::Other, &said, &new.at);
            return Ok(());
        }
        let is_scalar = !matches!(is, "an object" | "a map" | "a list" | "a choice");
        if !self.seen.insert((old.at.clone(), new.at.clone())) && !is_scalar {
            return Ok(());
        }
        let named = place.sdk.as_ref().map(|sdk| self.named(sdk));
        let (name, body) = named.unwrap_or_default();
        let name = name.unwrap_or_else(|| place.type_name.clone());
        self.words(&old, &new, place, body.as_ref().map(|body| &*body.value), &name, side);
        self.properties(&old, &new, body.as_ref(), &name, side)?;
        for key in ["items", "additionalProperties"] {
            if let (Some(a), Some(b)) = (old.child(key), new.child(key))
                && a.value.is_object()
                && b.value.is_object()
            {
                let suffix = if key == "items" { "Item" } else { "Value" };
                let inner = Place {
                    item: place.item.clone(),
                    type_name: format!("{}{suffix}", place.type_name),
                    sdk: body.as_ref().and_then(|body| body.child(key)),
                    optional: false,
                };
                self.schema(&a, &b, &inner, side)?;
            }
        }
        self.choice(&old, &new, place, side)?;
        let mut judged = JUDGED.to_vec();
        if side == Side::Request {
            self.bounds(&place.item, &old, &new);
            let keys = [&old, &new].into_iter().filter_map(|at| at.value.as_object()).flatten();
            judged.extend(keys.map(|(key, _)| key.as_str()).filter(|key| is_bound(key)));
        }
        self.details(&place.item, &old, &new, &judged);
        Ok(())
    }

    fn null(&mut self, was: bool, is: bool, new: &At<'d>, place: &Place<'d>, side: Side) {
        // An optional value takes null for nothing; a list does not.
        let lists = ["a list", "a list of anything", "a map", "a map of anything"];
        let is_list = lists.contains(&kind(&new.value));
        let takes_null = place.is_nullable() || (place.optional && !is_list);
        let (level, sort, said) = match (was, is) {
            (false, true) if side == Side::Request || (takes_null && place.sdk.is_some()) => {
                (Level::Cosmetic, Sort::MayBeNull, "may be null now, which the SDK expects")
            }
            (false, true) => {
                let said = "may be null now, and the SDK has no `Option` here: such answers fail";
                (Level::Breaking, Sort::MayBeNull, said)
            }
            (true, false) => (Level::Cosmetic, Sort::Other, "is never null any more"),
            _ => return,
        };
        self.add(level, &place.item, sort, said, &new.at);
    }

    fn properties(
        &mut self,
        old: &At<'d>,
        new: &At<'d>,
        sdk: Option<&At<'d>>,
        name: &str,
        side: Side,
    ) -> Result<()> {
        let (was, is) = (keys(old), keys(new));
        for key in &was {
            let Some(before) = property(old, key) else { continue };
            let place = Place {
                item: format!("{name}::{}", field_name(key)),
                type_name: type_name(&format!("{name}-{key}")),
                sdk: sdk.and_then(|sdk| property(sdk, key)),
                optional: !sdk.is_some_and(|sdk| is_required(sdk, key)),
            };
            match property(new, key) {
                Some(after) => {
                    let required = (is_required(old, key), is_required(new, key));
                    self.required(required, &after, &place, side);
                    self.schema(&before, &after, &place, side)?;
                }
                None => {
                    let fresh: Vec<_> = is.iter().filter(|key| !was.contains(key)).collect();
                    let gone = was.iter().filter(|key| !is.contains(key)).count();
                    let renamed = self.renamed(key, &before, &fresh, gone, new)?;
                    self.gone(&before, &place, renamed);
                }
            }
        }
        for key in is.iter().filter(|key| !was.contains(key)) {
            let Some(after) = property(new, key) else { continue };
            let item = format!("{name}::{}", field_name(key));
            let Some(known) = sdk.and_then(|sdk| property(sdk, key)) else {
                let said = "is new: a field more; an SDK without it ignores it";
                self.add(Level::Additive, &item, Sort::Other, said, &after.at);
                continue;
            };
            let said = "is new: a field, which the SDK has already";
            self.add(Level::Additive, &item, Sort::Other, said, &after.at);
            let optional = !sdk.is_some_and(|sdk| is_required(sdk, key));
            let type_name = type_name(&format!("{name}-{key}"));
            let place = Place { item, type_name, sdk: Some(known.clone()), optional };
            let mut against = Walk::new(self.sdk, self.new, self.sdk, &self.operation);
            against.schema(&known, &after, &place, side)?;
            self.take_breaking(against);
        }
        Ok(())
    }

    fn required(&mut self, (was, is): (bool, bool), after: &At<'d>, place: &Place<'d>, side: Side) {
        let (level, sort, said) = match (was, is) {
            (true, false) if side == Side::Request || place.may_be_missing() => {
                (Level::Cosmetic, Sort::MayBeMissing, "may be missing now, which the SDK expects")
            }
            (true, false) => {
                let said =
                    "may be missing now, and the SDK has no `Option` here: such answers fail";
                (Level::Breaking, Sort::MayBeMissing, said)
            }
            (false, true) => (Level::Cosmetic, Sort::Other, "is always there now"),
            _ => return,
        };
        self.add(level, &place.item, sort, said, &after.at);
    }

    fn gone(&mut self, before: &At<'d>, place: &Place<'d>, renamed: Option<&str>) {
        let (sort, said) = match place.may_be_missing() {
            true => (Sort::Gone, "is gone: those who read it get nothing"),
            false => {
                (Sort::Missed, "is gone, and the SDK has no `Option` here: every answer fails")
            }
        };
        let mut said = said.to_owned();
        if let Some(renamed) = renamed {
            said += &format!("; perhaps it is called {} now", inline_code(renamed));
        }
        self.add(Level::Breaking, &place.item, sort, &said, &before.at);
    }

    /// The new property that looks most like one that is gone: of the same type, and the nearest name
    /// (whatever the name, where one went and one came).
    fn renamed<'k>(
        &self,
        name: &str,
        before: &At<'d>,
        fresh: &[&'k String],
        gone: usize,
        new: &At<'d>,
    ) -> Result<Option<&'k str>> {
        let (before, was_null) = target(self.old, before)?;
        let mut alike = Vec::new();
        for key in fresh {
            let Some(after) = property(new, key) else { continue };
            let (after, is_null) = target(self.new, &after)?;
            let likeness = strsim::normalized_damerau_levenshtein(name, key);
            if kind(&before.value) == kind(&after.value)
                && was_null == is_null
                && before.value["enum"] == after.value["enum"]
                && (likeness >= ALIKE || (gone == 1 && fresh.len() == 1))
            {
                alike.push((likeness, key.as_str()));
            }
        }
        alike.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(b.1)));
        Ok(alike.first().map(|(_, key)| *key))
    }

    /// The alternatives of a choice, less those that are the same, one by one.
    fn choice(&mut self, old: &At<'d>, new: &At<'d>, place: &Place<'d>, side: Side) -> Result<()> {
        for key in ["oneOf", "anyOf"] {
            let alternatives =
                |choice: &At<'d>| choice.child(key).map(|list| list.items()).unwrap_or_default();
            let (mut was, mut is) = (alternatives(old), alternatives(new));
            let (all_old, all_new) = (was.clone(), is.clone());
            was.retain(|part| !all_new.iter().any(|other| other.value == part.value));
            is.retain(|part| !all_old.iter().any(|other| other.value == part.value));
            if was.len() != is.len() {
                let said = format!(
                    "is a choice of {} now, where it was one of {}",
                    all_new.len(),
                    all_old.len()
                );
                self.add(Level::Breaking, &place.item, Sort::Other, &said, &new.at);
                continue;
            }
            for (old, new) in was.iter().zip(&is) {
                let inner = Place { sdk: None, ..place.clone() };
                self.schema(old, new, &inner, side)?;
            }
        }
        Ok(())
    }

    /// The name of a type of the SDK, and what it is; where it has none, the schema itself.
    fn named(&self, schema: &At<'d>) -> (Option<String>, Option<At<'d>>) {
        let text = schema.value["$ref"].as_str().or(schema.value["allOf"][0]["$ref"].as_str());
        let Some(name) = text.and_then(|text| text.rsplit('/').next()) else {
            return (None, Some(schema.clone()));
        };
        let at = Pointer::root().descend(["components", "schemas", name]);
        let body = self.sdk.pointer(at.as_str()).map(|value| At::new(value, at));
        (Some(name.to_owned()), body)
    }
}

/// What the rules above have looked at.
const JUDGED: [&str; 11] = [
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
fn target<'d>(document: &'d Value, at: &At<'d>) -> Result<(At<'d>, bool)> {
    let nullable_here = at.value["nullable"] == true;
    let inner = match is_alias(&at.value) {
        true => at.child("allOf").and_then(|list| list.items().into_iter().next()),
        false => None,
    };
    let mut target = inner.unwrap_or_else(|| at.clone()).resolve(document)?;
    if target.value["allOf"].is_array() {
        target.value = Cow::Owned(flatten(document, &target.value, &target.at)?);
    }
    let nullable = nullable_here || target.value["nullable"] == true;
    Ok((target, nullable))
}

fn keys(object: &At<'_>) -> Vec<String> {
    let properties = object.value["properties"].as_object();
    properties.into_iter().flatten().map(|(key, _)| key.clone()).collect()
}

fn property<'d>(object: &At<'d>, key: &str) -> Option<At<'d>> {
    object.child("properties")?.child(key)
}

fn is_required(object: &At<'_>, key: &str) -> bool {
    let required = object.value["required"].as_array();
    required.is_some_and(|required| required.iter().any(|name| name == key))
}
