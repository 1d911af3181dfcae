//! The form of the value of each keyword. A keyword of another form would be without effect, and the generated types
//! would be wrong without a message.

use anyhow::Result;
use serde_json::Value;

use crate::openapi::json::{Place, Pointer, cut};
use crate::openapi::positions::{Kind, Layout, walk};
use crate::openapi::refusal::{Refusal, Refusals};
use crate::untrusted::is_unprintable;

/// The form of a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Form {
    Text,
    Flag,
    Number,
    /// A number that is not negative, without a fraction.
    Count,
    /// A list of texts.
    Texts,
    /// A list with at least one item.
    Filled,
    /// A flag or an object.
    FlagOrObject,
    /// A version of OpenAPI 3.0.
    Version,
    /// An object with the text `propertyName`, and perhaps a map `mapping` of texts.
    Tag,
    /// A keyword of another version of OpenAPI, or one that no type of Rust can express.
    Unsupported,
}

use Form::{Count, Filled, Flag, FlagOrObject, Number, Tag, Text, Texts, Unsupported, Version};

impl Form {
    fn has(self, value: &Value) -> bool {
        let are_texts = |items: &Vec<Value>| items.iter().all(Value::is_string);
        match self {
            Text => value.is_string(),
            Flag => value.is_boolean(),
            Number => value.is_number(),
            Count => value.is_u64(),
            Texts => value.as_array().is_some_and(are_texts),
            Filled => value.as_array().is_some_and(|items| !items.is_empty()),
            FlagOrObject => value.is_boolean() || value.is_object(),
            Tag => {
                let mapping = &value["mapping"];
                let map = mapping.as_object();
                value["propertyName"].is_string()
                    && (mapping.is_null()
                        || map.is_some_and(|map| map.values().all(Value::is_string)))
            }
            Version => value.as_str().is_some_and(|version| version.starts_with("3.0.")),
            Unsupported => false,
        }
    }

    fn problem(self) -> &'static str {
        match self {
            Text => "is not a text",
            Flag => "is not `true` or `false`",
            Number => "is not a number",
            Count => "is not a natural number",
            Texts => "is not a list of texts",
            Filled => "is not a list with at least one item",
            FlagOrObject => "is not `true`, `false` or a schema",
            Tag => "is not an object with a `propertyName`",
            Version => "is not a version 3.0.x",
            Unsupported => "is a keyword that is not supported",
        }
    }
}

/// The keywords of an object, without those whose values are objects of another kind.
fn keywords(kind: Kind) -> &'static [(&'static str, Form)] {
    match kind {
        Kind::Document => &[("openapi", Version)],
        Kind::Info => &[("title", Text), ("version", Text)],
        Kind::Server | Kind::ExternalDocs => &[("description", Text), ("url", Text)],
        Kind::Operation => &[
            ("operationId", Text),
            ("description", Text),
            ("summary", Text),
            ("deprecated", Flag),
            ("tags", Texts),
        ],
        Kind::Parameter => &[
            ("name", Text),
            ("in", Text),
            ("description", Text),
            ("required", Flag),
            ("deprecated", Flag),
            ("style", Text),
            ("explode", Flag),
        ],
        Kind::RequestBody => &[("description", Text), ("required", Flag)],
        Kind::Response | Kind::Header => &[("description", Text)],
        Kind::Schema => &[
            ("type", Text),
            ("format", Text),
            ("title", Text),
            ("description", Text),
            ("nullable", Flag),
            ("deprecated", Flag),
            ("readOnly", Flag),
            ("writeOnly", Flag),
            ("required", Texts),
            ("enum", Filled),
            ("allOf", Filled),
            ("oneOf", Filled),
            ("anyOf", Filled),
            ("additionalProperties", FlagOrObject),
            ("discriminator", Tag),
            ("minimum", Number),
            ("maximum", Number),
            ("exclusiveMinimum", Flag),
            ("exclusiveMaximum", Flag),
            ("multipleOf", Number),
            ("minLength", Count),
            ("maxLength", Count),
            ("minItems", Count),
            ("maxItems", Count),
            ("minProperties", Count),
            ("maxProperties", Count),
            ("uniqueItems", Flag),
            ("pattern", Text),
            ("not", Unsupported),
            ("const", Unsupported),
            ("if", Unsupported),
            ("prefixItems", Unsupported),
            ("patternProperties", Unsupported),
            ("$defs", Unsupported),
        ],
        _ => &[],
    }
}

