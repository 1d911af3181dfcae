//! Fetches content from the host that the API redirects to.

use std::time::Duration;

use http::header::{CONTENT_ENCODING, CONTENT_TYPE};
use http::{HeaderMap, HeaderName, StatusCode};
use tokio::time::Instant;

use crate::runtime::clock;
use crate::runtime::download::byte_stream::ByteStream;
use crate::runtime::download::signed_url::SignedUrl;
use crate::runtime::http::redirect::{Redirects, is_redirect};
use crate::runtime::http::{Call, CallSpan, Expected, Reply, ReplyBody, Unread, Via, rate_limit};
use crate::runtime::response::Meta;
use crate::runtime::response::error::{Cause, Error, ErrorBody, Unavailable, is_transient};
use crate::runtime::settings::budget;

/// An older link is not tried again: the documented minute can be over before the response comes.
const FRESH: Duration = Duration::from_secs(45);

/// The most bytes of the body of an error that are kept.
const LARGEST_ERROR_BODY: usize = 64 << 10;

/// The answer of the API: a link, or the content itself.
pub(super) enum Found {
    Link(Link),
    Content(Box<Unread>),
}

/// A link, and the time at which the API gave it.
pub(super) struct Link {
    pub(super) url: SignedUrl,
    given: Instant,
    span: CallSpan,
}

/// An attempt to fetch the content that failed.
enum Failed {
    /// A fresh link can help.
    Link(Error),
    Final(Error),
}

impl Call {
    /// Asks the API where the content is.
    pub(super) async fn find(&self) -> Result<Found, Error> {
        let Reply { url, meta, body, span } = self.send(self.url()?, &Expected::Redirect).await?;
        match body {
            ReplyBody::Open(unread) => Ok(Found::Content(unread)),
            ReplyBody::Read(_) => {
                let url = SignedUrl::from_location(&url, &meta).map_err(|e| e.of(self.id()))?;
                Ok(Found::Link(Link { url, given: Instant::now(), span }))
            }
        }
    }

    /// Fetches the content. A link can expire or be refused on the way: then one fresh link is requested.
    pub(super) async fn fetch(&self, range: &HeaderMap) -> Result<ByteStream, Error> {
        let result = self.until_deadline(self.fetch_twice(range)).await;
        result.and_then(|result| result).map_err(|error| error.of(self.id()))
    }

    async fn fetch_twice(&self, range: &HeaderMap) -> Result<ByteStream, Error> {
        let mut last = None;
        for _ in 0..2 {
            let link = match self.find().await? {
                Found::Content(unread) => return self.content(*unread, range),
                Found::Link(link) => link,
            };
            let fetched = link.span.run(self.fetch_once(&link, range)).await;
            match fetched {
                Ok(stream) => return Ok(stream),
                Err(Failed::Final(error)) => {
                    link.span.fails(&error);
                    return Err(error);
                }
                Err(Failed::Link(error)) => {
                    link.span.fails(&error);
                    last = Some(error);
                }
            }
        }
        Err(last.unwrap_or_else(|| Error::config("no link was requested")))
    }

