//! The commands: read the inputs, run the stages, hand the artifacts to their one writer.

#![expect(clippy::disallowed_methods, reason = "the shell: reads the files of spec/")]

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use anyhow::{Context as _, Result, bail};
use serde_json::Value;

use crate::artifact::{self, Artifact, Mode, Outcome};
use crate::operations::Operations;
use crate::overlay::Overlay;
use crate::pipeline::{self, Inputs, NORMALIZED};
use crate::{json, print, trim, upstream};

const UPSTREAM: &str = "spec/upstream.toml";
const OPERATIONS: &str = "spec/operations.toml";
const OVERLAY: &str = "spec/overlay.yaml";

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
        operations.count(),
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

/// `cargo xtask generate`: `spec/` becomes `spec/normalized.json` and the generated files of the SDK.
///
/// # Errors
///
/// An input is not what it should be, or (with [`Mode::Check`]) a file is stale.
pub fn generate(root: &Path, mode: Mode) -> Result<()> {
    let output = pipeline::run(&inputs(root)?)?;
    let cause = cause(root, &output.artifacts);
    let mut artifacts = output.artifacts;
    remove_others(root, print::FOLDER, &mut artifacts)?;
    let outcome = artifact::reconcile(root, &artifacts, mode)?;
    println!(
        "{} operations, {} types; {}",
        output.operations,
        output.types,
        summary(&outcome, mode)
    );
    match output.without_words.as_slice() {
        [] => println!("every item has words"),
        items => println!("{} items without words: {}", items.len(), items.join(", ")),
    }
    verdict(&outcome, mode, &cause, "generate")
}

/// Reads what the generator is made from.
///
/// # Errors
///
/// A file is missing, or is not what it should be.
pub fn inputs(root: &Path) -> Result<Inputs> {
    let pins = upstream::parse(&text(root, UPSTREAM)?).context(UPSTREAM)?;
    let [pin] = pins.as_slice() else {
        bail!("{UPSTREAM}: pins {} descriptions: the generator takes one", pins.len());
    };
    let file = format!("spec/trimmed/{}.json", pin.server);
    let bytes =
        fs::read(root.join(&file)).with_context(|| format!("{file}: run cargo xtask trim"))?;
    let description = json::parse(&bytes).with_context(|| file.clone())?;
    if description["x-source"] != pin.source() {
        bail!("{file}#/x-source: is not what {UPSTREAM} pins: run cargo xtask trim");
    }
    let overlay = Overlay::parse(&text(root, OVERLAY)?).context(OVERLAY)?;
    Ok(Inputs { description: (file, description), overlay, operations: operations(root)? })
}

/// Why the generated files are stale, as far as the digests in the checked-in document can tell.
fn cause(root: &Path, artifacts: &[Artifact]) -> String {
    let read = |content: &str| json::parse(content.as_bytes()).ok();
    let inputs = |document: &Value| document["info"]["x-inputs"].as_object().cloned();
    let fresh = artifacts.iter().find(|artifact| artifact.path == NORMALIZED);
    let fresh = fresh.and_then(|artifact| artifact.content.as_deref());
    let current = text(root, NORMALIZED).ok();
    if current.as_deref() == fresh {
        return "the generator moved, or a generated file was edited by hand".to_owned();
    }
    let (Some(fresh), Some(current)) = (
        fresh.and_then(read).as_ref().and_then(inputs),
        current.as_deref().and_then(read).as_ref().and_then(inputs),
    ) else {
        return format!(
            "{NORMALIZED} is missing, or no longer JSON with the digests of its inputs"
        );
    };
    let moved = fresh.iter().filter(|(file, digest)| current.get(*file) != Some(digest));
    match moved.map(|(file, _)| file.as_str()).collect::<Vec<_>>().as_slice() {
        [] => format!("the generator moved, or {NORMALIZED} was edited by hand"),
        files => format!("{} changed since the last run", files.join(" and ")),
    }
}

fn operations(root: &Path) -> Result<Operations> {
    Operations::parse(&text(root, OPERATIONS)?).context(OPERATIONS)
}

fn text(root: &Path, path: &str) -> Result<String> {
    let bytes = fs::read(root.join(path)).with_context(|| path.to_owned())?;
    Ok(json::text(&bytes).with_context(|| path.to_owned())?.to_owned())
}

/// A folder of generated files holds nothing else: what is no artifact is to go.
fn remove_others(root: &Path, folder: &str, artifacts: &mut Vec<Artifact>) -> Result<()> {
    let wanted: BTreeSet<_> = artifacts.iter().map(|artifact| artifact.path.clone()).collect();
    let Ok(entries) = fs::read_dir(root.join(folder)) else {
        return Ok(());
    };
    for entry in entries {
        let entry = entry?;
        let path = format!("{folder}/{}", entry.file_name().to_string_lossy());
        if entry.path().is_dir() {
            bail!("{path}: is a folder, and nothing generates it: remove it");
        }
        if !wanted.contains(&path) {
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
        Mode::DryRun => "to write",
    };
    format!("{stale} {files} {verb}, {} up to date", outcome.fresh)
}

/// Under [`Mode::Check`], stale files are an error that says why and what mends them.
fn verdict(outcome: &Outcome, mode: Mode, cause: &str, command: &str) -> Result<()> {
    if mode == Mode::DryRun {
        outcome.stale.iter().for_each(|path| println!("would write {path}"));
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
