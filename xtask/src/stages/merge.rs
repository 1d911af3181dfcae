//! Merges the descriptions of all servers into one: their union, with availability.
//!
//! - **Types.** Every answer of every server fits the merged schema, and the schema is not looser than
//!   that requires.
//! - **Availability.** An item that some servers lack has `x-available`: the servers that have it. An
//!   enum value cannot carry a key, so its schema has `x-enum-available`. Both are relative to the
//!   enclosing item: if an object is new in 3.9, its properties do not repeat that.
//! - **Deprecation.** An item is deprecated if the newest server that has it marks it; so is a single value of an
//!   enum (`x-enum-deprecated`).
//! - **Other facts** (examples, links, order) come from the base, or from the oldest server that has them.
//! - **Conflicts.** Declarations that cannot be merged are refused. An overlay action with `x-server`
//!   resolves a conflict.

mod operation;
mod prepare;
mod schema;
mod spelling;

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Result, bail, ensure};
use serde_json::{Map, Value, json};

use crate::inputs::Description;
use crate::openapi::json::Pointer;
use crate::openapi::positions::{Kind, METHODS};
use crate::openapi::reference::{self, Reference};
use crate::openapi::schema::Side;
pub(crate) use prepare::prepare;

/// Merges descriptions that are [prepared](prepare); see the module for the rules.
///
/// # Errors
///
/// There are conflicts: the error lists all of them, each with two servers and their places.
pub(crate) fn merge(descriptions: &[Description], base: &str) -> Result<Value> {
    let (merged, conflicts) = merge_all(descriptions, base)?;
    ensure!(conflicts.is_empty(), "{}", conflicts.join("\n"));
    Ok(merged)
}

/// As [`merge`]; where descriptions conflict, the first one wins.
///
/// # Errors
///
/// A schema contains itself through `allOf`.
pub(crate) fn merge_all(descriptions: &[Description], base: &str) -> Result<(Value, Vec<String>)> {
    let order = order(descriptions, base);
    let mut usage = Usage::default();
    // A component can be merged correctly only when its whole usage is known, and the usage is found while
    // merging. So the merge is repeated until it finds no new usage.
    loop {
        let conflicts = BTreeSet::new();
        let before = usage.clone();
        let mut merge = Merge { descriptions, order: &order, usage, conflicts };
        let merged = merge.document()?;
        // One description has nothing to merge: its usage changes nothing.
        if merge.usage == before || descriptions.len() == 1 {
            return Ok((merged, merge.conflicts.into_iter().collect()));
        }
        usage = merge.usage;
    }
}

/// The base, then the others, oldest first.
fn order(descriptions: &[Description], base: &str) -> Vec<usize> {
    let first = descriptions.iter().position(|one| one.server == base);
    let others = (0..descriptions.len()).filter(|index| Some(*index) != first);
    first.into_iter().chain(others).collect()
}

struct Merge<'d> {
    descriptions: &'d [Description],
    /// The base, then the others, oldest first.
    order: &'d [usize],
    usage: Usage,
    conflicts: BTreeSet<String>,
}

/// The uses of components, collected while merging.
#[derive(Clone, Debug, Default, PartialEq)]
struct Usage {
    /// For each component, the schemas that other servers have where the base references it.
    aliases: BTreeMap<Reference, BTreeSet<(usize, Pointer)>>,
    /// The components that requests use.
    requests: BTreeSet<Reference>,
}

/// An item of the merged description (operation, parameter, schema, ..) in the description of one server.
#[derive(Clone, Debug)]
struct Occurrence<'d> {
    server: usize,
    at: Pointer,
    value: &'d Value,
}

impl<'d> Occurrence<'d> {
    fn child(&self, key: &str) -> Option<Self> {
        let value = self.value.get(key)?;
        Some(Self { server: self.server, at: self.at.child(key), value })
    }
}

/// Items to merge: a key that identifies the item, and its occurrences. In the order of discovery.
#[derive(Default)]
struct Groups<'d> {
    all: Vec<(String, Vec<Occurrence<'d>>)>,
    places: BTreeMap<String, usize>,
}

impl<'d> Groups<'d> {
    fn add(&mut self, key: String, occurrence: Occurrence<'d>) {
        let known = self.places.get(&key).and_then(|place| self.all.get_mut(*place));
        if let Some((_, occurrences)) = known {
            occurrences.push(occurrence);
        } else {
            self.places.insert(key.clone(), self.all.len());
            self.all.push((key, vec![occurrence]));
        }
    }

    /// The occurrences with a key.
    fn get(&self, key: &str) -> &[Occurrence<'d>] {
        let place = self.places.get(key).and_then(|place| self.all.get(*place));
        place.map_or(&[], |(_, occurrences)| occurrences)
    }
}

