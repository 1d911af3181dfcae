//! What the tool writes, and the only place that writes it.

#![expect(clippy::disallowed_methods, reason = "the only writer")]

use std::fmt::Write as _;
use std::fs;
use std::io::{self, Write as _};
use std::path::Path;

use anyhow::{Context as _, Result};
use similar::TextDiff;

/// A `--check` shows at most this many lines of differences.
const DIFF_LINES: usize = 100;

/// A file as the inputs give it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Artifact {
    /// Where it belongs, below the root of the workspace, with `/` between the parts.
    pub path: String,
    /// What it holds; `None` where no such file should be.
    pub content: Option<String>,
}

/// What to do with the artifacts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// Write what is stale.
    Write,
    /// Write nothing; say what is stale and how it differs.
    Check,
}

/// What became of the artifacts.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Outcome {
    /// The paths that were not as the inputs give them.
    pub stale: Vec<String>,
    /// How many were.
    pub fresh: usize,
    /// How the stale ones differ, at most 100 lines.
    pub diff: String,
}

/// Brings the files below `root` in line with the artifacts, or says how they are not.
///
/// # Errors
///
/// A file cannot be read or written. Each is written beside its place and then renamed: one that
/// was there stays whole.
pub fn reconcile(root: &Path, artifacts: &[Artifact], mode: Mode) -> Result<Outcome> {
    let mut outcome = Outcome::default();
    let mut diff = String::new();
    for artifact in artifacts {
        let path = root.join(&artifact.path);
        let current = read(&path)?;
        if current.as_deref() == artifact.content.as_deref().map(str::as_bytes) {
            outcome.fresh += 1;
            continue;
        }
        outcome.stale.push(artifact.path.clone());
        match mode {
            Mode::Write => write(&path, artifact.content.as_deref())?,
            Mode::Check => {
                let current = String::from_utf8_lossy(current.as_deref().unwrap_or_default());
                describe(&mut diff, &artifact.path, &current, artifact.content.as_deref());
            }
        }
    }
    outcome.diff = cap(&diff);
    Ok(outcome)
}

fn read(path: &Path) -> Result<Option<Vec<u8>>> {
    match fs::read(path) {
        Ok(content) => Ok(Some(content)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error).with_context(|| path.display().to_string()),
    }
}

fn write(path: &Path, content: Option<&str>) -> Result<()> {
    let attempt = || -> io::Result<()> {
        let Some(content) = content else {
            return fs::remove_file(path);
        };
        let folder = path.parent().unwrap_or(Path::new("."));
        fs::create_dir_all(folder)?;
        let mut file = for_everyone(&mut tempfile::Builder::new()).tempfile_in(folder)?;
        file.write_all(content.as_bytes())?;
        file.as_file().sync_all()?;
        file.persist(path)?;
        Ok(())
    };
    attempt()
        .with_context(|| format!("{}: not written, what was there is unchanged", path.display()))
}

/// A temporary file is private by default; a source file is for everyone who may read the folder.
#[cfg(unix)]
fn for_everyone<'b>(
    builder: &'b mut tempfile::Builder<'static, 'static>,
) -> &'b mut tempfile::Builder<'static, 'static> {
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o644))
}

/// Elsewhere a new file is what its folder says.
#[cfg(not(unix))]
fn for_everyone<'b>(
    builder: &'b mut tempfile::Builder<'static, 'static>,
) -> &'b mut tempfile::Builder<'static, 'static> {
    builder
}

fn describe(diff: &mut String, path: &str, current: &str, wanted: Option<&str>) {
    // Writing to a string cannot fail.
    let _ = match wanted {
        None => writeln!(diff, "--- {path}\nnothing generates this file: delete it"),
        Some(wanted) => write!(
            diff,
            "{}",
            TextDiff::from_lines(current, wanted)
                .unified_diff()
                .context_radius(2)
                .header(&format!("{path} (checked in)"), &format!("{path} (from the inputs)"))
        ),
    };
}

fn cap(diff: &str) -> String {
    let lines: Vec<_> = diff.lines().collect();
    let Some(shown) = lines.get(..DIFF_LINES) else {
        return diff.to_owned();
    };
    format!("{}\n... and {} more lines\n", shown.join("\n"), lines.len() - DIFF_LINES)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn artifact(content: &str) -> Artifact {
        Artifact { path: "folder/a.txt".into(), content: Some(content.into()) }
    }

    #[test]
    fn check_writes_nothing_and_write_writes_once() {
        let root = tempfile::tempdir().unwrap();
        let artifacts = [artifact("one\n"), Artifact { path: "b.txt".into(), content: None }];
        for mode in [Mode::Check, Mode::Write] {
            let outcome = reconcile(root.path(), &artifacts, mode).unwrap();
            assert_eq!((outcome.stale.len(), outcome.fresh), (1, 1));
        }
        let outcome = reconcile(root.path(), &artifacts, Mode::Write).unwrap();
        assert_eq!((outcome.stale.len(), outcome.fresh), (0, 2));
        assert_eq!(fs::read_to_string(root.path().join("folder/a.txt")).unwrap(), "one\n");
    }

    #[test]
    fn a_file_that_nothing_generates_is_stale_and_removed() {
        let root = tempfile::tempdir().unwrap();
        fs::write(root.path().join("b.txt"), "old").unwrap();
        let artifacts = [Artifact { path: "b.txt".into(), content: None }];
        let outcome = reconcile(root.path(), &artifacts, Mode::Check).unwrap();
        assert!(outcome.diff.contains("b.txt\nnothing generates this file"), "{}", outcome.diff);
        reconcile(root.path(), &artifacts, Mode::Write).unwrap();
        assert!(!root.path().join("b.txt").exists());
    }

    #[test]
    fn a_difference_is_shown_by_line_and_a_long_one_is_capped() {
        let root = tempfile::tempdir().unwrap();
        reconcile(root.path(), &[artifact("a\nb\nc\n")], Mode::Write).unwrap();
        let outcome = reconcile(root.path(), &[artifact("a\nB\nc\n")], Mode::Check).unwrap();
        assert!(outcome.diff.contains("-b\n+B\n"), "{}", outcome.diff);
        let long = "x\n".repeat(500);
        let outcome = reconcile(root.path(), &[artifact(&long)], Mode::Check).unwrap();
        assert_eq!(outcome.diff.lines().count(), DIFF_LINES + 1);
        assert!(outcome.diff.ends_with("more lines\n"));
    }
}
