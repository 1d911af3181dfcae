#![doc = include_str!("../README.md")]

mod any;
mod auth;
mod body;
mod client;
mod config;
mod decode;
mod download;
mod engine;
mod environment;
mod error;
mod exchange;
mod input;
pub mod jobs;
mod limit;
mod names;
mod paging;
mod redirect;
mod response;
mod retry;
mod stream;
mod tail;
mod trace;
mod unknown;

// rustfmt and the generator's printer disagree, and nobody edits these files.
#[rustfmt::skip]
#[allow(
    clippy::doc_lazy_continuation,
    clippy::large_enum_variant,
    clippy::should_implement_trait,
    clippy::too_many_arguments,
    clippy::wrong_self_convention,
    rustdoc::bare_urls,
    reason = "names and words in generated code are the description's"
)]
#[deny(warnings, missing_docs)]
mod generated;

pub use any::GetJson;
pub use auth::{AccessToken, ProviderError};
pub use chrono;
pub use client::{Client, RepoClient};
pub use config::{ClientBuilder, Timeouts};
pub use error::{Error, ErrorKind};
pub use generated::*;
pub use http;
pub use input::InvalidInput;
pub use limit::LimitPolicy;
pub use names::{Owner, PathSegment, PerPage, Repo};
pub use paging::{Items, Page, Pages};
pub use redirect::SignedUrl;
pub use response::{Links, Meta, RateLimit, Response};
pub use retry::RetryPolicy;
pub use stream::ByteStream;
pub use unknown::UnknownValue;
