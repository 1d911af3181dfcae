//! Pins from git: fetched from a repository that the test makes, verified, and followed by `drift`.

use std::fs;
use std::path::Path;
use std::process::Command;

use serde_json::{Value, json};
use tempfile::TempDir;
use xtask::artifact::Mode;
use xtask::commands::{self, Options};
use xtask::drift::{Format, Level};
use xtask::pipeline::Description;

use crate::generator::commands::copy;
use crate::support::{description, descriptions, sha256};

/// A description with one operation.
pub const SMALL: &str = r#"{"openapi":"3.0.3","info":{"title":"T","version":"1"},"paths":{"/a":{"get":{"operationId":"a/get","responses":{}}}}}"#;

const SMALL_FILE: &str = "descriptions/small/small.json";

#[track_caller]
pub fn git(folder: &Path, arguments: &[&str]) -> String {
    let mut git = Command::new("git");
    git.current_dir(folder).args(["-c", "user.name=t", "-c", "user.email=t@example.com"]);
    git.env("GIT_CONFIG_GLOBAL", "/dev/null").env("GIT_CONFIG_NOSYSTEM", "1");
    let output = git.args(arguments).output().unwrap();
    assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

/// Commits files to a repository, and returns the id of the commit.
#[track_caller]
pub fn commit(repository: &Path, files: &[(&str, &str)]) -> String {
    for (file, content) in files {
        let path = repository.join(file);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, content).unwrap();
    }
    git(repository, &["add", "."]);
    git(repository, &["commit", "--quiet", "--message", "descriptions"]);
    git(repository, &["rev-parse", "HEAD"])
}

pub fn repository() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    git(folder.path(), &["init", "--quiet"]);
    // As servers do that have partial clones.
    git(folder.path(), &["config", "uploadpack.allowFilter", "true"]);
    folder
}

/// A workspace whose only pin is a file of a commit.
pub fn workspace(repository: &str, commit: &str) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir_all(folder.path().join("spec")).unwrap();
    let pin = format!(
        "base = \"small\"\n[[description]]\nserver = \"small\"\ngit = \"{repository}\"\ncommit = \"{commit}\"\n\
         file = \"{SMALL_FILE}\"\nbytes = {}\nsha256 = \"{}\"\n",
        SMALL.len(),
        sha256(SMALL.as_bytes())
    );
    fs::write(folder.path().join("spec/upstream.toml"), pin).unwrap();
    let operations = "[[operation]]\nid = \"a/get\"\n";
    fs::write(folder.path().join("spec/operations.toml"), operations).unwrap();
    folder
}

#[track_caller]
fn refused(root: &Path, from: Option<&Path>) -> String {
    let error = format!("{:#}", commands::trim(root, from, Mode::Write).unwrap_err());
    assert!(!root.join("spec/trimmed").exists(), "something was written: {error}");
    error
}

#[test]
fn a_pinned_commit_is_fetched_once_and_without_the_files_that_are_not_pinned() {
    let source = repository();
    let first = commit(source.path(), &[(SMALL_FILE, SMALL), ("other.json", "not fetched")]);
    commit(source.path(), &[(SMALL_FILE, "newer than what is pinned")]);
    let folder = workspace(&format!("file://{}", source.path().display()), &first);
    commands::trim(folder.path(), None, Mode::Write).unwrap();

    let trimmed = fs::read(folder.path().join("spec/trimmed/small.json")).unwrap();
    let trimmed: Value = serde_json::from_slice(&trimmed).unwrap();
    let pin = &trimmed["x-servers"]["small"]["source"];
    assert_eq!(pin["commit"], *first);
    assert_eq!(pin["git"], format!("file://{}", source.path().display()));
    assert_eq!(pin["sha256"], sha256(SMALL.as_bytes()));

    let cache = folder.path().join("target/upstream");
    let store = fs::read_dir(cache).unwrap().next().unwrap().unwrap().path();
    let objects = git(&store, &["cat-file", "--batch-all-objects", "--batch-check"]);
    assert_eq!(objects.matches(" blob ").count(), 1, "{objects}");
    assert_eq!(objects.matches(" commit ").count(), 1, "{objects}");
    assert!(!store.join("hooks").exists(), "a template has put hooks into the store");

    // What is in the cache is not fetched again.
    drop(source);
    commands::trim(folder.path(), None, Mode::Check).unwrap();
}

#[test]
fn another_content_another_commit_and_a_missing_file_are_refused() {
    let source = repository();
    let path = source.path().display().to_string();
    let other = commit(source.path(), &[(SMALL_FILE, &SMALL.replace('T', "U"))]);
    let error = refused(workspace(&path, &other).path(), None);
    assert!(error.contains("sha-256 is ") && error.contains(&sha256(SMALL.as_bytes())), "{error}");

    let error = refused(workspace(&path, &"0a".repeat(20)).path(), None);
    assert!(error.starts_with("git ") && error.contains("0a0a0a"), "{error}");

    git(source.path(), &["mv", SMALL_FILE, "moved.json"]);
    let moved = commit(source.path(), &[]);
    let error = refused(workspace(&path, &moved).path(), None);
    assert!(error.contains(&format!("{SMALL_FILE} in {path} at {moved}")), "{error}");

    let error = refused(workspace("ext::sh -c true", &moved).path(), None);
    assert!(error.contains("is neither a URL (https or file) nor a path"), "{error}");
}

