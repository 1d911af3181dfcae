//! The only writer of project files: writes artifacts, or checks that the files are up to date.

#![expect(clippy::disallowed_methods, reason = "the only writer")]

use std::fmt::Write as _;
use std::fs;
use std::io::{self, Write as _};
use std::path::Path;
use std::thread;

use anyhow::{Context as _, Result};
use similar::TextDiff;

/// The maximum number of diff lines that `--check` prints.
const DIFF_LINES: usize = 100;

/// The number of files that are written at once.
const AT_ONCE: usize = 16;

/// A generated file: its path and its expected content.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Artifact {
    /// The path relative to the root of the workspace, with `/` as separator.
    pub path: String,
    /// The expected content; `None` if the file must not exist.
    pub content: Option<String>,
}

/// Write stale files, or only report them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// Write stale files.
    Write,
    /// Write nothing; report stale files and their differences.
    Check,
}

/// The result of [`reconcile`].
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Outcome {
    /// The paths of stale files: those whose content differs from the artifact.
    pub stale: Vec<String>,
    /// The number of files that are up to date.
    pub fresh: usize,
    /// The differences of the stale files, at most 100 lines. Empty under [`Mode::Write`].
    pub diff: String,
}

/// Compares the files below `root` with the artifacts, and under [`Mode::Write`] writes the stale ones.
///
/// # Errors
///
/// A file cannot be read or written. Each file is written to a temporary file and then renamed, so an
/// existing file stays complete.
pub fn reconcile(root: &Path, artifacts: &[Artifact], mode: Mode) -> Result<Outcome> {
    let mut outcome = Outcome::default();
    let (mut diff, mut stale) = (String::new(), Vec::new());
    for artifact in artifacts {
        let path = root.join(&artifact.path);
        let current = read(&path)?;
        if current.as_deref() == artifact.content.as_deref().map(str::as_bytes) {
            outcome.fresh += 1;
            continue;
        }
        outcome.stale.push(artifact.path.clone());
        match mode {
            Mode::Write => stale.push((path, artifact.content.as_deref())),
            Mode::Check => {
                let current = String::from_utf8_lossy(current.as_deref().unwrap_or_default());
                describe(&mut diff, &artifact.path, &current, artifact.content.as_deref());
            }
        }
    }
    // Each file waits for the disk: several of them wait together.
    for files in stale.chunks(AT_ONCE) {
        let written = thread::scope(|scope| {
            let files = files.iter().map(|(path, content)| scope.spawn(|| write(path, *content)));
            let files: Vec<_> = files.collect();
            files.into_iter().map(|file| file.join().ok()).collect::<Vec<_>>()
        });
        written.into_iter().try_for_each(|file| file.context("a thread panicked")?)?;
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
        let mut file = world_readable(&mut tempfile::Builder::new()).tempfile_in(folder)?;
        file.write_all(content.as_bytes())?;
        file.as_file().sync_all()?;
        file.persist(path)?;
        Ok(())
    };
    attempt().with_context(|| format!("{}: not written; the old file is unchanged", path.display()))
}

/// A temporary file is private by default. Source files are readable by everyone.
#[cfg(unix)]
fn world_readable<'b>(
    builder: &'b mut tempfile::Builder<'static, 'static>,
) -> &'b mut tempfile::Builder<'static, 'static> {
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o644))
}

/// On other systems, a new file inherits the permissions of its folder.
#[cfg(not(unix))]
fn world_readable<'b>(
    builder: &'b mut tempfile::Builder<'static, 'static>,
) -> &'b mut tempfile::Builder<'static, 'static> {
    builder
}

fn describe(diff: &mut String, path: &str, current: &str, expected: Option<&str>) {
    // Writing to a string cannot fail.
    let _ = match expected {
        None => writeln!(diff, "--- {path}\nthis file is not generated from any input; delete it"),
        Some(expected) => write!(
            diff,
            "{}",
            TextDiff::from_lines(current, expected)
                .unified_diff()
                .context_radius(2)
                .header(&format!("{path} (checked in)"), &format!("{path} (generated)"))
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
    fn a_file_without_an_input_is_stale_and_removed() {
        let root = tempfile::tempdir().unwrap();
        fs::write(root.path().join("b.txt"), "old").unwrap();
        let artifacts = [Artifact { path: "b.txt".into(), content: None }];
        let outcome = reconcile(root.path(), &artifacts, Mode::Check).unwrap();
        assert!(outcome.diff.contains("b.txt\nthis file is not generated"), "{}", outcome.diff);
        reconcile(root.path(), &artifacts, Mode::Write).unwrap();
        assert!(!root.path().join("b.txt").exists());
    }

    #[test]
    fn differences_are_shown_by_line_up_to_the_limit() {
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
