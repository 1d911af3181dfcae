//! Jobs with defaults.

use jiff::Timestamp;
use serde_json::json;

use crate::jobs::testing::BEGIN;
use crate::runtime::testing::Reply;
use crate::{Conclusion, Job, JobId, JobStatus, RunId, Step, StepStatus};

/// The URL of the repository of all jobs.
const REPO: &str = "https://ghes.example.com/api/v3/repos/octo-org/octo-repo/actions";

/// Builds a [`Job`]. Start with [`job`], or with a job of your own.
#[derive(Clone, Debug)]
#[must_use = "the job is made by `build`"]
pub struct JobBuilder(Job);

/// A job to change: job 1 of run 1, `build`, completed with success after a minute, on a runner, without steps.
pub fn job() -> JobBuilder {
    let at = |seconds| Timestamp::from_second(BEGIN.as_second() + seconds).ok();
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
        url: format!("{REPO}/jobs/1"),
        html_url: None,
        run_url: format!("{REPO}/runs/1"),
        check_run_url: None,
        node_id: None,
    })
}

impl From<Job> for JobBuilder {
    fn from(job: Job) -> Self {
        Self(job)
    }
}

impl JobBuilder {
    /// Sets the id, and the URL of the job.
    pub fn id(self, id: impl Into<JobId>) -> Self {
        self.with(|job| {
            job.id = id.into();
            job.url = format!("{REPO}/jobs/{}", job.id);
        })
    }

    /// Sets the id of the run, and its URL.
    pub fn run_id(self, id: impl Into<RunId>) -> Self {
        self.with(|job| {
            job.run_id = id.into();
            job.run_url = format!("{REPO}/runs/{}", job.run_id);
        })
    }

    /// Sets the name.
    pub fn name(self, name: impl Into<String>) -> Self {
        self.with(|job| job.name = name.into())
    }

    /// Sets the status of a job that is not completed: it has no conclusion and no end, and its steps have none. If it has
    /// not started, it has no runner and no steps.
    pub fn status(self, status: JobStatus) -> Self {
        self.with(|job| {
            if status != JobStatus::Completed {
                (job.conclusion, job.completed_at) = (None, None);
                for step in &mut job.steps {
                    (step.conclusion, step.completed_at) = (None, None);
                    step.status = StepStatus::InProgress;
                }
            }
            if !matches!(status, JobStatus::Completed | JobStatus::InProgress) {
                job.started_at = job.created_at;
                (job.runner_id, job.runner_name) = (None, None);
                (job.runner_group_id, job.runner_group_name) = (None, None);
                job.steps.clear();
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
pub fn job_page(jobs: impl IntoIterator<Item = Job>) -> Reply {
    let jobs: Vec<Job> = jobs.into_iter().collect();
    Reply::json(&json!({ "total_count": jobs.len(), "jobs": jobs }))
}
