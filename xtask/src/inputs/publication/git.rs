//! Commits of a git repository, as partial clones without credentials: only the files that are read are fetched.

#![expect(clippy::disallowed_methods, reason = "calls git, which writes its store")]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result, bail, ensure};
use sha2::{Digest as _, Sha256};

use super::{LARGEST, Publication};
use crate::inputs::pins::{Upstream, is_server_name};
use crate::openapi::json;
use crate::program;
use crate::untrusted::one_line;

/// The folder with one subfolder for each server in `github/rest-api-description`.
const DESCRIPTIONS: &str = "descriptions";

/// Settings for each call: no password prompt, no hooks, no clean-up in the background.
const SETTINGS: [&str; 9] = [
    "credential.helper=",
    "core.askPass=",
    "core.hooksPath=/dev/null",
    "core.fsmonitor=false",
    "fetch.recurseSubmodules=no",
    "gc.auto=0",
    "maintenance.auto=false",
    // Abort a transfer that is slower than 1000 bytes per second for 60 seconds.
    "http.lowSpeedLimit=1000",
    "http.lowSpeedTime=60",
];

/// A commit of a git repository.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Commit {
    /// The URL of the repository (`https://` or `file://`), or its path, relative to the workspace.
    pub repository: String,
    /// The full id: 40 hexadecimal digits.
    pub id: String,
}

impl Commit {
    pub(super) fn check(&self) -> Result<()> {
        check_repository(&self.repository)?;
        ensure!(
            is_commit_id(&self.id),
            "commit `{}` is not 40 hexadecimal digits in lower case",
            one_line(&self.id)
        );
        Ok(())
    }

    /// The newest commit of the default branch.
    pub(crate) fn newest(root: &Path, cache: &Path, repository: &str) -> Result<Self> {
        let store = Store::open(root, cache, repository)?;
        let printed = run(store.git().args(["ls-remote", "--quiet", "--", "origin", "HEAD"]))?;
        let printed = String::from_utf8_lossy(&printed);
        let id = printed.split_whitespace().next().unwrap_or_default().to_owned();
        ensure!(is_commit_id(&id), "{repository}: git ls-remote printed no commit for HEAD");
        Ok(Self { repository: repository.to_owned(), id })
    }

    /// Fetches the commit and its trees, without file contents, unless `cache` already has them.
    pub(super) fn fetch(&self, root: &Path, cache: &Path) -> Result<()> {
        self.check()?;
        let store = Store::open(root, cache, &self.repository)?;
        // The reference exists only after a complete fetch.
        let reference = format!("refs/pinned/{}", self.id);
        if run(store.git().args(["rev-parse", "--quiet", "--verify", &reference])).is_ok() {
            return Ok(());
        }
        eprintln!("fetching {} of {} (kept in {})", self.id, self.repository, cache.display());
        let mut fetch = store.git();
        fetch.args(["fetch", "--quiet", "--depth=1", "--filter=blob:none", "--no-tags"]);
        fetch.args(["--no-write-fetch-head", "--", "origin", &format!("+{}:{reference}", self.id)]);
        run(&mut fetch)?;
        Ok(())
    }

    /// The content of a file. git fetches it if the store does not have it.
    pub(super) fn read(&self, cache: &Path, file: &str) -> Result<Vec<u8>> {
        self.check()?;
        let store = Store::of(cache, &self.repository);
        let object = format!("{}:{file}", self.id);
        let place = || format!("{} in {} at {}", one_line(file), self.repository, self.id);
        let size = run(store.git().args(["cat-file", "-s", &object])).with_context(place)?;
        let size: u64 = String::from_utf8_lossy(&size).trim().parse().with_context(place)?;
        ensure!(size <= LARGEST, "{}: has {size} bytes, the limit is {LARGEST}", place());
        run(store.git().args(["cat-file", "blob", &object])).with_context(place)
    }

