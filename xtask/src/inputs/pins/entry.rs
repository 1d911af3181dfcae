//! The TOML form of `spec/upstream.toml`: one `[[description]]` table becomes one pin.

use anyhow::{Context as _, Result, bail, ensure};
use serde::Deserialize;

use super::{Pin, is_server_name};
use crate::inputs::publication::Publication;
use crate::inputs::publication::git::Commit;
use crate::inputs::publication::npm::Release;
use crate::untrusted::one_line;

/// The TOML form of `spec/upstream.toml`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct File {
    pub(super) base: String,
    pub(super) description: Vec<Entry>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Entry {
    server: String,
    package: Option<String>,
    version: Option<String>,
    git: Option<String>,
    commit: Option<String>,
    file: String,
    bytes: u64,
    sha256: String,
    pub(super) trimmed: Option<String>,
}

impl Entry {
    /// Checks the values and returns the pin.
    pub(super) fn pin(self) -> Result<Pin> {
        let Self { server, package, version, git, commit, file, bytes, sha256, .. } = self;
        ensure!(is_server_name(&server), "server `{}` is not a valid file name", one_line(&server));
        let publication = match (package, version, git, commit) {
            (Some(package), Some(version), None, None) => {
                Publication::Npm(Release { package, version })
            }
            (None, None, Some(repository), Some(id)) => Publication::Git(Commit { repository, id }),
            (None, None, None, None) => bail!("server `{server}` has no source; {SOURCES}"),
            (Some(_), None, None, None) => {
                bail!("server `{server}` has `package`, but not `version`")
            }
            (None, Some(_), None, None) => {
                bail!("server `{server}` has `version`, but not `package`")
            }
            (None, None, Some(_), None) => bail!("server `{server}` has `git`, but not `commit`"),
            (None, None, None, Some(_)) => bail!("server `{server}` has `commit`, but not `git`"),
            _ => bail!("server `{server}` has two sources; {SOURCES}"),
        };
        publication.check().with_context(|| format!("server `{server}`"))?;
        let pin = Pin { server, publication, file, bytes, sha256 };
        pin.check_file().with_context(|| format!("server `{}`", pin.server))?;
        Ok(pin)
    }
}

const SOURCES: &str = "give either `package` and `version` (npm), or `git` and `commit`";
