//! A run that progresses with the clock.

use std::sync::Arc;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use serde_json::json;
use tokio::time::Instant;

use crate::jobs::Outcome;
use crate::jobs::testing::{JobBuilder, job};
use crate::operations::{DownloadJobLogs, GetJob, ListJobsForRun, ListJobsForRunAttempt};
use crate::runtime::testing::{Received, Reply, Script};
use crate::{Conclusion, Job, JobId, JobStatus, RunId};

/// The time at which scripted runs begin: 2026-01-05 at 10:00 UTC.
pub const BEGIN: Timestamp = Timestamp::constant(1_767_607_200, 0);

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
        } else if elapsed < self.queued.saturating_add(self.runs) {
            JobStatus::InProgress
        } else {
            JobStatus::Completed
        };
        let at = |after: Duration| begin.checked_add(SignedDuration::try_from(after).ok()?).ok();
        let mut job = self.job.clone();
        for step in &mut job.steps {
            (step.started_at, step.completed_at) =
                (at(self.queued), at(self.queued.saturating_add(self.runs)));
        }
        (job.created_at, job.started_at) = (at(Duration::ZERO), at(self.queued));
        job.completed_at = at(self.queued.saturating_add(self.runs));
        JobBuilder::from(job).status(status).build()
    }
}

/// Script of a server with one run, which begins at [`BEGIN`] and progresses with tokio's clock. The jobs have the ids 1, 2
/// and so on; a request for another run or job gets a 404. A job that has started has the runner `runner-7`.
///
/// The run begins when this function is called. For a later state, call `tokio::time::advance` on a paused clock. For
/// [`Job::queue_time`], now is [`BEGIN`] plus the time that has passed since then.
///
/// A scripted run sends no ETags. To test polling, reply yourself: see the [guide](crate::guide::testing#etags).
///
/// More rules make it fail, such as `.in_order::<ListJobsForRun>([Reply::maintenance()])` for the first request, or
/// `.on::<DownloadJobLogs>(Reply::gone())` for all.
///
/// ```
/// use std::time::Duration;
///
/// use github_workflow_jobs::Conclusion;
/// use github_workflow_jobs::testing::{ScriptedJob, run};
///
/// # #[tokio::main(flavor = "current_thread", start_paused = true)]
/// # async fn main() -> Result<(), github_workflow_jobs::Error> {
/// let build = ScriptedJob::new("build").queued(Duration::from_secs(60)).runs(Duration::from_secs(120));
/// let script = run(1, [build.fails().log("##[error]exit code 1\n")]);
/// let repo = script.client().repo("octo-org/octo-repo").expect("a valid name");
/// let mut changes = repo.watch_run(1).stream();
/// while changes.try_next().await?.is_some() {}
/// assert_eq!(changes.conclusion(), Some(&Conclusion::Failure));
/// let job = &changes.jobs()[0];
/// assert!(job.is_failure());
/// assert!(repo.download_job_logs(job.id).text().await?.contains("exit code 1"));
/// # Ok(()) }
/// ```
pub fn run(id: impl Into<RunId>, jobs: impl IntoIterator<Item = ScriptedJob>) -> Script {
    script(id.into(), BEGIN, Duration::ZERO, jobs)
}

/// As [`run`], for a run that began at a time in the past: its jobs have progressed since then. On a clock that is not
/// paused, now is `Timestamp::now()`.
pub fn run_since(
    begin: Timestamp,
    id: impl Into<RunId>,
    jobs: impl IntoIterator<Item = ScriptedJob>,
) -> Script {
    // A begin in the future is now.
    let age = Duration::try_from(Timestamp::now().duration_since(begin)).unwrap_or_default();
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
        .on_with::<GetJob>(reply(Run::job))
        .on_with::<DownloadJobLogs>(reply(Run::log))
        .on_with::<ListJobsForRun>(reply(Run::list))
        .on_with::<ListJobsForRunAttempt>(reply(Run::list))
        .on_path_with("/repos/{owner}/{repo}/actions/runs/{run_id}", reply(Run::run))
        .on_path_with(
            "/repos/{owner}/{repo}/actions/runs/{run_id}/attempts/{attempt}",
            reply(Run::run),
        )
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
        let jobs = self
            .jobs
            .iter()
            .skip(size.saturating_mul(page - 1))
            .take(size)
            .map(|job| self.now(job));
        let jobs: Vec<_> = jobs.collect();
        let reply = Reply::json(&json!({ "total_count": self.jobs.len(), "jobs": jobs }));
        if size.saturating_mul(page) >= self.jobs.len() {
            return reply;
        }
        let next = page + 1;
        reply.with_next(&format!("/api/v3{}?per_page={size}&page={next}", received.path))
    }

    fn run(&self, received: &Received) -> Reply {
        if !self.is_in(received) {
            return Reply::not_found();
        }
        let outcomes: Vec<_> = self.jobs.iter().map(|job| self.now(job).outcome()).collect();
        let has = |outcome| outcomes.contains(&outcome);
        let (status, conclusion) = if has(Outcome::Unfinished) {
            ("in_progress", None)
        } else if has(Outcome::Failed) {
            ("completed", Some(Conclusion::Failure))
        } else if has(Outcome::Cancelled) {
            ("completed", Some(Conclusion::Cancelled))
        } else {
            ("completed", Some(Conclusion::Success))
        };
        let fields = json!({ "id": self.id, "status": status, "conclusion": conclusion });
        #[cfg(feature = "runs")]
        let fields = super::workflow_run::with_fields(fields);
        Reply::json(&fields)
    }

    fn now(&self, scripted: &ScriptedJob) -> Job {
        scripted.at(self.begin, self.age.saturating_add(self.start.elapsed()))
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
