//! A command-line program for workflow jobs. Its code is a template for your own programs.
//!
//! `cargo run --example jobs -- --demo list octo-org octo-repo 1` needs no host and no token.

mod commands;
mod demo;
mod log;
mod output;
mod table;

use std::error::Error;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, Parser, Subcommand, ValueEnum};
use github_workflow_jobs::{Client, ClientBuilder, JobFilter};

/// Shows the jobs of GitHub workflow runs and their logs.
///
/// The server is --host or --api-url, otherwise GH_HOST, otherwise GITHUB_API_URL, otherwise github.com. The
/// environment sets the token. For github.com and *.ghe.com, it is GH_TOKEN or GITHUB_TOKEN. For any other server,
/// it is GH_ENTERPRISE_TOKEN or GITHUB_ENTERPRISE_TOKEN, or GITHUB_TOKEN if GITHUB_API_URL is that server's. With
/// --host or --api-url, no token is needed: public repositories can be read without one. --demo needs no server and
/// no token.
///
/// The proxy is HTTPS_PROXY, HTTP_PROXY or ALL_PROXY, except for the servers in NO_PROXY.
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
    /// Print the changes of a run's jobs until the run is completed; exit 1 if a job failed
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

/// Builds the client from the options and the environment. The SDK chooses the token for the server.
fn client(options: &Options) -> Result<Client, Box<dyn Error>> {
    if options.demo {
        if options.api_url.is_some() || options.host.is_some() {
            return Err("`--demo` starts its own server: leave off --api-url and --host".into());
        }
        return Ok(demo::client());
    }
    let builder = match (&options.api_url, &options.host) {
        (Some(url), _) => Client::builder().api_url(url).token_from_env(),
        (None, Some(host)) => Client::builder().host(host).token_from_env(),
        (None, None) => ClientBuilder::from_env()?,
    };
    Ok(builder.on_wait(output::wait).build()?)
}
