#![doc = include_str!("../README.md")]
#![cfg_attr(docsrs, feature(doc_cfg))]

mod client;
mod config;
mod decode;
mod engine;
mod error;
mod input;
mod names;
mod redirect;
mod response;
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

pub use chrono;
pub use client::Client;
pub use config::ClientBuilder;
pub use error::{Error, ErrorKind};
pub use generated::*;
pub use input::InvalidInput;
pub use names::{Owner, PathSegment, PerPage, Repo};
pub use redirect::SignedUrl;
pub use response::{Meta, Response};
pub use unknown::UnknownValue;
