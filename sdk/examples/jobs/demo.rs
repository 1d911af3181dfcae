//! The scripted server of `--demo`: a run of four jobs that began five minutes ago.

use std::time::Duration;

use github_workflow_jobs::testing::{ScriptedJob, run_since};
use github_workflow_jobs::{ClientBuilder, jiff::Timestamp};

pub(crate) fn builder() -> ClientBuilder {
    let tests = (1..=40).map(|n| format!("2026-01-05T10:00:{n:02}.1234567Z test {n:02} ... ok\n"));
    let log = tests.collect::<String>() + "2026-01-05T10:00:41.1234567Z ##[error]test 41 failed\n";
    let (job, seconds) = (ScriptedJob::new, Duration::from_secs);
    let jobs = [
        job("lint").queued(seconds(4)).runs(seconds(11)).expired_log(),
        job("test (linux)").queued(seconds(20)).runs(seconds(165)).fails().log(log),
        job("test (windows)").queued(seconds(90)).runs(seconds(214)),
        job("report").queued(seconds(305)).runs(seconds(1)),
    ];
    run_since(Timestamp::now() - seconds(300), 1, jobs).builder()
}
