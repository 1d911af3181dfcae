//! Goldens: each folder of `goldens/` is a behaviour, with its input and what comes of it.
//!
//! `EXPECTORATE=overwrite cargo test -p tests golden` writes them anew; read the diff.

use std::path::{Path, PathBuf};

use expectorate::assert_contents;
use serde_json::Value;
use similar::TextDiff;
use xtask::inputs::operations::Operations;
use xtask::inputs::overlay::Overlay;
use xtask::inputs::pins::Pin;
use xtask::inputs::publication::{Publication, npm::Release};
use xtask::openapi::json;
use xtask::pipeline::{self, Description, Inputs};
use xtask::stages::trim;

use crate::support::{read, root};

/// The folders of a group of goldens.
pub fn cases(group: &str) -> Vec<PathBuf> {
    let folder = std::fs::read_dir(root().join("tests").join(group)).unwrap();
    let mut cases: Vec<_> = folder.map(|entry| entry.unwrap().path()).collect();
    cases.sort();
    assert!(!cases.is_empty(), "{group}");
    cases
}

/// The inputs of a case: a description, or one for each server in the folder `servers`; an overlay and
/// operations where they matter. The last server is the base.
pub fn inputs(case: &Path) -> anyhow::Result<Inputs> {
    let overlay = optional(case, "overlay.yaml");
    let overlay = overlay
        .unwrap_or("overlay: 1.1.0\ninfo: {title: none, version: '1'}\nactions: []\n".into());
    let operations = optional(case, "operations.toml");
    let operations =
        operations.unwrap_or("[[operation]]\nid = \"things/get\"\nname = \"get_thing\"\n".into());
    let place = |file: &str| {
        let file = file.to_owned();
        move |error: anyhow::Error| error.context(file)
    };
    let mut files = match std::fs::read_dir(case.join("servers")) {
        Ok(entries) => entries.map(|entry| entry.unwrap().path()).collect(),
        Err(_) => vec![case.join("description.json")],
    };
    files.sort();
    let mut descriptions = Vec::new();
    for path in files {
        let file = path.strip_prefix(case).unwrap().display().to_string();
        let document = json::parse(&std::fs::read(&path).unwrap()).map_err(place(&file))?;
        let server = path.file_stem().unwrap().to_str().unwrap().to_owned();
        descriptions.push(Description { server, file, document });
    }
    Ok(Inputs {
        base: descriptions.last().unwrap().server.clone(),
        descriptions,
        overlay: Overlay::parse(&overlay).map_err(place("overlay.yaml"))?,
        operations: Operations::parse(&operations).map_err(place("operations.toml"))?,
    })
}

fn optional(case: &Path, file: &str) -> Option<String> {
    std::fs::read_to_string(case.join(file)).ok()
}

#[test]
fn each_pass_changes_what_it_is_for() {
    let mut seen = Vec::new();
    for case in cases("goldens/passes") {
        let name = case.file_name().unwrap().to_str().unwrap().to_owned();
        let steps = pipeline::trace(&inputs(&case).unwrap()).unwrap();
        let index = steps.iter().position(|(step, _)| *step == name);
        let index = index.unwrap_or_else(|| panic!("no pass is called {name}"));
        let diff = TextDiff::from_lines(&steps[index - 1].1, &steps[index].1);
        assert_contents(
            case.join("change.diff"),
            &diff.unified_diff().context_radius(3).to_string(),
        );
        seen.push(name);
    }
    let steps = pipeline::trace(&inputs(&cases("goldens/passes")[0]).unwrap()).unwrap();
    let untested: Vec<_> =
        steps.iter().skip(1).filter(|(name, _)| !seen.iter().any(|seen| seen == name)).collect();
    assert!(
        untested.is_empty(),
        "passes without a golden: {:?}",
        untested.iter().map(|(name, _)| name)
    );
}

#[test]
fn normalizing_gives_each_idea_one_shape() {
    for case in cases("goldens/normalize") {
        let output = pipeline::run(&inputs(&case).unwrap()).unwrap();
        let normalized =
            output.artifacts.iter().find(|artifact| artifact.path == pipeline::NORMALIZED);
        assert_contents(
            case.join("normalized.json"),
            normalized.unwrap().content.as_ref().unwrap(),
        );
    }
}

#[test]
fn merging_gives_what_any_server_has_and_says_who_has_it() {
    for case in cases("goldens/merge") {
        let output = pipeline::run(&inputs(&case).unwrap()).unwrap();
        assert_contents(
            case.join("normalized.json"),
            output.artifacts[0].content.as_ref().unwrap(),
        );
        assert_contents(case.join("servers.md"), &output.servers);
    }
}

#[test]
fn generating_gives_whole_files() {
    for case in cases("goldens/generate") {
        let output = pipeline::run(&inputs(&case).unwrap()).unwrap();
        for artifact in output.artifacts {
            let name = artifact.path.rsplit('/').next().unwrap().to_owned();
            if name.ends_with(".rs") {
                assert_contents(case.join(name), &artifact.content.unwrap());
            }
        }
        assert_contents(case.join("without_words.txt"), &(output.without_words.join("\n") + "\n"));
    }
}

#[test]
fn trimming_keeps_facts_alone() {
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
        println!("OVERLAY_CONFORMANCE is not set: no conformance set was read");
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
