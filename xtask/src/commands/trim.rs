//! `cargo xtask trim`: trims the pinned descriptions to the listed operations.

use std::path::Path;

use anyhow::{Context as _, Result, bail};
use indicatif::MultiProgress;
use rayon::prelude::*;
use serde_json::Value;

use super::{remove_others, summary, verdict};
use crate::artifact::{self, Artifact, Mode};
use crate::inputs::operations::Operations;
use crate::inputs::pins::{Pin, Upstream};
use crate::inputs::publication::Place;
use crate::inputs::shared;
use crate::openapi::json;
use crate::stages::trim::{self, Trimmed};
use crate::workspace::{self, OPERATIONS, TRIMMED, UPSTREAM, trimmed_file};

/// Trims the pinned descriptions and writes them to `spec/trimmed`, one file for servers with equal facts.
///
/// # Errors
///
/// An input is invalid, or (with [`Mode::Check`]) a file is stale.
pub fn trim(root: &Path, from: Option<&Path>, mode: Mode) -> Result<()> {
    let operations = workspace::operations(root)?;
    let upstream = workspace::upstream(root)?;
    let trimmed = read_pinned(root, from, &upstream, &operations)?;
    for id in operations.ids() {
        let absent: Vec<_> = trimmed
            .iter()
            .filter_map(|(_, trimmed)| trimmed.absent.iter().find(|(absent, _)| absent == id))
            .collect();
        if let Some((_, near)) = absent.last().filter(|_| absent.len() == trimmed.len()) {
            bail!("{OPERATIONS}: no description has an operation `{id}`{near}");
        }
    }
    for (pin, trimmed) in &trimmed {
        let absent: Vec<_> = trimmed.absent.iter().map(|(id, _)| id.as_str()).collect();
        if !absent.is_empty() {
            println!("{} does not have {}", pin.server, absent.join(" and "));
        }
    }
    let descriptions: Vec<_> =
        trimmed.iter().map(|(pin, trimmed)| (pin.server.as_str(), &trimmed.document)).collect();
    let text = workspace::text(root, UPSTREAM)?;
    let mut shared = upstream.clone();
    shared.share(&descriptions);
    let artifacts = artifacts(root, &shared, &text, &descriptions)?;
    let outcome = artifact::reconcile(root, &artifacts, mode)?;
    println!(
        "{} operations of {} descriptions; {}",
        operations.count(),
        upstream.pins.len(),
        summary(&outcome, mode)
    );
    verdict(
        &outcome,
        mode,
        "the pins, the list of operations or the tool changed, or a file was edited by hand",
        "trim",
    )
}

/// `spec/upstream.toml` with the file of each server, and the files of `spec/trimmed`. `text` is the text of
/// `spec/upstream.toml` with all pins.
pub(super) fn artifacts(
    root: &Path,
    upstream: &Upstream,
    text: &str,
    descriptions: &[(&str, &Value)],
) -> Result<Vec<Artifact>> {
    let content = upstream.share_in(text).context(UPSTREAM)?;
    let mut artifacts = vec![Artifact { path: UPSTREAM.to_owned(), content: Some(content) }];
    for (owner, _) in descriptions {
        let has_it = |(server, _): &&(&str, &Value)| upstream.trimmed(server) == *owner;
        let mut servers: Vec<_> = descriptions.iter().filter(has_it).collect();
        servers.sort_by_key(|(server, _)| server != owner);
        if servers.is_empty() {
            continue;
        }
        artifacts.push(Artifact {
            path: trimmed_file(owner),
            content: Some(json::print(&shared::join(&servers))),
        });
    }
    remove_others(root, TRIMMED, &mut artifacts)?;
    Ok(artifacts)
}

/// Reads and trims the pinned descriptions, in the order of the pins. Each tarball is read once; several are
/// read in parallel.
fn read_pinned<'p>(
    root: &Path,
    from: Option<&Path>,
    upstream: &'p Upstream,
    operations: &Operations,
) -> Result<Vec<(&'p Pin, Trimmed)>> {
    let place = Place::new(root, from);
    let publications = upstream.publications();
    publications.iter().try_for_each(|(publication, _)| publication.fetch(root, &place))?;
    let bars = MultiProgress::new();
    let read = publications.par_iter().map(|(publication, pins)| {
        let mut trimmed = Vec::new();
        publication.pinned(&place, &bars, pins, |pin, content| {
            pin.verify(&content)?;
            trimmed.push((pin, trim::trim(&content, pin, operations.ids())?));
            Ok(())
        })?;
        Ok(trimmed)
    });
    // The first error in the order of the pins is returned, so that the message does not depend on timing.
    let read: Vec<Result<Vec<_>>> = read.collect();
    let mut trimmed = Vec::new();
    for part in read {
        trimmed.extend(part?);
    }
    let place = |pin: &Pin| upstream.pins.iter().position(|other| other == pin);
    trimmed.sort_by_key(|(pin, _)| place(pin));
    Ok(trimmed)
}
