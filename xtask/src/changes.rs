//! What is different between two descriptions, judged by what the SDK guarantees its users.
//!
//! Three documents are walked side by side: the old description, the new one, and the normalized
//! document, which says what the SDK has at each place: the name of the item, whether it is optional,
//! whether it is an enum. What has no place in the SDK yet is named as the generator would name it.

mod schema;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use anyhow::Result;
use serde_json::{Map, Value};

use crate::json::Pointer;
use crate::names::{field_name, type_name};
use crate::positions::METHODS;
use crate::reference;
use schema::{At, Place, Side};

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
    /// Whether it is about a list, which is empty where others are missing.
    pub(crate) is_list: bool,
}

/// What sort of difference it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Sort {
    Gone,
    New,
    Type,
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
        let sdk_operation = known.get(*id).copied().unwrap_or(&Value::Null);
        let name = sdk_operation["operationId"].as_str().unwrap_or(id).to_owned();
        let mut walk =
            Walk { old, new, sdk, operation: name, seen: BTreeSet::new(), changes: Vec::new() };
        match (before.get(*id), after.get(*id)) {
            (Some(old), Some(new)) => walk.operation(old, new, sdk_operation)?,
            (Some(old), None) => walk.add(
                Level::Breaking,
                &walk.method(),
                Sort::Gone,
                "is gone: the server does not have the operation",
                &old.at,
            ),
            (None, Some(new)) => {
                let said = "is new: a method more, where the server did not have the operation";
                walk.add(Level::Additive, &walk.method(), Sort::New, said, &new.at);
            }
            (None, None) => {}
        }
        changes.extend(walk.changes);
    }
    Ok(changes)
}

/// The operations of a description by id, each with its place.
fn operations(document: &Value) -> BTreeMap<&str, At> {
    let mut operations = BTreeMap::new();
    for (path, item) in document["paths"].as_object().into_iter().flatten() {
        for method in METHODS {
            if let Some(value) = item.get(method)
                && let Some(id) = value["operationId"].as_str()
            {
                let at = Pointer::root().descend(["paths", path, method]);
                operations.insert(id, At { value: value.clone(), at });
            }
        }
    }
    operations
}

fn operations_of_sdk(sdk: &Value) -> BTreeMap<&str, &Value> {
    let items = sdk["paths"].as_object().into_iter().flatten().map(|(_, item)| item);
    let operations = items.filter_map(|item| item.get("get"));
    operations.filter_map(|value| Some((value["x-operation-id"].as_str()?, value))).collect()
}

struct Walk<'d> {
    old: &'d Value,
    new: &'d Value,
    sdk: &'d Value,
    operation: String,
    seen: BTreeSet<(Pointer, Pointer)>,
    changes: Vec<Change>,
}

impl<'d> Walk<'d> {
    fn add(&mut self, level: Level, item: &str, sort: Sort, said: &str, at: &Pointer) {
        self.changes.push(Change {
            level,
            item: item.to_owned(),
            sort,
            said: said.to_owned(),
            operation: self.operation.clone(),
            at: at.clone(),
            is_list: false,
        });
    }

    fn method(&self) -> String {
        format!("Client::{}", field_name(&self.operation))
    }

    fn operation(&mut self, old: &At, new: &At, sdk: &'d Value) -> Result<()> {
        let method = self.method();
        if old.at != new.at {
            let said = format!("is at another place: it was at {}", old.at);
            self.add(Level::Breaking, &method, Sort::Other, &said, &new.at);
        }
        self.parameters(old, new, sdk)?;
        self.answers(old, new, sdk)?;
        self.details(&method, old, new, &["operationId", "parameters", "responses", "x-octokit"]);
        Ok(())
    }

    fn parameters(&mut self, old: &At, new: &At, sdk: &'d Value) -> Result<()> {
        let before = parameters(self.old, old)?;
        let after = parameters(self.new, new)?;
        let keys: BTreeSet<_> = before.keys().chain(after.keys()).cloned().collect();
        for key in keys {
            let (place, name) = &key;
            let sdk = sdk["parameters"].as_array().into_iter().flatten();
            let sdk = sdk.clone().find(|known| known["name"] == name.as_str());
            let is_argument =
                |parameter: &At| parameter.value["required"] == true || place == "path";
            let item = |is_argument: bool| match is_argument {
                true => format!("Client::{}({})", field_name(&self.operation), field_name(name)),
                false => format!("{}::{}", type_name(&self.operation), field_name(name)),
            };
            match (before.get(&key), after.get(&key)) {
                (Some(old), Some(new)) => {
                    let item = item(is_argument(old));
                    match (is_argument(old), is_argument(new)) {
                        (false, true) => {
                            let said = "must be given now: an argument where there was a setter";
                            self.add(Level::Breaking, &item, Sort::Other, said, &new.at);
                        }
                        (true, false) => {
                            let said = "need not be given any more";
                            self.add(Level::Additive, &item, Sort::MayBeMissing, said, &new.at);
                        }
                        _ => {}
                    }
                    let type_of = type_name(&format!("{}-{name}", self.operation));
                    let place = Place {
                        item: item.clone(),
                        type_name: type_of,
                        sdk: sdk.and_then(|sdk| sdk.get("schema")),
                        optional: true,
                    };
                    if let (Some(a), Some(b)) = (old.child("schema"), new.child("schema")) {
                        self.schema(&a, &b, &place, Side::Request)?;
                    }
                    self.details(&item, old, new, &["required", "schema"]);
                }
                (Some(old), None) => {
                    let said = "is gone: the server does not take the parameter";
                    self.add(Level::Breaking, &item(is_argument(old)), Sort::Gone, said, &old.at);
                }
                (None, Some(new)) if is_argument(new) => {
                    let said = "is new and must be given";
                    self.add(Level::Breaking, &item(true), Sort::New, said, &new.at);
                }
                (None, Some(new)) => {
                    let said = "is new: a setter more";
                    self.add(Level::Additive, &item(false), Sort::New, said, &new.at);
                }
                (None, None) => {}
            }
        }
        Ok(())
    }

