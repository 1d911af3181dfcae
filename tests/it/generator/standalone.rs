//! `generate --out`: what it refuses, and that it leaves alone what it does not write. `wire.rs` has the code that it writes.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::json;
use tempfile::TempDir;
use xtask::artifact::Mode;
use xtask::commands::standalone;

use crate::generator::commands::snapshot;
use crate::support::root;

/// A folder with a description of two operations.
fn folder() -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let answer = json!({"204": {"description": ""}});
    let operation = |id| json!({"operationId": id, "responses": answer});
    let description = json!({
        "openapi": "3.0.3",
        "info": {"title": "", "version": "1"},
        "servers": [{"url": "https://example.com/api/v3"}],
        "paths": {
            "/things": {"post": operation("things/create")},
            "/other": {"delete": operation("others/delete")},
        },
        "components": {},
    });
    let file = folder.path().join("thing-3.8.json");
    fs::write(&file, description.to_string()).unwrap();
    (folder, file)
}

fn run(file: &Path, globs: &[&str], out: &Path) -> Result<(), String> {
    let globs: Vec<_> = globs.iter().map(ToString::to_string).collect();
    standalone(root(), file, &globs, out, Mode::Write).map_err(|error| format!("{error:#}"))
}

#[test]
fn only_the_operations_that_a_glob_matches_are_generated_and_the_sdk_is_left_alone() {
    let (folder, file) = folder();
    let before = snapshot(&root().join("sdk/src"));
    let out = folder.path().join("things-client");
    run(&file, &["things/*"], &out).unwrap();
    let written = |path: &str| fs::read_to_string(out.join(path)).unwrap();
    assert!(written("src/generated/things/client.rs").contains("pub fn things_create(&self)"));
    assert!(written("Cargo.toml").contains("name = \"things-client\""));
    // The feature of a group of the SDK, with its comment.
    let manifest = written("Cargo.toml");
    assert!(manifest.contains("\ntesting = []\n") && !manifest.contains("runs"), "{manifest}");
    assert!(!out.join("src/generated/others").exists());
    // Another run with other operations removes what is not generated any more.
    run(&file, &["others/delete"], &out).unwrap();
    assert!(!out.join("src/generated/things/client.rs").exists());
    assert!(out.join("src/generated/others/client.rs").exists());
    assert!(before == snapshot(&root().join("sdk/src")), "the SDK was touched");
}

#[test]
fn an_operation_that_the_server_does_not_implement_is_left_out() {
    let (folder, file) = folder();
    let text = fs::read_to_string(&file).unwrap();
    let mut description: serde_json::Value = serde_json::from_str(&text).unwrap();
    description["paths"]["/things"]["post"]["responses"] = json!({"501": {"description": ""}});
    fs::write(&file, description.to_string()).unwrap();
    let out = folder.path().join("client");
    run(&file, &["*"], &out).unwrap();
    assert!(!out.join("src/generated/things").exists());
    assert!(out.join("src/generated/others/client.rs").exists());
    let error = run(&file, &["things/*"], &out).unwrap_err();
    assert!(
        error.contains("--operations things/*: the server") && error.contains("501"),
        "{error}"
    );
    let error = run(&file, &["things"], &out).unwrap_err();
    assert!(error.contains("no operation id") && !error.contains("501"), "{error}");
}

#[test]
fn a_refusal_names_the_place_and_no_file_that_the_command_does_not_read() {
    let (folder, file) = folder();
    let text = fs::read_to_string(&file).unwrap();
    let header = json!([{"name": "x", "in": "header", "schema": {"type": "string"}}]);
    for (key, value, place) in [
        ("parameters", header, "parameters/0"),
        ("servers", json!([{"url": "https://other.example"}]), "servers"),
        ("responses", json!({"20X": {"description": ""}}), "responses/20X"),
    ] {
        let mut description: serde_json::Value = serde_json::from_str(&text).unwrap();
        description["paths"]["/things"]["post"][key] = value;
        fs::write(&file, description.to_string()).unwrap();
        let error = run(&file, &["*"], &folder.path().join("client")).unwrap_err();
        assert!(error.contains(&format!("#/paths/~1things/post/{place}")), "{error}");
        assert!(error.contains("--operations") && !error.contains("spec/"), "{error}");
        assert!(!folder.path().join("client").exists(), "{error}");
    }
}

#[test]
fn a_glob_without_a_match_a_bad_id_a_folder_of_another_origin_and_a_bad_name_are_refused() {
    let (folder, file) = folder();
    let other = folder.path().join("other");
    fs::create_dir(&other).unwrap();
    fs::write(other.join("Cargo.toml"), "[package]\n").unwrap();
    let new = folder.path().join("new");
    for (globs, out, says) in [
        (["things/*", "repos/*"], new.as_path(), "--operations repos/*: no operation id"),
        (["*", "[a"], new.as_path(), "--operations [a: "),
        (["*", "*"], other.as_path(), "has files that this command did not write"),
        (["*", "*"], &folder.path().join("1x"), "the last part is the name of the crate"),
    ] {
        let before = snapshot(folder.path());
        let error = run(&file, &globs, out).unwrap_err();
        assert!(error.contains(says), "{error}");
        assert!(before == snapshot(folder.path()), "files were touched: {error}");
    }
    let text = fs::read_to_string(&file).unwrap();
    for (id, says) in [
        ("", "`post /things` has no operation id"),
        ("others/delete", "duplicate operation `others/delete`"),
    ] {
        let bad = folder.path().join("bad.json");
        fs::write(&bad, text.replace("things/create", id)).unwrap();
        let error = run(&bad, &["*"], &new).unwrap_err();
        assert!(error.contains(says), "{error}");
    }
    let missing = run(&folder.path().join("missing.json"), &["*"], &new).unwrap_err();
    assert!(missing.contains("missing.json"), "{missing}");
}
