//! The typed document: the operations and types of the SDK, independent of their source.
//!
//! The code generator, drift, the tables, the tests and the mocks read this instead of JSON. Reading the
//! normalized document is the validation: all refusals are collected, each with its place and remedy.

mod cycles;
mod operation;
mod params;
mod queries;
mod read;
mod routes;
mod size;
mod types;
mod union;

#[cfg(test)]
pub(crate) mod testing;

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

pub use crate::openapi::base::Base;
use crate::openapi::json::Pointer;
pub use crate::openapi::schema::{Limit, Side};
use cycles::Cycles;

/// The operations and types of an SDK.
#[derive(Clone, Debug, PartialEq)]
pub struct Document {
    /// The servers, versions of GHES from the oldest to the newest.
    pub servers: Vec<String>,
    /// The URL of the API, as the description has it: its host may be a variable.
    pub url: String,
    /// The operations, by path.
    pub operations: Vec<Operation>,
    /// The types, by Rust name.
    pub types: BTreeMap<String, Type>,
    /// The types that contain each other.
    pub(crate) cycles: Cycles,
}

/// An operation.
#[derive(Clone, Debug, PartialEq)]
pub struct Operation {
    /// The operation id of the description.
    pub id: String,
    /// The name of its method on the client.
    pub name: String,
    /// The group: the folder that has it.
    pub group: String,
    /// The HTTP method.
    pub method: Method,
    /// The servers that have it.
    pub servers: Servers,
    /// Its documentation.
    pub docs: Docs,
    /// Its paths, newest first; several if the path differs between servers.
    pub routes: Vec<Route>,
    /// Path parameters in path order, then the others by name.
    pub params: Vec<Param>,
    /// The request body.
    pub body: Option<Body>,
    /// The successful answer.
    pub answer: Answer,
    /// The pages of the list, if the operation is a paged list.
    pub paged: Option<Paged>,
    /// The documented error statuses.
    pub errors: BTreeMap<u16, Servers>,
    /// Its place in the description.
    pub at: Pointer,
}

/// An HTTP method.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    /// `GET`.
    Get,
    /// `POST`.
    Post,
    /// `PUT`.
    Put,
    /// `PATCH`.
    Patch,
    /// `DELETE`.
    Delete,
}

/// A path of an operation.
#[derive(Clone, Debug, PartialEq)]
pub struct Route {
    /// Its segments, without the slashes between them.
    pub path: Vec<Segment>,
    /// The URL that the path is relative to.
    pub base: Base,
    /// The URL of its own server, where it has one.
    pub url: Option<String>,
    /// The servers that have the operation at this path.
    pub servers: Servers,
}

/// A part of a path: literal text, slashes included, or the value of a parameter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Segment {
    /// Literal text.
    Literal(String),
    /// A parameter, by index: renaming a placeholder does not change the URL.
    Param(usize),
}

/// A parameter.
#[derive(Clone, Debug, PartialEq)]
pub struct Param {
    /// The name on the wire.
    pub wire: String,
    /// The name of the argument or setter.
    pub name: String,
    /// Its place in the request.
    pub place: Place,
    /// True if it is required.
    pub required: bool,
    /// The type of its value.
    pub ty: Ty,
    /// The server's default.
    pub default: Option<Value>,
    /// What the server accepts of the values of the type.
    pub limits: BTreeMap<Limit, Value>,
    /// The servers that accept it.
    pub servers: Servers,
    /// Its documentation.
    pub docs: Docs,
    /// Its place in the description.
    pub at: Pointer,
}

/// The place of a parameter in a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// One segment of the path.
    Path,
    /// Several segments of the path.
    PathWithSlashes,
    /// The query; a list repeats the name.
    Query,
    /// The query; a list is one value, joined by this character.
    QueryJoined(char),
}

/// A request body.
#[derive(Clone, Debug, PartialEq)]
pub struct Body {
    /// True if it is required.
    pub required: bool,
    /// Its content.
    pub content: Content,
    /// The name of its argument or setter; empty if it has setters for its fields.
    pub name: String,
    /// If it is an object whose fields are all optional: the names of the setters of the fields, which are in the
    /// place of a setter of the whole.
    pub setters: Option<Vec<String>>,
}

/// The content of a body or an answer.
#[derive(Clone, Debug, PartialEq)]
pub struct Content {
    /// The media type, without parameters, in lower case.
    pub media: String,
    /// Its form.
    pub kind: Kind,
}

/// The form of content.
#[derive(Clone, Debug, PartialEq)]
pub enum Kind {
    /// JSON with a value of this type.
    Json(Ty),
    /// An HTML form (`application/x-www-form-urlencoded`).
    Form(Ty),
    /// A form with parts (`multipart/form-data`).
    Multipart(Ty),
    /// Literal text.
    Text,
    /// Bytes.
    Bytes,
}

