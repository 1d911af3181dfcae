//! The commands.

use std::error::Error;
use std::io::{IsTerminal as _, Read as _, Write as _, stderr, stdin, stdout};
use std::path::Path;
use std::process::ExitCode;
use std::time::Duration;

use github_workflow_jobs::requests::DownloadJobLogs;
use github_workflow_jobs::{Client, Conclusion, Job, JobPage, Request, kind};
use serde::de::DeserializeOwned;

use crate::log::Printer;
use crate::output::{clean, clear_line, json};
use crate::table::{details, state, table};
use crate::{Command, JobArgs, Options, Paging, RunArgs, client};

type Outcome = Result<ExitCode, Box<dyn Error>>;

pub(crate) async fn run(command: &Command, options: &Options) -> Outcome {
    if let Command::Show { file } = command {
        return show(file, options.json);
    }
    let client = client(options)?;
    match command {
        Command::Get(JobArgs { owner, repo, job_id }) => {
            let job = client.get_job(owner, repo, *job_id).await?;
            one_job(&job, options.json)?;
        }
        Command::List { run: RunArgs { owner, repo, run_id }, filter, paging } => {
            let mut request = client.list_jobs_for_run(owner, repo, *run_id);
            if let Some(filter) = filter {
                request = request.filter((*filter).into());
            }
            if let Some(size) = paging.per_page {
                request = request.per_page(size);
            }
            if let Some(page) = paging.page {
                request = request.page(page);
            }
            list(request, paging, options.json).await?;
        }
        Command::Attempt { run: RunArgs { owner, repo, run_id }, attempt, paging } => {
            let mut request = client.list_jobs_for_run_attempt(owner, repo, *run_id, *attempt);
            if let Some(size) = paging.per_page {
                request = request.per_page(size);
            }
            if let Some(page) = paging.page {
                request = request.page(page);
            }
            list(request, paging, options.json).await?;
        }
        Command::Logs { job: JobArgs { owner, repo, job_id }, tail, output } => {
            let request = client.download_job_logs(owner, repo, *job_id);
            logs(request, *tail, output.as_deref()).await?;
        }
        Command::LogsUrl(JobArgs { owner, repo, job_id }) => {
            let url = client.download_job_logs(owner, repo, *job_id).location().await?;
            if options.json {
                json(&serde_json::json!({"url": url.expose(), "expires_at": url.expires_at()}))?;
            } else {
                writeln!(stdout(), "{}", url.expose())?;
            }
        }
        Command::Watch(run) => return watch(&client, run, options).await,
        Command::Show { .. } => {}
    }
    Ok(ExitCode::SUCCESS)
}

/// Prints the page that the user selected, or the jobs of all pages.
async fn list<E>(
    request: Request<E, kind::List<JobPage>>,
    paging: &Paging,
    as_json: bool,
) -> Result<(), Box<dyn Error>> {
    match paging.page {
        Some(_) => {
            let page = request.await?;
            one_page(&page, as_json)
        }
        None => all(&request.all().await?, as_json),
    }
}

