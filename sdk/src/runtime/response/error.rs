//! The one error type.

mod github;
mod unavailable;

use std::error::Error as StdError;
use std::fmt;

use http::StatusCode;
use jiff::Timestamp;

pub(crate) use github::{Explanation, printable};
pub(crate) use unavailable::Unavailable;

use crate::runtime::args::input::InvalidInput;
use crate::runtime::response::Meta;

/// What went wrong with a call, or with a configuration.
///
/// [`kind`](Self::kind) says what sort of thing, for branching; the rest is for people and logs. The
/// `Display` form is one line and holds neither the token nor the URL's query, and of the body at most
/// what GitHub says in its `message`, or 256 characters of a page's text.
///
/// ```no_run
/// # async fn run(client: github_workflow_jobs::Client) {
/// use github_workflow_jobs::ErrorKind;
///
/// match client.get_job("octo-org", "octo-repo", 399_444_496).send().await {
///     Ok(job) => println!("{}", job.name),
///     Err(error) if error.status().is_some_and(|status| status == 404) => println!("no such job"),
///     Err(error) if error.kind() == ErrorKind::RateLimited => println!("again at {:?}", error.retry_at()),
///     Err(error) if error.is_retryable() => println!("later, perhaps: {error}"),
///     Err(error) => println!("{error}"),
/// }
/// # }
/// ```
pub struct Error(Box<Inner>);

struct Inner {
    kind: ErrorKind,
    what: String,
    meta: Option<Meta>,
    github: Explanation,
    body: Vec<u8>,
    retry_at: Option<Timestamp>,
    received: Option<u64>,
    unavailable: Option<Unavailable>,
    /// What will not pass by itself, though its kind may.
    for_good: bool,
    secondary: bool,
    source: Option<Box<dyn StdError + Send + Sync>>,
}

/// The sort of an [`Error`]. New sorts may be added: match with a wildcard arm.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// An argument was refused. Nothing was sent.
    InvalidInput,
    /// The client cannot be built as configured, or has no token where it needs one.
    Config,
    /// The server was not reached, or what came back is not HTTP, or the connection broke.
    Transport,
    /// The server did not answer in time.
    Timeout,
    /// The answer ended before it was complete; [`Error::received`] says how much came.
    Truncated,
    /// A stream delivered nothing for too long; [`Error::received`] says how much came.
    Stalled,
    /// The server's limit is reached, and waiting for it would take longer than allowed: see
    /// [`Error::retry_at`].
    RateLimited,
    /// The server answered, and the answer is an error: see [`Error::status`].
    Status,
    /// The answer redirects to a place that is not followed, or has none, or in circles.
    Redirect,
    /// The next page is at a place that is not followed, or in circles.
    Pagination,
    /// What the operation redirects to is not there, no longer there, or not what it should be.
    Unavailable,
    /// The answer is larger than the limit.
    BodyTooLarge,
    /// The answer is not what the operation gives: not JSON, or not of that shape.
    Decode,
    /// A file could not be written.
    File,
}

impl Error {
    pub(crate) fn new(kind: ErrorKind, what: impl Into<String>) -> Self {
        Self(Box::new(Inner {
            kind,
            what: what.into(),
            meta: None,
            github: Explanation::default(),
            body: Vec::new(),
            retry_at: None,
            received: None,
            unavailable: None,
            for_good: false,
            secondary: false,
            source: None,
        }))
    }

    pub(crate) fn with_source(
        mut self,
        source: impl Into<Box<dyn StdError + Send + Sync>>,
    ) -> Self {
        self.0.source = Some(source.into());
        self
    }

    pub(crate) fn with_meta(mut self, meta: Meta) -> Self {
        self.0.meta = Some(meta);
        self
    }

    pub(crate) fn with_retry_at(mut self, at: Timestamp) -> Self {
        self.0.retry_at = Some(at);
        self
    }

    pub(crate) fn with_received(mut self, bytes: u64) -> Self {
        self.0.received = Some(bytes);
        self
    }

    pub(crate) fn with_unavailable(mut self, why: Unavailable) -> Self {
        self.0.unavailable = Some(why);
        self
    }

    pub(crate) fn for_good(mut self) -> Self {
        self.0.for_good = true;
        self
    }

    pub(crate) fn with_secondary(mut self, secondary: bool) -> Self {
        self.0.secondary = secondary;
        self
    }

