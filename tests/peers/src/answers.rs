//! Sends the same unusual answers to the SDK and to octocrab, each with its default settings, and prints one table of outcomes.

use std::io::{self, BufRead as _, BufReader, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

use github_workflow_jobs::Client;
use octocrab::Octocrab;
use serde_json::{Value, json};

use crate::{Result, jobs};

/// The names of the cases, which are the owners in the paths.
const CASES: [(&str, &str); 6] = [
    ("requested", "a job with the documented status `requested`"),
    ("future", "a job with a status that is not documented"),
    ("ghes-3-4", "a job of GHES 3.4 (no `created_at`, `workflow_name`, `head_branch`)"),
    ("gone", "a log: the API answers 410"),
    ("expired", "a log: its host answers 404"),
    ("limited", "a job: 429 with `retry-after: 60`; requests in the first 3 s"),
];

/// The table, with one row per case.
pub(crate) async fn table() -> Result<String> {
    let requests = Arc::new(AtomicUsize::new(0));
    let url = serve(Arc::clone(&requests))?;
    let mut table = "| answer | ours | octocrab 0.54.9 |\n| --- | --- | --- |\n".to_owned();
    for (owner, text) in CASES {
        let ours = within(&requests, ours(&url, owner)).await;
        let octocrab = within(&requests, octocrab(&url, owner)).await;
        table += &format!("| {text} | {ours} | {octocrab} |\n");
    }
    Ok(table)
}

/// The outcome of a call, or of its first 3 s, and the number of requests that the server received.
async fn within(requests: &AtomicUsize, call: impl Future<Output = Result<String>>) -> String {
    requests.store(0, Ordering::SeqCst);
    let outcome = match tokio::time::timeout(Duration::from_secs(3), call).await {
        Ok(Ok(value)) => value,
        Ok(Err(error)) => format!("error: {}", cause(&*error)),
        Err(_) => "waits".to_owned(),
    };
    format!("{outcome}; requests: {}", requests.load(Ordering::SeqCst))
}

/// The message of the innermost error, without the list of expected values.
fn cause(error: &dyn std::error::Error) -> String {
    let innermost = std::iter::successors(Some(error), |error| error.source()).last();
    let message = innermost.map(ToString::to_string).unwrap_or_default();
    let message = message.lines().next().unwrap_or_default();
    message.split(", expected").next().unwrap_or_default().to_owned()
}

async fn ours(url: &str, owner: &str) -> Result<String> {
    let repo =
        Client::builder().api_url(url).token("token").build()?.repo(&format!("{owner}/repo"))?;
    Ok(match owner {
        "gone" | "expired" => saved(&repo.download_job_logs(1).bytes().await?),
        _ => format!("`{}`", repo.get_job(1).await?.status),
    })
}

async fn octocrab(url: &str, owner: &str) -> Result<String> {
    let octocrab = Octocrab::builder().base_uri(url)?.personal_token("token".to_owned()).build()?;
    let workflows = octocrab.workflows(owner, "repo");
    Ok(match owner {
        "gone" | "expired" => saved(&workflows.download_job_logs(1.into()).await?),
        _ => format!("`{:?}`", workflows.get_job(1.into()).await?.status),
    })
}

fn saved(log: &[u8]) -> String {
    format!("success, with the log `{}`", String::from_utf8_lossy(log))
}

/// Serves the cases until the process ends, and counts the requests. Returns the URL of the API.
fn serve(requests: Arc<AtomicUsize>) -> Result<String> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let url = format!("http://{}", listener.local_addr()?);
    let base = url.clone();
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let (base, requests) = (base.clone(), Arc::clone(&requests));
            // The error of a closed connection is dropped; the server continues.
            thread::spawn(move || connection(stream, &base, &requests).ok());
        }
    });
    Ok(url)
}

fn connection(mut stream: TcpStream, base: &str, requests: &AtomicUsize) -> io::Result<()> {
    let mut lines = BufReader::new(stream.try_clone()?).lines();
    while let Some(request) = lines.next().transpose()? {
        while lines.next().transpose()?.is_some_and(|line| !line.is_empty()) {}
        requests.fetch_add(1, Ordering::SeqCst);
        let case =
            request.split(['/', ' ']).find(|part| CASES.iter().any(|(name, _)| name == part));
        stream.write_all(answer(case, &request, base).as_bytes())?;
    }
    Ok(())
}

/// The answer to the first line of a request.
fn answer(case: Option<&str>, request: &str, base: &str) -> String {
    let mut job = jobs::job(&mut fastrand::Rng::with_seed(11));
    let (status, header, body) = match case {
        Some("expired") if !request.contains("/content/") => {
            ("302 Found", format!("location: {base}/content/expired\r\n"), String::new())
        }
        Some("expired") => {
            ("404 Not Found", String::new(), "<Error>BlobNotFound</Error>".to_owned())
        }
        Some("gone") => ("410 Gone", String::new(), json!({ "message": "Gone" }).to_string()),
        Some("limited") => {
            let body = json!({ "message": "secondary rate limit" }).to_string();
            ("429 Too Many Requests", "retry-after: 60\r\n".to_owned(), body)
        }
        Some(case) => {
            edit(&mut job, case);
            ("200 OK", "content-type: application/json\r\n".to_owned(), job.to_string())
        }
        None => ("404 Not Found", String::new(), String::new()),
    };
    format!("HTTP/1.1 {status}\r\ncontent-length: {}\r\n{header}\r\n{body}", body.len())
}

/// Makes the job that a case is about.
fn edit(job: &mut Value, case: &str) {
    let Some(job) = job.as_object_mut() else { return };
    if case == "ghes-3-4" {
        job.retain(|key, _| {
            !["created_at", "workflow_name", "head_branch"].contains(&key.as_str())
        });
    } else {
        job.insert("status".to_owned(), case.into());
    }
}
