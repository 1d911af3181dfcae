//! Why a log is missing, and waiting for one.

use std::time::Duration;

use tokio::time::{Instant, sleep, timeout};

use crate::requests::DownloadJobLogs;
use crate::runtime::download::byte_stream::ByteStream;
use crate::runtime::response::error::{Cause, Error, Late, Unavailable};

/// Why there is no log. New reasons may be added: match with a wildcard arm.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum LogUnavailable {
    /// The server has deleted it, because it was old enough.
    Expired,
    /// It is not written: the job has not ended, and it will come; or it was cancelled before it wrote
    /// one, and it never will. Its `status` tells which.
    NotWritten,
    /// The link to it expired before it was used, and so did a fresh one.
    LinkExpired,
    /// The place where it is refuses the link; with that place's code for the reason, where it gives one.
    Refused(Option<String>),
    /// A page came instead of it: the login page of a proxy, perhaps.
    NotALog,
}

impl Error {
    /// Why there is no log, where that is what went wrong. A log that somebody has deleted is not told
    /// from one that never was: the API's own 404 gives `None` here, and [`Error::status`] says 404.
    ///
    /// ```no_run
    /// # async fn run(client: github_workflow_jobs::Client) -> Result<(), github_workflow_jobs::Error> {
    /// use github_workflow_jobs::jobs::LogUnavailable;
    ///
    /// match client.download_job_logs("octo-org", "octo-repo", 42).save_to("42.log").await {
    ///     Ok(bytes) => println!("{bytes} bytes"),
    ///     Err(error) if error.log_unavailable() == Some(LogUnavailable::Expired) => println!("too old"),
    ///     Err(error) => return Err(error),
    /// }
    /// # Ok(()) }
    /// ```
    pub fn log_unavailable(&self) -> Option<LogUnavailable> {
        let Cause::Unavailable { reason, .. } = self.cause() else { return None };
        Some(match reason {
            Unavailable::Gone => LogUnavailable::Expired,
            Unavailable::NotFound => LogUnavailable::NotWritten,
            Unavailable::LinkExpired => LogUnavailable::LinkExpired,
            Unavailable::Refused(code) => LogUnavailable::Refused(code.clone()),
            Unavailable::NotTheContent(_) => LogUnavailable::NotALog,
        })
    }
}

impl DownloadJobLogs {
    /// The log as a stream, as soon as it is there: it may appear a second or two after the job has
    /// ended. Gives up after `longest`.
    ///
    /// # Errors
    ///
    /// As `stream()`; after `longest` what the last try gave.
    ///
    /// ```no_run
    /// # async fn run(client: github_workflow_jobs::Client) -> Result<(), github_workflow_jobs::Error> {
    /// use std::time::Duration;
    ///
    /// let request = client.download_job_logs("octo-org", "octo-repo", 42);
    /// let log = request.wait_for_log(Duration::from_secs(10)).await?;
    /// # Ok(()) }
    /// ```
    pub async fn wait_for_log(self, longest: Duration) -> Result<ByteStream, Error> {
        let start = Instant::now();
        let mut wait = Duration::from_millis(500);
        let mut missing = None;
        loop {
            let left = longest.saturating_sub(start.elapsed());
            let error = match timeout(left, self.clone().stream()).await {
                Ok(Ok(log)) => return Ok(log),
                Ok(Err(error)) if error.log_unavailable() == Some(LogUnavailable::NotWritten) => {
                    error
                }
                Ok(Err(error)) => return Err(error),
                Err(_) => {
                    return Err(missing.unwrap_or_else(|| Cause::Timeout(Late::Deadline).into()));
                }
            };
            if start.elapsed() >= longest {
                return Err(error);
            }
            missing = Some(error);
            sleep(wait.min(longest.saturating_sub(start.elapsed()))).await;
            wait = (wait * 2).min(Duration::from_secs(5));
        }
    }
}
