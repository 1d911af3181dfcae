//! Jobs in the form that github.com sends: all fields and 10 steps each. The values vary from job to job, but not
//! from run to run.

use fastrand::Rng;
use serde_json::{Value, json};

/// The path of a run's jobs, relative to the base URL of the API.
pub(crate) fn path(run: usize) -> String {
    format!("/repos/octo-org/octo-repo/actions/runs/{run}/jobs")
}

/// A page of `count` jobs, as JSON.
pub(crate) fn page(count: usize) -> Vec<u8> {
    let mut rng = Rng::with_seed(11);
    let jobs: Vec<_> = (0..count).map(|_| job(&mut rng)).collect();
    json!({"total_count": count, "jobs": jobs}).to_string().into_bytes()
}

/// A job, as JSON.
pub(crate) fn job(rng: &mut Rng) -> Value {
    let (run, id) = (19_626_181_220_u64, rng.u64(30_000_000_000..40_000_000_000));
    let api = "https://api.github.com/repos/octo-org/octo-repo";
    let name = pick(rng, &["build", "test", "lint", "docs", "package", "integration"]);
    let system = pick(rng, &["ubuntu-24.04", "windows-2025", "macos-15", "ubuntu-24.04-arm"]);
    let (version, shard) = (rng.u8(80..96), rng.u8(1..32));
    let node: String = (0..11).map(|_| rng.alphanumeric()).collect();
    let runner = rng.u32(1_000_000..2_000_000);
    let minute = rng.u32(0..30);
    json!({
        "id": id,
        "run_id": run,
        "workflow_name": "Continuous integration",
        "head_branch": "main",
        "run_url": format!("{api}/actions/runs/{run}"),
        "run_attempt": 1,
        "node_id": format!("CR_kwDOAM9_js8AAA{node}"),
        "head_sha": "2c4ee967922bdc91a0554c94a0af9a3afe0a2a5b",
        "url": format!("{api}/actions/jobs/{id}"),
        "html_url": format!("https://github.com/octo-org/octo-repo/actions/runs/{run}/job/{id}"),
        "status": "completed",
        "conclusion": pick(rng, &["success", "success", "success", "failure", "cancelled"]),
        "created_at": time(rng, minute),
        "started_at": time(rng, minute + 1),
        "completed_at": time(rng, minute + 22),
        "name": format!("{name} ({system}, 1.{version}, {shard})"),
        "steps": (1..=10).map(|number| step(rng, number, minute)).collect::<Vec<_>>(),
        "check_run_url": format!("{api}/check-runs/{id}"),
        "labels": [system],
        "runner_id": runner,
        "runner_name": format!("GitHub Actions {runner}"),
        "runner_group_id": 0,
        "runner_group_name": "GitHub Actions",
    })
}

fn step(rng: &mut Rng, number: u32, minute: u32) -> Value {
    let action = pick(rng, &["Run", "Set up", "Post", "Cache", "Upload", "Check", "Install"]);
    let object = pick(rng, &["cargo test", "toolchain", "actions/checkout@v4", "logs", "npm ci"]);
    json!({
        "name": format!("{action} {object}"),
        "status": "completed",
        "conclusion": pick(rng, &["success", "success", "success", "skipped", "failure"]),
        "number": number,
        "started_at": time(rng, minute + number * 2 - 1),
        "completed_at": time(rng, minute + number * 2),
    })
}

fn time(rng: &mut Rng, minute: u32) -> String {
    format!("2026-11-25T10:{minute:02}:{:02}Z", rng.u32(0..60))
}

fn pick(rng: &mut Rng, choices: &[&'static str]) -> &'static str {
    rng.choice(choices).copied().unwrap_or_default()
}
