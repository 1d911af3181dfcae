//! The normalized document as the passes read it.

use std::collections::BTreeSet;

use anyhow::{Context as _, Result};
use serde_json::Value;

/// The operations and types of the SDK.
#[derive(Clone, Debug)]
pub(crate) struct Document {
    /// The servers, versions of GHES from the oldest to the newest.
    pub(crate) servers: Vec<String>,
    pub(crate) operations: Vec<Operation>,
    pub(crate) schemas: Vec<Schema>,
}

/// An operation of the SDK.
#[derive(Clone, Debug)]
pub(crate) struct Operation {
    /// The operation id of the description.
    pub(crate) id: String,
    /// The method of the client.
    pub(crate) name: String,
    pub(crate) path: String,
    pub(crate) words: Option<String>,
    pub(crate) docs_url: Option<String>,
    /// Whether the path is one of the host, not of the API.
    pub(crate) at_root: bool,
    /// Path parameters in the order of the path, then the others.
    pub(crate) parameters: Vec<Parameter>,
    pub(crate) success: Success,
    /// What a list pages over.
    pub(crate) paged: Option<Paged>,
    /// The error codes that the description lists.
    pub(crate) errors: Vec<ErrorCode>,
    /// The types that it takes and gives, itself.
    types: BTreeSet<String>,
    /// The servers that have it, where not all do.
    pub(crate) available: Option<Vec<String>>,
}

/// An error code that a description lists.
#[derive(Clone, Debug)]
pub(crate) struct ErrorCode {
    pub(crate) code: String,
    pub(crate) available: Option<Vec<String>>,
}

/// A list that comes in pages: the property that holds the items, or none where the page is the list.
#[derive(Clone, Debug)]
pub(crate) struct Paged {
    pub(crate) property: Option<String>,
}

/// What an operation gives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Success {
    /// A JSON value.
    Json,
    /// A 302 whose `Location` is the answer.
    Redirect,
}

/// A parameter of an operation.
#[derive(Clone, Debug)]
pub(crate) struct Parameter {
    pub(crate) name: String,
    pub(crate) in_path: bool,
    pub(crate) required: bool,
    pub(crate) words: Option<String>,
    pub(crate) default: Option<Value>,
    pub(crate) minimum: Option<i64>,
    pub(crate) maximum: Option<i64>,
    pub(crate) available: Option<Vec<String>>,
    pub(crate) schema: Value,
}

/// A named schema: a type of the SDK.
#[derive(Clone, Debug)]
pub(crate) struct Schema {
    pub(crate) name: String,
    pub(crate) words: Option<String>,
    pub(crate) docs_url: Option<String>,
    pub(crate) body: Body,
    /// The types that it is made of, itself.
    types: BTreeSet<String>,
}

/// What a named schema is.
#[derive(Clone, Debug)]
pub(crate) enum Body {
    Object(Vec<Property>),
    Enum {
        words: Vec<Word>,
        open: bool,
    },
    Union,
    Scalar,
    /// Written by hand, in the SDK, at this path.
    HandWritten(String),
}

/// A property of an object.
#[derive(Clone, Debug)]
pub(crate) struct Property {
    pub(crate) name: String,
    pub(crate) required: bool,
    pub(crate) words: Option<String>,
    /// The servers that have it, where not all of those do that have the object.
    pub(crate) available: Option<Vec<String>>,
    pub(crate) schema: Value,
}

impl Property {
    /// A property of which only the name matters.
    pub(crate) fn named(name: &str) -> Self {
        let (required, words, available) = (false, None, None);
        Self { name: name.to_owned(), required, words, available, schema: Value::Null }
    }
}

/// A value of an enum.
#[derive(Clone, Debug)]
pub(crate) struct Word {
    pub(crate) value: String,
    pub(crate) words: Option<String>,
    pub(crate) available: Option<Vec<String>>,
}

impl Document {
    /// Reads what [`crate::normalize`] gives.
    pub(crate) fn read(document: &Value) -> Result<Self> {
        let mut operations = Vec::new();
        for (path, item) in entries(&document["paths"]) {
            for (_, operation) in entries(item) {
                operations.push(
                    Operation::read(path, operation).with_context(|| format!("#/paths: {path}"))?,
                );
            }
        }
        let schemas = entries(&document["components"]["schemas"]);
        let schemas = schemas.map(|(name, schema)| Schema::read(name, schema)).collect();
        let servers = names(&document["info"]["x-servers"]).unwrap_or_default();
        Ok(Self { servers, operations, schemas })
    }

    /// The types that an operation takes or gives, with all that they are made of.
    pub(crate) fn reach(&self, operation: &Operation) -> BTreeSet<String> {
        let mut reached = BTreeSet::new();
        let mut queue: Vec<_> = operation.types.iter().cloned().collect();
        while let Some(name) = queue.pop() {
            let schema = self.schemas.iter().find(|schema| schema.name == name);
            if let Some(schema) = schema.filter(|_| reached.insert(name)) {
                queue.extend(schema.types.iter().cloned());
            }
        }
        reached
    }

