//! The one error type.

mod cause;
mod describe;
mod explanation;

use std::error::Error as StdError;
use std::fmt;

use http::StatusCode;
use jiff::Timestamp;
use serde::de::DeserializeOwned;

pub(crate) use cause::{
    Cause, DecodeFault, Failure, Late, Limit, PageFault, RedirectFault, Unavailable,
};
pub(crate) use explanation::{ErrorBody, Explanation, LARGEST_ERROR_BODY};

use crate::runtime::args::invalid_input::InvalidInput;
use crate::runtime::response::Meta;
use crate::runtime::text::{one_line, redacted};

/// An error of a call, or of the configuration of a client.
///
/// [`kind`](Self::kind) gives its kind, to branch on. The other methods give details. `Display` is one line
/// without the source. It contains neither the token nor the query of a URL that was requested; of the response it
/// contains at most GitHub's `message`, or 256 characters of a page's text, and an [`sso_url`](Self::sso_url) of the
/// server's own host. `Debug` adds the sources and the request id, so that
/// an error returned from `main` can be read.
pub struct Error(Box<Inner>);

struct Inner {
    operation: Option<&'static str>,
    /// Status and headers of the response, if there was one.
    meta: Option<Meta>,
    cause: Cause,
}

/// The kind of an [`Error`]. New kinds may be added: match with a wildcard arm.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// An argument was refused. Nothing was sent.
    InvalidInput,
    /// The client cannot be built as configured, or its token provider failed.
    Config,
    /// The server was not reached, the response is not HTTP, or the connection broke.
    Transport,
    /// The server did not answer in time, or the deadline of the call has passed.
    Timeout,
    /// The response ended before it was complete; [`Error::received`] gives the bytes that came.
    Truncated,
    /// A stream received nothing for too long; [`Error::received`] gives the bytes that came.
    Stalled,
    /// A rate limit of the server is exceeded, and waiting for its end would take longer than allowed:
    /// see [`Error::retry_at`].
    RateLimited,
    /// The response has an error status: see [`Error::status`].
    Status,
    /// The response redirects to a URL that must not be followed, or in a loop.
    Redirect,
    /// The link to the next page must not be followed, or the list is in a loop or incomplete.
    Pagination,
    /// The content that the operation redirects to does not exist, no longer exists, or is something else.
    Unavailable,
    /// The response is larger than the size limit.
    BodyTooLarge,
    /// The response is not JSON, or does not have the documented form.
    Decode,
    /// A file cannot be written.
    File,
}

impl Error {
    /// An error of the configuration; `what` names the setting.
    pub(crate) fn config(what: impl Into<String>) -> Self {
        Cause::Config { what: what.into(), source: None }.into()
    }

    /// As [`config`](Self::config), with the error that led to it.
    pub(crate) fn config_from(
        what: impl Into<String>,
        source: impl Into<Box<dyn StdError + Send + Sync>>,
    ) -> Self {
        Cause::Config { what: what.into(), source: Some(source.into()) }.into()
    }

    /// Adds the operation, unless the error has one.
    pub(crate) fn of(mut self, operation: &'static str) -> Self {
        self.0.operation.get_or_insert(operation);
        self
    }

    /// Makes the texts of the server fit to print, without the secrets of the request, which a server can send back.
    /// Secrets are redacted before a text is cut: the start of a cut secret would stay.
    pub(crate) fn without(mut self, secrets: &[impl AsRef<str>]) -> Self {
        let fit = |text: &str| one_line(&redacted(text, secrets));
        for text in self.0.cause.server_texts() {
            *text = fit(text);
        }
        if let Some(source) = self.0.cause.foreign_source() {
            let texts = chain(&**source).map(ToString::to_string);
            let texts: Vec<String> = texts.collect();
            if texts.iter().any(|text| fit(text) != *text) {
                *source = fit(&texts.join(": ")).into();
            }
        }
        self
    }

    /// Adds status and headers of the response.
    pub(crate) fn with_meta(mut self, meta: Meta) -> Self {
        self.0.meta = Some(meta);
        self
    }

    pub(crate) fn cause(&self) -> &Cause {
        &self.0.cause
    }

    /// The kind of the error.
    pub fn kind(&self) -> ErrorKind {
        self.0.cause.kind()
    }

