//! The command line of the generator: `cargo xtask`.

use std::io::Write as _;
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Result;
use clap::{Args, Parser, Subcommand};
use xtask::artifact::Mode;
use xtask::commands::Options;
use xtask::drift::{Format, Level};
use xtask::{commands, workspace};

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
    /// Downloads the pinned npm packages and commits into target/upstream, with `npm pack` and git, or takes the
    /// files from a folder. Refuses a description that is not, byte for byte, the pinned one.
    Trim {
        /// A folder with the files; nothing is downloaded. For pins from npm: tarballs, named as `npm pack` names
        /// them. For pins from git: the files at their path in the repository (so a checkout of the pinned
        /// commit will do), or as <server>.json
        #[arg(long, value_name = "DIR")]
        from: Option<PathBuf>,
        #[command(flatten)]
        mode: ModeArgs,
    },
    /// Print what another publication of the descriptions would change, item by item of the SDK
    ///
    /// breaking: a type changed, a field or an operation is removed, a parameter becomes required. additive: a new
    /// field, operation or enum value. cosmetic: nothing that a program could notice.
    /// Exit code: 2 if a change is breaking; 1 if one is additive, or if the generator refuses the descriptions
    /// (an action of the overlay no longer applies); 0 otherwise; 3 if the comparison failed.
    ///
    ///   cargo xtask drift                                   the newest version or commit of all that is pinned
    ///   cargo xtask drift --against 23.0.2                  a version of the npm package
    ///   cargo xtask drift --git URL --write                 the newest commit of a repository, which is then pinned
    ///   cargo xtask drift --from DIR                        tarballs or descriptions in a folder
    #[command(verbatim_doc_comment)]
    Drift {
        /// The version of the npm package, or the commit (40 hexadecimal digits), to compare with [default: the newest]
        #[arg(long, value_name = "VERSION|COMMIT")]
        against: Option<String>,
        /// The git repository to compare with: an https or file URL, or a path [default: those that are pinned].
        /// Its descriptions are the pinned files and descriptions/<server>/<server>.json
        #[arg(long, value_name = "URL", conflicts_with = "from")]
        git: Option<String>,
        /// A folder of tarballs, named as `npm pack` names them, or of descriptions; nothing is downloaded
        #[arg(long, value_name = "DIR")]
        from: Option<PathBuf>,
        /// The form of the report
        #[arg(long, value_enum, default_value = "text")]
        format: Format,
        /// Pin the publication, and generate the SDK from it as far as the generator takes it
        #[arg(long)]
        write: bool,
    },
    /// Drive the SDK against Prism, a server made from a description by others
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
    #[arg(long)]
    check: bool,
}

impl ModeArgs {
    fn mode(&self) -> Mode {
        if self.check { Mode::Check } else { Mode::Write }
    }
}

/// The cargo that runs this: the one whose toolchain is in use.
#[expect(clippy::disallowed_methods, reason = "which cargo runs this does not reach the output")]
fn cargo() -> String {
    std::env::var("CARGO").unwrap_or_else(|_| "cargo".to_owned())
}

/// Of `drift`, 1 and 2 are verdicts: this is that it could not tell.
const NO_VERDICT: u8 = 3;

fn main() -> ExitCode {
    let command = match Cli::try_parse() {
        Ok(cli) => cli.command,
        Err(error) if error.use_stderr() && std::env::args().nth(1).as_deref() == Some("drift") => {
            // Where there is no terminal left, nothing is lost.
            let _ = error.print();
            return NO_VERDICT.into();
        }
        Err(error) => error.exit(),
    };
    let failure = if matches!(command, Command::Drift { .. }) {
        NO_VERDICT.into()
    } else {
        ExitCode::FAILURE
    };
    run(command).unwrap_or_else(|error| {
        eprintln!("error: {error:#}");
        failure
    })
}

fn run(command: Command) -> Result<ExitCode> {
    let root = &workspace::find()?;
    match command {
        Command::Drift { against, from, git, format, write } => {
            let drift = commands::drift(root, &Options { from, against, git, format, write })?;
            std::io::stdout().write_all(drift.text.as_bytes())?;
            return Ok(match (drift.verdict, drift.refused) {
                (Level::Breaking, _) => 2,
                (Level::Additive, _) | (Level::Cosmetic, true) => 1,
                (Level::Cosmetic, false) => 0,
            }
            .into());
        }
        Command::Generate { mode } => commands::generate(root, mode.mode()),
        Command::Contract => commands::contract(root, &cargo()),
        Command::Ci => commands::ci(root, &cargo()),
        Command::Trim { from, mode } => commands::trim(root, from.as_deref(), mode.mode()),
    }?;
    Ok(ExitCode::SUCCESS)
}
