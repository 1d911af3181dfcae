//! One attempt: the headers, the API's own redirects, the body.

use http::header::{ACCEPT, AUTHORIZATION, CONTENT_LENGTH, CONTENT_TYPE, IF_NONE_MATCH};
use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode};
use reqwest::Body;
use tokio::time::timeout;

use crate::runtime::args::invalid_input::InvalidInput;
use crate::runtime::http::body::Incoming;
use crate::runtime::http::outcome::rate_limited;
use crate::runtime::http::rate_limit;
use crate::runtime::http::redirect::{Redirects, fault, is_redirect};
use crate::runtime::http::send::Progress;
use crate::runtime::http::trace;
use crate::runtime::http::transport;
use crate::runtime::http::{Call, Expected, Reply, ReplyBody};
use crate::runtime::response::Meta;
use crate::runtime::response::error::{Cause, Error, ErrorBody, Failure, Late, RedirectFault};
use crate::runtime::settings::auth::Authorization;
use crate::runtime::settings::transport::Via;
use crate::runtime::url::{Url, host_and_port};

/// The media type that GitHub recommends, and the one of its description for servers that do not know it. It
/// cannot be changed, because the types of the SDK are those of this representation.
const ACCEPTED: &str = "application/vnd.github+json, application/json;q=0.9";

const API_VERSION: HeaderName = HeaderName::from_static("x-github-api-version");

/// The size limit of a JSON response in bytes, after decompression, unless the request has another.
const LARGEST_BODY: u64 = 16 << 20;

/// A response whose body was not read.
pub(crate) struct Response {
    pub(crate) meta: Meta,
    pub(crate) body: Incoming,
    pub(crate) is_http2: bool,
}

impl Call {
    /// Sends a request, follows the API's own redirects, and reads the body.
    pub(super) async fn attempt(
        &self,
        url: Url,
        expected: &Expected<'_>,
        token: Option<&Authorization>,
        progress: &mut Progress,
    ) -> Result<Reply, Error> {
        let limit = self.settings.timeouts.answer;
        let left = self.left();
        let shorter = left.map_or(limit, |left| limit.min(left));
        match timeout(shorter, self.follow(url, expected, token, progress)).await {
            Ok(result) => result,
            Err(_) if left == Some(shorter) => Err(Cause::Timeout(Late::Deadline).into()),
            Err(_) => Err(Cause::Timeout(Late::Response { limit }).into()),
        }
    }

    async fn follow(
        &self,
        url: Url,
        expected: &Expected<'_>,
        token: Option<&Authorization>,
        progress: &mut Progress,
    ) -> Result<Reply, Error> {
        let base = self.data.operation.base();
        let mut redirects = Redirects::of_api(url, &self.settings.api, base);
        loop {
            progress.requests += 1;
            let headers = self.headers(expected, token);
            let response = self.response(Via::Api, redirects.at(), headers).await?;
            let meta = &response.meta;
            self.settings.gates.learn(&self.counted_as, meta);
            let is_deprecated = meta.deprecation().is_some() || meta.has("sunset");
            if is_deprecated && self.settings.is_first_notice(self.id()) {
                progress.span.deprecated(meta);
            }
            // A success can be the last one that the rate limit allows.
            if let Some(spent) = rate_limit::spent(meta) {
                self.settings.gates.close(spent.resource.as_deref(), spent.limit, spent.wait);
            }
            if is_redirect(meta.status()) && !expected.is_success(meta.status()) {
                // A browser would send a GET to the new place, which is another operation.
                let keeps_method = matches!(meta.status().as_u16(), 307 | 308);
                let is_get = self.data.operation.method() == Method::GET;
                if !is_get && (!keeps_method || self.is_spent()) {
                    return Err(fault(RedirectFault::OfChange, meta));
                }
                redirects.follow(meta)?;
                // The redirect can be the last response that the rate limit allows. The call begins again after it.
                if let Some((wait, limit)) = self.settings.gates.closed_for(&self.counted_as) {
                    return Err(
                        rate_limited(wait, limit, ErrorBody::default()).with_meta(meta.clone())
                    );
                }
                continue;
            }
            let (meta, body) = self.read(response, expected, &mut progress.bytes).await?;
            let span = progress.span.clone();
            return Ok(Reply { url: redirects.into_url(), meta, body, span });
        }
    }