#[test]
fn a_path_is_relative_to_the_workspace() {
    let source = repository();
    let id = commit(source.path(), &[(SMALL_FILE, SMALL)]);
    let name = source.path().file_name().unwrap().to_str().unwrap();
    let folder = workspace(&format!("../{name}"), &id);
    commands::trim(folder.path(), None, Mode::Write).unwrap();
}

#[test]
fn the_files_may_be_given_in_a_folder() {
    let folder = workspace("https://host.invalid/repository", &"0a".repeat(20));
    let from = tempfile::tempdir().unwrap();
    let error = refused(folder.path(), Some(from.path()));
    assert!(error.contains("small.json: put the file there, or check out https://"), "{error}");
    fs::write(from.path().join("small.json"), SMALL.replace('T', "U")).unwrap();
    assert!(refused(folder.path(), Some(from.path())).contains("sha-256 is "));
    fs::write(from.path().join("small.json"), SMALL).unwrap();
    commands::trim(folder.path(), Some(from.path()), Mode::Write).unwrap();
    // A checkout of the repository comes first.
    fs::create_dir_all(from.path().join("descriptions/small")).unwrap();
    fs::write(from.path().join(SMALL_FILE), SMALL.replace('T', "U")).unwrap();
    let error = commands::trim(folder.path(), Some(from.path()), Mode::Write).unwrap_err();
    assert!(format!("{error:#}").contains("sha-256 is "), "{error:#}");
}

fn options(git: Option<&Path>) -> Options {
    let git = git.map(|path| path.display().to_string());
    Options { from: None, against: None, git, format: Format::Text, write: false }
}

#[test]
fn drift_pins_a_commit_and_follows_its_repository() {
    let (source, folder) = (repository(), copy());
    let descriptions: Vec<_> = descriptions()
        .iter()
        .map(|Description { server, document, .. }| {
            (format!("descriptions/{server}/{server}.json"), document.to_string())
        })
        .collect();
    let mut all: Vec<_> =
        descriptions.iter().map(|(file, text)| (file.as_str(), text.as_str())).collect();
    // Neither a server that the SDK is for, nor the description of one.
    all.push(("descriptions/ghes-3.8/ghes-3.8.2022-11-28.json", "not JSON"));
    all.push(("descriptions-next/ghes-3.8/ghes-3.8.json", "not JSON"));
    all.push(("descriptions/other/other.json", "not JSON"));
    let first = commit(source.path(), &all);

    let write = Options { write: true, ..options(Some(source.path())) };
    let drift = commands::drift(folder.path(), &write).unwrap();
    assert_eq!((drift.verdict, drift.moved), (Level::Cosmetic, false), "{}", drift.text);
    assert_eq!(drift.against, format!("{} at {first}", source.path().display()));
    let pins = fs::read_to_string(folder.path().join("spec/upstream.toml")).unwrap();
    assert_eq!(pins.matches(&format!("commit = \"{first}\"")).count(), 18, "{pins}");
    assert!(!pins.contains("version = "), "{pins}");
    commands::generate(folder.path(), Mode::Check).unwrap();
    commands::trim(folder.path(), None, Mode::Check).unwrap();

    let mut newest = description("ghes-3.19");
    newest["components"]["schemas"]["job"]["properties"]["reason"] =
        json!({"type": "string", "nullable": true});
    let second =
        commit(source.path(), &[("descriptions/ghes-3.20/ghes-3.20.json", &newest.to_string())]);
    let drift = commands::drift(folder.path(), &options(None)).unwrap();
    assert_eq!((drift.verdict, drift.moved), (Level::Additive, true), "{}", drift.text);
    assert!(
        drift.against.ends_with(&second) && drift.text.contains("ghes-3.20 is new"),
        "{}",
        drift.text
    );
    let against = |id: &str| Options { against: Some(id.to_owned()), ..options(None) };
    let drift = commands::drift(folder.path(), &against(&first)).unwrap();
    assert_eq!((drift.verdict, drift.moved), (Level::Cosmetic, false), "{}", drift.text);
}

#[test]
fn what_does_not_fit_together_is_refused() {
    let folder = copy();
    let id = "0a".repeat(20);
    let refused =
        |options: Options| format!("{:#}", commands::drift(folder.path(), &options).unwrap_err());
    let against = |against: &str, git: Option<&str>| Options {
        against: Some(against.to_owned()),
        git: git.map(str::to_owned),
        ..options(None)
    };
    let error = refused(against(&id, None));
    assert!(error.contains("no pin is from git: name the repository with --git"), "{error}");
    let error = refused(against("1.0.0", Some("/r")));
    assert!(error.contains("--against 1.0.0: a repository has commits"), "{error}");
    let error = refused(against("--all", Some("/r")));
    assert!(error.contains("--against --all: is neither a version"), "{error}");
    let error = refused(Options { from: Some(folder.path().into()), ..against(&id, Some("/r")) });
    assert!(error.contains("a commit is fetched from its repository"), "{error}");
    let error = refused(Options { git: Some("--upload-pack=x".to_owned()), ..options(None) });
    assert!(error.contains("is not a URL or a path of a repository"), "{error}");
}
