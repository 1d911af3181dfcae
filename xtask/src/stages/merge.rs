//! One description for all server versions: the union of what they have, and who has what.
//!
//! Whatever one of the servers sends must fit the union, and nothing in it is looser than that asks.
//! What some of the servers lack carries `x-available`, the servers that have it; a value of an
//! enum, which can carry nothing, has them in the `x-enum-available` of its schema. Both are told
//! relative to what they are a part of: a property of an object that is new in 3.9 does not repeat it.
//! What says the same thing in several ways is taken from the base, and from the oldest where the base
//! is silent. Two things that cannot be one are a conflict, to be settled by an action of the overlay
//! on the description of one server.

mod operation;
mod schema;

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Context as _, Result, bail, ensure};
use serde_json::{Map, Value, json};

use crate::openapi::json::Pointer;
use crate::openapi::positions::{Kind, METHODS};
use crate::openapi::reference::{self, Reference};
use crate::openapi::schema::{Side, flattened};
use crate::pipeline::Description;

/// The union of descriptions.
///
/// # Errors
///
/// A schema that contains itself by way of an `allOf`, or what cannot be joined: all conflicts, each
/// with two servers and their places.
pub(crate) fn merge(descriptions: &[Description], base: &str) -> Result<Value> {
    let mut flat = Vec::new();
    for Description { server, file, document } in descriptions {
        let (server, file) = (server.clone(), file.clone());
        let document = flattened(document).with_context(|| file.clone())?;
        flat.push(Description { server, file, document });
    }
    let first = flat.iter().position(|one| one.server == base);
    let mut order: Vec<usize> = first.into_iter().collect();
    order.extend((0..flat.len()).filter(|index| Some(*index) != first));
    let mut known = Known::default();
    // What a component stands for beside its own name, and that requests have it, is found on the way:
    // so the way is taken again until nothing more is found.
    loop {
        let conflicts = BTreeSet::new();
        let before = known.clone();
        let mut merge = Merge { descriptions: &flat, order: &order, known, conflicts };
        let merged = merge.document()?;
        if merge.known == before {
            let conflicts: Vec<_> = merge.conflicts.into_iter().collect();
            ensure!(conflicts.is_empty(), "{}", conflicts.join("\n"));
            return Ok(merged);
        }
        known = merge.known;
    }
}

struct Merge<'d> {
    descriptions: &'d [Description],
    /// The base, then the others, oldest first.
    order: &'d [usize],
    known: Known,
    conflicts: BTreeSet<String>,
}

/// What is known of components beside what stands at them.
#[derive(Clone, Debug, Default, PartialEq)]
struct Known {
    /// Where servers have something else in the place of a component.
    aliases: BTreeMap<Reference, BTreeSet<(usize, Pointer)>>,
    /// Those that requests have.
    requests: BTreeSet<Reference>,
}

/// A thing as one server has it.
#[derive(Clone, Debug)]
struct Sight<'d> {
    server: usize,
    at: Pointer,
    value: &'d Value,
}

impl<'d> Sight<'d> {
    fn child(&self, key: &str) -> Option<Self> {
        let value = self.value.get(key)?;
        Some(Self { server: self.server, at: self.at.child(key), value })
    }
}

/// What a thing is known by, and how each server has it, in the order in which they are found.
type Groups<'d> = Vec<(String, Vec<Sight<'d>>)>;

