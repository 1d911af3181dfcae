//! Counts the jobs that wait for a runner, by their labels: `autoscaler OWNER/REPO`.

use std::collections::{BTreeMap, BTreeSet};
use std::error::Error;
use std::io::{Write, stdout};

use github_workflow_jobs::{Client, JobStatus, RepoClient, RunId};
use serde::Deserialize;

/// A page of runs, with the fields that this program needs.
#[derive(Deserialize)]
struct Runs {
    workflow_runs: Vec<Run>,
}

#[derive(Deserialize)]
struct Run {
    id: RunId,
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let repo = std::env::args().nth(1).ok_or("usage: autoscaler OWNER/REPO")?;
    autoscaler(&Client::from_env()?.repo(&repo)?, &mut stdout()).await
}

async fn autoscaler(repo: &RepoClient, out: &mut impl Write) -> Result<(), Box<dyn Error>> {
    let mut queued: BTreeMap<String, usize> = BTreeMap::new();
    for run in active_runs(repo).await? {
        let mut jobs = repo.list_jobs_for_run(run).stream();
        while let Some(job) = jobs.try_next().await? {
            if job.status == JobStatus::Queued {
                *queued.entry(job.labels.join(",")).or_default() += 1;
            }
        }
    }
    for (labels, count) in queued {
        writeln!(out, "{count} {labels}")?;
    }
    Ok(())
}

/// The runs that can have queued jobs: queued ones, and those in progress with too few runners.
async fn active_runs(repo: &RepoClient) -> Result<BTreeSet<RunId>, github_workflow_jobs::Error> {
    let path = ["repos", repo.owner().as_str(), repo.name().as_str(), "actions", "runs"];
    let mut active = BTreeSet::new();
    for status in ["queued", "in_progress"] {
        let request = repo.client().get_json::<Runs>(path).query("status", status);
        for page in 1.. {
            let runs = request.clone().query("per_page", 100).query("page", page).await?;
            active.extend(runs.workflow_runs.iter().map(|run| run.id));
            if runs.workflow_runs.len() < 100 {
                break;
            }
        }
    }
    Ok(active)
}

#[cfg(test)]
mod tests {
    use github_workflow_jobs::operations::ListJobsForRun;
    use github_workflow_jobs::testing::{Reply, Script, job, job_page};
    use serde_json::{Value, json};

    use super::*;

    #[tokio::test]
    async fn each_queued_job_is_counted_once() {
        let runs = |request: &github_workflow_jobs::testing::Received| {
            let ids = match (request.query("status"), request.query("page")) {
                (Some("in_progress"), Some("1")) => 1..101,
                (Some("in_progress"), Some("2")) => 101..102,
                _ => 101..103, // run 101 is queued, and then in progress
            };
            let runs: Vec<Value> = ids.map(|id| json!({ "id": id })).collect();
            Reply::json(&json!({ "workflow_runs": runs }))
        };
        let gpu = job().status(JobStatus::Queued).with(|job| job.labels = vec!["gpu".into()]);
        let script = Script::new()
            .on_path_with("/repos/{owner}/{repo}/actions/runs", runs)
            .on::<ListJobsForRun>(job_page([job().build(), gpu.build()]));
        let (repo, mut out) = (script.client().repo("octo-org/octo-repo").unwrap(), Vec::new());
        autoscaler(&repo, &mut out).await.unwrap();
        assert_eq!(String::from_utf8(out).unwrap(), "102 gpu\n");
    }
}
