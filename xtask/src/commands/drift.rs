//! `cargo xtask drift`: what other publications of the descriptions would change.

mod newer;
mod sources;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use anyhow::{Result, ensure};
use indicatif::MultiProgress;

use super::generate::readme;
use super::remove_others;
use crate::artifact::{self, Mode};
use crate::codegen;
use crate::drift::{Format, Level};
use crate::inputs::operations::Operations;
use crate::inputs::pins::{Pin, Upstream};
use crate::openapi::servers::ghes_version;
use crate::pipeline;
use crate::stages::trim::{self, Trimmed};
use crate::workspace::{self, UPSTREAM};
use newer::Newer;
use sources::Source;

/// The descriptions to compare with, and the output.
#[derive(Clone, Debug)]
pub struct Options {
    /// A folder of tarballs, or with the descriptions themselves; nothing is downloaded.
    pub from: Option<PathBuf>,
    /// The version of the package or the commit of the repository to compare with; the newest if none.
    pub against: Option<String>,
    /// The repository to compare with, instead of those that are pinned.
    pub git: Option<String>,
    /// The format of the report.
    pub format: Format,
    /// Pin what was compared with, and generate the SDK from it.
    pub write: bool,
}

/// The outcome of a comparison.
#[derive(Clone, Debug)]
pub struct Drift {
    /// The report, in the form that was asked for.
    pub text: String,
    /// The worst that was found.
    pub verdict: Level,
    /// True if the generator refuses the descriptions.
    pub refused: bool,
    /// True if any input of the SDK is different.
    pub moved: bool,
    /// The publications that the descriptions were compared with.
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
    let sources = sources::find(root, options, &upstream)?;
    let labels: Vec<_> = sources.iter().map(Source::label).collect();
    let against = labels.join(" and ");
    let read = read_all(&sources, &upstream, &inputs.operations)?;
    ensure!(!read.is_empty(), "{against}: has the description of none of the servers");
    let newer = Newer::of(&upstream, &inputs, read);
    let generated = pipeline::run(&newer.inputs);
    let refusal = generated.as_ref().err().map(|error| format!("{error:#}"));
    let report = newer.report(&against, refusal)?;
    if options.write {
        let mut artifacts = newer.artifacts(root, &workspace::text(root, UPSTREAM)?)?;
        match generated {
            Ok(output) => {
                artifacts.push(readme(root, &output.servers)?);
                artifacts.extend(output.artifacts);
                remove_others(root, codegen::FOLDER, &mut artifacts)?;
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

/// The descriptions that the SDK is for, trimmed, in the order of the pins.
///
/// Of several sources, a pinned server is read from its own, and a new one from the first that has it.
fn read_all(
    sources: &[Source],
    upstream: &Upstream,
    operations: &Operations,
) -> Result<Vec<(Pin, Trimmed)>> {
    let bars = MultiProgress::new();
    let mut read: Vec<(Pin, Trimmed)> = Vec::new();
    for Source { publication, place, .. } in sources {
        let is_read: BTreeSet<_> = read.iter().map(|(pin, _)| pin.server.clone()).collect();
        let is_wanted = |server: &str| {
            let pinned = upstream.pins.iter().find(|pin| pin.server == server);
            let is_elsewhere = sources.len() > 1
                && pinned.is_some_and(|pin| !pin.publication.has_origin_of(publication));
            upstream.takes(server) && !is_elsewhere && !is_read.contains(server)
        };
        publication.descriptions(place, &bars, upstream, is_wanted, |server, file, content| {
            let pin = Pin::of(server, publication, file, &content);
            pin.check_file()?;
            let trimmed = trim::trim(&content, &pin, operations.ids())?;
            read.push((pin, trimmed));
            Ok(())
        })?;
    }
    read.sort_by_key(|(pin, _)| (upstream.place_of(&pin.server), ghes_version(&pin.server)));
    Ok(read)
}
