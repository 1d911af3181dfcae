//! `spec/upstream.toml`: which descriptions the SDK is made from, byte for byte.

use anyhow::{Context as _, Result, bail, ensure};
use serde::Deserialize;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use toml_edit::Table;

use crate::inputs::publication::Publication;
use crate::openapi::json;

/// The pinned descriptions, oldest server first, and the one that is followed where they differ in
/// what does not matter.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq)]
#[serde(deny_unknown_fields)]
pub struct Upstream {
    /// The server whose examples, links, order and names of components are taken.
    pub base: String,
    /// One pin for each server version.
    #[serde(rename = "description")]
    pub pins: Vec<Pin>,
}

/// One entry of `spec/upstream.toml`: a description, byte for byte.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq)]
#[serde(deny_unknown_fields)]
pub struct Pin {
    /// The server version, which is the name of the trimmed file: `ghes-3.8`.
    pub server: String,
    /// The npm package.
    pub package: String,
    /// The version of the package.
    pub version: String,
    /// The file inside the packed tarball.
    pub file: String,
    /// Its size.
    pub bytes: u64,
    /// Its sha-256, in lower-case hexadecimal.
    pub sha256: String,
}

impl Upstream {
    /// Reads `spec/upstream.toml`.
    ///
    /// # Errors
    ///
    /// The text is no `base` with a list of `[[description]]` tables, a server stands twice or has a
    /// name that is no file name, or the base is not pinned.
    pub fn parse(text: &str) -> Result<Self> {
        let upstream: Self =
            toml::from_str(text).context("is not a `base` and a list of [[description]] tables")?;
        let pins = &upstream.pins;
        for (index, pin) in pins.iter().enumerate() {
            ensure!(
                is_server_name(&pin.server),
                "description[{index}]: server `{}` is no file name",
                pin.server
            );
            if pins.iter().take(index).any(|other| other.server == pin.server) {
                bail!("description[{index}]: server `{}` stands twice", pin.server);
            }
        }
        ensure!(
            pins.iter().any(|pin| pin.server == upstream.base),
            "base: no description is of the server `{}`",
            upstream.base
        );
        Ok(upstream)
    }

    /// The package that publications are versions of: that of the newest pin.
    pub(crate) fn package(&self) -> String {
        self.pins.last().map(|pin| pin.package.clone()).unwrap_or_default()
    }

    /// Whether the SDK is for a server: one that is pinned, or a version of GHES later than those.
    pub(crate) fn takes(&self, server: &str) -> bool {
        let newest = self.pins.iter().filter_map(|pin| ghes_version(&pin.server)).max();
        let is_pinned = self.pins.iter().any(|pin| pin.server == server);
        is_pinned || is_server_name(server) && ghes_version(server) > newest.or(Some((0, 0)))
    }

    /// Where a server stands in the list: a version of GHES after all that are older.
    pub(crate) fn place_of(&self, server: &str) -> usize {
        if let Some(known) = self.pins.iter().position(|pin| pin.server == server) {
            return known;
        }
        let older =
            |pin: &Pin| ghes_version(&pin.server).is_some_and(|it| Some(it) < ghes_version(server));
        self.pins.iter().rposition(older).map_or(self.pins.len(), |index| index + 1)
    }

    /// Pins a description, in the place of the one that the server has.
    pub(crate) fn set(&mut self, pin: Pin) {
        let place = self.place_of(&pin.server);
        match self.pins.get_mut(place).filter(|known| known.server == pin.server) {
            Some(known) => *known = pin,
            None => self.pins.insert(place, pin),
        }
    }

    /// `spec/upstream.toml` with some of these pins, its comments kept.
    pub(crate) fn write_to(&self, text: &str, pins: &[Pin]) -> Result<String> {
        let mut document: toml_edit::DocumentMut = text.parse()?;
        let tables = document.get_mut("description").and_then(|item| item.as_array_of_tables_mut());
        let tables = tables.context("is not a list of [[description]] tables")?;
        for pin in pins {
            let is_same = |table: &Table| text_of(table, "server") == pin.server;
            let place = tables.iter().position(is_same);
            let mut table = place.and_then(|index| tables.get(index).cloned()).unwrap_or_default();
            for (key, value) in [
                ("server", toml_edit::Value::from(&pin.server)),
                ("package", toml_edit::Value::from(&pin.package)),
                ("version", toml_edit::Value::from(&pin.version)),
                ("file", toml_edit::Value::from(&pin.file)),
                ("bytes", grouped(pin.bytes).parse()?),
                ("sha256", toml_edit::Value::from(&pin.sha256)),
            ] {
                let decor =
                    table.get(key).and_then(|item| item.as_value()).map(|old| old.decor().clone());
                let mut value = value;
                if let Some(decor) = decor {
                    *value.decor_mut() = decor;
                }
                table.insert(key, toml_edit::Item::Value(value));
            }
            match place.and_then(|index| tables.get_mut(index)) {
                Some(known) => *known = table,
                None => {
                    table.decor_mut().set_prefix("\n");
                    tables.push(table);
                }
            }
        }
        let mut sorted: Vec<_> = tables.iter().cloned().collect();
        sorted.sort_by_key(|table| self.place_of(&text_of(table, "server")));
        tables.clear();
        for mut table in sorted {
            // Without a position of its own a table stands where it is in the list.
            table.set_position(None);
            tables.push(table);
        }
        Ok(document.to_string())
    }

