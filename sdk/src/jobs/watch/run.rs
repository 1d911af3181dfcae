//! The run itself, of which a watch reads only whether it is completed.

use std::time::Duration;

use http::{HeaderValue, StatusCode};
use jiff::Timestamp;
use serde::Deserialize;
use tokio::time::Instant;

use super::end::Run;
use super::options::Target;
use crate::runtime::Data;
use crate::runtime::args::repository::{Owner, Repo};
use crate::runtime::client::Client;
use crate::runtime::client::request::{Request, kind};
use crate::runtime::clock::{between, now};
use crate::runtime::http::Call;
use crate::runtime::request::operation::{Endpoint, Operation};
use crate::runtime::response::Meta;
use crate::runtime::response::error::{Cause, DecodeFault, Error, ErrorKind};
use crate::types::{Conclusion, JobStatus, RunId};

/// The operations are not generated, because the SDK has no requests for runs.
enum GetRun {}
enum GetRunAttempt {}

impl Endpoint for GetRun {
    const OPERATION: Operation =
        Operation::get("actions/get-workflow-run", "/repos/{owner}/{repo}/actions/runs/{run_id}");
}

impl Endpoint for GetRunAttempt {
    const OPERATION: Operation = Operation::get(
        "actions/get-workflow-run-attempt",
        "/repos/{owner}/{repo}/actions/runs/{run_id}/attempts/{attempt_number}",
    );
}

/// The readings of a run.
#[derive(Default)]
pub(super) struct Readings {
    etag: Option<HeaderValue>,
    /// The last answer that was not a 304.
    last: Option<Reading>,
    /// The time of the last reading since the list is what it is.
    at: Option<Instant>,
    was_tried: bool,
    is_unreadable: bool,
}

struct Reading {
    status: Option<Status>,
    conclusion: Option<Conclusion>,
    /// The age of the last change of the run, when it was read.
    age: Option<Duration>,
    at: Instant,
}

enum Status {
    Unfinished,
    Completed,
}

/// A run, as the server sends it.
#[derive(Deserialize)]
struct Body {
    status: Option<String>,
    conclusion: Option<String>,
    updated_at: Option<String>,
}

impl Readings {
    /// The state of the run, if it was read since the list is what it is.
    pub(super) fn state(&self) -> Run {
        match &self.last {
            _ if self.at.is_none() => Run::Unread,
            _ if self.is_unreadable => Run::Unreadable,
            Some(Reading { status: Some(Status::Unfinished), .. }) => Run::Unfinished,
            Some(Reading { status: Some(Status::Completed), age, at, .. }) => {
                Run::Completed { since: age.map(|age| age.saturating_add(at.elapsed())) }
            }
            _ => Run::Unreadable,
        }
    }

    /// The conclusion of the run, if it is completed.
    pub(super) fn conclusion(&self) -> Option<&Conclusion> {
        match (self.state(), &self.last) {
            (Run::Completed { .. }, Some(last)) => last.conclusion.as_ref(),
            _ => None,
        }
    }

    /// The time of the last reading since the list is what it is.
    pub(super) fn at(&self) -> Option<Instant> {
        self.at
    }

    /// True if the run was read, or could not be read, at any time.
    pub(super) fn was_tried(&self) -> bool {
        self.was_tried
    }

    /// The list has changed: what was read may be older.
    pub(super) fn expire(&mut self) {
        self.at = None;
    }

    /// Reads the run, unless it has not changed.
    pub(super) async fn read(&mut self, call: Call) -> Result<(), Error> {
        let answer = match &self.etag {
            None => call.json::<Body>().await.map(Some),
            Some(etag) => call.json_if_changed(etag).await,
        };
        self.was_tried = true;
        match answer {
            Ok(None) => self.is_unreadable = false,
            Ok(Some(answer)) => {
                let (body, meta) = answer.into_parts();
                if body.status().is_none() && self.was_read() {
                    let reason = "no status".to_owned();
                    let path = "$.status".to_owned();
                    let fault = DecodeFault::Mismatch { path, reason, line: 1, column: 1 };
                    return Err(Error::from(Cause::Decode(fault)).with_meta(meta));
                }
                self.etag = meta.etag().and_then(|etag| HeaderValue::try_from(etag).ok());
                self.last = Some(Reading::new(&body, &meta));
                self.is_unreadable = false;
            }
            Err(error) if self.is_refusal(&error) => self.is_unreadable = true,
            Err(error) => return Err(error),
        }
        self.at = Some(Instant::now());
        Ok(())
    }

    /// True if a run was read with its status.
    pub(super) fn was_read(&self) -> bool {
        self.last.as_ref().is_some_and(|reading| reading.status.is_some())
    }

