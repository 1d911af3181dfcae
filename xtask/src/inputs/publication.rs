//! Publications of descriptions: a version of an npm package, or a commit of a git repository.

mod folder;
pub mod git;
pub mod npm;

use std::fmt;
use std::path::{Path, PathBuf};

use anyhow::{Result, ensure};
use indicatif::MultiProgress;
use serde_json::{Value, json};

use crate::inputs::pins::{Pin, Upstream};
pub(crate) use folder::unpacked_in;
use git::Commit;
use npm::Release;

/// No description is larger than this; more is not read into memory.
const LARGEST: u64 = 256 << 20;

/// Where descriptions are published.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Publication {
    /// A version of an npm package.
    Npm(Release),
    /// A commit of a git repository.
    Git(Commit),
}

/// Where the files of publications are.
#[derive(Clone, Debug)]
pub(crate) enum Place {
    /// The folder that downloads are kept in.
    Cache(PathBuf),
    /// A folder that a person gives, instead of a download.
    Given(PathBuf),
}

impl Place {
    /// The folder that a person gives, or else that of the downloads.
    pub(crate) fn new(root: &Path, from: Option<&Path>) -> Self {
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

    /// Whether both are of one package or repository.
    pub(crate) fn has_origin_of(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Npm(a), Self::Npm(b)) => a.package == b.package,
            (Self::Git(a), Self::Git(b)) => a.repository == b.repository,
            _ => false,
        }
    }

    /// Downloads it, unless it is in the cache or a person gives the files.
    pub(crate) fn fetch(&self, root: &Path, place: &Place) -> Result<()> {
        match (self, place) {
            (_, Place::Given(_)) => Ok(()),
            (Self::Npm(release), Place::Cache(cache)) => release.fetch(cache),
            (Self::Git(commit), Place::Cache(cache)) => commit.fetch(root, cache),
        }
    }

    /// Calls `each` with the content of every one of the pins, which are of this publication.
    pub(crate) fn pinned<'p>(
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
        let is_pinned = |file: &str| pins.iter().any(|pin| pin.file == file);
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
            "{} has no file {}",
            release.tarball(),
            missing.map_or("", |pin| &pin.file)
        );
        Ok(())
    }

    /// Calls `each` with the server, the file and the content of every description of a server that `wanted` names.
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
                let is_taken = |file: &str| server(file).is_some_and(&wanted);
                release.read(place.folder(), bars, is_taken, |file, content| {
                    server(file).map_or(Ok(()), |it| each(it, file, content)).map(|()| false)
                })
            }
            (Self::Npm(_), _) => folder::descriptions(place.folder(), wanted, each),
        }
    }

    /// How a trimmed description names where it is from.
    pub(crate) fn source(&self) -> Value {
        match self {
            Self::Npm(Release { package, version }) => {
                json!({"package": package, "version": version})
            }
            Self::Git(Commit { repository, id }) => json!({"git": repository, "commit": id}),
        }
    }

    /// Refuses a name that is not one: names become arguments of programs, and parts of paths.
    pub(crate) fn check(&self) -> Result<()> {
        match self {
            Self::Npm(release) => release.check(),
            Self::Git(commit) => commit.check(),
        }
    }
}

/// The server that a file describes: none where it describes a difference, or has no references.
fn server(file: &str) -> Option<&str> {
    let name = file.rsplit('/').next()?.strip_suffix(".json")?;
    (!name.ends_with(".deref") && !name.contains("-diff-to-")).then_some(name)
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
}
