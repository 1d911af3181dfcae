//! The causes of an error: one variant for each kind, with its details.

use std::borrow::Cow;
use std::error::Error as StdError;
use std::io;
use std::path::PathBuf;
use std::time::Duration;

use jiff::Timestamp;

use super::{ErrorBody, ErrorKind};
use crate::runtime::args::invalid_input::InvalidInput;

pub(super) type Source = Box<dyn StdError + Send + Sync>;

pub(crate) enum Cause {
    InvalidInput(InvalidInput),
    Config {
        what: String,
        source: Option<Source>,
    },
    TokenProvider {
        source: Source,
    },
    Transport {
        failure: Failure,
        server: String,
        received: Option<u64>,
        source: Option<Source>,
    },
    Timeout(Late),
    Truncated {
        received: u64,
        expected: Option<u64>,
        source: Option<Source>,
    },
    Stalled {
        received: u64,
        limit: Duration,
    },
    RateLimited {
        wait: Duration,
        retry_at: Timestamp,
        limit: Limit,
        body: ErrorBody,
    },
    Status {
        of_content: bool,
        hint: Option<Cow<'static, str>>,
        retry_at: Option<Timestamp>,
        body: ErrorBody,
    },
    Redirect(RedirectFault),
    Pagination(PageFault),
    Unavailable {
        reason: Unavailable,
        body: ErrorBody,
    },
    TooLarge {
        limit: u64,
        hint: Option<&'static str>,
        received: Option<u64>,
    },
    Decode(DecodeFault),
    File {
        path: PathBuf,
        source: io::Error,
    },
}

/// The limits for which the server makes its callers wait.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Limit {
    /// The limit on requests in a window of time.
    Primary,
    /// The limit on bursts and concurrent requests.
    Secondary,
    /// The server is overloaded, and has sent `Retry-After`.
    Overload,
}

/// The ways in which no response, or half of one, comes from a server.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(
    not(feature = "rustls-without-provider"),
    allow(dead_code, reason = "a build without TLS has none of its faults")
)]
pub(crate) enum Failure {
    Resolve,
    Connect,
    ConnectTimeout,
    UntrustedCertificate,
    ExpiredCertificate,
    FutureCertificate,
    WrongHost,
    RevokedCertificate,
    /// The certificate is malformed, or not for servers. Trusting its authority does not help.
    InvalidCertificate,
    ClientCertificate,
    /// The client's certificate is refused, or that there is none.
    RefusedIdentity,
    /// A proxy or a host of content requires a client certificate, which only the API gets.
    ForeignIdentity,
    /// The server refuses the handshake. OpenSSL does so over TLS 1.2 if the client has no certificate.
    RefusedHandshake,
    OldTls,
    NotTls,
    /// Any other failure of TLS, which can pass.
    Tls,
    /// The proxy at this host and port cannot be reached.
    ProxyUnreachable(String),
    /// The proxy at this host and port does not connect to the server.
    Proxy(String),
    ProxyAuthentication(String),
    NotHttp,
    /// A fresh connection ended before the request was sent, perhaps for the client's certificate.
    Unsent {
        may_refuse_identity: bool,
    },
    Broken,
}

/// The limits of time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Late {
    FirstByte { limit: Duration, of_content: bool },
    Response { limit: Duration },
    Deadline,
}

/// The reasons why a redirect is not followed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum RedirectFault {
    NoLocation,
    InvalidLocation,
    /// The URL contains the token.
    Token,
    Scheme,
    Downgrade,
    OtherOrigin(String),
    OutsideApi(String),
    Loop,
    TooMany(usize),
    /// The request changes something, and the redirect would change its method, or its body was sent.
    OfChange,
    /// The response is the content itself, but the caller wants its URL.
    Content,
}

/// The reasons why a list does not go on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum PageFault {
    InvalidLink,
    OtherOrigin(String),
    OutsideApi(String),
    Loop,
    TooMany(usize),
    TooLarge { size: u64 },
    Incomplete { items: u64, total: u64 },
}

