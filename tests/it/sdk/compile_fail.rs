//! The messages of the compiler for three mistakes of a caller.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::Value;

use crate::support::root;

/// A program with three mistakes, each in a function of its own.
const MISTAKES: &str = r#"
use github_workflow_jobs::{Client, JobId};

pub fn a_job_id_for_a_run_id(client: &Client, id: JobId) {
    let _ = client.list_jobs_for_run("octo-org", "octo-repo", id);
}

pub fn a_missing_argument(client: &Client) {
    let _ = client.get_job("octo-org", "octo-repo");
}

pub fn all_of_a_request_without_a_list(client: &Client) {
    let _ = client.get_job("octo-org", "octo-repo", 1).all();
}
"#;

/// The library of the SDK, built with the same features as in `cli`, so that it is compiled only once.
fn library() -> PathBuf {
    let build = Command::new(env!("CARGO"))
        .current_dir(root())
        .args(["build", "--quiet", "--offline", "--package", "github-workflow-jobs"])
        .args(["--example", "jobs", "--message-format", "json"])
        .output()
        .unwrap();
    let text = String::from_utf8_lossy(&build.stdout);
    let artifacts = text.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
    let mut files = artifacts
        .filter(|artifact| artifact["target"]["name"] == "github_workflow_jobs")
        .flat_map(|artifact| artifact["filenames"].as_array().cloned().unwrap_or_default())
        .filter_map(|file| file.as_str().map(PathBuf::from));
    let library = files.find(|file| file.extension().is_some_and(|extension| extension == "rlib"));
    library.unwrap_or_else(|| panic!("{}", String::from_utf8_lossy(&build.stderr)))
}

/// Compiles a source file against the library, with the compiler of the `cargo` that runs the tests.
fn check(source: &str) -> Output {
    let library = library();
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR"));
    let file = folder.join("compile_fail.rs");
    std::fs::write(&file, source).unwrap();
    Command::new(Path::new(env!("CARGO")).with_file_name("rustc"))
        .current_dir(root())
        .args([
            "--edition",
            "2024",
            "--crate-type",
            "lib",
            "--emit",
            "metadata",
            "--color",
            "never",
        ])
        .arg("-L")
        .arg(format!("dependency={}", library.parent().unwrap().display()))
        .arg("--extern")
        .arg(format!("github_workflow_jobs={}", library.display()))
        .arg("--out-dir")
        .arg(folder)
        .arg(&file)
        .output()
        .unwrap()
}

#[test]
fn the_compiler_explains_a_swapped_id_a_missing_argument_and_all_without_a_list() {
    let output = check(MISTAKES);
    let text = String::from_utf8_lossy(&output.stderr);
    assert_eq!(text.matches("\nerror[").count() + 1, 3, "{text}");
    for (mistake, messages) in [
        (
            "error[E0277]: `JobId` cannot be used as `RunId`",
            &["expected `RunId`", "an id of another type is not"][..],
        ),
        ("error[E0061]: ", &["argument #3 is missing", "/* job_id */"]),
        ("error[E0599]: no method named `all` found for ", &["Request<E, List<P>>"]),
    ] {
        let errors = text.split("\n\n").find(|error| error.starts_with(mistake));
        let error = errors.unwrap_or_else(|| panic!("{mistake} is missing in:\n{text}"));
        for message in messages {
            assert!(error.contains(message), "{message} is missing in:\n{error}");
        }
    }
}
