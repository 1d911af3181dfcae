//! The release: `.ci/release`, `.ci/last-release` and the workflows that need other toolchains or a credential.

use crate::support::{files, read};

#[test]
fn the_workflows_check_the_declared_minimum_rust_versions() {
    let checks = read(".github/workflows/checks.yml");
    for (manifest, job) in [("sdk/Cargo.toml", "msrv-sdk"), ("Cargo.toml", "msrv-workspace")] {
        let text = read(manifest);
        let (_, rest) = text.split_once("\nrust-version = \"").unwrap();
        let (version, _) = rest.split_once('"').unwrap();
        let (_, job) = checks.split_once(&format!("\n  {job}:\n")).unwrap();
        let job = job.split("\n\n").next().unwrap();
        let run = format!(
            "- run: rustup toolchain install {version} --profile minimal && rustup default {version}\n"
        );
        assert!(job.contains(&run), "{manifest} has {version}: {job}");
        assert!(job.contains(&format!("name: Rust {version}, ")), "{manifest}: {job}");
    }
}

/// A credential is in reach of one job, which compiles and runs nothing of the repository.
#[test]
fn only_the_job_that_publishes_has_an_identity_and_it_compiles_nothing() {
    for path in files(".github/workflows") {
        let text = read(&path);
        assert!(!text.contains("secrets."), "{}", path.display());
        if path.file_name().unwrap() != "release.yml" {
            assert!(!text.contains("id-token"), "{}", path.display());
        }
    }
    let workflow = read(".github/workflows/release.yml");
    let (before, publish) = workflow.split_once("\n  publish:\n").unwrap();
    assert!(!before.contains(": write") && before.contains("run: .ci/release "), "{before}");
    assert!(publish.contains("    needs: check\n") && publish.contains("environment: release\n"));
    let runs: Vec<_> =
        publish.lines().filter_map(|line| line.trim().strip_prefix("- run: ")).collect();
    assert_eq!(
        runs,
        [
            "rustup toolchain install stable --profile minimal && rustup default stable",
            "cargo publish --locked --package github-workflow-jobs --no-verify",
        ]
    );
    assert_eq!(publish.matches("steps.auth.outputs.token").count(), 1);
}

#[cfg(unix)]
mod scripts {
    use std::fs;
    use std::process::{Command, Output};

    use tempfile::TempDir;

    use super::*;
    use crate::generator::git::git;
    use crate::support::root;

    /// A copy of the scripts and of the files that they read.
    fn project(edit: impl Fn(&str, String) -> String) -> TempDir {
        let folder = tempfile::tempdir().unwrap();
        let scripts = [".ci/release", ".ci/last-release"];
        for file in scripts.into_iter().chain(["Cargo.toml", "sdk/Cargo.toml", "sdk/CHANGELOG.md"])
        {
            let path = folder.path().join(file);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::copy(root().join(file), &path).unwrap();
            fs::write(&path, edit(file, read(file))).unwrap();
        }
        folder
    }

    /// The files as they are at a release of version 1.2.3.
    fn released(file: &str, text: String) -> String {
        match file {
            "sdk/Cargo.toml" => {
                let (before, rest) = text.split_once("\nversion = \"").unwrap();
                let (_, after) = rest.split_once('"').unwrap();
                format!("{before}\nversion = \"1.2.3\"{after}")
            }
            "sdk/CHANGELOG.md" => "# Changelog\n\n## 1.2.3, 2030-01-31\n\n- A change.\n".to_owned(),
            _ => text,
        }
    }

    fn release(project: &TempDir, tag: &str, repository: Option<&str>) -> Output {
        let mut command = Command::new(project.path().join(".ci/release"));
        command.arg(tag).current_dir("/").env_remove("GITHUB_REPOSITORY");
        if let Some(repository) = repository {
            command.env("GITHUB_SERVER_URL", "https://github.com");
            command.env("GITHUB_REPOSITORY", repository);
        }
        command.output().unwrap()
    }

    #[track_caller]
    fn refused(project: &TempDir, tag: &str, repository: Option<&str>, because: &str) {
        let output = release(project, tag, repository);
        let text = String::from_utf8(output.stderr).unwrap();
        assert!(!output.status.success() && text.contains(because), "{tag}: {text}");
    }

    const OWN: &str = "github-workflow-jobs/github-workflow-jobs";

    #[test]
    fn a_release_with_its_version_its_section_and_its_repository_is_published() {
        let project = project(released);
        for repository in [None, Some(OWN)] {
            let output = release(&project, "v1.2.3", repository);
            assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        }
    }

    #[test]
    fn a_release_of_another_version_is_refused() {
        let project = project(released);
        for tag in ["v1.2.4", "1.2.3", "v1.2.3-rc.1", "v1x2.3"] {
            refused(&project, tag, Some(OWN), "but the version in sdk/Cargo.toml is `1.2.3`");
        }
    }

    #[test]
    fn a_release_without_a_dated_section_in_the_changelog_is_refused() {
        for title in [
            "## 1.2.3, not yet released",
            "## 1.2.3",
            "## 1.2.30, 2030-01-31",
            "## 1x2.3, 2030-01-31",
        ] {
            let project =
                project(|file, text| released(file, text).replace("## 1.2.3, 2030-01-31", title));
            refused(&project, "v1.2.3", Some(OWN), "sdk/CHANGELOG.md has no section");
        }
    }

    #[test]
    fn a_release_from_another_repository_is_refused() {
        let project = project(released);
        for repository in
            ["someone/github-workflow-jobs", "github-workflow-jobs/github-workflow-jobs2"]
        {
            refused(&project, "v1.2.3", Some(repository), "`repository` in Cargo.toml is");
        }
    }

    #[test]
    fn the_last_release_is_the_highest_version_and_nothing_before_the_first() {
        let project = project(|_, text| text);
        let folder = project.path();
        let last = || {
            let output = Command::new(folder.join(".ci/last-release")).output().unwrap();
            assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
            String::from_utf8(output.stdout).unwrap()
        };
        git(folder, &["init", "--quiet"]);
        git(folder, &["add", "."]);
        git(folder, &["commit", "--quiet", "--message", "start"]);
        assert_eq!(last(), "tag=\n");
        for tag in ["v0.9.0", "v0.10.0", "v0.2.0", "vendor"] {
            git(folder, &["tag", tag]);
        }
        assert_eq!(last(), "tag=v0.10.0\n");
    }
}
