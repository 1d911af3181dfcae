//! The polls of a watch, one after the other.

use std::mem;
use std::time::Duration;

use http::StatusCode;
use tokio::time::{Instant, sleep, timeout};

use super::end::{Jobs, Run, Seen, Verdict, is_due, judge};
use super::listing::{Listing, News, distinct};
use super::options::{Options, SHORTEST, Target};
use super::run::{self, Readings};
use crate::runtime::client::Client;
use crate::runtime::client::request::{Request, kind};
use crate::runtime::clock::{between, now};
use crate::runtime::http::Call;
use crate::runtime::list::Page as _;
use crate::runtime::list::snapshot::Snapshot;
use crate::runtime::response::error::{Cause, Error, ErrorKind, Late, PageFault};
use crate::runtime::settings::policies::WaitReason;
use crate::types::{Conclusion, Job, JobPage, JobStatus};

/// The name of a watch in errors.
const NAME: &str = "watch_run";

/// After this many failures in a row, of the list or of the run, a watch ends.
const MOST_FAILURES: u32 = 10;

/// A watch between two polls.
pub(super) struct Watch {
    client: Client,
    target: Target,
    options: Options,
    start: Instant,
    deadline: Option<Instant>,
    /// The wait before the next poll; `None` before the first one.
    wait: Option<Duration>,
    /// The time of the last change of the list.
    same_since: Instant,
    pages: Snapshot<JobPage>,
    listing: Listing,
    incomplete: Option<Incomplete>,
    run: Readings,
    /// True if a list was read.
    is_found: bool,
    /// The failures in a row, of the list and of the run.
    failures: Failures,
    /// True if the next wait is for a rate limit.
    is_limited: bool,
    /// True if the list was polled without a wait, because the run is completed.
    was_polled_at_once: bool,
}

/// A step of a watch.
pub(super) enum Update {
    News(News),
    /// The end, with the conclusion of the run if it was read.
    End(Option<Conclusion>),
}

/// A list that has fewer jobs than its `total_count`, or none after it had some.
struct Incomplete {
    since: Instant,
    items: u64,
    total: u64,
}

#[derive(Default)]
struct Failures {
    list: u32,
    run: u32,
}

impl Watch {
    /// Starts the clocks of the deadline and the grace period.
    pub(super) fn new(client: Client, target: Target, options: Options) -> Self {
        let now = Instant::now();
        Self {
            client,
            target,
            start: now,
            deadline: options.deadline.and_then(|limit| now.checked_add(limit)),
            options,
            wait: None,
            same_since: now,
            pages: Snapshot::new(),
            listing: Listing::default(),
            incomplete: None,
            run: Readings::default(),
            is_found: false,
            failures: Failures::default(),
            is_limited: false,
            was_polled_at_once: false,
        }
    }

    /// Polls until the list has changed, or the watch has ended.
    pub(super) async fn next(mut self) -> Result<(Update, Option<Self>), Error> {
        loop {
            if self.is_found {
                self.check_run().await?;
            }
            if let Some(wait) = self.wait {
                self.pause(wait).await?;
            }
            let news = match self.poll().await {
                Ok(news) => news,
                Err(error) => {
                    self.tolerate_of_list(error)?;
                    continue;
                }
            };
            (self.is_found, self.failures.list) = (true, 0);
            if news.is_some() {
                self.run.expire();
                self.same_since = Instant::now();
                self.wait = Some(self.options.floor);
            } else {
                self.grow();
            }
            match judge(&self.seen(), self.options.settle) {
                Verdict::GoOn => {}
                Verdict::EndsAfter(left) if left.is_zero() && news.is_none() => {
                    return Ok((Update::End(self.run.conclusion().cloned()), None));
                }
                Verdict::EndsAfter(left) => self.wait_at_most(left),
                Verdict::Incomplete => return Err(self.incomplete()),
            }
            if let Some(news) = news {
                return Ok((Update::News(news), Some(self)));
            }
        }
    }

    /// Reads the list; `None` if it has not changed.
    async fn poll(&mut self) -> Result<Option<News>, Error> {
        let call = self.list()?;
        if !self.pages.refresh(call).await? {
            return Ok(None);
        }
        let Self { pages, listing, options, .. } = self;
        let listed = distinct(pages.pages().flat_map(|page| &page.jobs));
        let items = listed.len() as u64;
        // The last page is the newest.
        let total = pages.pages().last().and_then(JobPage::total_count).unwrap_or(0);
        let total = if listed.is_empty() { total.max(listing.count() as u64) } else { total };
        let since = self.incomplete.as_ref().map_or_else(Instant::now, |list| list.since);
        self.incomplete = (items < total).then_some(Incomplete { since, items, total });
        if listed.is_empty() {
            return Ok(None);
        }
        Ok(listing.update(&listed, |job| options.leaves_out(job)))
    }