    /// How many types the SDK has from the document; those written by hand do not count.
    pub(crate) fn generated_types(&self) -> usize {
        self.schemas.iter().filter(|schema| !matches!(schema.body, Body::HandWritten(_))).count()
    }

    pub(crate) fn objects(&self) -> impl Iterator<Item = (&Schema, &[Property])> {
        self.schemas.iter().filter_map(|schema| match &schema.body {
            Body::Object(properties) => Some((schema, properties.as_slice())),
            _ => None,
        })
    }

    pub(crate) fn enums(&self) -> impl Iterator<Item = (&Schema, &[Word], bool)> {
        self.schemas.iter().filter_map(|schema| match &schema.body {
            Body::Enum { words, open } => Some((schema, words.as_slice(), *open)),
            _ => None,
        })
    }
}

impl Operation {
    fn read(path: &str, operation: &Value) -> Result<Self> {
        let success = if operation["responses"].get("302").is_some() {
            Success::Redirect
        } else {
            Success::Json
        };
        Ok(Self {
            id: text(&operation["x-operation-id"]).context("has no x-operation-id")?,
            name: text(&operation["operationId"]).context("has no operationId")?,
            path: path.to_owned(),
            words: text(&operation["description"]),
            docs_url: text(&operation["externalDocs"]["url"]),
            at_root: operation["x-at-root"] == true,
            parameters: items(&operation["parameters"]).map(Parameter::read).collect(),
            success,
            paged: operation["x-paged"].as_object().map(|paged| Paged {
                property: paged.get("items").and_then(Value::as_str).map(str::to_owned),
            }),
            errors: entries(&operation["x-errors"]).map(ErrorCode::read).collect(),
            types: types(operation),
            available: names(&operation["x-available"]),
        })
    }

    /// Whether it is about a repository: its path begins with one.
    pub(crate) fn is_of_repository(&self) -> bool {
        self.path == "/repos/{owner}/{repo}" || self.path.starts_with("/repos/{owner}/{repo}/")
    }

    pub(crate) fn required(&self) -> impl Iterator<Item = &Parameter> {
        self.parameters.iter().filter(|parameter| parameter.required)
    }

    pub(crate) fn optional(&self) -> impl Iterator<Item = &Parameter> {
        self.parameters.iter().filter(|parameter| !parameter.required)
    }
}

impl ErrorCode {
    fn read((code, about): (&String, &Value)) -> Self {
        Self { code: code.clone(), available: names(&about["x-available"]) }
    }
}

impl Parameter {
    fn read(parameter: &Value) -> Self {
        Self {
            name: text(&parameter["name"]).unwrap_or_default(),
            in_path: parameter["in"] == "path",
            required: parameter["required"] == true,
            words: text(&parameter["description"]),
            default: parameter.get("x-default").cloned(),
            minimum: parameter["x-minimum"].as_i64(),
            maximum: parameter["x-maximum"].as_i64(),
            available: names(&parameter["x-available"]),
            schema: parameter["schema"].clone(),
        }
    }
}

impl Schema {
    fn read(name: &str, schema: &Value) -> Self {
        let body = if let Some(path) = text(&schema["x-rust"]["type"]) {
            Body::HandWritten(path)
        } else if schema["enum"].is_array() {
            let words = items(&schema["enum"]).filter_map(text).map(|value| {
                let words = text(&schema["x-enum-descriptions"][&value]);
                let available = names(&schema["x-enum-available"][&value]);
                Word { value, words, available }
            });
            Body::Enum { words: words.collect(), open: schema["x-open"] == true }
        } else if schema["oneOf"].is_array() {
            Body::Union
        } else if schema["properties"].is_object() {
            let required: Vec<_> = items(&schema["required"]).filter_map(Value::as_str).collect();
            let properties = entries(&schema["properties"]).map(|(name, property)| Property {
                name: name.clone(),
                required: required.contains(&name.as_str()),
                words: text(&property["description"]),
                available: names(&property["x-available"]),
                schema: property.clone(),
            });
            Body::Object(properties.collect())
        } else {
            Body::Scalar
        };
        let docs_url = text(&schema["externalDocs"]["url"]);
        let (words, types) = (text(&schema["description"]), types(schema));
        Self { name: name.to_owned(), words, docs_url, body, types }
    }
}

fn entries(value: &Value) -> impl Iterator<Item = (&String, &Value)> {
    value.as_object().into_iter().flatten()
}

fn items(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().into_iter().flatten()
}

fn names(value: &Value) -> Option<Vec<String>> {
    value.as_array().map(|names| names.iter().filter_map(text).collect())
}

/// The types that a value refers to. (Only a schema has a `$ref` that is text.)
fn types(value: &Value) -> BTreeSet<String> {
    let inner = match value {
        Value::Object(map) => map.values().flat_map(types).collect(),
        Value::Array(items) => items.iter().flat_map(types).collect(),
        _ => BTreeSet::new(),
    };
    let own = value["$ref"].as_str().and_then(|reference| reference.rsplit('/').next());
    inner.into_iter().chain(own.map(str::to_owned)).collect()
}

fn text(value: &Value) -> Option<String> {
    value.as_str().map(str::to_owned)
}
