//! `spec/upstream.toml`: the pinned descriptions that the SDK is generated from.

mod edit;
mod entry;

use std::collections::BTreeMap;

use anyhow::{Context as _, Result, bail, ensure};
use serde_json::Value;
use sha2::{Digest as _, Sha256};

use crate::inputs::publication::Publication;
use crate::inputs::shared;
use crate::openapi::json;
use crate::openapi::servers::ghes_version;
use crate::untrusted::one_line;
use entry::File;

/// The pinned descriptions, oldest server first, and the base.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Upstream {
    /// The base: the server whose examples, links, order and component names are used where servers differ.
    pub base: String,
    /// One pin for each server version.
    pub pins: Vec<Pin>,
    /// The servers without a trimmed file of their own (`trimmed`), each with the server whose file has its facts.
    pub shared: BTreeMap<String, String>,
}

/// One entry of `spec/upstream.toml`: the exact bytes of one description.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pin {
    /// The server version, also the name of the trimmed file: `ghes-3.8`.
    pub server: String,
    /// The npm release or git commit that has the description.
    pub publication: Publication,
    /// The path of the file in the tarball or in the repository.
    pub file: String,
    /// The size of the file in bytes.
    pub bytes: u64,
    /// The sha-256 of the file, in lower-case hexadecimal.
    pub sha256: String,
}

impl Upstream {
    /// Reads `spec/upstream.toml`.
    ///
    /// # Errors
    ///
    /// The text is not a `base` and a list of `[[description]]` tables, a pin has an invalid value or not
    /// exactly one source, a server is pinned twice, or the base is not pinned.
    pub fn parse(text: &str) -> Result<Self> {
        let File { base, description } =
            toml::from_str(text).context("is not a `base` and a list of [[description]] tables")?;
        let (mut pins, mut shared): (Vec<Pin>, BTreeMap<_, _>) = Default::default();
        for (index, mut entry) in description.into_iter().enumerate() {
            let file = entry.trimmed.take();
            let pin = entry.pin().with_context(|| format!("description[{index}]"))?;
            if pins.iter().any(|other| other.server == pin.server) {
                bail!("description[{index}]: server `{}` is pinned twice", pin.server);
            }
            if let Some(file) = file {
                ensure!(
                    is_server_name(&file),
                    "description[{index}]: trimmed `{}` is not the name of a server",
                    one_line(&file)
                );
                shared.insert(pin.server.clone(), file);
            }
            pins.push(pin);
        }
        let is_base = |pin: &Pin| pin.server == base;
        ensure!(pins.iter().any(is_base), "base: server `{base}` is not pinned");
        Ok(Self { base, pins, shared })
    }

    /// The server whose trimmed file has the facts of this one.
    pub(crate) fn trimmed<'s>(&'s self, server: &'s str) -> &'s str {
        self.shared.get(server).map_or(server, String::as_str)
    }

    /// Sets the trimmed file of each server, see [`shared::files`].
    pub(crate) fn share(&mut self, descriptions: &[(&str, &Value)]) {
        let files = shared::files(&self.base, descriptions).into_iter();
        let files = files.filter(|(server, file)| server != file);
        self.shared = files.map(|(server, file)| (server.to_owned(), file.to_owned())).collect();
    }

    /// One publication for each pinned package or repository: the last one in the list.
    pub(crate) fn origins(&self) -> Vec<&Publication> {
        let mut origins: Vec<&Publication> = Vec::new();
        for pin in &self.pins {
            origins.retain(|known| !known.has_origin_of(&pin.publication));
            origins.push(&pin.publication);
        }
        origins
    }

    /// The npm package of the last pin from npm.
    pub(crate) fn package(&self) -> Option<&str> {
        self.pins.iter().rev().find_map(|pin| match &pin.publication {
            Publication::Npm(release) => Some(release.package.as_str()),
            Publication::Git(_) => None,
        })
    }

    /// The repository of the last pin from git.
    pub(crate) fn repository(&self) -> Option<&str> {
        self.pins.iter().rev().find_map(|pin| match &pin.publication {
            Publication::Git(commit) => Some(commit.repository.as_str()),
            Publication::Npm(_) => None,
        })
    }

    /// True if the SDK supports the server, or should: it is pinned, or a GHES version newer than all pinned ones.
    pub(crate) fn takes(&self, server: &str) -> bool {
        let newest = self.pins.iter().filter_map(|pin| ghes_version(&pin.server)).max();
        let is_pinned = self.pins.iter().any(|pin| pin.server == server);
        is_pinned || is_server_name(server) && ghes_version(server) > newest.or(Some((0, 0)))
    }

    /// The index of a server in the list. A new GHES version goes after all older ones.
    pub(crate) fn place_of(&self, server: &str) -> usize {
        if let Some(known) = self.pins.iter().position(|pin| pin.server == server) {
            return known;
        }
        let older =
            |pin: &Pin| ghes_version(&pin.server).is_some_and(|it| Some(it) < ghes_version(server));
        self.pins.iter().rposition(older).map_or(self.pins.len(), |index| index + 1)
    }

    /// Adds a pin, or replaces the pin of the same server.
    pub(crate) fn set(&mut self, pin: Pin) {
        let place = self.place_of(&pin.server);
        match self.pins.get_mut(place).filter(|known| known.server == pin.server) {
            Some(known) => *known = pin,
            None => self.pins.insert(place, pin),
        }
    }

