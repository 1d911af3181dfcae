//! One look after the other at the jobs of a run.

use std::collections::BTreeMap;
use std::time::Duration;

use tokio::time::{Instant, sleep};

use super::JobChange;
use crate::runtime::args::per_page::PerPage;
use crate::runtime::args::repository::{Owner, Repo};
use crate::runtime::client::Client;
use crate::runtime::clock::now;
use crate::runtime::response::Response;
use crate::runtime::response::error::{Cause, Error, ErrorKind, Late, PageFault};
use crate::runtime::url::same_origin;
use crate::types::{Job, JobId, JobPage, JobStatus, RunId};

/// No run has more pages of jobs.
const MOST_PAGES: usize = 1_000;

/// Between two looks there is at least this.
pub(super) const SHORTEST: Duration = Duration::from_millis(100);

/// After this many failures in a row a watch gives up.
const MOST_FAILURES: u32 = 10;

/// Which run is watched.
#[derive(Clone, Debug)]
pub(super) struct Target {
    pub(super) owner: Owner,
    pub(super) repo: Repo,
    pub(super) run: RunId,
    pub(super) attempt: Option<i64>,
}

/// What a look at the run gave.
pub(super) enum Look {
    /// What has changed, and all jobs as they are.
    Changes(Vec<JobChange>, Vec<Job>),
    /// Nothing was seen: the server failed for a moment, or its limit lasts.
    Nothing,
    Done,
}

/// A watch between two looks.
pub(super) struct Watch {
    pub(super) client: Client,
    pub(super) target: Target,
    pub(super) settle: Duration,
    pub(super) floor: Duration,
    pub(super) ceiling: Duration,
    pub(super) deadline: Option<Instant>,
    /// `None` before the first look.
    pub(super) wait: Option<Duration>,
    /// Since when the list is what it is.
    pub(super) same_since: Instant,
    pub(super) failures: u32,
    pub(super) pages: Vec<CachedPage>,
    /// The list at the last look, in its order.
    pub(super) listed: Vec<JobId>,
    pub(super) known: BTreeMap<JobId, Job>,
}

/// A page as it came, and the tag to ask by whether it is still that.
#[derive(Clone)]
pub(super) struct CachedPage {
    etag: Option<String>,
    jobs: Vec<Job>,
    is_last: bool,
}

impl Watch {
    /// Waits, looks, and says what is new; a failure that may pass is nothing new.
    pub(super) async fn look(&mut self) -> Result<Look, Error> {
        if let Some(wait) = self.wait {
            self.pause(wait).await?;
        }
        let pages = match self.refresh().await {
            Ok(pages) => pages,
            Err(error) => return self.after_failure(error),
        };
        self.failures = 0;
        self.pages = pages;
        let jobs = self.jobs();
        let mut changes = Vec::new();
        for job in &jobs {
            let previous = self.known.insert(job.id, job.clone());
            if previous.as_ref() != Some(job) {
                changes.push(JobChange { job: job.clone(), previous });
            }
        }
        let listed: Vec<_> = jobs.iter().map(|job| job.id).collect();
        self.known.retain(|id, _| listed.contains(id));
        let same = changes.is_empty() && self.listed == listed;
        self.listed = listed;
        if same {
            self.grow();
        } else {
            self.same_since = Instant::now();
            self.wait = Some(self.floor);
        }
        if !jobs.is_empty() && jobs.iter().all(is_done) {
            let left = self.settle.saturating_sub(self.same_since.elapsed());
            if left.is_zero() && same {
                return Ok(Look::Done);
            }
            let wait = self.wait.unwrap_or(self.floor);
            self.wait = Some(wait.min(left).max(SHORTEST));
        }
        Ok(Look::Changes(changes, jobs))
    }

