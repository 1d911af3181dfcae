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
            Version => value.as_str().is_some_and(is_supported_version),
            Unsupported => false,
        }
    }

    fn problem(self) -> &'static str {
        match self {
            Text => "is not a string",
            Flag => "is not `true` or `false`",
            Number => "is not a number",
            Count => "is not a whole number of 0 or more",
            Texts => "is not a list of strings",
            Filled => "is not a list with at least one item",
            FlagOrObject => "is not `true`, `false` or a schema",
            Tag => "is not an object with a `propertyName`",
            Version => ONLY_3_0,
            Unsupported => UNSUPPORTED,
        }
    }
}

/// True for a version of OpenAPI 3.0.
pub(crate) fn is_supported_version(version: &str) -> bool {
    version.starts_with("3.0.")
}

const NO_OBJECT: &str = "is not an object";
const UNSUPPORTED: &str = "this keyword is not supported";

/// The problem and the remedy of another version of OpenAPI.
pub(crate) const ONLY_3_0: &str = "only OpenAPI 3.0.x is supported";
pub(crate) const PIN_3_0: &str = "pin a 3.0 description in spec/upstream.toml";

/// The scalar keywords of each kind; objects are in [`Kind::children`].
#[expect(clippy::too_many_lines, reason = "a table")]
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
            ("x-replacement", Text),
            ("tags", Texts),
        ],
        Kind::Parameter => &[
            ("name", Text),
            ("in", Text),
            ("description", Text),
            ("required", Flag),
            ("deprecated", Flag),
            ("x-replacement", Text),
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
            ("x-replacement", Text),
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
/// The overlay corrects the description of one server, if it is given, or the merged one.
///
/// # Errors
///
/// Names all such places.
pub(crate) fn check(document: &Value, server: Option<&str>) -> Result<(), Refusals> {
    let action = match server {
        Some(server) => format!("an action in spec/overlay.yaml that has `x-server: {server}`"),
        None => "an action in spec/overlay.yaml".to_owned(),
    };
    let mut refusals = Refusals::default();
    // The closure below returns no error.
    let _ = walk(
        Kind::Document,
        &Place::Base(&Pointer::root()),
        document,
        &mut |kind, place, value| {
            let mut refuse = |place: &Place<'_>, problem: String| {
                let remedy = match problem.as_str() {
                    ONLY_3_0 => PIN_3_0.to_owned(),
                    UNSUPPORTED => format!("remove it with {action}"),
                    _ => format!("correct it with {action}"),
                };
                let at = place.pointer();
                refusals.push(Refusal { at, servers: Vec::new(), problem, remedy });
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
        // The form of other values is checked with the object that has them.
        if kind == Kind::Document {
            refuse(place, NO_OBJECT.to_owned());
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
                    "is a list of types; write one `type`, and `nullable: true` for null"
                }
                _ => form.problem(),
            };
            refuse(&Place::Key(place, key), problem.to_owned());
        }
    }
    if map.contains_key("x-replacement") && value["deprecated"] != true {
        let problem = "names a replacement, but the item is not deprecated";
        refuse(&Place::Key(place, "x-replacement"), problem.to_owned());
    }
    for (key, layout, child) in kind.children() {
        let Some(value) = map.get(*key) else { continue };
        let place = Place::Key(place, key);
        match (layout, value) {
            (Layout::One, Value::Object(_)) => {}
            // Its form is in the table.
            (Layout::One, _) if *key == "additionalProperties" => {}
            (Layout::One, _) => refuse(&place, NO_OBJECT.to_owned()),
            (Layout::List, Value::Array(items)) => {
                for (index, _) in items.iter().enumerate().filter(|(_, item)| !item.is_object()) {
                    refuse(&Place::Index(&place, index), NO_OBJECT.to_owned());
                }
            }
            // Its form is in the table.
            (Layout::List, _) if kind == Kind::Schema => {}
            (Layout::List, _) => refuse(&place, "is not a list".to_owned()),
            (Layout::Map, Value::Object(entries)) => {
                for (name, entry) in entries {
                    let place = Place::Key(&place, name);
                    if !entry.is_object() && !child.is_extension(kind, name) {
                        refuse(&place, NO_OBJECT.to_owned());
                    }
                    check_name(&place, name, refuse);
                }
            }
            (Layout::Map, _) => refuse(&place, NO_OBJECT.to_owned()),
        }
    }
    match kind {
        Kind::Operation => operation(place, value, refuse),
        Kind::Parameter => parameter(place, value, refuse),
        Kind::Schema => enum_values(place, value, refuse),
        _ => {}
    }
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
            refuse(
                &Place::Key(&responses, code),
                format!("`{}` is not an HTTP status code", cut(code)),
            );
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
            let ty = match schema["type"].as_str().unwrap_or_default() {
                "string" => "a string",
                "integer" => "an integer",
                "number" => "a number",
                _ => "`true` or `false`",
            };
            let value = cut(&value.to_string());
            let problem = format!("`{value}` is not {ty}, the `type` of this enum");
            refuse(&Place::Index(&place, index), problem);
        }
    }
}
