//! One way for every call: what a request is made of becomes a URL, is sent, and comes back as a
//! value or as the one error type.

use std::fmt;

use http::header::{ACCEPT, AUTHORIZATION};
use http::{HeaderMap, StatusCode};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use reqwest::Url;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::client::Client;
use crate::decode;
use crate::error::{Error, ErrorKind};
use crate::input::InvalidInput;
use crate::names::one_segment;
use crate::redirect::SignedUrl;
use crate::response::{Meta, Response};

/// The media type that GitHub recommends, and the one that its description lists, for servers that
/// know no other. A constant on purpose: the types of the SDK are those of this representation.
const ACCEPTED: &str = "application/vnd.github+json, application/json;q=0.9";

/// A JSON answer is read up to this many bytes, counted after decompression.
const LARGEST_BODY: usize = 16 << 20;

/// Of an answer that is an error, this much is kept.
const LARGEST_ERROR_BODY: usize = 64 << 10;

/// What stays as it is in a segment of a path: the unreserved characters of RFC 3986.
const SEGMENT: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// The constants of an operation.
#[derive(Debug)]
pub(crate) struct Operation {
    /// The operation id of the description, which stands for the call in errors.
    pub(crate) id: &'static str,
    /// The path, with its placeholders.
    pub(crate) path: &'static str,
    /// Whether the path is one of the host, not of the API.
    pub(crate) at_root: bool,
}