    /// A failure that may pass is waited out: a limit as long as it lasts, others ten times.
    fn after_failure(&mut self, error: Error) -> Result<Look, Error> {
        if let Some(at) = error.retry_at().filter(|_| error.kind() == ErrorKind::RateLimited) {
            let left = Duration::try_from(at.duration_since(now())).unwrap_or_default();
            self.wait = Some(left.max(self.floor));
            return Ok(Look::Nothing);
        }
        self.failures += 1;
        if !error.is_retryable() || self.failures >= MOST_FAILURES {
            return Err(error);
        }
        self.grow();
        Ok(Look::Nothing)
    }

    /// The jobs of all pages. One that moved to another page meanwhile is there once, as it is on the later.
    fn jobs(&self) -> Vec<Job> {
        let mut jobs: Vec<Job> = Vec::new();
        for job in self.pages.iter().flat_map(|page| &page.jobs) {
            match jobs.iter_mut().find(|known| known.id == job.id) {
                Some(known) => known.clone_from(job),
                None => jobs.push(job.clone()),
            }
        }
        jobs
    }

    fn grow(&mut self) {
        let wait = self.wait.unwrap_or(self.floor);
        self.wait = Some(wait.mul_f64(1.5).clamp(self.floor, self.ceiling));
    }

    /// Waits up to a tenth longer than asked, and never beyond the deadline.
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

    /// Every page as it is now; one that has not changed is not sent again.
    async fn refresh(&self) -> Result<Vec<CachedPage>, Error> {
        let mut pages: Vec<CachedPage> = Vec::new();
        loop {
            let known = self.pages.get(pages.len());
            let etag = known.and_then(|page| page.etag.as_deref());
            let page = match (self.page(pages.len() + 1, etag).await?, known) {
                (Some(page), _) => self.cached(page)?,
                (None, Some(known)) => known.clone(),
                // A 304 that nobody asked for.
                (None, None) => return Ok(pages),
            };
            let is_new = |job: &Job| {
                pages.iter().flat_map(|page| &page.jobs).all(|known| known.id != job.id)
            };
            let repeats = !pages.is_empty() && !page.is_last && !page.jobs.iter().any(is_new);
            if repeats || pages.len() >= MOST_PAGES {
                return Err(Cause::Pagination(PageFault::Loop).into());
            }
            let is_last = page.is_last || page.jobs.is_empty();
            pages.push(page);
            if is_last {
                return Ok(pages);
            }
        }
    }

    fn cached(&self, page: Response<JobPage>) -> Result<CachedPage, Error> {
        let next = page.meta().links().next;
        // Pages are asked for by number, but a server that links elsewhere is not what it should be.
        let base = &self.client.settings().api.base;
        let elsewhere = |next: &String| base.join(next).is_ok_and(|next| !same_origin(&next, base));
        if next.as_ref().is_some_and(elsewhere) {
            let fault = PageFault::OtherOrigin(String::new());
            return Err(Error::from(Cause::Pagination(fault)).with_meta(page.meta().clone()));
        }
        let etag = page.meta().etag().map(str::to_owned);
        Ok(CachedPage { etag, is_last: next.is_none(), jobs: page.into_inner().jobs })
    }

    async fn page(
        &self,
        number: usize,
        etag: Option<&str>,
    ) -> Result<Option<Response<JobPage>>, Error> {
        let Target { owner, repo, run, attempt } = &self.target;
        let page = i64::try_from(number).unwrap_or(i64::MAX);
        let left = self.deadline.map(|deadline| deadline.saturating_duration_since(Instant::now()));
        let limit = left.unwrap_or(Duration::MAX);
        // Two kinds of request, of one shape.
        macro_rules! send {
            ($request:expr) => {{
                let request = $request.per_page(PerPage::MAX).page(page).with_deadline(limit);
                request.send_if_changed(etag).await
            }};
        }
        match attempt {
            None => send!(self.client.list_jobs_for_run(owner, repo, *run)),
            Some(attempt) => {
                send!(self.client.list_jobs_for_run_attempt(owner, repo, *run, *attempt))
            }
        }
    }
}

/// Over, also where a server says so in a word that is not listed.
fn is_done(job: &Job) -> bool {
    match job.status {
        JobStatus::Completed => true,
        JobStatus::Unknown(_) => job.conclusion.is_some(),
        _ => false,
    }
}
