//! A watch before it begins: the run, and the options.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use super::poll::Watch;
use super::{JobChanges, convert};
use crate::runtime::args::arg::Arg;
use crate::runtime::args::invalid_input::InvalidInput;
use crate::runtime::args::per_page::PerPage;
use crate::runtime::args::repository::{Owner, Repo};
use crate::runtime::client::Client;
use crate::types::{Job, RunId};

/// The shortest wait between two polls.
pub(super) const SHORTEST: Duration = Duration::from_millis(100);

/// A watch that has not begun. [`Client::watch_run`] makes it.
///
/// All options start with `with`, as the client's options of a request do: a watch sends requests of its own and
/// has no parameters of the API.
#[derive(Clone, Debug)]
#[must_use = "a watch does nothing until its stream is read"]
pub struct WatchRun {
    client: Client,
    target: Result<Target, InvalidInput>,
    options: Options,
}

/// The run that is watched.
#[derive(Clone, Debug)]
pub(super) struct Target {
    pub(super) owner: Owner,
    pub(super) repo: Repo,
    pub(super) run: RunId,
    pub(super) attempt: Option<i64>,
}

#[derive(Clone, Debug)]
pub(super) struct Options {
    pub(super) settle: Duration,
    pub(super) grace: Duration,
    pub(super) floor: Duration,
    pub(super) ceiling: Duration,
    pub(super) deadline: Option<Duration>,
    pub(super) page_size: Option<PerPage>,
    left_out: Vec<Filter>,
}

#[derive(Clone)]
struct Filter(Arc<dyn Fn(&Job) -> bool + Send + Sync>);

impl Options {
    pub(super) fn leaves_out(&self, job: &Job) -> bool {
        self.left_out.iter().any(|filter| filter.0(job))
    }

    pub(super) fn leaves_jobs_out(&self) -> bool {
        !self.left_out.is_empty()
    }
}

impl fmt::Debug for Filter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Filter")
    }
}

impl WatchRun {
    pub(super) fn new(client: &Client, target: Result<Target, InvalidInput>) -> Self {
        let options = Options {
            settle: Duration::from_secs(15),
            grace: Duration::from_secs(10),
            floor: Duration::from_secs(2),
            ceiling: Duration::from_secs(30),
            deadline: None,
            page_size: None,
            left_out: Vec::new(),
        };
        Self { client: client.clone(), target, options }
    }

    /// Sets the wait between two polls: `floor` after a change, growing to `ceiling` while nothing changes; 2 s
    /// and 30 s if left out. Both are at least 100 ms. A random part of up to a tenth is added, so that many
    /// watches do not poll at once.
    pub fn with_interval(mut self, floor: Duration, ceiling: Duration) -> Self {
        let day = Duration::from_secs(24 * 60 * 60);
        self.options.floor = floor.clamp(SHORTEST, day);
        self.options.ceiling = ceiling.clamp(self.options.floor, day);
        self
    }

    /// Limits the time of the whole watch. After it, the watch ends with an
    /// [`ErrorKind::Timeout`](crate::ErrorKind::Timeout). Not limited if left out.
    pub fn with_deadline(mut self, limit: Duration) -> Self {
        self.options.deadline = Some(limit);
        self
    }

    /// Sets the number of jobs on a page, from 1 to 100. If left out, it is 100, and smaller where the server fails
    /// for that.
    pub fn with_page_size(mut self, size: impl Arg<PerPage>) -> Self {
        match convert("page_size", size) {
            Ok(size) => self.options.page_size = Some(size),
            Err(refused) => self.target = self.target.and(Err(refused)),
        }
        self
    }

    /// Sets the time from the start in which a 404 is not an error; 10 s if left out. GitHub can answer 404 for
    /// some seconds after a run was dispatched.
    ///
    /// GitHub also answers 404 if the token has no access: with zero, the watch of such a run fails at once.
    pub fn with_grace(mut self, time: Duration) -> Self {
        self.options.grace = time;
        self
    }

    /// Sets the time for which the list must stay unchanged where the run cannot be relied on; 15 s if left out:
    /// see [`Client::watch_run`]. A longer time makes it less likely that the watch misses a job that is listed
    /// late.
    pub fn with_settle(mut self, time: Duration) -> Self {
        self.options.settle = time;
        self
    }

    /// Leaves out the jobs for which `is_left_out` returns true: the watch neither reports them nor waits for them.
    /// Further calls leave out further jobs.
    ///
    /// A workflow that watches its own run leaves out the job that watches, because the run cannot end before it:
    ///
    /// ```no_run
    /// # async fn run(client: github_workflow_jobs::Client) -> Result<(), github_workflow_jobs::Error> {
    /// let runner = std::env::var("RUNNER_NAME").ok();
    /// let watch = client.watch_run("octo-org", "octo-repo", 29_679_449);
    /// let mut changes = watch.without_jobs(move |job| job.runner_name == runner).stream();
    /// while let Some(change) = changes.try_next().await? {
    ///     println!("{} is {}", change.job.name, change.job.status);
    /// }
    /// # Ok(()) }
    /// ```
    pub fn without_jobs(
        mut self,
        is_left_out: impl Fn(&Job) -> bool + Send + Sync + 'static,
    ) -> Self {
        self.options.left_out.push(Filter(Arc::new(is_left_out)));
        self
    }

    /// Starts the watch.
    pub fn stream(self) -> JobChanges {
        let Self { client, target, options } = self;
        let watch = target.map(|target| Watch::new(client, target, options));
        JobChanges::new(watch.map_err(Into::into))
    }
}