    /// Requests the content along the redirects of its host.
    async fn fetch_once(&self, link: &Link, range: &HeaderMap) -> Result<ByteStream, Failed> {
        let mut redirects = Redirects::of_content(link.url.url().clone());
        let mut can_retry = self.retry().attempts > 1;
        loop {
            let result = self.response(Via::Content, redirects.at(), range.clone()).await;
            let again = match &result {
                Ok(response) => storage_wait(&response.meta),
                Err(error) if error.is_retryable() => Some(Duration::ZERO),
                Err(_) => None,
            };
            let mut response = match (again, result) {
                (None, Ok(response)) => response,
                (None, Err(error)) => return Err(Failed::Final(error)),
                (Some(wait), result) => {
                    let wait =
                        wait.max(self.retry().wait_after(1, result.is_err(), fastrand::f64()));
                    let is_fresh = link.given.elapsed() + wait < FRESH;
                    if is_fresh && can_retry && self.settings.budget.spend(budget::FAILURE) {
                        can_retry = false;
                        self.pause(&link.span, wait).await;
                        continue;
                    }
                    let error = match result {
                        Ok(response) => status(response, Some(wait)).await,
                        Err(error) => error,
                    };
                    return Err(if is_fresh { Failed::Final(error) } else { Failed::Link(error) });
                }
            };
            let meta = &response.meta;
            let reason = match meta.status() {
                status if status.is_success() => {
                    return self.content(response, range).map_err(Failed::Final);
                }
                status if is_redirect(status) => {
                    redirects.follow(meta).map_err(Failed::Final)?;
                    continue;
                }
                StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => {
                    return Err(Failed::Link(refused(response, link).await));
                }
                StatusCode::NOT_FOUND => Unavailable::NotFound,
                StatusCode::GONE => Unavailable::Gone,
                _ => return Err(Failed::Final(status(response, None).await)),
            };
            let body = ErrorBody::read(response.body.start(LARGEST_ERROR_BODY).await, None);
            return Err(Failed::Final(unavailable(reason, body, response.meta)));
        }
    }

    /// A response that is the content: all of it or the range, unencoded, and not a page.
    fn content(&self, response: Unread, range: &HeaderMap) -> Result<ByteStream, Error> {
        let meta = &response.meta;
        let header =
            |name: HeaderName| meta.header(name.as_str()).unwrap_or_default().to_ascii_lowercase();
        let content_type = header(CONTENT_TYPE);
        let pages = ["text/html", "application/xhtml", "application/xml", "text/xml"];
        let is_whole = meta.status() == StatusCode::OK;
        let is_range = meta.status() == StatusCode::PARTIAL_CONTENT && !range.is_empty();
        let what = if pages.iter().any(|page| content_type.starts_with(page)) {
            "a page, perhaps a login page"
        } else if !is_whole && !is_range {
            "only a part of it"
        } else if !matches!(header(CONTENT_ENCODING).as_str(), "" | "identity") {
            "encoded, which was not requested"
        } else {
            return Ok(ByteStream::new(self, response));
        };
        let reason = Unavailable::NotTheContent(what);
        Err(unavailable(reason, ErrorBody::default(), response.meta))
    }
}

/// The wait before the same link is tried again; `None` for statuses that do not change with time.
fn storage_wait(meta: &Meta) -> Option<Duration> {
    let can_pass = is_transient(meta.status()) || matches!(meta.status().as_u16(), 408 | 429);
    can_pass.then(|| rate_limit::retry_after(meta).unwrap_or_default())
}

/// An error status of the storage host, with its body.
async fn status(mut response: Unread, wait: Option<Duration>) -> Error {
    let body = ErrorBody::read(response.body.start(LARGEST_ERROR_BODY).await, None);
    let retry_at = wait.map(clock::after);
    let cause = Cause::Status { of_content: true, hint: None, retry_at, body };
    Error::from(cause).with_meta(response.meta)
}

/// 401 or 403: an expired signature and a refused one look alike.
async fn refused(mut response: Unread, link: &Link) -> Error {
    let bytes = response.body.start(LARGEST_ERROR_BODY).await;
    let text = String::from_utf8_lossy(&bytes);
    let is_late = text.contains("time frame") || text.contains("Request has expired");
    let now = response.meta.date().unwrap_or_else(clock::now);
    let reason = if is_late || link.url.has_expired(now) {
        Unavailable::LinkExpired
    } else {
        Unavailable::Refused(code(&text))
    };
    unavailable(reason, ErrorBody::read(bytes, None), response.meta)
}

fn unavailable(reason: Unavailable, body: ErrorBody, meta: Meta) -> Error {
    Error::from(Cause::Unavailable { reason, body }).with_meta(meta)
}

/// The `<Code>` of a storage host's XML, if it consists of letters and digits.
fn code(xml: &str) -> Option<String> {
    let (_, rest) = xml.split_once("<Code>")?;
    let (code, _) = rest.split_once("</Code>")?;
    let is_plain = code.len() <= 64 && code.chars().all(|c| c.is_ascii_alphanumeric());
    is_plain.then(|| code.to_owned())
}
