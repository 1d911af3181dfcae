//! The commands: read the inputs, run the stages, hand the artifacts to their one writer.

#![expect(clippy::disallowed_methods, reason = "the shell: reads the files of spec/")]

pub mod ci;
pub mod contract;
mod drift;

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use anyhow::{Context as _, Result, bail};
use indicatif::MultiProgress;
use rayon::prelude::*;
use serde_json::Value;

use crate::artifact::{self, Artifact, Mode, Outcome};
use crate::inputs::operations::Operations;
use crate::inputs::overlay::Overlay;
use crate::inputs::pins::{Pin, Upstream};
use crate::pipeline::{self, Description, Inputs, NORMALIZED, OVERLAY};
use crate::stages::trim::{self, Trimmed};
use crate::{openapi::json, print};
pub use drift::{Drift, Options, drift};

const UPSTREAM: &str = "spec/upstream.toml";
const OPERATIONS: &str = "spec/operations.toml";
const README: &str = "spec/README.md";

/// `cargo xtask trim`: the pinned descriptions, cut down to `spec/trimmed`.
///
/// # Errors
///
/// An input is not what it should be, or (with [`Mode::Check`]) a file is stale.
pub fn trim(root: &Path, from: Option<&Path>, mode: Mode) -> Result<()> {
    let operations = operations(root)?;
    let upstream = upstream(root)?;
    let trimmed = read_pinned(root, from, &upstream, &operations)?;
    for id in operations.ids() {
        let absent: Vec<_> = trimmed
            .iter()
            .filter_map(|(_, trimmed)| trimmed.absent.iter().find(|(absent, _)| absent == id))
            .collect();
        if let Some((_, near)) = absent.last().filter(|_| absent.len() == trimmed.len()) {
            bail!("{OPERATIONS}: no description has an operation `{id}`{near}");
        }
    }
    let mut artifacts = Vec::new();
    for (pin, trimmed) in &trimmed {
        let absent: Vec<_> = trimmed.absent.iter().map(|(id, _)| id.as_str()).collect();
        if !absent.is_empty() {
            println!("{} does not have {}", pin.server, absent.join(" and "));
        }
        artifacts.push(Artifact {
            path: trimmed_file(&pin.server),
            content: Some(json::print(&trimmed.document)),
        });
    }
    remove_others(root, "spec/trimmed", &mut artifacts)?;
    let outcome = artifact::reconcile(root, &artifacts, mode)?;
    println!(
        "{} operations of {} descriptions; {}",
        operations.count(),
        upstream.pins.len(),
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
    let mut output = pipeline::run(&inputs(root)?)?;
    output.artifacts.push(readme(root, &output.servers)?);
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
        [item] => println!("1 item without words: {item}"),
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
    inputs_of(root, &upstream(root)?)
}

fn inputs_of(root: &Path, upstream: &Upstream) -> Result<Inputs> {
    let mut descriptions = Vec::new();
    for pin in &upstream.pins {
        let file = trimmed_file(&pin.server);
        let bytes =
            fs::read(root.join(&file)).with_context(|| format!("{file}: run cargo xtask trim"))?;
        let document = json::parse(&bytes).with_context(|| file.clone())?;
        if document["x-source"] != pin.source() {
            bail!("{file}#/x-source: is not what {UPSTREAM} pins: run cargo xtask trim");
        }
        descriptions.push(Description { server: pin.server.clone(), file, document });
    }
    let overlay = Overlay::parse(&text(root, OVERLAY)?).context(OVERLAY)?;
    let base = upstream.base.clone();
    Ok(Inputs { descriptions, base, overlay, operations: operations(root)? })
}

/// The pinned descriptions, trimmed, in the order of the pins. Each tarball is read once, several at
/// the same time.
fn read_pinned<'p>(
    root: &Path,
    from: Option<&Path>,
    upstream: &'p Upstream,
    operations: &Operations,
) -> Result<Vec<(&'p Pin, Trimmed)>> {
    let cache = root.join("target/upstream");
    let publications = upstream.publications();
    if from.is_none() {
        publications.iter().try_for_each(|(publication, _)| publication.fetch(&cache))?;
    }
    let folder = from.unwrap_or(&cache);
    let bars = MultiProgress::new();
    let read = publications.par_iter().map(|(publication, pins)| {
        let mut trimmed = Vec::new();
        let is_pinned = |file: &str| pins.iter().any(|pin| pin.file == file);
        publication.read(folder, &bars, is_pinned, |file, content| {
            for pin in pins.iter().filter(|pin| pin.file == file) {
                pin.verify(&content)?;
                trimmed.push((*pin, trim::trim(&content, pin, operations.ids())?));
            }
            Ok(trimmed.len() == pins.len())
        })?;
        let missing = pins.iter().find(|pin| !trimmed.iter().any(|(read, _)| read == *pin));
        match missing {
            Some(pin) => bail!("{} has no file {}", publication.tarball(), pin.file),
            None => Ok(trimmed),
        }
    });
    // One after the other, so that of several errors the same one is told every time.
    let read: Vec<Result<Vec<_>>> = read.collect();
    let mut trimmed = Vec::new();
    for part in read {
        trimmed.extend(part?);
    }
    let place = |pin: &Pin| upstream.pins.iter().position(|other| other == pin);
    trimmed.sort_by_key(|(pin, _)| place(pin));
    Ok(trimmed)
}

pub(crate) fn trimmed_file(server: &str) -> String {
    format!("spec/trimmed/{server}.json")
}

/// `spec/README.md` with the generated part between its marks.
fn readme(root: &Path, servers: &str) -> Result<Artifact> {
    const MARKS: [&str; 2] =
        ["<!-- generated: servers -->\n", "<!-- end of what is generated -->\n"];
    let readme = text(root, README)?;
    let parts = readme
        .split_once(MARKS[0])
        .and_then(|(before, rest)| rest.split_once(MARKS[1]).map(|(_, after)| (before, after)));
    let Some((before, after)) = parts else {
        bail!("{README}: the lines `{}` and `{}` are missing", MARKS[0].trim(), MARKS[1].trim());
    };
    let content = format!("{before}{}\n{servers}\n{}{after}", MARKS[0], MARKS[1]);
    Ok(Artifact { path: README.to_owned(), content: Some(content) })
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

pub(crate) fn upstream(root: &Path) -> Result<Upstream> {
    Upstream::parse(&text(root, UPSTREAM)?).context(UPSTREAM)
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
    };
    format!("{stale} {files} {verb}, {} up to date", outcome.fresh)
}

/// Under [`Mode::Check`], stale files are an error that says why and what mends them.
fn verdict(outcome: &Outcome, mode: Mode, cause: &str, command: &str) -> Result<()> {
    if mode != Mode::Check || outcome.stale.is_empty() {
        return Ok(());
    }
    eprint!("{}", outcome.diff);
    bail!(
        "not up to date: {}\ncause: {cause}\nto mend it: cargo xtask {command}",
        outcome.stale.join(", ")
    );
}
