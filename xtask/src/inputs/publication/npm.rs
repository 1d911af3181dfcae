//! Releases of an npm package, as the tarballs that `npm pack` creates.

#![expect(clippy::disallowed_methods, reason = "finds and renames tarballs, calls npm")]

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, anyhow, ensure};
use indicatif::{MultiProgress, ProgressBar, ProgressStyle};
use semver::Version;

use super::{folder, tarball};
use crate::program;
use crate::untrusted::one_line;

/// A release of an npm package.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Release {
    /// The name of the package: `@octokit/openapi`.
    pub package: String,
    /// The version: `14.0.0`.
    pub version: String,
}

impl Release {
    /// The file name that `npm pack` gives the tarball: `octokit-openapi-14.0.0.tgz`.
    pub fn tarball(&self) -> String {
        format!("{}{}.tgz", prefix(&self.package), self.version)
    }

    /// True if the folder contains the tarball.
    pub(crate) fn is_in(&self, folder: &Path) -> bool {
        folder.join(self.tarball()).exists()
    }

    pub(super) fn check(&self) -> Result<()> {
        let Self { package, version } = self;
        let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || "-_.".contains(c);
        let is_name = |name: &str| {
            !name.is_empty() && !name.starts_with(['.', '-']) && name.chars().all(plain)
        };
        let parts: Vec<_> = package.strip_prefix('@').unwrap_or(package).split('/').collect();
        let count = if package.starts_with('@') { 2 } else { 1 };
        ensure!(
            parts.len() == count && parts.into_iter().all(is_name),
            "package `{}` is not the name of an npm package",
            one_line(package)
        );
        let is_version = Version::parse(version).is_ok();
        ensure!(
            is_version,
            "version `{}` is not a complete version such as 23.0.2",
            one_line(version)
        );
        Ok(())
    }

    /// Calls `each` with the files of the tarball in `folder` that `wanted` accepts, until `each` returns
    /// true.
    pub(super) fn read(
        &self,
        folder: &Path,
        bars: &MultiProgress,
        wanted: impl Fn(&str) -> Result<bool>,
        mut each: impl FnMut(&str, Vec<u8>) -> Result<bool>,
    ) -> Result<()> {
        let path = folder.join(self.tarball());
        let place = path.display();
        let command = format!("npm pack {}@{}", self.package, self.version);
        ensure!(path.exists(), "{place}: make it there with {command}");
        let file = folder::open(&path)?;
        let bar = bars.add(bar(file.metadata().map_or(0, |data| data.len()), &self.version));
        // Errors of `each` are about a description, those of the reader about the tarball.
        let mut refused = None;
        let read = tarball::read(bar.wrap_read(file), &tarball::LIMITS, wanted, |file| {
            let is_last = each(&file.name, file.content);
            is_last.or_else(|error| {
                refused = Some(error.context(format!("{} in {place}", one_line(&file.name))));
                Ok(true)
            })
        });
        bar.finish_and_clear();
        refused.map_or(Ok(()), Err)?;
        read.map_err(|error| {
            let remedy = match error.downcast_ref() {
                Some(tarball::Layout(_)) => "pin another version in spec/upstream.toml".to_owned(),
                None => format!("delete it, and make it again with {command}"),
            };
            anyhow!("{place}: {error:#}; {remedy}")
        })
    }

    /// Downloads the tarball into `cache` with `npm pack`, unless it is already there.
    pub(super) fn fetch(&self, cache: &Path) -> Result<()> {
        if self.is_in(cache) {
            return Ok(());
        }
        let what = format!("{}@{}", self.package, self.version);
        eprintln!("downloading {what} with npm pack (30 MB or more; kept in {})", cache.display());
        fs::create_dir_all(cache)?;
        // Downloaded into a temporary folder and then renamed: an interrupted download leaves no partial tarball.
        let temporary = tempfile::tempdir_in(cache)?;
        npm(&["pack", "--silent", "--ignore-scripts", "--", &what], temporary.path())?;
        let packed: PathBuf = temporary.path().join(self.tarball());
        fs::rename(packed, cache.join(self.tarball()))
            .with_context(|| format!("npm pack {what} did not create {}", self.tarball()))
    }

    /// The newest release of a package on the npm registry.
    pub(super) fn newest(package: &str) -> Result<Self> {
        let printed = npm(&["view", "--", package, "version"], Path::new("."))?;
        let version = Version::parse(printed.trim()).with_context(|| {
            format!("npm view {package} version: printed `{}`", one_line(printed.trim()))
        })?;
        Ok(Self { package: package.to_owned(), version: version.to_string() })
    }

    /// The releases of a package whose tarballs are in a folder, oldest first.
    pub(crate) fn all_in(folder: &Path, package: &str) -> Result<Vec<Self>> {
        ensure!(!folder.is_file(), "{}: is a file: give its folder", folder.display());
        let mut found = Vec::new();
        for entry in fs::read_dir(folder).with_context(|| folder.display().to_string())? {
            let name = entry?.file_name().to_string_lossy().into_owned();
            let version = name.strip_prefix(&prefix(package));
            let version = version.and_then(|rest| rest.strip_suffix(".tgz"));
            if let Some(version) = version.and_then(|version| Version::parse(version).ok()) {
                found.push(version);
            }
        }
        found.sort();
        let release =
            |version: Version| Self { package: package.to_owned(), version: version.to_string() };
        Ok(found.into_iter().map(release).collect())
    }
}

fn prefix(package: &str) -> String {
    format!("{}-", package.trim_start_matches('@').replace('/', "-"))
}

fn npm(arguments: &[&str], folder: &Path) -> Result<String> {
    let hint = "install Node.js, or give a folder of packed tarballs with --from DIR";
    let printed =
        program::output(program::command("npm").args(arguments).current_dir(folder), hint)?;
    Ok(String::from_utf8_lossy(&printed).into_owned())
}

/// A progress bar; shown only on a terminal.
fn bar(bytes: u64, version: &str) -> ProgressBar {
    let style = ProgressStyle::with_template("{msg} {wide_bar} {bytes}/{total_bytes}");
    let style = style.unwrap_or_else(|_| ProgressStyle::default_bar());
    ProgressBar::new(bytes).with_style(style).with_message(format!("reading {version}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_sorted_as_versions() {
        let folder = tempfile::tempdir().unwrap();
        for name in ["a-b-10.0.0.tgz", "a-b-9.1.0.tgz", "a-b-x.tgz", "a-c-1.0.0.tgz", "a-b-1.0.0"] {
            fs::write(folder.path().join(name), "").unwrap();
        }
        let found = Release::all_in(folder.path(), "@a/b").unwrap();
        let versions: Vec<_> = found.iter().map(|found| found.version.as_str()).collect();
        assert_eq!(versions, ["9.1.0", "10.0.0"]);
        assert_eq!(found[0].tarball(), "a-b-9.1.0.tgz");
    }

    #[test]
    fn a_package_name_that_is_an_option_or_a_path_is_refused() {
        let check = |package: &str, version: &str| {
            Release { package: package.to_owned(), version: version.to_owned() }.check()
        };
        for package in ["@octokit/openapi", "openapi", "a.b_c-1"] {
            check(package, "1.0.0-rc.1").unwrap();
        }
        for package in
            ["--prefix", "../x", "@a/../b", "@a", "a/b", "", "@a/", "file:x", "a b", "@/b"]
        {
            assert!(check(package, "1.0.0").is_err(), "{package}");
        }
        for version in ["latest", "1.0", "", "1.0.0 --x", "../1.0.0"] {
            assert!(check("a", version).is_err(), "{version}");
        }
    }
}
