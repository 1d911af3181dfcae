//! The changes that other descriptions would cause: findings about the items of the SDK, as text, as Markdown for a
//! pull request, or as JSON.
//!
//! Two things are compared. The document of all servers, before and after, gives what changes in the
//! generated API. The document of each server, before and after, gives what today's SDK fails on or
//! loses, judged by what the document of all servers promises.

mod change;
mod compare;
mod format;
mod outline;
mod severity;

use std::collections::BTreeSet;

use anyhow::Result;
use serde_json::Value;

use crate::document::Document;
use crate::openapi::json::Pointer;
use crate::pipeline::{self, Description, Inputs};
use crate::untrusted::one_line;
use change::{Change, What};
use compare::Step;
pub(crate) use format::servers;
pub use severity::{Kind, Level};

/// A difference, and all the places where it is found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// The effect on users of the SDK.
    pub level: Level,
    /// The affected part of the SDK.
    pub kind: Kind,
    /// The item of the SDK: `Job::created_at`.
    pub item: String,
    /// The change, as the end of a sentence about the item.
    pub said: String,
    /// The methods of the SDK through which it is reached.
    pub operations: BTreeSet<String>,
    /// The servers, in the order of the steps.
    pub servers: Vec<String>,
    /// Its place in the description.
    pub at: String,
}

/// Findings under one heading.
#[derive(Clone, Debug)]
pub struct Section {
    /// The descriptions that were compared.
    pub title: String,
    /// The differences; the worst first.
    pub findings: Vec<Finding>,
}

/// The result of a comparison.
#[derive(Clone, Debug)]
pub struct Report {
    /// The descriptions that were compared.
    pub title: String,
    /// The findings.
    pub sections: Vec<Section>,
    /// Further notes, one sentence each.
    pub notes: Vec<String>,
    /// Why the generator does not take the new descriptions.
    pub refusal: Option<String>,
    /// True if any input of the SDK is different.
    pub moved: bool,
}

/// The format of a report.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Format {
    /// For a terminal.
    Text,
    /// For the text of a pull request.
    Markdown,
    /// For programs.
    Json,
}

impl Report {
    /// The worst that was found.
    pub fn verdict(&self) -> Level {
        let findings = self.sections.iter().flat_map(|section| &section.findings);
        findings.map(|finding| finding.level).max().unwrap_or(Level::Cosmetic)
    }

    /// The number of findings of a level.
    pub fn count(&self, level: Level) -> usize {
        let findings = self.sections.iter().flat_map(|section| &section.findings);
        findings.filter(|finding| finding.level == level).count()
    }

    /// The report as text.
    pub fn print(&self, format: Format) -> String {
        match format {
            Format::Text => format::text(&self.clean()),
            Format::Markdown => format::markdown(&self.clean()),
            // JSON has escapes of its own.
            Format::Json => format::json(self),
        }
    }

    /// Names and texts come from the description, and a report is printed to terminals and pull requests.
    fn clean(&self) -> Self {
        let mut report = self.clone();
        for section in &mut report.sections {
            for finding in &mut section.findings {
                for text in [&mut finding.item, &mut finding.said, &mut finding.at] {
                    *text = one_line(text);
                }
            }
        }
        report.notes.iter_mut().for_each(|note| *note = one_line(note));
        if let Some(refusal) = &mut report.refusal {
            *refusal = refusal.lines().map(one_line).collect::<Vec<_>>().join("\n");
        }
        report
    }
}

/// The changes that other descriptions cause: in the generated API, and for today's SDK.
///
/// # Errors
///
/// The generator refuses the old descriptions, or a new one has a reference that leads nowhere.
pub fn between(title: &str, old: &Inputs, new: &Inputs) -> Result<Section> {
    let (sdk, newer) = (pipeline::document(old)?, outline::outline(new)?);
    let mut changes = Vec::new();
    let mut changed = Vec::new();
    let mut before: Option<&Description> = None;
    for description in &new.descriptions {
        let known = old.descriptions.iter().find(|known| known.server == description.server);
        let compared = known.or(before).filter(|known| is_other(known, description));
        if let Some(known) = compared {
            let before = outline::of_server(old, known)?;
            let after = outline::of_server(new, description)?;
            changed.push(description.server.clone());
            let is_new_server = known.server != description.server;
            if is_new_server {
                changes.push(new_server(&description.server, &known.server, &sdk));
            }
            changes.extend(compare::of_server(Step {
                server: &description.server,
                sdk: &sdk,
                old: &before,
                new: &after,
                is_new_server,
            }));
        }
        before = Some(description);
    }
    changes.splice(0..0, compare::of_api(&sdk, &newer, &changed));
    Ok(Section { title: title.to_owned(), findings: findings(changes) })
}

/// True if two descriptions differ; their publications do not count.
pub(crate) fn is_other(old: &Description, new: &Description) -> bool {
    let content = |document: &Value| {
        let mut document = document.clone();
        document["x-source"].take();
        document["info"].take();
        document
    };
    old.server != new.server || content(&old.document) != content(&new.document)
}

fn new_server(server: &str, before: &str, sdk: &Document) -> Change {
    Change {
        level: Level::Additive,
        kind: Kind::Other,
        item: server.to_owned(),
        what: What::Server { before: before.to_owned() },
        operations: sdk.operations.iter().map(|operation| operation.name.clone()).collect(),
        servers: vec![server.to_owned()],
        at: Pointer::root(),
    }
}

/// Each change once, with all its operations and servers; the worst first, then by item.
fn findings(changes: Vec<Change>) -> Vec<Finding> {
    let mut joined: Vec<Change> = Vec::new();
    for change in changes {
        let same = |known: &&mut Change| {
            (known.level, known.kind, &known.item) == (change.level, change.kind, &change.item)
                && known.what == change.what
        };
        match joined.iter_mut().find(same) {
            Some(known) => {
                known.operations.extend(change.operations);
                let fresh = change.servers.into_iter().filter(|it| !known.servers.contains(it));
                let fresh: Vec<_> = fresh.collect();
                known.servers.extend(fresh);
            }
            None => joined.push(change),
        }
    }
    joined.sort_by(|a, b| {
        let order = |change: &Change| (std::cmp::Reverse(change.level), change.kind);
        (order(a), &a.item).cmp(&(order(b), &b.item))
    });
    let finding = |change: Change| Finding {
        level: change.level,
        kind: change.kind,
        item: change.item,
        said: change.what.to_string(),
        operations: change.operations,
        servers: change.servers,
        at: change.at.to_string(),
    };
    joined.into_iter().map(finding).collect()
}
