//! The times of jobs: how long they ran, how long they waited, and which of them held up the run.

use jiff::{SignedDuration, Timestamp};

use crate::jobs::Outcome;
use crate::{Conclusion, Job, JobStatus, Step};

impl Job {
    /// The time that the completed job ran. `None` if it is not completed, was skipped, never started, or a time is
    /// missing.
    ///
    /// The times come from clocks that differ, so the duration can be negative.
    pub fn duration(&self) -> Option<SignedDuration> {
        if !self.is_finished() || !self.has_run() {
            return None;
        }
        Some(self.completed_at?.duration_since(self.started_at?))
    }

    /// The time that the job was queued; of a job that still is, until `now`. `None` if the job was skipped, never
    /// started, or the time is unknown: a server before GHES 3.9 does not keep the time at which a job was queued after
    /// the job has started.
    ///
    /// The times come from clocks that differ, so the time can be negative.
    ///
    /// ```
    /// # fn job() -> github_workflow_jobs::Job {
    /// #     serde_json::from_value(serde_json::json!({
    /// #         "id": 1, "run_id": 2, "name": "build", "status": "queued", "head_sha": "", "url": "", "run_url": "",
    /// #         "started_at": "2026-01-05T10:00:00Z",
    /// #     })).unwrap()
    /// # }
    /// use github_workflow_jobs::jiff::{SignedDuration, Timestamp};
    ///
    /// let job = job(); // queued since 10:00
    /// let now: Timestamp = "2026-01-05T10:00:30Z".parse()?;
    /// assert_eq!(job.queue_time(now), Some(SignedDuration::from_secs(30)));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn queue_time(&self, now: Timestamp) -> Option<SignedDuration> {
        match self.status {
            // The start of a job that has not started is the time at which it was queued.
            JobStatus::Queued | JobStatus::Waiting | JobStatus::Pending | JobStatus::Requested => {
                Some(now.duration_since(self.created_at.or(self.started_at)?))
            }
            _ if self.has_run() => Some(self.started_at?.duration_since(self.created_at?)),
            _ => None,
        }
    }

    /// The step that wrote a line of the log at this time; `None` if the times of the steps do not identify
    /// one. They are whole seconds, so the lines of a second in which one step ends and another starts belong to neither.
    ///
    /// ```
    /// # fn job() -> github_workflow_jobs::Job {
    /// #     serde_json::from_value(serde_json::json!({
    /// #         "id": 1, "run_id": 2, "name": "build", "status": "completed", "head_sha": "", "url": "", "run_url": "",
    /// #         "steps": [{
    /// #             "number": 1, "name": "Run tests", "status": "completed",
    /// #             "started_at": "2026-01-05T10:00:00Z", "completed_at": "2026-01-05T10:00:09Z",
    /// #         }],
    /// #     })).unwrap()
    /// # }
    /// use github_workflow_jobs::jobs::LogLine;
    ///
    /// let line = LogLine::new("2026-01-05T10:00:05.1234567Z ##[error]test failed");
    /// let job = job();
    /// let step = line.time().and_then(|time| job.step_at(time));
    /// assert_eq!(step.map(|step| step.name.as_str()), Some("Run tests"));
    /// ```
    pub fn step_at(&self, time: Timestamp) -> Option<&Step> {
        let second = time.as_second();
        let mut steps = self.steps.iter().filter(|step| {
            let has_started = step.started_at.is_some_and(|start| start.as_second() <= second);
            has_started && step.completed_at.is_none_or(|end| second <= end.as_second())
        });
        steps.next().filter(|_| steps.next().is_none())
    }

    /// True for a job that has started: it has steps or a runner, or a conclusion that only a job has that ran.
    fn has_run(&self) -> bool {
        match (&self.status, &self.conclusion) {
            (JobStatus::InProgress, _) => true,
            (JobStatus::Completed, Some(Conclusion::Skipped)) => false,
            (JobStatus::Completed, Some(Conclusion::Success | Conclusion::Neutral)) => true,
            (JobStatus::Completed, _) => !self.steps.is_empty() || self.runner().is_some(),
            _ => false,
        }
    }
}

