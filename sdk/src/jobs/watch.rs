//! Watching a run until it has ended.

mod end;
mod listing;
mod options;
mod poll;
mod run;

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
use crate::types::{Conclusion, Job, RunId};
use listing::Change;
use options::Target;
use poll::{Update, Watch};

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
    /// Watches the jobs of a run until the run is completed, and gives each change of each job.
    ///
    /// # The end
    ///
    /// The list of jobs does not show whether a run has ended: a new run can list no jobs, and jobs that depend on
    /// others can be listed late. So the watch also reads the run. It ends when the run is completed, the list has
    /// as many jobs as its `total_count`, and the list is the same before and after that reading. A run that ended
    /// before the watch is reported at once. A job that stays `queued` in the list of a completed run does not
    /// prevent the end, and a completed run can have no jobs; such a list has to stay unchanged for
    /// [`with_settle`](WatchRun::with_settle), unless the run ended earlier than that.
    ///
    /// The list decides where the run cannot be read (on compatible servers, or with some tokens) or where
    /// [`without_jobs`](WatchRun::without_jobs) leaves jobs out. Then the watch ends when the list has at least one
    /// job, all jobs are completed, and the list has not changed for [`with_settle`](WatchRun::with_settle). A run
    /// that cannot be read and gets no job does not end: set [`with_deadline`](WatchRun::with_deadline).
    ///
    /// To stop a watch, drop it.
    ///
    /// # Requests
    ///
    /// Each poll requests the pages of the list by ETag. The server answers 304 for a page that has not changed. With a
    /// token, that does not count for GitHub's primary rate limit. The wait between two polls grows while nothing
    /// changes. The run is requested in the same way, once at the start and when its end is likely: all jobs are
    /// completed, the list is empty, or it has not changed for long. The time between two requests for the run doubles,
    /// up to 30 s, and up to 10 minutes while jobs are not completed.
    ///
    /// # Failures
    ///
    /// A server that fails for a moment does not end the watch: ten failures in a row do. A rate limit is awaited as
    /// long as it lasts. After the run was found, a 404 and a response that cannot be decoded count as such failures.
    /// At the start, a 404 is not an error for 10 s, because the run may just have been dispatched: see
    /// [`with_grace`](WatchRun::with_grace). An empty list between two others is ignored.
    ///
    /// A list can stay shorter than its `total_count` although the run is completed, or although all jobs of a run
    /// that cannot be read are completed. After 10 minutes, that is an
    /// [`ErrorKind::Pagination`](crate::ErrorKind::Pagination).
    ///
    /// ```no_run
    /// # async fn run(client: github_workflow_jobs::Client) -> Result<(), github_workflow_jobs::Error> {
    /// let mut changes = client.watch_run("octo-org", "octo-repo", 29_679_449).stream();
    /// while let Some(change) = changes.try_next().await? {
    ///     println!("{} is {}", change.job.name, change.job.status);
    /// }
    /// println!("the run has ended: {:?}", changes.conclusion());
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
/// It has [`next`](Self::next) and [`try_next`](Self::try_next) of its own. It ends when the run has ended,
/// or after an error.
#[must_use = "a stream does nothing until it is read"]
pub struct JobChanges {
    updates: Driver<Update>,
    jobs: Arc<Vec<Job>>,
    conclusion: Option<Conclusion>,
    /// The changes from the last list to `jobs` that the caller has not read.
    changes: VecDeque<Change>,
}

impl JobChanges {
    fn new(watch: Result<Watch, Error>) -> Self {
        let updates = Driver::unfold(watch.map(Some), |watch: Option<Watch>| async {
            let Some(watch) = watch else { return Ok(None) };
            watch.next().await.map(Some)
        });
        Self { updates, jobs: Arc::default(), conclusion: None, changes: VecDeque::new() }
    }

    /// The conclusion of the run, when the watch has ended. It is `None` before that, after an error, and where the
    /// watch has ended although the run was not seen to be completed: the run cannot be read, or
    /// [`without_jobs`](WatchRun::without_jobs) leaves jobs out and the run was not completed yet.
    ///
    /// A run can fail without a job that failed: a workflow file that is not valid gives a run without jobs and
    /// `startup_failure`, which is a [`Conclusion::Unknown`] because no description lists it.
    ///
    /// ```no_run
    /// # async fn run(client: github_workflow_jobs::Client) -> Result<(), github_workflow_jobs::Error> {
    /// use github_workflow_jobs::Conclusion;
    ///
    /// let mut changes = client.watch_run("octo-org", "octo-repo", 29_679_449).stream();
    /// while changes.try_next().await?.is_some() {}
    /// match changes.conclusion() {
    ///     Some(Conclusion::Success) => println!("the run succeeded"),
    ///     Some(other) => println!("the run ended with {other}"),
    ///     None => println!("all jobs have ended, and the run cannot be read"),
    /// }
    /// # Ok(()) }
    /// ```
    pub fn conclusion(&self) -> Option<&Conclusion> {
        self.conclusion.as_ref()
    }

    /// The jobs of the run as the last poll listed them, without those that the watch leaves out. A job that a
    /// re-run has replaced is not among them.
    pub fn jobs(&self) -> &[Job] {
        &self.jobs
    }

    /// Returns the next change; `None` when the run has ended.
    pub async fn next(&mut self) -> Option<Result<JobChange, Error>> {
        poll_fn(|context| Pin::new(&mut *self).poll_next(context)).await
    }

    /// Returns the next change; `Ok(None)` when the run has ended.
    ///
    /// # Errors
    ///
    /// The deadline has passed, the run does not exist or the token has no access to it, the server failed ten times
    /// in a row, or the list stays incomplete.
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
            match ready!(self.updates.poll_next(context)) {
                None => return Poll::Ready(None),
                Some(Err(error)) => return Poll::Ready(Some(Err(error))),
                Some(Ok(Update::News(news))) => {
                    (self.jobs, self.changes) = (news.jobs, news.changes);
                }
                Some(Ok(Update::End(conclusion))) => self.conclusion = conclusion,
            }
        }
    }
}

impl fmt::Debug for JobChanges {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("JobChanges").finish_non_exhaustive()
    }
}
