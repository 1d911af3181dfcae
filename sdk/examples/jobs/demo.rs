//! The server of `--demo`, in the program itself. It has one run with four jobs. One job has failed and has a log,
//! one has an expired log, and two are completed while the program runs.

#![expect(clippy::indexing_slicing, reason = "the indexed JSON objects are built in this file")]

use std::time::{Duration, Instant};

use github_workflow_jobs::jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::{TcpListener, TcpStream};

const REPO: &str = "/api/v3/repos/octo-org/octo-repo/actions";

/// Starts the server and returns the base URL of its API.
pub(crate) async fn start() -> std::io::Result<String> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let address = listener.local_addr()?;
    let run = Run { begin: Instant::now(), now: Timestamp::now() };
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            // The error of a closed connection is dropped; the server continues.
            tokio::spawn(async move { serve(stream, run).await.ok() });
        }
    });
    Ok(format!("http://{address}/api/v3"))
}

/// A run. The time since its begin decides the status of each job.
#[derive(Clone, Copy)]
struct Run {
    begin: Instant,
    now: Timestamp,
}

async fn serve(mut stream: TcpStream, run: Run) -> std::io::Result<()> {
    let (reader, mut writer) = stream.split();
    let mut lines = BufReader::new(reader).lines();
    let first = lines.next_line().await?.unwrap_or_default();
    let mut known = None;
    while let Some(line) = lines.next_line().await?.filter(|line| !line.is_empty()) {
        if let Some((_, tag)) =
            line.split_once(':').filter(|(name, _)| name.eq_ignore_ascii_case("if-none-match"))
        {
            known = Some(tag.trim().to_owned());
        }
    }
    let target = first.split(' ').nth(1).unwrap_or_default();
    let path = target.split('?').next().unwrap_or_default();
    let (status, headers, body) = run.answer(path, known.as_deref());
    let length = body.len();
    let head = format!(
        "HTTP/1.1 {status}\r\n{headers}content-length: {length}\r\nconnection: close\r\n\r\n"
    );
    writer.write_all(head.as_bytes()).await?;
    writer.write_all(body.as_bytes()).await?;
    writer.shutdown().await
}

impl Run {
    fn answer(self, path: &str, known: Option<&str>) -> (&'static str, String, String) {
        if path == "/logs/2" {
            return ("200 OK", "content-type: text/plain\r\n".into(), log());
        }
        if path.starts_with("/logs/") {
            return (
                "404 Not Found",
                "content-type: application/xml\r\n".into(),
                "<Error><Code>BlobNotFound</Code></Error>".into(),
            );
        }
        let jobs = self.jobs();
        let tail = path.strip_prefix(REPO).unwrap_or_default();
        if matches!(tail, "/runs/1/jobs" | "/runs/1/attempts/1/jobs") {
            return answer(&json!({"total_count": jobs.len(), "jobs": jobs}), known);
        }
        if matches!(tail, "/runs/1" | "/runs/1/attempts/1") {
            let is_completed = jobs.iter().all(|job| job["status"] == "completed");
            let status = if is_completed { "completed" } else { "in_progress" };
            return answer(&json!({"id": 1, "status": status}), known);
        }
        let mut parts = tail.strip_prefix("/jobs/").unwrap_or_default().splitn(2, '/');
        let job = parts.next().and_then(|id| {
            let id: i64 = id.parse().ok()?;
            jobs.iter().find(|job| job["id"] == id)
        });
        match (job, parts.next()) {
            (Some(job), None) => answer(job, known),
            (Some(job), Some("logs")) if job["id"] == 1 => (
                "410 Gone",
                String::new(),
                json!({"message": "Server Error", "status": "410"}).to_string(),
            ),
            (Some(job), Some("logs")) => {
                ("302 Found", format!("location: /logs/{}?sig=demo\r\n", job["id"]), String::new())
            }
            _ => ("404 Not Found", String::new(), json!({"message": "Not Found"}).to_string()),
        }
    }

