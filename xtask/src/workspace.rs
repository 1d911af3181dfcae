//! The workspace that the tool works on: finding it, and reading its inputs.

#![expect(clippy::disallowed_methods, reason = "finds the workspace and reads its files")]

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::env;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail, ensure};
use serde_json::Value;

use crate::inputs::operations::Operations;
use crate::inputs::overlay::Overlay;
use crate::inputs::pins::{Pin, Upstream};
use crate::inputs::publication::{Publication, npm::Release};
use crate::inputs::shared;
use crate::names::Reserved;
use crate::openapi::json::{self, Pointer};
use crate::pipeline::{Description, Inputs, Naming, OVERLAY};
use crate::stages::trim::{self, Trimmed};
use crate::untrusted::one_line;

pub(crate) const UPSTREAM: &str = "spec/upstream.toml";
pub(crate) const OPERATIONS: &str = "spec/operations.toml";
pub(crate) const TRIMMED: &str = "spec/trimmed";
/// The folders with the hand-written code that generated code shares names with.
const HAND_WRITTEN: [&str; 2] = ["sdk/src/runtime", "sdk/src/jobs"];

pub(crate) const README: &str = "spec/README.md";

/// The root of the workspace that the tool was started in.
///
/// This is not the workspace that the tool was compiled in: several clones can share a target folder, and
/// so one binary.
///
/// # Errors
///
/// The tool was started outside a workspace of this project.
pub fn find() -> Result<PathBuf> {
    // Set by `cargo run` to the folder of the package, also with `--manifest-path`.
    let start = match env::var_os("CARGO_MANIFEST_DIR") {
        Some(package) => PathBuf::from(package),
        None => env::current_dir().context("cannot find the current folder")?,
    };
    find_from(&start)
}

fn find_from(start: &Path) -> Result<PathBuf> {
    let is_root = |folder: &&Path| {
        ["Cargo.toml", "xtask", UPSTREAM].iter().all(|part| folder.join(part).exists())
    };
    let root = start.ancestors().find(is_root).with_context(|| {
        format!(
            "no workspace in {} or above it; start the tool in a folder below the one that has \
             Cargo.toml, xtask/ and {UPSTREAM}",
            start.display()
        )
    })?;
    Ok(root.to_owned())
}

/// Reads the inputs of the generator.
///
/// # Errors
///
/// A file is missing or invalid, or a trimmed description was made from another publication than the pinned one.
pub fn inputs(root: &Path) -> Result<Inputs> {
    inputs_of(root, &upstream(root)?)
}

pub(crate) fn inputs_of(root: &Path, upstream: &Upstream) -> Result<Inputs> {
    let descriptions = descriptions(root, upstream)?;
    let overlay = Overlay::parse(&text(root, OVERLAY)?).context(OVERLAY)?;
    Ok(Inputs {
        descriptions,
        base: upstream.base.clone(),
        overlay,
        operations: operations(root)?,
        reserved: reserved(root)?,
        naming: Naming::Refuse,
    })
}

/// The trimmed description of each pinned server.
fn descriptions(root: &Path, upstream: &Upstream) -> Result<Vec<Description>> {
    const STALE: &str = "is not what spec/upstream.toml pins; run cargo xtask trim";
    let mut files: BTreeMap<&str, Value> = BTreeMap::new();
    let mut descriptions = Vec::new();
    for pin in &upstream.pins {
        let owner = upstream.trimmed(&pin.server);
        let file = trimmed_file(owner);
        let content = match files.entry(owner) {
            Entry::Occupied(known) => known.into_mut(),
            Entry::Vacant(vacant) => {
                let bytes = fs::read(root.join(&file))
                    .with_context(|| format!("{file}: run cargo xtask trim"))?;
                let content = json::parse(&bytes).with_context(|| file.clone())?;
                vacant.insert(content)
            }
        };
        let (document, at) = shared::split(content, owner, &pin.server);
        ensure!(document["x-source"] == pin.source(), "{file}{at}: {STALE}");
        descriptions.push(Description { server: pin.server.clone(), file, document });
    }
    for (owner, content) in &files {
        let is_other = |server: &&str| {
            upstream.trimmed(server) != *owner
                || !upstream.pins.iter().any(|pin| pin.server == *server)
        };
        if let Some(server) = shared::servers(content).find(is_other) {
            let at = Pointer::root().descend(["x-servers", server]);
            bail!("{}{at}: {STALE}", trimmed_file(owner));
        }
    }
    Ok(descriptions)
}

