//! Logs: the reasons why a log is missing, and waiting for one.

pub(super) mod errors;
pub(super) mod line;
pub(super) mod lines;
mod time;

use std::time::Duration;

use tokio::time::{Instant, sleep, timeout};

use crate::requests::DownloadJobLogs;
use crate::runtime::download::byte_stream::ByteStream;
use crate::runtime::response::error::{Cause, Error, Late, Unavailable};

/// The reason why a log is missing: the log of a job, or the archive with the logs of an attempt of a run. New reasons
/// may be added: match with a wildcard arm.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum LogUnavailable {
    /// The log has expired, and the server has deleted it.
    Expired,
    /// The log is not written. The log of a job whose `status` is not `completed` will be written; a job that was
    /// cancelled early never writes one.
    NotWritten,
    /// The link to the log expired before it was used, and so did a fresh link.
    LinkExpired,
    /// The storage host refuses the link; with its error code, if it sends one.
    Refused(Option<String>),
    /// The response is not the log: it is a page, such as the login page of a proxy, or only a part of the log.
    NotALog,
}

impl Error {
    /// The reason why the log is missing; `None` for all other errors. If a log was deleted by hand, GitHub answers
    /// 404 as for a job or a run that does not exist: then this is `None`, and [`Error::status`] is 404.
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
    /// Returns the log as a stream, as soon as it is written. That can be some seconds after the end of the job. The
    /// wait takes at most `longest`.
    ///
    /// # Errors
    ///
    /// As `stream()`. After `longest`, the error of the last attempt, or
    /// [`ErrorKind::Timeout`](crate::ErrorKind::Timeout). A log that has expired fails at once. A job that never has a
    /// log fails with [`LogUnavailable::NotWritten`] after the whole time.
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
                    let late = || Error::from(Cause::Timeout(Late::Deadline)).of("wait_for_log");
                    return Err(missing.unwrap_or_else(late));
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
