//! The commands. Each reads its inputs, runs the stages, and passes the artifacts to the only writer.

#![expect(clippy::disallowed_methods, reason = "looks for files that are not generated any more")]

mod ci;
mod contract;
mod drift;
mod generate;
mod standalone;
mod trim;

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use anyhow::{Result, bail};

use crate::artifact::{Artifact, Mode, Outcome};
pub use ci::ci;
pub use contract::contract;
pub use drift::{Drift, Options, drift};
pub use generate::generate;
pub use standalone::standalone;
pub use trim::trim;

/// Adds an artifact without content for each other file in a folder of generated files, so that it is removed.
fn remove_others(root: &Path, folder: &str, artifacts: &mut Vec<Artifact>) -> Result<()> {
    let generated: BTreeSet<_> = artifacts.iter().map(|artifact| artifact.path.clone()).collect();
    let Ok(entries) = fs::read_dir(root.join(folder)) else {
        return Ok(());
    };
    for entry in entries {
        let entry = entry?;
        let path = format!("{folder}/{}", entry.file_name().to_string_lossy());
        if entry.path().is_dir() {
            remove_others(root, &path, artifacts)?;
        } else if !generated.contains(&path) {
            artifacts.push(Artifact { path, content: None });
        }
    }
    Ok(())
}

fn summary(outcome: &Outcome, mode: Mode) -> String {
    let stale = outcome.stale.len();
    let files = if stale == 1 { "file" } else { "files" };
    let verb = match mode {
        Mode::Write => "written",
        Mode::Check => "stale",
    };
    format!("{stale} {files} {verb}, {} up to date", outcome.fresh)
}

/// Under [`Mode::Check`], stale files are an error with the cause and the command to run.
fn verdict(outcome: &Outcome, mode: Mode, cause: &str, command: &str) -> Result<()> {
    if mode != Mode::Check || outcome.stale.is_empty() {
        return Ok(());
    }
    eprint!("{}", outcome.diff);
    bail!(
        "not up to date: {}\ncause: {cause}\nto fix it: cargo xtask {command}",
        outcome.stale.join(", ")
    );
}
