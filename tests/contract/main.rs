//! Drives the SDK against a server that others wrote: `contract URL examples|random`.
//!
//! The server checks each request against the description and answers 422 to one that does not fit;
//! its answers fit the schemas of the description. So every call must succeed.

use std::process::ExitCode;

use github_workflow_jobs::{Client, Error, JobFilter, JobId};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

/// How often each operation is called where the answers are random.
const RANDOM_CALLS: usize = 200;

#[tokio::main]
async fn main() -> ExitCode {
    let arguments: Vec<_> = std::env::args().skip(1).collect();
    let [url, mode] = arguments.as_slice() else {
        eprintln!("usage: contract URL examples|random");
        return ExitCode::FAILURE;
    };
    let times = if mode == "random" { RANDOM_CALLS } else { 1 };
    match drive(url, times, mode == "examples").await {
        Ok(()) => {
            println!("contract, {mode}: {times} calls of each operation, every answer decodes");
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("contract, {mode}: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn drive(url: &str, times: usize, examples: bool) -> Result<(), Box<dyn std::error::Error>> {
    wrong_requests_are_told(url).await?;
    let client = Client::builder().api_url(url).token("ghp_contract").build()?;
    for call in 0..times {
        one_of_each(&client, examples)
            .await
            .map_err(|error| format!("call {call}: {}", explain(&error)))?;
    }
    Ok(())
}

async fn one_of_each(client: &Client, examples: bool) -> Result<(), Error> {
    let (owner, repo) = ("octo-org", "octo-repo");
    let job = client.get_job(owner, repo, 399_444_496).send().await?;
    let page = client
        .list_jobs_for_run(owner, repo, 29_679_449)
        .filter(JobFilter::All)
        .per_page(100)
        .page(1)
        .send()
        .await?;
    let attempt = client.list_jobs_for_run_attempt(owner, repo, 29_679_449, 1).send().await?;
    let url = client.download_job_logs(owner, repo, 399_444_496).location().await?;
    if examples {
        assert_eq!(job.id, JobId(399_444_496));
        assert_eq!((page.total_count, page.jobs.len(), attempt.jobs.len()), (1, 1, 1));
        assert!(url.expose().contains("/signedlogcontent?"), "the documented URL");
    }
    Ok(())
}

/// The server does check: otherwise its silence would prove nothing.
async fn wrong_requests_are_told(url: &str) -> Result<(), Box<dyn std::error::Error>> {
    let address = url.trim_start_matches("http://");
    let mut stream = TcpStream::connect(address).await?;
    let target = "/repos/octo-org/octo-repo/actions/runs/1/jobs?filter=bogus";
    stream
        .write_all(
            format!("GET {target} HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\n\r\n")
                .as_bytes(),
        )
        .await?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await?;
    match answer.split(' ').nth(1) {
        Some("422") => Ok(()),
        status => Err(format!("a wrong request got {status:?}, not 422").into()),
    }
}

fn explain(error: &Error) -> String {
    let body = error.body().map(String::from_utf8_lossy).unwrap_or_default();
    format!("{error} {body}")
}
