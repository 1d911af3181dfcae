//! The workspace that the tool works on: where it is, where its inputs are, and reading them.

#![expect(clippy::disallowed_methods, reason = "finds the workspace and reads the files of spec/")]

use std::env;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};

use crate::inputs::operations::Operations;
use crate::inputs::overlay::Overlay;
use crate::inputs::pins::Upstream;
use crate::openapi::json;
use crate::pipeline::{Description, Inputs, OVERLAY};

pub(crate) const UPSTREAM: &str = "spec/upstream.toml";
pub(crate) const OPERATIONS: &str = "spec/operations.toml";
pub(crate) const TRIMMED: &str = "spec/trimmed";
pub(crate) const README: &str = "spec/README.md";

/// The root of the workspace that the tool was started in.
///
/// Nothing about the place where the tool was compiled is used: several clones may share one target
/// folder, and so one binary.
///
/// # Errors
///
/// The tool was started outside a workspace.
pub fn find() -> Result<PathBuf> {
    // `cargo run` sets it to the folder of the package that it runs, also under `--manifest-path`.
    let start = match env::var_os("CARGO_MANIFEST_DIR") {
        Some(package) => PathBuf::from(package),
        None => env::current_dir().context("cannot tell the current folder")?,
    };
    find_from(&start)
}

fn find_from(start: &Path) -> Result<PathBuf> {
    let is_root = |folder: &&Path| {
        ["Cargo.toml", "xtask", UPSTREAM].iter().all(|part| folder.join(part).exists())
    };
    let root = start.ancestors().find(is_root).with_context(|| {
        format!(
            "no workspace in {} or above it: start the tool in a folder below the one that has \
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
/// A file is missing or malformed, or a trimmed description is not of the pinned one.
pub fn inputs(root: &Path) -> Result<Inputs> {
    inputs_of(root, &upstream(root)?)
}

pub(crate) fn inputs_of(root: &Path, upstream: &Upstream) -> Result<Inputs> {
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

/// Where the trimmed description of a server is.
pub(crate) fn trimmed_file(server: &str) -> String {
    format!("{TRIMMED}/{server}.json")
}

pub(crate) fn upstream(root: &Path) -> Result<Upstream> {
    Upstream::parse(&text(root, UPSTREAM)?).context(UPSTREAM)
}

pub(crate) fn operations(root: &Path) -> Result<Operations> {
    Operations::parse(&text(root, OPERATIONS)?).context(OPERATIONS)
}

/// A text file of the workspace.
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
