//! A call: an operation with its arguments, and what can be made of it.

use std::borrow::Cow;
use std::fmt;
use std::time::Duration;

use http::{HeaderValue, StatusCode};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use reqwest::Url;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use tokio::time::Instant;

use crate::runtime::client::Client;
use crate::runtime::decode;
use crate::runtime::error::{Error, ErrorKind, Unavailable};
use crate::runtime::exchange::{Answer, Body, Wanted, exchange};
use crate::runtime::input::InvalidInput;
use crate::runtime::names::{PathSegment, one_segment};
use crate::runtime::redirect::SignedUrl;
use crate::runtime::response::Response;

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

/// What a caller may say of one call.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Options {
    pub(crate) deadline: Option<Duration>,
    pub(crate) limit: Option<u64>,
}

/// A call of an operation, with its arguments.
#[derive(Clone, Debug)]
pub(crate) struct Call {
    pub(crate) client: Client,
    pub(crate) operation: &'static Operation,
    pub(crate) options: Options,
    /// When the call must be over. What is too far away to be told is no deadline.
    pub(crate) deadline: Option<Instant>,
    /// The entity tag of the answer that the caller has already.
    condition: Option<HeaderValue>,
    path: Vec<(&'static str, String)>,
    /// What follows the path of the operation.
    more: Vec<String>,
    query: Vec<(Cow<'static, str>, String)>,
}

impl Call {
    pub(crate) fn new(client: Client, operation: &'static Operation, options: Options) -> Self {
        let deadline = options.deadline.and_then(|deadline| Instant::now().checked_add(deadline));
        Self {
            client,
            operation,
            options,
            deadline,
            condition: None,
            path: Vec::new(),
            more: Vec::new(),
            query: Vec::new(),
        }
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

    /// Adds a segment to the path.
    pub(crate) fn segment(&mut self, segment: PathSegment) {
        self.more.push(segment.as_str().to_owned());
    }

    /// Adds to the query; a list adds its name once for each item.
    pub(crate) fn query(
        &mut self,
        name: impl Into<Cow<'static, str>>,
        value: &impl Serialize,
    ) -> Result<(), InvalidInput> {
        let name = name.into();
        let value = serde_json::to_value(value);
        let value = value.map_err(|error| InvalidInput::new(format!("`{name}`: {error}")))?;
        let values = match value {
            // What is not there is not sent.
            Value::Null => Vec::new(),
            Value::Object(_) => {
                return Err(InvalidInput::new(format!(
                    "`{name}`: is an object, which no query has"
                )));
            }
            Value::Array(values) => values,
            value => vec![value],
        };
        for value in values {
            let text = match value {
                Value::String(text) => text,
                value => value.to_string(),
            };
            self.query.push((name.clone(), text));
        }
        Ok(())
    }

    /// Adds to the query what the caller has not set.
    pub(crate) fn query_unless_set(&mut self, name: &'static str, value: &str) {
        if !self.query.iter().any(|(known, _)| *known == name) {
            self.query.push((name.into(), value.to_owned()));
        }
    }

    /// Sends the request, and decodes a JSON answer.
    pub(crate) async fn json<T: DeserializeOwned>(self) -> Result<Response<T>, Error> {
        let answer = self.answer(self.url()?, Wanted::Json).await?;
        self.decode(answer)
    }

    /// Decodes the body of an answer.
    pub(crate) fn decode<T: DeserializeOwned>(&self, answer: Answer) -> Result<Response<T>, Error> {
        let decoded = decode::decode(self.operation.id, answer.meta, answer.body.as_bytes());
        decoded.inspect_err(|error| answer.span.fails(error))
    }

    /// As [`json`](Self::json), if the answer is not the one with this entity tag.
    pub(crate) async fn json_if_changed<T: DeserializeOwned>(
        mut self,
        etag: &str,
    ) -> Result<Option<Response<T>>, Error> {
        let condition = HeaderValue::try_from(etag);
        let condition = condition.map_err(|_| InvalidInput::new("the entity tag is none"))?;
        self.condition = Some(condition);
        let answer = self.answer(self.url()?, Wanted::JsonIfChanged).await?;
        if answer.meta.status() == StatusCode::NOT_MODIFIED {
            return Ok(None);
        }
        self.decode(answer).map(Some)
    }

    /// Sends the request, and gives where the answer redirects to.
    pub(crate) async fn location(self) -> Result<SignedUrl, Error> {
        let id = self.operation.id;
        let answer = self.answer(self.url()?, Wanted::Redirect).await?;
        match answer.body {
            Body::Read(_) => SignedUrl::from_location(id, &answer.url, answer.meta),
            Body::Open(_) => {
                let status = answer.meta.status();
                let what = format!(
                    "{id}: the server answered {status} with the content itself, not with a redirect \
                     to it: use stream()"
                );
                Err(Error::new(ErrorKind::Redirect, what).with_meta(answer.meta))
            }
        }
    }

    /// One exchange with the API, with all that the client does for it.
    pub(crate) async fn answer(&self, url: Url, wanted: Wanted) -> Result<Answer, Error> {
        let (operation, condition) = (self.operation, self.condition.as_ref());
        let answer = exchange(&self.client, operation, url, self.deadline, wanted, condition).await;
        answer.map_err(|error| if wanted == Wanted::Redirect { gone(error) } else { error })
    }

    /// The base URL, the segments of the path, the query.
    pub(crate) fn url(&self) -> Result<Url, InvalidInput> {
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
        for segment in &self.more {
            path.push('/');
            path.extend(utf8_percent_encode(segment, SEGMENT));
        }
        url.set_path(&path);
        // The types of the arguments have refused what a URL parser would read as another path; this
        // is where a gap in them would show.
        if url.path() != path {
            let id = self.operation.id;
            return Err(InvalidInput::new(format!("the arguments of {id} do not make its path")));
        }
        if !self.query.is_empty() {
            url.query_pairs_mut().extend_pairs(&self.query);
        }
        Ok(url)
    }
}

/// The API's own word that the content is gone.
fn gone(error: Error) -> Error {
    if error.status() == Some(StatusCode::GONE) && error.kind() == ErrorKind::Status {
        return error.into_kind(ErrorKind::Unavailable).with_unavailable(Unavailable::Gone);
    }
    error
}
