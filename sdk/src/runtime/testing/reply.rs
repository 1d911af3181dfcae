//! One reply of a script.

use std::time::Duration;

use bytes::Bytes;
use http::header::{
    CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE, LINK, LOCATION, RETRY_AFTER, TRANSFER_ENCODING,
};
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use serde::Serialize;
use serde_json::json;

use crate::runtime::testing::body::Part;

/// Reply of a [`Script`](super::Script) to a request.
///
/// Each kind of error has a reply that leads to it:
///
/// | [`ErrorKind`](crate::ErrorKind) | Reply |
/// | --- | --- |
/// | `Status` | [`not_found`](Self::not_found), [`unauthorized`](Self::unauthorized), [`forbidden`](Self::forbidden), [`maintenance`](Self::maintenance), [`status`](Self::status) |
/// | `RateLimited` | [`rate_limited`](Self::rate_limited), [`secondary_limit`](Self::secondary_limit) |
/// | `Unavailable` | [`gone`](Self::gone), [`no_content_yet`](Self::no_content_yet) |
/// | `Transport` | [`unreachable`](Self::unreachable) |
/// | `Timeout` | [`silence`](Self::silence) |
/// | `Truncated`, `Stalled` | [`cut`](Self::cut), [`stalled`](Self::stalled) |
/// | `Decode` | [`web_page`](Self::web_page), or [`json`](Self::json) of another form |
/// | `Redirect` | [`redirect`](Self::redirect) to another origin |
/// | `Pagination` | [`json`](Self::json) with [`with_next`](Self::with_next) of another origin |
/// | `BodyTooLarge` | any reply, with [`Request::with_size_limit`](crate::Request::with_size_limit) |
/// | `InvalidInput`, `Config`, `File` | none: these happen before a request or after the reply |
///
/// A reply that cannot be sent, such as one with an invalid header, fails the request with
/// [`ErrorKind::Config`](crate::ErrorKind::Config) and the reason.
#[derive(Clone, Debug)]
#[must_use = "a reply is an argument of a script"]
pub struct Reply {
    pub(super) then: Then,
    pub(super) delay: Duration,
    /// The reason why the reply cannot be sent.
    pub(super) fault: Option<String>,
}

/// A response, or the fault in its place.
#[derive(Clone, Debug)]
pub(super) enum Then {
    Response(Response),
    /// A redirect to content with this response.
    Content(Response),
    /// The server is not reached.
    Unreachable,
    /// The server sends no response.
    Silence,
}

#[derive(Clone, Debug)]
pub(super) struct Response {
    pub(super) status: StatusCode,
    pub(super) headers: HeaderMap,
    pub(super) parts: Vec<Part>,
    pub(super) length: u64,
}

impl Response {
    fn new(status: StatusCode, media: &'static str, body: impl Into<Bytes>) -> Self {
        let body = body.into();
        let headers = [(CONTENT_TYPE, HeaderValue::from_static(media))].into_iter().collect();
        let length = body.len() as u64;
        Self { status, headers, parts: vec![Part::Bytes(body)], length }
    }

    /// The first half of the body, and then something else.
    fn half(&mut self, then: Part) {
        if let Some(Part::Bytes(body)) = self.parts.first_mut() {
            body.truncate(body.len() / 2);
        }
        self.parts.push(then);
    }
}

/// # Successes
impl Reply {
    /// A 200 with a value as JSON.
    pub fn json(value: &impl Serialize) -> Self {
        match serde_json::to_vec(value) {
            Ok(json) => Self::response(Response::new(StatusCode::OK, "application/json", json)),
            Err(error) => Self::status(500).refused(format!("the value is not JSON: {error}")),
        }
    }

    /// The two responses of a download: a redirect to a signed URL, and there this content, as text. Changes of the
    /// reply are changes of the second response.
    pub fn content(content: impl Into<Bytes>) -> Self {
        Then::Content(Response::new(StatusCode::OK, "text/plain; charset=utf-8", content)).into()
    }

    /// A 304: the answer still has the ETag of the request. Set the ETag of the first answer with
    /// [`with_header`](Self::with_header).
    pub fn not_modified() -> Self {
        Self::status(304)
    }

    /// A redirect.
    pub fn redirect(to: &str) -> Self {
        Self::response(Response::new(StatusCode::FOUND, "text/html", ""))
            .with_header("location", to)
    }
}

/// # Errors
impl Reply {
    /// An error as GitHub sends it: the status, and JSON with its name as the message. A 204 or 304 has no body.
    pub fn status(status: u16) -> Self {
        let (valid, fault) = match StatusCode::from_u16(status) {
            Ok(valid) => (valid, None),
            Err(_) => (StatusCode::IM_A_TEAPOT, Some(format!("{status} is not a status"))),
        };
        let message = valid.canonical_reason().unwrap_or_default();
        let reply = Self::response(Response::new(valid, "application/json", ""));
        Self { fault, ..reply.with_message(message) }
    }

