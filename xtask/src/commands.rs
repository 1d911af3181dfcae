//! The commands: read the inputs, run the stages, hand the artifacts to their one writer.

#![expect(
    clippy::disallowed_methods,
    reason = "the shell: reads the files of spec/"
)]

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use anyhow::{Context as _, Result, bail};

use crate::artifact::{self, Artifact, Mode, Outcome};
use crate::operations::Operations;
use crate::{json, trim, upstream};

const UPSTREAM: &str = "spec/upstream.toml";
const OPERATIONS: &str = "spec/operations.toml";

/// `cargo xtask trim`: the pinned descriptions, cut down to `spec/trimmed`.
///
/// # Errors
///
/// An input is not what it should be, or (with [`Mode::Check`]) a file is stale.
pub fn trim(root: &Path, from: Option<&Path>, mode: Mode) -> Result<()> {
    let operations = operations(root)?;
    let pins = upstream::parse(&text(root, UPSTREAM)?).context(UPSTREAM)?;
    let cache = root.join("target/upstream");
    let mut artifacts = Vec::new();
    for pin in &pins {
        if from.is_none() {
            pin.fetch(&cache)?;
        }
        let source = pin.read(from.unwrap_or(&cache))?;
        let trimmed = trim::trim(&source, pin, operations.ids());
        let trimmed = trimmed.with_context(|| format!("{} of {}", pin.file, pin.tarball()))?;
        artifacts.push(Artifact {
            path: format!("spec/trimmed/{}.json", pin.server),
            content: Some(json::print(&trimmed)),
        });
    }
    remove_others(root, "spec/trimmed", &mut artifacts)?;
    let outcome = artifact::reconcile(root, &artifacts, mode)?;
    println!(
        "{} operations of {} descriptions; {}",
        operations.len(),
        pins.len(),
        summary(&outcome, mode)
    );
    verdict(
        &outcome,
        mode,
        "the pins, the list of operations or the tool have moved, or a file was edited by hand",
        "trim",
    )
}

fn operations(root: &Path) -> Result<Operations> {
    Operations::parse(&text(root, OPERATIONS)?).context(OPERATIONS)
}

fn text(root: &Path, path: &str) -> Result<String> {
    let bytes = fs::read(root.join(path)).with_context(|| path.to_owned())?;
    Ok(json::text(&bytes)
        .with_context(|| path.to_owned())?
        .to_owned())
}

/// A folder of generated files holds nothing else: what is no artifact is to go.
fn remove_others(root: &Path, folder: &str, artifacts: &mut Vec<Artifact>) -> Result<()> {
    let wanted: BTreeSet<_> = artifacts
        .iter()
        .map(|artifact| artifact.path.clone())
        .collect();
    let Ok(entries) = fs::read_dir(root.join(folder)) else {
        return Ok(());
    };
    for entry in entries {
        let path = format!("{folder}/{}", entry?.file_name().to_string_lossy());
        if !wanted.contains(&path) {
            artifacts.push(Artifact {
                path,
                content: None,
            });
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
        Mode::DryRun => "to write",
    };
    format!("{stale} {files} {verb}, {} up to date", outcome.fresh)
}

/// Under [`Mode::Check`], stale files are an error that says why and what mends them.
fn verdict(outcome: &Outcome, mode: Mode, cause: &str, command: &str) -> Result<()> {
    if mode == Mode::DryRun {
        outcome
            .stale
            .iter()
            .for_each(|path| println!("would write {path}"));
    }
    if mode != Mode::Check || outcome.stale.is_empty() {
        return Ok(());
    }
    eprint!("{}", outcome.diff);
    bail!(
        "not up to date: {}\ncause: {cause}\nto mend it: cargo xtask {command}",
        outcome.stale.join(", ")
    );
}