fn one_job(job: &Job, as_json: bool) -> Result<(), Box<dyn Error>> {
    if as_json {
        return json(job);
    }
    write!(stdout(), "{}", details(job))?;
    Ok(())
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

async fn logs(
    request: DownloadJobLogs,
    tail: Option<usize>,
    output: Option<&Path>,
) -> Result<(), Box<dyn Error>> {
    match (tail, output) {
        (Some(lines), None) => {
            let text = request.tail(lines).await?;
            let mut printer = Printer::new();
            printer.print(text.as_bytes())?;
            printer.finish()?;
        }
        (Some(lines), Some(file)) => {
            let text = request.tail(lines).await?;
            std::fs::write(file, text)
                .map_err(|error| format!("cannot write `{}`: {error}", file.display()))?;
        }
        (None, Some(file)) => save(request, file).await?,
        (None, None) => {
            let mut log = request.stream().await?;
            let mut printer = Printer::new();
            // Bytes that were received before an error are printed, too.
            let end = loop {
                match log.try_next().await {
                    Ok(Some(bytes)) => printer.print(&bytes)?,
                    end => break end,
                }
            };
            printer.finish()?;
            end?;
        }
    }
    Ok(())
}

/// Saves a log. Shows the progress on a terminal.
async fn save(request: DownloadJobLogs, file: &Path) -> Result<(), Box<dyn Error>> {
    let on_terminal = stderr().is_terminal();
    let mut shown = 0;
    let saved = request.save_to_with(file, |so_far, all| {
        // After a cut, the log can come again from its start.
        if on_terminal && so_far.abs_diff(shown) >= 1 << 18 {
            shown = so_far;
            let of = all.map_or(String::new(), |all| format!(" of {all}"));
            let _ = write!(stderr(), "\r{so_far}{of} bytes");
        }
    });
    let saved = saved.await;
    // The next message, which may be an error, replaces the progress line.
    clear_line();
    let bytes = saved?;
    let _ = writeln!(stderr(), "saved {bytes} bytes to `{}`", clean(&file.display().to_string()));
    Ok(())
}

async fn watch(client: &Client, run: &RunArgs, options: &Options) -> Outcome {
    let mut watch = client.watch_run(&run.owner, &run.repo, run.run_id);
    if options.demo {
        watch = watch
            .with_interval(Duration::from_secs(1), Duration::from_secs(1))
            .with_settle(Duration::from_secs(2));
    }
    let mut changes = watch.stream();
    while let Some(change) = changes.try_next().await? {
        if !options.json {
            let previous = change
                .previous
                .as_ref()
                .map_or(String::new(), |job| format!(" (was {})", state(job)));
            writeln!(stdout(), "{}: {}{previous}", clean(&change.job.name), state(&change.job))?;
        }
    }
    // The jobs at the end of the run, without the jobs that a re-run has replaced.
    let jobs = changes.jobs();
    let failed = jobs.iter().filter(|job| !is_fine(job)).count();
    if options.json {
        json(jobs)?;
    } else {
        writeln!(stdout(), "\n{}{failed} of {} jobs failed", table(jobs), jobs.len())?;
    }
    Ok(if failed == 0 { ExitCode::SUCCESS } else { ExitCode::from(1) })
}

fn is_fine(job: &Job) -> bool {
    matches!(job.conclusion, Some(Conclusion::Success | Conclusion::Skipped | Conclusion::Neutral))
}

/// Shows a saved answer. Its JSON decides whether it is a job, a page or a list of jobs.
fn show(file: &Path, as_json: bool) -> Outcome {
    let (name, bytes) = if file.as_os_str() == "-" {
        let mut bytes = Vec::new();
        let read = stdin().read_to_end(&mut bytes);
        ("standard input".to_owned(), read.map(|_| bytes))
    } else {
        (format!("`{}`", file.display()), std::fs::read(file))
    };
    let bytes = bytes.map_err(|error| format!("cannot read {name}: {error}"))?;
    // Some editors write a byte order mark.
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&bytes);
    let value: serde_json::Value = serde_json::from_slice(bytes)
        .map_err(|error| format!("cannot read {name} as JSON: {error}"))?;
    if value.is_array() {
        all(&read::<Vec<Job>>(&name, bytes)?, as_json)?;
    } else if value.get("jobs").is_some() {
        one_page(&read(&name, bytes)?, as_json)?;
    } else if value.get("id").is_some() {
        one_job(&read(&name, bytes)?, as_json)?;
    } else {
        return Err(format!("{name} is neither a job nor a page nor a list of jobs").into());
    }
    Ok(ExitCode::SUCCESS)
}

/// Decodes a value. The error has the path of the invalid item.
fn read<T: DeserializeOwned>(name: &str, bytes: &[u8]) -> Result<T, Box<dyn Error>> {
    let mut deserializer = serde_json::Deserializer::from_slice(bytes);
    serde_path_to_error::deserialize(&mut deserializer).map_err(|error| {
        format!("cannot decode {name}: at {}: {}", error.path(), error.inner()).into()
    })
}