    fn answers(&mut self, old: &At, new: &At, sdk: &'d Value) -> Result<()> {
        let method = self.method();
        let (before, after) = (responses(self.old, old)?, responses(self.new, new)?);
        let is_error = |code: &str| code.starts_with(['4', '5']);
        let codes: BTreeSet<_> = before.keys().chain(after.keys()).cloned().collect();
        for code in codes {
            let item = format!("{method} ({code})");
            match (before.get(&code), after.get(&code)) {
                // The one error type reads them all.
                _ if is_error(&code) && before.contains_key(&code) && after.contains_key(&code) => {
                }
                (Some(old), Some(new)) => {
                    self.details(&item, old, new, &["content"]);
                    let sdk = sdk["responses"].get(&code);
                    self.content(old, new, sdk)?;
                }
                (gone, here) => {
                    let is_gone = here.is_none();
                    let Some(found) = here.or(gone) else { continue };
                    let (sort, verb) =
                        if is_gone { (Sort::Gone, "gone") } else { (Sort::New, "new") };
                    let (level, why) = match code.as_bytes() {
                        [b'2' | b'3', ..] if code != "304" => {
                            (Level::Breaking, "the answer itself")
                        }
                        _ => (Level::Cosmetic, "every code is read, listed or not"),
                    };
                    let said = format!("is {verb} in the list of answers: {why}");
                    self.add(level, &item, sort, &said, &found.at);
                }
            }
        }
        Ok(())
    }

    fn content(&mut self, old: &At, new: &At, sdk: Option<&'d Value>) -> Result<()> {
        let media =
            |at: &At| at.child("content").and_then(|content| content.child("application/json"));
        let (Some(old), Some(new)) = (media(old), media(new)) else {
            if media(old).is_some() != media(new).is_some() {
                let said = "has another media type";
                self.add(Level::Breaking, &self.method(), Sort::Type, said, &new.at);
            }
            return Ok(());
        };
        let sdk = sdk.and_then(|response| response["content"]["application/json"].get("schema"));
        let place = Place {
            item: self.method(),
            type_name: type_name(&format!("{}-response", self.operation)),
            sdk,
            optional: false,
        };
        if let (Some(a), Some(b)) = (old.child("schema"), new.child("schema")) {
            self.schema(&a, &b, &place, Side::Response)?;
        }
        let examples = |document: &Value, media: &At| {
            let examples = media.value["examples"].as_object().into_iter().flatten();
            let resolve = |value| {
                reference::resolve(document, value, &media.at).map(|(value, _)| value.clone())
            };
            examples
                .map(|(name, value)| Ok((name.clone(), resolve(value)?)))
                .collect::<Result<Map<_, _>>>()
        };
        if examples(self.old, &old)? != examples(self.new, &new)? {
            self.add(Level::Cosmetic, &self.method(), Sort::Other, "has other examples", &new.at);
        }
        Ok(())
    }

    /// What says nothing about types: examples, links, bounds, marks.
    fn details(&mut self, item: &str, old: &At, new: &At, but: &[&str]) {
        let keys = |at: &At| {
            at.value.as_object().into_iter().flatten().map(|(key, _)| key.clone()).collect()
        };
        let mut all: BTreeSet<String> = keys(old);
        all.extend::<BTreeSet<String>>(keys(new));
        let differs = |key: &&String| {
            !but.contains(&key.as_str()) && link(&old.value[*key]) != link(&new.value[*key])
        };
        let keys: Vec<_> = all.iter().filter(differs).map(|key| format!("`{key}`")).collect();
        if !keys.is_empty() {
            let said = format!("says something else in {}", keys.join(", "));
            self.add(Level::Cosmetic, item, Sort::Other, &said, &new.at);
        }
    }
}

/// A link to a page, whichever server's: each has the page under a path of its own.
fn link(value: &Value) -> Value {
    let mut value = value.clone();
    if let Some(url) = value["url"].as_str() {
        let steps = url.split('/').filter(|step| !step.starts_with("enterprise-"));
        value["url"] = steps.collect::<Vec<_>>().join("/").into();
    }
    value
}

/// The parameters of an operation, resolved, by place and name; its path's where it has none of its own.
fn parameters(document: &Value, operation: &At) -> Result<BTreeMap<(String, String), At>> {
    let mut parameters = BTreeMap::new();
    let item = operation.at.parent().map(|(item, _)| item);
    let item = item.and_then(|at| Some(At { value: document.pointer(at.as_str())?.clone(), at }));
    for holder in [item.as_ref(), Some(operation)].into_iter().flatten() {
        let Some(list) = holder.child("parameters") else { continue };
        for (index, value) in list.value.as_array().into_iter().flatten().enumerate() {
            let (value, at) = reference::resolve(document, value, &list.at.child(index))?;
            let text = |key: &str| value[key].as_str().unwrap_or_default().to_owned();
            parameters.insert((text("in"), text("name")), At { value: value.clone(), at });
        }
    }
    Ok(parameters)
}

fn responses(document: &Value, operation: &At) -> Result<BTreeMap<String, At>> {
    let mut responses = BTreeMap::new();
    for (code, value) in operation.value["responses"].as_object().into_iter().flatten() {
        let at = operation.at.descend(["responses", code]);
        let (value, at) = reference::resolve(document, value, &at)?;
        responses.insert(code.clone(), At { value: value.clone(), at });
    }
    Ok(responses)
}
