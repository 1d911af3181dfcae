//! `cargo xtask drift`: what other publications of the descriptions would change.

mod newer;

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail, ensure};
use indicatif::MultiProgress;
use semver::Version;

use super::generate::readme;
use super::remove_others;
use crate::artifact::{self, Mode};
use crate::drift::{self, Format, Level};
use crate::inputs::operations::Operations;
use crate::inputs::pins::{Pin, Upstream, ghes_version};
use crate::inputs::publication::{Publication, unpacked_in};
use crate::stages::trim::{self, Trimmed};
use crate::workspace::{self, UPSTREAM};
use crate::{pipeline, print};
use newer::Newer;

/// What to compare, and what to do with it.
#[derive(Clone, Debug)]
pub struct Options {
    /// A folder of tarballs, or with the descriptions themselves; nothing is downloaded.
    pub from: Option<PathBuf>,
    /// The version of the package to compare with; the newest if none.
    pub against: Option<String>,
    /// How the report is written.
    pub format: Format,
    /// Pin what was compared with, and generate the SDK from it.
    pub write: bool,
}

/// What a comparison came to.
#[derive(Clone, Debug)]
pub struct Drift {
    /// The report, in the form that was asked for.
    pub text: String,
    /// The worst that was found.
    pub verdict: Level,
    /// Whether the generator does not take the descriptions as they are.
    pub refused: bool,
    /// Whether anything at all is different in what the SDK is made from.
    pub moved: bool,
    /// What the descriptions were compared with.
    pub against: String,
}

/// Compares the pinned descriptions with those of another publication.
///
/// # Errors
///
/// The publication is not there, holds none of the servers, or has a description that cannot be read.
pub fn drift(root: &Path, options: &Options) -> Result<Drift> {
    let upstream = workspace::upstream(root)?;
    let inputs = workspace::inputs_of(root, &upstream)?;
    let sdk = pipeline::normalized(&inputs)?;
    let source = Source::find(root, options, &upstream)?;
    let against = source.label();
    let read = read_all(
        &source.publication,
        &source.folder,
        &MultiProgress::new(),
        &upstream,
        &inputs.operations,
    )?;
    ensure!(!read.is_empty(), "{against}: has the description of none of the servers");
    let newer = Newer::of(&upstream, &inputs, read);
    let generated = pipeline::run(&newer.inputs);
    let refusal = generated.as_ref().err().map(|error| format!("{error:#}"));
    let mut report = newer.report(&against, &sdk, refusal)?;
    if let Ok(newer_sdk) = pipeline::normalized(&newer.inputs) {
        report.add(drift::lost_lists(&sdk, &newer_sdk));
    }
    if options.write {
        let mut artifacts = newer.artifacts(&workspace::text(root, UPSTREAM)?)?;
        match generated {
            Ok(output) => {
                artifacts.push(readme(root, &output.servers)?);
                artifacts.extend(output.artifacts);
                remove_others(root, print::FOLDER, &mut artifacts)?;
            }
            Err(_) => {
                eprintln!("the SDK is not generated: the report says what the generator refuses")
            }
        }
        let outcome = artifact::reconcile(root, &artifacts, Mode::Write)?;
        outcome.stale.iter().for_each(|path| eprintln!("wrote {path}"));
    }
    let (text, verdict) = (report.print(options.format), report.verdict());
    Ok(Drift { text, verdict, refused: report.refusal.is_some(), moved: report.moved, against })
}

/// Where the descriptions to compare with are.
struct Source {
    publication: Publication,
    folder: PathBuf,
    /// Whether they are files of their own, not packed.
    unpacked: Option<PathBuf>,
}

impl Source {
    fn find(root: &Path, options: &Options, upstream: &Upstream) -> Result<Self> {
        let package = upstream.package();
        if let Some(version) = &options.against {
            Version::parse(version)
                .with_context(|| format!("--against {version}: is no version such as 23.0.2"))?;
        }
        let named = options
            .against
            .clone()
            .map(|version| Publication { package: package.clone(), version });
        let Some(folder) = options.from.clone() else {
            let publication = match named {
                Some(publication) => publication,
                None => Publication::newest(&package)?,
            };
            let folder = root.join("target/upstream");
            publication.fetch(&folder)?;
            return Ok(Self { publication, folder, unpacked: None });
        };
        let unpacked = unpacked_in(&folder);
        let packed = Publication::all_in(&folder, &package)?;
        let shown = folder.display();
        let publication = match (named, packed.last(), &unpacked) {
            (Some(named), None, Some(_)) => named,
            (Some(named), ..) if packed.contains(&named) => named,
            (Some(named), ..) => bail!(
                "{shown}: has no {}: make it there with npm pack {}@{}",
                named.tarball(),
                named.package,
                named.version
            ),
            (None, Some(newest), None) => newest.clone(),
            (None, None, Some(_)) => Publication { package, version: "unpacked".to_owned() },
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
        let is_packed = packed.contains(&publication);
        let unpacked = unpacked.filter(|_| !is_packed);
        ensure!(
            unpacked.is_none() || !options.write,
            "{shown}: only a publication can be pinned, packed as `npm pack` does it: leave out --write"
        );
        Ok(Self { publication, folder, unpacked })
    }

    fn label(&self) -> String {
        match &self.unpacked {
            Some(place) => format!("the descriptions in {}", place.display()),
            None => format!("{} {}", self.publication.package, self.publication.version),
        }
    }
}

/// The descriptions of a publication that the SDK is for, trimmed, in the order of the pins.
fn read_all(
    publication: &Publication,
    folder: &Path,
    bars: &MultiProgress,
    upstream: &Upstream,
    operations: &Operations,
) -> Result<Vec<(Pin, Trimmed)>> {
    let mut read = Vec::new();
    publication.descriptions(folder, bars, |server, file, content| {
        if upstream.takes(server) {
            let pin = Pin::of(server, publication, file, &content);
            let trimmed = trim::trim(&content, &pin, operations.ids())?;
            read.push((pin, trimmed));
        }
        Ok(())
    })?;
    read.sort_by_key(|(pin, _)| (upstream.place_of(&pin.server), ghes_version(&pin.server)));
    Ok(read)
}
