//! `cargo xtask generate`: the files of the SDK from `spec/`.

use std::path::Path;

use anyhow::{Result, bail};
use serde_json::Value;

use super::{remove_others, summary, verdict};
use crate::artifact::{self, Artifact, Mode};
use crate::openapi::json;
use crate::pipeline::{self, NORMALIZED};
use crate::print;
use crate::workspace::{self, README};

/// `cargo xtask generate`: `spec/` becomes `spec/normalized.json` and the generated files of the SDK.
///
/// # Errors
///
/// An input is not what it should be, or (with [`Mode::Check`]) a file is stale.
pub fn generate(root: &Path, mode: Mode) -> Result<()> {
    let mut output = pipeline::run(&workspace::inputs(root)?)?;
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

/// `spec/README.md` with the generated part between its marks.
pub(super) fn readme(root: &Path, servers: &str) -> Result<Artifact> {
    const MARKS: [&str; 2] =
        ["<!-- generated: servers -->\n", "<!-- end of what is generated -->\n"];
    let readme = workspace::text(root, README)?;
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
    let current = workspace::text(root, NORMALIZED).ok();
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
