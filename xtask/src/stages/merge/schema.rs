//! Schemas: one that every server's answers fit and, of a parameter, one that takes what any takes.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use super::{Groups, Merge, Sight, add, first_of_each};
use crate::openapi::reference::Reference;
use crate::openapi::schema::{Side, is_alias, kind, reference};

/// What restricts a value: it stays where all servers say the same.
const RESTRICTIONS: [&str; 17] = [
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
    "not",
    "pattern",
    "uniqueItems",
];

/// What is joined by a rule of its own.
const JOINED: [&str; 8] =
    ["anyOf", "enum", "format", "items", "nullable", "oneOf", "properties", "required"];

/// What stands at the end of a chain of references.
struct Target<'d> {
    sight: Sight<'d>,
    /// The component; none where no reference was followed.
    name: Option<Reference>,
    /// Whether it may be null where the chain begins.
    nullable_here: bool,
}

impl<'d> Merge<'d> {
    pub(super) fn schema(&mut self, sights: &[Sight<'d>], side: Side) -> Value {
        if !sights.iter().any(|sight| reference(sight.value).is_some()) {
            return self.inline(sights, side);
        }
        let targets: Vec<_> = sights.iter().map(|sight| self.target(sight)).collect();
        if targets.first().is_some_and(|first| first.name.is_none()) {
            // The base says here what it is, and so the union does.
            let nullable = targets.iter().any(|target| target.nullable_here);
            let resolved: Vec<_> = targets.into_iter().map(|target| target.sight).collect();
            let mut merged = self.inline(&resolved, side);
            if nullable {
                merged["nullable"] = true.into();
            }
            return merged;
        }
        // What is not null by itself is the same thing without the null.
        let carriers = targets.iter().filter_map(|target| {
            let name = target.name.as_ref()?;
            Some((target.sight.value["nullable"] == true, name))
        });
        let Some((nullable_there, carrier)) = carriers.min_by_key(|(nullable, _)| *nullable) else {
            return self.inline(sights, side);
        };
        if side == Side::Request {
            self.known.requests.insert(carrier.clone());
        }
        let mut nullable = false;
        for target in &targets {
            nullable |= target.nullable_here;
            if target.sight.at != carrier.pointer() {
                nullable |= target.sight.value["nullable"] == true && !nullable_there;
                let place = (target.sight.server, target.sight.at.clone());
                self.known.aliases.entry(carrier.clone()).or_default().insert(place);
            }
        }
        let beside =
            sights.iter().filter(|sight| is_alias(sight.value)).cloned().collect::<Vec<_>>();
        let mut merged = first_of_each(&beside, &["allOf", "nullable"]);
        let reference = json!({"$ref": carrier.to_string()});
        if merged.is_empty() && !nullable {
            return reference;
        }
        merged.insert("allOf".to_owned(), json!([reference]));
        if nullable {
            merged.insert("nullable".to_owned(), true.into());
        }
        Value::Object(merged)
    }

    /// Follows references, and those that say besides that it may be null here.
    fn target(&self, sight: &Sight<'d>) -> Target<'d> {
        let mut target = Target { sight: sight.clone(), name: None, nullable_here: false };
        while let Some(text) = reference(target.sight.value)
            && let Ok(name) = Reference::parse(text, &target.sight.at)
        {
            let document = &self.description(sight.server).document;
            let Some(value) = document.pointer(name.pointer().as_str()) else { break };
            target.nullable_here |= target.sight.value["nullable"] == true;
            target.sight = Sight { server: sight.server, at: name.pointer(), value };
            target.name = Some(name);
        }
        // What stands here itself, and may be null, may be so here alone.
        target.nullable_here |= target.name.is_none() && sight.value["nullable"] == true;
        target
    }

    fn inline(&mut self, sights: &[Sight<'d>], side: Side) -> Value {
        self.agree(sights, |schema| format!("is {}", comparable(schema)));
        let but: Vec<_> = RESTRICTIONS.iter().chain(&JOINED).copied().collect();
        let mut merged = first_of_each(sights, &but);
        for key in RESTRICTIONS {
            if let Some(value) = agreed(sights, key) {
                merged.insert(key.to_owned(), value.clone());
            }
        }
        if sights.iter().any(|sight| sight.value["nullable"] == true) {
            merged.insert("nullable".to_owned(), true.into());
        }
        if let Some(format) = format(sights) {
            merged.insert("format".to_owned(), format);
        }
        self.words(sights, side, &mut merged);
        if let Some(properties) =
            self.each_key(sights, "properties", |merge, sights| merge.schema(sights, side))
        {
            merged.insert("properties".to_owned(), properties);
        }
        if sights.iter().any(|sight| sight.value["required"].is_array()) {
            merged.insert("required".to_owned(), required(sights).into());
        }
        for key in ["items", "additionalProperties"] {
            let inner: Vec<_> = sights.iter().filter_map(|sight| sight.child(key)).collect();
            let schemas = inner.iter().all(|sight| sight.value.is_object());
            if schemas && !inner.is_empty() && (key == "items" || inner.len() == sights.len()) {
                merged.insert(key.to_owned(), self.schema(&inner, side));
            }
        }
        for key in ["anyOf", "oneOf"] {
            if let Some(alternatives) = self.alternatives(sights, key, side) {
                merged.insert(key.to_owned(), alternatives);
            }
        }
        Value::Object(merged)
    }

    /// The values of an enum: those of the base, then what others add.
    ///
    /// Where a server lists none, an answer is open anyway, and a request may say anything.
    fn words(&mut self, sights: &[Sight<'d>], side: Side, merged: &mut Map<String, Value>) {
        let listing: Vec<_> =
            sights.iter().filter(|sight| sight.value["enum"].is_array()).cloned().collect();
        if listing.is_empty() || (side == Side::Request && listing.len() < sights.len()) {
            return;
        }
        let mut words: Vec<(&Value, BTreeSet<usize>)> = Vec::new();
        for (index, sight) in listing.iter().enumerate() {
            for word in sight.value["enum"].as_array().into_iter().flatten() {
                // A word that stands twice in one list stays there twice: `normalize` refuses it.
                match words
                    .iter_mut()
                    .find(|(known, seen)| *known == word && !seen.contains(&index))
                {
                    Some((_, seen)) => drop(seen.insert(index)),
                    None => words.push((word, BTreeSet::from([index]))),
                }
            }
        }
        let listed = words.iter().map(|(word, _)| (*word).clone());
        merged.insert("enum".to_owned(), listed.collect());
        let servers = |seen: &BTreeSet<usize>| -> BTreeSet<usize> {
            seen.iter().filter_map(|index| listing.get(*index)).map(|sight| sight.server).collect()
        };
        let everyone = servers(&(0..listing.len()).collect());
        let partial = words.iter().filter_map(|(word, seen)| {
            let have = servers(seen);
            (have != everyone).then_some((word.as_str()?.to_owned(), self.names(&have)))
        });
        let partial: Map<_, _> = partial.collect();
        if !partial.is_empty() {
            merged.insert("x-enum-available".to_owned(), partial.into());
        }
    }

    /// The alternatives of a choice: those that are the same are one, and where each server has one
    /// that no other has, that is the same alternative in another version.
    fn alternatives(&mut self, sights: &[Sight<'d>], key: &str, side: Side) -> Option<Value> {
        let lists: Vec<_> = sights.iter().filter_map(|sight| sight.child(key)).collect();
        let mut groups: Groups<'d> = Vec::new();
        for list in &lists {
            for (index, value) in list.value.as_array().into_iter().flatten().enumerate() {
                let same = reference(value).map_or_else(|| value.to_string(), str::to_owned);
                let sight = Sight { at: list.at.child(index), value, ..list.clone() };
                add(&mut groups, same, sight);
            }
        }
        let (mut joined, single): (Vec<_>, Vec<_>) =
            groups.into_iter().map(|(_, sights)| sights).partition(|sights| sights.len() > 1);
        let single: Vec<_> = single.into_iter().flatten().collect();
        let servers: BTreeSet<_> = single.iter().map(|sight| sight.server).collect();
        if lists.len() > 1 && single.len() == lists.len() && servers.len() == lists.len() {
            joined.push(single);
        } else {
            joined.extend(single.into_iter().map(|sight| vec![sight]));
        }
        joined.sort_by_key(|sights| sights.first().map(|sight| place_of(sight, &lists)));
        let joined: Vec<_> = joined.iter().map(|sights| self.schema(sights, side)).collect();
        (!lists.is_empty()).then(|| joined.into())
    }
}

/// Where an alternative stands: in which list, and where in it.
fn place_of(sight: &Sight<'_>, lists: &[Sight<'_>]) -> (Option<usize>, Option<usize>) {
    let list = lists.iter().position(|list| {
        list.server == sight.server && sight.at.parent().is_some_and(|(at, _)| at == list.at)
    });
    (list, sight.at.parent().and_then(|(_, index)| index.parse().ok()))
}

/// 64 bits win over none; what else differs says nothing, but for times, which are another type.
fn format(sights: &[Sight<'_>]) -> Option<Value> {
    let formats: BTreeSet<_> = sights.iter().map(|sight| sight.value["format"].as_str()).collect();
    if formats.contains(&Some("int64")) {
        return Some("int64".into());
    }
    agreed(sights, "format").cloned()
}

/// What is the same everywhere.
fn agreed<'d>(sights: &[Sight<'d>], key: &str) -> Option<&'d Value> {
    let mut values = sights.iter().map(|sight| sight.value.get(key));
    let first = values.next()??;
    values.all(|value| value == Some(first)).then_some(first)
}

/// What every server requires and defines: some descriptions require what they do not define.
fn required(sights: &[Sight<'_>]) -> Vec<Value> {
    let is_required = |sight: &Sight<'_>, name: &Value| {
        let schema = sight.value;
        let defined = match schema["properties"].as_object() {
            Some(properties) => name.as_str().is_some_and(|name| properties.contains_key(name)),
            None => true,
        };
        schema["required"].as_array().is_some_and(|list| list.contains(name)) && defined
    };
    let first = sights.first().and_then(|sight| sight.value["required"].as_array());
    let names = first.into_iter().flatten();
    names.filter(|name| sights.iter().all(|sight| is_required(sight, name))).cloned().collect()
}

/// What must be the same on all servers: lists and maps of something and of anything are joined.
fn comparable(schema: &Value) -> &'static str {
    match kind(schema) {
        "a list of anything" => "a list",
        "a map" | "a map of anything" | "an object" => "an object",
        kind => kind,
    }
}
