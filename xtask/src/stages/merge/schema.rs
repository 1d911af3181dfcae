//! Merges schemas: the answers of every server fit the result, and a parameter takes every value that any server takes.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value, json};

use super::{Groups, Merge, Occurrence, first_of_each, mark_deprecated, newest};
use crate::openapi::reference::Reference;
use crate::openapi::schema::{Kind, Side, is_alias, reference};

/// Keys that restrict a value: kept if all servers have the same value.
const RESTRICTIONS: [&str; 16] = [
    "additionalProperties",
    "default",
    "discriminator",
    "exclusiveMaximum",
    "exclusiveMinimum",
    "maxItems",
    "maxLength",
    "maxProperties",
    "maximum",
    "minItems",
    "minLength",
    "minProperties",
    "minimum",
    "multipleOf",
    "pattern",
    "uniqueItems",
];

/// Keys that are merged by a rule of their own.
const MERGED: [&str; 10] = [
    "anyOf",
    "deprecated",
    "enum",
    "format",
    "items",
    "nullable",
    "oneOf",
    "properties",
    "required",
    "x-enum-deprecated",
];

/// The end of a chain of references.
struct Target<'d> {
    occurrence: Occurrence<'d>,
    /// The component; `None` if no reference was followed.
    name: Option<Reference>,
    /// True if one of the references, or the schema here without a reference, allows null.
    nullable_here: bool,
}