    /// True if the server, or the token, does not let the run be read. For a run that was read, a refusal is a
    /// failure that may pass.
    fn is_refusal(&self, error: &Error) -> bool {
        match error.kind() {
            _ if self.was_read() => false,
            ErrorKind::Decode | ErrorKind::Redirect | ErrorKind::BodyTooLarge => true,
            ErrorKind::Status => match error.status() {
                Some(StatusCode::UNAUTHORIZED) => false,
                _ => !error.is_retryable(),
            },
            _ => false,
        }
    }
}

impl Reading {
    fn new(body: &Body, meta: &Meta) -> Self {
        let changed = body.updated_at.as_ref().and_then(|text| text.parse::<Timestamp>().ok());
        let age = changed.map(|changed| between(changed, meta.date().unwrap_or_else(now)));
        Self { status: body.status(), conclusion: body.conclusion(), age, at: Instant::now() }
    }
}

impl Body {
    /// `None` if the answer has no status. Some compatible servers send the conclusion as the status.
    fn status(&self) -> Option<Status> {
        let status = self.status.as_deref()?;
        let is_completed = match JobStatus::from(status) {
            JobStatus::Completed => true,
            JobStatus::Unknown(_) => {
                self.conclusion.is_some()
                    || !matches!(Conclusion::from(status), Conclusion::Unknown(_))
            }
            _ => false,
        };
        Some(if is_completed { Status::Completed } else { Status::Unfinished })
    }

    /// The conclusion, also of a server that sends it as the status.
    fn conclusion(&self) -> Option<Conclusion> {
        let known = |text: &String| {
            Some(Conclusion::from(text.as_str()))
                .filter(|conclusion| !matches!(conclusion, Conclusion::Unknown(_)))
        };
        let own = self.conclusion.as_deref().map(Conclusion::from);
        own.or_else(|| self.status.as_ref().and_then(known))
    }
}

/// The request for the run, or for the attempt.
pub(super) fn request(client: &Client, target: &Target, limit: Duration) -> Result<Call, Error> {
    match target.attempt {
        None => begin::<GetRun>(client, target, limit, |data| data),
        Some(attempt) => begin::<GetRunAttempt>(client, target, limit, |data| {
            data.path::<i64>("attempt_number", attempt)
        }),
    }
}

fn begin<E: Endpoint>(
    client: &Client,
    target: &Target,
    limit: Duration,
    more: impl FnOnce(Data) -> Data,
) -> Result<Call, Error> {
    let Target { owner, repo, run, .. } = target;
    let data = Data::of::<E>()
        .path::<Owner>("owner", owner)
        .path::<Repo>("repo", repo)
        .path::<RunId>("run_id", *run);
    let request: Request<E, kind::One<Body>> = more(data).request(client);
    request.with_deadline(limit).begin()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn status(json: &str) -> &'static str {
        match serde_json::from_str::<Body>(json).unwrap().status() {
            None => "unknown",
            Some(Status::Unfinished) => "unfinished",
            Some(Status::Completed) => "completed",
        }
    }

    #[track_caller]
    fn conclusion(json: &str) -> Option<String> {
        let body: Body = serde_json::from_str(json).unwrap();
        body.conclusion().map(|conclusion| conclusion.as_str().to_owned())
    }

    #[test]
    fn the_conclusion_of_a_run_is_read_in_the_forms_of_all_servers() {
        let of = |text| Some(String::from(text));
        assert_eq!(conclusion(r#"{"status":"completed","conclusion":"success"}"#), of("success"));
        assert_eq!(conclusion(r#"{"status":"failure"}"#), of("failure"));
        assert_eq!(conclusion(r#"{"status":"failure","conclusion":"stale"}"#), of("stale"));
        let startup = r#"{"status":"completed","conclusion":"startup_failure"}"#;
        assert_eq!(conclusion(startup), of("startup_failure"));
        for none in [r#"{"status":"completed"}"#, r#"{"status":"ended"}"#, "{}"] {
            assert_eq!(conclusion(none), None, "{none}");
        }
    }

    #[test]
    fn a_run_is_completed_in_the_forms_of_all_servers() {
        assert_eq!(status(r#"{"status":"completed","conclusion":"success"}"#), "completed");
        assert_eq!(status(r#"{"status":"completed"}"#), "completed");
        assert_eq!(status(r#"{"status":"failure"}"#), "completed");
        assert_eq!(status(r#"{"status":"ended","conclusion":"stale"}"#), "completed");
        for word in ["queued", "in_progress", "waiting", "requested", "pending", "running"] {
            let run = format!(r#"{{"status":"{word}","conclusion":null}}"#);
            assert_eq!(status(&run), "unfinished", "{word}");
        }
        assert_eq!(status(r#"{"status":null,"conclusion":"success"}"#), "unknown");
        assert_eq!(status("{}"), "unknown");
    }
}
