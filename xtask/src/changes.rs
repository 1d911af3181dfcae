//! What is different between two descriptions, judged by what the SDK guarantees its users.
//!
//! Three documents are walked side by side: the old description, the new one, and the normalized
//! document, which says what the SDK has at each place: the name of the item, whether it is optional,
//! whether it is an enum. What has no place in the SDK yet is named as the generator would name it.

mod operation;
mod schema;
mod words;

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use anyhow::{Context as _, Result};
use serde_json::Value;

use crate::names::field_name;
use crate::openapi::json::Pointer;
use crate::openapi::positions::METHODS;
use crate::openapi::reference;

/// What a change means to those who use the SDK.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// Nothing that a program could notice.
    Cosmetic,
    /// Something more, which an SDK that does not know of it survives.
    Additive,
    /// Programs no longer compile, fail, or no longer get what they used.
    Breaking,
}

impl fmt::Display for Level {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Cosmetic => "cosmetic",
            Self::Additive => "additive",
            Self::Breaking => "breaking",
        })
    }
}

/// One difference.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Change {
    pub(crate) level: Level,
    /// The item of the SDK: `Job::created_at`.
    pub(crate) item: String,
    pub(crate) sort: Sort,
    /// What changed and why that has this level, as the end of a sentence about the item.
    pub(crate) said: String,
    /// The method of the SDK whose operation it was found in.
    pub(crate) operation: String,
    /// Where it stands: in the old description if it is gone, else in the new one.
    pub(crate) at: Pointer,
}

/// What sort of difference it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Sort {
    Gone,
    /// Gone, and the SDK counts on it.
    Missed,
    MayBeMissing,
    MayBeNull,
    Other,
}

/// All differences, in the order of the operations.
pub(crate) fn between(old: &Value, new: &Value, sdk: &Value) -> Result<Vec<Change>> {
    let (before, after) = (operations(old), operations(new));
    let ids: BTreeSet<_> = before.keys().chain(after.keys()).collect();
    let known = operations_of_sdk(sdk);
    let mut changes = Vec::new();
    for id in ids {
        let known = known.get(*id);
        let name = known.and_then(|known| known.value["operationId"].as_str()).unwrap_or(id);
        let mut walk = Walk::new(old, new, sdk, name);
        let method = walk.method();
        match (before.get(*id), after.get(*id)) {
            (Some(old), Some(new)) => walk.operation(old, new, known)?,
            (Some(old), None) => {
                let said = "is gone: the server does not have the operation";
                walk.add(Level::Breaking, &method, Sort::Gone, said, &old.at);
            }
            (None, Some(new)) => match known {
                Some(known) => {
                    let said = "is new: an operation, which the SDK has already";
                    walk.add(Level::Additive, &method, Sort::Other, said, &new.at);
                    let mut against = Walk::new(sdk, walk.new, sdk, name);
                    against.operation(known, new, Some(known))?;
                    walk.take_breaking(against);
                }
                None => {
                    let said = "is new: an operation, and so a method more";
                    walk.add(Level::Additive, &method, Sort::Other, said, &new.at);
                }
            },
            (None, None) => {}
        }
        changes.extend(walk.changes);
    }
    Ok(changes)
}

/// A part of a description, and where it stands.
#[derive(Clone, Debug)]
struct At<'d> {
    value: Cow<'d, Value>,
    at: Pointer,
}

impl<'d> At<'d> {
    fn new(value: &'d Value, at: Pointer) -> Self {
        Self { value: Cow::Borrowed(value), at }
    }

    fn child(&self, key: &str) -> Option<Self> {
        let value = match &self.value {
            Cow::Borrowed(value) => Cow::Borrowed(value.get(key)?),
            Cow::Owned(value) => Cow::Owned(value.get(key)?.clone()),
        };
        Some(Self { value, at: self.at.child(key) })
    }

    /// The items of a list.
    fn items(&self) -> Vec<Self> {
        let at = |index| self.at.child(index);
        match &self.value {
            Cow::Borrowed(list) => {
                let items = list.as_array().into_iter().flatten().enumerate();
                items.map(|(index, value)| Self::new(value, at(index))).collect()
            }
            Cow::Owned(list) => {
                let items = list.as_array().into_iter().flatten().enumerate();
                items
                    .map(|(index, value)| Self { value: Cow::Owned(value.clone()), at: at(index) })
                    .collect()
            }
        }
    }

    /// What stands at the end of a chain of references.
    fn resolve(self, document: &'d Value) -> Result<Self> {
        if self.value.get("$ref").is_none() {
            return Ok(self);
        }
        let value = self.value.into_owned();
        let (_, at) = reference::resolve(document, &value, &self.at)?;
        let found = document.pointer(at.as_str());
        Ok(Self::new(found.with_context(|| format!("{at}: is not there"))?, at))
    }
}

/// The operations of a description by id, each with its place.
fn operations(document: &Value) -> BTreeMap<&str, At<'_>> {
    let mut operations = BTreeMap::new();
    for (path, item) in document["paths"].as_object().into_iter().flatten() {
        for method in METHODS {
            if let Some(value) = item.get(method)
                && let Some(id) = value["operationId"].as_str()
            {
                let at = Pointer::root().descend(["paths", path, method]);
                operations.insert(id, At::new(value, at));
            }
        }
    }
    operations
}

/// The operations of the normalized document, by the id that they have in descriptions.
fn operations_of_sdk(sdk: &Value) -> BTreeMap<&str, At<'_>> {
    let mut operations = BTreeMap::new();
    for (path, item) in sdk["paths"].as_object().into_iter().flatten() {
        let value = &item["get"];
        if let Some(id) = value["x-operation-id"].as_str() {
            let at = Pointer::root().descend(["paths", path, "get"]);
            operations.insert(id, At::new(value, at));
        }
    }
    operations
}

/// One operation's way through the three documents.
struct Walk<'d> {
    old: &'d Value,
    new: &'d Value,
    sdk: &'d Value,
    operation: String,
    /// Pairs of objects that were compared: an object may hold itself.
    seen: BTreeSet<(Pointer, Pointer)>,
    changes: Vec<Change>,
}

impl<'d> Walk<'d> {
    fn new(old: &'d Value, new: &'d Value, sdk: &'d Value, operation: &str) -> Self {
        let (seen, changes) = (BTreeSet::new(), Vec::new());
        Self { old, new, sdk, operation: operation.to_owned(), seen, changes }
    }

    fn add(&mut self, level: Level, item: &str, sort: Sort, said: &str, at: &Pointer) {
        self.changes.push(Change {
            level,
            item: item.to_owned(),
            sort,
            said: said.to_owned(),
            operation: self.operation.clone(),
            at: at.clone(),
        });
    }

    /// What breaks where a server comes to have what the SDK has; all else is as it should be.
    fn take_breaking(&mut self, against: Self) {
        let breaking = against.changes.into_iter().filter(|change| change.level == Level::Breaking);
        // What the SDK has of other servers may be gone here, where it does not count on it.
        self.changes.extend(breaking.filter(|change| change.sort != Sort::Gone));
    }

    /// Whether the old description is the normalized document, where bounds and places of servers are
    /// said in other ways.
    fn is_against_sdk(&self) -> bool {
        std::ptr::eq(self.old, self.sdk)
    }

    fn method(&self) -> String {
        format!("Client::{}", field_name(&self.operation))
    }
}
