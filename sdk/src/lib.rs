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
pub use runtime::{
    AccessToken, Answer, AnyGet, Arg, ByteStream, Client, ClientBuilder, Endpoint, Error,
    ErrorKind, GetJson, InvalidInput, Items, LimitPolicy, Links, Meta, Operation, Owner, Page,
    Pages, PathSegment, PerPage, ProviderError, RateLimit, Repo, RepoClient, Request, Response,
    RetryPolicy, Sending, SignedUrl, Timeouts, UnknownValue, Wait, WaitReason, kind,
};