impl<'d> Merge<'d> {
    fn document(&mut self) -> Result<Value> {
        let Some(base) = self.order.first().and_then(|index| self.descriptions.get(*index)) else {
            bail!("there are no descriptions to merge");
        };
        let mut merged = Map::new();
        for key in ["openapi", "info", "servers", "externalDocs"] {
            if let Some(value) = base.document.get(key) {
                merged.insert(key.to_owned(), value.clone());
            }
        }
        merged.insert("paths".to_owned(), self.paths());
        let mut merged = Value::Object(merged);
        let components = self.components(&mut merged)?;
        merged["components"] = components;
        if !merged["info"].is_object() {
            merged["info"] = json!({});
        }
        let servers: Vec<_> = self.descriptions.iter().map(|one| one.server.as_str()).collect();
        merged["info"]["x-servers"] = servers.into();
        Ok(merged)
    }

    /// The operations of all servers. One whose path differs between servers appears at each of its paths.
    fn paths(&mut self) -> Value {
        let root = Pointer::root().child("paths");
        let mut operations = Groups::default();
        for server in self.order {
            let description = self.description(*server);
            for (path, item) in description.document["paths"].as_object().into_iter().flatten() {
                let at = root.child(path);
                for method in METHODS {
                    let Some(value) = item.get(method) else { continue };
                    let occurrence = Occurrence { server: *server, at: at.child(method), value };
                    operations.add(format!("{method} {path}"), occurrence);
                }
            }
        }
        let mut paths = Map::new();
        for (key, occurrences) in operations.all {
            let Some((method, path)) = key.split_once(' ') else { continue };
            paths.entry(path).or_insert_with(|| json!({}))[method] = self.operation(&occurrences);
        }
        Value::Object(paths)
    }

    /// The components that the merged paths reference, directly or through other components.
    fn components(&mut self, merged: &mut Value) -> Result<Value> {
        let mut kept = Map::new();
        let mut queue = reference::collect(Kind::Document, &Pointer::root(), merged)?;
        while let Some((_, target)) = queue.pop() {
            let entries = kept.entry(target.section.clone()).or_insert_with(|| json!({}));
            if entries.get(&target.name).is_some() {
                continue;
            }
            let mut component = self.component(&target);
            if let Some(kind) = Kind::of_section(&target.section) {
                queue.extend(reference::collect(kind, &target.pointer(), &mut component)?);
            }
            entries[target.name.as_str()] = component;
        }
        Ok(Value::Object(kept))
    }

    fn component(&mut self, target: &Reference) -> Value {
        let at = target.pointer();
        let mut occurrences = Vec::new();
        for server in self.order {
            if let Some(value) = self.description(*server).document.pointer(at.as_str()) {
                occurrences.push(Occurrence { server: *server, at: at.clone(), value });
            }
        }
        match target.section.as_str() {
            "schemas" => {
                let aliases = self.usage.aliases.get(target).cloned().unwrap_or_default();
                for (server, at) in &aliases {
                    if let Some(value) = self.description(*server).document.pointer(at.as_str()) {
                        occurrences.push(Occurrence { server: *server, at: at.clone(), value });
                    }
                }
                let side = match self.usage.requests.contains(target) {
                    true => Side::Sent,
                    false => Side::Received,
                };
                let mut merged = self.schema(&occurrences, side);
                // Only a null of the component itself stays here. A null of an alias is added where the
                // component is used.
                let own = occurrences.iter().filter(|occurrence| occurrence.at == at);
                let nullable = own.clone().any(|occurrence| occurrence.value["nullable"] == true);
                if !nullable && let Some(merged) = merged.as_object_mut() {
                    merged.remove("nullable");
                }
                if let Some(merged) = merged.as_object_mut() {
                    // An alias can be deprecated without its component.
                    mark_deprecated(merged, &own.cloned().collect::<Vec<_>>());
                }
                merged
            }
            "parameters" => self.parameter(&occurrences),
            "responses" => self.response(&occurrences),
            "requestBodies" => self.body(&occurrences),
            _ => occurrences.first().map(|occurrence| occurrence.value.clone()).unwrap_or_default(),
        }
    }

