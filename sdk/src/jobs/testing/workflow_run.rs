//! Runs with defaults, for the feature `runs`.

use jiff::SignedDuration;
use serde_json::{Map, Value, json};

use crate::jobs::testing::BEGIN;
use crate::runtime::testing::Reply;
use crate::{Run, RunConclusion, RunId, RunStatus};

/// The repository of all runs and artifacts.
pub(super) const REPO: &str = "https://ghes.example.com/api/v3/repos/octo-org/octo-repo";

/// Builds a [`Run`]. Start with [`workflow_run`], or with a run of your own.
#[derive(Clone, Debug)]
#[must_use = "the run is made by `build`"]
pub struct RunBuilder(Run);

/// A run to change: run 1 of the workflow `CI` in `octo-org/octo-repo`, started by a push to `main`, completed with success
/// after a minute.
///
/// ```
/// use github_workflow_jobs::operations::GetRun;
/// use github_workflow_jobs::testing::{Reply, Script, workflow_run};
/// use github_workflow_jobs::{RunConclusion, RunStatus};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), github_workflow_jobs::Error> {
/// let waiting = workflow_run().id(7).status(RunStatus::Waiting).build();
/// let failed = workflow_run().id(7).conclusion(RunConclusion::Failure).build();
/// let script = Script::new().in_order::<GetRun>([Reply::json(&waiting), Reply::json(&failed)]);
/// let client = script.client();
/// assert_eq!(client.get_run("octo-org", "octo-repo", 7).await?.conclusion, None);
/// let run = client.get_run("octo-org", "octo-repo", 7).await?;
/// assert_eq!(run.conclusion, Some(RunConclusion::Failure));
/// # Ok(()) }
/// ```
#[expect(clippy::expect_used, reason = "the fields are constants")]
pub fn workflow_run() -> RunBuilder {
    RunBuilder(serde_json::from_value(fields()).expect("the fields are those of a run")).id(1)
}

impl From<Run> for RunBuilder {
    fn from(run: Run) -> Self {
        Self(run)
    }
}

impl RunBuilder {
    /// Sets the id, and the URLs of the run.
    pub fn id(self, id: impl Into<RunId>) -> Self {
        self.with(|run| {
            run.id = id.into();
            let url = format!("{REPO}/actions/runs/{}", run.id);
            run.html_url = url.replace("/api/v3/repos", "");
            for (field, part) in [
                (&mut run.jobs_url, "jobs"),
                (&mut run.logs_url, "logs"),
                (&mut run.artifacts_url, "artifacts"),
                (&mut run.cancel_url, "cancel"),
                (&mut run.rerun_url, "rerun"),
            ] {
                *field = format!("{url}/{part}");
            }
            run.url = url;
        })
    }

    /// Sets the status. A run that is not completed has no conclusion.
    pub fn status(self, status: RunStatus) -> Self {
        self.with(|run| {
            if status != RunStatus::Completed {
                run.conclusion = None;
            }
            run.status = Some(status);
        })
    }

    /// Sets the conclusion of a completed run.
    pub fn conclusion(self, conclusion: RunConclusion) -> Self {
        self.with(|run| {
            run.status = Some(RunStatus::Completed);
            run.conclusion = Some(conclusion);
        })
    }

    /// Changes any field.
    pub fn with(mut self, change: impl FnOnce(&mut Run)) -> Self {
        change(&mut self.0);
        self
    }

    /// The run.
    pub fn build(self) -> Run {
        self.0
    }
}

/// The reply with one page of runs, which is the whole list.
pub fn run_page(runs: impl IntoIterator<Item = Run>) -> Reply {
    let runs: Vec<Run> = runs.into_iter().collect();
    Reply::json(&json!({ "total_count": runs.len(), "workflow_runs": runs }))
}

/// A run with other fields.
pub(super) fn with_fields(other: Value) -> Value {
    let mut all = fields();
    if let (Value::Object(all), Value::Object(other)) = (&mut all, other) {
        all.extend(other);
    }
    all
}

/// The fields of a run that every server sends, and those of newer servers about the attempt and its workflow.
fn fields() -> Value {
    let end = BEGIN.checked_add(SignedDuration::from_secs(60)).unwrap_or(BEGIN);
    let sha = "0123456789abcdef0123456789abcdef01234567";
    let person = json!({ "name": "Octo Cat", "email": "octo-cat@example.com" });
    json!({
        "id": 1, "node_id": "WFR_1", "name": "CI", "display_title": "Fix the build", "path": ".github/workflows/ci.yml",
        "run_number": 1, "run_attempt": 1, "workflow_id": 1, "event": "push",
        "status": "completed", "conclusion": "success",
        "head_branch": "main", "head_sha": sha,
        "head_commit": {
            "id": sha, "tree_id": sha, "message": "Fix the build", "timestamp": BEGIN,
            "author": person, "committer": person,
        },
        "created_at": BEGIN, "run_started_at": BEGIN, "updated_at": end,
        "pull_requests": [], "repository": repository(), "head_repository": repository(),
        "url": "", "html_url": "", "jobs_url": "", "logs_url": "", "artifacts_url": "", "cancel_url": "", "rerun_url": "",
        "check_suite_url": format!("{REPO}/check-suites/1"),
        "workflow_url": format!("{REPO}/actions/workflows/1"),
    })
}

fn repository() -> Value {
    let fields = json!({
        "id": 1, "node_id": "R_1", "name": "octo-repo", "full_name": "octo-org/octo-repo",
        "private": true, "fork": false, "description": null, "owner": owner(),
        "url": REPO, "html_url": "https://ghes.example.com/octo-org/octo-repo",
    });
    let urls = [
        "archive",
        "assignees",
        "blobs",
        "branches",
        "collaborators",
        "comments",
        "commits",
        "compare",
        "contents",
        "contributors",
        "deployments",
        "downloads",
        "events",
        "forks",
        "git_commits",
        "git_refs",
        "git_tags",
        "hooks",
        "issue_comment",
        "issue_events",
        "issues",
        "keys",
        "labels",
        "languages",
        "merges",
        "milestones",
        "notifications",
        "pulls",
        "releases",
        "stargazers",
        "statuses",
        "subscribers",
        "subscription",
        "tags",
        "teams",
        "trees",
    ];
    with_urls(fields, REPO, &urls)
}

fn owner() -> Value {
    let url = "https://ghes.example.com/api/v3/users/octo-org";
    let fields = json!({
        "id": 1, "node_id": "O_1", "login": "octo-org", "type": "Organization", "site_admin": false, "gravatar_id": "",
        "url": url, "html_url": "https://ghes.example.com/octo-org",
    });
    let urls = [
        "avatar",
        "events",
        "followers",
        "following",
        "gists",
        "organizations",
        "received_events",
        "repos",
        "starred",
        "subscriptions",
    ];
    with_urls(fields, url, &urls)
}

/// The fields, and a field `.._url` for each of the names.
fn with_urls(fields: Value, base: &str, names: &[&str]) -> Value {
    let urls = names.iter().map(|name| (format!("{name}_url"), format!("{base}/{name}").into()));
    let fields = fields.as_object().cloned().unwrap_or_default();
    fields.into_iter().chain(urls).collect::<Map<_, _>>().into()
}