/// Refuses the values of keywords that have another form, and names with invisible characters.
///
/// # Errors
///
/// Names all such places.
pub(crate) fn check(document: &Value) -> Result<(), Refusals> {
    let mut refusals = Refusals::default();
    // The closure below returns no error.
    let _ = walk(
        Kind::Document,
        &Place::Base(&Pointer::root()),
        document,
        &mut |kind, place, value| {
            let mut refuse = |place: &Place<'_>, problem: String| {
                refusals.push(Refusal {
                    at: place.pointer(),
                    servers: Vec::new(),
                    problem,
                    remedy: "correct it in spec/overlay.yaml".to_owned(),
                });
            };
            object(kind, place, value, &mut refuse);
            Ok(())
        },
    );
    refusals.or(())
}

fn object(
    kind: Kind,
    place: &Place<'_>,
    value: &Value,
    refuse: &mut impl FnMut(&Place<'_>, String),
) {
    let Value::Object(map) = value else {
        // The form of `additionalProperties` is in the table.
        let is_in_table = matches!(place, Place::Key(_, "additionalProperties"));
        if !is_in_table && !is_extension(kind, place) {
            refuse(place, "is not an object".to_owned());
        }
        return;
    };
    if map.contains_key("$ref") {
        return;
    }
    for (key, form) in keywords(kind) {
        if let Some(value) = map.get(*key).filter(|value| !form.has(value)) {
            let problem = match (kind, *key, value) {
                (Kind::Schema, "type", Value::Array(_)) => {
                    "is a list; OpenAPI 3.0 has one type, and `nullable`"
                }
                _ => form.problem(),
            };
            refuse(&Place::Key(place, key), problem.to_owned());
        }
    }
    for (key, layout, _) in kind.children() {
        let Some(value) = map.get(*key) else { continue };
        let place = Place::Key(place, key);
        match (layout, value) {
            (Layout::List, Value::Array(_)) | (Layout::One, _) => {}
            // Its form is in the table.
            (Layout::List, _) if kind == Kind::Schema => {}
            (Layout::List, _) => refuse(&place, "is not a list".to_owned()),
            (Layout::Map, Value::Object(entries)) => {
                for (name, _) in entries {
                    check_name(&Place::Key(&place, name), name, refuse);
                }
            }
            (Layout::Map, _) => refuse(&place, "is not an object".to_owned()),
        }
    }
    match kind {
        Kind::Operation => operation(place, value, refuse),
        Kind::Parameter => parameter(place, value, refuse),
        Kind::Schema => enum_values(place, value, refuse),
        _ => {}
    }
}

/// True for an `x-` key among paths or answers, whose value has any form.
fn is_extension(kind: Kind, place: &Place<'_>) -> bool {
    let Place::Key(_, key) = place else { return false };
    matches!(kind, Kind::PathItem | Kind::Response) && key.starts_with("x-")
}

fn check_name(place: &Place<'_>, name: &str, refuse: &mut impl FnMut(&Place<'_>, String)) {
    if let Some(c) = name.chars().find(|c| is_unprintable(*c)) {
        refuse(place, format!("has the invisible character U+{:04X} in its name", u32::from(c)));
    }
}

fn operation(place: &Place<'_>, value: &Value, refuse: &mut impl FnMut(&Place<'_>, String)) {
    let id = value["operationId"].as_str().unwrap_or_default();
    check_name(&Place::Key(place, "operationId"), id, refuse);
    let responses = Place::Key(place, "responses");
    for (code, _) in value["responses"].as_object().into_iter().flatten() {
        let is_status = match code.as_bytes() {
            [b'1'..=b'5', b'X', b'X'] => true,
            [b'1'..=b'5', rest @ ..] => rest.len() == 2 && rest.iter().all(u8::is_ascii_digit),
            _ => code == "default" || code.starts_with("x-"),
        };
        if !is_status {
            refuse(&Place::Key(&responses, code), "is not a status".to_owned());
        }
    }
}

fn parameter(place: &Place<'_>, value: &Value, refuse: &mut impl FnMut(&Place<'_>, String)) {
    for key in ["name", "in"] {
        if value.get(key).is_none() {
            refuse(place, format!("has no `{key}`"));
        }
    }
    check_name(&Place::Key(place, "name"), value["name"].as_str().unwrap_or_default(), refuse);
}

/// Refuses values of an enum that its `type` does not have.
fn enum_values(place: &Place<'_>, schema: &Value, refuse: &mut impl FnMut(&Place<'_>, String)) {
    let fits = |value: &Value| match schema["type"].as_str() {
        _ if value.is_null() => true,
        Some("string") => value.is_string(),
        Some("integer") => value.is_i64() || value.is_u64(),
        Some("number") => value.is_number(),
        Some("boolean") => value.is_boolean(),
        _ => true,
    };
    let place = Place::Key(place, "enum");
    for (index, value) in schema["enum"].as_array().into_iter().flatten().enumerate() {
        if !fits(value) {
            let problem = format!("`{}` is not of the type of the enum", cut(&value.to_string()));
            refuse(&Place::Index(&place, index), problem);
        }
    }
}
