//! Publications of descriptions: a release of an npm package, or a commit of a git repository.

mod folder;
pub mod git;
pub mod npm;
mod tarball;

use std::fmt;
use std::path::{Path, PathBuf};

use anyhow::{Result, bail, ensure};
use indicatif::MultiProgress;
use serde_json::{Value, json};

use crate::inputs::pins::{Pin, Upstream};
pub(crate) use folder::unpacked_in;
use git::Commit;
use npm::Release;
use tarball::Layout;

/// The size limit of a description in bytes, so that a hostile one cannot fill the memory.
const LARGEST: u64 = crate::openapi::json::LARGEST as u64;

/// The folder of a tarball that has the descriptions.
const PACKED: &str = "package/generated";

/// A publication of descriptions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Publication {
    /// A release of an npm package.
    Npm(Release),
    /// A commit of a git repository.
    Git(Commit),
}

/// The folder that publications are read from.
#[derive(Clone, Debug)]
pub enum Place {
    /// The download cache.
    Cache(PathBuf),
    /// The folder given with `--from`; nothing is downloaded.
    Given(PathBuf),
}

impl Place {
    /// The folder `from` if given, otherwise the download cache of the workspace.
    pub fn new(root: &Path, from: Option<&Path>) -> Self {
        match from {
            Some(folder) => Self::Given(folder.to_owned()),
            None => Self::Cache(root.join("target/upstream")),
        }
    }

    fn folder(&self) -> &Path {
        match self {
            Self::Cache(folder) | Self::Given(folder) => folder,
        }
    }
}

impl fmt::Display for Publication {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Npm(Release { package, version }) => write!(f, "{package} {version}"),
            Self::Git(Commit { repository, id }) => write!(f, "{repository} at {id}"),
        }
    }
}

impl Publication {
    /// The newest publication of the same package or repository.
    pub(crate) fn newest(&self, root: &Path, place: &Place) -> Result<Self> {
        match self {
            Self::Npm(release) => Release::newest(&release.package).map(Self::Npm),
            Self::Git(commit) => {
                Commit::newest(root, place.folder(), &commit.repository).map(Self::Git)
            }
        }
    }

    /// True if both are from the same package or repository.
    pub(crate) fn has_origin_of(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Npm(a), Self::Npm(b)) => a.package == b.package,
            (Self::Git(a), Self::Git(b)) => a.repository == b.repository,
            _ => false,
        }
    }

    /// Downloads the publication, unless it is cached or `--from` is given.
    pub(crate) fn fetch(&self, root: &Path, place: &Place) -> Result<()> {
        match (self, place) {
            (_, Place::Given(_)) => Ok(()),
            (Self::Npm(release), Place::Cache(cache)) => release.fetch(cache),
            (Self::Git(commit), Place::Cache(cache)) => commit.fetch(root, cache),
        }
    }

    /// Calls `each` with the content of each pinned file. All pins must be of this publication.
    ///
    /// # Errors
    ///
    /// The publication or a pinned file is missing, or `each` fails.
    pub fn pinned<'p>(
        &self,
        place: &Place,
        bars: &MultiProgress,
        pins: &[&'p Pin],
        mut each: impl FnMut(&'p Pin, Vec<u8>) -> Result<()>,
    ) -> Result<()> {
        let release = match self {
            Self::Npm(release) => release,
            Self::Git(commit) => {
                return pins.iter().try_for_each(|pin| {
                    let content = match place {
                        Place::Cache(cache) => commit.read(cache, &pin.file)?,
                        Place::Given(folder) => folder::read(folder, pin)?,
                    };
                    each(pin, content)
                });
            }
        };
        let mut found = Vec::new();
        let is_pinned = |file: &str| Ok(pins.iter().any(|pin| pin.file == file));
        release.read(place.folder(), bars, is_pinned, |file, content| {
            for pin in pins.iter().filter(|pin| pin.file == file) {
                each(pin, content.clone())?;
                found.push(pin.server.as_str());
            }
            Ok(found.len() == pins.len())
        })?;
        let missing = pins.iter().find(|pin| !found.contains(&pin.server.as_str()));
        ensure!(
            missing.is_none(),
            "{} does not contain `{}`",
            release.tarball(),
            missing.map_or("", |pin| &pin.file)
        );
        Ok(())
    }

    /// Calls `each` with the server, the file and the content of every description whose server `wanted` accepts.
    pub(crate) fn descriptions(
        &self,
        place: &Place,
        bars: &MultiProgress,
        upstream: &Upstream,
        wanted: impl Fn(&str) -> bool,
        mut each: impl FnMut(&str, &str, Vec<u8>) -> Result<()>,
    ) -> Result<()> {
        match (self, place) {
            (Self::Git(commit), _) => {
                for (server, file) in commit.files(place.folder(), upstream, wanted)? {
                    each(&server, &file, commit.read(place.folder(), &file)?)?;
                }
                Ok(())
            }
            (Self::Npm(release), _) if release.is_in(place.folder()) => {
                let is_taken = |file: &str| match server(file).filter(|server| wanted(server)) {
                    None => Ok(false),
                    Some(server) if file == format!("{PACKED}/{server}.json") => Ok(true),
                    Some(_) => bail!(Layout(format!("is a description outside of {PACKED}"))),
                };
                release.read(place.folder(), bars, is_taken, |file, content| {
                    server(file).map_or(Ok(()), |it| each(it, file, content)).map(|()| false)
                })
            }
            (Self::Npm(_), _) => folder::descriptions(place.folder(), wanted, each),
        }
    }

    /// The `x-source` of a trimmed description, without the file.
    pub(crate) fn source(&self) -> Value {
        match self {
            Self::Npm(Release { package, version }) => {
                json!({"package": package, "version": version})
            }
            Self::Git(Commit { repository, id }) => json!({"git": repository, "commit": id}),
        }
    }

    /// Refuses invalid names: they become arguments of npm and git, and parts of paths.
    pub(crate) fn check(&self) -> Result<()> {
        match self {
            Self::Npm(release) => release.check(),
            Self::Git(commit) => commit.check(),
        }
    }
}

/// The server whose description is in a file. `None` for files that are derived from a description:
/// differences (`-diff-to-`) and copies without references (`.deref`).
fn server(file: &str) -> Option<&str> {
    let name = file.rsplit('/').next()?.strip_suffix(".json")?;
    (!name.ends_with(".deref") && !name.contains("-diff-to-")).then_some(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_complete_descriptions_name_a_server() {
        assert_eq!(server("package/generated/ghes-3.9.json"), Some("ghes-3.9"));
        for file in ["ghes-3.9.deref.json", "ghes-3.9-diff-to-ghes-3.10.json", "package.txt"] {
            assert_eq!(server(file), None);
        }
    }
}
