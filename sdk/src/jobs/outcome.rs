//! The outcome of a job, and where it ran.

use std::fmt;

use crate::{Conclusion, Job, JobStatus, Step};

/// The outcome of a job, coarser than its [`Conclusion`]. New outcomes may be added: match with a wildcard arm.
///
/// `Display` is its name in lower case, such as `failed`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Outcome {
    /// The job is not completed.
    Unfinished,
    /// `success` or `neutral`.
    Succeeded,
    /// `skipped`: the job did not run.
    Skipped,
    /// `cancelled`.
    Cancelled,
    /// `failure`, `timed_out`, `startup_failure` or `action_required`.
    Failed,
    /// The job is completed with a conclusion that this version of the crate does not know, or without one. Do not
    /// count it as a success.
    Unknown,
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Unfinished => "unfinished",
            Self::Succeeded => "succeeded",
            Self::Skipped => "skipped",
            Self::Cancelled => "cancelled",
            Self::Failed => "failed",
            Self::Unknown => "unknown",
        })
    }
}

/// The runner of a job.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Runner<'j> {
    /// Id of the runner.
    pub id: Option<i64>,
    /// Name of the runner.
    pub name: &'j str,
    /// Name of the runner's group, if the server sends it.
    pub group: Option<&'j str>,
}

impl Job {
    /// The outcome of the job.
    ///
    /// ```
    /// # fn job() -> github_workflow_jobs::Job {
    /// #     serde_json::from_value(serde_json::json!({
    /// #         "id": 1, "run_id": 2, "name": "build", "status": "completed", "conclusion": "timed_out",
    /// #         "head_sha": "", "url": "", "run_url": "",
    /// #     })).unwrap()
    /// # }
    /// use github_workflow_jobs::jobs::Outcome;
    ///
    /// let job = job(); // completed, `timed_out`
    /// assert_eq!(job.outcome(), Outcome::Failed);
    /// assert!(job.is_finished() && job.is_failure());
    /// ```
    pub fn outcome(&self) -> Outcome {
        if !self.is_finished() {
            return Outcome::Unfinished;
        }
        match &self.conclusion {
            Some(Conclusion::Success | Conclusion::Neutral) => Outcome::Succeeded,
            Some(Conclusion::Skipped) => Outcome::Skipped,
            Some(Conclusion::Cancelled) => Outcome::Cancelled,
            Some(conclusion) if is_failure(conclusion) => Outcome::Failed,
            _ => Outcome::Unknown,
        }
    }

    /// True if the job is completed.
    pub fn is_finished(&self) -> bool {
        self.status == JobStatus::Completed
    }

    /// True if the outcome is [`Outcome::Failed`]. A job that was cancelled has not failed.
    pub fn is_failure(&self) -> bool {
        self.outcome() == Outcome::Failed
    }

    /// The steps that failed, in their order. A job can fail without one: it never got a runner, or it was stopped.
    pub fn failed_steps(&self) -> impl Iterator<Item = &Step> {
        self.steps.iter().filter(|step| step.conclusion.as_ref().is_some_and(is_failure))
    }

    /// The runner of the job; `None` if it has none yet, never had one, or the server does not send it.
    ///
    /// For a job that never had a runner, GitHub sends the id 0 and an empty name. The id 0 alone does not mean
    /// that: the group of GitHub's own runners has it.
    pub fn runner(&self) -> Option<Runner<'_>> {
        let name = self.runner_name.as_deref().filter(|name| !name.is_empty())?;
        let group = self.runner_group_name.as_deref().filter(|name| !name.is_empty());
        Some(Runner { id: self.runner_id, name, group })
    }
}

/// True for the conclusions that are failures, with the one of a workflow file that is not valid.
fn is_failure(conclusion: &Conclusion) -> bool {
    let known = [Conclusion::Failure, Conclusion::TimedOut, Conclusion::ActionRequired];
    known.contains(conclusion) || conclusion.as_str() == "startup_failure"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_outcome_is_shown_in_lower_case_and_padded() {
        use Outcome::*;
        for outcome in [Unfinished, Succeeded, Skipped, Cancelled, Failed, Unknown] {
            assert_eq!(outcome.to_string(), format!("{outcome:?}").to_lowercase());
        }
        assert_eq!(format!("{Failed:<8}|{Failed:>8}"), "failed  |  failed");
    }
}