    /// The servers that `wanted` accepts, each with its file: the pinned one, or else
    /// `descriptions/<server>/<server>.json`.
    pub(super) fn files(
        &self,
        cache: &Path,
        upstream: &Upstream,
        wanted: impl Fn(&str) -> bool,
    ) -> Result<Vec<(String, String)>> {
        self.check()?;
        let mut files = Vec::new();
        for pin in &upstream.pins {
            if let Publication::Git(commit) = &pin.publication
                && commit.repository == self.repository
            {
                files.push((pin.server.clone(), pin.file.clone()));
            }
        }
        for folder in self.listed(cache, &[&format!("{DESCRIPTIONS}/")])? {
            let server = folder.rsplit('/').next().unwrap_or_default();
            if is_server_name(server) && files.iter().all(|(known, _)| known != server) {
                files.push((server.to_owned(), format!("{folder}/{server}.json")));
            }
        }
        files.retain(|(server, _)| wanted(server));
        let paths: Vec<_> = files.iter().map(|(_, file)| file.as_str()).collect();
        let present = self.listed(cache, &paths)?;
        files.retain(|(_, file)| present.contains(file));
        Ok(files)
    }

    /// The paths that exist; of a path that ends with `/`, what is in the folder. Never recursive: a few trees that
    /// contain each other many times have billions of paths.
    fn listed(&self, cache: &Path, paths: &[&str]) -> Result<Vec<String>> {
        // Without a path, git lists the root.
        if paths.is_empty() {
            return Ok(Vec::new());
        }
        let store = Store::of(cache, &self.repository);
        let listed = ["ls-tree", "-z", "--name-only", &self.id, "--"];
        let printed = run(store.git().args(listed).args(paths))?;
        let printed = String::from_utf8_lossy(&printed);
        Ok(printed.split_terminator('\0').map(str::to_owned).collect())
    }
}

/// The bare repository in the cache that stores the fetched commits of one repository.
struct Store(PathBuf);

impl Store {
    fn of(cache: &Path, repository: &str) -> Self {
        let hash = json::hex(&Sha256::digest(repository));
        Self(cache.join(format!("git-{}", hash.get(..16).unwrap_or_default())))
    }

    /// Opens the store of a repository, and creates it if necessary.
    fn open(root: &Path, cache: &Path, repository: &str) -> Result<Self> {
        check_repository(repository)?;
        let store = Self::of(cache, repository);
        fs::create_dir_all(&store.0).with_context(|| store.0.display().to_string())?;
        run(store.git().args(["init", "--quiet", "--bare", "--template="]))?;
        let is_url = repository.contains("://");
        let address = if is_url {
            repository.to_owned()
        } else {
            root.join(repository).display().to_string()
        };
        run(store.git().args(["config", "remote.origin.url", &address]))?;
        Ok(store)
    }

    /// A git command in the store, without the settings, credentials and hooks of the user.
    fn git(&self) -> Command {
        let mut git = program::command("git");
        // Set, so that git does not search the parent folders: the settings of that repository may contain
        // credentials.
        git.current_dir(&self.0).env("GIT_DIR", ".");
        // In the user's home folder, git would read `.gitconfig` and libcurl `.netrc`.
        git.env("HOME", &self.0).env("USERPROFILE", &self.0);
        git.env("GIT_CONFIG_NOSYSTEM", "1").env("GIT_CONFIG_GLOBAL", "/dev/null");
        git.env("GIT_TERMINAL_PROMPT", "0").env("GIT_ALLOW_PROTOCOL", "https:file");
        for setting in SETTINGS {
            git.args(["-c", setting]);
        }
        git
    }
}

pub(crate) fn is_commit_id(text: &str) -> bool {
    text.len() == 40 && text.chars().all(|c| matches!(c, '0'..='9' | 'a'..='f'))
}

