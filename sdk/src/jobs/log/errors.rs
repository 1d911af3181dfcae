//! The errors in a job's log, with the lines around them.

use std::collections::VecDeque;

use crate::jobs::{LineKind, LogLine, LogLines};
use crate::runtime::response::error::Error;

const ERRORS: &str =
    "request fewer lines around the errors, or raise the limit with with_size_limit()";

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

impl LogLines {
    /// Reads the rest of the log, and returns its errors (`##[error]`), each with up to `around` lines before and after
    /// it. Memory grows with the errors, not with the log, up to the size limit of a line (64 MiB unless
    /// [`with_size_limit`](crate::Request::with_size_limit) was set).
    ///
    /// # Errors
    ///
    /// As [`try_next`](Self::try_next), or the errors are larger than the size limit
    /// ([`ErrorKind::BodyTooLarge`](crate::ErrorKind::BodyTooLarge)). Then the errors found so far are lost. The log is
    /// not resumed after a cut: request it again.
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
        let (mut number, mut size) = (0, 0);
        while let Some(line) = self.try_next().await? {
            number += 1;
            let line = line.into_own();
            let mut keep = |line: &LogLine| {
                size += (line.bytes().len() + size_of::<LogLine>()) as u64;
                line.clone()
            };
            // Errors that are further back have all their lines.
            for error in errors.iter_mut().rev().take_while(|error| error.after.len() < around) {
                error.after.push(keep(&line));
            }
            if line.kind() == LineKind::Error {
                let before = before.iter().map(&mut keep).collect();
                errors.push(LogError { number, line: keep(&line), before, after: Vec::new() });
            }
            self.0.check(size, ERRORS)?;
            before.push_back(line);
            if before.len() > around {
                before.pop_front();
            }
        }
        Ok(errors)
    }
}
