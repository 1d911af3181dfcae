//! Publications of descriptions: versions of an npm package, as the tarballs that `npm pack` makes.

#![expect(
    clippy::disallowed_types,
    clippy::disallowed_methods,
    reason = "reads tarballs, calls npm"
)]

use std::fs::{self, File};
use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result, bail, ensure};
use flate2::read::GzDecoder;
use indicatif::{MultiProgress, ProgressBar, ProgressStyle};
use semver::Version;

/// No description is larger than this: a tarball that says otherwise is not read into memory.
const LARGEST: u64 = 256 << 20;

/// A version of an npm package.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Publication {
    /// The package: `@octokit/openapi`.
    pub package: String,
    /// Its version: `14.0.0`.
    pub version: String,
}

impl Publication {
    /// What `npm pack` calls the tarball: `octokit-openapi-14.0.0.tgz`.
    pub fn tarball(&self) -> String {
        format!("{}{}.tgz", prefix(&self.package), self.version)
    }

    /// Calls `each` with the files of the tarball in `folder` that `wanted` names, until `each` says
    /// that it has enough.
    ///
    /// # Errors
    ///
    /// The tarball is not there or is damaged, or `each` fails.
    pub fn read(
        &self,
        folder: &Path,
        bars: &MultiProgress,
        wanted: impl Fn(&str) -> bool,
        mut each: impl FnMut(&str, Vec<u8>) -> Result<bool>,
    ) -> Result<()> {
        let path = folder.join(self.tarball());
        let place = || path.display().to_string();
        let file = File::open(&path).with_context(|| {
            format!("{}: make it there with npm pack {}@{}", place(), self.package, self.version)
        })?;
        let bar = bars.add(bar(file.metadata().map_or(0, |data| data.len()), &self.version));
        let mut archive = tar::Archive::new(GzDecoder::new(bar.wrap_read(file)));
        for entry in archive.entries()? {
            let entry = entry.with_context(place)?;
            let name = entry.path()?.to_string_lossy().into_owned();
            if !wanted(&name) {
                continue;
            }
            let place = || format!("{name} in {}", place());
            let mut content = Vec::new();
            entry.take(LARGEST).read_to_end(&mut content).with_context(place)?;
            if each(&name, content).with_context(place)? {
                break;
            }
        }
        bar.finish_and_clear();
        Ok(())
    }

    /// Calls `each` with the server, the file and the content of every description: of the tarball in
    /// `folder` or, where there is none, of the files in it.
    ///
    /// # Errors
    ///
    /// There is neither, or `each` fails.
    pub fn descriptions(
        &self,
        folder: &Path,
        bars: &MultiProgress,
        mut each: impl FnMut(&str, &str, Vec<u8>) -> Result<()>,
    ) -> Result<()> {
        let unpacked = unpacked_in(folder).filter(|_| !folder.join(self.tarball()).exists());
        let Some(place) = unpacked else {
            return self.read(
                folder,
                bars,
                |file| server(file).is_some(),
                |file, content| {
                    server(file)
                        .map_or(Ok(()), |server| each(server, file, content))
                        .map(|()| false)
                },
            );
        };
        let entries = fs::read_dir(&place)?.collect::<Result<Vec<_>, _>>()?;
        let mut names: Vec<_> =
            entries.iter().map(|entry| entry.file_name().to_string_lossy().into_owned()).collect();
        names.sort();
        for name in names {
            if let Some(server) = server(&name) {
                let path = place.join(&name);
                let shown = || path.display().to_string();
                let content = fs::read(&path).with_context(shown)?;
                each(server, &name, content).with_context(shown)?;
            }
        }
        Ok(())
    }

    /// Gets the tarball into `cache` with `npm pack`, unless it is there already.
    ///
    /// # Errors
    ///
    /// npm is not installed, or cannot get the package.
    pub fn fetch(&self, cache: &Path) -> Result<()> {
        if cache.join(self.tarball()).exists() {
            return Ok(());
        }
        let what = format!("{}@{}", self.package, self.version);
        eprintln!("getting {what} with npm pack (30 MB or more; kept in {})", cache.display());
        fs::create_dir_all(cache)?;
        // Packed aside and then renamed, so that an interrupted download is never taken for a whole one.
        let aside = tempfile::tempdir_in(cache)?;
        npm(&["pack", "--silent", &what], aside.path())?;
        let packed: PathBuf = aside.path().join(self.tarball());
        fs::rename(packed, cache.join(self.tarball()))
            .with_context(|| format!("npm pack {what} made no {}", self.tarball()))
    }

