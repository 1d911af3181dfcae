//! `cargo xtask trim`: trims the pinned descriptions to the listed operations.

use std::path::Path;

use anyhow::{Result, bail};
use indicatif::MultiProgress;
use rayon::prelude::*;

use super::{remove_others, summary, verdict};
use crate::artifact::{self, Artifact, Mode};
use crate::inputs::operations::Operations;
use crate::inputs::pins::{Pin, Upstream};
use crate::inputs::publication::Place;
use crate::openapi::json;
use crate::stages::trim::{self, Trimmed};
use crate::workspace::{self, OPERATIONS, TRIMMED, trimmed_file};

/// Trims the pinned descriptions and writes them to `spec/trimmed`.
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
    let mut artifacts = Vec::new();
    for (pin, trimmed) in &trimmed {
        let absent: Vec<_> = trimmed.absent.iter().map(|(id, _)| id.as_str()).collect();
        if !absent.is_empty() {
            println!("{} does not have {}", pin.server, absent.join(" and "));
        }
        artifacts.push(Artifact {
            path: trimmed_file(&pin.server),
            content: Some(json::print(&trimmed.document)),
        });
    }
    remove_others(root, TRIMMED, &mut artifacts)?;
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
