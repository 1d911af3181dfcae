//! The hand-written part that is the same for any GitHub API: clients, requests, responses. It does not depend on
//! any operation.

/// A line of a documentation example that imports public names. The runtime can be copied, so the examples take the name
/// of their crate from the build.
macro_rules! uses {
    ($names:literal) => {
        concat!("# use ", env!("CARGO_CRATE_NAME"), "::", $names, ";")
    };
}

pub(crate) mod args;
pub(crate) mod client;
pub(crate) mod clock;
pub(crate) mod download;
pub(crate) mod http;
pub(crate) mod list;
pub(crate) mod request;
pub(crate) mod response;
pub(crate) mod settings;
#[cfg(feature = "testing")]
pub(crate) mod testing;
pub(crate) mod text;
pub(crate) mod url;

#[allow(unused_imports, reason = "the operations decide what is used")]
pub(crate) use {
    args::bounds::serialize_within,
    args::closed_enum::closed_enum,
    args::id::id,
    request::data::Data,
    response::by_status::by_status,
    response::decode::{null_is_empty, present},
    response::open_enum::open_enum,
    response::union::{closed_union, union},
};

#[allow(unreachable_pub, unused_imports, reason = "the operations decide what is used")]
pub use {args::path::Path, request::body::Body, response::by_status::ByStatus};

pub use args::arg::Arg;
pub use args::invalid_input::InvalidInput;
pub use args::per_page::PerPage;
pub use args::repository::{Owner, Repo};
pub use args::segment::PathSegment;
pub use client::builder::ClientBuilder;
pub use client::get_json::{AnyGet, GetJson};
pub use client::request::{Request, kind};
pub use client::terminal::Sending;
pub use client::{Client, RepoClient};
pub use download::byte_stream::ByteStream;
pub use download::lines::Lines;
pub use download::signed_url::SignedUrl;
pub use list::changed::Listed;
pub use list::{Items, Page, Pages};
pub use request::operation::{Answer, Endpoint, Operation};
pub use response::error::{Error, ErrorKind};
pub use response::open_enum::UnknownValue;
pub use response::{Links, Meta, RateLimit, Response};
pub use settings::auth::{AccessToken, ProviderError};
pub use settings::policies::{LimitPolicy, RetryPolicy, Wait, WaitReason};
pub use settings::timeouts::Timeouts;
pub use text::is_unprintable;
