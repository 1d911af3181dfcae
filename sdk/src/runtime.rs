//! True of any GitHub API: the client, its requests, their answers. Nothing in here knows an operation.

pub(crate) mod args;
pub(crate) mod client;
pub(crate) mod download;
pub(crate) mod http;
pub(crate) mod list;
pub(crate) mod request;
pub(crate) mod response;
pub(crate) mod settings;

#[allow(unused_imports, reason = "which of it generated code uses depends on the operations")]
pub(crate) use {
    args::closed_enum::closed_enum, args::id::id, request::data::Data,
    response::open_enum::open_enum,
};

pub use args::arg::Arg;
pub use args::input::InvalidInput;
pub use args::names::{Owner, PathSegment, PerPage, Repo};
pub use client::builder::ClientBuilder;
pub use client::get_json::{AnyGet, GetJson};
pub use client::kind;
pub use client::request::Request;
pub use client::sending::Sending;
pub use client::{Client, RepoClient};
pub use download::byte_stream::ByteStream;
pub use http::rate_limit::LimitPolicy;
pub use http::redirect::SignedUrl;
pub use list::{Items, Page, Pages};
pub use request::operation::{Answer, Endpoint, Operation};
pub use response::error::{Error, ErrorKind};
pub use response::open_enum::UnknownValue;
pub use response::{Links, Meta, RateLimit, Response};
pub use settings::auth::{AccessToken, ProviderError};
pub use settings::retry::RetryPolicy;
pub use settings::timeouts::Timeouts;
