//! Where things stand in an OpenAPI 3.0 document: which key of which object holds what.
//!
//! Everything that has to tell a description from a *property called* `description` walks with
//! [`visit`]: dropping prose, finding references, reading schemas.

use serde_json::{Map, Value};

use crate::openapi::json::Pointer;

/// The object that stands at a place of an OpenAPI document.
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

/// How the children of a key are laid out.
#[derive(Clone, Copy)]
enum Layout {
    One,
    List,
    Map,
}

use Layout::{List, Map as Each, One};

impl Kind {
    /// The keys of this object that hold text for people.
    pub(crate) fn prose(self) -> &'static [&'static str] {
        match self {
            Self::Info => &["description", "title"],
            Self::Schema => &["description", "title"],
            Self::PathItem | Self::Operation | Self::Example => &["description", "summary"],
            Self::Document | Self::Components | Self::MediaType => &[],
            _ => &["description"],
        }
    }

    /// The key whose text OpenAPI demands: where prose is dropped, an empty string stands in.
    pub(crate) fn required_prose(self) -> Option<&'static str> {
        match self {
            Self::Info => Some("title"),
            Self::Response => Some("description"),
            _ => None,
        }
    }

    fn children(self) -> &'static [(&'static str, Layout, Kind)] {
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

    /// What the entries of a section of `components` are.
    pub(crate) fn of_section(section: &str) -> Option<Self> {
        let (_, _, kind) = Self::Components.children().iter().find(|(key, ..)| *key == section)?;
        Some(*kind)
    }
}

/// The methods a path item may have.
pub(crate) const METHODS: [&str; 8] =
    ["get", "put", "post", "delete", "options", "head", "patch", "trace"];

/// Calls `each` for every object in the document, parents first. A reference is visited; what it
/// points at is not.
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
                    visit(*child, &at.child(name), entry, each);
                }
            }
            _ => {}
        }
    }
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
