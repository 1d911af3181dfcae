//! True of any GitHub API: the client, its requests, their answers. Nothing in here knows an operation.

pub(crate) mod arg;
pub(crate) mod auth;
pub(crate) mod body;
pub(crate) mod client;
#[allow(
    unused_imports,
    unused_macros,
    reason = "which macros generated code uses depends on the operations"
)]
pub(crate) mod closed_enum;
pub(crate) mod config;
pub(crate) mod data;
pub(crate) mod decode;
pub(crate) mod download;
pub(crate) mod environment;
pub(crate) mod error;
pub(crate) mod exchange;
pub(crate) mod headers;
#[allow(
    unused_imports,
    unused_macros,
    reason = "which macros generated code uses depends on the operations"
)]
pub(crate) mod id;
pub(crate) mod input;
pub mod kind;
pub(crate) mod limit;
pub(crate) mod names;
#[allow(
    unused_imports,
    unused_macros,
    reason = "which macros generated code uses depends on the operations"
)]
pub(crate) mod open_enum;
pub(crate) mod operation;
pub(crate) mod paging;
pub(crate) mod redirect;
pub(crate) mod request;
pub(crate) mod response;
pub(crate) mod retry;
pub(crate) mod send;
pub(crate) mod sending;
pub(crate) mod stream;
pub(crate) mod tail;
pub(crate) mod trace;

// The last one, so that rustdoc shows it after everything else that a client does.
pub(crate) mod get_json;

#[allow(unused_imports, reason = "which of it generated code uses depends on the operations")]
pub(crate) use {closed_enum::closed_enum, data::Data, id::id, open_enum::open_enum};

pub use arg::Arg;
pub use auth::{AccessToken, ProviderError};
pub use client::{Client, RepoClient};
pub use config::{ClientBuilder, Timeouts};
pub use error::{Error, ErrorKind};
pub use get_json::{AnyGet, GetJson};
pub use input::InvalidInput;
pub use limit::LimitPolicy;
pub use names::{Owner, PathSegment, PerPage, Repo};
pub use open_enum::UnknownValue;
pub use operation::{Answer, Endpoint, Operation};
pub use paging::{Items, Page, Pages};
pub use redirect::SignedUrl;
pub use request::Request;
pub use response::{Links, Meta, RateLimit, Response};
pub use retry::RetryPolicy;
pub use sending::Sending;
pub use stream::ByteStream;
