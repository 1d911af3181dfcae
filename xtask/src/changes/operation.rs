//! What is different between two operations: place, parameters, answers.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::Result;
use serde_json::{Map, Value};

use super::schema::Place;
use super::{At, Level, Sort, Walk};
use crate::names::{field_name, type_name};
use crate::openapi::reference;
use crate::openapi::schema::Side;
use crate::untrusted::inline_code;

/// What of a request narrows what a server takes.
const BOUNDS: [&str; 5] = ["maxLength", "maximum", "minLength", "minimum", "pattern"];

impl<'d> Walk<'d> {
    pub(super) fn operation(
        &mut self,
        old: &At<'d>,
        new: &At<'d>,
        sdk: Option<&At<'d>>,
    ) -> Result<()> {
        let method = self.method();
        if old.at != new.at {
            let said = format!("is at another place: it was at {}", old.at);
            self.add(Level::Breaking, &method, Sort::Other, &said, &new.at);
        }
        for (key, said) in
            [("servers", "is on another host or path"), ("requestBody", "takes another body")]
        {
            if !self.is_against_sdk() && old.value.get(key) != new.value.get(key) {
                self.add(Level::Breaking, &method, Sort::Other, said, &new.at);
            }
        }
        self.parameters(old, new, sdk)?;
        self.answers(old, new, sdk)?;
        let judged =
            ["operationId", "parameters", "requestBody", "responses", "servers", "x-octokit"];
        self.details(&method, old, new, &judged);
        Ok(())
    }

    fn parameters(&mut self, old: &At<'d>, new: &At<'d>, sdk: Option<&At<'d>>) -> Result<()> {
        let (before, after) = (parameters(self.old, old)?, parameters(self.new, new)?);
        let keys: BTreeSet<_> = before.keys().chain(after.keys()).collect();
        let known = match sdk {
            Some(sdk) => parameters(self.sdk, sdk)?,
            None => BTreeMap::new(),
        };
        for key in keys {
            let (before, after, known) = (before.get(key), after.get(key), known.get(key));
            // An argument of the method, or a setter: as the SDK has it. What one server comes to ask for
            // is a setter, because the others do not.
            let is_argument = known.or(before).is_some_and(is_required) || key.0 == "path";
            let name = &key.1;
            let item = match is_argument {
                true => format!("{}({})", self.method(), field_name(name)),
                false => format!("{}::{}", type_name(&self.operation), field_name(name)),
            };
            match (before, after) {
                (Some(old), Some(new)) => self.parameter(&item, name, old, new, known)?,
                (Some(old), None) => {
                    let said = "is gone: the server does not take the parameter";
                    self.add(Level::Breaking, &item, Sort::Gone, said, &old.at);
                }
                (None, Some(new)) if is_required(new) => {
                    let said = "is new and must be given: a call without it is refused";
                    self.add(Level::Breaking, &item, Sort::Other, said, &new.at);
                }
                (None, Some(new)) => {
                    let said = "is new: a parameter, and so a setter more";
                    self.add(Level::Additive, &item, Sort::Other, said, &new.at);
                }
                (None, None) => {}
            }
        }
        Ok(())
    }

    fn parameter(
        &mut self,
        item: &str,
        name: &str,
        old: &At<'d>,
        new: &At<'d>,
        sdk: Option<&At<'d>>,
    ) -> Result<()> {
        match (is_required(old), is_required(new)) {
            (false, true) => {
                let said = "must be given now: a call without it is refused";
                self.add(Level::Breaking, item, Sort::Other, said, &new.at);
            }
            (true, false) => {
                let (level, said) = match sdk.is_some_and(|sdk| !is_required(sdk)) {
                    true => {
                        (Level::Cosmetic, "need not be given any more, nor does the SDK ask for it")
                    }
                    false => (
                        Level::Breaking,
                        "need not be given any more: the argument becomes a setter",
                    ),
                };
                self.add(level, item, Sort::MayBeMissing, said, &new.at);
            }
            _ => {}
        }
        if let (Some(old), Some(new)) = (old.child("schema"), new.child("schema")) {
            let schema = sdk.and_then(|sdk| sdk.child("schema"));
            let type_name = type_name(&format!("{}-{name}", self.operation));
            let place = Place { item: item.to_owned(), type_name, sdk: schema, optional: true };
            self.schema(&old, &new, &place, Side::Request)?;
        }
        self.details(item, old, new, &["required", "schema"]);
        Ok(())
    }

