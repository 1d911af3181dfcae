//! The sources of the descriptions to compare with: npm, git, or a folder.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail, ensure};
use semver::Version;

use super::Options;
use crate::inputs::pins::Upstream;
use crate::inputs::publication::git::{Commit, is_commit_id};
use crate::inputs::publication::npm::Release;
use crate::inputs::publication::{Place, Publication, unpacked_in};
use crate::untrusted::one_line;

/// Descriptions to compare with.
pub(super) struct Source {
    pub(super) publication: Publication,
    pub(super) place: Place,
    /// The folder of single files, if they are neither packed nor fetched.
    unpacked: Option<PathBuf>,
}

impl Source {
    pub(super) fn label(&self) -> String {
        match &self.unpacked {
            Some(place) => format!("the descriptions in {}", place.display()),
            None => self.publication.to_string(),
        }
    }
}

/// The publications that the options name, downloaded; without options, the newest one of each package and repository
/// that is pinned.
pub(super) fn find(root: &Path, options: &Options, upstream: &Upstream) -> Result<Vec<Source>> {
    if let Some(folder) = &options.from {
        return Ok(vec![in_folder(folder, options, upstream)?]);
    }
    let place = Place::new(root, None);
    let publications = match named(options, upstream)? {
        Some(publication) => vec![publication],
        None => {
            let repository = options.git.as_ref().map(|repository| {
                Publication::Git(Commit { repository: repository.clone(), id: String::new() })
            });
            let origins = repository.as_ref().map_or_else(|| upstream.origins(), |it| vec![it]);
            let newest = origins.into_iter().map(|origin| origin.newest(root, &place));
            newest.collect::<Result<_>>()?
        }
    };
    let fetched = publications.into_iter().map(|publication| {
        publication.fetch(root, &place)?;
        Ok(Source { publication, place: place.clone(), unpacked: None })
    });
    fetched.collect()
}

/// The publication that `--against` names: a version of the pinned package, or a commit.
fn named(options: &Options, upstream: &Upstream) -> Result<Option<Publication>> {
    let Some(against) = &options.against else { return Ok(None) };
    if is_commit_id(against) {
        let repository = options.git.as_deref().or_else(|| upstream.repository());
        let repository = repository
            .with_context(|| {
                format!("--against {against}: no pin is from git: name the repository with --git")
            })?
            .to_owned();
        return Ok(Some(Publication::Git(Commit { repository, id: against.clone() })));
    }
    let shown = one_line(against);
    Version::parse(against).with_context(|| {
        format!("--against {shown}: is neither a version such as 23.0.2 nor a commit of 40 hexadecimal digits")
    })?;
    ensure!(
        options.git.is_none(),
        "--against {shown}: a repository has commits: give 40 hexadecimal digits"
    );
    let package = upstream.package().with_context(|| {
        format!("--against {shown}: no pin is from npm: give a commit of 40 hexadecimal digits")
    })?;
    let release = Release { package: package.to_owned(), version: against.clone() };
    Ok(Some(Publication::Npm(release)))
}

/// A tarball in the folder, or the descriptions themselves.
fn in_folder(folder: &Path, options: &Options, upstream: &Upstream) -> Result<Source> {
    let shown = folder.display();
    let named = match named(options, upstream)? {
        Some(Publication::Npm(release)) => Some(release),
        Some(Publication::Git(commit)) => bail!(
            "--against {}: a commit is fetched from its repository: leave out --from, or name a clone with --git",
            commit.id
        ),
        None => None,
    };
    let package = upstream.package().unwrap_or("@octokit/openapi");
    let unpacked = unpacked_in(folder);
    let packed = Release::all_in(folder, package)?;
    let release = match (named, packed.last(), &unpacked) {
        (Some(named), None, Some(_)) => named,
        (Some(named), ..) if packed.contains(&named) => named,
        (Some(named), ..) => bail!(
            "{shown}: has no {}: make it there with npm pack {}@{}",
            named.tarball(),
            named.package,
            named.version
        ),
        (None, Some(newest), None) => newest.clone(),
        (None, None, Some(_)) => {
            Release { package: package.to_owned(), version: "unpacked".to_owned() }
        }
        (None, Some(newest), Some(_)) => bail!(
            "{shown}: holds {} and descriptions that are not packed: say with --against {} that the \
             tarball is meant, or give the descriptions a folder of their own",
            newest.tarball(),
            newest.version
        ),
        (None, None, None) => bail!(
            "{shown}: holds neither a tarball of {package} nor a description such as api.github.com.json"
        ),
    };
    let unpacked = unpacked.filter(|_| !packed.contains(&release));
    ensure!(
        unpacked.is_none() || !options.write,
        "{shown}: only a publication can be pinned, packed as `npm pack` does it: leave out --write"
    );
    let place = Place::Given(folder.to_owned());
    Ok(Source { publication: Publication::Npm(release), place, unpacked })
}
