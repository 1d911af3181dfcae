//! What other publications would change: the differences of every server, grouped by the item of the
//! SDK that they hit, as text, as Markdown for a pull request, or as JSON.

mod format;

use std::cmp::Reverse;
use std::collections::BTreeSet;

use anyhow::{Context as _, Result};
use serde_json::Value;

pub use crate::changes::Level;
use crate::changes::{self, Change};
use crate::names::type_name;
use crate::openapi::json::Pointer;
use crate::untrusted::one_line;
pub(crate) use format::servers;

/// A description before and after.
#[derive(Clone, Debug)]
pub struct Step {
    /// The server, or what else the step is called.
    pub name: String,
    /// The trimmed description of today.
    pub old: Value,
    /// The trimmed description that would take its place.
    pub new: Value,
}

impl Step {
    /// From one description of a server to another.
    pub fn new(name: &str, old: &Value, new: &Value) -> Self {
        Self { name: name.to_owned(), old: old.clone(), new: new.clone() }
    }
}

/// A difference, and all the places where it is found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// What it means to users of the SDK.
    pub level: Level,
    /// The item of the SDK: `Job::created_at`.
    pub item: String,
    /// What changed, as the end of a sentence about the item.
    pub said: String,
    /// The methods of the SDK through which it is reached.
    pub operations: BTreeSet<String>,
    /// The servers, in the order of the steps.
    pub servers: Vec<String>,
    /// Where it stands in the description.
    pub at: String,
}

/// Findings under one heading.
#[derive(Clone, Debug)]
pub struct Section {
    /// What was compared.
    pub title: String,
    /// What is different; the worst first.
    pub findings: Vec<Finding>,
}

/// What a comparison gave.
#[derive(Clone, Debug)]
pub struct Report {
    /// What was compared.
    pub title: String,
    /// The findings.
    pub sections: Vec<Section>,
    /// What else is to know, a sentence each.
    pub notes: Vec<String>,
    /// Why the generator does not take the new descriptions.
    pub refusal: Option<String>,
    /// Whether anything at all is different in what the SDK is made from.
    pub moved: bool,
}

/// How a report is written.
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

    /// Adds findings to the first section.
    pub(crate) fn add(&mut self, findings: Vec<Finding>) {
        if let Some(section) = self.sections.first_mut() {
            section.findings.extend(findings);
            section.findings.sort_by_key(|finding| Reverse(finding.level));
        }
    }

    /// How many findings there are of a level.
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

    /// Names and words are the description's, and a report goes to terminals and pull requests.
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

/// What is different in any of the steps; `sdk` is the normalized document.
///
/// # Errors
///
/// A description has a reference that leads nowhere; the error names the step.
pub fn compare(title: &str, steps: &[Step], sdk: &Value) -> Result<Section> {
    let mut findings: Vec<Finding> = Vec::new();
    for step in steps {
        let changes = changes::between(&step.old, &step.new, sdk);
        for change in changes.with_context(|| step.name.clone())? {
            let Change { level, item, said, operation, at, .. } = change;
            let same = |known: &&mut Finding| {
                known.level == level && known.item == item && known.said == said
            };
            let servers = vec![step.name.clone()];
            match findings.iter_mut().find(same) {
                Some(known) => {
                    known.operations.insert(operation);
                    if !known.servers.contains(&step.name) {
                        known.servers.extend(servers);
                    }
                }
                None => findings.push(Finding {
                    level,
                    item,
                    said,
                    operations: BTreeSet::from([operation]),
                    servers,
                    at: at.to_string(),
                }),
            }
        }
    }
    findings.sort_by(|a, b| b.level.cmp(&a.level).then_with(|| a.item.cmp(&b.item)));
    Ok(Section { title: title.to_owned(), findings })
}

/// Lists that would no longer come in pages: where a page has two lists, none is what it is a page of.
pub(crate) fn lost_lists(sdk: &Value, newer: &Value) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (path, item) in sdk["paths"].as_object().into_iter().flatten() {
        let (old, new) = (&item["get"], &newer["paths"][path]["get"]);
        let lost = old["x-paged"].is_object() && new.is_object() && !new["x-paged"].is_object();
        if let Some(name) = old["operationId"].as_str().filter(|_| lost) {
            let request = type_name(name);
            findings.push(Finding {
                level: Level::Breaking,
                item: format!("{request}::stream"),
                said: "is gone, with `all` and `pages`: a page no longer has exactly one list"
                    .to_owned(),
                operations: BTreeSet::from([name.to_owned()]),
                servers: vec!["all servers together".to_owned()],
                at: Pointer::root().descend(["paths", path, "get"]).to_string(),
            });
        }
    }
    findings
}
