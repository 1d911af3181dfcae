//! A report in each of its forms.

use std::fmt::Write as _;

use serde_json::{Value, json};

use super::{Finding, Level, Report};

const LEVELS: [Level; 3] = [Level::Breaking, Level::Additive, Level::Cosmetic];

/// For a terminal: the worst first, an item a line, and where it is found below it.
pub(super) fn text(report: &Report) -> String {
    let mut text = format!("{}\n", report.title);
    for section in &report.sections {
        write(&mut text, format_args!("\n{}\n", section.title));
        for finding in &section.findings {
            let Finding { level, item, said, .. } = finding;
            write(&mut text, format_args!("  {level}  {item} {said}\n"));
            write(&mut text, format_args!("            {}\n", found(finding, "")));
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
            let findings: Vec<_> =
                section.findings.iter().filter(|finding| finding.level == level).collect();
            if findings.is_empty() {
                continue;
            }
            write(
                &mut text,
                format_args!("\n**{level}**\n\n| item | what | where |\n| --- | --- | --- |\n"),
            );
            for finding in findings {
                let (item, what) = (cell(&finding.item).replace('`', "'"), cell(&finding.said));
                write(&mut text, format_args!("| `{item}` | {what} | {} |\n", found(finding, "`")));
            }
        }
        if section.findings.is_empty() {
            text += "\nNo difference.\n";
        }
    }
    report.refusal.iter().for_each(|refusal| {
        let fenced = "```";
        write(
            &mut text,
            format_args!(
                "\n## The generator refuses these descriptions\n\n{fenced}text\n{}\n{fenced}\n\n\
                 Settle it in `spec/overlay.yaml`, then `cargo xtask generate`.\n",
                refusal.replace(fenced, "'''")
            ),
        );
    });
    if !report.notes.is_empty() {
        text += "\n## Notes\n\n";
    }
    report.notes.iter().for_each(|note| write(&mut text, format_args!("- {note}\n")));
    text
}

/// Text of a description as a cell of a table may have it.
fn cell(text: &str) -> String {
    text.replace('|', "\\|").replace('<', "&lt;")
}

/// For programs.
pub(super) fn json(report: &Report) -> String {
    let finding = |finding: &Finding| {
        json!({
            "level": finding.level.to_string(),
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
    crate::json::print(&report)
}

/// Where a finding is found: methods, servers, the place in the description.
fn found(finding: &Finding, quote: &str) -> String {
    let quoted = |name: &String| format!("{quote}{name}{quote}");
    let operations: Vec<_> = finding.operations.iter().map(quoted).collect();
    let mut found = format!("{}; {}", operations.join(", "), finding.servers.join(", "));
    // The place of an operation says no more than its name.
    if !finding.at.ends_with("/get") {
        found += &format!("; {}", quoted(&finding.at));
    }
    found
}

fn summary(report: &Report) -> String {
    let counts = LEVELS.map(|level| format!("{} {level}", report.count(level)));
    let refused = if report.refusal.is_some() { ", and the generator refuses" } else { "" };
    format!("{}: {}{refused}.", report.verdict_word(), counts.join(", "))
}

impl Report {
    /// The verdict in a word.
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
