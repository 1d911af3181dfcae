//! Trims an official description to the listed operations and all components that they reference.
//!
//! Only the kept parts become JSON values; the rest is skipped while scanning. Prose (titles,
//! summaries, descriptions) is dropped by its position in the document; facts stay.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use anyhow::{Context as _, Result, anyhow, bail};
use serde::de::{Deserialize, Deserializer, Error as _, MapAccess, Visitor};
use serde_json::value::RawValue;
use serde_json::{Map, Value, json};

use crate::inputs::pins::Pin;
use crate::openapi::json::{self, Pointer, cut};
use crate::openapi::keywords::{ONLY_3_0, PIN_3_0, is_supported_version};
use crate::openapi::limits;
use crate::openapi::positions::{self, Kind, METHODS};
use crate::openapi::reference::{self, Reference, did_you_mean};
use crate::untrusted::one_line;

/// A trimmed description.
#[derive(Clone, Debug, PartialEq)]
pub struct Trimmed {
    /// The listed operations and the components that they reference.
    pub document: Value,
    /// The listed operations that this server does not have, each with a hint of similar ids (may be empty).
    pub absent: Vec<(String, String)>,
    /// The ids of all operations in the description, by method and path.
    pub ids: BTreeMap<String, String>,
}

/// Trims `source` to the operations `ids`, and records the pin in `x-source`. An operation that answers
/// 501 (not implemented) and never succeeds counts as absent.
///
/// # Errors
///
/// An operation is duplicated, a reference is broken or points outside the document, or the source is
/// not an OpenAPI 3.0 document in JSON. The error names the place.
pub fn trim<'a>(
    source: &[u8],
    pin: &Pin,
    ids: impl IntoIterator<Item = &'a str>,
) -> Result<Trimmed> {
    let document = scanned(source)?;
    let mut kept = Map::new();
    for key in ["openapi", "info", "servers", "externalDocs"] {
        if let Some(value) = document.get(key) {
            kept.insert(
                key.to_owned(),
                json::parse_at(&Pointer::root().child(key), value.get().as_bytes())?,
            );
        }
    }
    let (paths, absent, ids) = paths(&document, ids)?;
    kept.insert("paths".to_owned(), paths);
    let mut trimmed = Value::Object(kept);
    limits::check(Kind::Document, &Pointer::root(), &trimmed)?;
    let components = components(&document, &mut trimmed)?;
    trimmed["components"] = components;
    drop_prose(&mut trimmed);
    trimmed["x-source"] = pin.source();
    reference::check(&mut trimmed)?;
    Ok(Trimmed { document: trimmed, absent, ids })
}

/// The ids of all operations in the description, by method and path.
///
/// # Errors
///
/// As [`trim`].
pub(crate) fn ids(source: &[u8]) -> Result<BTreeMap<String, String>> {
    Ok(paths(&scanned(source)?, [])?.2)
}

/// The keys of a description of a supported version.
fn scanned(source: &[u8]) -> Result<Raw<'_>> {
    let document: Raw<'_> = raw(&Pointer::root(), json::text(source)?)?;
    let version = document.get("openapi").map(|version| serde_json::from_str(version.get()));
    if !matches!(version, Some(Ok(Value::String(version))) if is_supported_version(&version)) {
        bail!("#/openapi: {ONLY_3_0}; {PIN_3_0}");
    }
    Ok(document)
}

/// The path items with the listed operations only, the absent operations, and the ids of all operations.
#[expect(clippy::type_complexity, reason = "the parts of a `Trimmed`")]
fn paths<'a>(
    document: &Raw<'_>,
    ids: impl IntoIterator<Item = &'a str>,
) -> Result<(Value, Vec<(String, String)>, BTreeMap<String, String>)> {
    let at = Pointer::root().child("paths");
    let all: Raw<'_> = raw(&at, document.get("paths").context("#/paths: is missing")?.get())?;
    let wanted: BTreeSet<&str> = ids.into_iter().collect();
    let mut found: BTreeMap<String, Pointer> = BTreeMap::new();
    let mut unimplemented = BTreeSet::new();
    let mut known = BTreeMap::new();
    let mut paths = Map::new();
    let items = all.0.iter().filter(|(path, _)| !Kind::PathItem.is_extension(Kind::Document, path));
    for (path, item) in items {
        let at = at.child(path);
        let item: Raw<'_> = raw(&at, item.get())?;
        let mut kept = Map::new();
        for (key, value) in &item.0 {
            let at = at.child(key);
            if !METHODS.contains(&key.as_ref()) {
                continue;
            }
            let id = operation_id(value).with_context(|| format!("{at}"))?;
            known.insert(format!("{key} {path}"), id.to_string());
            if !wanted.contains(id.as_ref()) {
                continue;
            }
            if let Some(first) = found.insert(id.to_string(), at.clone()) {
                bail!("{at}: duplicate operation `{}`, first at {first}", shown(&id));
            }
            let operation = json::parse_at(&at, value.get().as_bytes())?;
            if is_implemented(&operation) {
                kept.insert(key.to_string(), operation);
            } else {
                unimplemented.insert(id.into_owned());
            }
        }
        if kept.is_empty() {
            continue;
        }
        for key in ["parameters", "servers", "$ref"] {
            if let Some(value) = item.get(key) {
                kept.insert(
                    key.to_owned(),
                    json::parse_at(&at.child(key), value.get().as_bytes())?,
                );
            }
        }
        paths.insert(path.to_string(), Value::Object(kept));
    }
    let absent = wanted.iter().filter_map(|id| match found.contains_key(*id) {
        true => unimplemented.contains(*id).then(|| ((*id).to_owned(), String::new())),
        false => Some(((*id).to_owned(), did_you_mean(id, known.values().map(String::as_str)))),
    });
    let absent = absent.collect();
    Ok((Value::Object(paths), absent, known))
}