/// The inputs of the generator for operations of one whole description, without an overlay: `keep` takes
/// an operation by its method and path (`get /meta`) and its id. Returns also the ids of the operations that are left out
/// because the server only answers 501 (not implemented). For `generate --out` and tests.
///
/// # Errors
///
/// The description cannot be trimmed, or two ids lead to one name.
pub fn inputs_from(
    root: &Path,
    server: &str,
    source: &[u8],
    keep: impl Fn(&str, &str) -> bool,
) -> Result<(Inputs, Vec<String>)> {
    let file = format!("{server}.json");
    let pin = Pin {
        server: server.to_owned(),
        publication: Publication::Npm(Release { package: String::new(), version: String::new() }),
        file: file.clone(),
        bytes: u64::try_from(source.len())?,
        sha256: String::new(),
    };
    let all = trim::ids(source)?;
    let kept = all.iter().filter(|(place, id)| keep(place, id)).map(|(_, id)| id.as_str());
    for (place, id) in all.iter().filter(|(_, id)| id.is_empty()) {
        ensure!(!keep(place, id), "`{}` has no operation id", one_line(&json::cut(place)));
    }
    let Trimmed { document, absent, .. } = trim::trim(source, &pin, kept.clone())?;
    let is_absent = |id: &&str| absent.iter().any(|(absent, _)| absent == id);
    let operations = Operations::of(kept.filter(|id| !is_absent(id)))?;
    let inputs = Inputs {
        base: server.to_owned(),
        descriptions: vec![Description { server: server.to_owned(), file, document }],
        overlay: Overlay::default(),
        operations,
        reserved: reserved(root)?,
        naming: Naming::Refuse,
    };
    Ok((inputs, absent.into_iter().map(|(id, _)| id).collect()))
}

/// Reads the names of the hand-written API, which generated code must not use.
///
/// # Errors
///
/// A source file cannot be read or parsed.
pub fn reserved(root: &Path) -> Result<Reserved> {
    let mut sources = Vec::new();
    for folder in HAND_WRITTEN {
        rust_files(root, folder, &mut sources)?;
    }
    Reserved::read(sources.iter().map(|(path, source)| (path.as_str(), source.as_str())))
}

/// The files of the runtime, each with its path and its text.
///
/// # Errors
///
/// A file cannot be read.
pub(crate) fn runtime(root: &Path) -> Result<Vec<(String, String)>> {
    let folder = HAND_WRITTEN[0];
    let mut sources = vec![(format!("{folder}.rs"), text(root, &format!("{folder}.rs"))?)];
    rust_files(root, folder, &mut sources)?;
    Ok(sources)
}

/// Collects all Rust files below a folder, each with its path.
fn rust_files(root: &Path, folder: &str, sources: &mut Vec<(String, String)>) -> Result<()> {
    for entry in fs::read_dir(root.join(folder)).with_context(|| folder.to_owned())? {
        let entry = entry?;
        let path = format!("{folder}/{}", entry.file_name().to_string_lossy());
        if entry.path().is_dir() {
            rust_files(root, &path, sources)?;
        } else if path.ends_with(".rs") {
            sources.push((path.clone(), text(root, &path)?));
        }
    }
    Ok(())
}

/// The path of the trimmed file that is named after a server.
pub(crate) fn trimmed_file(server: &str) -> String {
    format!("{TRIMMED}/{server}.json")
}

pub(crate) fn upstream(root: &Path) -> Result<Upstream> {
    Upstream::parse(&text(root, UPSTREAM)?).context(UPSTREAM)
}

pub(crate) fn operations(root: &Path) -> Result<Operations> {
    Operations::parse(&text(root, OPERATIONS)?).context(OPERATIONS)
}

/// Reads a text file of the workspace.
pub(crate) fn text(root: &Path, path: &str) -> Result<String> {
    let bytes = fs::read(root.join(path)).with_context(|| path.to_owned())?;
    Ok(json::text(&bytes).with_context(|| path.to_owned())?.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_workspace_is_the_nearest_folder_with_the_inputs() {
        let outer = tempfile::tempdir().unwrap();
        let inner = outer.path().join("clones/inner");
        for root in [outer.path(), &inner] {
            for folder in ["xtask/src", "spec"] {
                fs::create_dir_all(root.join(folder)).unwrap();
            }
            fs::write(root.join("Cargo.toml"), "").unwrap();
            fs::write(root.join(UPSTREAM), "").unwrap();
        }
        assert_eq!(find_from(&inner.join("xtask/src")).unwrap(), inner);
        assert_eq!(find_from(&inner).unwrap(), inner);
        assert_eq!(find_from(&outer.path().join("clones")).unwrap(), outer.path());
        fs::remove_file(outer.path().join("Cargo.toml")).unwrap();
        let error = find_from(&outer.path().join("spec")).unwrap_err().to_string();
        assert!(error.starts_with("no workspace in "), "{error}");
    }
}