    /// A 404: the thing does not exist, or the token cannot see it.
    pub fn not_found() -> Self {
        Self::status(404)
    }

    /// A 401: the token is not valid. A client asks its token provider for another one.
    pub fn unauthorized() -> Self {
        Self::status(401).with_message("Bad credentials")
    }

    /// A 403: the token does not have the permission.
    pub fn forbidden() -> Self {
        Self::status(403).with_message("Resource not accessible by integration")
    }

    /// A 410: the content has expired.
    pub fn gone() -> Self {
        Self::status(410).with_message("Server Error")
    }

    /// A redirect to content that is not written yet: its host answers 404.
    pub fn no_content_yet() -> Self {
        let body = "<Error><Code>BlobNotFound</Code></Error>";
        Then::Content(Response::new(StatusCode::NOT_FOUND, "application/xml", body)).into()
    }

    /// A 403 for the primary rate limit, which ends after this time. The client waits for it, or fails at once if the
    /// time is longer than its [`LimitPolicy`](crate::LimitPolicy) allows.
    pub fn rate_limited(wait: Duration) -> Self {
        Self::status(403)
            .with_message("API rate limit exceeded")
            .with_header("x-ratelimit-remaining", "0")
            .with_header(RETRY_AFTER.as_str(), &wait.as_secs().to_string())
    }

    /// A 403 for the secondary rate limit, without a time. The client waits a minute, then two.
    pub fn secondary_limit() -> Self {
        Self::status(403).with_message("You have exceeded a secondary rate limit")
    }

    /// A 503 with the page of a server in maintenance mode.
    pub fn maintenance() -> Self {
        let page = "<html><title>Maintenance</title><p>The server is down for maintenance.";
        let response = Response::new(StatusCode::SERVICE_UNAVAILABLE, "text/html", page);
        Self::response(response)
    }

    /// A 200 with a web page instead of JSON, as a proxy's login page is.
    pub fn web_page() -> Self {
        Self::response(Response::new(StatusCode::OK, "text/html", "<html><p>Please log in."))
    }

    /// The connection to the server is refused.
    pub fn unreachable() -> Self {
        Then::Unreachable.into()
    }

    /// The server sends no response, so that the client's time-out ends the request. Use tokio's paused clock.
    pub fn silence() -> Self {
        Then::Silence.into()
    }
}

/// # Changes
impl Reply {
    /// Sets a header of the response.
    pub fn with_header(self, name: &str, value: &str) -> Self {
        match (HeaderName::try_from(name), HeaderValue::try_from(value)) {
            (Ok(name), _) if [CONTENT_ENCODING, TRANSFER_ENCODING].contains(&name) => {
                self.refused(format!("a script does not encode: `{name}`"))
            }
            (Ok(name), Ok(value)) => self.changed(|response| {
                response.headers.insert(name, value);
            }),
            _ => self.refused(format!("`{name}: {value}` is not a header")),
        }
    }

    /// Sets the message of an error.
    pub fn with_message(self, message: &str) -> Self {
        self.changed(|response| {
            let body = Bytes::from(json!({ "message": message }).to_string());
            response.length = body.len() as u64;
            response.parts = vec![Part::Bytes(body)];
        })
    }

    /// Adds a link to the next page of a list.
    pub fn with_next(self, url: &str) -> Self {
        self.with_header(LINK.as_str(), &format!("<{url}>; rel=\"next\""))
    }

    /// Sends the response after this time. Use tokio's paused clock.
    pub fn after(mut self, delay: Duration) -> Self {
        self.delay = delay;
        self
    }

    /// Sends half of the body, then the connection breaks.
    pub fn cut(self) -> Self {
        self.changed(|response| response.half(Part::Cut))
    }

    /// Sends half of the body, then nothing any more. Use tokio's paused clock.
    pub fn stalled(self) -> Self {
        self.changed(|response| response.half(Part::Silence))
    }

    fn changed(mut self, change: impl FnOnce(&mut Response)) -> Self {
        match &mut self.then {
            Then::Response(response) | Then::Content(response) => change(response),
            Then::Unreachable | Then::Silence => {
                return self.refused("it has no response that can be changed".to_owned());
            }
        }
        self
    }

    fn refused(mut self, fault: String) -> Self {
        self.fault.get_or_insert(fault);
        self
    }

    fn response(response: Response) -> Self {
        Then::Response(response).into()
    }

    /// The redirect to content at a URL.
    pub(super) fn to_content(url: &str) -> Response {
        let mut redirect = Response::new(StatusCode::FOUND, "text/html", "");
        if let Ok(url) = HeaderValue::try_from(url) {
            redirect.headers.insert(LOCATION, url);
        }
        redirect
    }
}

impl Response {
    /// The response on the wire.
    pub(super) fn headers(&self) -> HeaderMap {
        let mut headers = self.headers.clone();
        headers.insert(CONTENT_LENGTH, self.length.into());
        headers
    }
}

impl From<Then> for Reply {
    fn from(then: Then) -> Self {
        Self { then, delay: Duration::ZERO, fault: None }
    }
}