    /// Merges the maps under a key, entry by entry, and adds the availability of each entry.
    fn each_key(
        &mut self,
        occurrences: &[Occurrence<'d>],
        key: &str,
        merge_entry: impl Fn(&mut Self, &[Occurrence<'d>]) -> Value,
    ) -> Option<Value> {
        let holders: Vec<_> =
            occurrences.iter().filter_map(|occurrence| occurrence.child(key)).collect();
        let mut groups = Groups::default();
        for holder in &holders {
            for (name, value) in holder.value.as_object().into_iter().flatten() {
                groups.add(
                    name.clone(),
                    Occurrence { at: holder.at.child(name), value, ..holder.clone() },
                );
            }
        }
        let servers: Vec<_> = occurrences.iter().map(|occurrence| occurrence.server).collect();
        let mut merged = Map::new();
        for (name, occurrences) in groups.all {
            let entry = merge_entry(self, &occurrences);
            merged.insert(name, self.with_availability(entry, &occurrences, &servers));
        }
        (!holders.is_empty()).then_some(Value::Object(merged))
    }

    /// The reference, if all servers have the same one here; otherwise the merged targets.
    fn referenced(
        &mut self,
        occurrences: &[Occurrence<'d>],
        merge_entry: impl Fn(&mut Self, &[Occurrence<'d>]) -> Value,
    ) -> Value {
        let mut references = occurrences.iter().map(|occurrence| occurrence.value["$ref"].as_str());
        let first = references.next().flatten();
        if let Some(text) = first.filter(|_| references.all(|other| other == first)) {
            return json!({"$ref": text});
        }
        let resolved: Vec<_> =
            occurrences.iter().map(|occurrence| self.resolve(occurrence)).collect();
        merge_entry(self, &resolved)
    }

    /// The end of a chain of references. `reference::check` has refused broken references and cycles.
    fn resolve(&self, occurrence: &Occurrence<'d>) -> Occurrence<'d> {
        let document = &self.description(occurrence.server).document;
        match reference::resolve(document, occurrence.value, &occurrence.at) {
            Ok((value, at)) => Occurrence { at, value, ..occurrence.clone() },
            Err(_) => occurrence.clone(),
        }
    }

    /// Adds `x-available` to the value, unless all of the `servers` have it.
    fn with_availability(
        &self,
        mut value: Value,
        occurrences: &[Occurrence<'d>],
        servers: &[usize],
    ) -> Value {
        let have: BTreeSet<_> = occurrences.iter().map(|occurrence| occurrence.server).collect();
        if servers.iter().any(|server| !have.contains(server))
            && let Some(object) = value.as_object_mut()
        {
            object.insert("x-available".to_owned(), self.names(&have));
        }
        value
    }

    fn names(&self, servers: &BTreeSet<usize>) -> Value {
        servers
            .iter()
            .map(|server| Value::from(self.description(*server).server.as_str()))
            .collect()
    }

    fn description(&self, server: usize) -> &'d Description {
        // All indexes come from `order`.
        #[expect(clippy::indexing_slicing, reason = "an index of this list")]
        &self.descriptions[server]
    }

    /// Records a conflict unless `describe` gives the same text for all occurrences. The conflict names the
    /// first server, and all servers with the first different text.
    fn require_equal(
        &mut self,
        occurrences: &[Occurrence<'d>],
        describe: impl Fn(&Occurrence<'d>) -> String,
    ) {
        let Some((first, others)) = occurrences.split_first() else { return };
        let expected = describe(first);
        let Some(other) = others.iter().find(|other| describe(other) != expected) else {
            return;
        };
        let found = describe(other);
        let servers = others.iter().filter(|occurrence| describe(occurrence) == found);
        let servers = self.names(&servers.map(|occurrence| occurrence.server).collect());
        let servers = servers.as_array().into_iter().flatten().filter_map(Value::as_str);
        let servers = servers.collect::<Vec<_>>().join(", ");
        let place = if first.at == other.at { String::new() } else { format!(" at {}", other.at) };
        self.conflicts.insert(format!(
            "{}: {expected} on {}, but {found}{place} on {servers}; correct one of them with an action in \
             spec/overlay.yaml, for example with `x-server: [{servers}]`",
            first.at,
            self.description(first.server).server
        ));
    }
}

/// Keeps `deprecated` and the replacement only if the newest server that has the item declares them.
fn mark_deprecated(merged: &mut Map<String, Value>, occurrences: &[Occurrence<'_>]) {
    merged.remove("deprecated");
    merged.remove("x-replacement");
    let mut newest = newest(occurrences);
    if let Some(deprecated) = newest.find(|occurrence| occurrence.value["deprecated"] == true) {
        merged.insert("deprecated".to_owned(), true.into());
        if let Some(replacement) = deprecated.value.get("x-replacement") {
            merged.insert("x-replacement".to_owned(), replacement.clone());
        }
    }
}

/// The occurrences on the newest server that has the item.
fn newest<'o, 'd>(occurrences: &'o [Occurrence<'d>]) -> impl Iterator<Item = &'o Occurrence<'d>> {
    let newest = occurrences.iter().map(|occurrence| occurrence.server).max();
    occurrences.iter().filter(move |one| Some(one.server) == newest)
}

/// All keys except some, each from the first occurrence that has it.
fn first_of_each(occurrences: &[Occurrence<'_>], except: &[&str]) -> Map<String, Value> {
    let mut merged = Map::new();
    for occurrence in occurrences {
        for (key, value) in occurrence.value.as_object().into_iter().flatten() {
            if !except.contains(&key.as_str()) && !merged.contains_key(key) {
                merged.insert(key.clone(), value.clone());
            }
        }
    }
    merged
}