/// False if one of the documented answers is 501 (not implemented), and none is a success.
fn is_implemented(operation: &Value) -> bool {
    let codes = operation["responses"].as_object();
    let mut codes = codes.into_iter().flatten().map(|(code, _)| code.as_str());
    !codes.clone().any(|code| code == "501")
        || codes.any(|code| code.starts_with(['2', '3']) || code == "default")
}

fn operation_id(operation: &RawValue) -> Result<Cow<'_, str>> {
    #[derive(serde::Deserialize)]
    struct Probe<'a> {
        #[serde(rename = "operationId", borrow)]
        id: Option<Cow<'a, str>>,
    }
    let probe: Probe<'_> = serde_json::from_str(operation.get())
        .map_err(|error| anyhow!("is not an operation object: {}", shown(&error.to_string())))?;
    Ok(probe.id.unwrap_or_default())
}

/// The components that `trimmed` references, directly or through other components.
fn components(document: &Raw<'_>, trimmed: &mut Value) -> Result<Value> {
    let at = Pointer::root().child("components");
    let sections: Raw<'_> = match document.get("components") {
        Some(value) => raw(&at, value.get())?,
        None => Raw::default(),
    };
    let mut scanned: BTreeMap<String, Raw<'_>> = BTreeMap::new();
    for (name, section) in &sections.0 {
        scanned.insert(name.to_string(), raw(&at.child(name), section.get())?);
    }
    let mut kept = Map::new();
    let mut queue = reference::collect(Kind::Document, &Pointer::root(), trimmed)?;
    while let Some((from, to)) = queue.pop() {
        let Reference { section, name } = &to;
        let entries = kept.entry(section.clone()).or_insert_with(|| json!({}));
        if entries.get(name).is_some() {
            continue;
        }
        let names = scanned.get(section);
        let Some(value) = names.and_then(|names| names.get(name)) else {
            let near = names.into_iter().flat_map(|names| names.0.keys()).map(AsRef::as_ref);
            bail!("{from}: `{to}` does not exist{}", did_you_mean(name, near));
        };
        let at = to.pointer();
        let mut value = json::parse_at(&at, value.get().as_bytes())?;
        if let Some(kind) = Kind::of_section(section) {
            limits::check(kind, &at, &value)?;
            queue.extend(reference::collect(kind, &at, &mut value)?);
        }
        entries[name.as_str()] = value;
    }
    Ok(Value::Object(kept))
}

/// Drops the prose. A text that OpenAPI requires becomes an empty string.
fn drop_prose(document: &mut Value) {
    positions::visit(Kind::Document, &Pointer::root(), document, &mut |kind, _, map| {
        for key in kind.prose() {
            map.remove(*key);
        }
        if let Some(key) = kind.required_prose().filter(|_| !map.contains_key("$ref")) {
            map.insert(key.to_owned(), "".into());
        }
        // The only `x-` key with prose: notes about API previews.
        let previews = map.get_mut("x-github").and_then(|github| github.get_mut("previews"));
        for preview in previews.and_then(Value::as_array_mut).into_iter().flatten() {
            preview.as_object_mut().and_then(|preview| preview.remove("note"));
        }
    });
}

/// An object whose values are not parsed.
#[derive(Default)]
struct Raw<'a>(BTreeMap<Cow<'a, str>, &'a RawValue>);

impl<'a> Raw<'a> {
    fn get(&self, key: &str) -> Option<&'a RawValue> {
        self.0.get(key).copied()
    }
}

/// Untrusted text in a message.
fn shown(text: &str) -> String {
    one_line(&cut(text))
}

fn raw<'a>(at: &Pointer, text: &'a str) -> Result<Raw<'a>> {
    serde_json::from_str(text).map_err(|error| anyhow!("{at}: {}", shown(&error.to_string())))
}