    /// Job 1 succeeded and job 2 failed. Job 3 ends after 4 seconds. Job 4 then runs for 3 seconds.
    fn jobs(self) -> Vec<Value> {
        let seconds = self.begin.elapsed().as_secs();
        vec![
            self.job(1, "lint", -300, Some(-290), "success"),
            self.job(2, "test (ubuntu-latest)", -280, Some(-115), "failure"),
            self.job(3, "test (windows-latest)", -200, (seconds >= 4).then_some(4), "success"),
            if seconds < 4 {
                self.queued(4, "report")
            } else {
                self.job(4, "report", 4, (seconds >= 7).then_some(7), "success")
            },
        ]
    }

    fn at(self, seconds: i64) -> String {
        (self.now + SignedDuration::from_secs(seconds)).strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
    }

    fn job(self, id: i64, name: &str, start: i64, end: Option<i64>, conclusion: &str) -> Value {
        let step = |number: i64, name: &str, conclusion: &str| {
            json!({"name": name, "status": "completed", "conclusion": conclusion, "number": number,
                "started_at": self.at(start), "completed_at": self.at(end.unwrap_or(start))})
        };
        let steps = match end {
            Some(_) => vec![
                step(1, "Set up job", "success"),
                step(2, "Run tests", conclusion),
                step(31, "Complete job", "success"),
            ],
            None => vec![step(1, "Set up job", "success")],
        };
        let mut job = self.queued(id, name);
        job["status"] = if end.is_some() { "completed" } else { "in_progress" }.into();
        job["conclusion"] = end.map_or(Value::Null, |_| conclusion.into());
        job["started_at"] = self.at(start).into();
        job["completed_at"] = end.map_or(Value::Null, |end| self.at(end).into());
        job["steps"] = steps.into();
        job["runner_id"] = 7.into();
        job["runner_name"] = "runner-7".into();
        job["runner_group_id"] = 1.into();
        job["runner_group_name"] = "Default".into();
        job
    }

    fn queued(self, id: i64, name: &str) -> Value {
        let url = format!("https://ghes.example.com{REPO}/jobs/{id}");
        json!({
            "id": id, "run_id": 1, "run_attempt": 1, "name": name, "status": "queued", "conclusion": null,
            "workflow_name": "CI", "head_branch": "main", "head_sha": "0123456789abcdef0123456789abcdef01234567",
            "node_id": format!("demo-{id}"), "labels": ["self-hosted"], "steps": [],
            "url": url, "run_url": format!("https://ghes.example.com{REPO}/runs/1"),
            "html_url": format!("https://ghes.example.com/octo-org/octo-repo/actions/runs/1/job/{id}"),
            "check_run_url": format!("https://ghes.example.com/api/v3/repos/octo-org/octo-repo/check-runs/{id}"),
            "created_at": self.at(-310), "started_at": self.at(-310), "completed_at": null,
            "runner_id": null, "runner_name": null, "runner_group_id": null, "runner_group_name": null,
        })
    }
}

/// A JSON answer with its ETag; a 304 if `known` is the same ETag.
fn answer(value: &Value, known: Option<&str>) -> (&'static str, String, String) {
    let body = value.to_string();
    // Equal content has an equal ETag: a hash of its bytes.
    let hash =
        body.bytes().fold(7u64, |hash, byte| hash.wrapping_mul(31).wrapping_add(byte.into()));
    let tag = format!("W/\"{hash:016x}\"");
    let headers = format!("content-type: application/json; charset=utf-8\r\netag: {tag}\r\n");
    if known == Some(tag.as_str()) {
        ("304 Not Modified", headers, String::new())
    } else {
        ("200 OK", headers, body)
    }
}

fn log() -> String {
    let begin = Timestamp::now() - Duration::from_secs(280);
    let line = |(index, text): (usize, String)| {
        let at = begin + Duration::from_millis(index as u64 * 730);
        format!("{} {text}\n", at.strftime("%Y-%m-%dT%H:%M:%S.%6f0Z"))
    };
    let tests = (1..=40).map(|number| format!("test case_{number:02} ... ok"));
    let begin_lines =
        ["##[group]Set up job", "Runner: runner-7", "##[endgroup]", "##[group]Run tests"];
    let end = [
        "test case_41 ... FAILED",
        "##[error]1 of 41 tests failed",
        "##[endgroup]",
        "##[error]Process completed with exit code 1.",
    ];
    let all = begin_lines.map(str::to_owned).into_iter().chain(tests).chain(end.map(str::to_owned));
    all.enumerate().map(line).collect()
}
