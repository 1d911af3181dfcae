//! The polls of a watch, one after the other.

use std::time::Duration;

use tokio::time::{Instant, sleep};

use super::listing::{Listing, News};
use super::options::{Options, SHORTEST, Target};
use crate::runtime::client::Client;
use crate::runtime::client::request::{Request, kind};
use crate::runtime::clock::{between, now};
use crate::runtime::http::Call;
use crate::runtime::list::walk::Snapshot;
use crate::runtime::response::error::{Cause, Error, ErrorKind, Late};
use crate::types::{Job, JobPage, JobStatus};

/// After this many failures in a row, a watch ends.
const MOST_FAILURES: u32 = 10;

/// A watch between two polls.
pub(super) struct Watch {
    client: Client,
    target: Target,
    options: Options,
    deadline: Option<Instant>,
    /// The wait before the next poll; `None` before the first one.
    wait: Option<Duration>,
    /// The time of the last change of the list.
    same_since: Instant,
    /// The number of failures since the last success.
    failures: u32,
    pages: Snapshot<JobPage>,
    listing: Listing,
}

impl Watch {
    /// Starts the clock of the deadline.
    pub(super) fn new(client: Client, target: Target, options: Options) -> Self {
        let now = Instant::now();
        Self {
            client,
            target,
            deadline: options.deadline.and_then(|limit| now.checked_add(limit)),
            options,
            wait: None,
            same_since: now,
            failures: 0,
            pages: Snapshot::new(),
            listing: Listing::default(),
        }
    }

    /// Polls until the list has changed; `None` at the end.
    pub(super) async fn next(mut self) -> Result<Option<(News, Self)>, Error> {
        loop {
            if let Some(wait) = self.wait {
                self.pause(wait).await?;
            }
            let news = match self.poll().await {
                Ok(news) => news,
                Err(error) => {
                    self.tolerate(error)?;
                    continue;
                }
            };
            self.failures = 0;
            if news.is_some() {
                self.same_since = Instant::now();
                self.wait = Some(self.options.floor);
            } else {
                self.grow();
            }
            if self.is_done() {
                let left = self.options.settle.saturating_sub(self.same_since.elapsed());
                if left.is_zero() && news.is_none() {
                    return Ok(None);
                }
                let wait = self.wait.unwrap_or(self.options.floor);
                self.wait = Some(wait.min(left).max(SHORTEST));
            }
            if let Some(news) = news {
                return Ok(Some((news, self)));
            }
        }
    }

    /// Reads the list; `None` if it has not changed.
    async fn poll(&mut self) -> Result<Option<News>, Error> {
        let call = self.list()?;
        if !self.pages.refresh(call).await? {
            return Ok(None);
        }
        Ok(self.listing.update(self.pages.pages().flat_map(|page| &page.jobs)))
    }

    fn list(&self) -> Result<Call, Error> {
        let Target { owner, repo, run, attempt } = &self.target;
        match attempt {
            None => self.begin(self.client.list_jobs_for_run(owner, repo, *run)),
            Some(attempt) => {
                self.begin(self.client.list_jobs_for_run_attempt(owner, repo, *run, *attempt))
            }
        }
    }

    fn begin<E>(&self, request: Request<E, kind::List<JobPage>>) -> Result<Call, Error> {
        let left = self.deadline.map(|deadline| deadline.saturating_duration_since(Instant::now()));
        request.with_deadline(left.unwrap_or(Duration::MAX)).begin()
    }

    fn is_done(&self) -> bool {
        !self.listing.jobs().is_empty() && self.listing.jobs().iter().all(is_done)
    }

    /// Fails unless the error may pass: a rate limit is awaited as long as it lasts, ten other failures in a row
    /// end the watch.
    fn tolerate(&mut self, error: Error) -> Result<(), Error> {
        if let Some(at) = error.retry_at().filter(|_| error.kind() == ErrorKind::RateLimited) {
            self.wait = Some(between(now(), at).max(self.options.floor));
            return Ok(());
        }
        self.failures += 1;
        if !error.is_retryable() || self.failures >= MOST_FAILURES {
            return Err(error);
        }
        self.grow();
        Ok(())
    }

    fn grow(&mut self) {
        let wait = self.wait.unwrap_or(self.options.floor);
        self.wait = Some(wait.mul_f64(1.5).clamp(self.options.floor, self.options.ceiling));
    }

    /// Waits up to a tenth longer than `wait`, and never beyond the deadline.
    async fn pause(&self, wait: Duration) -> Result<(), Error> {
        let wait = wait.saturating_add((wait / 10).mul_f64(fastrand::f64()));
        let Some(deadline) = self.deadline else {
            sleep(wait).await;
            return Ok(());
        };
        let left = deadline.saturating_duration_since(Instant::now());
        sleep(wait.min(left)).await;
        if wait < left {
            return Ok(());
        }
        Err(Cause::Timeout(Late::Deadline).into())
    }
}

/// True if a job has ended, also if its status is one that this version does not know.
fn is_done(job: &Job) -> bool {
    match job.status {
        JobStatus::Completed => true,
        JobStatus::Unknown(_) => job.conclusion.is_some(),
        _ => false,
    }
}
