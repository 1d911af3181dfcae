//! The normalized document as the passes read it.

use anyhow::{Context as _, Result};
use serde_json::Value;

/// The operations and types of the SDK.
#[derive(Clone, Debug)]
pub(crate) struct Document {
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
    pub(crate) errors: Vec<String>,
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
    pub(crate) schema: Value,
}

/// A named schema: a type of the SDK.
#[derive(Clone, Debug)]
pub(crate) struct Schema {
    pub(crate) name: String,
    pub(crate) words: Option<String>,
    pub(crate) docs_url: Option<String>,
    pub(crate) body: Body,
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
    pub(crate) schema: Value,
}

impl Property {
    /// A property of which only the name matters.
    pub(crate) fn named(name: &str) -> Self {
        Self { name: name.to_owned(), required: false, words: None, schema: Value::Null }
    }
}

/// A value of an enum.
#[derive(Clone, Debug)]
pub(crate) struct Word {
    pub(crate) value: String,
    pub(crate) words: Option<String>,
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
        Ok(Self { operations, schemas })
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
            errors: items(&operation["x-errors"]).filter_map(text).collect(),
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
                Word { value, words }
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
                schema: property.clone(),
            });
            Body::Object(properties.collect())
        } else {
            Body::Scalar
        };
        let docs_url = text(&schema["externalDocs"]["url"]);
        Self { name: name.to_owned(), words: text(&schema["description"]), docs_url, body }
    }
}

fn entries(value: &Value) -> impl Iterator<Item = (&String, &Value)> {
    value.as_object().into_iter().flatten()
}

fn items(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().into_iter().flatten()
}

fn text(value: &Value) -> Option<String> {
    value.as_str().map(str::to_owned)
}
