//! What each command does.

use std::error::Error;
use std::io::{IsTerminal as _, Read as _, Write as _, stderr, stdin, stdout};
use std::path::Path;
use std::process::ExitCode;
use std::time::Duration;

use github_workflow_jobs::requests::DownloadJobLogs;
use github_workflow_jobs::{Client, Conclusion, Job, JobPage, JobStatus};
use serde::de::DeserializeOwned;

use crate::output::{clean, json};
use crate::table::{details, table};
use crate::{Command, Options, client};

type Outcome = Result<ExitCode, Box<dyn Error>>;

pub(crate) async fn run(command: &Command, options: &Options) -> Outcome {
    if let Command::Show { file } = command {
        return show(file, options.json);
    }
    let client = client(options).await?;
    match command {
        Command::Get { owner, repo, job_id } => {
            let job = client.get_job(owner, repo, *job_id).send().await?.into_inner();
            if options.json { json(&job)? } else { write!(stdout(), "{}", details(&job))? }
        }
        Command::List { owner, repo, run_id, filter, paging } => {
            let mut request = client.list_jobs_for_run(owner, repo, *run_id);
            if let Some(filter) = filter {
                request = request.filter((*filter).into());
            }
            if let Some(size) = paging.per_page {
                request = request.per_page(size);
            }
            match paging.page {
                Some(page) => {
                    let page = request.page(page).send().await?;
                    one_page(&page, options.json)?;
                }
                None => all(&request.all().await?, options.json)?,
            }
        }
        Command::Attempt { owner, repo, run_id, attempt, paging } => {
            let mut request = client.list_jobs_for_run_attempt(owner, repo, *run_id, *attempt);
            if let Some(size) = paging.per_page {
                request = request.per_page(size);
            }
            match paging.page {
                Some(page) => {
                    let page = request.page(page).send().await?;
                    one_page(&page, options.json)?;
                }
                None => all(&request.all().await?, options.json)?,
            }
        }
        Command::Logs { .. } => logs(command, &client).await?,
        Command::LogsUrl { owner, repo, job_id } => {
            let url = client.download_job_logs(owner, repo, *job_id).location().await?;
            if options.json {
                json(&serde_json::json!({"url": url.expose(), "expires_at": url.expires_at()}))?;
            } else {
                writeln!(stdout(), "{}", url.expose())?;
            }
        }
        Command::Watch { owner, repo, run_id } => {
            return watch(&client, owner, repo, *run_id, options).await;
        }
        Command::Show { .. } => {}
    }
    Ok(ExitCode::SUCCESS)
}

fn one_page(page: &JobPage, as_json: bool) -> Result<(), Box<dyn Error>> {
    if as_json {
        return json(page);
    }
    write!(stdout(), "{}", table(&page.jobs))?;
    writeln!(stdout(), "{} of {} jobs", page.jobs.len(), page.total_count)?;
    Ok(())
}

fn all(jobs: &[Job], as_json: bool) -> Result<(), Box<dyn Error>> {
    if as_json {
        return json(jobs);
    }
    if jobs.is_empty() {
        writeln!(stdout(), "no jobs")?;
    }
    write!(stdout(), "{}", table(jobs))?;
    Ok(())
}

async fn logs(command: &Command, client: &Client) -> Result<(), Box<dyn Error>> {
    let Command::Logs { owner, repo, job_id, tail, output } = command else { return Ok(()) };
    let request = client.download_job_logs(owner, repo, *job_id);
    match (tail, output) {
        (Some(lines), None) => write!(stdout(), "{}", request.tail(*lines).await?)?,
        (Some(lines), Some(file)) => {
            let text = request.tail(*lines).await?;
            std::fs::write(file, text).map_err(|error| format!("{}: {error}", file.display()))?;
        }
        (None, Some(file)) => save(request, file).await?,
        (None, None) => {
            let mut log = request.stream().await?;
            while let Some(bytes) = log.try_next().await? {
                stdout().write_all(&bytes)?;
            }
        }
    }
    stdout().flush()?;
    Ok(())
}

