//! An answer: the value, and what came with it.

use std::ops::Deref;

use http::{HeaderMap, StatusCode};

/// A decoded answer. It derefs to the value; what came with it is behind [`meta`](Self::meta).
///
/// ```no_run
/// # async fn run(client: github_workflow_jobs::Client) -> Result<(), github_workflow_jobs::Error> {
/// let job = client.get_job("octo-org", "octo-repo", 399_444_496).send().await?;
/// println!("{} (request {:?})", job.name, job.meta().request_id());
/// let job = job.into_inner();
/// # Ok(()) }
/// ```
#[derive(Clone, Debug)]
pub struct Response<T> {
    value: T,
    meta: Meta,
}

impl<T> Response<T> {
    pub(crate) fn new(value: T, meta: Meta) -> Self {
        Self { value, meta }
    }

    /// The value alone.
    pub fn into_inner(self) -> T {
        self.value
    }

    /// What came with the value.
    pub fn meta(&self) -> &Meta {
        &self.meta
    }
}

impl<T> Deref for Response<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.value
    }
}

/// Status and headers of an answer.
#[derive(Clone)]
pub struct Meta {
    status: StatusCode,
    headers: HeaderMap,
}

impl Meta {
    pub(crate) fn new(status: StatusCode, headers: HeaderMap) -> Self {
        Self { status, headers }
    }

    /// The status.
    pub fn status(&self) -> StatusCode {
        self.status
    }

    /// The request id (`X-GitHub-Request-Id`), which support asks for.
    pub fn request_id(&self) -> Option<&str> {
        self.header("x-github-request-id")
    }

    /// The version of the server (`X-GitHub-Enterprise-Version`); only GitHub Enterprise Server sends it.
    pub fn server_version(&self) -> Option<&str> {
        self.header("x-github-enterprise-version")
    }

    /// The entity tag of the answer, as it came.
    pub fn etag(&self) -> Option<&str> {
        self.header("etag")
    }

    /// A header of the answer; `None` where it is missing or not text.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }
}

// `location` and `set-cookie` are secrets, so no header value is printed.
impl std::fmt::Debug for Meta {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Meta")
            .field("status", &self.status)
            .field("request_id", &self.request_id())
            .finish_non_exhaustive()
    }
}
