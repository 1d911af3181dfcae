//! A command-line program for workflow jobs. Its code is a template for your own programs.
//!
//! `cargo run --example jobs -- --demo list octo-org octo-repo 1` needs no host and no token.

mod commands;
mod demo;
mod output;
mod table;

use std::error::Error;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, Parser, Subcommand, ValueEnum};
use github_workflow_jobs::{Client, JobFilter};

/// Shows the jobs of GitHub workflow runs and their logs.
///
/// The environment sets the server and the token. The server is GH_HOST, otherwise GITHUB_API_URL, otherwise
/// github.com. The token for github.com and *.ghe.com is GH_TOKEN or GITHUB_TOKEN. The token for any other
/// server is GH_ENTERPRISE_TOKEN or GITHUB_ENTERPRISE_TOKEN, or GITHUB_TOKEN if GITHUB_API_URL names that server.
/// --demo needs no server and no token.
///
/// Exit codes: 0 success; 1 a job of the watched run failed; 2 an error.
#[derive(Parser)]
#[command(name = "jobs", arg_required_else_help = true)]
struct Cli {
    #[command(flatten)]
    options: Options,
    #[command(subcommand)]
    command: Command,
}

#[derive(Args)]
#[command(next_help_heading = "Global options")]
struct Options {
    /// The server, for example ghes.example.com
    #[arg(long, global = true)]
    host: Option<String>,
    /// The base URL of the API, for example https://ghes.example.com/api/v3
    #[arg(long, global = true, value_name = "URL", conflicts_with = "host")]
    api_url: Option<String>,
    /// Print one JSON document instead of text; `logs` ignores this option
    #[arg(long, global = true)]
    json: bool,
    /// Use a built-in server: octo-org octo-repo, run 1, jobs 1 to 4
    #[arg(long, global = true)]
    demo: bool,
}

#[derive(Subcommand)]
enum Command {
    /// Show a job and its steps
    Get(JobArgs),
    /// List all jobs of a run, or one page of them
    List {
        #[command(flatten)]
        run: RunArgs,
        /// Jobs of the latest execution only, or of all executions of the run [default: latest]
        #[arg(long, value_enum)]
        filter: Option<Filter>,
        #[command(flatten)]
        paging: Paging,
    },
    /// List all jobs of one attempt of a run, or one page of them
    Attempt {
        #[command(flatten)]
        run: RunArgs,
        /// The number of the attempt; the first is 1
        attempt: i64,
        #[command(flatten)]
        paging: Paging,
    },
    /// Print the log of a job, or save it to a file
    Logs {
        #[command(flatten)]
        job: JobArgs,
        /// Only the last N lines
        #[arg(long, value_name = "N")]
        tail: Option<usize>,
        /// Save the log to this file; the file appears when the log is complete
        #[arg(long, value_name = "FILE")]
        output: Option<PathBuf>,
    },
    /// Print the URL of a job's log; anyone with the URL can read the log until the URL expires
    LogsUrl(JobArgs),
    /// Print the changes of a run's jobs until all are completed; exit 1 if a job failed
    Watch(RunArgs),
    /// Show a job, a page of jobs or a list of jobs from a JSON file
    Show {
        /// The file; `-` reads standard input
        file: PathBuf,
    },
}

#[derive(Args)]
struct JobArgs {
    /// The user or organization that owns the repository
    owner: String,
    /// The name of the repository
    repo: String,
    /// The id of the job; `list` prints it
    job_id: i64,
}

#[derive(Args)]
struct RunArgs {
    /// The user or organization that owns the repository
    owner: String,
    /// The name of the repository
    repo: String,
    /// The id of the workflow run: the number after `/actions/runs/` in its URL
    run_id: i64,
}

#[derive(Args)]
struct Paging {
    /// The number of jobs per page, 1 to 100
    #[arg(long, value_name = "N")]
    per_page: Option<i64>,
    /// Print page N only; the first is 1
    #[arg(long, value_name = "N")]
    page: Option<i64>,
}

#[derive(Clone, Copy, ValueEnum)]
enum Filter {
    Latest,
    All,
}

impl From<Filter> for JobFilter {
    fn from(filter: Filter) -> Self {
        match filter {
            Filter::Latest => Self::Latest,
            Filter::All => Self::All,
        }
    }
}

#[tokio::main]
async fn main() -> ExitCode {
    let cli = Cli::parse();
    match commands::run(&cli.command, &cli.options).await {
        Ok(code) => code,
        Err(error) => output::report(&*error),
    }
}

const GITHUBS_TOKENS: [&str; 2] = ["GH_TOKEN", "GITHUB_TOKEN"];
const ENTERPRISE_TOKENS: [&str; 2] = ["GH_ENTERPRISE_TOKEN", "GITHUB_ENTERPRISE_TOKEN"];

/// Builds the client from the options and the environment.
async fn client(options: &Options) -> Result<Client, Box<dyn Error>> {
    if options.demo {
        if options.api_url.is_some() || options.host.is_some() {
            return Err("`--demo` starts its own server: leave off --api-url and --host".into());
        }
        return Ok(Client::builder().api_url(demo::start().await?).build()?);
    }
    let (builder, token) = match (&options.api_url, &options.host) {
        (Some(url), _) => {
            let token = variable(GITHUBS_TOKENS).or_else(|| variable(ENTERPRISE_TOKENS));
            (Client::builder().api_url(url), token)
        }
        // A token for github.com must not reach another server.
        (None, Some(host)) if is_githubs(host) => {
            (Client::builder().host(host), variable(GITHUBS_TOKENS))
        }
        (None, Some(host)) => (Client::builder().host(host), variable(ENTERPRISE_TOKENS)),
        (None, None) => return Ok(Client::from_env()?),
    };
    let builder = match token {
        Some(token) => builder.token(token),
        None => builder,
    };
    Ok(builder.build()?)
}

/// The first of these variables that is set and not empty.
fn variable(names: [&str; 2]) -> Option<String> {
    names.iter().filter_map(|name| std::env::var(name).ok()).find(|text| !text.is_empty())
}

/// Returns true for github.com and GitHub Enterprise Cloud, also if the host is given as a URL or with a port.
fn is_githubs(host: &str) -> bool {
    let name = host.rsplit("://").next().unwrap_or(host);
    let name =
        name.split(['/', ':']).next().unwrap_or(name).trim_end_matches('.').to_ascii_lowercase();
    matches!(name.as_str(), "github.com" | "www.github.com" | "api.github.com")
        || name.ends_with(".ghe.com")
}