    fn headers(&self, expected: &Expected<'_>, token: Option<&Authorization>) -> HeaderMap {
        let mut headers = self.settings.headers.clone();
        headers.extend(self.data.headers.clone());
        headers.insert(ACCEPT, accepted(self.data.operation.accepts()));
        if let Some(content) = &self.content {
            headers.insert(CONTENT_TYPE, content.content_type.clone());
        } else if matches!(
            *self.data.operation.method(),
            Method::POST | Method::PUT | Method::PATCH
        ) {
            // Servers refuse such a request without a length, and hyper leaves out that of an empty body.
            headers.insert(CONTENT_LENGTH, HeaderValue::from_static("0"));
        }
        if let Some(version) = &self.settings.api_version {
            headers.insert(API_VERSION, version.clone());
        }
        if let Some(token) = token {
            headers.insert(AUTHORIZATION, token.header.clone());
        }
        if let Expected::JsonIfChanged(etag) = expected {
            headers.insert(IF_NONE_MATCH, (*etag).clone());
        }
        headers
    }

    /// Sends one request, and waits for the first byte of its response.
    pub(crate) async fn response(
        &self,
        via: Via,
        url: &Url,
        headers: HeaderMap,
    ) -> Result<Response, Error> {
        let mut request = http::Request::new(Body::default());
        if via == Via::Api {
            *request.method_mut() = self.data.operation.method().clone();
            if let Some(content) = &self.content {
                *request.body_mut() = content.body.to_send();
            }
        }
        *request.uri_mut() = url.as_str().parse().map_err(|_| unusable(via))?;
        *request.headers_mut() = headers;
        let (transport, server) = (&self.settings.transport, request.uri().clone());
        // The host of content can need another proxy than the API.
        let proxy = transport.proxy_to(url)?;
        trace::sends(via);
        let limit = self.settings.timeouts.first_byte;
        let sending = transport::send(transport, via, self.id(), request, proxy.as_deref());
        let response = timeout(limit, sending).await;
        let late = Late::FirstByte { limit, of_content: via == Via::Content };
        let response = response.map_err(|_| Cause::Timeout(late))??;
        let is_http2 = response.version() >= http::Version::HTTP_2;
        let (parts, body) = response.into_parts();
        let meta = Meta::new(parts.status, parts.headers);
        // Over https, the proxy's own 407 is an error of the connection, and this 407 is one of the server.
        if let Some(proxy) = proxy
            && url.scheme() == "http"
            && meta.status() == StatusCode::PROXY_AUTHENTICATION_REQUIRED
        {
            let failure = Failure::ProxyAuthentication(proxy);
            let server = host_and_port(url);
            let cause = Cause::Transport { failure, server, received: None, source: None };
            return Err(Error::from(cause).with_meta(meta));
        }
        Ok(Response { meta, body: Incoming::new(body, server), is_http2 })
    }

    async fn read(
        &self,
        response: Response,
        expected: &Expected<'_>,
        count: &mut u64,
    ) -> Result<(Meta, ReplyBody), Error> {
        let Response { meta, mut body, is_http2 } = response;
        let body = if !expected.is_success(meta.status()) {
            ReplyBody::Read(body.start(count).await)
        } else if !matches!(expected, Expected::Redirect) {
            let whole = body.whole(self.options.size_limit.unwrap_or(LARGEST_BODY), count).await;
            ReplyBody::Read(whole.map_err(|error| error.with_meta(meta.clone()))?)
        } else if meta.status().is_success() {
            ReplyBody::Open(Box::new(Response { meta: meta.clone(), body, is_http2 }))
        } else {
            ReplyBody::Read(Vec::new())
        };
        Ok((meta, body))
    }
}

/// The media types that are accepted: those of GitHub's JSON, and the one of the answer.
fn accepted(answer: &str) -> HeaderValue {
    if answer.is_empty() {
        return HeaderValue::from_static(ACCEPTED);
    }
    // A server that prefers its own JSON would not send the documented answer.
    let all = format!("{answer}, application/vnd.github+json;q=0.9, application/json;q=0.8");
    HeaderValue::try_from(all).unwrap_or(HeaderValue::from_static(ACCEPTED))
}

fn unusable(via: Via) -> Error {
    match via {
        Via::Api => InvalidInput::new("the URL of the request is too long").into(),
        Via::Content => Cause::Redirect(RedirectFault::InvalidLocation).into(),
    }
}