/// Saves a log, and says how far it is where a person looks.
async fn save(request: DownloadJobLogs, file: &Path) -> Result<(), Box<dyn Error>> {
    let on_terminal = stderr().is_terminal();
    let mut shown = 0;
    let saved = request.save_to_with(file, |so_far, all| {
        if on_terminal && so_far - shown >= 1 << 18 {
            shown = so_far;
            let of = all.map_or(String::new(), |all| format!(" of {all}"));
            let _ = write!(stderr(), "\r{so_far}{of} bytes");
        }
    });
    let saved = saved.await;
    // What follows begins on a line of its own.
    let line = if on_terminal { "\r\u{1b}[K" } else { "" };
    let _ = write!(stderr(), "{line}");
    let _ = writeln!(stderr(), "{} bytes saved to {}", saved?, file.display());
    Ok(())
}

async fn watch(
    client: &Client,
    owner: &str,
    repo: &str,
    run_id: i64,
    options: &Options,
) -> Outcome {
    let mut watch = client.watch_run(owner, repo, run_id);
    if options.demo {
        watch = watch
            .interval(Duration::from_secs(1), Duration::from_secs(1))
            .settle(Duration::from_secs(2));
    }
    let mut changes = watch.stream();
    while let Some(change) = changes.try_next().await? {
        if !options.json {
            let was = change
                .previous
                .as_ref()
                .map_or(String::new(), |job| format!(" (was {})", state(job)));
            writeln!(stdout(), "{}: {}{}", clean(&change.job.name), state(&change.job), was)?;
        }
    }
    // As the run is now: jobs that a re-run has replaced are not among them.
    let jobs = changes.jobs();
    let failed = jobs.iter().filter(|job| !is_fine(job)).count();
    if options.json {
        json(jobs)?;
    } else {
        writeln!(stdout(), "\n{}{} of {} jobs failed", table(jobs), failed, jobs.len())?;
    }
    Ok(if failed == 0 { ExitCode::SUCCESS } else { ExitCode::from(1) })
}

/// How a job stands, in a word.
fn state(job: &Job) -> String {
    let word = match (&job.status, &job.conclusion) {
        (JobStatus::Completed, Some(conclusion)) => conclusion.as_str(),
        (status, _) => status.as_str(),
    };
    clean(word)
}

fn is_fine(job: &Job) -> bool {
    matches!(job.conclusion, Some(Conclusion::Success | Conclusion::Skipped | Conclusion::Neutral))
}

/// A saved answer, printed in the shape it came in.
fn show(file: &Path, as_json: bool) -> Outcome {
    let failed = |error: &dyn std::fmt::Display| format!("{}: {error}", file.display());
    let mut bytes = Vec::new();
    if file.as_os_str() == "-" {
        stdin().read_to_end(&mut bytes)?;
    } else {
        bytes = std::fs::read(file).map_err(|error| failed(&error))?;
    }
    // Some editors begin a file with a mark.
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&bytes);
    let value: serde_json::Value =
        serde_json::from_slice(bytes).map_err(|error| failed(&format!("is not JSON: {error}")))?;
    if value.is_array() {
        all(&read::<Vec<Job>>(file, bytes)?, as_json)?;
    } else if value.get("jobs").is_some() {
        one_page(&read::<JobPage>(file, bytes)?, as_json)?;
    } else if value.get("id").is_some() {
        let job: Job = read(file, bytes)?;
        if as_json { json(&job)? } else { write!(stdout(), "{}", details(&job))? }
    } else {
        return Err(failed(&"is neither a job nor a page nor a list of jobs").into());
    }
    Ok(ExitCode::SUCCESS)
}

/// Reads a value, and says where it is not what it should be.
fn read<T: DeserializeOwned>(file: &Path, bytes: &[u8]) -> Result<T, Box<dyn Error>> {
    let mut deserializer = serde_json::Deserializer::from_slice(bytes);
    serde_path_to_error::deserialize(&mut deserializer).map_err(|error| {
        format!("{}: at {}: {}", file.display(), error.path(), error.inner()).into()
    })
}
