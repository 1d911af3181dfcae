//! Watching a run until its jobs are done.

mod look;

use std::collections::BTreeMap;
use std::collections::VecDeque;
use std::fmt;
use std::future::poll_fn;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use futures_core::Stream;
use tokio::time::Instant;

use crate::runtime::args::arg::Arg;
use crate::runtime::args::invalid_input::InvalidInput;
use crate::runtime::args::repository::{Owner, Repo};
use crate::runtime::client::{Client, RepoClient};
use crate::runtime::response::error::Error;
use crate::types::{Job, RunId};
use look::{Look, SHORTEST, Target, Watch};

/// A job that is new to a watch, or not what it was.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct JobChange {
    /// The job as it is now.
    pub job: Job,
    /// The job as it was; `None` the first time.
    pub previous: Option<Job>,
}

/// A watch that has not begun. Made by [`Client::watch_run`].
#[derive(Clone, Debug)]
#[must_use = "a watch does nothing until its stream is read"]
pub struct WatchRun {
    client: Client,
    target: Result<Target, InvalidInput>,
    settle: Duration,
    floor: Duration,
    ceiling: Duration,
    deadline: Option<Duration>,
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

impl WatchRun {
    fn new(client: &Client, target: Result<Target, InvalidInput>) -> Self {
        Self {
            client: client.clone(),
            target,
            settle: Duration::from_secs(15),
            floor: Duration::from_secs(2),
            ceiling: Duration::from_secs(30),
            deadline: None,
        }
    }

    /// How long the list must stay as it is, all jobs completed, before that is taken for the end: 15 s if
    /// left out.
    pub fn settle(mut self, time: Duration) -> Self {
        self.settle = time;
        self
    }

    /// The wait between two looks: `floor` after a change, growing to `ceiling` while there is none; 2 s and
    /// 30 s if left out. It is jittered, so that many watches do not come at once.
    pub fn interval(mut self, floor: Duration, ceiling: Duration) -> Self {
        let day = Duration::from_secs(24 * 60 * 60);
        self.floor = floor.clamp(SHORTEST, day);
        self.ceiling = ceiling.clamp(self.floor, day);
        self
    }

    /// After this time the watch ends with an [`ErrorKind::Timeout`](crate::ErrorKind::Timeout), done or not.
    pub fn deadline(mut self, limit: Duration) -> Self {
        self.deadline = Some(limit);
        self
    }

    /// Begins the watch.
    pub fn stream(self) -> JobChanges {
        let state = match self.target {
            Err(refused) => State::Refused(refused.into()),
            Ok(target) => State::Between(Box::new(Watch {
                client: self.client,
                target,
                settle: self.settle,
                floor: self.floor,
                ceiling: self.ceiling,
                deadline: self.deadline.and_then(|limit| Instant::now().checked_add(limit)),
                wait: None,
                same_since: Instant::now(),
                failures: 0,
                pages: Vec::new(),
                listed: Vec::new(),
                known: BTreeMap::new(),
            })),
        };
        JobChanges { state, changes: VecDeque::new(), jobs: Vec::new() }
    }
}

/// The changes that a watch sees. It is a [`Stream`], and has [`next`](Self::next) and
/// [`try_next`](Self::try_next) of its own. It ends when the jobs are done, or after an error.
#[must_use = "a stream does nothing until it is read"]
pub struct JobChanges {
    state: State,
    changes: VecDeque<JobChange>,
    jobs: Vec<Job>,
}

type Looking = Pin<Box<dyn Future<Output = (Box<Watch>, Result<Look, Error>)> + Send>>;

enum State {
    Refused(Error),
    Between(Box<Watch>),
    Looking(Looking),
    Ended,
}

impl JobChanges {
    /// All jobs of the run as they were at the last look. One that a re-run has replaced is not among them.
    pub fn jobs(&self) -> &[Job] {
        &self.jobs
    }

    /// The next change; `None` when the jobs are done.
    pub async fn next(&mut self) -> Option<Result<JobChange, Error>> {
        poll_fn(|context| Pin::new(&mut *self).poll_next(context)).await
    }

    /// The next change; `Ok(None)` when the jobs are done.
    ///
    /// # Errors
    ///
    /// The deadline has passed, the run does not exist or may not be seen, or the server failed ten times
    /// in a row.
    pub async fn try_next(&mut self) -> Result<Option<JobChange>, Error> {
        self.next().await.transpose()
    }
}

impl Stream for JobChanges {
    type Item = Result<JobChange, Error>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        loop {
            if let Some(change) = self.changes.pop_front() {
                return Poll::Ready(Some(Ok(change)));
            }
            match std::mem::replace(&mut self.state, State::Ended) {
                State::Ended => return Poll::Ready(None),
                State::Refused(error) => return Poll::Ready(Some(Err(error))),
                State::Between(mut watch) => {
                    self.state = State::Looking(Box::pin(async move {
                        let look = watch.look().await;
                        (watch, look)
                    }));
                }
                State::Looking(mut looking) => match looking.as_mut().poll(context) {
                    Poll::Pending => {
                        self.state = State::Looking(looking);
                        return Poll::Pending;
                    }
                    Poll::Ready((_, Ok(Look::Done))) => return Poll::Ready(None),
                    Poll::Ready((_, Err(error))) => return Poll::Ready(Some(Err(error))),
                    Poll::Ready((watch, Ok(Look::Nothing))) => self.state = State::Between(watch),
                    Poll::Ready((watch, Ok(Look::Changes(changes, jobs)))) => {
                        self.changes = changes.into();
                        self.jobs = jobs;
                        self.state = State::Between(watch);
                    }
                },
            }
        }
    }
}

impl fmt::Debug for JobChanges {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("JobChanges").finish_non_exhaustive()
    }
}
