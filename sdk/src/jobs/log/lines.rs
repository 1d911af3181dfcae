//! A job's log line by line.

use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use futures_core::Stream;

use crate::jobs::LogLine;
use crate::requests::DownloadJobLogs;
use crate::runtime::Lines;
use crate::runtime::response::error::Error;

/// Stream of the lines of a job's log, in memory that does not grow with it.
///
/// It implements [`Stream`] of `Result<LogLine, Error>`, and has [`next`](Self::next) and [`try_next`](Self::try_next)
/// of its own. It fails as [`Lines`] does.
#[must_use = "a stream does nothing until it is read"]
pub struct LogLines(pub(super) Lines);

impl DownloadJobLogs {
    /// Fetches the log as a stream of lines with their time, kind and text.
    ///
    /// # Errors
    ///
    /// As `stream()`.
    ///
    /// ```no_run
    /// # async fn run(client: github_workflow_jobs::Client) -> Result<(), github_workflow_jobs::Error> {
    /// let mut log = client.download_job_logs("octo-org", "octo-repo", 42).log().await?;
    /// while let Some(line) = log.try_next().await? {
    ///     println!("{:?} {}", line.time(), line.text());
    /// }
    /// # Ok(()) }
    /// ```
    pub async fn log(self) -> Result<LogLines, Error> {
        self.lines().await.map(LogLines::from)
    }
}

/// The lines of content with their time, kind and text.
///
/// ```no_run
/// # async fn run(client: github_workflow_jobs::Client) -> Result<(), github_workflow_jobs::Error> {
/// use std::time::Duration;
///
/// use github_workflow_jobs::jobs::LogLines;
///
/// let request = client.download_job_logs("octo-org", "octo-repo", 42);
/// let log = request.wait_for_log(Duration::from_secs(10)).await?;
/// let errors = LogLines::from(log.lines()).errors(3).await?;
/// # Ok(()) }
/// ```
impl From<Lines> for LogLines {
    fn from(lines: Lines) -> Self {
        Self(lines)
    }
}

impl LogLines {
    /// Returns the next line; `None` at the end.
    pub async fn next(&mut self) -> Option<Result<LogLine, Error>> {
        self.0.next().await.map(|line| line.map(LogLine::new))
    }

    /// Returns the next line; `Ok(None)` at the end.
    ///
    /// # Errors
    ///
    /// As [`Lines::try_next`].
    pub async fn try_next(&mut self) -> Result<Option<LogLine>, Error> {
        self.next().await.transpose()
    }
}

impl Stream for LogLines {
    type Item = Result<LogLine, Error>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let line = ready!(Pin::new(&mut self.0).poll_next(context));
        Poll::Ready(line.map(|line| line.map(LogLine::new)))
    }
}

impl fmt::Debug for LogLines {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("LogLines").field(&self.0).finish()
    }
}