/// The numbers of jobs in a list, by outcome.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Counts {
    /// The number of all jobs.
    pub total: usize,
    /// Jobs that are not completed and not running.
    pub waiting: usize,
    /// Jobs that are in progress.
    pub running: usize,
    /// See [`Outcome::Succeeded`].
    pub succeeded: usize,
    /// See [`Outcome::Skipped`].
    pub skipped: usize,
    /// See [`Outcome::Cancelled`].
    pub cancelled: usize,
    /// See [`Outcome::Failed`].
    pub failed: usize,
    /// See [`Outcome::Unknown`].
    pub unknown: usize,
}

/// Counts the jobs of a list by their outcome.
///
/// ```no_run
/// # async fn run(client: github_workflow_jobs::Client) -> Result<(), github_workflow_jobs::Error> {
/// let jobs = client.list_jobs_for_run("octo-org", "octo-repo", 29_679_449).all().await?;
/// let counts = github_workflow_jobs::jobs::counts(&jobs);
/// println!("{} of {} jobs failed", counts.failed, counts.total);
/// # Ok(()) }
/// ```
pub fn counts<'j>(jobs: impl IntoIterator<Item = &'j Job>) -> Counts {
    let mut counts = Counts::default();
    for job in jobs {
        counts.total += 1;
        *match job.outcome() {
            Outcome::Unfinished if job.status == JobStatus::InProgress => &mut counts.running,
            Outcome::Unfinished => &mut counts.waiting,
            Outcome::Succeeded => &mut counts.succeeded,
            Outcome::Skipped => &mut counts.skipped,
            Outcome::Cancelled => &mut counts.cancelled,
            Outcome::Failed => &mut counts.failed,
            Outcome::Unknown => &mut counts.unknown,
        } += 1;
    }
    counts
}

/// The completed jobs whose [`duration`](Job::duration) is known, the slowest first. Jobs of equal duration keep their
/// order.
///
/// To sort all jobs, use `sort_by_key(|job| Reverse(job.duration()))`: the jobs without a duration come last.
pub fn slowest<'j>(jobs: impl IntoIterator<Item = &'j Job>) -> Vec<(&'j Job, SignedDuration)> {
    let with_duration = |job: &'j Job| job.duration().map(|duration| (job, duration));
    let mut jobs: Vec<_> = jobs.into_iter().filter_map(with_duration).collect();
    jobs.sort_by_key(|(_, duration)| std::cmp::Reverse(*duration));
    jobs
}

/// Returns the chain of completed jobs that determined the end of the run, earliest first: the job that ended last, before
/// it the job that ended last before that one was created, and so on.
///
/// The chain is an estimate. The API does not return which job needs which, so a job that ended by chance just before
/// another was created counts as its predecessor. For a server that does not send `created_at` (before GHES 3.9), the
/// time at which a job started is used.
pub fn critical_path<'j>(jobs: impl IntoIterator<Item = &'j Job>) -> Vec<&'j Job> {
    let times = |job: &'j Job| {
        job.duration()?;
        Some((job.completed_at?, job.created_at.or(job.started_at)?, job))
    };
    let mut jobs: Vec<_> = jobs.into_iter().filter_map(times).collect();
    jobs.sort_by_key(|(end, ..)| *end);
    let mut path = Vec::new();
    let mut next: Option<Timestamp> = None;
    // The times are whole seconds of clocks that differ.
    let slack = SignedDuration::from_secs(1);
    for (end, created, job) in jobs.into_iter().rev() {
        if next.is_none_or(|next| created < next && end.duration_since(next) <= slack) {
            path.push(job);
            next = Some(created);
        }
    }
    path.reverse();
    path
}