/// A call of an operation, with its arguments.
#[derive(Debug)]
pub(crate) struct Call {
    client: Client,
    operation: &'static Operation,
    path: Vec<(&'static str, String)>,
    query: Vec<(&'static str, String)>,
}

impl Call {
    pub(crate) fn new(client: Client, operation: &'static Operation) -> Self {
        Self { client, operation, path: Vec::new(), query: Vec::new() }
    }

    /// Fills a placeholder of the path.
    pub(crate) fn path(
        &mut self,
        name: &'static str,
        value: &impl fmt::Display,
    ) -> Result<(), InvalidInput> {
        let value = value.to_string();
        one_segment(&value).map_err(|refused| refused.of_argument(name))?;
        self.path.push((name, value));
        Ok(())
    }

    /// Adds to the query; a list adds its name once for each item.
    pub(crate) fn query(
        &mut self,
        name: &'static str,
        value: &impl Serialize,
    ) -> Result<(), InvalidInput> {
        let value = serde_json::to_value(value)
            .map_err(|error| InvalidInput::new(format!("`{name}`: {error}")))?;
        let values = match value {
            Value::Array(values) => values,
            value => vec![value],
        };
        for value in values {
            let text = match value {
                Value::String(text) => text,
                value => value.to_string(),
            };
            self.query.push((name, text));
        }
        Ok(())
    }

    /// Sends the request, and decodes a JSON answer.
    pub(crate) async fn json<T: DeserializeOwned>(self) -> Result<Response<T>, Error> {
        let (id, secret) = (self.operation.id, self.client.secret());
        let (mut response, meta) = self.send().await?;
        if !meta.status().is_success() {
            return Err(error(id, response, meta, secret.as_deref()).await);
        }
        let Some(body) =
            read(&mut response, LARGEST_BODY).await.map_err(|error| transport(id, error))?
        else {
            let what = format!("{id}: the answer is larger than {LARGEST_BODY} bytes");
            return Err(Error::unreadable(ErrorKind::BodyTooLarge, what, meta));
        };
        decode::decode(id, meta, &body)
    }

    /// Sends the request, and gives where the answer redirects to.
    pub(crate) async fn location(self) -> Result<SignedUrl, Error> {
        let (id, secret) = (self.operation.id, self.client.secret());
        let url = self.url()?;
        let (response, meta) = self.send().await?;
        match meta.status() {
            StatusCode::FOUND => SignedUrl::from_location(&url, meta),
            status if status.is_success() => {
                let what = format!(
                    "{id}: the server answered {status} with the content itself, not with a redirect to it"
                );
                Err(Error::unreadable(ErrorKind::Redirect, what, meta))
            }
            _ => Err(error(id, response, meta, secret.as_deref()).await),
        }
    }

    /// The base URL, the segments of the path, the query.
    fn url(&self) -> Result<Url, InvalidInput> {
        let mut url = self.client.base_url().clone();
        let base = url.path().trim_end_matches('/');
        let base = if self.operation.at_root { base.trim_end_matches("/api/v3") } else { base };
        let mut path = base.to_owned();
        let mut template = self.operation.path;
        while let Some((literal, rest)) = template.split_once('{') {
            let (name, rest) = rest.split_once('}').unwrap_or((rest, ""));
            let value = self.path.iter().find(|(known, _)| *known == name);
            path.push_str(literal);
            path.extend(utf8_percent_encode(value.map_or("", |(_, value)| value), SEGMENT));
            template = rest;
        }
        path.push_str(template);
        url.set_path(&path);
        // The types of the arguments have refused what a URL parser would read as another path; this
        // is where a gap in them would show.
        if url.path() != path {
            return Err(InvalidInput::new(format!(
                "the arguments of {} do not make its path",
                self.operation.id
            )));
        }
        if !self.query.is_empty() {
            url.query_pairs_mut().extend_pairs(&self.query);
        }
        Ok(url)
    }

    async fn send(self) -> Result<(reqwest::Response, Meta), Error> {
        let mut headers = HeaderMap::new();
        headers.insert(ACCEPT, http::HeaderValue::from_static(ACCEPTED));
        if let Some(version) = self.client.api_version() {
            headers.insert("x-github-api-version", version.clone());
        }
        if let Some(authorization) = self.client.authorization() {
            headers.insert(AUTHORIZATION, authorization.clone());
        }
        let request = self.client.http().get(self.url()?).headers(headers);
        let response = request.send().await.map_err(|error| transport(self.operation.id, error))?;
        let meta = Meta::new(response.status(), response.headers().clone());
        Ok((response, meta))
    }
}

/// The body, or `None` where it is larger than the limit.
async fn read(
    response: &mut reqwest::Response,
    limit: usize,
) -> Result<Option<Vec<u8>>, reqwest::Error> {
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await? {
        let room = limit.saturating_sub(body.len());
        body.extend(chunk.iter().take(room));
        if chunk.len() > room {
            return Ok(None);
        }
    }
    Ok(Some(body))
}

/// An error answer keeps its status whatever becomes of its body: too large, cut, or no JSON.
async fn error(
    operation: &str,
    mut response: reqwest::Response,
    meta: Meta,
    secret: Option<&str>,
) -> Error {
    let mut body = Vec::new();
    while let Ok(Some(chunk)) = response.chunk().await {
        body.extend(chunk.iter().take(LARGEST_ERROR_BODY - body.len()));
        if body.len() == LARGEST_ERROR_BODY {
            break;
        }
    }
    Error::from_answer(operation, meta, body, secret)
}

/// reqwest's errors print the URL with its query; the host is all that helps.
fn transport(operation: &str, error: reqwest::Error) -> Error {
    let host = error.url().map(|url| {
        let port = url.port_or_known_default().map_or(String::new(), |port| format!(":{port}"));
        format!(" {}{port}", url.host_str().unwrap_or_default())
    });
    let (kind, what) = match (error.is_timeout(), error.is_connect()) {
        (true, _) => (ErrorKind::Timeout, "no complete answer in time from"),
        (_, true) => (ErrorKind::Transport, "cannot connect to"),
        _ => (ErrorKind::Transport, "the connection broke to"),
    };
    let what = format!("{operation}: {what}{}", host.as_deref().unwrap_or(" the server"));
    Error::new(kind, what).with_source(error.without_url())
}
