//! An operation: id, method, path template and kind of answer.

use http::Method;

/// An operation of the API: the facts that all its requests share.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Operation {
    id: &'static str,
    method: Method,
    path: &'static str,
    answer: Answer,
    base: Base,
    numbered: bool,
    sends: &'static str,
    accepts: &'static str,
}

/// The kind of a successful response. New kinds may be added: match with a wildcard arm.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Answer {
    /// JSON, or no body.
    Json,
    /// Content that is not JSON: in the response, or behind a redirect and fetched without credentials.
    Content,
}

/// The URL that the path of an operation is relative to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Base {
    Api,
    /// The host, without the path of the API.
    Root,
    /// The server's URL of uploads.
    Uploads,
}

/// An operation as a type, which is the first parameter of [`Request`](crate::Request).
pub trait Endpoint: 'static {
    /// Id, method, path template and kind of answer.
    const OPERATION: Operation;
}

const JSON: &str = "application/json";

impl Operation {
    pub(crate) const fn new(method: Method, id: &'static str, path: &'static str) -> Self {
        Self {
            id,
            method,
            path,
            answer: Answer::Json,
            base: Base::Api,
            numbered: false,
            sends: JSON,
            accepts: "",
        }
    }

    pub(crate) const fn get(id: &'static str, path: &'static str) -> Self {
        Self::new(Method::GET, id, path)
    }

    #[allow(dead_code, reason = "only some sets of operations need it")]
    pub(crate) const fn post(id: &'static str, path: &'static str) -> Self {
        Self::new(Method::POST, id, path)
    }

    #[allow(dead_code, reason = "only some sets of operations need it")]
    pub(crate) const fn put(id: &'static str, path: &'static str) -> Self {
        Self::new(Method::PUT, id, path)
    }

    #[allow(dead_code, reason = "only some sets of operations need it")]
    pub(crate) const fn patch(id: &'static str, path: &'static str) -> Self {
        Self::new(Method::PATCH, id, path)
    }

    #[allow(dead_code, reason = "only some sets of operations need it")]
    pub(crate) const fn delete(id: &'static str, path: &'static str) -> Self {
        Self::new(Method::DELETE, id, path)
    }

    /// The media type of the content that it sends: JSON if left out.
    #[allow(dead_code, reason = "only some sets of operations need it")]
    pub(crate) const fn sending(mut self, media: &'static str) -> Self {
        self.sends = media;
        self
    }

    /// The media type of its answer, besides those of GitHub's JSON.
    #[allow(dead_code, reason = "only some sets of operations need it")]
    pub(crate) const fn accepting(mut self, media: &'static str) -> Self {
        self.accepts = media;
        self
    }

    #[allow(dead_code, reason = "only some sets of operations need it")]
    pub(crate) const fn answers(mut self, answer: Answer) -> Self {
        self.answer = answer;
        self
    }

    /// The path is relative to the host, not to the base URL of the API.
    #[allow(dead_code, reason = "only some sets of operations need it")]
    pub(crate) const fn at_root(mut self) -> Self {
        self.base = Base::Root;
        self
    }

    /// The path is relative to the URL of uploads.
    #[allow(dead_code, reason = "only some sets of operations need it")]
    pub(crate) const fn at_uploads(mut self) -> Self {
        self.base = Base::Uploads;
        self
    }

    /// The query has the parameters `page` and `per_page`.
    #[allow(dead_code, reason = "only some sets of operations need it")]
    pub(crate) const fn numbered(mut self) -> Self {
        self.numbered = true;
        self
    }

    /// The operation id of GitHub's description, such as `repos/get`. Errors and
    /// traces name the operation by it.
    pub const fn id(&self) -> &'static str {
        self.id
    }

    /// The HTTP method.
    pub const fn method(&self) -> &Method {
        &self.method
    }

    /// The path template, such as `/repos/{owner}/{repo}`, relative to the base URL
    /// of the API.
    pub const fn path(&self) -> &'static str {
        self.path
    }

    /// The kind of a successful response.
    pub const fn answer(&self) -> Answer {
        self.answer
    }

    pub(crate) const fn is_numbered(&self) -> bool {
        self.numbered
    }

    pub(crate) const fn sends(&self) -> &'static str {
        self.sends
    }

    pub(crate) const fn accepts(&self) -> &'static str {
        self.accepts
    }

    pub(crate) const fn base(&self) -> Base {
        self.base
    }
}