impl<'d> Merge<'d> {
    fn document(&mut self) -> Result<Value> {
        let Some(base) = self.order.first().and_then(|index| self.descriptions.get(*index)) else {
            bail!("there is no description");
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

    /// Every operation of any server. One that moved from one path to another stands at both, which
    /// `normalize` refuses.
    fn paths(&mut self) -> Value {
        let root = Pointer::root().child("paths");
        let mut operations: Groups<'d> = Vec::new();
        for server in self.order {
            let description = self.description(*server);
            for (path, item) in description.document["paths"].as_object().into_iter().flatten() {
                let at = root.child(path);
                for method in METHODS {
                    let Some(value) = item.get(method) else { continue };
                    let sight = Sight { server: *server, at: at.child(method), value };
                    add(&mut operations, format!("{method} {path}"), sight);
                }
            }
        }
        let mut paths = Map::new();
        for (key, sights) in operations {
            let Some((method, path)) = key.split_once(' ') else { continue };
            paths.entry(path).or_insert_with(|| json!({}))[method] = self.operation(&sights);
        }
        Value::Object(paths)
    }

    /// The components that the merged paths reference, and those that they reference.
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
        let mut sights = Vec::new();
        for server in self.order {
            if let Some(value) = self.description(*server).document.pointer(at.as_str()) {
                sights.push(Sight { server: *server, at: at.clone(), value });
            }
        }
        match target.section.as_str() {
            "schemas" => {
                let aliases = self.known.aliases.get(target).cloned().unwrap_or_default();
                for (server, at) in &aliases {
                    if let Some(value) = self.description(*server).document.pointer(at.as_str()) {
                        sights.push(Sight { server: *server, at: at.clone(), value });
                    }
                }
                let side = match self.known.requests.contains(target) {
                    true => Side::Request,
                    false => Side::Response,
                };
                let mut merged = self.schema(&sights, side);
                // That it may be null there is said where it is used, not here.
                let own = sights.iter().filter(|sight| sight.at == at);
                let nullable = own.clone().any(|sight| sight.value["nullable"] == true);
                if !nullable && let Some(merged) = merged.as_object_mut() {
                    merged.remove("nullable");
                }
                merged
            }
            "parameters" => self.parameter(&sights),
            "responses" => self.response(&sights),
            _ => sights.first().map(|sight| sight.value.clone()).unwrap_or_default(),
        }
    }

    /// The objects under a key, joined name by name; each says which of the servers have it.
    fn each_key(
        &mut self,
        sights: &[Sight<'d>],
        key: &str,
        join: impl Fn(&mut Self, &[Sight<'d>]) -> Value,
    ) -> Option<Value> {
        let holders: Vec<_> = sights.iter().filter_map(|sight| sight.child(key)).collect();
        let mut groups: Groups<'d> = Vec::new();
        for holder in &holders {
            for (name, value) in holder.value.as_object().into_iter().flatten() {
                add(
                    &mut groups,
                    name.clone(),
                    Sight { at: holder.at.child(name), value, ..holder.clone() },
                );
            }
        }
        let servers: Vec<_> = sights.iter().map(|sight| sight.server).collect();
        let mut merged = Map::new();
        for (name, sights) in groups {
            let joined = join(self, &sights);
            merged.insert(name, self.available(joined, &sights, &servers));
        }
        (!holders.is_empty()).then_some(Value::Object(merged))
    }

    /// The reference that all servers have here, or what they reference, joined.
    fn referenced(
        &mut self,
        sights: &[Sight<'d>],
        join: impl Fn(&mut Self, &[Sight<'d>]) -> Value,
    ) -> Value {
        let mut references = sights.iter().map(|sight| sight.value["$ref"].as_str());
        let first = references.next().flatten();
        if let Some(text) = first.filter(|_| references.all(|other| other == first)) {
            return json!({"$ref": text});
        }
        let resolved: Vec<_> = sights.iter().map(|sight| self.resolve(sight)).collect();
        join(self, &resolved)
    }

    /// What stands at the end of a chain of references: `reference::check` has seen to it that there
    /// is an end.
    fn resolve(&self, sight: &Sight<'d>) -> Sight<'d> {
        let document = &self.description(sight.server).document;
        match reference::resolve(document, sight.value, &sight.at) {
            Ok((value, at)) => Sight { at, value, ..sight.clone() },
            Err(_) => sight.clone(),
        }
    }

    /// The value with `x-available`, unless all of the `servers` have it.
    fn available(&self, mut value: Value, sights: &[Sight<'d>], servers: &[usize]) -> Value {
        let have: BTreeSet<_> = sights.iter().map(|sight| sight.server).collect();
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
        // Indexes come from `order`, which is made of these.
        #[expect(clippy::indexing_slicing, reason = "an index of this very list")]
        &self.descriptions[server]
    }

    /// Sees to it that what `say` says of a thing is the same on all servers; what is not is a conflict
    /// of the first server with those that say one other thing.
    fn agree(&mut self, sights: &[Sight<'d>], say: impl Fn(&Value) -> String) {
        let Some((first, others)) = sights.split_first() else { return };
        let said = say(first.value);
        let Some(other) = others.iter().find(|other| say(other.value) != said) else { return };
        let otherwise = say(other.value);
        let servers = others.iter().filter(|sight| say(sight.value) == otherwise);
        let servers = self.names(&servers.map(|sight| sight.server).collect());
        let servers = servers.as_array().into_iter().flatten().filter_map(Value::as_str);
        let servers = servers.collect::<Vec<_>>().join(", ");
        let place = if first.at == other.at { String::new() } else { format!(" at {}", other.at) };
        self.conflicts.insert(format!(
            "{}: {said} on {}, but {otherwise}{place} on {servers}: settle it in spec/overlay.yaml with an \
             action that has `x-server: [{servers}]`",
            first.at,
            self.description(first.server).server
        ));
    }
}

fn add<'d>(groups: &mut Groups<'d>, key: String, sight: Sight<'d>) {
    match groups.iter_mut().find(|(known, _)| *known == key) {
        Some((_, sights)) => sights.push(sight),
        None => groups.push((key, vec![sight])),
    }
}

/// All keys but some, each from the first that has it.
fn first_of_each(sights: &[Sight<'_>], but: &[&str]) -> Map<String, Value> {
    let mut merged = Map::new();
    for sight in sights {
        for (key, value) in sight.value.as_object().into_iter().flatten() {
            if !but.contains(&key.as_str()) && !merged.contains_key(key) {
                merged.insert(key.clone(), value.clone());
            }
        }
    }
    merged
}
