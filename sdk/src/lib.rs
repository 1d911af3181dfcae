#![doc = include_str!("../README.md")]

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
pub mod jobs;
mod runtime;

pub use generated::*;
pub use http;
pub use jiff;
pub use runtime::any::GetJson;
pub use runtime::auth::{AccessToken, ProviderError};
pub use runtime::client::{Client, RepoClient};
pub use runtime::config::{ClientBuilder, Timeouts};
pub use runtime::error::{Error, ErrorKind};
pub use runtime::input::InvalidInput;
pub use runtime::limit::LimitPolicy;
pub use runtime::names::{Owner, PathSegment, PerPage, Repo};
pub use runtime::paging::{Items, Page, Pages};
pub use runtime::redirect::SignedUrl;
pub use runtime::response::{Links, Meta, RateLimit, Response};
pub use runtime::retry::RetryPolicy;
pub use runtime::stream::ByteStream;
pub use runtime::unknown::UnknownValue;