/// Accepts `https://`, `file://` or a path. Other forms can run programs (`ext::`) or use keys (`ssh`).
pub(crate) fn check_repository(repository: &str) -> Result<()> {
    let shown = one_line(repository);
    let rest = match repository.split_once("://") {
        Some(("https" | "file", rest)) => rest,
        Some((scheme, _)) => {
            bail!(
                "git `{shown}`: scheme `{}` is not supported; use https or file",
                one_line(scheme)
            )
        }
        // `host:path` is ssh, and `name::address` runs a program.
        None => {
            ensure!(
                !repository.contains(':'),
                "git `{shown}`: is neither a URL (https or file) nor a path"
            );
            repository
        }
    };
    let is_invalid = |c: char| c.is_control() || c.is_whitespace() || "?#".contains(c);
    ensure!(
        !rest.is_empty() && !rest.starts_with('-') && !rest.contains(is_invalid),
        "git `{shown}`: is not a URL or a path of a repository"
    );
    let authority = rest.split('/').next().unwrap_or_default();
    ensure!(
        !repository.starts_with("https") || !authority.contains('@'),
        "git: the URL contains credentials; remove them, the repository must be public"
    );
    Ok(())
}

fn run(git: &mut Command) -> Result<Vec<u8>> {
    program::output(git, "install git, or give a folder of descriptions with --from DIR")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_repository_is_a_public_url_or_a_path() {
        for repository in [
            "https://github.com/github/rest-api-description",
            "file:///srv/mirror.git",
            "/srv/mirror.git",
            "../mirror",
        ] {
            check_repository(repository).unwrap();
        }
        for repository in [
            "",
            "-x",
            "--upload-pack=touch x",
            "https://-x",
            "http://github.com/a/b",
            "ssh://git@github.com/a/b",
            "git@github.com:a/b",
            "ext::sh -c true",
            "ext::true",
            "https://user:secret@github.com/a/b",
            "https://github.com/a/b?token=secret",
            "https://github.com/a b",
            "/srv/a\nb",
        ] {
            let error = check_repository(repository).unwrap_err().to_string();
            assert!(!error.contains('\n') && !error.contains("user:secret"), "{error}");
        }
    }

    #[test]
    fn a_commit_is_pinned_by_its_full_id() {
        let commit = |id: &str| Commit { repository: "/srv/a".to_owned(), id: id.to_owned() };
        commit(&"0a".repeat(20)).check().unwrap();
        for id in ["main", "HEAD", "0a0a0a", "--all", &"0A".repeat(20), &"0a".repeat(32), ""] {
            assert!(commit(id).check().is_err(), "{id}");
        }
    }

    #[test]
    fn folders_without_descriptions_are_not_read() {
        let root = tempfile::tempdir().unwrap();
        let cache = root.path().join("cache");
        let store = Store::open(root.path(), &cache, "/srv/a").unwrap();
        let tree = |line: &str| {
            let path = store.0.join("line");
            fs::write(&path, line).unwrap();
            let mut git = store.git();
            git.args(["mktree", "--missing"])
                .stdin(crate::inputs::publication::folder::open(&path).unwrap());
            String::from_utf8(run(&mut git).unwrap()).unwrap().trim().to_owned()
        };
        let blob = "e69de29bb2d1d6434b8b29ae775ad8c2e48c5391";
        let server = tree(&format!("100644 blob {blob}\tghec.json\n"));
        let other = tree(&format!("100644 blob {blob}\tx.json\n"));
        let descriptions =
            tree(&format!("040000 tree {server}\tghec\n040000 tree {other}\tother\n"));
        // The tree of `bomb` does not exist, so reading it is an error.
        let root = tree(&format!(
            "040000 tree {}\tbomb\n040000 tree {descriptions}\tdescriptions\n",
            "0a".repeat(20)
        ));
        let mut commit = store.git();
        commit.args(["-c", "user.name=t", "-c", "user.email=t@example.com", "commit-tree", &root]);
        let id = String::from_utf8(run(commit.args(["-m", "x"])).unwrap()).unwrap();
        let commit = Commit { repository: "/srv/a".to_owned(), id: id.trim().to_owned() };
        let upstream =
            Upstream { base: String::new(), pins: Vec::new(), shared: Default::default() };
        let files = commit.files(&cache, &upstream, |_| true).unwrap();
        assert_eq!(files, [("ghec".to_owned(), "descriptions/ghec/ghec.json".to_owned())]);
        assert!(commit.files(&cache, &upstream, |_| false).unwrap().is_empty());
    }
}