    fn answers(&mut self, old: &At<'d>, new: &At<'d>, sdk: Option<&At<'d>>) -> Result<()> {
        let method = self.method();
        let (before, after) = (responses(self.old, old)?, responses(self.new, new)?);
        let codes: BTreeSet<_> = before.keys().chain(after.keys()).collect();
        for code in codes {
            let item = format!("{method} ({code})");
            let is_error = code.starts_with(['4', '5']);
            match (before.get(code), after.get(code)) {
                // The one error type reads them all.
                (Some(_), Some(_)) if is_error => {}
                (Some(old), Some(new)) => {
                    self.details(&item, old, new, &["content"]);
                    let sdk = sdk.and_then(|sdk| sdk.child("responses")?.child(code));
                    self.content(old, new, sdk.as_ref())?;
                }
                (gone, here) => {
                    let Some(found) = here.or(gone) else { continue };
                    let (sort, verb) =
                        if here.is_none() { (Sort::Gone, "gone") } else { (Sort::Other, "new") };
                    let (level, why) = match code.as_bytes() {
                        [b'2' | b'3', ..] if code != "304" => {
                            (Level::Breaking, "what the method gives")
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

    fn content(&mut self, old: &At<'d>, new: &At<'d>, sdk: Option<&At<'d>>) -> Result<()> {
        let media = |at: &At<'d>| at.child("content")?.child("application/json");
        let (Some(before), Some(after)) = (media(old), media(new)) else {
            if media(old).is_some() != media(new).is_some() {
                let said = "has another media type";
                self.add(Level::Breaking, &self.method(), Sort::Other, said, &new.at);
            }
            return Ok(());
        };
        if let (Some(old), Some(new)) = (before.child("schema"), after.child("schema")) {
            let place = Place {
                item: self.method(),
                type_name: type_name(&format!("{}-response", self.operation)),
                sdk: sdk.and_then(media).and_then(|media| media.child("schema")),
                optional: false,
            };
            self.schema(&old, &new, &place, Side::Response)?;
        }
        if examples(self.old, &before)? != examples(self.new, &after)? {
            let said = "has other examples";
            self.add(Level::Cosmetic, &self.method(), Sort::Other, said, &after.at);
        }
        Ok(())
    }

    /// What says nothing about types: examples, links, marks.
    pub(super) fn details(&mut self, item: &str, old: &At<'d>, new: &At<'d>, but: &[&str]) {
        let keys = |at: &At<'d>| -> Vec<String> {
            at.value.as_object().into_iter().flatten().map(|(key, _)| key.clone()).collect()
        };
        let all: BTreeSet<_> = keys(old).into_iter().chain(keys(new)).collect();
        let differs = |key: &&String| {
            !but.contains(&key.as_str()) && link(&old.value[*key]) != link(&new.value[*key])
        };
        let told = |key: &String| match (&old.value[key], &new.value[key]) {
            (was, is) if !is_plain(was) || !is_plain(is) => inline_code(key),
            (was, is) => {
                format!("{} (it was {}, and is {})", inline_code(key), shown(was), shown(is))
            }
        };
        let keys: Vec<_> = all.iter().filter(differs).map(told).collect();
        if !keys.is_empty() {
            let said = format!("says something else in {}", keys.join(", "));
            self.add(Level::Cosmetic, item, Sort::Other, &said, &new.at);
        }
    }

    /// What a request may hold, and what it means to hold nothing.
    pub(super) fn bounds(&mut self, item: &str, old: &At<'d>, new: &At<'d>) {
        if self.is_against_sdk() {
            return;
        }
        for key in BOUNDS {
            let (was, is) = (&old.value[key], &new.value[key]);
            let wider = match (key, was.as_f64(), is.as_f64()) {
                ("maximum" | "maxLength", Some(was), Some(is)) => is >= was,
                ("minimum" | "minLength", Some(was), Some(is)) => is <= was,
                _ => is.is_null() || was == is,
            };
            if was != is {
                let level = if wider { Level::Cosmetic } else { Level::Breaking };
                let (was, is) = (shown(was), shown(is));
                let said = format!("has another `{key}`: it was {was}, and is {is}");
                self.add(level, item, Sort::Other, &said, &new.at);
            }
        }
        let (was, is) = (&old.value["default"], &new.value["default"]);
        if was != is {
            let (was, is) = (shown(was), shown(is));
            let said =
                format!("means something else when it is not set: it was {was}, and is {is}");
            self.add(Level::Breaking, item, Sort::Other, &said, &new.at);
        }
    }
}

/// What has been told by [`Walk::bounds`].
pub(super) fn is_bound(key: &str) -> bool {
    BOUNDS.contains(&key) || key == "default"
}

fn is_plain(value: &Value) -> bool {
    !value.is_object() && !value.is_array()
}

/// A plain value, or that there is none.
fn shown(value: &Value) -> String {
    if value.is_null() { "none".to_owned() } else { inline_code(&value.to_string()) }
}

fn is_required(parameter: &At<'_>) -> bool {
    parameter.value["required"] == true || parameter.value["in"] == "path"
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

fn examples<'d>(document: &'d Value, media: &At<'d>) -> Result<Map<String, Value>> {
    let mut examples = Map::new();
    for (name, value) in media.value["examples"].as_object().into_iter().flatten() {
        let (value, _) = reference::resolve(document, value, &media.at)?;
        examples.insert(name.clone(), value.clone());
    }
    Ok(examples)
}

/// The parameters of an operation, resolved, by place and name; its path's where it has none of its own.
fn parameters<'d>(
    document: &'d Value,
    operation: &At<'d>,
) -> Result<BTreeMap<(String, String), At<'d>>> {
    let mut parameters = BTreeMap::new();
    let item = operation.at.parent().map(|(item, _)| item);
    let item = item.and_then(|at| Some(At::new(document.pointer(at.as_str())?, at)));
    for holder in [item.as_ref(), Some(operation)].into_iter().flatten() {
        for parameter in holder.child("parameters").iter().flat_map(At::items) {
            let parameter = parameter.resolve(document)?;
            let text = |key: &str| parameter.value[key].as_str().unwrap_or_default().to_owned();
            parameters.insert((text("in"), text("name")), parameter);
        }
    }
    Ok(parameters)
}

fn responses<'d>(document: &'d Value, operation: &At<'d>) -> Result<BTreeMap<String, At<'d>>> {
    let mut responses = BTreeMap::new();
    let all = operation.child("responses");
    let codes =
        operation.value["responses"].as_object().into_iter().flatten().map(|(code, _)| code);
    for (code, all) in codes.filter_map(|code| Some((code, all.as_ref()?))) {
        if let Some(response) = all.child(code) {
            responses.insert(code.clone(), response.resolve(document)?);
        }
    }
    Ok(responses)
}