impl<'de: 'a, 'a> Deserialize<'de> for Raw<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Entries;
        impl<'de> Visitor<'de> for Entries {
            type Value = Raw<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Raw<'de>, A::Error> {
                let mut entries = BTreeMap::new();
                while let Some((key, value)) = map.next_entry::<String, &RawValue>()? {
                    if entries.contains_key(key.as_str()) {
                        return Err(A::Error::custom(format_args!("duplicate key `{key}`")));
                    }
                    entries.insert(Cow::Owned(key), value);
                }
                Ok(Raw(entries))
            }
        }
        deserializer.deserialize_map(Entries)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::inputs::publication::{Publication, npm::Release};

    const ID: &str = "things/get";

    fn pin() -> Pin {
        Pin {
            server: "s".into(),
            publication: Publication::Npm(Release { package: "p".into(), version: "1".into() }),
            file: "f".into(),
            bytes: 1,
            sha256: "00".into(),
        }
    }

    fn source() -> Value {
        json!({
            "openapi": "3.0.3",
            "info": {"title": "T", "description": "D", "version": "1"},
            "tags": [{"name": "t", "description": "text"}],
            "paths": {
                "/things": {
                    "get": {
                        "operationId": ID, "summary": "S", "tags": ["t"],
                        "externalDocs": {"description": "D", "url": "https://docs.example.com"},
                        "responses": {"200": {"$ref": "#/components/responses/thing"}}
                    },
                    "delete": {"operationId": "things/delete"}
                }
            },
            "components": {
                "responses": {"thing": {"description": "D", "content": {"application/json": {
                    "schema": {"$ref": "#/components/schemas/thing"}}}}},
                "schemas": {
                    "thing": {"title": "T", "properties": {"description": {"type": "string", "description": "D"}},
                        "example": {"description": "kept"}},
                    "unused": {}
                }
            }
        })
    }

    fn trimmed(source: &Value) -> Result<Trimmed> {
        trim(source.to_string().as_bytes(), &pin(), [ID])
    }

    #[test]
    fn facts_are_kept_and_prose_and_other_operations_are_dropped() {
        assert_eq!(
            trimmed(&source()).unwrap().document,
            json!({
                "openapi": "3.0.3",
                "info": {"title": "", "version": "1"},
                "paths": {"/things": {"get": {
                    "operationId": ID, "tags": ["t"],
                    "externalDocs": {"url": "https://docs.example.com"},
                    "responses": {"200": {"$ref": "#/components/responses/thing"}}
                }}},
                "components": {
                    "responses": {"thing": {"description": "", "content": {"application/json": {
                        "schema": {"$ref": "#/components/schemas/thing"}}}}},
                    "schemas": {"thing": {"properties": {"description": {"type": "string"}},
                        "example": {"description": "kept"}}}
                },
                "x-source": {"package": "p", "version": "1", "file": "f", "sha256": "00"}
            })
        );
    }

    #[test]
    fn a_missing_operation_is_reported_and_a_duplicate_is_refused() {
        let mut renamed = source();
        renamed["paths"]["/things"]["get"]["operationId"] = json!("things/fetch");
        let near = "; did you mean `things/fetch` or `things/delete`?";
        assert_eq!(trimmed(&renamed).unwrap().absent, [(ID.to_owned(), near.to_owned())]);
        let mut duplicate = source();
        duplicate["paths"]["/things"]["delete"]["operationId"] = json!(ID);
        assert_eq!(
            trimmed(&duplicate).unwrap_err().to_string(),
            "#/paths/~1things/get: duplicate operation `things/get`, first at #/paths/~1things/delete"
        );
    }

    #[test]
    fn an_operation_that_only_answers_501_is_absent() {
        let mut source = source();
        source["paths"]["/things"]["get"]["responses"]["501"] = json!({"description": "D"});
        assert_eq!(trimmed(&source).unwrap().absent, []);
        source["paths"]["/things"]["get"]["responses"] = json!({"501": {"description": "D"}});
        let trimmed = trimmed(&source).unwrap();
        assert_eq!(trimmed.document["paths"], json!({}));
        assert_eq!(trimmed.absent, [(ID.to_owned(), String::new())]);
    }

    #[test]
    fn a_broken_reference_is_refused_with_a_suggestion() {
        let mut broken = source();
        broken["components"]["responses"]["thing"]["content"]["application/json"]["schema"]["$ref"] =
            json!("#/components/schemas/thin");
        assert_eq!(
            trimmed(&broken).unwrap_err().to_string(),
            "#/components/responses/thing/content/application~1json/schema/$ref: \
             `#/components/schemas/thin` does not exist; did you mean `thing`?"
        );
    }
}