    /// Reads the run if it is time, and lets the list be polled at once if the run is completed: jobs can have
    /// appeared since the last poll.
    async fn check_run(&mut self) -> Result<(), Error> {
        let read_at = self.run.at().map(|at| at.saturating_duration_since(self.same_since));
        let is_due = is_due(self.jobs(), self.same_since.elapsed(), read_at);
        let is_completed = matches!(self.run.state(), Run::Completed { .. });
        if is_completed || self.run.was_tried() && !is_due {
            return Ok(());
        }
        let call = run::request(&self.client, &self.target, self.left())?;
        if let Err(error) = self.run.read(call).await {
            return self.tolerate_of_run(error);
        }
        self.failures.run = 0;
        if matches!(self.run.state(), Run::Completed { .. }) {
            // Once, because a list can go on changing after the end of the run.
            let wait = if self.was_polled_at_once { self.options.floor } else { Duration::ZERO };
            self.was_polled_at_once = true;
            self.wait = Some(wait);
        }
        Ok(())
    }

    fn seen(&self) -> Seen {
        Seen {
            run: self.run.state(),
            jobs: self.jobs(),
            same_for: self.same_since.elapsed(),
            incomplete_for: self.incomplete.as_ref().map(|list| list.since.elapsed()),
            leaves_out: self.options.leaves_jobs_out(),
        }
    }

    fn jobs(&self) -> Jobs {
        let jobs = self.listing.jobs();
        if self.listing.count() == 0 {
            Jobs::None
        } else if jobs.iter().all(is_done) {
            Jobs::Done
        } else if jobs.iter().any(|job| job.status == JobStatus::InProgress) {
            Jobs::Running
        } else {
            Jobs::Waiting
        }
    }

    fn incomplete(&self) -> Error {
        let (items, total) =
            self.incomplete.as_ref().map_or((0, 0), |list| (list.items, list.total));
        Error::from(Cause::Pagination(PageFault::Incomplete { items, total })).of(NAME)
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
        let request = match self.options.page_size {
            None => request,
            Some(size) => request.with_data(|data| data.query("per_page", size)),
        };
        request.with_deadline(self.left()).begin()
    }

    /// The time until the deadline.
    fn left(&self) -> Duration {
        let left = |deadline: Instant| deadline.saturating_duration_since(Instant::now());
        self.deadline.map_or(Duration::MAX, left)
    }

    /// Fails unless the error may pass. A 404 may pass for a run that was found, and for any run in the grace
    /// period.
    fn tolerate_of_list(&mut self, error: Error) -> Result<(), Error> {
        let is_missing = error.status() == Some(StatusCode::NOT_FOUND);
        let grace = self.options.grace.saturating_sub(self.start.elapsed());
        if is_missing && !self.is_found && !grace.is_zero() {
            self.grow();
            self.wait_at_most(grace);
            return Ok(());
        }
        // A page of a proxy, or a response that is cut, may pass like a failure of the server.
        let is_strange = is_missing || error.kind() == ErrorKind::Decode;
        let may_pass = error.is_retryable() || is_strange && self.is_found;
        self.tolerate(error, may_pass, |failures| &mut failures.list)
    }

    /// Fails unless the error may pass. After a run was read, every refusal may pass.
    fn tolerate_of_run(&mut self, error: Error) -> Result<(), Error> {
        let may_pass = error.is_retryable() || self.run.was_read();
        self.tolerate(error, may_pass, |failures| &mut failures.run)
    }

    /// A rate limit is awaited as long as it lasts.
    fn tolerate(
        &mut self,
        error: Error,
        may_pass: bool,
        failures: fn(&mut Failures) -> &mut u32,
    ) -> Result<(), Error> {
        if let Some(at) = error.retry_at().filter(|_| error.kind() == ErrorKind::RateLimited) {
            self.wait = Some(between(now(), at).max(self.options.floor));
            self.is_limited = true;
            return Ok(());
        }
        let failures = failures(&mut self.failures);
        *failures += 1;
        if !may_pass || *failures >= MOST_FAILURES {
            return Err(error);
        }
        self.grow();
        Ok(())
    }

    fn wait_at_most(&mut self, left: Duration) {
        let wait = self.wait.unwrap_or(self.options.floor);
        self.wait = Some(wait.min(left).max(SHORTEST));
    }

    fn grow(&mut self) {
        let wait = self.wait.unwrap_or(self.options.floor);
        self.wait = Some(wait.mul_f64(1.5).clamp(self.options.floor, self.options.ceiling));
    }

    /// Waits up to a tenth longer than `wait`, and never beyond the deadline. A wait for a rate limit is reported,
    /// and ends when the limit is cleared.
    async fn pause(&mut self, wait: Duration) -> Result<(), Error> {
        let wait = wait.saturating_add((wait / 10).mul_f64(fastrand::f64()));
        let left = self.left();
        if mem::take(&mut self.is_limited) {
            let settings = self.client.settings();
            let opened = settings.gates.opened();
            settings.report_wait(NAME, wait, WaitReason::RateLimit);
            if timeout(wait.min(left), opened).await.is_ok() {
                return Ok(());
            }
        } else {
            sleep(wait.min(left)).await;
        }
        if wait < left {
            return Ok(());
        }
        Err(Error::from(Cause::Timeout(Late::Deadline)).of(NAME))
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
