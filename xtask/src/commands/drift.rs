//! `cargo xtask drift`: what other publications of the descriptions would change.

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};
use indicatif::MultiProgress;
use rayon::prelude::*;
use serde_json::Value;

use super::{UPSTREAM, inputs, operations, readme, text, trimmed_file, upstream};
use crate::artifact::{self, Artifact, Mode};
use crate::drift::{self, Finding, Format, Level, Report, Step};
use crate::json;
use crate::operations::Operations;
use crate::pipeline::{self, Description, Inputs};
use crate::publication::{Publication, unpacked_in};
use crate::trim;
use crate::upstream::{Pin, Upstream, ghes_version};

/// What to compare, and what to do with it.
#[derive(Clone, Debug)]
pub struct Options {
    /// A folder of tarballs, or with the descriptions themselves; nothing is downloaded.
    pub from: Option<PathBuf>,
    /// The version of the package to compare with; the newest if none.
    pub against: Option<String>,
    /// Compare the descriptions with each other, oldest first, instead of with a publication.
    pub history: bool,
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
    let inputs = inputs(root)?;
    let sdk = pipeline::normalized(&inputs)?;
    if options.history {
        let comparisons = match &options.from {
            Some(folder) => history_of(folder, root)?,
            None => history_of_pins(&inputs),
        };
        let report = drift::history(&comparisons, &sdk)?;
        return Ok(finish(&report, options.format, "the history".to_owned()));
    }
    let upstream = upstream(root)?;
    let operations = operations(root)?;
    let (label, read) = read(root, options, &upstream, &operations)?;
    let newer = Newer::of(&upstream, &inputs, read);
    let mut report = newer.report(&label, &sdk)?;
    let generated = pipeline::run(&newer.inputs);
    report.notes.push(match &generated {
        Ok(_) => "The generator takes these descriptions as they are.".to_owned(),
        Err(error) => {
            format!("The generator refuses these descriptions until this is settled: {error:#}")
        }
    });
    let moved = newer.moved || generated.is_err();
    if options.write {
        let mut artifacts = newer.artifacts(&text(root, UPSTREAM)?)?;
        if let Ok(output) = generated {
            artifacts.push(readme(root, &output.servers)?);
            artifacts.extend(output.artifacts);
        }
        let outcome = artifact::reconcile(root, &artifacts, Mode::Write)?;
        outcome.stale.iter().for_each(|path| eprintln!("wrote {path}"));
    }
    Ok(Drift { moved, ..finish(&report, options.format, label) })
}

fn finish(report: &Report, format: Format, against: String) -> Drift {
    Drift { text: report.print(format), verdict: report.verdict(), moved: false, against }
}

/// The descriptions to compare with, trimmed, and what they are called together.
fn read(
    root: &Path,
    options: &Options,
    upstream: &Upstream,
    operations: &Operations,
) -> Result<(String, Vec<(Pin, Value)>)> {
    let package = upstream.pins.last().map(|pin| pin.package.clone()).unwrap_or_default();
    let cache = root.join("target/upstream");
    let folder = options.from.as_deref().unwrap_or(&cache);
    let publication = match (&options.against, &options.from) {
        (Some(version), _) => Publication { package, version: version.clone() },
        (None, None) => Publication::newest(&package)?,
        (None, Some(folder)) => match Publication::all_in(folder, &package)?.pop() {
            Some(newest) => newest,
            None if unpacked_in(folder).is_some() => {
                Publication { package, version: "unpacked".to_owned() }
            }
            None => bail!(
                "{}: holds neither a tarball of {package} nor a description such as api.github.com.json",
                folder.display()
            ),
        },
    };
    if options.from.is_none() {
        publication.fetch(&cache)?;
    }
    let read = read_all(&publication, folder, &MultiProgress::new(), upstream, operations)?;
    let label = format!("{} {}", publication.package, publication.version);
    if read.is_empty() {
        bail!("{label} in {}: has the description of none of the servers", folder.display());
    }
    Ok((label, read))
}

/// The pins and inputs as they would be.
struct Newer<'a> {
    pinned: &'a Inputs,
    upstream: Upstream,
    inputs: Inputs,
    /// What was read, in the order of the pins.
    pins: Vec<Pin>,
    /// Servers that are not pinned today.
    added: Vec<String>,
    moved: bool,
}

impl<'a> Newer<'a> {
    fn of(upstream: &Upstream, pinned: &'a Inputs, read: Vec<(Pin, Value)>) -> Self {
        let mut newer = Self {
            pinned,
            upstream: upstream.clone(),
            inputs: pinned.clone(),
            pins: Vec::new(),
            added: Vec::new(),
            moved: false,
        };
        for (pin, document) in read {
            let file = trimmed_file(&pin.server);
            let description = Description { server: pin.server.clone(), file, document };
            let known = newer.inputs.descriptions.iter().position(|one| one.server == pin.server);
            match known.and_then(|index| newer.inputs.descriptions.get_mut(index)) {
                Some(old) => {
                    newer.moved |=
                        without_source(&old.document) != without_source(&description.document);
                    *old = description;
                }
                None => {
                    newer.moved = true;
                    newer.added.push(pin.server.clone());
                    let place = newer.upstream.place_of(&pin.server);
                    newer.inputs.descriptions.insert(place, description);
                }
            }
            newer.upstream.set(pin.clone());
            newer.pins.push(pin);
        }
        newer
    }