    /// The newest publication of a package that npm knows.
    ///
    /// # Errors
    ///
    /// npm is not installed, or does not know the package.
    pub fn newest(package: &str) -> Result<Self> {
        let version = npm(&["view", package, "version"], Path::new("."))?;
        Ok(Self { package: package.to_owned(), version: version.trim().to_owned() })
    }

    /// The publications of a package whose tarballs are in a folder, oldest first.
    ///
    /// # Errors
    ///
    /// The folder cannot be read.
    pub fn all_in(folder: &Path, package: &str) -> Result<Vec<Self>> {
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
        let publication =
            |version: Version| Self { package: package.to_owned(), version: version.to_string() };
        Ok(found.into_iter().map(publication).collect())
    }
}

/// The server that a file describes: none where it describes a difference, or has no references.
fn server(file: &str) -> Option<&str> {
    let name = file.rsplit('/').next()?.strip_suffix(".json")?;
    (!name.ends_with(".deref") && !name.contains("-diff-to-")).then_some(name)
}

/// Where a folder holds descriptions themselves, as a tarball has them or side by side.
pub(crate) fn unpacked_in(folder: &Path) -> Option<PathBuf> {
    let places = ["package/generated", "generated", ""].map(|place| folder.join(place));
    places.into_iter().find(|place| {
        let entries = fs::read_dir(place).into_iter().flatten().flatten();
        let names = entries.map(|entry| entry.file_name().to_string_lossy().into_owned());
        let is_server = |server: &str| server.starts_with("gh") || server == "api.github.com";
        names.into_iter().any(|name| server(&name).is_some_and(is_server))
    })
}

fn prefix(package: &str) -> String {
    format!("{}-", package.trim_start_matches('@').replace('/', "-"))
}

fn npm(arguments: &[&str], folder: &Path) -> Result<String> {
    let npm = Command::new("npm").args(arguments).current_dir(folder).output().context(
        "cannot run npm: install Node.js, or give a folder of packed tarballs with --from DIR",
    )?;
    if !npm.status.success() {
        let said = String::from_utf8_lossy(&npm.stderr).trim().to_owned();
        bail!("npm {}: {said}", arguments.join(" "));
    }
    Ok(String::from_utf8_lossy(&npm.stdout).into_owned())
}

/// A bar on a terminal; nothing where the output is not one.
fn bar(bytes: u64, version: &str) -> ProgressBar {
    let style = ProgressStyle::with_template("{msg} {wide_bar} {bytes}/{total_bytes}");
    let style = style.unwrap_or_else(|_| ProgressStyle::default_bar());
    ProgressBar::new(bytes).with_style(style).with_message(format!("reading {version}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_of_a_description_is_told_from_its_derivatives() {
        assert_eq!(server("package/generated/ghes-3.9.json"), Some("ghes-3.9"));
        for file in ["ghes-3.9.deref.json", "ghes-3.9-diff-to-ghes-3.10.json", "package.txt"] {
            assert_eq!(server(file), None);
        }
    }

    #[test]
    fn versions_are_sorted_as_versions() {
        let folder = tempfile::tempdir().unwrap();
        for name in ["a-b-10.0.0.tgz", "a-b-9.1.0.tgz", "a-b-x.tgz", "a-c-1.0.0.tgz", "a-b-1.0.0"] {
            fs::write(folder.path().join(name), "").unwrap();
        }
        let found = Publication::all_in(folder.path(), "@a/b").unwrap();
        let versions: Vec<_> = found.iter().map(|found| found.version.as_str()).collect();
        assert_eq!(versions, ["9.1.0", "10.0.0"]);
        assert_eq!(found[0].tarball(), "a-b-9.1.0.tgz");
    }
}
