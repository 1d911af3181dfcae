//! Faults of servers, networks and callers. The name of a test is the promise that it checks.

mod bodies;
mod downloads;
mod gates;
mod input;
mod limits;
mod lists;
mod memory;
mod proxies;
mod redirects;
mod remedies;
mod resume;
mod resume_limits;
mod retries;
mod saving;
pub(super) mod storage;
mod storage_waits;
mod texts;
mod tls;
mod tls_proxies;
mod tls_redirects;
mod tokens;
mod transport;
mod waits;

use github_workflow_jobs::requests::{DownloadJobLogs, GetJob};
use github_workflow_jobs::{Client, Error};

use crate::support::{Answer, Server, read};

/// The request that most tests send.
fn job(client: &Client) -> GetJob {
    client.get_job("octo-org", "octo-repo", 399_444_496)
}

/// The request for a log.
pub(super) fn log(client: &Client) -> DownloadJobLogs {
    client.download_job_logs("octo-org", "octo-repo", 399_444_496)
}

/// An answer with the documented job.
fn a_job() -> Answer {
    Answer::json(200, &read("tests/fixtures/documented/get-job.json"))
}

/// Every text of an error that a program may print or log.
fn shown(error: &Error) -> String {
    let mut text = format!("{error}\n{error:?}\n{error:#?}\n");
    let mut source = std::error::Error::source(error);
    while let Some(error) = source {
        text += &format!("{error}\n{error:?}\n");
        source = error.source();
    }
    text
}

/// Takes the error of a result. Every secret in these tests contains `canary`, and no text of an error
/// may contain a secret.
pub(super) trait Fails {
    fn failed(self) -> Error;
}

impl<T> Fails for Result<T, Error> {
    #[track_caller]
    fn failed(self) -> Error {
        let Err(error) = self else { panic!("expected an error, got a success") };
        assert!(!shown(&error).contains("canary"), "{}", shown(&error));
        error
    }
}

/// A server that gives every request the same answer.
async fn always(answer: Answer) -> Server {
    Server::serve(move |_, _| answer.clone()).await
}

/// Runs one test of this binary in a child process, with additional environment variables, and returns
/// its output.
#[track_caller]
fn in_a_child(test: &str, environment: &[(&str, &str)]) -> String {
    let mut program = std::process::Command::new(std::env::current_exe().unwrap());
    in_a_child_of(program.envs(environment.iter().copied()), test)
}

/// As `in_a_child`, with a program that runs this binary with the arguments that it gets.
#[track_caller]
fn in_a_child_of(program: &mut std::process::Command, test: &str) -> String {
    let child = program
        .args(["--exact", &format!("sdk::{test}"), "--nocapture"])
        .env("RUNS_ALONE", "1")
        .output()
        .unwrap();
    let text = String::from_utf8_lossy(&child.stdout).into_owned();
    assert!(child.status.success(), "{text}{}", String::from_utf8_lossy(&child.stderr));
    assert!(text.contains("1 passed"), "there is no test `{test}`: {text}");
    text
}

/// True in the process that `in_a_child` starts.
fn is_child() -> bool {
    std::env::var_os("RUNS_ALONE").is_some()
}