impl<'d> Merge<'d> {
    pub(super) fn schema(&mut self, occurrences: &[Occurrence<'d>], side: Side) -> Value {
        if !occurrences.iter().any(|occurrence| reference(occurrence.value).is_some()) {
            return self.inline(occurrences, side);
        }
        let targets: Vec<_> =
            occurrences.iter().map(|occurrence| self.target(occurrence)).collect();
        if targets.first().is_some_and(|first| first.name.is_none()) {
            // The base has an inline schema here, so the result is inline too.
            let nullable = targets.iter().any(|target| target.nullable_here);
            let resolved: Vec<_> = targets.into_iter().map(|target| target.occurrence).collect();
            let mut merged = self.inline(&resolved, side);
            if nullable {
                merged["nullable"] = true.into();
            }
            // A reference is deprecated here without its component.
            if let Some(merged) = merged.as_object_mut() {
                mark_deprecated(merged, occurrences);
            }
            return merged;
        }
        // Prefer a component that does not allow null; null is added here if any server allows it.
        let candidates = targets.iter().filter_map(|target| {
            let name = target.name.as_ref()?;
            Some((target.occurrence.value["nullable"] == true, name))
        });
        let Some((nullable_there, component)) = candidates.min_by_key(|(nullable, _)| *nullable)
        else {
            return self.inline(occurrences, side);
        };
        if side == Side::Sent {
            self.usage.requests.insert(component.clone());
        }
        let mut nullable = false;
        for target in &targets {
            nullable |= target.nullable_here;
            if target.occurrence.at != component.pointer() {
                nullable |= target.occurrence.value["nullable"] == true && !nullable_there;
                let place = (target.occurrence.server, target.occurrence.at.clone());
                self.usage.aliases.entry(component.clone()).or_default().insert(place);
            }
        }
        let aliases = occurrences
            .iter()
            .filter(|occurrence| is_alias(occurrence.value))
            .cloned()
            .collect::<Vec<_>>();
        let mut merged = first_of_each(&aliases, &["allOf", "nullable"]);
        mark_deprecated(&mut merged, occurrences);
        let reference = json!({"$ref": component.pointer().fragment()});
        if merged.is_empty() && !nullable {
            return reference;
        }
        merged.insert("allOf".to_owned(), json!([reference]));
        if nullable {
            merged.insert("nullable".to_owned(), true.into());
        }
        Value::Object(merged)
    }

    /// Follows a chain of references, with or without `nullable` beside them.
    fn target(&self, occurrence: &Occurrence<'d>) -> Target<'d> {
        let mut target =
            Target { occurrence: occurrence.clone(), name: None, nullable_here: false };
        while let Some(text) = reference(target.occurrence.value)
            && let Ok(name) = Reference::parse(text, &target.occurrence.at)
        {
            let document = &self.description(occurrence.server).document;
            let Some(value) = document.pointer(name.pointer().as_str()) else { break };
            target.nullable_here |= target.occurrence.value["nullable"] == true;
            target.occurrence = Occurrence { server: occurrence.server, at: name.pointer(), value };
            target.name = Some(name);
        }
        // An inline schema that allows null allows it only here.
        target.nullable_here |= target.name.is_none() && occurrence.value["nullable"] == true;
        target
    }

    fn inline(&mut self, occurrences: &[Occurrence<'d>], side: Side) -> Value {
        self.require_equal(occurrences, |one| format!("is {}", Kind::of(one.value).class()));
        let except: Vec<_> = RESTRICTIONS.iter().chain(&MERGED).copied().collect();
        let mut merged = first_of_each(occurrences, &except);
        for key in RESTRICTIONS {
            if let Some(value) = common(occurrences, key) {
                merged.insert(key.to_owned(), value.clone());
            }
        }
        if occurrences.iter().any(|occurrence| occurrence.value["nullable"] == true) {
            merged.insert("nullable".to_owned(), true.into());
        }
        mark_deprecated(&mut merged, occurrences);
        if let Some(format) = format(occurrences) {
            merged.insert("format".to_owned(), format);
        }
        self.enum_values(occurrences, side, &mut merged);
        if let Some(properties) = self.each_key(occurrences, "properties", |merge, occurrences| {
            merge.schema(occurrences, side)
        }) {
            merged.insert("properties".to_owned(), properties);
        }
        if occurrences.iter().any(|occurrence| occurrence.value["required"].is_array()) {
            merged.insert("required".to_owned(), required(occurrences).into());
        }
        for key in ["items", "additionalProperties"] {
            let inner: Vec<_> =
                occurrences.iter().filter_map(|occurrence| occurrence.child(key)).collect();
            let schemas = inner.iter().all(|occurrence| occurrence.value.is_object());
            if schemas && !inner.is_empty() && (key == "items" || inner.len() == occurrences.len())
            {
                merged.insert(key.to_owned(), self.schema(&inner, side));
            }
        }
        for key in ["anyOf", "oneOf"] {
            if let Some(alternatives) = self.alternatives(occurrences, key, side) {
                merged.insert(key.to_owned(), alternatives);
            }
        }
        Value::Object(merged)
    }

    /// The values of an enum: those of the base, then those that other servers add.
    ///
    /// If a server lists no values: an answer keeps the enum, because enums of answers are open; a
    /// request loses it, because that server takes any value.
    fn enum_values(
        &mut self,
        occurrences: &[Occurrence<'d>],
        side: Side,
        merged: &mut Map<String, Value>,
    ) {
        let listing: Vec<_> = occurrences
            .iter()
            .filter(|occurrence| occurrence.value["enum"].is_array())
            .cloned()
            .collect();
        if listing.is_empty() || (side == Side::Sent && listing.len() < occurrences.len()) {
            return;
        }
        let mut values: Vec<(&Value, BTreeSet<usize>)> = Vec::new();
        // The places of each value: a duplicate in one list stays a duplicate, which `normalize` refuses.
        let mut places: BTreeMap<String, Vec<usize>> = BTreeMap::new();
        for (index, occurrence) in listing.iter().enumerate() {
            let mut uses: BTreeMap<String, usize> = BTreeMap::new();
            for value in occurrence.value["enum"].as_array().into_iter().flatten() {
                let places = places.entry(value.to_string()).or_default();
                let used = uses.entry(value.to_string()).or_default();
                match places.get(*used).and_then(|place| values.get_mut(*place)) {
                    Some((_, seen)) => drop(seen.insert(index)),
                    None => {
                        places.push(values.len());
                        values.push((value, BTreeSet::from([index])));
                    }
                }
                *used += 1;
            }
        }
        let listed = values.iter().map(|(value, _)| (*value).clone());
        merged.insert("enum".to_owned(), listed.collect());
        let servers = |seen: &BTreeSet<usize>| -> BTreeSet<usize> {
            seen.iter()
                .filter_map(|index| listing.get(*index))
                .map(|occurrence| occurrence.server)
                .collect()
        };
        let everyone = servers(&(0..listing.len()).collect());
        let partial = values.iter().filter_map(|(value, seen)| {
            let have = servers(seen);
            (have != everyone).then_some((value.as_str()?.to_owned(), self.names(&have)))
        });
        let partial: Map<_, _> = partial.collect();
        if !partial.is_empty() {
            merged.insert("x-enum-available".to_owned(), partial.into());
        }
        let deprecated = values.iter().filter_map(|(value, seen)| {
            let have: Vec<_> =
                seen.iter().filter_map(|index| listing.get(*index)).cloned().collect();
            let value = value.as_str()?;
            let mut declared = newest(&have).map(|one| one.value["x-enum-deprecated"].get(value));
            Some((value.to_owned(), declared.find_map(|replacement| replacement)?.clone()))
        });
        let deprecated: Map<_, _> = deprecated.collect();
        if !deprecated.is_empty() {
            merged.insert("x-enum-deprecated".to_owned(), deprecated.into());
        }
    }

    /// The alternatives of a union. Equal ones are merged. If each server has exactly one alternative that no
    /// other server has, these are taken for versions of one alternative and merged too.
    fn alternatives(
        &mut self,
        occurrences: &[Occurrence<'d>],
        key: &str,
        side: Side,
    ) -> Option<Value> {
        let lists: Vec<_> =
            occurrences.iter().filter_map(|occurrence| occurrence.child(key)).collect();
        let mut groups = Groups::default();
        for list in &lists {
            for (index, value) in list.value.as_array().into_iter().flatten().enumerate() {
                let key_of_value = reference(value).map_or_else(|| shape(value), str::to_owned);
                let occurrence = Occurrence { at: list.at.child(index), value, ..list.clone() };
                groups.add(key_of_value, occurrence);
            }
        }
        let (mut joined, single): (Vec<_>, Vec<_>) = groups
            .all
            .into_iter()
            .map(|(_, occurrences)| occurrences)
            .partition(|occurrences| occurrences.len() > 1);
        let single: Vec<_> = single.into_iter().flatten().collect();
        let servers: BTreeSet<_> = single.iter().map(|occurrence| occurrence.server).collect();
        if lists.len() > 1 && single.len() == lists.len() && servers.len() == lists.len() {
            joined.push(single);
        } else {
            joined.extend(single.into_iter().map(|occurrence| vec![occurrence]));
        }
        joined.sort_by_key(|occurrences| {
            occurrences.first().map(|occurrence| position_of(occurrence, &lists))
        });
        let joined: Vec<_> =
            joined.iter().map(|occurrences| self.schema(occurrences, side)).collect();
        (!lists.is_empty()).then(|| joined.into())
    }
}

/// The text of an alternative. One that is deprecated on some servers is the same alternative.
fn shape(alternative: &Value) -> String {
    const DEPRECATION: [&str; 2] = ["deprecated", "x-replacement"];
    match alternative.as_object().filter(|map| DEPRECATION.iter().any(|key| map.contains_key(*key)))
    {
        Some(map) => {
            let kept = map.iter().filter(|(key, _)| !DEPRECATION.contains(&key.as_str()));
            let kept: Map<_, _> = kept.map(|(key, value)| (key.clone(), value.clone())).collect();
            Value::Object(kept).to_string()
        }
        None => alternative.to_string(),
    }
}

/// The position of an alternative: the index of its list, and its index in the list.
fn position_of(
    occurrence: &Occurrence<'_>,
    lists: &[Occurrence<'_>],
) -> (Option<usize>, Option<usize>) {
    let list = lists.iter().position(|list| {
        list.server == occurrence.server
            && occurrence.at.parent().is_some_and(|(at, _)| at == list.at)
    });
    (list, occurrence.at.parent().and_then(|(_, index)| index.parse().ok()))
}

/// The merged `format`: `int64` if any server has it, otherwise the common one. (A time is a type of its own:
/// a server with another format is a conflict.)
fn format(occurrences: &[Occurrence<'_>]) -> Option<Value> {
    let formats: BTreeSet<_> =
        occurrences.iter().map(|occurrence| occurrence.value["format"].as_str()).collect();
    if formats.contains(&Some("int64")) {
        return Some("int64".into());
    }
    common(occurrences, "format").cloned()
}

/// The value of a key, if all servers have the same.
fn common<'d>(occurrences: &[Occurrence<'d>], key: &str) -> Option<&'d Value> {
    let mut values = occurrences.iter().map(|occurrence| occurrence.value.get(key));
    let first = values.next()??;
    values.all(|value| value == Some(first)).then_some(first)
}

/// The properties that every server requires and defines. (Some descriptions require undefined properties.)
fn required(occurrences: &[Occurrence<'_>]) -> Vec<Value> {
    let of = |occurrence: &Occurrence<'_>| -> BTreeSet<String> {
        let schema = occurrence.value;
        let names = schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str);
        let is_defined = |name: &&str| {
            schema["properties"].as_object().is_none_or(|properties| properties.contains_key(*name))
        };
        names.filter(is_defined).map(str::to_owned).collect()
    };
    let first = occurrences.first().and_then(|occurrence| occurrence.value["required"].as_array());
    let sets: Vec<_> = occurrences.iter().map(of).collect();
    let is_required =
        |name: &&Value| sets.iter().all(|set| name.as_str().is_some_and(|name| set.contains(name)));
    first.into_iter().flatten().filter(is_required).cloned().collect()
}