/// The successful answers of an operation.
#[derive(Clone, Debug, PartialEq)]
pub enum Answer {
    /// One type for all statuses.
    One(Success),
    /// A type, or an answer without a body.
    OrNothing(Content),
    /// A boolean: 204 for true, 404 without content for false.
    Flag,
    /// A type for each status. Statuses that are not listed come last.
    Several(Vec<(Status, Success)>),
}

/// The statuses of an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    /// One status.
    Code(u16),
    /// Each 2xx that the operation does not list: `2XX`; or `default`, where the operation lists no 2xx. Beside a
    /// 2xx, `default` is an error.
    OtherSuccess,
}

/// One answer.
#[derive(Clone, Debug, PartialEq)]
pub enum Success {
    /// No body.
    Empty,
    /// A body.
    Content(Content),
    /// A redirect to the content.
    Redirect,
}

/// The type of a value.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Ty {
    /// `true` or `false`.
    Bool,
    /// A 64-bit integer, in requests with optional bounds.
    Integer {
        /// The smallest value.
        min: Option<i64>,
        /// The largest value.
        max: Option<i64>,
    },
    /// A floating-point number.
    Number,
    /// Literal text.
    Text,
    /// A time.
    Time,
    /// Any JSON value.
    Json,
    /// A list.
    List(Box<Ty>),
    /// A map with string keys.
    Map(Box<Ty>),
    /// A type of the document.
    Named(String),
    /// A value or null.
    Nullable(Box<Ty>),
}

/// A type.
#[derive(Clone, Debug, PartialEq)]
pub struct Type {
    /// Its shape.
    pub shape: Shape,
    /// Its sender.
    pub side: Side,
    /// The group that uses it; `None` if several groups do.
    pub group: Option<String>,
    /// The servers that have it.
    pub servers: Servers,
    /// Its documentation.
    pub docs: Docs,
    /// Its place in the description.
    pub at: Pointer,
}

/// The shape of a type.
#[derive(Clone, Debug, PartialEq)]
pub enum Shape {
    /// Named fields.
    Object {
        /// The fields: those of the overlay's `x-order` first, the rest by name.
        fields: Vec<Field>,
        /// The type of additional properties.
        rest: Option<Ty>,
    },
    /// One of several strings; an open enum if received.
    Enum(Vec<EnumValue>),
    /// One of several types.
    Union(Vec<Variant>, Tell),
    /// A newtype over another type.
    Newtype(Ty),
    /// A hand-written type, by its path.
    HandWritten(String),
}

/// A field of an object.
#[derive(Clone, Debug, PartialEq)]
pub struct Field {
    /// The name on the wire.
    pub wire: String,
    /// The name in Rust.
    pub name: String,
    /// The type of its value.
    pub ty: Ty,
    /// True if it is required.
    pub required: bool,
    /// The servers that have it, among those that have the object.
    pub servers: Servers,
    /// Its documentation.
    pub docs: Docs,
}

/// A value of an enum.
#[derive(Clone, Debug, PartialEq)]
pub struct EnumValue {
    /// The value on the wire.
    pub value: String,
    /// The name of the variant.
    pub name: String,
    /// The servers that list it.
    pub servers: Servers,
    /// Its documentation.
    pub docs: Docs,
}

/// A variant of a union.
#[derive(Clone, Debug, PartialEq)]
pub struct Variant {
    /// The name of the variant.
    pub name: String,
    /// The type of its value.
    pub ty: Ty,
}

/// The rule that selects the variant of a union.
#[derive(Clone, Debug, PartialEq)]
pub enum Tell {
    /// By the JSON type of the value.
    JsonType,
    /// By the value of a property; if the value is another, by the fields, of which none may be lost.
    Tag {
        /// The property.
        property: String,
        /// The values of each variant, in the order of the variants.
        values: Vec<Vec<String>>,
    },
    /// By the fields: the variant that keeps the most fields.
    MostFieldsKept,
}

/// The pages of a list.
#[derive(Clone, Debug, PartialEq)]
pub struct Paged {
    /// The property with the items; `None` if the page is an array.
    pub items: Option<String>,
    /// The type of an item.
    pub item: Ty,
    /// The property that identifies an item.
    pub key: Option<String>,
}

/// Documentation.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Docs {
    /// The text, in Markdown.
    pub text: Option<String>,
    /// The URL of the documentation page.
    pub url: Option<String>,
    /// Set if the item is deprecated: the replacement, or an empty string.
    pub deprecated: Option<String>,
}

/// The servers that have an item. `None`: all servers that have the enclosing item.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Servers(pub Option<BTreeSet<String>>);
