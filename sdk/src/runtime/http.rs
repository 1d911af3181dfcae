//! One request under every policy of the client: permits, rate limits, attempts, redirects.

mod attempt;
mod body;
mod decision;
mod hint;
mod outcome;
pub(crate) mod rate_limit;
pub(crate) mod redirect;
mod send;
mod trace;
mod transport;
mod transport_error;

use std::borrow::Cow;
use std::sync::Arc;
use std::time::Duration;

use http::{HeaderValue, StatusCode};
use serde::de::DeserializeOwned;
use tokio::time::Instant;

pub(crate) use attempt::Response as Unread;
pub(crate) use body::Incoming;
pub(crate) use trace::CallSpan;

use crate::runtime::request::data::Data;
use crate::runtime::request::payload::Encoded;
use crate::runtime::response::decode::decode;
use crate::runtime::response::error::Error;
use crate::runtime::response::{Meta, Response};
use crate::runtime::settings::Settings;
use crate::runtime::settings::policies::RetryPolicy;
use crate::runtime::url::Url;

/// The options of one call.
#[derive(Clone, Debug, Default)]
pub(crate) struct Options {
    pub(crate) time_limit: Option<Duration>,
    pub(crate) size_limit: Option<u64>,
    pub(crate) retry: Option<RetryPolicy>,
}

/// A call that has begun: its deadline runs.
#[derive(Clone)]
pub(crate) struct Call {
    pub(crate) settings: Arc<Settings>,
    pub(crate) data: Data,
    content: Option<Encoded>,
    pub(crate) options: Options,
    /// The name under which the gates know the operation.
    counted_as: Cow<'static, str>,
    deadline: Option<Instant>,
}

/// The success of a call.
pub(crate) enum Expected<'e> {
    /// A 2xx, whose body is read.
    Json,
    /// As `Json`, or a 404.
    YesOrNo,
    /// As `Json`, or a 304 if the response still has this ETag.
    JsonIfChanged(&'e HeaderValue),
    /// A 302, which is not followed; or a 2xx that is the content, whose body is not read.
    Redirect,
}

/// A response that was expected.
pub(crate) struct Reply {
    /// The URL that it came from, after redirects.
    pub(crate) url: Url,
    pub(crate) meta: Meta,
    pub(crate) body: ReplyBody,
    /// For what belongs to the call and comes after the response.
    pub(crate) span: CallSpan,
}

pub(crate) enum ReplyBody {
    Read(Vec<u8>),
    Open(Box<Unread>),
}

impl Call {
    /// Starts the clock of the deadline. The first argument that was refused is the error.
    pub(crate) fn begin(
        settings: Arc<Settings>,
        mut data: Data,
        options: Options,
    ) -> Result<Self, Error> {
        data.check().map_err(|refused| Error::from(refused).of(data.operation.id()))?;
        // A time limit that is too far ahead for the clock is none.
        let deadline = options.time_limit.and_then(|limit| Instant::now().checked_add(limit));
        let counted_as = data.counted_as();
        let content = data.encoded();
        Ok(Self { settings, data, content, options, counted_as, deadline })
    }

    /// The id of the operation.
    pub(crate) fn id(&self) -> &'static str {
        self.data.operation.id()
    }

    /// An error of this call: with the operation, and without the token.
    pub(crate) fn error(&self, error: impl Into<Error>) -> Error {
        error.into().without(&self.settings.token.secrets()).of(self.id())
    }

    /// True if the body of the request was read, and cannot be sent again.
    fn is_spent(&self) -> bool {
        self.content.as_ref().is_some_and(|content| content.body.is_spent())
    }

    /// The URL of the request.
    pub(crate) fn url(&self) -> Result<Url, Error> {
        let base = self.settings.api.of(self.data.operation.base());
        self.data.url(base).map_err(|refused| self.error(refused))
    }

    /// The time until the deadline.
    pub(crate) fn left(&self) -> Option<Duration> {
        self.deadline.map(|deadline| deadline.saturating_duration_since(Instant::now()))
    }

    pub(crate) fn retry(&self) -> &RetryPolicy {
        self.options.retry.as_ref().unwrap_or(&self.settings.retry)
    }

    /// Sends the request, and decodes the response.
    pub(crate) async fn json<T: DeserializeOwned>(&self) -> Result<Response<T>, Error> {
        let Reply { meta, body, span, .. } = self.send(self.url()?, &Expected::Json).await?;
        self.decode(meta, &body.into_bytes(), &span)
    }

    /// As [`json`](Self::json), unless the response still has this ETag.
    pub(crate) async fn json_if_changed<T: DeserializeOwned>(
        &self,
        etag: &HeaderValue,
    ) -> Result<Option<Response<T>>, Error> {
        let expected = Expected::JsonIfChanged(etag);
        let Reply { meta, body, span, .. } = self.send(self.url()?, &expected).await?;
        if meta.status() == StatusCode::NOT_MODIFIED {
            return Ok(None);
        }
        self.decode(meta, &body.into_bytes(), &span).map(Some)
    }

    /// Decodes the body of a response.
    pub(crate) fn decode<T: DeserializeOwned>(
        &self,
        meta: Meta,
        body: &[u8],
        span: &CallSpan,
    ) -> Result<Response<T>, Error> {
        let decoded = decode(meta, body).map_err(|error| self.error(error));
        decoded.inspect_err(|error| span.fails(error))
    }
}

impl Expected<'_> {
    fn is_success(&self, status: StatusCode) -> bool {
        status.is_success()
            || match self {
                Self::Json => false,
                Self::YesOrNo => status == StatusCode::NOT_FOUND,
                Self::JsonIfChanged(_) => status == StatusCode::NOT_MODIFIED,
                Self::Redirect => status == StatusCode::FOUND,
            }
    }

    fn is_content(&self) -> bool {
        matches!(self, Self::Redirect)
    }
}

impl ReplyBody {
    /// The bytes that were read.
    pub(crate) fn into_bytes(self) -> Vec<u8> {
        match self {
            Self::Read(bytes) => bytes,
            Self::Open(_) => Vec::new(),
        }
    }
}
