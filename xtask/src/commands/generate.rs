//! `cargo xtask generate`: generates the SDK from the files of `spec/`.

use std::path::Path;

use anyhow::{Result, bail};
use serde_json::Value;

use super::{remove_others, summary, verdict};
use crate::artifact::{self, Artifact, Mode};
use crate::codegen;
use crate::openapi::json;
use crate::pipeline::{self, NORMALIZED};
use crate::workspace::{self, README};

/// Generates `spec/normalized.json`, the files below `sdk/src/generated`, and the tables of `spec/README.md`.
///
/// # Errors
///
/// An input is invalid, or (with [`Mode::Check`]) a file is stale.
pub fn generate(root: &Path, mode: Mode) -> Result<()> {
    let mut output = pipeline::run(&workspace::inputs(root)?)?;
    let document = &output.document;
    output.artifacts.push(readme(root, &output.servers)?);
    let cause = cause(root, &output.artifacts);
    let mut artifacts = output.artifacts;
    remove_others(root, codegen::FOLDER, &mut artifacts)?;
    let outcome = artifact::reconcile(root, &artifacts, mode)?;
    println!(
        "{} operations, {} types; {}",
        document.operations.len(),
        document.generated_types(),
        summary(&outcome, mode)
    );
    let (types, items): (Vec<_>, Vec<_>) =
        output.without_docs.iter().map(String::as_str).partition(|item| item.ends_with(".*"));
    match items.as_slice() {
        [] => println!("every item is documented, except those of {} types", types.len()),
        [item] => println!("1 item is not documented: {item}"),
        items => println!("{} items are not documented: {}", items.len(), items.join(", ")),
    }
    verdict(&outcome, mode, &cause, "generate")
}

/// `spec/README.md` with the generated part between its two markers.
pub(super) fn readme(root: &Path, servers: &str) -> Result<Artifact> {
    const MARKERS: [&str; 2] =
        ["<!-- generated: servers -->\n", "<!-- end of the generated part -->\n"];
    let readme = workspace::text(root, README)?;
    let parts = readme
        .split_once(MARKERS[0])
        .and_then(|(before, rest)| rest.split_once(MARKERS[1]).map(|(_, after)| (before, after)));
    let Some((before, after)) = parts else {
        bail!(
            "{README}: the lines `{}` and `{}` are missing",
            MARKERS[0].trim(),
            MARKERS[1].trim()
        );
    };
    let content = format!("{before}{}\n{servers}\n{}{after}", MARKERS[0], MARKERS[1]);
    Ok(Artifact { path: README.to_owned(), content: Some(content) })
}

/// The cause of stale files, found by comparing the digests of the inputs in `spec/normalized.json`.
fn cause(root: &Path, artifacts: &[Artifact]) -> String {
    let read = |content: &str| json::parse(content.as_bytes()).ok();
    let inputs = |document: &Value| document["info"]["x-inputs"].as_object().cloned();
    let fresh = artifacts.iter().find(|artifact| artifact.path == NORMALIZED);
    let fresh = fresh.and_then(|artifact| artifact.content.as_deref());
    let current = workspace::text(root, NORMALIZED).ok();
    if current.as_deref() == fresh {
        return "the generator changed, or a generated file was edited by hand".to_owned();
    }
    let (Some(fresh), Some(current)) = (
        fresh.and_then(read).as_ref().and_then(inputs),
        current.as_deref().and_then(read).as_ref().and_then(inputs),
    ) else {
        return format!(
            "{NORMALIZED} is missing, or not valid JSON with the digests of its inputs"
        );
    };
    let changed = fresh.iter().filter(|(file, digest)| current.get(*file) != Some(digest));
    match changed.map(|(file, _)| file.as_str()).collect::<Vec<_>>().as_slice() {
        [] => format!("the generator changed, or {NORMALIZED} was edited by hand"),
        files => format!("{} changed since the last run", files.join(" and ")),
    }
}
