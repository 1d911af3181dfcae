//! A command-line program for workflow jobs, to be copied from. `--demo` needs no server and no token.

mod demo;

use std::error::Error;
use std::io::{self, IsTerminal as _, Write as _, stdout};
use std::process::ExitCode;

use clap::{Parser, ValueEnum};
use github_workflow_jobs::jobs::{LogLine, counts};
use github_workflow_jobs::{Client, ClientBuilder, Job, is_unprintable, requests::DownloadJobLogs};

/// Shows the jobs of a GitHub workflow run and their logs.
///
/// The server is --host, GH_HOST, GITHUB_API_URL or github.com. GH_TOKEN is the token for github.com and *.ghe.com,
/// GH_ENTERPRISE_TOKEN for others. Exit codes: 0 success; 1 the watched run or one of its jobs failed; 2 an error.
#[derive(Parser)]
struct Cli {
    command: Command,
    owner: String,
    repo: String,
    /// The id of the run; for `get` and `logs`, the id of the job
    id: i64,
    /// The server, such as ghes.example.com
    #[arg(long)]
    host: Option<String>,
    /// Use a scripted server: octo-org octo-repo, run 1, jobs 1 to 4
    #[arg(long, conflicts_with = "host")]
    demo: bool,
    /// Print JSON instead of text; `logs` ignores this option
    #[arg(long)]
    json: bool,
    /// Only the last lines of the log
    #[arg(long, value_name = "LINES")]
    tail: Option<usize>,
}

#[derive(Clone, ValueEnum)]
enum Command {
    /// Show a job
    Get,
    /// List the jobs of a run
    List,
    /// Print the log of a job
    Logs,
    /// Print the changes of a run's jobs until the run has ended
    Watch,
}

#[tokio::main]
async fn main() -> ExitCode {
    let error = match run(Cli::parse()).await {
        Ok(failed) => return ExitCode::from(u8::from(failed)),
        Err(error) => error,
    };
    if error.downcast_ref().map(io::Error::kind) == Some(io::ErrorKind::BrokenPipe) {
        return ExitCode::SUCCESS; // the reader, such as `head`, has closed the output
    }
    let root = std::iter::successors(error.source(), |&error| error.source()).last();
    let root = root.map_or(String::new(), |root| format!(": {root}"));
    eprintln!("error: {}", printable(&format!("{error}{root}")));
    ExitCode::from(2)
}

/// Runs the command; true if the watched run or one of its jobs failed.
async fn run(cli: Cli) -> Result<bool, Box<dyn Error>> {
    let builder = match cli.host {
        _ if cli.demo => demo::builder(),
        Some(host) => Client::builder().host(host).token_from_env(),
        None => ClientBuilder::from_env()?,
    };
    let client = builder.on_wait(|wait| eprintln!("waiting until {}", wait.until)).build()?;
    let repo = client.repo(&format!("{}/{}", cli.owner, cli.repo))?;
    match cli.command {
        Command::Get => print(&[repo.get_job(cli.id).await?.into_inner()], cli.json)?,
        Command::List => print(&repo.list_jobs_for_run(cli.id).all().await?, cli.json)?,
        Command::Logs => log(repo.download_job_logs(cli.id), cli.tail).await?,
        Command::Watch => {
            let mut changes = repo.watch_run(cli.id).stream();
            while let Some(change) = changes.try_next().await? {
                print(&[change.job], cli.json)?;
            }
            let end = changes.conclusion().map_or("", |end| end.as_str());
            let failures = ["failure", "startup_failure", "timed_out", "action_required"];
            return Ok(failures.contains(&end) || counts(changes.jobs()).failed > 0);
        }
    }
    Ok(false)
}

/// Prints the lines of a log: to a terminal as printable text, to a pipe as they are.
async fn log(request: DownloadJobLogs, tail: Option<usize>) -> Result<(), Box<dyn Error>> {
    let show = |line: LogLine| match stdout().is_terminal() {
        true => writeln!(stdout(), "{}", printable(&line.text())),
        false => stdout().write_all(&[line.bytes(), &b"\n"[..]].concat()),
    };
    if let Some(tail) = tail {
        let text = request.tail(tail).await?;
        return Ok(text.lines().try_for_each(|line| show(LogLine::new(line.to_owned())))?);
    }
    let mut lines = request.log().await?;
    while let Some(line) = lines.try_next().await? {
        show(line)?;
    }
    Ok(())
}

/// Prints a row for each job, or one line of JSON in which characters that can control a terminal are escaped.
fn print(jobs: &[Job], json: bool) -> Result<(), Box<dyn Error>> {
    if json {
        let escape = |c: char| match is_unprintable(c) {
            true => c.encode_utf16(&mut [0; 2]).iter().map(|u| format!("\\u{u:04x}")).collect(),
            false => c.to_string(),
        };
        let document: String = serde_json::to_string(jobs)?.chars().map(escape).collect();
        return Ok(writeln!(stdout(), "{document}")?);
    }
    for job in jobs {
        let state = job.conclusion.as_ref().map_or(job.status.as_str(), |end| end.as_str());
        let time = job.duration().map_or("-".to_owned(), |time| format!("{time:#}"));
        let row = format!("{:<11} {state:<12} {time:>9}  {}", job.id.get(), job.name);
        writeln!(stdout(), "{}", printable(&row))?;
    }
    Ok(())
}

/// The text without characters that can control a terminal: other people choose names and write logs.
fn printable(text: &str) -> String {
    text.chars().filter(|c| *c == '\t' || !is_unprintable(*c)).collect()
}