    fn report(&self, label: &str, sdk: &Value) -> Result<Report> {
        let mut steps = Vec::new();
        let mut before: Option<&Description> = None;
        for new in &self.inputs.descriptions {
            let old = self.pinned.descriptions.iter().find(|old| old.server == new.server);
            if self.pins.iter().any(|pin| pin.server == new.server)
                && let Some(old) = old.or(before)
            {
                steps.push(step(&new.server, &old.document, &new.document));
            }
            before = Some(new);
        }
        let mut section = drift::compare("Changes", &steps, sdk)?;
        for server in &self.added {
            section.findings.push(Finding {
                level: Level::Additive,
                item: server.clone(),
                said:
                    "is new: a server version that is not pinned; compared with the one before it"
                        .to_owned(),
                operations: self.inputs.operations.names().map(str::to_owned).collect(),
                servers: vec![server.clone()],
                at: "#".to_owned(),
            });
        }
        section.findings.sort_by_key(|finding| Reverse(finding.level));
        let changed = |server: &&str| {
            section.findings.iter().any(|finding| finding.servers.iter().any(|name| name == server))
        };
        let names: Vec<_> = steps.iter().map(|step| step.name.as_str()).collect();
        let (changed, same): (Vec<_>, Vec<_>) = names.iter().partition(|name| changed(name));
        let absent = self.pinned.descriptions.iter().map(|one| one.server.as_str());
        let absent: Vec<_> = absent.filter(|server| !names.contains(server)).collect();
        let mut notes = Vec::new();
        for (said, servers) in [
            ("Different", changed),
            ("The same", same),
            ("Not in this publication, so their pins stay", absent),
        ] {
            if !servers.is_empty() {
                notes.push(format!("{said}: {}.", servers.join(", ")));
            }
        }
        let title = format!("{label} against {UPSTREAM}");
        Ok(Report { title, sections: vec![section], notes })
    }

    /// The pins and the trimmed descriptions.
    fn artifacts(&self, upstream: &str) -> Result<Vec<Artifact>> {
        let content = self.upstream.write_to(upstream, &self.pins).context(UPSTREAM)?;
        let mut artifacts = vec![Artifact { path: UPSTREAM.to_owned(), content: Some(content) }];
        artifacts.extend(self.inputs.descriptions.iter().map(|one| Artifact {
            path: one.file.clone(),
            content: Some(json::print(&one.document)),
        }));
        Ok(artifacts)
    }
}

/// What a description says, whichever publication it is from.
fn without_source(document: &Value) -> Value {
    let mut document = document.clone();
    document["x-source"].take();
    document["info"].take();
    document
}

/// Each pinned server against the one before it.
fn history_of_pins(inputs: &Inputs) -> Vec<(String, Vec<Step>)> {
    let pairs = inputs.descriptions.iter().zip(inputs.descriptions.iter().skip(1));
    let steps = pairs.map(|(old, new)| {
        let title = format!("{} -> {}", old.server, new.server);
        (title, vec![step(&new.server, &old.document, &new.document)])
    });
    steps.collect()
}

/// All publications in a folder: each server against its description in an earlier publication or,
/// where it is new, against the server before it.
fn history_of(folder: &Path, root: &Path) -> Result<Vec<(String, Vec<Step>)>> {
    let (upstream, operations) = (upstream(root)?, operations(root)?);
    let package = upstream.pins.last().map(|pin| pin.package.clone()).unwrap_or_default();
    let publications = Publication::all_in(folder, &package)?;
    if publications.is_empty() {
        bail!("{}: has no tarball of {package}", folder.display());
    }
    let bars = MultiProgress::new();
    let read = publications.par_iter().map(|publication| {
        let read = read_all(publication, folder, &bars, &upstream, &operations)?;
        Ok((publication.version.clone(), read))
    });
    let read: Vec<Result<_>> = read.collect();
    let mut latest: BTreeMap<String, (String, Value)> = BTreeMap::new();
    let mut comparisons = Vec::new();
    for publication in read {
        let (version, read) = publication?;
        let mut moved: BTreeMap<String, Vec<Step>> = BTreeMap::new();
        let mut added = Vec::new();
        let mut before: Option<&(Pin, Value)> = None;
        for one in &read {
            let (pin, document) = one;
            match (latest.get(&pin.server), before) {
                (Some((old_version, old)), _) => {
                    let title = format!("{old_version} -> {version}");
                    moved.entry(title).or_default().push(step(&pin.server, old, document));
                }
                (None, Some((old_pin, old))) => {
                    let title = format!("{version}: {} -> {}", old_pin.server, pin.server);
                    added.push((title, vec![step(&pin.server, old, document)]));
                }
                (None, None) => {}
            }
            before = Some(one);
        }
        comparisons.extend(moved);
        comparisons.extend(added);
        latest.extend(
            read.into_iter().map(|(pin, document)| (pin.server, (version.clone(), document))),
        );
    }
    Ok(comparisons)
}

fn step(name: &str, old: &Value, new: &Value) -> Step {
    Step { name: name.to_owned(), old: old.clone(), new: new.clone() }
}

/// The descriptions of a publication that the SDK is for, trimmed, in the order of the pins.
fn read_all(
    publication: &Publication,
    folder: &Path,
    bars: &MultiProgress,
    upstream: &Upstream,
    operations: &Operations,
) -> Result<Vec<(Pin, Value)>> {
    let mut read = Vec::new();
    publication.descriptions(folder, bars, |server, file, content| {
        if upstream.takes(server) {
            let pin = Pin::of(server, publication, file, &content);
            let trimmed = trim::trim(&content, &pin, operations.ids())?;
            read.push((pin, trimmed.document));
        }
        Ok(())
    })?;
    read.sort_by_key(|(pin, _)| (upstream.place_of(&pin.server), ghes_version(&pin.server)));
    Ok(read)
}
