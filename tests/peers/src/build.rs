//! The cost of builds: a cold `cargo check` of a user's crate, its crate names, and generation.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use nix::sys::resource::UsageWho;

use crate::Result;
use crate::cost::cpu_seconds;

/// The users' crates, in the order of the table's first columns.
pub(crate) const USERS: [&str; 3] = ["user-of-reqwest", "user-of-ours", "user-of-octocrab"];

/// The version that the generation row compares with.
const OPENAPI_TO_RUST: &str = "openapi-to-rust 0.23";

/// Downloads the dependencies, so that no measurement does.
pub(crate) fn fetch() -> Result<()> {
    cpu_of(&mut cargo(&["fetch", "--quiet"])).map(drop)
}

/// CPU seconds of a cold check of a user's crate, its dependencies included.
pub(crate) fn cold_check(user: &str) -> Result<f64> {
    let target = root().join("target/peers-cold");
    if target.exists() {
        std::fs::remove_dir_all(&target)?;
    }
    let mut check = cargo(&["check", "--quiet", "--package", user]);
    check.arg("--target-dir").arg(&target).env("CARGO_INCREMENTAL", "0");
    let seconds = cpu_of(&mut check)?;
    std::fs::remove_dir_all(&target)?;
    Ok(seconds)
}

/// The number of crate names that a user's crate adds.
pub(crate) fn crate_names(user: &str) -> Result<usize> {
    let tree = ["tree", "--package", user, "--edges", "normal", "--prefix", "none"];
    let tree = cargo(&tree).stderr(Stdio::inherit()).output()?;
    let tree = String::from_utf8(tree.stdout)?;
    let names: BTreeSet<_> = tree.lines().filter_map(|line| line.split(' ').next()).collect();
    Ok(names.len().saturating_sub(1))
}

/// CPU seconds of openapi-to-rust and of our generator, which reads 18 servers; `None` where the former
/// is not installed.
pub(crate) fn generation(rounds: usize) -> Result<Option<Vec<(f64, f64)>>> {
    let version = Command::new("openapi-to-rust").arg("--version").output();
    if !version.is_ok_and(|version| version.stdout.starts_with(OPENAPI_TO_RUST.as_bytes())) {
        return Ok(None);
    }
    let root = root();
    let target = root.join("target");
    let mut build = cargo(&["build", "--quiet", "--release"]);
    build.arg("--manifest-path").arg(root.join("xtask/Cargo.toml"));
    cpu_of(build.arg("--target-dir").arg(&target))?;
    let mut pairs = Vec::new();
    for _ in 0..rounds {
        let mut theirs = Command::new("openapi-to-rust");
        theirs.args(["generate", "spec/trimmed/ghes-3.8.json", "--dry-run", "--quiet"]);
        let mut ours = Command::new(target.join("release/xtask"));
        ours.args(["generate", "--check"]);
        let seconds = |command: &mut Command| cpu_of(command.current_dir(&root));
        pairs.push((seconds(&mut theirs)?, seconds(&mut ours)?));
    }
    Ok(Some(pairs))
}

/// Runs a command, and returns the CPU seconds of it and of all it starts.
fn cpu_of(command: &mut Command) -> Result<f64> {
    let before = cpu_seconds(UsageWho::RUSAGE_CHILDREN)?;
    let status = command.stdout(Stdio::null()).status()?;
    if !status.success() {
        return Err(format!("{command:?} failed: {status}").into());
    }
    Ok(cpu_seconds(UsageWho::RUSAGE_CHILDREN)? - before)
}

fn cargo(arguments: &[&str]) -> Command {
    let mut cargo = Command::new(env!("CARGO"));
    cargo.args(arguments).arg("--locked").current_dir(env!("CARGO_MANIFEST_DIR"));
    cargo
}

/// The folder of the project.
fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}