    /// The publications that the pinned descriptions are in, each with its pins.
    pub fn publications(&self) -> Vec<(Publication, Vec<&Pin>)> {
        let mut publications: Vec<(Publication, Vec<&Pin>)> = Vec::new();
        for pin in &self.pins {
            let publication = pin.publication();
            match publications.iter_mut().find(|(known, _)| *known == publication) {
                Some((_, pins)) => pins.push(pin),
                None => publications.push((publication, vec![pin])),
            }
        }
        publications
    }
}

/// The number of a version of GHES: `ghes-3.8` is 3.8.
pub(crate) fn ghes_version(server: &str) -> Option<(u64, u64)> {
    let (major, minor) = server.strip_prefix("ghes-")?.split_once('.')?;
    Some((major.parse().ok()?, minor.parse().ok()?))
}

/// Letters, digits and a few signs, so that it cannot leave the folder it names a file in.
pub(crate) fn is_server_name(name: &str) -> bool {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
    !name.is_empty() && !name.starts_with('.') && name.chars().all(plain)
}

fn text_of(table: &Table, key: &str) -> String {
    table.get(key).and_then(|item| item.as_str()).unwrap_or_default().to_owned()
}

/// `10_662_818`: as a person would write it.
fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let groups: Vec<_> = digits.as_bytes().rchunks(3).rev().map(String::from_utf8_lossy).collect();
    groups.join("_")
}

impl Pin {
    /// The pin of these very bytes.
    pub fn of(server: &str, publication: &Publication, file: &str, content: &[u8]) -> Self {
        Self {
            server: server.to_owned(),
            package: publication.package.clone(),
            version: publication.version.clone(),
            file: file.to_owned(),
            bytes: content.len() as u64,
            sha256: json::hex(&Sha256::digest(content)),
        }
    }

    /// Where a trimmed description says that it comes from.
    pub fn source(&self) -> Value {
        json!({
            "package": self.package, "version": self.version, "file": self.file, "sha256": self.sha256,
        })
    }

    /// The publication that the description is in.
    pub fn publication(&self) -> Publication {
        Publication { package: self.package.clone(), version: self.version.clone() }
    }

    /// Refuses content that is not the pinned one.
    ///
    /// # Errors
    ///
    /// One byte differs.
    pub fn verify(&self, content: &[u8]) -> Result<()> {
        let found = Self::of(&self.server, &self.publication(), &self.file, content);
        if found.sha256 != self.sha256 {
            bail!(
                "sha-256 is {} ({} bytes), but spec/upstream.toml pins {} ({} bytes) for `{}`; \
                 take the pinned publication, or pin this one on purpose",
                found.sha256,
                found.bytes,
                self.sha256,
                self.bytes,
                self.server
            );
        }
        ensure!(
            found.bytes == self.bytes,
            "has {} bytes, but spec/upstream.toml pins {} for `{}`: correct `bytes`",
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

    #[test]
    fn comments_and_the_order_of_versions_are_kept() {
        let pin = |server: &str, bytes: &str| {
            format!(
                "[[description]]\nserver = \"{server}\"\npackage = \"p\"\nversion = \"1.0.0\" # the older\n\
                 file = \"f\"\nbytes = {bytes}\nsha256 = \"00\"\n"
            )
        };
        let text = format!(
            "# head\nbase = \"ghes-1.9\"\n\n# why\n{}\n{}",
            pin("ghes-1.9", "1"),
            pin("cloud", "1")
        );
        let mut upstream = Upstream::parse(&text).unwrap();
        let of = |server: &str| {
            let publication = Publication { package: "p".into(), version: "2.0.0".into() };
            Pin::of(server, &publication, "f", &vec![0; 1234])
        };
        let pins = [of("ghes-1.10"), of("cloud")];
        pins.iter().for_each(|pin| upstream.set(pin.clone()));
        let written = upstream.write_to(&text, &pins).unwrap();
        assert!(written.starts_with(&format!(
            "# head\nbase = \"ghes-1.9\"\n\n# why\n{}",
            pin("ghes-1.9", "1")
        )));
        assert!(
            written.contains("version = \"2.0.0\" # the older\nfile = \"f\"\nbytes = 1_234\n"),
            "{written}"
        );
        assert_eq!(Upstream::parse(&written).unwrap(), upstream);
        let servers: Vec<_> = upstream.pins.iter().map(|pin| pin.server.as_str()).collect();
        assert_eq!(servers, ["ghes-1.9", "ghes-1.10", "cloud"]);
    }

    #[test]
    fn a_server_that_stands_twice_leaves_the_folder_or_is_not_there_is_refused() {
        let entry = |server: &str| {
            format!(
                "[[description]]\nserver = \"{server}\"\npackage = \"@a/b\"\nversion = \"1.0.0\"\n\
                 file = \"f\"\nbytes = 1\nsha256 = \"00\"\n"
            )
        };
        let base = "base = \"a\"\n";
        let upstream = Upstream::parse(&(base.to_owned() + &entry("a") + &entry("b"))).unwrap();
        let publications = upstream.publications();
        assert_eq!((publications.len(), publications[0].1.len()), (1, 2));
        for (text, says) in [
            (
                base.to_owned() + &entry("a") + &entry("a"),
                "description[1]: server `a` stands twice",
            ),
            (base.to_owned() + &entry("../a"), "server `../a` is no file name"),
            (base.to_owned() + &entry("b"), "base: no description is of the server `a`"),
            (entry("a"), "is not a `base` and a list of [[description]] tables"),
        ] {
            let error = format!("{:#}", Upstream::parse(&text).unwrap_err());
            assert!(error.contains(says), "{error}");
        }
    }
}
