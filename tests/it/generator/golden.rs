//! Goldens: each folder of `goldens/` is a behaviour, with its input and what the stage makes of it.
//!
//! `EXPECTORATE=overwrite cargo test -p tests golden` writes them anew; read the diff.

use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use expectorate::assert_contents;
use serde_json::Value;
use xtask::inputs::operations::Operations;
use xtask::inputs::overlay::Overlay;
use xtask::inputs::pins::Pin;
use xtask::inputs::publication::{Publication, npm::Release};
use xtask::names::Reserved;
use xtask::openapi::json;
use xtask::pipeline::{self, Description, Inputs, Naming, Output};
use xtask::stages::trim;
use xtask::workspace;

use crate::support::{read, root};

/// The names of the hand-written API, which each case needs.
static RESERVED: LazyLock<Reserved> = LazyLock::new(|| workspace::reserved(root()).unwrap());

/// The folders of a group of goldens.
pub fn cases(group: &str) -> Vec<PathBuf> {
    let folder = std::fs::read_dir(root().join("tests").join(group)).unwrap();
    let mut cases: Vec<_> = folder.map(|entry| entry.unwrap().path()).collect();
    cases.sort();
    assert!(!cases.is_empty(), "{group}");
    cases
}

/// The inputs of a case: `description.json`, or one description for each server in the folder `servers`
/// (the last is the base); `overlay.yaml` and `operations.toml` where they matter. Without a list, all
/// operations are generated, each with the name of its id.
pub fn inputs(case: &Path) -> anyhow::Result<Inputs> {
    let mut files = match std::fs::read_dir(case.join("servers")) {
        Ok(entries) => entries.map(|entry| entry.unwrap().path()).collect(),
        Err(_) => vec![case.join("description.json")],
    };
    files.sort();
    let mut descriptions = Vec::new();
    for path in files {
        let file = path.strip_prefix(case).unwrap().display().to_string();
        let document = json::parse(&std::fs::read(&path).unwrap());
        let document = document.map_err(|error| error.context(file.clone()))?;
        let server = path.file_stem().unwrap().to_str().unwrap().to_owned();
        descriptions.push(Description { server, file, document });
    }
    let optional = |file: &str| std::fs::read_to_string(case.join(file)).ok();
    let overlay = optional("overlay.yaml").map(|text| Overlay::parse(&text)).transpose();
    let operations = match optional("operations.toml") {
        Some(text) => Operations::parse(&text),
        None => Operations::of(ids(&descriptions).iter().map(String::as_str)),
    };
    Ok(Inputs {
        base: descriptions.last().unwrap().server.clone(),
        descriptions,
        overlay: overlay.map_err(|error| error.context("overlay.yaml"))?.unwrap_or_default(),
        operations: operations.map_err(|error| error.context("operations.toml"))?,
        reserved: RESERVED.clone(),
        naming: Naming::Refuse,
    })
}

/// The ids of all operations.
fn ids(descriptions: &[Description]) -> std::collections::BTreeSet<String> {
    let items = descriptions.iter().flat_map(|one| one.document["paths"].as_object());
    let operations = items.flatten().flat_map(|(_, item)| item.as_object()).flatten();
    let ids = operations.filter_map(|(_, operation)| operation["operationId"].as_str());
    ids.map(str::to_owned).collect()
}

/// What the generator makes of a case.
#[track_caller]
pub fn output(case: &Path) -> Output {
    inputs(case)
        .and_then(|inputs| pipeline::run(&inputs))
        .unwrap_or_else(|error| panic!("{}: {error:#}", case.display()))
}

#[track_caller]
fn normalized(output: &Output) -> &str {
    let mut all = output.artifacts.iter();
    let artifact = all.find(|artifact| artifact.path == pipeline::NORMALIZED).unwrap();
    artifact.content.as_deref().unwrap()
}

#[test]
fn normalizing_gives_each_idea_one_form() {
    for case in cases("goldens/normalize") {
        assert_contents(case.join("normalized.json"), normalized(&output(&case)));
    }
}

#[test]
fn merging_gives_what_any_server_has_and_the_servers_that_have_it() {
    for case in cases("goldens/merge") {
        let output = output(&case);
        assert_contents(case.join("normalized.json"), normalized(&output));
        assert_contents(case.join("servers.md"), &output.servers);
    }
}

#[test]
fn trimming_keeps_only_facts() {
    for case in cases("goldens/trim") {
        let operations = Operations::parse(&read(case.join("operations.toml"))).unwrap();
        let source = std::fs::read(case.join("source.json")).unwrap();
        let pin = Pin {
            server: "ghes-0.0".into(),
            publication: Publication::Npm(Release {
                package: "@example/openapi".into(),
                version: "1.0.0".into(),
            }),
            file: "package/ghes-0.0.json".into(),
            bytes: source.len() as u64,
            sha256: "0".repeat(64),
        };
        let trimmed = trim::trim(&source, &pin, operations.ids()).unwrap();
        assert_contents(case.join("trimmed.json"), &json::print(&trimmed.document));
    }
}

/// The official conformance sets of the Overlay specification, where the folder is there.
#[test]
fn the_overlay_conformance_sets() {
    let Some(folder) = std::env::var_os("OVERLAY_CONFORMANCE") else {
        println!("skipped: OVERLAY_CONFORMANCE is not set");
        return;
    };
    let mut found = 0;
    for entry in std::fs::read_dir(root().join(folder)).unwrap() {
        let case = entry.unwrap().path();
        let Ok(overlay) = std::fs::read_to_string(case.join("overlay.yaml")) else { continue };
        let value = |file: &str| -> Value {
            json::parse(&std::fs::read(case.join(file)).unwrap()).unwrap()
        };
        let mut document = value("openapi.json");
        for action in Overlay::parse(&overlay).unwrap().actions() {
            action.apply(&mut document).unwrap();
        }
        assert_eq!(document, value("output.json"), "{}", case.display());
        found += 1;
    }
    assert_eq!(found, 8);
}
