//! A publication that changes something becomes a branch and a pull request, once.
#![cfg(unix)]

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::Command;

use tempfile::TempDir;
use xtask::propose::{Proposal, propose};

use crate::commands::{copy, tarball};
use crate::support::read;

#[track_caller]
fn git(folder: &Path, arguments: &[&str]) -> String {
    let settings = ["-c", "user.name=t", "-c", "user.email=t@example.com"];
    let output = Command::new("git").current_dir(folder).args(settings).args(arguments).output();
    let output = output.unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

/// A copy of the project with a remote, and a `gh` that writes down what it is told.
fn project() -> (TempDir, TempDir, Proposal) {
    let (project, aside) = (copy(), tempfile::tempdir().unwrap());
    let remote = aside.path().join("remote.git");
    git(aside.path(), &["init", "--quiet", "--bare", remote.to_str().unwrap()]);
    git(project.path(), &["init", "--quiet", "--initial-branch", "main"]);
    git(project.path(), &["add", "."]);
    git(project.path(), &["commit", "--quiet", "--message", "start"]);
    git(project.path(), &["remote", "add", "origin", remote.to_str().unwrap()]);

    let gh = aside.path().join("gh");
    let script = format!(
        "#!/bin/sh\nif [ \"$2\" = list ]; then cat {0}.known 2>/dev/null; exit 0; fi\n\
         echo \"$@\" > {0}.arguments\ncat > {0}.text\n",
        gh.display()
    );
    fs::write(&gh, script).unwrap();
    fs::set_permissions(&gh, fs::Permissions::from_mode(0o755)).unwrap();

    let publication = aside.path().join("publication");
    fs::create_dir(&publication).unwrap();
    publish(&publication, &read("spec/trimmed/api.github.com.json"));
    let gh = gh.to_str().unwrap().to_owned();
    let proposal = Proposal { from: Some(publication), against: None, gh };
    (project, aside, proposal)
}

fn publish(folder: &Path, description: &str) {
    let file = "package/generated/api.github.com.json";
    tarball(folder, "octokit-openapi-24.0.0.tgz", file, description.as_bytes());
}

#[test]
fn a_change_is_proposed_once_and_no_change_is_not() {
    let (project, aside, proposal) = project();
    propose(project.path(), &proposal).unwrap();
    assert_eq!(git(project.path(), &["branch", "--show-current"]).trim(), "main");
    assert!(!aside.path().join("gh.text").exists(), "nothing is different");

    let edited = read("spec/trimmed/api.github.com.json");
    let edited = edited.replacen("\"waiting\"", "\"waiting\", \"blocked\"", 1);
    publish(proposal.from.as_ref().unwrap(), &edited);
    fs::write(project.path().join("spec/stray"), "").unwrap();
    let error = propose(project.path(), &proposal).unwrap_err();
    assert!(error.to_string().contains("not committed"), "{error}");
    fs::remove_file(project.path().join("spec/stray")).unwrap();

    propose(project.path(), &proposal).unwrap();
    let branch = "upstream/octokit-openapi-24.0.0";
    let text = fs::read_to_string(aside.path().join("gh.text")).unwrap();
    assert!(text.contains("| `JobStatus::Blocked` |"), "{text}");
    let arguments = fs::read_to_string(aside.path().join("gh.arguments")).unwrap();
    assert!(arguments.starts_with(&format!("pr create --head {branch} --title ")), "{arguments}");
    let remote = aside.path().join("remote.git");
    let message = git(&remote, &["log", "-1", "--format=%B", branch]);
    assert!(message.starts_with("Upstream: @octokit/openapi 24.0.0 (additive)\n\n# "), "{message}");
    assert!(message.contains("| `JobStatus::Blocked` |"), "{message}");
    let types = git(&remote, &["show", &format!("{branch}:sdk/src/generated/types.rs")]);
    assert!(types.contains("\n    Blocked,\n"));

    assert!(text.contains("## Before it is merged"), "{text}");

    // Where the pull request did not come to be, the next run makes it, from the branch that is there.
    git(project.path(), &["switch", "--quiet", "main"]);
    fs::remove_file(aside.path().join("gh.text")).unwrap();
    propose(project.path(), &proposal).unwrap();
    assert!(aside.path().join("gh.text").exists());
    // Next week both are there already.
    fs::write(aside.path().join("gh.known"), "[{\"url\":\"https://example.com\"}]").unwrap();
    fs::remove_file(aside.path().join("gh.text")).unwrap();
    propose(project.path(), &proposal).unwrap();
    assert!(!aside.path().join("gh.text").exists());
    assert_eq!(git(project.path(), &["branch", "--show-current"]).trim(), "main");
}