    /// The id of the operation that failed, such as `repos/get`; `None` if the error does
    /// not belong to a call.
    pub fn operation(&self) -> Option<&'static str> {
        self.0.operation
    }

    /// The status of the response, if there was one.
    pub fn status(&self) -> Option<StatusCode> {
        self.0.meta.as_ref().map(Meta::status)
    }

    /// Status and headers of the response, if there was one.
    pub fn meta(&self) -> Option<&Meta> {
        self.0.meta.as_ref()
    }

    /// The request id of the response (`X-GitHub-Request-Id`). GitHub's support asks for it.
    pub fn request_id(&self) -> Option<&str> {
        self.0.meta.as_ref().and_then(Meta::request_id)
    }

    /// The explanation of an error status by GitHub, or by the host of the content; at most 4 KiB of it.
    pub fn message(&self) -> Option<&str> {
        self.explanation().and_then(|explanation| explanation.message.as_deref())
    }

    /// The code in the XML of a storage host, such as `AuthenticationFailed` or `BlobNotFound`. It consists of
    /// letters and digits. GitHub's own errors have none.
    pub fn code(&self) -> Option<&str> {
        self.explanation().and_then(|explanation| explanation.code.as_deref())
    }

    /// The documentation page that GitHub gives for the error.
    pub fn documentation_url(&self) -> Option<&str> {
        self.explanation().and_then(|explanation| explanation.documentation_url.as_deref())
    }

    /// The single faults that GitHub lists, each as text; objects are JSON.
    pub fn errors(&self) -> &[String] {
        self.explanation().map_or(&[], |explanation| &explanation.errors)
    }

    /// The permissions that the token needs (`X-Accepted-GitHub-Permissions`), if the server lists them in a
    /// 403.
    pub fn accepted_permissions(&self) -> Option<&str> {
        self.0.meta.as_ref().and_then(|meta| meta.header("x-accepted-github-permissions"))
    }

    /// The URL at which the owner of the token authorizes it for an organization with SAML single sign-on
    /// (`X-GitHub-SSO`), if the server requires that. The URL expires after an hour.
    ///
    /// The server sends this URL: check its host before you show it or open it.
    pub fn sso_url(&self) -> Option<&str> {
        self.0.meta.as_ref().and_then(Meta::sso_url)
    }

    /// The path of the value that cannot be decoded, such as `$.items[3].status`, as one line of at most 256
    /// characters; `None` unless the response is JSON that does not have the documented form.
    pub fn decode_path(&self) -> Option<&str> {
        match &self.0.cause {
            Cause::Decode(DecodeFault::Mismatch { path, .. }) => Some(path),
            _ => None,
        }
    }

    /// The time at which the same call may succeed, by this machine's clock. Every
    /// [`ErrorKind::RateLimited`] has one, and so has an overloaded server that sends `Retry-After`.
    pub fn retry_at(&self) -> Option<Timestamp> {
        match &self.0.cause {
            Cause::RateLimited { retry_at, .. } => Some(*retry_at),
            Cause::Status { retry_at, .. } => *retry_at,
            _ => None,
        }
    }

    /// True if the exceeded limit is GitHub's secondary rate limit, which is on bursts and concurrent
    /// requests instead of requests per hour.
    pub fn is_secondary_limit(&self) -> bool {
        matches!(self.0.cause, Cause::RateLimited { limit: Limit::Secondary, .. })
    }

    /// The bytes of the response that came before it broke off.
    pub fn received(&self) -> Option<u64> {
        match &self.0.cause {
            Cause::Transport { received, .. } => *received,
            Cause::Truncated { received, .. } | Cause::Stalled { received, .. } => Some(*received),
            Cause::TooLarge { received, .. } => *received,
            _ => None,
        }
    }

    /// The body of a response with an error status, at most its first 64 KiB. It can contain data of the
    /// request: check it before you log it.
    pub fn body(&self) -> Option<&[u8]> {
        let body = self.0.cause.body().map(|body| body.bytes.as_slice());
        body.filter(|bytes| !bytes.is_empty())
    }

    /// Decodes the body of a response with an error status, for an error that the API describes. `None` if there is no
    /// body, if it has another form, or if it is longer than 64 KiB.
    ///
    /// ```no_run
    #[doc = uses!("Error")]
    /// # fn run(error: Error) {
    /// #[derive(serde::Deserialize)]
    /// struct Fault { message: String }
    /// if let Some(fault) = error.decode::<Fault>() {
    ///     println!("{}", fault.message);
    /// }
    /// # }
    /// ```
    pub fn decode<T: DeserializeOwned>(&self) -> Option<T> {
        self.body().and_then(|body| serde_json::from_slice(body).ok())
    }

    /// True if the same call may succeed later without a change:
    ///
    /// - `Timeout`, `Truncated`, `Stalled` and `RateLimited`: always.
    /// - `Transport`: unless a certificate or a setting must be corrected.
    /// - `Status`: 408, 429, 500, 502, 503 and 504.
    /// - `Unavailable`: if links expired before they were used.
    /// - `Config`: if the token provider failed.
    ///
    /// All other kinds: never.
    pub fn is_retryable(&self) -> bool {
        match &self.0.cause {
            Cause::Transport { failure, .. } => !failure.is_permanent(),
            Cause::Timeout(_)
            | Cause::Truncated { .. }
            | Cause::Stalled { .. }
            | Cause::RateLimited { .. }
            | Cause::Unavailable { reason: Unavailable::LinkExpired, .. } => true,
            Cause::TokenProvider { .. } => true,
            Cause::Status { .. } => self.status().is_some_and(can_pass),
            _ => false,
        }
    }

    fn explanation(&self) -> Option<&Explanation> {
        self.0.cause.body().map(|body| &body.explanation)
    }
}

