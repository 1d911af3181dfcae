//! Waits for the end of a run, and prints the errors of its failed jobs: `log_bot OWNER/REPO RUN`.

use std::error::Error;
use std::io::{Write, stdout};
use std::time::Duration;

use github_workflow_jobs::jobs::LogLines;
use github_workflow_jobs::{Client, Job, RepoClient, is_unprintable};

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [repo, run] = arguments.as_slice() else {
        eprintln!("usage: log_bot OWNER/REPO RUN");
        std::process::exit(2);
    };
    let repo = Client::from_env()?.repo(repo)?;
    log_bot(&repo, run, &mut stdout()).await
}

async fn log_bot(repo: &RepoClient, run: &str, out: &mut impl Write) -> Result<(), Box<dyn Error>> {
    let mut changes = repo.watch_run(run).stream();
    while changes.try_next().await?.is_some() {}
    for job in changes.jobs().iter().filter(|job| job.is_failure()) {
        writeln!(out, "{} failed", printable(&job.name))?;
        if let Err(error) = print_errors(repo, job, out).await {
            writeln!(out, "  {error}")?; // one missing log does not hide the errors of other jobs
        }
    }
    Ok(())
}

async fn print_errors(
    repo: &RepoClient,
    job: &Job,
    out: &mut impl Write,
) -> Result<(), Box<dyn Error>> {
    // A log can appear some seconds after the end of its job.
    let log = repo.download_job_logs(job.id).wait_for_log(Duration::from_secs(20)).await?;
    for error in LogLines::from(log.lines()).errors(2).await? {
        writeln!(out, "  line {}:", error.number)?;
        for line in error.before.iter().chain([&error.line]).chain(&error.after) {
            writeln!(out, "    {}", printable(&line.text()))?;
        }
    }
    Ok(())
}

/// Other people choose names and write logs: a text must not control the terminal. Tabs are kept.
fn printable(text: &str) -> String {
    text.chars().filter(|c| *c == '\t' || !is_unprintable(*c)).collect()
}

#[cfg(test)]
mod tests {
    use github_workflow_jobs::testing::{ScriptedJob, run};

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn the_errors_of_failed_jobs_are_printed_with_their_context() {
        let fails = |name| ScriptedJob::new(name).runs(Duration::from_secs(60)).fails();
        let log = "one\ntwo\n\tthree\n##[error]\u{1b}[31mbroken\u{7}\nfive\n";
        let jobs = [fails("test").log(log), fails("old").expired_log(), ScriptedJob::new("ok")];
        let script = run(1, jobs);
        let (repo, mut out) = (script.client().repo("octo-org/octo-repo").unwrap(), Vec::new());
        log_bot(&repo, "1", &mut out).await.unwrap();
        let out = String::from_utf8(out).unwrap();
        let test =
            "test failed\n  line 4:\n    two\n    \tthree\n    broken\n    five\nold failed\n";
        let expired = out.strip_prefix(test).unwrap_or_else(|| panic!("{out}"));
        assert!(expired.contains("has expired") && expired.lines().count() == 1, "{out}");
    }
}