    /// The pinned publications, each with its pins.
    pub(crate) fn publications(&self) -> Vec<(&Publication, Vec<&Pin>)> {
        let mut publications: Vec<(&Publication, Vec<&Pin>)> = Vec::new();
        for pin in &self.pins {
            match publications.iter_mut().find(|(known, _)| *known == &pin.publication) {
                Some((_, pins)) => pins.push(pin),
                None => publications.push((&pin.publication, vec![pin])),
            }
        }
        publications
    }
}

/// Only letters, digits, `-`, `_` and `.`, and no `.` first: the name becomes a file name in `spec/trimmed`.
pub(crate) fn is_server_name(name: &str) -> bool {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
    !name.is_empty() && !name.starts_with('.') && name.chars().all(plain)
}

impl Pin {
    /// A pin of this content.
    pub fn of(server: &str, publication: &Publication, file: &str, content: &[u8]) -> Self {
        Self {
            server: server.to_owned(),
            publication: publication.clone(),
            file: file.to_owned(),
            bytes: content.len() as u64,
            sha256: json::hex(&Sha256::digest(content)),
        }
    }

    /// Refuses a path that leads out of the tarball or repository, or has unprintable characters.
    pub(crate) fn check_file(&self) -> Result<()> {
        let is_plain = |part: &str| {
            !matches!(part, "" | "." | "..")
                && !part.contains(['\\', ':'])
                && one_line(part) == part
        };
        ensure!(
            self.file.split('/').all(is_plain),
            "file `{}` is not a relative path with `/` between its parts",
            one_line(&self.file)
        );
        Ok(())
    }

    /// The `x-source` of the trimmed description.
    pub fn source(&self) -> Value {
        let mut source = self.publication.source();
        source["file"] = self.file.as_str().into();
        source["sha256"] = self.sha256.as_str().into();
        source
    }

    /// Checks that the content is the pinned one.
    ///
    /// # Errors
    ///
    /// The sha-256 or the size differs.
    pub fn verify(&self, content: &[u8]) -> Result<()> {
        let found = Self::of(&self.server, &self.publication, &self.file, content);
        if found.sha256 != self.sha256 {
            bail!(
                "sha-256 is {} ({} bytes), but spec/upstream.toml pins {} ({} bytes) for `{}`; \
                 provide the pinned file, or change the pin",
                found.sha256,
                found.bytes,
                self.sha256,
                self.bytes,
                self.server
            );
        }
        ensure!(
            found.bytes == self.bytes,
            "has {} bytes, but spec/upstream.toml pins {} for `{}`; correct `bytes`",
            found.bytes,
            self.bytes,
            self.server
        );
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NPM: &str = "package = \"@a/b\"\nversion = \"1.0.0\"\n";
    const GIT: &str =
        "git = \"https://x.example/r\"\ncommit = \"0123456789abcdef0123456789abcdef01234567\"\n";

    fn entry(server: &str, source: &str) -> String {
        format!(
            "[[description]]\nserver = \"{server}\"\n{source}file = \"f\"\nbytes = 1\nsha256 = \"00\"\n"
        )
    }

    #[track_caller]
    fn refused(text: &str, message: &str) {
        let error = format!("{:#}", Upstream::parse(text).unwrap_err());
        assert!(error.contains(message), "{error}");
    }

    #[test]
    fn a_server_is_pinned_once_and_its_name_is_a_file_name() {
        let base = "base = \"a\"\n";
        let upstream = base.to_owned() + &entry("a", NPM) + &entry("b", NPM) + &entry("c", GIT);
        let upstream = Upstream::parse(&upstream).unwrap();
        let publications = upstream.publications();
        assert_eq!((publications.len(), publications[0].1.len()), (2, 2));
        let twice = base.to_owned() + &entry("a", NPM) + &entry("a", GIT);
        refused(&twice, "description[1]: server `a` is pinned twice");
        refused(&(base.to_owned() + &entry("../a", NPM)), "server `../a` is not a valid file name");
        refused(&(base.to_owned() + &entry("b", NPM)), "base: server `a` is not pinned");
        refused(&entry("a", NPM), "is not a `base` and a list of [[description]] tables");
    }

    #[test]
    fn a_pin_has_one_source_with_both_of_its_keys() {
        let with = |source: &str| format!("base = \"a\"\n{}", entry("a", source));
        Upstream::parse(&with(NPM)).unwrap();
        Upstream::parse(&with(GIT)).unwrap();
        refused(
            &with(""),
            "description[0]: server `a` has no source; give either `package` and `version`",
        );
        refused(&with(&format!("{NPM}{GIT}")), "description[0]: server `a` has two sources");
        refused(&with("git = \"/r\"\nversion = \"1.0.0\"\n"), "has two sources");
        refused(&with("git = \"/r\"\n"), "server `a` has `git`, but not `commit`");
        refused(&with("version = \"1.0.0\"\n"), "server `a` has `version`, but not `package`");
        refused(
            &with("git = \"/r\"\ncommit = \"main\"\n"),
            "commit `main` is not 40 hexadecimal digits",
        );
        refused(
            &with("git = \"ext::x\"\ncommit = \"main\"\n"),
            "is neither a URL (https or file) nor a path",
        );
        refused(&with("package = \"-x\"\nversion = \"1.0.0\"\n"), "package `-x` is not the name");
        for file in ["/f", "../f", "a//f", "a/./f"] {
            refused(&with(NPM).replace("\"f\"", &format!("\"{file}\"")), "is not a relative path");
        }
    }
}
