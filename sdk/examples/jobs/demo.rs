//! The server of `--demo`: a script with one run of four jobs. One job has failed and has a log, one has an expired log,
//! and two are completed while the program runs.

use std::time::Duration;

use github_workflow_jobs::jiff::Timestamp;
use github_workflow_jobs::testing::{ScriptedJob, run_since};
use github_workflow_jobs::{Client, Conclusion};

/// A client of the script.
pub(crate) fn client() -> Client {
    let seconds = Duration::from_secs;
    // The run began five minutes ago.
    let begin = Timestamp::now() - seconds(300);
    let lint = ScriptedJob::new("lint").queued(seconds(4)).runs(seconds(11)).expired_log();
    let linux = ScriptedJob::new("test (ubuntu-latest)").queued(seconds(20)).runs(seconds(165));
    let windows = ScriptedJob::new("test (windows-latest)").queued(seconds(90)).runs(seconds(214));
    let report = ScriptedJob::new("report").queued(seconds(304)).runs(seconds(3));
    let linux = linux.fails().log(log(begin + seconds(20))).with(|job| {
        job.steps = github_workflow_jobs::testing::job()
            .step("Set up job", Conclusion::Success)
            .step("Run tests", Conclusion::Failure)
            .step("Complete job", Conclusion::Success)
            .build()
            .steps;
    });
    run_since(begin, 1, [lint, linux, windows, report]).client()
}

fn log(begin: Timestamp) -> String {
    let line = |(index, text): (u32, String)| {
        let at = begin + Duration::from_millis(730) * index;
        format!("{} {text}\n", at.strftime("%Y-%m-%dT%H:%M:%S.%6f0Z"))
    };
    let tests = (1..=40).map(|number| format!("test case_{number:02} ... ok"));
    let start = ["##[group]Set up job", "Runner: runner-7", "##[endgroup]", "##[group]Run tests"];
    let end = [
        "test case_41 ... FAILED",
        "##[error]1 of 41 tests failed",
        "##[endgroup]",
        "##[error]Process completed with exit code 1.",
    ];
    let all = start.map(str::to_owned).into_iter().chain(tests).chain(end.map(str::to_owned));
    (0..).zip(all).map(line).collect()
}
