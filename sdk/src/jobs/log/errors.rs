//! A job's log line by line, and its errors with the lines around them.

use std::collections::VecDeque;
use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use futures_core::Stream;

use crate::jobs::{LineKind, LogLine};
use crate::requests::DownloadJobLogs;
use crate::runtime::Lines;
use crate::runtime::response::error::Error;

/// Stream of the lines of a job's log, in memory that does not grow with it.
///
/// It implements [`Stream`] of `Result<LogLine, Error>`, and has [`next`](Self::next) and [`try_next`](Self::try_next)
/// of its own. It fails as [`Lines`] does.
#[must_use = "a stream does nothing until it is read"]
pub struct LogLines(Lines);

/// A line that reports an error, with the lines around it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct LogError {
    /// The number of the line in the log, from 1.
    pub number: u64,
    /// The line.
    pub line: LogLine,
    /// The lines before it, the nearest last.
    pub before: Vec<LogLine>,
    /// The lines after it, the nearest first.
    pub after: Vec<LogLine>,
}

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
        self.lines().await.map(LogLines)
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

    /// Reads the rest of the log, and returns its errors (`##[error]`), each with up to `around` lines before and after
    /// it. Memory grows with the errors, not with the log.
    ///
    /// # Errors
    ///
    /// As [`try_next`](Self::try_next).
    ///
    /// ```no_run
    /// # async fn run(client: github_workflow_jobs::Client) -> Result<(), github_workflow_jobs::Error> {
    /// let log = client.download_job_logs("octo-org", "octo-repo", 42).log().await?;
    /// for error in log.errors(3).await? {
    ///     println!("line {}: {}", error.number, error.line.text());
    /// }
    /// # Ok(()) }
    /// ```
    pub async fn errors(mut self, around: usize) -> Result<Vec<LogError>, Error> {
        let mut errors: Vec<LogError> = Vec::new();
        let mut before: VecDeque<LogLine> = VecDeque::new();
        let mut number = 0;
        while let Some(line) = self.try_next().await? {
            number += 1;
            // Errors that are further back have all their lines.
            for error in errors.iter_mut().rev().take_while(|error| error.after.len() < around) {
                error.after.push(own(&line));
            }
            if line.kind() == LineKind::Error {
                let before = before.iter().map(own).collect();
                errors.push(LogError { number, line: own(&line), before, after: Vec::new() });
            }
            before.push_back(line);
            if before.len() > around {
                before.pop_front();
            }
        }
        Ok(errors)
    }
}

/// The line with bytes of its own: a slice would keep all that was received with it.
fn own(line: &LogLine) -> LogLine {
    LogLine::new(bytes::Bytes::copy_from_slice(line.bytes()))
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
