//! `cargo xtask` as a process: which folder it works on, and what it gives to the programs that it runs.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use tempfile::TempDir;

use crate::commands::{copy, snapshot};
use crate::support::root;

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
    let generated = folder.path().join("sdk/src/generated");
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
