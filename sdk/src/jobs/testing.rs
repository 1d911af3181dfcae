//! Values and scripts for the tests of code that uses this crate (feature `testing`).
//!
//! A [`Script`] takes the place of a server. This program under test prints the jobs of a run that failed:
//!
//! ```
//! use github_workflow_jobs::testing::{ScriptedJob, run};
//! use github_workflow_jobs::{Client, Error};
//!
//! async fn failed(client: &Client) -> Result<Vec<String>, Error> {
//!     let jobs = client.list_jobs_for_run("octo-org", "octo-repo", 1).all().await?;
//!     Ok(jobs.into_iter().filter(|job| job.is_failure()).map(|job| job.name).collect())
//! }
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Error> {
//! let script = run(1, [ScriptedJob::new("build"), ScriptedJob::new("test").fails()]);
//! assert_eq!(failed(&script.client()).await?, ["test"]);
//! assert_eq!(script.received().len(), 1);
//! # Ok(()) }
//! ```
//!
//! A reply can be any error ([`Reply`]):
//!
//! ```
//! use github_workflow_jobs::operations::GetJob;
//! use github_workflow_jobs::testing::{Reply, Script, job};
//! use github_workflow_jobs::{ErrorKind, JobStatus};
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), github_workflow_jobs::Error> {
//! let queued = job().status(JobStatus::Queued).build();
//! let script = Script::new().in_order::<GetJob>([Reply::json(&queued), Reply::not_found()]);
//! let client = script.client();
//! assert_eq!(client.get_job("octo-org", "octo-repo", 1).await?.status, JobStatus::Queued);
//! let error = client.get_job("octo-org", "octo-repo", 1).await.unwrap_err();
//! assert_eq!(error.kind(), ErrorKind::Status);
//! # Ok(()) }
//! ```
//!
//! Waits and time-outs take no time on tokio's paused clock: `#[tokio::test(start_paused = true)]`.

use std::sync::Arc;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use serde_json::json;
use tokio::time::Instant;

pub use crate::runtime::testing::{Received, Reply, Script};

use crate::operations::{DownloadJobLogs, GetJob, ListJobsForRun, ListJobsForRunAttempt};
use crate::{Conclusion, Job, JobId, JobStatus, RunId, Step, StepStatus};

/// The time at which the runs of scripts begin: 2026-01-05 at 10:00 UTC.
const BEGIN: i64 = 1_767_607_200;

/// Builds a [`Job`]. Start with [`job`].
#[derive(Clone, Debug)]
#[must_use = "the job is made by `build`"]
pub struct JobBuilder(Job);

/// A job to change: job 1 of run 1, `build`, completed with success after a minute, on a runner, without steps.
pub fn job() -> JobBuilder {
    let at = |seconds| Timestamp::from_second(BEGIN + seconds).ok();
    JobBuilder(Job {
        id: JobId::from(1),
        run_id: RunId::from(1),
        run_attempt: Some(1),
        name: "build".to_owned(),
        workflow_name: Some("CI".to_owned()),
        head_branch: Some("main".to_owned()),
        head_sha: "0123456789abcdef0123456789abcdef01234567".to_owned(),
        status: JobStatus::Completed,
        conclusion: Some(Conclusion::Success),
        created_at: at(0),
        started_at: at(5),
        completed_at: at(65),
        runner_id: Some(7),
        runner_name: Some("runner-7".to_owned()),
        runner_group_id: Some(1),
        runner_group_name: Some("Default".to_owned()),
        labels: vec!["self-hosted".to_owned()],
        steps: Vec::new(),
        url: "https://ghes.example.com/api/v3/repos/octo-org/octo-repo/actions/jobs/1".to_owned(),
        html_url: None,
        run_url: "https://ghes.example.com/api/v3/repos/octo-org/octo-repo/actions/runs/1"
            .to_owned(),
        check_run_url: None,
        node_id: None,
    })
}

impl JobBuilder {
    /// Sets the id.
    pub fn id(self, id: impl Into<JobId>) -> Self {
        self.with(|job| job.id = id.into())
    }

    /// Sets the id of the run.
    pub fn run_id(self, id: impl Into<RunId>) -> Self {
        self.with(|job| job.run_id = id.into())
    }

    /// Sets the name.
    pub fn name(self, name: impl Into<String>) -> Self {
        self.with(|job| job.name = name.into())
    }

    /// Sets the status. A job that is not completed has no conclusion and no end, and one that has not started has no
    /// runner.
    pub fn status(self, status: JobStatus) -> Self {
        self.with(|job| {
            if status != JobStatus::Completed {
                (job.conclusion, job.completed_at) = (None, None);
            }
            if !matches!(status, JobStatus::Completed | JobStatus::InProgress) {
                job.started_at = job.created_at;
                (job.runner_id, job.runner_name) = (None, None);
                (job.runner_group_id, job.runner_group_name) = (None, None);
            }
            job.status = status;
        })
    }

    /// Sets the conclusion of a completed job.
    pub fn conclusion(self, conclusion: Conclusion) -> Self {
        self.with(|job| {
            job.status = JobStatus::Completed;
            job.conclusion = Some(conclusion);
        })
    }

    /// Adds a completed step; its number is the next.
    pub fn step(self, name: impl Into<String>, conclusion: Conclusion) -> Self {
        self.with(|job| {
            let number = job.steps.len() as i64 + 1;
            let (started_at, completed_at) = (job.started_at, job.completed_at);
            let (name, status) = (name.into(), StepStatus::Completed);
            let conclusion = Some(conclusion);
            job.steps.push(Step { number, name, status, conclusion, started_at, completed_at });
        })
    }

    /// Changes any field.
    pub fn with(mut self, change: impl FnOnce(&mut Job)) -> Self {
        change(&mut self.0);
        self
    }

    /// The job.
    pub fn build(self) -> Job {
        self.0
    }
}

/// The reply with one page of jobs, which is the whole list.
pub fn page(jobs: impl IntoIterator<Item = Job>) -> Reply {
    let jobs: Vec<Job> = jobs.into_iter().collect();
    Reply::json(&json!({ "total_count": jobs.len(), "jobs": jobs }))
}

/// Job of a scripted [`run`]: how long it is queued, how long it runs, how it ends.
#[derive(Clone, Debug)]
#[must_use = "a scripted job is an argument of `run`"]
pub struct ScriptedJob {
    job: Job,
    queued: Duration,
    runs: Duration,
    log: Log,
}

#[derive(Clone, Debug)]
enum Log {
    Text(String),
    NotWritten,
    Expired,
}

impl ScriptedJob {
    /// A job that starts at once, succeeds at once, and has an empty log.
    pub fn new(name: impl Into<String>) -> Self {
        let job = job().name(name).build();
        Self { job, queued: Duration::ZERO, runs: Duration::ZERO, log: Log::Text(String::new()) }
    }

    /// The job is queued for this time after the begin of the run.
    pub fn queued(mut self, time: Duration) -> Self {
        self.queued = time;
        self
    }

    /// The job runs for this time.
    pub fn runs(mut self, time: Duration) -> Self {
        self.runs = time;
        self
    }

    /// The job ends with `failure`.
    pub fn fails(self) -> Self {
        self.ends(Conclusion::Failure)
    }

    /// The job ends with this conclusion.
    pub fn ends(mut self, conclusion: Conclusion) -> Self {
        self.job.conclusion = Some(conclusion);
        self
    }

    /// The log of the job, once it has ended.
    pub fn log(mut self, log: impl Into<String>) -> Self {
        self.log = Log::Text(log.into());
        self
    }

    /// The job never has a log.
    pub fn without_log(mut self) -> Self {
        self.log = Log::NotWritten;
        self
    }

    /// The log of the job has expired.
    pub fn expired_log(mut self) -> Self {
        self.log = Log::Expired;
        self
    }

    /// Changes fields of the job. Its id, its run, its status and its times follow from the script.
    pub fn with(mut self, change: impl FnOnce(&mut Job)) -> Self {
        change(&mut self.job);
        self
    }

    /// The job of a run at a time after its begin.
    fn at(&self, begin: Timestamp, elapsed: Duration) -> Job {
        let status = if elapsed < self.queued {
            JobStatus::Queued
        } else if elapsed < self.queued + self.runs {
            JobStatus::InProgress
        } else {
            JobStatus::Completed
        };
        let at = |after: Duration| begin.checked_add(SignedDuration::try_from(after).ok()?).ok();
        let mut job = self.job.clone();
        for step in &mut job.steps {
            (step.started_at, step.completed_at) = (at(self.queued), at(self.queued + self.runs));
        }
        (job.created_at, job.started_at) = (at(Duration::ZERO), at(self.queued));
        job.completed_at = at(self.queued + self.runs);
        JobBuilder(job).status(status).build()
    }
}

/// Script of a server with one run, which begins now and progresses with tokio's clock. The jobs have the ids 1, 2 and
/// so on; a request for another run or job gets a 404.
///
/// ```
/// use std::time::Duration;
///
/// use github_workflow_jobs::testing::{ScriptedJob, run};
///
/// # #[tokio::main(flavor = "current_thread", start_paused = true)]
/// # async fn main() -> Result<(), github_workflow_jobs::Error> {
/// let build = ScriptedJob::new("build").queued(Duration::from_secs(60)).runs(Duration::from_secs(120));
/// let script = run(1, [build.fails().log("##[error]exit code 1\n")]);
/// let repo = script.client().repo("octo-org/octo-repo").expect("a valid name");
/// let mut changes = repo.watch_run(1).stream();
/// while changes.try_next().await?.is_some() {}
/// let job = &changes.jobs()[0];
/// assert!(job.is_failure());
/// assert!(repo.download_job_logs(job.id).text().await?.contains("exit code 1"));
/// # Ok(()) }
/// ```
pub fn run(id: impl Into<RunId>, jobs: impl IntoIterator<Item = ScriptedJob>) -> Script {
    script(id.into(), Timestamp::from_second(BEGIN).unwrap_or_default(), Duration::ZERO, jobs)
}

/// As [`run`], for a run that began at a time in the past: its jobs have progressed since then.
pub fn run_since(
    begin: Timestamp,
    id: impl Into<RunId>,
    jobs: impl IntoIterator<Item = ScriptedJob>,
) -> Script {
    let age = Timestamp::now().duration_since(begin).unsigned_abs();
    script(id.into(), begin, age, jobs)
}

fn script(
    id: RunId,
    begin: Timestamp,
    age: Duration,
    jobs: impl IntoIterator<Item = ScriptedJob>,
) -> Script {
    let mut jobs: Vec<_> = jobs.into_iter().collect();
    for (number, scripted) in (1..).zip(&mut jobs) {
        (scripted.job.id, scripted.job.run_id) = (JobId::from(number), id);
    }
    let run = Arc::new(Run { id, jobs, begin, age, start: Instant::now() });
    let reply = |reply: fn(&Run, &Received) -> Reply| {
        let run = run.clone();
        move |received: &Received| reply(&run, received)
    };
    Script::new()
        .by::<GetJob>(reply(Run::job))
        .by::<DownloadJobLogs>(reply(Run::log))
        .by::<ListJobsForRun>(reply(Run::list))
        .by::<ListJobsForRunAttempt>(reply(Run::list))
        .by_path("/repos/{owner}/{repo}/actions/runs/{run_id}", reply(Run::run))
        .by_path("/repos/{owner}/{repo}/actions/runs/{run_id}/attempts/{attempt}", reply(Run::run))
}

/// A run of a script.
struct Run {
    id: RunId,
    jobs: Vec<ScriptedJob>,
    begin: Timestamp,
    /// The age of the run at `start`.
    age: Duration,
    start: Instant,
}

impl Run {
    fn job(&self, received: &Received) -> Reply {
        let found = self.scripted(received);
        found.map_or(Reply::not_found(), |scripted| Reply::json(&self.now(scripted)))
    }

    fn log(&self, received: &Received) -> Reply {
        match self.scripted(received) {
            None => Reply::not_found(),
            Some(scripted) => match &scripted.log {
                Log::Expired => Reply::gone(),
                Log::Text(log) if self.now(scripted).is_finished() => Reply::content(log.clone()),
                Log::Text(_) | Log::NotWritten => Reply::no_content_yet(),
            },
        }
    }

    fn list(&self, received: &Received) -> Reply {
        if !self.is_in(received) {
            return Reply::not_found();
        }
        let number = |name, default| {
            received.query(name).and_then(|text| text.parse().ok()).unwrap_or(default)
        };
        let (size, page): (usize, usize) = (number("per_page", 30), number("page", 1).max(1));
        let jobs = self.jobs.iter().skip(size * (page - 1)).take(size).map(|job| self.now(job));
        let jobs: Vec<_> = jobs.collect();
        let reply = Reply::json(&json!({ "total_count": self.jobs.len(), "jobs": jobs }));
        if size * page >= self.jobs.len() {
            return reply;
        }
        let next = page + 1;
        reply.with_next(&format!("/api/v3{}?per_page={size}&page={next}", received.path))
    }

    fn run(&self, received: &Received) -> Reply {
        if !self.is_in(received) {
            return Reply::not_found();
        }
        let is_finished = self.jobs.iter().all(|job| self.now(job).is_finished());
        let status = if is_finished { "completed" } else { "in_progress" };
        Reply::json(&json!({ "id": self.id, "status": status }))
    }

    fn now(&self, scripted: &ScriptedJob) -> Job {
        scripted.at(self.begin, self.age + self.start.elapsed())
    }

    /// True if the path names this run.
    fn is_in(&self, received: &Received) -> bool {
        id_in(&received.path) == Some(&self.id.to_string())
    }

    /// The job that the path names.
    fn scripted(&self, received: &Received) -> Option<&ScriptedJob> {
        let id = id_in(&received.path)?;
        self.jobs.iter().find(|scripted| scripted.job.id.to_string() == id)
    }
}

/// The id in a path: `/repos/OWNER/REPO/actions/jobs/ID` and longer.
fn id_in(path: &str) -> Option<&str> {
    path.split('/').nth(6)
}
