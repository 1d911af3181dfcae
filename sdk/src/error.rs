//! The one error type.

use std::error::Error as StdError;
use std::fmt;

use http::StatusCode;
use serde::Deserialize;

use crate::input::InvalidInput;
use crate::response::Meta;

/// What went wrong with a call, or with a configuration.
///
/// [`kind`](Self::kind) says what sort of thing, for branching; the rest is for people and logs. The
/// `Display` form is one line and holds neither the token nor the URL's query nor the body, but for
/// what GitHub says in its `message`.
///
/// ```no_run
/// # async fn run(client: github_workflow_jobs::Client) {
/// use github_workflow_jobs::ErrorKind;
///
/// match client.get_job("octo-org", "octo-repo", 399_444_496).send().await {
///     Ok(job) => println!("{}", job.name),
///     Err(error) if error.status().is_some_and(|status| status == 404) => println!("no such job"),
///     Err(error) if error.kind() == ErrorKind::Transport => println!("not reached: {error}"),
///     Err(error) => println!("{error}"),
/// }
/// # }
/// ```
pub struct Error(Box<Inner>);

struct Inner {
    kind: ErrorKind,
    what: String,
    answer: Option<Answer>,
    source: Option<Box<dyn StdError + Send + Sync>>,
}

/// What is kept of an answer that is an error.
struct Answer {
    meta: Meta,
    github: Explanation,
    body: Vec<u8>,
}

/// What GitHub says in the body of an error.
#[derive(Default, Deserialize)]
struct Explanation {
    #[serde(default)]
    message: Option<String>,
    #[serde(default)]
    documentation_url: Option<String>,
}

/// The sort of an [`Error`]. New sorts may be added: match with a wildcard arm.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// An argument was refused. Nothing was sent.
    InvalidInput,
    /// The client cannot be built as configured.
    Config,
    /// The server was not reached, or the connection broke before the answer was complete.
    Transport,
    /// The answer took too long.
    Timeout,
    /// The server answered, and the answer is an error: see [`Error::status`].
    Status,
    /// The answer redirects to a place that is not followed, or has none.
    Redirect,
    /// The answer is larger than the limit.
    BodyTooLarge,
    /// The answer is not what the operation gives: not JSON, or not of that shape.
    Decode,
}

impl Error {
    pub(crate) fn new(kind: ErrorKind, what: impl Into<String>) -> Self {
        Self(Box::new(Inner { kind, what: what.into(), answer: None, source: None }))
    }

    pub(crate) fn with_source(
        mut self,
        source: impl Into<Box<dyn StdError + Send + Sync>>,
    ) -> Self {
        self.0.source = Some(source.into());
        self
    }

    /// For an answer whose status is not the documented success; `body` is what was read of it.
    /// A server that echoes the token does not get it into a log: `secret` is not shown.
    pub(crate) fn from_answer(
        operation: &str,
        meta: Meta,
        body: Vec<u8>,
        secret: Option<&str>,
    ) -> Self {
        let status = meta.status();
        let github: Explanation = serde_json::from_slice(&body).unwrap_or_default();
        let said = github.message.as_deref().unwrap_or_default();
        let said = printable(
            &secret.map_or_else(|| said.to_owned(), |secret| said.replace(secret, "[token]")),
        );
        let mut what = format!("{operation}: the server answered {status}");
        if !said.is_empty() {
            what += &format!(": {said}");
        }
        if status == StatusCode::NOT_FOUND {
            what += " (or the token may not see it: a private repository needs the scope `repo`)";
        }
        Self::new(ErrorKind::Status, what).with_answer(Answer { meta, github, body })
    }

    /// For an answer with a success status that is not what the operation gives.
    pub(crate) fn unreadable(kind: ErrorKind, what: impl Into<String>, meta: Meta) -> Self {
        let answer = Answer { meta, github: Explanation::default(), body: Vec::new() };
        Self::new(kind, what).with_answer(answer)
    }

    fn with_answer(mut self, answer: Answer) -> Self {
        self.0.answer = Some(answer);
        self
    }

    /// What sort of error it is.
    pub fn kind(&self) -> ErrorKind {
        self.0.kind
    }

    /// The status of the answer, where there was one.
    pub fn status(&self) -> Option<StatusCode> {
        self.0.answer.as_ref().map(|answer| answer.meta.status())
    }

    /// The request id of the answer (`X-GitHub-Request-Id`), which support asks for.
    pub fn request_id(&self) -> Option<&str> {
        self.0.answer.as_ref().and_then(|answer| answer.meta.request_id())
    }

    /// GitHub's own explanation, where the answer is an error of the API.
    pub fn message(&self) -> Option<&str> {
        self.0.answer.as_ref().and_then(|answer| answer.github.message.as_deref())
    }

    /// The documentation page that GitHub names for the error.
    pub fn documentation_url(&self) -> Option<&str> {
        self.0.answer.as_ref().and_then(|answer| answer.github.documentation_url.as_deref())
    }

    /// The body of an answer that is an error, at most its first 64 KiB. It may hold what the caller
    /// sent: do not log it without a look.
    pub fn body(&self) -> Option<&[u8]> {
        let body = self.0.answer.as_ref().map(|answer| answer.body.as_slice());
        body.filter(|body| !body.is_empty())
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.what)
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Error")
            .field("kind", &self.0.kind)
            .field("what", &self.0.what)
            .field("status", &self.status())
            .field("request_id", &self.request_id())
            .field("source", &self.0.source)
            .finish_non_exhaustive()
    }
}

impl StdError for Error {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.0.source.as_ref().map(|source| &**source as &(dyn StdError + 'static))
    }
}

impl From<InvalidInput> for Error {
    fn from(refused: InvalidInput) -> Self {
        Self::new(ErrorKind::InvalidInput, format!("invalid argument {refused}"))
    }
}

/// One line of at most 256 characters, without what could steer a terminal.
fn printable(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).take(256).collect()
}
