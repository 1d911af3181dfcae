//! Servers whose trimmed descriptions have equal facts share one file of `spec/trimmed`.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use serde_json::{Value, json};
use tempfile::TempDir;
use xtask::artifact::Mode;
use xtask::commands::{self, Options};
use xtask::drift::Format;
use xtask::inputs::pins::Upstream;
use xtask::workspace;

use crate::generator::commands::{copy, snapshot, tarball};
use crate::support::{description, descriptions, root, sha256};

/// The description of a server with one operation, whose answer has a status of its own (`200` or `201`).
fn small(server: &str, status: &str) -> String {
    let page = format!("https://docs.github.com/enterprise-server@{}/rest/a", &server[5..]);
    json!({
        "openapi": "3.0.3", "info": {"title": "T", "version": server},
        "paths": {"/a": {"get": {
            "operationId": "a/get", "externalDocs": {"url": page},
            "responses": {status: {"description": ""}}
        }}}
    })
    .to_string()
}

/// A workspace of three servers, and a folder with their descriptions.
fn project(statuses: [&str; 3], base: &str) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir_all(folder.path().join("spec")).unwrap();
    let mut pins = format!("# why\nbase = \"{base}\"\n");
    for (server, status) in ["ghes-1.8", "ghes-1.9", "ghes-1.10"].into_iter().zip(statuses) {
        let (text, file) = (small(server, status), format!("{server}.json"));
        pins += &format!(
            "\n# about {server}\n[[description]]\nserver = \"{server}\"\ngit = \"https://host.invalid/r\"\n\
             commit = \"{}\"\nfile = \"{file}\"\nbytes = {} # without `_`\nsha256 = \"{}\"\n",
            "0a".repeat(20),
            text.len(),
            sha256(text.as_bytes())
        );
        fs::write(folder.path().join(file), text).unwrap();
    }
    fs::write(folder.path().join("spec/upstream.toml"), pins).unwrap();
    fs::write(folder.path().join("spec/operations.toml"), "[[operation]]\nid = \"a/get\"\n")
        .unwrap();
    folder
}

fn trim(folder: &TempDir, mode: Mode) -> Result<(), String> {
    let trimmed = commands::trim(folder.path(), Some(folder.path()), mode);
    trimmed.map_err(|error| format!("{error:#}"))
}

fn trimmed_files(root: &Path) -> BTreeSet<String> {
    let files = fs::read_dir(root.join("spec/trimmed")).unwrap();
    files.map(|file| file.unwrap().file_name().into_string().unwrap()).collect()
}

fn pins(root: &Path) -> String {
    fs::read_to_string(root.join("spec/upstream.toml")).unwrap()
}

#[test]
fn servers_with_equal_facts_share_the_file_of_the_base_or_of_the_oldest() {
    for (statuses, base, files, shared) in [
        (["200", "200", "200"], "ghes-1.9", &["ghes-1.9"][..], 2),
        (["200", "200", "200"], "ghes-1.8", &["ghes-1.8"], 2),
        (["200", "201", "200"], "ghes-1.9", &["ghes-1.8", "ghes-1.9"], 1),
        (["200", "201", "202"], "ghes-1.9", &["ghes-1.10", "ghes-1.8", "ghes-1.9"], 0),
    ] {
        let folder = project(statuses, base);
        let before = pins(folder.path());
        trim(&folder, Mode::Write).unwrap();
        let expected = files.iter().map(|server| format!("{server}.json")).collect();
        assert_eq!(trimmed_files(folder.path()), expected);
        let after = pins(folder.path());
        let named: Vec<_> = after.lines().filter(|line| line.starts_with("trimmed = ")).collect();
        assert_eq!(named.len(), shared, "{after}");
        // Nothing else is changed in the text.
        let kept: Vec<_> = after.lines().filter(|line| !line.starts_with("trimmed = ")).collect();
        assert_eq!(kept, before.lines().collect::<Vec<_>>());
        trim(&folder, Mode::Check).unwrap();
    }
}

#[test]
fn trim_corrects_an_entry_and_removes_the_files_that_no_server_uses() {
    let folder = project(["200", "200", "201"], "ghes-1.9");
    trim(&folder, Mode::Write).unwrap();
    let right = snapshot(&folder.path().join("spec"));
    let text = pins(folder.path());
    let wrong = text.replace("trimmed = \"ghes-1.9\"", "trimmed = \"ghes-1.10\" # why");
    fs::write(folder.path().join("spec/upstream.toml"), wrong).unwrap();
    fs::write(folder.path().join("spec/trimmed/ghes-1.8.json"), "{}").unwrap();
    let stale = trim(&folder, Mode::Check).unwrap_err();
    let files = "not up to date: spec/upstream.toml, spec/trimmed/ghes-1.8.json\n";
    assert!(stale.starts_with(files), "{stale}");
    trim(&folder, Mode::Write).unwrap();
    assert_eq!(
        pins(folder.path()),
        text.replace("\"ghes-1.9\"\n\n# about ghes-1.9", "\"ghes-1.9\" # why\n\n# about ghes-1.9")
    );
    fs::write(folder.path().join("spec/upstream.toml"), &text).unwrap();
    assert!(snapshot(&folder.path().join("spec")) == right);
}

/// A publication with one description, packed.
fn publication(server: &str) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    let mut description = description(server);
    description["components"]["schemas"]["job"]["properties"]["reason"] = json!({"type": "string"});
    let file = format!("package/generated/{server}.json");
    let content = description.to_string();
    tarball(folder.path(), "octokit-openapi-24.0.0.tgz", &file, content.as_bytes());
    folder
}

#[test]
fn drift_gives_a_server_with_new_facts_a_file_of_its_own_and_keeps_the_other_descriptions() {
    // One is in the file of another server; others are in the file of the second.
    let shared = Upstream::parse(&pins(root())).unwrap().shared;
    let (user, owner) = shared.first_key_value().unwrap();
    let files = trimmed_files(root()).len();
    for server in [user, owner] {
        let (folder, publication) = (copy(), publication(server));
        let options = Options {
            from: Some(publication.path().to_owned()),
            against: None,
            git: None,
            format: Format::Text,
            write: true,
        };
        commands::drift(folder.path(), &options).unwrap();
        commands::generate(folder.path(), Mode::Check).unwrap();
        let own = format!("{server}.json");
        assert!(trimmed_files(folder.path()).contains(&own), "{:?}", trimmed_files(folder.path()));
        assert_eq!(trimmed_files(folder.path()).len(), files + 1);
        let after = workspace::inputs(folder.path()).unwrap().descriptions;
        let document = |server: &str| -> Value {
            after.iter().find(|one| one.server == server).unwrap().document.clone()
        };
        for before in descriptions().iter().filter(|one| one.server != *server) {
            assert_eq!(document(&before.server), before.document, "{}", before.server);
        }
        assert!(
            document(server)["components"]["schemas"]["job"]["properties"]["reason"].is_object()
        );
    }
}