/// An error and its sources.
fn chain<'e>(
    error: &'e (dyn StdError + 'static),
) -> impl Iterator<Item = &'e (dyn StdError + 'static)> {
    std::iter::successors(Some(error), |&error| error.source())
}

/// True for the statuses of a server that may succeed a moment later.
pub(crate) fn is_transient(status: StatusCode) -> bool {
    matches!(status.as_u16(), 500 | 502 | 503 | 504)
}

/// True for the statuses that change with time: those of an overloaded server, and of a limit or a time-out.
pub(crate) fn can_pass(status: StatusCode) -> bool {
    is_transient(status) || matches!(status.as_u16(), 408 | 429)
}

impl From<Cause> for Error {
    fn from(cause: Cause) -> Self {
        Self(Box::new(Inner { operation: None, meta: None, cause }))
    }
}

impl From<InvalidInput> for Error {
    fn from(refused: InvalidInput) -> Self {
        Cause::InvalidInput(refused).into()
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(operation) = self.0.operation {
            write!(f, "{operation}: ")?;
        }
        self.0.cause.describe(self.status(), f)
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self} ({:?}", self.kind())?;
        if let Some(id) = self.meta().and_then(Meta::plain_request_id) {
            write!(f, ", request id {id}")?;
        }
        write!(f, ")")?;
        let mut sources = self.source().into_iter().flat_map(chain);
        sources.try_for_each(|source| write!(f, "\n  caused by: {source}"))
    }
}

impl StdError for Error {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.0.cause.source()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_source_of_an_error_quotes_no_secret_and_no_endless_text() {
        let error = |source: &str| {
            let source = std::io::Error::other(source.to_owned());
            let source = Some(source.into());
            Error::from(Cause::Truncated { received: 1, expected: None, source })
        };
        let shown = |error: Error| error.without(&["ghp_secret"]).source().unwrap().to_string();
        assert_eq!(shown(error("no route to host")), "no route to host");
        assert_eq!(
            shown(error("closed by remote: ghp_secret\u{1b}[2J")),
            "closed by remote: [hidden][2J"
        );
        assert_eq!(shown(error(&"x".repeat(5000))).len(), 256);
    }

    #[test]
    fn an_error_returned_from_main_can_be_read() {
        let source = std::io::Error::other("no route to host");
        let error: Error = Cause::Transport {
            failure: Failure::Connect,
            server: "ghes.example.com:443".to_owned(),
            received: None,
            source: Some(source.into()),
        }
        .into();
        assert_eq!(
            format!("{:?}", error.of("get_json")),
            "get_json: cannot connect to ghes.example.com:443 (Transport)\n  caused by: no route to host"
        );
    }
}
