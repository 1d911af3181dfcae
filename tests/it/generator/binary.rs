//! `cargo xtask` as a process: which folder it works on, and what it gives to the programs that it runs.
#![cfg(unix)]

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use tempfile::TempDir;

use crate::generator::commands::{copy, snapshot, tarball};
use crate::generator::git;
use crate::support::{description, root};

/// The program; built once, where `cargo test` has not done so.
fn program() -> &'static Path {
    static PROGRAM: OnceLock<PathBuf> = OnceLock::new();
    PROGRAM.get_or_init(|| {
        let build = Command::new(env!("CARGO"))
            .current_dir(root())
            .args(["build", "--quiet", "--package", "xtask"])
            .status();
        assert!(build.unwrap().success());
        let tests = std::env::current_exe().unwrap();
        tests.parent().unwrap().parent().unwrap().join("xtask")
    })
}

/// A copy of the inputs and the generated files that the program takes for a workspace.
fn workspace() -> TempDir {
    let folder = copy();
    fs::write(folder.path().join("Cargo.toml"), "[workspace]\n").unwrap();
    fs::create_dir(folder.path().join("xtask")).unwrap();
    folder
}

/// The program, started in a folder as a person would: without the variables of the cargo of this test.
fn xtask(folder: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(program());
    command.current_dir(folder).args(arguments).env_remove("CARGO_MANIFEST_DIR");
    command
}

#[test]
fn the_files_of_the_folder_where_it_is_started_are_written() {
    let (folder, elsewhere) = (workspace(), workspace());
    let before = snapshot(folder.path());
    let generated = folder.path().join("sdk/src/generated/jobs");
    for entry in fs::read_dir(&generated).unwrap() {
        fs::write(entry.unwrap().path(), "// stale\n").unwrap();
    }
    let untouched = snapshot(&root().join("sdk/src/generated"));
    // `cargo run --manifest-path` starts it elsewhere, and says with this variable where the package is.
    let mut checked = xtask(elsewhere.path(), &["generate", "--check"]);
    let checked = checked.env("CARGO_MANIFEST_DIR", folder.path().join("xtask")).output().unwrap();
    assert_eq!(checked.status.code(), Some(1), "{}", String::from_utf8_lossy(&checked.stderr));
    let output = xtask(&generated, &["generate"]).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert!(before == snapshot(folder.path()), "the copy is not generated anew");
    assert!(
        untouched == snapshot(&root().join("sdk/src/generated")),
        "another workspace was written"
    );
}

#[test]
fn outside_a_workspace_it_says_so() {
    let folder = tempfile::tempdir().unwrap();
    let output = xtask(folder.path(), &["generate"]).output().unwrap();
    let error = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(1));
    assert!(error.starts_with("error: no workspace in "), "{error}");
    assert_eq!(xtask(folder.path(), &["drift"]).output().unwrap().status.code(), Some(3));
}

/// A folder with a program that is a shell script.
fn script(name: &str, text: &str) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(name);
    fs::write(&path, format!("#!/bin/sh\n{text}\n")).unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
    folder
}

fn first_in_path(folder: &Path) -> String {
    format!("{}:{}", folder.display(), std::env::var("PATH").unwrap())
}

#[test]
fn npm_gets_no_token_and_what_it_prints_is_not_trusted() {
    let folder = workspace();
    let npm = script("npm", "env > npm.env; printf '1.0.0\\033[31m --x'");
    let mut drift = xtask(folder.path(), &["drift"]);
    drift.env("PATH", first_in_path(npm.path())).env("NPM_CONFIG_REGISTRY", "https://r.invalid");
    for name in ["GITHUB_TOKEN", "GH_TOKEN", "NPM_TOKEN", "NODE_AUTH_TOKEN", "DEPLOY_SECRET"] {
        drift.env(name, "canary");
    }
    let output = drift.output().unwrap();
    let error = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(3), "{error}");
    assert!(error.contains("npm view @octokit/openapi version: printed `1.0.0"), "{error}");
    assert!(!error.contains('\u{1b}'), "{error}");
    let environment = fs::read_to_string(folder.path().join("npm.env")).unwrap();
    assert!(!environment.contains("canary"), "{environment}");
    assert!(environment.contains("NPM_CONFIG_REGISTRY=https://r.invalid"), "{environment}");
}

