//! The command line of the generator: `cargo xtask`.

use std::io::Write as _;
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Result;
use clap::{Args, Parser, Subcommand};
use xtask::artifact::Mode;
use xtask::commands::Options;
use xtask::drift::{Format, Level};
use xtask::untrusted::lines;
use xtask::{commands, workspace};

/// Generates the SDK from GitHub's official OpenAPI descriptions, and checks that it is up to date.
///
/// Typical use: edit spec/operations.toml or spec/overlay.yaml; if the list of operations changed, run
/// `cargo xtask trim`; run `cargo xtask generate`; review the diff of spec/normalized.json first.
#[derive(Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask", arg_required_else_help = true)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Generate the SDK: spec/trimmed and spec/overlay.yaml -> spec/normalized.json -> sdk/src/generated
    ///
    /// Works offline. With --check, as in CI, it writes nothing and exits 1 if a file is stale.
    ///
    /// With --spec, --operations and --out, it writes a crate of its own instead, for any operations of any official
    /// description, and leaves the SDK alone. The crate has the runtime of the SDK, and its name is that of the folder:
    ///
    ///   cargo xtask generate --spec ghes-3.8.json --operations 'repos/*' 'git/*' --out ../ghes-client
    #[command(verbatim_doc_comment)]
    Generate {
        /// The description to generate a crate from
        #[arg(long, value_name = "FILE", requires = "out", requires = "operations")]
        spec: Option<PathBuf>,
        /// The ids of the operations; `*` stands for any text. Operations that the server does not implement (their only
        /// answer is 501) are left out
        #[arg(long, value_name = "GLOB", num_args = 1.., requires = "spec")]
        operations: Vec<String>,
        /// The folder of the crate
        #[arg(long, value_name = "DIR", requires = "spec")]
        out: Option<PathBuf>,
        #[command(flatten)]
        mode: ModeArgs,
    },
    /// Trim the pinned descriptions to the listed operations: spec/upstream.toml -> spec/trimmed
    ///
    /// Downloads the pinned npm packages and git commits into target/upstream, or reads the files from a folder.
    /// Refuses a file whose size or sha-256 differs from its pin.
    Trim {
        /// Read the files from a folder; download nothing. Pins from npm: tarballs with the file names of `npm pack`.
        /// Pins from git: files at their path in the repository (for example, a checkout of the pinned commit),
        /// or named <server>.json
        #[arg(long, value_name = "DIR")]
        from: Option<PathBuf>,
        #[command(flatten)]
        mode: ModeArgs,
    },
    /// Print the changes that another publication of the descriptions makes to the SDK
    ///
    /// Breaking: a type changes, a field or an operation is removed, a parameter becomes required.
    /// Additive: a new field, operation or enum value. Cosmetic: no effect on programs.
    /// Exit code: 2 if a change is breaking; 1 if a change is additive, or if the generator refuses the descriptions
    /// (for example, an overlay action no longer applies); 0 otherwise; 3 if the comparison failed.
    ///
    ///   cargo xtask drift                                   the newest version or commit of each pinned source
    ///   cargo xtask drift --against 23.0.2                  a version of the npm package
    ///   cargo xtask drift --git URL --write                 the newest commit of a repository; pin it
    ///   cargo xtask drift --from DIR                        tarballs or descriptions in a folder
    #[command(verbatim_doc_comment)]
    Drift {
        /// The version of the npm package, or the commit (40 hexadecimal digits), to compare with [default: the newest]
        #[arg(long, value_name = "VERSION|COMMIT")]
        against: Option<String>,
        /// The git repository to compare with: an https or file URL, or a path [default: the pinned ones].
        /// Reads the pinned files and descriptions/<server>/<server>.json
        #[arg(long, value_name = "URL", conflicts_with = "from")]
        git: Option<String>,
        /// Read tarballs (with the file names of `npm pack`) or descriptions from a folder; download nothing
        #[arg(long, value_name = "DIR")]
        from: Option<PathBuf>,
        /// The format of the report
        #[arg(long, value_enum, default_value = "text")]
        format: Format,
        /// Pin the publication and generate the SDK from it, as far as the generator accepts it
        #[arg(long)]
        write: bool,
    },
    /// Test the SDK against Prism, a mock server for OpenAPI descriptions
    ///
    /// Downloads Prism with npm into target/ and starts it on this machine: with the examples of the
    /// description, and with random answers that fit its schemas. The SDK must decode every answer.
    Contract,
    /// Run the checks of the job `CI` except the tests: format, generate --check, lints, docs, contract
    ///
    /// Skips the contract test, with a message, if npm is not installed.
    Ci,
}

#[derive(Args)]
struct ModeArgs {
    /// Write nothing; if a file is stale, print the cause and the command to run, and exit 1
    #[arg(long)]
    check: bool,
}

impl ModeArgs {
    fn mode(&self) -> Mode {
        if self.check { Mode::Check } else { Mode::Write }
    }
}

/// The cargo that runs this program, so that its toolchain is used.
#[expect(clippy::disallowed_methods, reason = "which cargo runs this does not reach the output")]
fn cargo() -> String {
    std::env::var("CARGO").unwrap_or_else(|_| "cargo".to_owned())
}

/// The exit code of `drift` if the comparison failed; 0, 1 and 2 are verdicts.
const NO_VERDICT: u8 = 3;

fn main() -> ExitCode {
    let command = match Cli::try_parse() {
        Ok(cli) => cli.command,
        Err(error) if error.use_stderr() && std::env::args().nth(1).as_deref() == Some("drift") => {
            // If printing fails, there is nowhere to report it.
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
        eprintln!("error: {}", lines(&format!("{error:#}")));
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
        Command::Generate { spec: Some(spec), operations, out: Some(out), mode } => {
            commands::standalone(root, &spec, &operations, &out, mode.mode())
        }
        Command::Generate { mode, .. } => commands::generate(root, mode.mode()),
        Command::Contract => commands::contract(root, &cargo()),
        Command::Ci => commands::ci(root, &cargo()),
        Command::Trim { from, mode } => commands::trim(root, from.as_deref(), mode.mode()),
    }?;
    Ok(ExitCode::SUCCESS)
}
