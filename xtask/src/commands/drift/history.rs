//! Descriptions against each other, instead of against another publication.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::{Result, bail};
use indicatif::MultiProgress;
use rayon::prelude::*;
use serde_json::Value;

use super::read_all;
use crate::drift::Step;
use crate::inputs::operations::Operations;
use crate::inputs::pins::{Pin, Upstream};
use crate::inputs::publication::Publication;
use crate::pipeline::Inputs;
use crate::stages::trim::Trimmed;

/// Each pinned server against the one before it.
pub(super) fn history_of_pins(inputs: &Inputs) -> Vec<(String, Vec<Step>)> {
    let pairs = inputs.descriptions.iter().zip(inputs.descriptions.iter().skip(1));
    let steps = pairs.map(|(old, new)| {
        let title = format!("{} -> {}", old.server, new.server);
        (title, vec![Step::new(&new.server, &old.document, &new.document)])
    });
    steps.collect()
}

/// All publications in a folder: each server against its description in an earlier publication or,
/// where it is new, against the server before it.
pub(super) fn history_of(
    folder: &Path,
    upstream: &Upstream,
    operations: &Operations,
) -> Result<Vec<(String, Vec<Step>)>> {
    let package = upstream.package();
    let publications = Publication::all_in(folder, &package)?;
    if publications.is_empty() {
        bail!("{}: has no tarball of {package}", folder.display());
    }
    let bars = MultiProgress::new();
    let read = publications.par_iter().map(|publication| {
        let read = read_all(publication, folder, &bars, upstream, operations)?;
        Ok((publication.version.clone(), read))
    });
    let read: Vec<Result<_>> = read.collect();
    let mut latest: BTreeMap<String, (String, Value)> = BTreeMap::new();
    let mut comparisons = Vec::new();
    for publication in read {
        let (version, read) = publication?;
        let mut moved: BTreeMap<String, Vec<Step>> = BTreeMap::new();
        let mut added = Vec::new();
        let mut before: Option<&(Pin, Trimmed)> = None;
        for one in &read {
            let (pin, Trimmed { document, .. }) = one;
            match (latest.get(&pin.server), before) {
                (Some((old_version, old)), _) => {
                    let title = format!("{old_version} -> {version}");
                    moved.entry(title).or_default().push(Step::new(&pin.server, old, document));
                }
                (None, Some((old_pin, Trimmed { document: old, .. }))) => {
                    let title = format!("{version}: {} -> {}", old_pin.server, pin.server);
                    added.push((title, vec![Step::new(&pin.server, old, document)]));
                }
                (None, None) => {}
            }
            before = Some(one);
        }
        comparisons.extend(moved);
        comparisons.extend(added);
        latest.extend(
            read.into_iter()
                .map(|(pin, trimmed)| (pin.server, (version.clone(), trimmed.document))),
        );
    }
    Ok(comparisons)
}
