//! The command line of the generator: `cargo xtask`.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Result;
use clap::{Args, Parser, Subcommand};
use xtask::artifact::Mode;
use xtask::{ci, commands, contract};

/// Generates the SDK from GitHub's official OpenAPI descriptions, and checks that it still is what
/// the inputs give.
///
/// The usual round: edit spec/operations.toml or spec/overlay.yaml, run `cargo xtask trim` if the list
/// of operations changed, then `cargo xtask generate`, and read the diff of spec/normalized.json first.
#[derive(Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask", arg_required_else_help = true)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Make the SDK: spec/trimmed and spec/overlay.yaml -> spec/normalized.json -> sdk/src/generated
    ///
    /// Needs no network and no npm. With --check it writes nothing and exits 1 when something is stale:
    /// that is what CI runs.
    Generate {
        #[command(flatten)]
        mode: ModeArgs,
    },
    /// Cut the pinned descriptions down to the listed operations: spec/upstream.toml -> spec/trimmed
    ///
    /// Gets the packed npm packages into target/upstream with `npm pack`, or takes them from a folder,
    /// and refuses a description that is not, byte for byte, the pinned one.
    Trim {
        /// A folder of tarballs, named as `npm pack` names them; nothing is downloaded
        #[arg(long, value_name = "DIR")]
        from: Option<PathBuf>,
        #[command(flatten)]
        mode: ModeArgs,
    },
    /// Drive the SDK against Prism, a server made from the description by others
    ///
    /// Gets Prism with npm into target/contract and starts it on this machine: once with the examples
    /// of the description, once with random answers that fit its schemas. Every answer must decode.
    Contract,
    /// Check everything that CI checks but the tests: format, generate --check, lints, docs, contract
    ///
    /// The contract test is left out, and said to be, where npm is not installed.
    Ci,
}

#[derive(Args)]
struct ModeArgs {
    /// Write nothing; exit 1 if something is stale, and say what, why, and what mends it
    #[arg(long, conflicts_with = "dry_run")]
    check: bool,
    /// Write nothing; say which files would be written
    #[arg(long)]
    dry_run: bool,
}

impl ModeArgs {
    fn mode(&self) -> Mode {
        match self {
            Self { check: true, .. } => Mode::Check,
            Self { dry_run: true, .. } => Mode::DryRun,
            _ => Mode::Write,
        }
    }
}

/// The cargo that runs this: the one whose toolchain is in use.
#[expect(clippy::disallowed_methods, reason = "which cargo runs this does not reach the output")]
fn cargo() -> String {
    std::env::var("CARGO").unwrap_or_else(|_| "cargo".to_owned())
}

fn main() -> ExitCode {
    match run(Cli::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(cli: Cli) -> Result<()> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap_or(Path::new("."));
    match cli.command {
        Command::Generate { mode } => commands::generate(root, mode.mode()),
        Command::Contract => contract::contract(root, &cargo()),
        Command::Ci => ci::ci(root, &cargo()),
        Command::Trim { from, mode } => commands::trim(root, from.as_deref(), mode.mode()),
    }
}
