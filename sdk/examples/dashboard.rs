//! A table of the jobs of a run, which refreshes until the run has ended: `dashboard OWNER/REPO RUN`.

use std::error::Error;
use std::io::{Write, stdout};

use github_workflow_jobs::jiff::Timestamp;
use github_workflow_jobs::jobs::counts;
use github_workflow_jobs::{Client, Job, JobStatus, RepoClient, is_unprintable};

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [repo, run] = arguments.as_slice() else {
        eprintln!("usage: dashboard OWNER/REPO RUN");
        std::process::exit(2);
    };
    let repo = Client::from_env()?.repo(repo)?;
    dashboard(&repo, run, &mut stdout()).await
}

async fn dashboard(
    repo: &RepoClient,
    run: &str,
    out: &mut impl Write,
) -> Result<(), Box<dyn Error>> {
    let mut changes = repo.watch_run(run).stream();
    while changes.try_next().await?.is_some() {
        write!(out, "\u{1b}[H\u{1b}[J")?; // clears the terminal
        for job in changes.jobs() {
            writeln!(out, "{}", row(job, Timestamp::now()))?;
        }
    }
    let counts = counts(changes.jobs());
    writeln!(out, "{} succeeded, {} failed", counts.succeeded, counts.failed)?;
    Ok(())
}

/// The state, the time in that state, and the name of a job.
fn row(job: &Job, now: Timestamp) -> String {
    let state = job.conclusion.as_ref().map_or(job.status.as_str(), |end| end.as_str());
    let time = match (&job.status, job.started_at) {
        (JobStatus::InProgress, Some(start)) => Some(now.duration_since(start)),
        _ => job.duration().or_else(|| job.queue_time(now)),
    };
    let time = time.map_or("-".to_owned(), |time| format!("{}s", time.as_secs()));
    // People choose the names of jobs: a name must not control the terminal.
    let name: String = job.name.chars().filter(|c| !is_unprintable(*c)).collect();
    format!("{state:<12} {time:>8}  {name}")
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use github_workflow_jobs::testing::{ScriptedJob, run};

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn the_last_table_has_the_end_of_each_job() {
        let build =
            ScriptedJob::new("build").queued(Duration::from_secs(20)).runs(Duration::from_secs(70));
        let script =
            run(1, [build, ScriptedJob::new("te\u{1b}st").runs(Duration::from_secs(9)).fails()]);
        let (repo, mut out) = (script.client().repo("octo-org/octo-repo").unwrap(), Vec::new());
        dashboard(&repo, "1", &mut out).await.unwrap();
        let out = String::from_utf8(out).unwrap();
        let tables: Vec<_> = out.split("\u{1b}[H\u{1b}[J").collect();
        assert!(tables[1].starts_with("queued"), "{out}");
        let last =
            "success           70s  build\nfailure            9s  test\n1 succeeded, 1 failed\n";
        assert_eq!(tables.last(), Some(&last));
    }
}
