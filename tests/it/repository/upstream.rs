//! The scripts of `.github/workflows/upstream.yml`: what becomes a branch and a pull request, and what does not.
#![cfg(unix)]

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;
use std::process::{Command, Output};

use tempfile::TempDir;

use crate::generator::git::git;
use crate::support::{read, root};

/// What `gh pr list` answers, and where calls are written down.
const GH: &str = r#"#!/bin/sh
printf '%s\n' "$*" >> "$0.log"
case "$1 $2" in
  "pr list") test -e "$0.open" && echo https://host.example/pull/1 ;;
  "pr create") touch "$0.open"; cat "${12}" >> "$0.log" ;;
esac
exit 0
"#;

/// Prints a report, changes what is pinned, and exits as `drift` does.
const CARGO: &str = r##"#!/bin/sh
test -z "$GH_TOKEN" || exit 9
echo 'base = "newer"' > spec/upstream.toml
echo '{}' > spec/trimmed/new.json
echo changed > README.md
printf '# report\n'
test -z "$LONG" || yes '| `@someone` |' | head -n 10000
exit "$DRIFT"
"##;

/// A clone of a project with the scripts, its remote, and a folder of programs.
struct Project {
    folder: TempDir,
}

impl Project {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let project = Self { folder };
        let (work, remote) = (project.path("work"), project.path("host/owner/repo"));
        for folder in [&work, &remote, &project.path("bin")] {
            fs::create_dir_all(folder).unwrap();
        }
        for script in [".ci/upstream", ".ci/open-pull-request"] {
            project.write(&format!("work/{script}"), &read(script));
        }
        project.write("work/.ci/run", "#!/bin/sh\nexit $CI_RUN\n");
        project.write("work/spec/upstream.toml", "base = \"older\"\n");
        project.write("work/spec/trimmed/old.json", "{}\n");
        project.write("work/sdk/src/generated/mod.rs", "// generated\n");
        project.write("work/README.md", "readme\n");
        project.write("work/.gitignore", "target\n");
        project.write("bin/gh", GH);
        project.write("bin/cargo", CARGO);
        git(&work, &["init", "--quiet", "--initial-branch=main"]);
        git(&work, &["add", "."]);
        git(&work, &["commit", "--quiet", "--message", "start"]);
        git(&work, &["tag", "start"]);
        git(&remote, &["init", "--quiet", "--bare"]);
        project
    }

    fn path(&self, path: &str) -> PathBuf {
        self.folder.path().join(path)
    }

    fn write(&self, path: &str, text: &str) {
        let path = self.path(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, text).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
    }

    fn run(&self, script: &str, environment: &[(&str, &str)]) -> Output {
        let path = format!("{}:{}", self.path("bin").display(), std::env::var("PATH").unwrap());
        let host = format!("file://{}", self.path("host").display());
        let mut command = Command::new(self.path("work").join(script));
        command.arg(self.path("out")).current_dir("/").env("PATH", path);
        command.envs([("GITHUB_SERVER_URL", host.as_str()), ("GITHUB_REPOSITORY", "owner/repo")]);
        command.envs([("GITHUB_REF_NAME", "main"), ("GIT_CONFIG_GLOBAL", "/dev/null")]);
        command.env_remove("GH_TOKEN").envs(environment.iter().copied()).output().unwrap()
    }

    /// What the first job leaves for the second.
    #[track_caller]
    fn compared(&self, drift: &str, ci_run: &str, more: &[(&str, &str)]) -> String {
        let environment = [&[("DRIFT", drift), ("CI_RUN", ci_run)][..], more].concat();
        let output = self.run(".ci/upstream", &environment);
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        fs::read_to_string(self.path("out/text.md")).unwrap()
    }

    /// The second job starts from what is checked in.
    fn fresh_checkout(&self) {
        let work = self.path("work");
        git(&work, &["reset", "--quiet", "--hard", "start"]);
        git(&work, &["clean", "--quiet", "-fd"]);
    }

    #[track_caller]
    fn proposed(&self) -> String {
        let output = self.run(".ci/open-pull-request", &[("GH_TOKEN", "canary")]);
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        fs::read_to_string(self.path("bin/gh.log")).unwrap()
    }
}

