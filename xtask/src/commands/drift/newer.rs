//! The pins and inputs as they would be with another publication, and what that changes.

use std::collections::BTreeSet;
use std::path::Path;

use anyhow::{Context as _, Result};
use serde_json::Value;

use crate::artifact::Artifact;
use crate::commands::trim;
use crate::drift::{self, Report};
use crate::inputs::pins::{Pin, Upstream};
use crate::pipeline::{Description, Inputs};
use crate::stages::trim::Trimmed;
use crate::untrusted::inline_code;
use crate::workspace::{UPSTREAM, trimmed_file};

/// The pins and inputs as they would be.
pub(super) struct Newer<'a> {
    pinned: &'a Inputs,
    upstream: Upstream,
    pub(super) inputs: Inputs,
    /// The descriptions that were read, in the order of the pins.
    read: Vec<(Pin, Trimmed)>,
}

impl<'a> Newer<'a> {
    pub(super) fn of(upstream: &Upstream, pinned: &'a Inputs, read: Vec<(Pin, Trimmed)>) -> Self {
        let (mut upstream, mut inputs) = (upstream.clone(), pinned.clone());
        for (pin, Trimmed { document, .. }) in &read {
            let (server, document) = (pin.server.clone(), document.clone());
            let description = Description { file: trimmed_file(&server), server, document };
            let place = upstream.place_of(&pin.server);
            match inputs.descriptions.get_mut(place).filter(|known| known.server == pin.server) {
                Some(known) => *known = description,
                None => inputs.descriptions.insert(place, description),
            }
            upstream.set(pin.clone());
        }
        upstream.share(&inputs.documents());
        for description in &mut inputs.descriptions {
            description.file = trimmed_file(upstream.trimmed(&description.server));
        }
        Self { pinned, upstream, inputs, read }
    }

    /// The report; `refusal` is the reason why the generator refuses the descriptions.
    pub(super) fn report(&self, label: &str, refusal: Option<String>) -> Result<Report> {
        let section = drift::between("Changes", self.pinned, &self.inputs)?;
        let is_different = |server: &&str| {
            section.findings.iter().any(|finding| finding.servers.iter().any(|name| name == server))
        };
        let names: Vec<_> = self.read.iter().map(|(pin, _)| pin.server.as_str()).collect();
        let (different, same): (Vec<_>, Vec<_>) = names.iter().partition(|name| is_different(name));
        let pinned = self.pinned.servers().into_iter();
        let absent: Vec<_> = pinned.filter(|server| !names.contains(server)).collect();
        let mut notes = Vec::new();
        for (said, servers) in [
            ("Different", different),
            ("The same", same),
            ("Not in it, so their pins stay", absent),
        ] {
            if !servers.is_empty() {
                let servers: Vec<_> = servers.into_iter().map(str::to_owned).collect();
                notes.push(format!("{said}: {}.", drift::servers(&servers)));
            }
        }
        notes.extend(self.near_names());
        let moved = refusal.is_some() || self.inputs.descriptions.iter().any(|new| self.moved(new));
        let title = format!("{} against `{UPSTREAM}`", inline_code(label));
        Ok(Report { title, sections: vec![section], notes, refusal, moved })
    }

    /// True if a description differs from the pinned one; its publication does not count.
    fn moved(&self, new: &Description) -> bool {
        let old = self.pinned.descriptions.iter().find(|old| old.server == new.server);
        old.is_none_or(|old| drift::is_other(old, new))
    }

    /// Possible new ids of operations that are gone.
    fn near_names(&self) -> Vec<String> {
        let mut notes = BTreeSet::new();
        for (pin, trimmed) in &self.read {
            let old = self.pinned.descriptions.iter().find(|old| old.server == pin.server);
            for (id, near) in &trimmed.absent {
                let place = old.and_then(|old| place_of(&old.document, id));
                // An operation that the server never had is not gone.
                let Some(place) = place else { continue };
                match trimmed.ids.get(&place) {
                    Some(other) if other != id => notes.insert(format!(
                        "No operation `{id}`: in its place is {} now; list that in spec/operations.toml.",
                        inline_code(other)
                    )),
                    _ if near.is_empty() => false,
                    _ => notes.insert(format!("No operation `{id}`{near}")),
                };
            }
        }
        notes.into_iter().collect()
    }

    /// The pins and the trimmed descriptions.
    pub(super) fn artifacts(&self, root: &Path, upstream: &str) -> Result<Vec<Artifact>> {
        let pins: Vec<_> = self.read.iter().map(|(pin, _)| pin.clone()).collect();
        let content = self.upstream.write_to(upstream, &pins).context(UPSTREAM)?;
        trim::artifacts(root, &self.upstream, &content, &self.inputs.documents())
    }
}

/// The method and path of an operation.
fn place_of(document: &Value, id: &str) -> Option<String> {
    let mut paths = document["paths"].as_object()?.iter();
    paths.find_map(|(path, item)| {
        let (method, _) = item.as_object()?.iter().find(|(_, value)| value["operationId"] == id)?;
        Some(format!("{method} {path}"))
    })
}