#[test]
fn git_reads_no_settings_and_gets_no_token_of_the_person_who_runs_it() {
    let source = git::repository();
    let file = "descriptions/small/small.json";
    let id = git::commit(source.path(), &[(file, git::SMALL)]);
    let folder = git::workspace(&source.path().display().to_string(), &id);
    fs::write(folder.path().join("Cargo.toml"), "[workspace]\n").unwrap();
    fs::create_dir(folder.path().join("xtask")).unwrap();
    // Settings that would lead each fetch astray, from each place where git looks for settings.
    let astray = format!("[url \"file:///nowhere/\"]\n\tinsteadOf = {}\n", source.path().display());
    let home = tempfile::tempdir().unwrap();
    fs::create_dir_all(home.path().join(".config/git")).unwrap();
    for settings in [".gitconfig", ".config/git/config"] {
        fs::write(home.path().join(settings), &astray).unwrap();
    }
    git::git(folder.path(), &["init", "--quiet"]);
    let own = folder.path().join(".git/config");
    fs::write(&own, fs::read_to_string(&own).unwrap() + &astray).unwrap();
    let wrapper = script("git", "env >> \"$0.env\"; PATH=${PATH#*:} exec git \"$@\"");
    let output = xtask(folder.path(), &["trim"])
        .env("PATH", first_in_path(wrapper.path()))
        .env("HOME", home.path())
        .env("XDG_CONFIG_HOME", home.path().join(".config"))
        .env("GIT_CONFIG_COUNT", "1")
        .env("GIT_CONFIG_KEY_0", "url.file:///nowhere/.insteadOf")
        .env("GIT_CONFIG_VALUE_0", source.path())
        .env("GH_TOKEN", "canary")
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let environment = fs::read_to_string(wrapper.path().join("git.env")).unwrap();
    assert!(!environment.contains("canary"), "{environment}");
    assert!(!environment.contains(&format!("HOME={}\n", home.path().display())), "{environment}");
}

#[test]
fn drift_follows_npm_and_git_where_pins_are_of_both() {
    let (folder, source) = (workspace(), git::repository());
    let file = "descriptions/ghes-3.20/ghes-3.20.json";
    let newest = description("ghes-3.19").to_string();
    git::commit(source.path(), &[(file, &newest)]);
    let repository = source.path().display().to_string();
    let output =
        xtask(folder.path(), &["drift", "--git", &repository, "--write"]).output().unwrap();
    assert_eq!(output.status.code(), Some(1), "{}", String::from_utf8_lossy(&output.stderr));

    let changed =
        |text: &str, value: &str| text.replace("\"waiting\"", &format!("\"waiting\", \"{value}\""));
    // A server that is pinned from npm is not read from git.
    let other = ("descriptions/ghec/ghec.json", "not JSON");
    git::commit(source.path(), &[(file, &changed(&newest, "from_git")), other]);
    let cache = folder.path().join("target/upstream");
    let ghec = changed(&description("ghec").to_string(), "from_npm");
    let packed = "package/generated/ghec.json";
    tarball(&cache, "octokit-openapi-24.0.0.tgz", packed, ghec.as_bytes());
    let npm = script("npm", "echo 24.0.0");
    let path = first_in_path(npm.path());
    let output = xtask(folder.path(), &["drift"]).env("PATH", path).output().unwrap();
    let (report, error) =
        (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert_eq!(output.status.code(), Some(1), "{report}{error}");
    for value in ["JobStatus::FromGit", "JobStatus::FromNpm", " and @octokit/openapi 24.0.0"] {
        assert!(report.contains(value), "{value}: {report}");
    }
}
