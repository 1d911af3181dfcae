//! `cargo xtask propose`: what the newest publication changes, on a branch and as a pull request.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context as _, Result, bail, ensure};

use crate::commands::{self, Options};
use crate::drift::Format;

/// GitHub refuses a text of a pull request of more than 65,536 characters: this leaves room for the rest.
const LONGEST_TEXT: usize = 60_000;

/// What is left to people.
const TO_DO: &str = "
## Before it is merged

- `cargo xtask generate` lists what has no words yet: give it some in `spec/overlay.yaml`.
- `EXPECTORATE=overwrite cargo test -p tests` takes the change into the goldens of the history and of the public
  API: read their diff.
";

/// Who the commit is by, where git knows nobody.
const COMMITTER: [&str; 4] = [
    "-c",
    "user.name=github-actions[bot]",
    "-c",
    "user.email=41898282+github-actions[bot]@users.noreply.github.com",
];

/// What to propose, and with what.
#[derive(Clone, Debug)]
pub struct Proposal {
    /// A folder of tarballs; nothing is downloaded.
    pub from: Option<PathBuf>,
    /// As that of `drift`.
    pub against: Option<String>,
    /// The program that opens pull requests: `gh`.
    pub gh: String,
}

/// Compares, and if anything is different pins it, generates from it, commits that on a branch, pushes
/// the branch and opens a pull request with the report as its text.
///
/// Nothing happens where nothing is different, or where the branch has had its pull request.
///
/// # Errors
///
/// There are changes that are not committed, the comparison fails, or git or `gh` do.
pub fn propose(root: &Path, proposal: &Proposal) -> Result<()> {
    let git = |arguments: &[&str]| run(Command::new("git").current_dir(root).args(arguments), None);
    ensure!(
        git(&["status", "--porcelain"])?.trim().is_empty(),
        "there are changes that are not committed: commit or stash them first"
    );
    let mut options = Options {
        from: proposal.from.clone(),
        against: proposal.against.clone(),
        history: false,
        format: Format::Markdown,
        write: false,
    };
    let drift = commands::drift(root, &options)?;
    if !drift.moved {
        println!("nothing to propose: {} says what the pinned descriptions say", drift.against);
        return Ok(());
    }
    let (_, version) = drift.against.rsplit_once(' ').unwrap_or_default();
    let branch =
        format!("upstream/{}", drift.against.trim_start_matches('@').replace(['/', ' '], "-"));
    let title = format!("Upstream: {} ({})", drift.against, drift.verdict);
    let text = shortened(&drift.text) + TO_DO;
    // The token is asked of gh for each call; it is in no file.
    let helper = format!("credential.helper=!{} auth git-credential", proposal.gh);
    if git(&["-c", &helper, "ls-remote", "--heads", "origin", &branch])?.trim().is_empty() {
        // The version that was found, not one that came since.
        options.against = Some(version.to_owned());
        options.write = true;
        commands::drift(root, &options)?;
        git(&["switch", "--create", &branch])?;
        git(&["add", "spec", "sdk/src/generated"])?;
        let mut commit = Command::new("git");
        commit.current_dir(root).args(committer(root));
        commit.args(["commit", "--cleanup=verbatim", "--file=-"]);
        run(&mut commit, Some(&format!("{title}\n\n{text}")))?;
        git(&["-c", &helper, "push", "origin", &branch])?;
    }
    let gh = |arguments: &[&str], input| {
        run(Command::new(&proposal.gh).current_dir(root).args(arguments), input)
    };
    let known = gh(&["pr", "list", "--state", "all", "--head", &branch, "--json", "url"], None)?;
    if !matches!(known.trim(), "" | "[]") {
        println!("nothing to propose: {branch} has its pull request");
        return Ok(());
    }
    let create = ["pr", "create", "--head", &branch, "--title", &title, "--body-file", "-"];
    let said = gh(&create, Some(&text)).with_context(|| {
        format!("the branch {branch} is pushed, but there is no pull request of it")
    })?;
    print!("{said}");
    Ok(())
}

/// Who commits: whoever git knows, or the one that GitHub knows as its own.
fn committer(root: &Path) -> &'static [&'static str] {
    let known = run(Command::new("git").current_dir(root).args(["config", "user.email"]), None);
    if known.is_ok_and(|email| !email.trim().is_empty()) { &[] } else { &COMMITTER }
}

fn shortened(text: &str) -> String {
    match text.char_indices().nth(LONGEST_TEXT) {
        Some((end, _)) => {
            let kept = text.get(..end).unwrap_or_default();
            format!("{kept}\n\nThe rest is too long for this place: run `cargo xtask drift`.\n")
        }
        None => text.to_owned(),
    }
}

/// Runs a program, and gives what it says.
fn run(command: &mut Command, input: Option<&str>) -> Result<String> {
    let name = command.get_program().to_string_lossy().into_owned();
    let stdin = if input.is_some() { Stdio::piped() } else { Stdio::null() };
    command.stdin(stdin).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().with_context(|| format!("cannot run {name}: install it"))?;
    if let (Some(input), Some(mut stdin)) = (input, child.stdin.take()) {
        stdin.write_all(input.as_bytes())?;
    }
    let output = child.wait_with_output()?;
    if !output.status.success() {
        let arguments: Vec<_> =
            command.get_args().map(|argument| argument.to_string_lossy().into_owned()).collect();
        let said = String::from_utf8_lossy(&output.stderr).trim().to_owned();
        bail!("{name} {}: {said}", arguments.join(" "));
    }
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}
