//! One change: the item of the SDK, the verdict, and the sentence about it.

mod sentence;

use std::collections::BTreeSet;

use serde_json::Value;

use super::severity::{Kind, Level};
use crate::document::{Limit, Ty};
use crate::openapi::json::Pointer;

/// A change of one item.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Change {
    pub(super) level: Level,
    pub(super) kind: Kind,
    /// The item of the SDK: `Job::created_at`.
    pub(super) item: String,
    pub(super) what: What,
    /// The methods of the SDK through which it is reached.
    pub(super) operations: BTreeSet<String>,
    /// The servers that have it.
    pub(super) servers: Vec<String>,
    /// Its place: in the old description if it is gone, else in the new one.
    pub(super) at: Pointer,
}

/// A kind of item of the generated API.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Sort {
    Method,
    Setter,
    Type,
    Field,
    Variant,
}

/// The form of a type of the generated API.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Declared {
    Struct,
    OpenEnum,
    ClosedEnum,
    Union,
    Id,
    Newtype,
}

/// A type of the generated API where it is used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Rust {
    pub(super) ty: Ty,
    pub(super) is_optional: bool,
    pub(super) is_boxed: bool,
}

/// The value that a request returns.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Returns {
    One(Ty),
    List(Ty),
    OrNothing(Ty),
    Download,
    Nothing,
    Flag,
    Several,
}

/// The JSON type of a value, and whether a string is a time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Class {
    Boolean,
    Integer,
    Number,
    Text,
    Time,
    List,
    Map,
    Object,
    Any,
    /// A type that the runtime checks: its content is not known here.
    Checked,
}

/// The change, as the end of a sentence about the item.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum What {
    // The generated API.
    New(Sort),
    Gone(Sort),
    NewVariant {
        value: String,
        is_open: bool,
    },
    GoneVariant {
        value: String,
    },
    Arguments {
        was: Vec<Ty>,
        is: Vec<Ty>,
    },
    Type {
        was: Rust,
        is: Rust,
    },
    Declared {
        was: Declared,
        is: Declared,
    },
    Returned {
        was: Returns,
        is: Returns,
    },
    NoList,
    OtherName {
        was: String,
        is: String,
    },
    // One server: operations.
    OperationGone,
    OperationNew,
    Moved {
        was: String,
        is: String,
    },
    Url {
        was: String,
        is: String,
    },
    Answers {
        was: Returns,
        is: Returns,
    },
    Body {
        is_there: bool,
    },
    BodyRequired,
    Media {
        was: String,
        is: String,
    },
    Status {
        is_new: bool,
    },
    Page,
    Deprecated,
    // One server: parameters and values.
    ParamGone,
    ParamNew,
    Required {
        is_new: bool,
    },
    NotRequired,
    Default {
        was: Option<Value>,
        is: Option<Value>,
    },
    Limit {
        limit: Limit,
        was: Option<Value>,
        is: Option<Value>,
    },
    Listed,
    Class {
        was: BTreeSet<Class>,
        is: BTreeSet<Class>,
        fails: bool,
    },
    MayBeMissing {
        fails: bool,
    },
    AlwaysThere,
    MayBeNull {
        fails: bool,
    },
    NeverNull,
    NullRefused,
    FieldGone {
        fails: bool,
        renamed: Option<String>,
    },
    FieldNew,
    NotTaken,
    ValueGone {
        value: String,
        is_sent: bool,
        renamed: Option<String>,
    },
    ValueNew {
        value: String,
    },
    /// Of the items of a list, or of the values of a map.
    OfItems(Box<What>),
    // A server that is not pinned.
    Server {
        before: String,
    },
}
