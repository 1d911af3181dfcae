//! The first poll of a watch, whose time must be linear in the number of jobs; and the request alone as the unit.

use divan::Bencher;
use github_workflow_jobs::RepoClient;
use serde_json::json;
use tokio::runtime::Runtime;

use crate::server::Answer;
use crate::{connect, jobs};

/// A page of 20,000 jobs is below the limit of 16 MiB, because its jobs have no steps and few fields.
const JOBS: [usize; 3] = [1_000, 5_000, 20_000];

#[divan::bench(args = JOBS, sample_count = 11, sample_size = 1)]
fn first_poll(bencher: Bencher, jobs: usize) {
    let (runtime, repo) = server(jobs);
    bencher.bench_local(|| {
        runtime.block_on(async {
            let mut changes = repo.watch_run(jobs).stream();
            let first = changes.try_next().await.expect("the list is read");
            assert!(first.is_some() && changes.jobs().len() == jobs);
            changes
        })
    });
}

#[divan::bench(args = JOBS, sample_count = 11, sample_size = 1)]
fn unit_request(bencher: Bencher, jobs: usize) {
    let (runtime, repo) = server(jobs);
    bencher.bench_local(|| {
        runtime
            .block_on(async { repo.list_jobs_for_run(jobs).send().await })
            .expect("the list is read")
    });
}

fn server(jobs: usize) -> (Runtime, RepoClient) {
    let list: Vec<_> = (1..=jobs).map(job).collect();
    let page = json!({"total_count": jobs, "jobs": list}).to_string().into_bytes();
    let answer = Answer::new("content-type: application/json\r\n", page, 1);
    connect([(jobs::path(jobs), answer)].into())
}

fn job(id: usize) -> serde_json::Value {
    let api = "https://api.github.com/repos/octo-org/octo-repo";
    json!({
        "id": id,
        "run_id": 1,
        "run_url": format!("{api}/actions/runs/1"),
        "node_id": format!("CR_kwDOAM9_js8AAA{id}"),
        "head_sha": "2c4ee967922bdc91a0554c94a0af9a3afe0a2a5b",
        "url": format!("{api}/actions/jobs/{id}"),
        "html_url": null,
        "status": "in_progress",
        "conclusion": null,
        "started_at": "2026-11-25T10:00:00Z",
        "completed_at": null,
        "name": format!("test ({id})"),
        "check_run_url": format!("{api}/check-runs/{id}"),
        "runner_id": null,
        "runner_name": null,
        "runner_group_id": null,
        "runner_group_name": null,
    })
}
