//! Why a response of the host of the content is not the content.

use http::header::{CONTENT_ENCODING, CONTENT_TYPE};
use http::{HeaderName, StatusCode};

use crate::runtime::clock;
use crate::runtime::download::rest::Rest;
use crate::runtime::download::signed_url::SignedUrl;
use crate::runtime::http::{Unread, rate_limit};
use crate::runtime::response::Meta;
use crate::runtime::response::error::{Cause, Error, ErrorBody, Unavailable, can_pass};
use crate::runtime::url::Url;

/// The types of pages. A proxy or a storage host can send one with a status of success.
const PAGES: [&str; 4] = ["text/html", "application/xhtml", "application/xml", "text/xml"];

/// Refuses a success that is not the content, or not the rest that was requested: the body must be all of it,
/// unencoded, and not a page, unless the operation answers with one (`accepts`).
pub(super) fn check(meta: &Meta, rest: Option<&Rest>, accepts: &str) -> Result<(), Error> {
    let header =
        |name: HeaderName| meta.header(name.as_str()).unwrap_or_default().to_ascii_lowercase();
    let content_type = header(CONTENT_TYPE);
    let is_rest = || rest.is_some_and(|rest| rest.total_in(meta).is_some());
    let is_page = PAGES.iter().any(|page| *page != accepts && content_type.starts_with(page));
    let what = if is_page {
        "it is a page, perhaps a login page"
    } else if meta.status() == StatusCode::PARTIAL_CONTENT && !is_rest() {
        "it is a part that was not requested"
    } else if !matches!(meta.status(), StatusCode::OK | StatusCode::PARTIAL_CONTENT) {
        "its status is neither 200 nor 206"
    } else if !matches!(header(CONTENT_ENCODING).as_str(), "" | "identity") {
        "it has an encoding that was not requested"
    } else {
        return Ok(());
    };
    let cause =
        Cause::Unavailable { reason: Unavailable::NotTheContent(what), body: ErrorBody::default() };
    Err(Error::from(cause).with_meta(meta.clone()))
}

/// The error of a response that is not a success, with its body; or the error of a request without a response.
/// `urls` are those that were requested, along redirects; `count` grows with the bytes of the body.
pub(super) async fn refusal(
    result: Result<Unread, Error>,
    link: &SignedUrl,
    urls: &[Url],
    tokens: &[String],
    count: &mut u64,
) -> Error {
    let Unread { meta, mut body, .. } = match result {
        Ok(response) => response,
        Err(error) => return error,
    };
    let status = meta.status();
    let body = ErrorBody::of_content(body.start(count).await, urls, tokens);
    let reason = match status {
        StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN if is_late(&body, link, &meta) => {
            Some(Unavailable::LinkExpired)
        }
        StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => {
            Some(Unavailable::Refused(body.explanation.code.clone()))
        }
        StatusCode::NOT_FOUND => Some(Unavailable::NotFound),
        StatusCode::GONE => Some(Unavailable::Gone),
        _ => None,
    };
    let cause = match reason {
        Some(reason) => Cause::Unavailable { reason, body },
        None => {
            let retry_after = rate_limit::retry_after(&meta).filter(|_| can_pass(status));
            let retry_at = retry_after.map(clock::after);
            Cause::Status { of_content: true, hint: None, retry_at, body }
        }
    };
    Error::from(cause).with_meta(meta)
}

/// True if the link was refused because its time is over.
fn is_late(body: &ErrorBody, link: &SignedUrl, meta: &Meta) -> bool {
    let text = String::from_utf8_lossy(&body.bytes);
    let now = meta.date().unwrap_or_else(clock::now);
    text.contains("time frame") || text.contains("Request has expired") || link.has_expired(now)
}