#[test]
fn the_text_begins_with_the_outcome_of_the_checks() {
    let passed = Project::new().compared("1", "0", &[]);
    assert_eq!(passed, "`.ci/run` passed.\n\n# report\n");
    let failed = Project::new().compared("2", "7", &[("GITHUB_RUN_ID", "42")]);
    assert!(failed.starts_with("`.ci/run` failed (exit 7). [Log](file:///"), "{failed}");
    assert!(failed.contains("/owner/repo/actions/runs/42)") && failed.ends_with("\n# report\n"));
}

#[test]
fn a_long_report_is_cut_between_lines() {
    let text = Project::new().compared("1", "0", &[("LONG", "1")]);
    assert!(text.len() < 61_000, "{}", text.len());
    assert!(text.starts_with("`.ci/run` passed.\n\nThe report below is cut"), "{text}");
    assert!(text.lines().filter(|line| line.contains('@')).all(|line| line == "| `@someone` |"));
}

#[test]
fn no_difference_and_no_verdict_propose_nothing() {
    for (drift, exit) in [("0", 0), ("3", 3), ("101", 101)] {
        let project = Project::new();
        let output = project.run(".ci/upstream", &[("DRIFT", drift), ("CI_RUN", "0")]);
        assert_eq!(output.status.code(), Some(exit));
        assert_eq!(fs::read_dir(project.path("out")).unwrap().count(), 0, "drift exits {drift}");
    }
}

#[test]
fn a_change_is_pushed_and_proposed_once() {
    let project = Project::new();
    project.compared("2", "0", &[]);
    project.fresh_checkout();
    let log = project.proposed();
    let remote = project.path("host/owner/repo");
    let branches = git(&remote, &["for-each-ref", "--format=%(refname:short)"]);
    assert!(branches.starts_with("upstream/") && branches.lines().count() == 1, "{branches}");
    let create = format!(
        "pr create --repo owner/repo --base main --head {branches} --title Upstream descriptions: breaking changes"
    );
    assert!(log.contains(&create) && log.contains("`.ci/run` passed.\n\n# report"), "{log}");
    // Only what is generated, although the first job changed more.
    let changed = git(&remote, &["diff", "--name-only", &format!("{branches}~"), &branches]);
    assert_eq!(changed, "spec/trimmed/new.json\nspec/upstream.toml");
    // The token is in the environment of gh and nowhere else.
    assert!(!log.contains("canary"), "{log}");
    let settings = fs::read_to_string(project.path("work/.git/config")).unwrap();
    assert!(!settings.contains("canary") && !settings.contains("credential"), "{settings}");

    // Again, with the same publication: neither a branch nor a pull request.
    project.fresh_checkout();
    let again = project.proposed();
    assert_eq!(again.matches("pr create").count(), 1, "{again}");
    // A pull request that could not be opened the first time is opened the second time.
    fs::remove_file(project.path("bin/gh.open")).unwrap();
    project.fresh_checkout();
    let later = project.proposed();
    assert_eq!(later.matches("pr create").count(), 2, "{later}");
    assert_eq!(git(&remote, &["for-each-ref", "--format=%(refname:short)"]), branches);
}

#[test]
fn a_patch_cannot_change_what_is_not_generated() {
    let project = Project::new();
    project.compared("1", "0", &[]);
    let patch = project.path("out/change.patch");
    let more = "diff --git a/.ci/run b/.ci/run\n--- a/.ci/run\n+++ b/.ci/run\n@@ -1,2 +1,1 @@\n #!/bin/sh\n-exit $CI_RUN\n";
    fs::write(&patch, fs::read_to_string(&patch).unwrap() + more).unwrap();
    project.fresh_checkout();
    project.proposed();
    let remote = project.path("host/owner/repo");
    let branch = git(&remote, &["for-each-ref", "--format=%(refname:short)"]);
    let changed = git(&remote, &["diff", "--name-only", &format!("{branch}~"), &branch]);
    assert_eq!(changed, "spec/trimmed/new.json\nspec/upstream.toml");
}

/// The step with the token compiles nothing, and no other step has it.
#[test]
fn only_the_step_that_opens_the_pull_request_has_the_token() {
    let workflow = read(root().join(".github/workflows/upstream.yml"));
    let (before, after) = workflow.split_once("\n  propose:\n").unwrap();
    assert!(!before.contains("github.token") && !before.contains("secrets."), "{before}");
    assert!(!before.contains(": write"), "{before}");
    assert!(!after.contains("cargo") && !after.contains(".ci/run") && !after.contains("rustup"));
    assert_eq!(after.matches("github.token").count(), 1);
    assert!(!read(".ci/open-pull-request").contains("cargo"));
}