/// The reasons why the content behind a redirect is not available.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Unavailable {
    /// The API, or the storage host, answered 410.
    Gone,
    /// The storage host answered 404.
    NotFound,
    /// The signature of the URL has expired, and so has that of a fresh one.
    LinkExpired,
    /// The storage host refuses the URL, and a fresh one; its code if it has one.
    Refused(Option<String>),
    /// The response is a page, a part of the content, or encoded; as a sentence.
    NotTheContent(&'static str),
}

/// The reasons why a response cannot be decoded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum DecodeFault {
    Empty,
    NotJson { line: usize, column: usize, content_type: String },
    Mismatch { path: String, reason: String, line: usize, column: usize },
}

impl Failure {
    /// True if trying again does not help.
    pub(crate) fn is_permanent(&self) -> bool {
        matches!(
            self,
            Self::UntrustedCertificate
                | Self::ExpiredCertificate
                | Self::FutureCertificate
                | Self::WrongHost
                | Self::RevokedCertificate
                | Self::InvalidCertificate
                | Self::ClientCertificate
                | Self::RefusedIdentity
                | Self::ForeignIdentity
                | Self::RefusedHandshake
                | Self::OldTls
                | Self::NotTls
                | Self::ProxyAuthentication(_)
        )
    }

    /// True if nothing of the request was sent. Counts only for a failure that can pass.
    pub(crate) fn is_before_sending(&self) -> bool {
        !matches!(self, Self::NotHttp | Self::Broken | Self::Tls)
    }
}

impl Cause {
    pub(crate) fn kind(&self) -> ErrorKind {
        match self {
            Self::InvalidInput(_) => ErrorKind::InvalidInput,
            Self::Config { .. } | Self::TokenProvider { .. } => ErrorKind::Config,
            Self::Transport { failure: Failure::ConnectTimeout, .. } | Self::Timeout(_) => {
                ErrorKind::Timeout
            }
            Self::Transport { .. } => ErrorKind::Transport,
            Self::Truncated { .. } => ErrorKind::Truncated,
            Self::Stalled { .. } => ErrorKind::Stalled,
            Self::RateLimited { .. } => ErrorKind::RateLimited,
            Self::Status { .. } => ErrorKind::Status,
            Self::Redirect(_) => ErrorKind::Redirect,
            Self::Pagination(_) => ErrorKind::Pagination,
            Self::Unavailable { .. } => ErrorKind::Unavailable,
            Self::TooLarge { .. } => ErrorKind::BodyTooLarge,
            Self::Decode(_) => ErrorKind::Decode,
            Self::File { .. } => ErrorKind::File,
        }
    }

    /// The texts of a server, as it sent them, that are shown. Those of an error body are made fit to print when the
    /// body is read.
    pub(super) fn server_texts(&mut self) -> impl Iterator<Item = &mut String> {
        let texts = match self {
            Self::Transport { server, .. } => [Some(server), None],
            Self::Redirect(
                RedirectFault::OtherOrigin(place) | RedirectFault::OutsideApi(place),
            )
            | Self::Pagination(PageFault::OtherOrigin(place) | PageFault::OutsideApi(place)) => {
                [Some(place), None]
            }
            Self::Decode(DecodeFault::Mismatch { path, reason, .. }) => [Some(path), Some(reason)],
            Self::Decode(DecodeFault::NotJson { content_type, .. }) => [Some(content_type), None],
            _ => [None, None],
        };
        texts.into_iter().flatten()
    }

    /// The error of another library, which can quote the server.
    pub(super) fn foreign_source(&mut self) -> Option<&mut Source> {
        match self {
            Self::Transport { source, .. } | Self::Truncated { source, .. } => source.as_mut(),
            _ => None,
        }
    }

    /// The body of a response with an error status.
    pub(super) fn body(&self) -> Option<&ErrorBody> {
        match self {
            Self::RateLimited { body, .. }
            | Self::Status { body, .. }
            | Self::Unavailable { body, .. } => Some(body),
            _ => None,
        }
    }

    pub(super) fn source(&self) -> Option<&(dyn StdError + 'static)> {
        match self {
            Self::Config { source, .. }
            | Self::Transport { source, .. }
            | Self::Truncated { source, .. } => source.as_ref().map(|source| &**source as _),
            Self::TokenProvider { source } => Some(&**source),
            Self::File { source, .. } => Some(source),
            _ => None,
        }
    }
}