    /// What the server said, kept beside what the client says.
    pub(crate) fn with_body(mut self, github: Explanation, body: Vec<u8>) -> Self {
        self.0.github = github;
        self.0.body = body;
        self
    }

    pub(crate) fn into_kind(mut self, kind: ErrorKind) -> Self {
        self.0.kind = kind;
        self
    }

    pub(crate) fn unavailable(&self) -> Option<&Unavailable> {
        self.0.unavailable.as_ref()
    }

    /// What sort of error it is.
    pub fn kind(&self) -> ErrorKind {
        self.0.kind
    }

    /// The status of the answer, where there was one.
    pub fn status(&self) -> Option<StatusCode> {
        self.0.meta.as_ref().map(Meta::status)
    }

    /// Status and headers of the answer, where there was one.
    pub fn meta(&self) -> Option<&Meta> {
        self.0.meta.as_ref()
    }

    /// The request id of the answer (`X-GitHub-Request-Id`), which support asks for.
    pub fn request_id(&self) -> Option<&str> {
        self.0.meta.as_ref().and_then(Meta::request_id)
    }

    /// GitHub's own explanation, where the answer is an error of the API; at most 4 KiB of it.
    pub fn message(&self) -> Option<&str> {
        self.0.github.message.as_deref()
    }

    /// The documentation page that GitHub names for the error.
    pub fn documentation_url(&self) -> Option<&str> {
        self.0.github.documentation_url.as_deref()
    }

    /// The single faults that GitHub lists, each as text: what it sends as an object is JSON here.
    pub fn errors(&self) -> &[String] {
        &self.0.github.errors
    }

    /// The permissions that would have been enough (`X-Accepted-GitHub-Permissions`), where the
    /// server says so with a 403.
    pub fn accepted_permissions(&self) -> Option<&str> {
        self.0.meta.as_ref().and_then(|meta| meta.header("x-accepted-github-permissions"))
    }

    /// When the server's limit ends, by this machine's clock: there for every
    /// [`ErrorKind::RateLimited`], and for a 503 that says when.
    pub fn retry_at(&self) -> Option<Timestamp> {
        self.0.retry_at
    }

    /// Whether the limit that was reached is GitHub's secondary one: on bursts and on calls at the same
    /// time, not on calls an hour.
    pub fn is_secondary_limit(&self) -> bool {
        self.0.secondary
    }

    /// How many bytes of the content came before it broke off.
    pub fn received(&self) -> Option<u64> {
        self.0.received
    }

    /// The body of an answer that is an error, at most its first 64 KiB. It may hold what the caller
    /// sent: do not log it without a look.
    pub fn body(&self) -> Option<&[u8]> {
        (!self.0.body.is_empty()).then_some(self.0.body.as_slice())
    }

    /// Whether the same call may succeed later, with nothing changed: the server was not reached, was
    /// overloaded, or its limit ends.
    pub fn is_retryable(&self) -> bool {
        match self.0.kind {
            _ if self.0.for_good => false,
            ErrorKind::Transport
            | ErrorKind::Timeout
            | ErrorKind::Truncated
            | ErrorKind::Stalled
            | ErrorKind::RateLimited => true,
            ErrorKind::Status => self
                .status()
                .is_some_and(|status| is_passing(status) || matches!(status.as_u16(), 408 | 429)),
            _ => false,
        }
    }
}

/// Statuses of a server that may be well again in a moment.
pub(crate) fn is_passing(status: StatusCode) -> bool {
    matches!(status.as_u16(), 500 | 502 | 503 | 504)
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.what)
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Error")
            .field("kind", &self.0.kind)
            .field("what", &self.0.what)
            .field("status", &self.status())
            .field("request_id", &self.request_id())
            .field("retry_at", &self.0.retry_at)
            .field("received", &self.0.received)
            .field("unavailable", &self.0.unavailable)
            .field("source", &self.0.source)
            .finish_non_exhaustive()
    }
}

impl StdError for Error {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.0.source.as_ref().map(|source| &**source as &(dyn StdError + 'static))
    }
}

impl From<InvalidInput> for Error {
    fn from(refused: InvalidInput) -> Self {
        Self::new(ErrorKind::InvalidInput, format!("invalid argument {refused}"))
    }
}
