//! Counts the jobs that wait for a runner, by their labels: `autoscaler OWNER/REPO`.

use std::collections::{BTreeMap, BTreeSet};

use github_workflow_jobs::{Client, Error, JobStatus, RepoClient, RunId};
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
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1);
    let repo = arguments.next().filter(|repo| repo.contains('/'));
    let (Some(repo), None) = (repo, arguments.next()) else {
        eprintln!("usage: autoscaler OWNER/REPO");
        std::process::exit(2);
    };
    for (labels, count) in queued(&Client::from_env()?.repo(&repo)?).await? {
        println!("{count} {labels}");
    }
    Ok(())
}

/// The number of queued jobs of each set of labels.
async fn queued(repo: &RepoClient) -> Result<BTreeMap<String, usize>, Error> {
    let mut queued: BTreeMap<String, usize> = BTreeMap::new();
    for run in active_runs(repo).await? {
        let mut jobs = repo.list_jobs_for_run(run).stream();
        while let Some(job) = jobs.try_next().await? {
            if job.status == JobStatus::Queued {
                *queued.entry(job.labels.join(",")).or_default() += 1;
            }
        }
    }
    Ok(queued)
}

/// The runs that can have queued jobs: queued ones, and those in progress with too few runners.
async fn active_runs(repo: &RepoClient) -> Result<BTreeSet<RunId>, Error> {
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
    use github_workflow_jobs::testing::{Received, Reply, Script, job, job_page};
    use serde_json::{Value, json};

    use super::*;

    #[tokio::test]
    async fn each_queued_job_is_counted_once() {
        let runs = |request: &Received| {
            // The same runs for both statuses: they were queued, and then in progress.
            let ids = if request.query("page") == Some("1") { 1..101 } else { 101..103 };
            let runs: Vec<Value> = ids.map(|id| json!({ "id": id })).collect();
            Reply::json(&json!({ "workflow_runs": runs }))
        };
        let gpu = job().status(JobStatus::Queued).with(|job| job.labels = vec!["gpu".into()]);
        let script = Script::new()
            .on_path_with("/repos/{owner}/{repo}/actions/runs", runs)
            .on::<ListJobsForRun>(job_page([job().build(), gpu.build()]));
        let repo = script.client().repo("octo-org/octo-repo").unwrap();
        assert_eq!(queued(&repo).await.unwrap(), BTreeMap::from([("gpu".to_owned(), 102)]));
    }
}
