//! Watching a run until its jobs are done.

mod listing;
mod options;
mod poll;

use std::collections::VecDeque;
use std::fmt;
use std::future::poll_fn;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use futures_core::Stream;

use crate::runtime::args::arg::Arg;
use crate::runtime::args::invalid_input::InvalidInput;
use crate::runtime::args::repository::{Owner, Repo};
use crate::runtime::client::{Client, RepoClient};
use crate::runtime::list::Driver;
use crate::runtime::response::error::Error;
use crate::types::{Job, RunId};
use listing::{Change, News};
use options::Target;
use poll::Watch;

pub use options::WatchRun;

/// A job that is new to a watch, or has changed.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct JobChange {
    /// The job after the change.
    pub job: Job,
    /// The job before the change; `None` if it is new.
    pub previous: Option<Job>,
}

impl Client {
    /// Watches the jobs of a run until they are done: every change of every job, as it is seen.
    ///
    /// The endpoints for jobs do not tell when a run has ended: a new run may list no jobs at first, and
    /// jobs that depend on others appear late. So a watch ends when there is at least one job, all of them
    /// are completed, and the list has stayed as it is for [`settle`](WatchRun::settle). An empty list is
    /// no end.
    ///
    /// What has not changed is asked for by entity tag, which costs nothing of the server's limit. The wait
    /// between two looks grows while nothing changes. A server that fails for a moment does not end the
    /// watch. To stop it, drop it.
    ///
    /// ```no_run
    /// # async fn run(client: github_workflow_jobs::Client) -> Result<(), github_workflow_jobs::Error> {
    /// let mut changes = client.watch_run("octo-org", "octo-repo", 29_679_449).stream();
    /// while let Some(change) = changes.try_next().await? {
    ///     println!("{} is {}", change.job.name, change.job.status);
    /// }
    /// println!("all jobs are done");
    /// # Ok(()) }
    /// ```
    pub fn watch_run(
        &self,
        owner: impl Arg<Owner>,
        repo: impl Arg<Repo>,
        run_id: impl Arg<RunId>,
    ) -> WatchRun {
        let target =
            target(convert("owner", owner), convert("repo", repo), convert("run_id", run_id), None);
        WatchRun::new(self, target)
    }

    /// As [`watch_run`](Self::watch_run), for one attempt of the run.
    pub fn watch_run_attempt(
        &self,
        owner: impl Arg<Owner>,
        repo: impl Arg<Repo>,
        run_id: impl Arg<RunId>,
        attempt_number: impl Arg<i64>,
    ) -> WatchRun {
        let attempt = convert("attempt_number", attempt_number);
        let names = (convert("owner", owner), convert("repo", repo), convert("run_id", run_id));
        let target = attempt.and_then(|attempt| target(names.0, names.1, names.2, Some(attempt)));
        WatchRun::new(self, target)
    }
}

impl RepoClient {
    /// As [`Client::watch_run`], for a run of this repository.
    pub fn watch_run(&self, run_id: impl Arg<RunId>) -> WatchRun {
        self.client().watch_run(self.owner(), self.name(), run_id)
    }

    /// As [`Client::watch_run_attempt`], for a run of this repository.
    pub fn watch_run_attempt(
        &self,
        run_id: impl Arg<RunId>,
        attempt_number: impl Arg<i64>,
    ) -> WatchRun {
        self.client().watch_run_attempt(self.owner(), self.name(), run_id, attempt_number)
    }
}

/// Converts an argument. A refusal names it.
fn convert<T>(argument: &'static str, value: impl Arg<T>) -> Result<T, InvalidInput> {
    value.arg().map_err(|refused| refused.of_argument(argument))
}

fn target(
    owner: Result<Owner, InvalidInput>,
    repo: Result<Repo, InvalidInput>,
    run: Result<RunId, InvalidInput>,
    attempt: Option<i64>,
) -> Result<Target, InvalidInput> {
    Ok(Target { owner: owner?, repo: repo?, run: run?, attempt })
}

/// The changes of the jobs of a run, as a [`Stream`].
///
/// It has [`next`](Self::next) and [`try_next`](Self::try_next) of its own. It ends when the jobs are done, or
/// after an error.
#[must_use = "a stream does nothing until it is read"]
pub struct JobChanges {
    news: Driver<News>,
    jobs: Arc<Vec<Job>>,
    /// The changes from the last list to `jobs` that the caller has not read.
    changes: VecDeque<Change>,
}

impl JobChanges {
    fn new(watch: Result<Watch, Error>) -> Self {
        let news = Driver::unfold(watch, Watch::next);
        Self { news, jobs: Arc::default(), changes: VecDeque::new() }
    }

    /// The jobs of the run as the last poll listed them. A job that a re-run has replaced is not among them.
    pub fn jobs(&self) -> &[Job] {
        &self.jobs
    }

    /// Returns the next change; `None` when the jobs are done.
    pub async fn next(&mut self) -> Option<Result<JobChange, Error>> {
        poll_fn(|context| Pin::new(&mut *self).poll_next(context)).await
    }

    /// Returns the next change; `Ok(None)` when the jobs are done.
    ///
    /// # Errors
    ///
    /// The deadline has passed, the run does not exist or the token has no access to it, or the server failed ten
    /// times in a row.
    pub async fn try_next(&mut self) -> Result<Option<JobChange>, Error> {
        self.next().await.transpose()
    }

    fn next_change(&mut self) -> Option<JobChange> {
        let Change { place, previous } = self.changes.pop_front()?;
        let job = self.jobs.get(place)?.clone();
        Some(JobChange { job, previous })
    }
}

impl Stream for JobChanges {
    type Item = Result<JobChange, Error>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        loop {
            if let Some(change) = self.next_change() {
                return Poll::Ready(Some(Ok(change)));
            }
            match ready!(self.news.poll_next(context)) {
                None => return Poll::Ready(None),
                Some(Err(error)) => return Poll::Ready(Some(Err(error))),
                Some(Ok(News { jobs, changes })) => (self.jobs, self.changes) = (jobs, changes),
            }
        }
    }
}

impl fmt::Debug for JobChanges {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("JobChanges").finish_non_exhaustive()
    }
}
