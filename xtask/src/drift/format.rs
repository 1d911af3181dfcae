//! A report in each of its forms.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use serde_json::{Value, json};

use super::{Finding, Level, Report};
use crate::openapi::servers::ghes_version;
use crate::untrusted::{code_block, inline_code, table_cell};

const LEVELS: [Level; 3] = [Level::Breaking, Level::Additive, Level::Cosmetic];

/// For a terminal: the worst first, an item a line, and where it is found below it.
pub(super) fn text(report: &Report) -> String {
    let mut text = format!("{}\n", report.title);
    for section in &report.sections {
        write(&mut text, format_args!("\n{}\n", section.title));
        for line in lines(&section.findings) {
            let Line { level, items, said, .. } = &line;
            let colon = if items.len() > 1 { ":" } else { "" };
            write(&mut text, format_args!("  {level}  {}{colon} {said}\n", items.join(", ")));
            write(&mut text, format_args!("            {}\n", line.found(str::to_owned)));
        }
        if section.findings.is_empty() {
            text += "  no difference\n";
        }
    }
    text += "\n";
    report.refusal.iter().for_each(|refusal| {
        write(&mut text, format_args!("The generator refuses these descriptions:\n{refusal}\n\n"));
    });
    report.notes.iter().for_each(|note| write(&mut text, format_args!("{note}\n")));
    write(&mut text, format_args!("{}\n", summary(report)));
    text
}

/// For the text of a pull request: a table for each level.
pub(super) fn markdown(report: &Report) -> String {
    let mut text = format!("# {}\n\n{}\n", report.title, summary(report));
    for section in &report.sections {
        write(&mut text, format_args!("\n## {}\n", section.title));
        for level in LEVELS {
            let lines = lines(&section.findings);
            let lines: Vec<_> = lines.iter().filter(|line| line.level == level).collect();
            if lines.is_empty() {
                continue;
            }
            write(
                &mut text,
                format_args!("\n**{level}**\n\n| item | what | where |\n| --- | --- | --- |\n"),
            );
            for line in lines {
                let items: Vec<_> = line.items.iter().map(|item| inline_code(item)).collect();
                let cells = [items.join(", "), line.said.clone(), line.found(inline_code)];
                let cells = cells.map(|cell| table_cell(&cell)).join(" | ");
                write(&mut text, format_args!("| {cells} |\n"));
            }
        }
        if section.findings.is_empty() {
            text += "\nNo difference.\n";
        }
    }
    report.refusal.iter().for_each(|refusal| {
        write(
            &mut text,
            format_args!(
                "\n## The generator refuses these descriptions\n\n{}\n\
                 Resolve it in `spec/overlay.yaml`, then run `cargo xtask generate`.\n",
                code_block(refusal)
            ),
        );
    });
    if !report.notes.is_empty() {
        text += "\n## Notes\n\n";
    }
    report.notes.iter().for_each(|note| write(&mut text, format_args!("- {note}\n")));
    text
}

/// For programs.
pub(super) fn json(report: &Report) -> String {
    let finding = |finding: &Finding| {
        json!({
            "level": finding.level.to_string(),
            "kind": finding.kind.to_string(),
            "item": finding.item,
            "change": finding.said,
            "operations": finding.operations,
            "servers": finding.servers,
            "at": finding.at,
        })
    };
    let sections = report.sections.iter().map(|section| {
        let findings: Vec<_> = section.findings.iter().map(finding).collect();
        json!({"title": section.title, "changes": findings})
    });
    let report = json!({
        "title": report.title,
        "verdict": report.verdict_word(),
        "sections": sections.collect::<Vec<Value>>(),
        "notes": report.notes,
        "refusal": report.refusal,
        "moved": report.moved,
    });
    crate::openapi::json::print(&report)
}

/// Findings that share one line of the report.
struct Line {
    level: Level,
    items: Vec<String>,
    said: String,
    operations: BTreeSet<String>,
    servers: Vec<String>,
    /// The place in the description, if there is only one finding.
    at: Option<String>,
}

/// One line for each finding; equal cosmetic findings of several items share a line.
fn lines(findings: &[Finding]) -> Vec<Line> {
    let mut lines: Vec<Line> = Vec::new();
    for finding in findings {
        let same = |line: &&mut Line| {
            finding.level == Level::Cosmetic
                && (line.level, &line.said, &line.servers)
                    == (finding.level, &finding.said, &finding.servers)
        };
        if let Some(line) = lines.iter_mut().find(same) {
            line.items.push(finding.item.clone());
            line.operations.extend(finding.operations.iter().cloned());
            line.at = None;
            continue;
        }
        lines.push(Line {
            level: finding.level,
            items: vec![finding.item.clone()],
            said: finding.said.clone(),
            operations: finding.operations.clone(),
            servers: finding.servers.clone(),
            at: Some(finding.at.clone()),
        });
    }
    lines
}

impl Line {
    /// Methods, servers, the place in the description.
    fn found(&self, quoted: impl Fn(&str) -> String) -> String {
        let operations: Vec<_> = self.operations.iter().map(|name| quoted(name)).collect();
        let mut found = format!("{}; {}", operations.join(", "), servers(&self.servers));
        // The pointer of an operation adds nothing to its name; places inside it are shown relative to it.
        let place =
            self.at.as_deref().map(|at| at.split_once("/get/").map_or(at, |(_, rest)| rest));
        if let Some(place) = place.filter(|place| *place != "#" && !place.ends_with("/get")) {
            found += &format!("; {}", quoted(place));
        }
        found
    }
}

/// Names of servers; consecutive versions of GHES are a range.
pub(crate) fn servers(names: &[String]) -> String {
    let follows = |a: &String, b: &String| match (ghes_version(a), ghes_version(b)) {
        (Some((major, minor)), Some(next)) => next == (major, minor + 1),
        _ => false,
    };
    let runs = names.chunk_by(follows).map(|run| match run {
        [first, _, .., last] => format!("{first} to {last}"),
        run => run.join(", "),
    });
    runs.collect::<Vec<_>>().join(", ")
}

fn summary(report: &Report) -> String {
    let counts = LEVELS.map(|level| format!("{} {level}", report.count(level)));
    let refused = if report.refusal.is_some() { ", and the generator refuses" } else { "" };
    format!("{}: {}{refused}.", report.verdict_word(), counts.join(", "))
}

impl Report {
    /// The verdict as text.
    fn verdict_word(&self) -> String {
        match self.verdict() {
            Level::Cosmetic if self.count(Level::Cosmetic) == 0 => "unchanged".to_owned(),
            level => level.to_string(),
        }
    }
}

/// Writing to a string cannot fail.
fn write(text: &mut String, arguments: std::fmt::Arguments<'_>) {
    let _ = text.write_fmt(arguments);
}
