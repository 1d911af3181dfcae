//! Faults of servers, networks and callers, and what each leads to: a test is named by its promise, and
//! begins with the id of its row.

mod bodies;
mod input;
mod limits;
mod memory;
mod redirects;
mod transport;

use github_workflow_jobs::requests::{DownloadJobLogs, GetJob};
use github_workflow_jobs::{Client, Error};

use crate::support::{Answer, Server, read};

/// The request that most rows are about.
fn job(client: &Client) -> GetJob {
    client.get_job("octo-org", "octo-repo", 399_444_496)
}

/// The request for a log.
fn log(client: &Client) -> DownloadJobLogs {
    client.download_job_logs("octo-org", "octo-repo", 399_444_496)
}

/// A job, as it is documented.
fn a_job() -> Answer {
    Answer::json(200, &read("tests/fixtures/documented/get-job.json"))
}

/// What there is to see of an error: all that a program might print or log.
fn shown(error: &Error) -> String {
    let mut text = format!("{error}\n{error:?}\n{error:#?}\n");
    let mut source = std::error::Error::source(error);
    while let Some(error) = source {
        text += &format!("{error}\n{error:?}\n");
        source = error.source();
    }
    text
}

/// A failure, in whose texts no secret may stand: every secret of these tests has this word in it.
trait Fails {
    fn failed(self) -> Error;
}

impl<T> Fails for Result<T, Error> {
    #[track_caller]
    fn failed(self) -> Error {
        let Err(error) = self else { panic!("it succeeded") };
        assert!(!shown(&error).contains("canary"), "{}", shown(&error));
        error
    }
}

/// A server with one answer for all.
async fn always(answer: Answer) -> Server {
    Server::serve(move |_, _| answer.clone()).await
}

/// Runs one test of this binary in a process of its own, with more in its environment, and gives what it
/// prints.
fn in_a_child(test: &str, environment: &[(&str, &str)]) -> String {
    let child = std::process::Command::new(std::env::current_exe().unwrap())
        .args(["--exact", &format!("sdk::{test}"), "--nocapture"])
        .env("RUNS_ALONE", "1")
        .envs(environment.iter().copied())
        .output()
        .unwrap();
    let text = String::from_utf8_lossy(&child.stdout).into_owned();
    assert!(child.status.success(), "{text}{}", String::from_utf8_lossy(&child.stderr));
    assert!(text.contains("1 passed"), "no test is called {test}: {text}");
    text
}

/// Whether this is that process.
fn is_child() -> bool {
    std::env::var_os("RUNS_ALONE").is_some()
}
