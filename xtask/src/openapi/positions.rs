//! The structure of an OpenAPI 3.0 document: the kind of object under each key.
//!
//! [`visit`] distinguishes, for example, a `description` from a *property called* `description`.
//! Dropping prose, finding references and reading schemas use it.

use anyhow::Result;
use serde_json::{Map, Value};

use crate::openapi::json::{Place, Pointer};

/// A kind of object in an OpenAPI document.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Document,
    Info,
    Server,
    ServerVariable,
    Tag,
    ExternalDocs,
    Components,
    PathItem,
    Operation,
    Parameter,
    RequestBody,
    Response,
    Header,
    MediaType,
    Example,
    Schema,
}

/// The form of the value of a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Layout {
    One,
    List,
    Map,
}

use Layout::{List, Map as Each, One};

impl Kind {
    /// The keys with prose.
    pub(crate) fn prose(self) -> &'static [&'static str] {
        match self {
            Self::Info => &["description", "title"],
            Self::Schema => &["description", "title"],
            Self::PathItem | Self::Operation | Self::Example => &["description", "summary"],
            Self::Document | Self::Components | Self::MediaType => &[],
            _ => &["description"],
        }
    }

    /// The prose key that OpenAPI requires: dropped prose is replaced by an empty string.
    pub(crate) fn required_prose(self) -> Option<&'static str> {
        match self {
            Self::Info => Some("title"),
            Self::Response => Some("description"),
            _ => None,
        }
    }

    /// The keys with objects, each with the form of its value.
    pub(crate) fn children(self) -> &'static [(&'static str, Layout, Kind)] {
        use Kind::*;
        match self {
            Document => &[
                ("info", One, Info),
                ("servers", List, Server),
                ("tags", List, Tag),
                ("externalDocs", One, ExternalDocs),
                ("paths", Each, PathItem),
                ("components", One, Components),
            ],
            Server => &[("variables", Each, ServerVariable)],
            Tag => &[("externalDocs", One, ExternalDocs)],
            Components => &[
                ("schemas", Each, Schema),
                ("responses", Each, Response),
                ("parameters", Each, Parameter),
                ("examples", Each, Example),
                ("requestBodies", Each, RequestBody),
                ("headers", Each, Header),
            ],
            PathItem => &[
                ("get", One, Operation),
                ("put", One, Operation),
                ("post", One, Operation),
                ("delete", One, Operation),
                ("options", One, Operation),
                ("head", One, Operation),
                ("patch", One, Operation),
                ("trace", One, Operation),
                ("servers", List, Server),
                ("parameters", List, Parameter),
            ],
            Operation => &[
                ("externalDocs", One, ExternalDocs),
                ("parameters", List, Parameter),
                ("requestBody", One, RequestBody),
                ("responses", Each, Response),
                ("servers", List, Server),
            ],
            Parameter | Header => &[
                ("schema", One, Schema),
                ("examples", Each, Example),
                ("content", Each, MediaType),
            ],
            RequestBody => &[("content", Each, MediaType)],
            Response => &[("headers", Each, Header), ("content", Each, MediaType)],
            MediaType => &[("schema", One, Schema), ("examples", Each, Example)],
            Schema => &[
                ("properties", Each, Schema),
                ("items", One, Schema),
                ("additionalProperties", One, Schema),
                ("allOf", List, Schema),
                ("oneOf", List, Schema),
                ("anyOf", List, Schema),
                ("not", One, Schema),
                ("externalDocs", One, ExternalDocs),
            ],
            Info | ServerVariable | ExternalDocs | Example => &[],
        }
    }

    /// True for an `x-` key among the paths of a document or the answers of an operation: its value has any form. An
    /// entry of another map can have such a name.
    pub(crate) fn is_extension(self, parent: Self, key: &str) -> bool {
        let is_mixed = matches!(
            (parent, self),
            (Self::Document, Self::PathItem) | (Self::Operation, Self::Response)
        );
        is_mixed && key.starts_with("x-")
    }

    /// The kind of the entries in a section of `components`.
    pub(crate) fn of_section(section: &str) -> Option<Self> {
        let (_, _, kind) = Self::Components.children().iter().find(|(key, ..)| *key == section)?;
        Some(*kind)
    }
}

/// The HTTP methods that a path item can have.
pub(crate) const METHODS: [&str; 8] =
    ["get", "put", "post", "delete", "options", "head", "patch", "trace"];

/// Calls `each` for every object below a place, parents first. References are visited but not followed.
pub(crate) fn visit(
    kind: Kind,
    at: &Pointer,
    value: &mut Value,
    each: &mut impl FnMut(Kind, &Pointer, &mut Map<String, Value>),
) {
    let Value::Object(map) = value else { return };
    each(kind, at, map);
    if map.contains_key("$ref") {
        return;
    }
    for (key, layout, child) in kind.children() {
        let Some(value) = map.get_mut(*key) else {
            continue;
        };
        let at = at.child(key);
        match (layout, value) {
            (One, value) => visit(*child, &at, value, each),
            (List, Value::Array(items)) => {
                for (index, item) in items.iter_mut().enumerate() {
                    visit(*child, &at.child(index), item, each);
                }
            }
            (Each, Value::Object(entries)) => {
                for (name, entry) in entries {
                    if child.is_extension(kind, name) {
                        continue;
                    }
                    visit(*child, &at.child(name), entry, each);
                }
            }
            _ => {}
        }
    }
}

/// Calls `each` for every value that should be an object, parents first. As [`visit`], but ends with the first error,
/// and makes no pointers.
pub(crate) fn walk(
    kind: Kind,
    place: &Place<'_>,
    value: &Value,
    each: &mut impl FnMut(Kind, &Place<'_>, &Value) -> Result<()>,
) -> Result<()> {
    each(kind, place, value)?;
    let Value::Object(map) = value else { return Ok(()) };
    if map.contains_key("$ref") {
        return Ok(());
    }
    for (key, layout, child) in kind.children() {
        let Some(value) = map.get(*key) else { continue };
        let place = Place::Key(place, key);
        match (layout, value) {
            (One, value) => walk(*child, &place, value, each)?,
            (List, Value::Array(items)) => {
                for (index, item) in items.iter().enumerate() {
                    walk(*child, &Place::Index(&place, index), item, each)?;
                }
            }
            (Each, Value::Object(entries)) => {
                for (name, entry) in entries {
                    if child.is_extension(kind, name) {
                        continue;
                    }
                    walk(*child, &Place::Key(&place, name), entry, each)?;
                }
            }
            _ => {}
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_property_called_description_is_a_schema_and_an_example_is_not_entered() {
        let mut document = json!({"components": {"schemas": {"a": {
            "description": "text",
            "properties": {"description": {"type": "string", "title": "T"}},
            "example": {"description": "a value", "$ref": "no reference"}
        }}}});
        let mut seen = Vec::new();
        visit(Kind::Document, &Pointer::root(), &mut document, &mut |kind, at, _| {
            if kind == Kind::Schema {
                seen.push(at.to_string());
            }
        });
        assert_eq!(
            seen,
            ["#/components/schemas/a", "#/components/schemas/a/properties/description"]
        );
    }
}
