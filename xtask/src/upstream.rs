//! The pinned descriptions: where they are, and that they are the ones.

#![expect(
    clippy::disallowed_types,
    clippy::disallowed_methods,
    reason = "reads tarballs, calls npm"
)]

use std::fs::{self, File};
use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result, bail};
use flate2::read::GzDecoder;
use indicatif::{ProgressBar, ProgressStyle};
use serde::Deserialize;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use crate::json;

/// No description is larger than this: a tarball that says otherwise is not read into memory.
const LARGEST: u64 = 256 << 20;

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

/// Reads `spec/upstream.toml`.
///
/// # Errors
///
/// The text is not a list of `[[description]]` tables, or a server stands twice or has a name that
/// is no file name.
pub fn parse(text: &str) -> Result<Vec<Pin>> {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Pins {
        description: Vec<Pin>,
    }
    let pins: Pins = toml::from_str(text).context("is not a list of [[description]] tables")?;
    let pins = pins.description;
    for (index, pin) in pins.iter().enumerate() {
        let plain = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
        if pin.server.is_empty() || pin.server.starts_with('.') || !pin.server.chars().all(plain) {
            bail!("description[{index}]: server `{}` is no file name", pin.server);
        }
        if pins.iter().take(index).any(|other| other.server == pin.server) {
            bail!("description[{index}]: server `{}` stands twice", pin.server);
        }
    }
    if pins.is_empty() {
        bail!("pins no description");
    }
    Ok(pins)
}

impl Pin {
    /// Where a trimmed description says that it comes from.
    pub fn source(&self) -> Value {
        json!({
            "package": self.package, "version": self.version, "file": self.file, "sha256": self.sha256,
        })
    }

    /// What `npm pack` calls the tarball: `octokit-openapi-14.0.0.tgz`.
    pub fn tarball(&self) -> String {
        let package = self.package.trim_start_matches('@').replace('/', "-");
        format!("{package}-{}.tgz", self.version)
    }

    /// The description, from the tarball in `folder`.
    ///
    /// # Errors
    ///
    /// The tarball or the file is not there, or one byte is not what is pinned.
    pub fn read(&self, folder: &Path) -> Result<Vec<u8>> {
        let path = folder.join(self.tarball());
        let place = || format!("{} in {}", self.file, path.display());
        let file = File::open(&path).with_context(|| {
            format!(
                "{}: make it there with npm pack {}@{}",
                path.display(),
                self.package,
                self.version
            )
        })?;
        let bar = progress(file.metadata().map_or(0, |data| data.len()), &self.server);
        let mut archive = tar::Archive::new(GzDecoder::new(bar.wrap_read(file)));
        for entry in archive.entries()? {
            let entry = entry.with_context(|| path.display().to_string())?;
            if entry.path()? != Path::new(&self.file) {
                continue;
            }
            let mut content = Vec::new();
            entry.take(LARGEST).read_to_end(&mut content).with_context(place)?;
            bar.finish_and_clear();
            self.verify(&content).with_context(place)?;
            return Ok(content);
        }
        bail!("{}: no such file in the tarball", place())
    }

    fn verify(&self, content: &[u8]) -> Result<()> {
        let sha256 = json::hex(&Sha256::digest(content));
        if sha256 != self.sha256 {
            bail!(
                "sha-256 is {sha256} ({} bytes), but spec/upstream.toml pins {} ({} bytes) for `{}`; \
                 take the pinned publication, or pin this one on purpose",
                content.len(),
                self.sha256,
                self.bytes,
                self.server
            );
        }
        if content.len() as u64 != self.bytes {
            bail!(
                "has {} bytes, but spec/upstream.toml pins {} for `{}`: correct `bytes`",
                content.len(),
                self.bytes,
                self.server
            );
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
        let npm = Command::new("npm").args(["pack", "--silent", &what]).current_dir(&aside).output().context(
            "cannot run npm: install Node.js, or give a folder of packed tarballs with --from DIR",
        )?;
        let packed: PathBuf = aside.path().join(self.tarball());
        if !npm.status.success() || !packed.exists() {
            bail!("npm pack {what}: {}", String::from_utf8_lossy(&npm.stderr).trim());
        }
        fs::rename(packed, cache.join(self.tarball()))?;
        Ok(())
    }
}

/// A bar on a terminal; nothing where the output is not one.
fn progress(bytes: u64, server: &str) -> ProgressBar {
    let style = ProgressStyle::with_template("{msg} {wide_bar} {bytes}/{total_bytes}");
    let style = style.unwrap_or_else(|_| ProgressStyle::default_bar());
    ProgressBar::new(bytes).with_style(style).with_message(format!("reading {server}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_that_stands_twice_or_leaves_the_folder_is_refused() {
        let entry = |server: &str| {
            format!(
                "[[description]]\nserver = \"{server}\"\npackage = \"@a/b\"\nversion = \"1.0.0\"\n\
                 file = \"f\"\nbytes = 1\nsha256 = \"00\"\n"
            )
        };
        assert_eq!(parse(&entry("a")).unwrap()[0].tarball(), "a-b-1.0.0.tgz");
        for (text, says) in [
            (entry("a") + &entry("a"), "description[1]: server `a` stands twice"),
            (entry("../a"), "server `../a` is no file name"),
        ] {
            let error = parse(&text).unwrap_err().to_string();
            assert!(error.contains(says), "{error}");
        }
    }
}
