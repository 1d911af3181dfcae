//! Workflow jobs on the command line: a small program over the SDK, to be used and to be copied from.
//!
//! `cargo run --example jobs -- --demo list octo-org octo-repo 1` needs neither a host nor a token.

mod commands;
mod demo;
mod output;
mod table;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, Parser, Subcommand, ValueEnum};
use github_workflow_jobs::{Client, Error, JobFilter};

/// Jobs of GitHub workflow runs, and their logs.
///
/// The server and the token are those of the environment: GH_HOST or GITHUB_API_URL, and GH_TOKEN or
/// GITHUB_TOKEN (for a server of your own GH_ENTERPRISE_TOKEN). --demo shows it all without either.
///
/// Exit codes: 0 fine, 1 the run that was watched failed, 2 an error.
#[derive(Parser)]
#[command(name = "jobs", arg_required_else_help = true)]
struct Cli {
    #[command(flatten)]
    options: Options,
    #[command(subcommand)]
    command: Command,
}

#[derive(Args)]
struct Options {
    /// The base URL of the API, such as https://ghes.example.com/api/v3
    #[arg(long, global = true, value_name = "URL", conflicts_with = "host")]
    api_url: Option<String>,
    /// The server, such as ghes.example.com
    #[arg(long, global = true)]
    host: Option<String>,
    /// Print one JSON document instead of a table
    #[arg(long, global = true)]
    json: bool,
    /// Use a server inside this program: octo-org octo-repo, run 1, jobs 1 to 4
    #[arg(long, global = true)]
    demo: bool,
}

#[derive(Subcommand)]
enum Command {
    /// Show a job and its steps
    Get { owner: String, repo: String, job_id: i64 },
    /// List the jobs of a run: all of them, or one page with --page
    List {
        owner: String,
        repo: String,
        run_id: i64,
        /// The run's most recent execution, or all of them
        #[arg(long, value_enum)]
        filter: Option<Filter>,
        #[command(flatten)]
        paging: Paging,
    },
    /// List the jobs of one attempt of a run
    Attempt {
        owner: String,
        repo: String,
        run_id: i64,
        attempt: i64,
        #[command(flatten)]
        paging: Paging,
    },
    /// Print the log of a job as it is, or save it
    Logs {
        owner: String,
        repo: String,
        job_id: i64,
        /// Only the last lines
        #[arg(long, value_name = "N")]
        tail: Option<usize>,
        /// Save it to a file, which is there when all of it is
        #[arg(long, value_name = "FILE")]
        output: Option<PathBuf>,
    },
    /// Print the URL of a log; whoever has it can read the log for a minute
    LogsUrl { owner: String, repo: String, job_id: i64 },
    /// Follow the jobs of a run until they are done; exit 1 if one of them failed
    Watch { owner: String, repo: String, run_id: i64 },
    /// Show a saved answer: a job, a page or a list of jobs; `-` is standard input
    Show { file: PathBuf },
}

#[derive(Args)]
struct Paging {
    /// How many jobs a page has, 1 to 100
    #[arg(long, value_name = "N")]
    per_page: Option<i64>,
    /// Only this page
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

/// The client that the options and the environment ask for.
async fn client(options: &Options) -> Result<Client, Box<dyn std::error::Error>> {
    let variable = |name: &&str| std::env::var(name).ok().filter(|text| !text.is_empty());
    let any = ["GH_TOKEN", "GITHUB_TOKEN", "GH_ENTERPRISE_TOKEN", "GITHUB_ENTERPRISE_TOKEN"];
    if options.demo && (options.api_url.is_some() || options.host.is_some()) {
        return Err("--demo has a server of its own: leave off --api-url and --host".into());
    }
    let builder = match (&options.api_url, &options.host) {
        _ if options.demo => Client::builder().api_url(demo::start().await?),
        (Some(url), _) => {
            let builder = Client::builder().api_url(url);
            match any.iter().find_map(variable) {
                Some(token) => builder.token(token),
                None => builder,
            }
        }
        (None, Some(host)) => {
            // A token of github.com is not for another server.
            let own = !is_githubs(host);
            let builder = Client::builder().host(host);
            match any.iter().skip(if own { 2 } else { 0 }).take(2).find_map(variable) {
                Some(token) => builder.token(token),
                None => builder,
            }
        }
        (None, None) => return Ok(Client::from_env()?),
    };
    Ok(builder.build().map_err(|error: Error| error)?)
}

/// Whether the host is GitHub's own, however it is written.
fn is_githubs(host: &str) -> bool {
    let name = host.rsplit("://").next().unwrap_or(host);
    let name =
        name.split(['/', ':']).next().unwrap_or(name).trim_end_matches('.').to_ascii_lowercase();
    matches!(name.as_str(), "github.com" | "www.github.com" | "api.github.com")
        || name.ends_with(".ghe.com")
}
