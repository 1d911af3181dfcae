//! Which servers have a thing: in the words of the documentation, and as a table for `spec/README.md`.

use std::collections::BTreeSet;

use crate::document::{Body, Document};
use crate::names::{field_name, type_name, variant_name};

/// "since GHES 3.9": which of `all` servers the ones in `have` are. Versions of GHES stand in `all`
/// from the oldest to the newest; what is no version of GHES is said by name.
pub(crate) fn words(have: &[String], all: &[String]) -> String {
    let has = |server: &&String| have.contains(server);
    let versions: Vec<_> = all.iter().filter(|server| version(server).is_some()).collect();
    let others: Vec<_> = all.iter().filter(|server| version(server).is_none()).collect();
    let ranges: Vec<_> = versions.chunk_by(|a, b| has(a) == has(b)).collect();
    let runs: Vec<_> = ranges.iter().filter(|run| run.iter().all(has)).collect();
    let (mut on, mut everywhere_since) = (Vec::new(), false);
    match runs.as_slice() {
        [] => {}
        [run] if run.len() == versions.len() => on.push("GHES".to_owned()),
        [run] if run.last() == versions.last() => {
            everywhere_since = true;
            on.push(format!("since GHES {}", number(run.first().copied())));
        }
        [run] if run.first() == versions.first() => {
            on.push(format!("up to GHES {}", number(run.last().copied())));
        }
        runs => on.extend(runs.iter().map(|run| match run {
            [one] => format!("GHES {}", number(Some(one))),
            run => {
                format!("GHES {} to {}", number(run.first().copied()), number(run.last().copied()))
            }
        })),
    }
    let missing: Vec<_> =
        others.iter().filter(|server| !has(server)).map(|name| display(name)).collect();
    // What came with a version of GHES and stayed is on the servers that are always new, too.
    if !(everywhere_since && missing.is_empty()) {
        on.extend(others.iter().filter(|server| has(server)).map(|name| display(name)));
    }
    let mut said = join(&on, "and");
    if !missing.is_empty() {
        said += &format!(", not on {}", join(&missing, "or"));
    } else if runs.is_empty() && !versions.is_empty() {
        said += ", not on GHES";
    }
    said
}

/// The words at the start of a sentence.
pub(crate) fn capitalized(words: &str) -> String {
    let mut letters = words.chars();
    letters.next().into_iter().flat_map(char::to_uppercase).chain(letters).collect()
}

fn number(server: Option<&String>) -> &str {
    server.and_then(|server| version(server)).unwrap_or_default()
}

/// The version of GHES that a server is.
fn version(server: &str) -> Option<&str> {
    server.strip_prefix("ghes-")
}

fn display(server: &str) -> String {
    match server {
        "api.github.com" => "github.com".to_owned(),
        "ghec" => "GHEC".to_owned(),
        other => other.to_owned(),
    }
}

fn join(names: &[String], last: &str) -> String {
    match names {
        [] => String::new(),
        [one] => one.clone(),
        [some @ .., one] => format!("{} {last} {one}", some.join(", ")),
    }
}

/// The table of what not every server has, in Markdown: operation, field, Rust item, servers.
pub(crate) fn table(document: &Document) -> String {
    let mut rows = Vec::new();
    let mut row = |operations: &str, field: &str, item: &str, have: &Option<Vec<String>>| {
        if let Some(have) = have {
            rows.push(format!(
                "| {operations} | {field} | `{item}` | {} |\n",
                words(have, &document.servers)
            ));
        }
    };
    for operation in &document.operations {
        let name = format!("`{}`", operation.name);
        row(&name, "", &format!("Client::{}", operation.name), &operation.available);
        for parameter in &operation.parameters {
            let item = format!("{}::{}", type_name(&operation.name), field_name(&parameter.name));
            row(&name, &format!("`{}`", parameter.name), &item, &parameter.available);
        }
        for error in &operation.errors {
            let item = format!("Client::{}", operation.name);
            row(&name, &format!("the answer {}", error.code), &item, &error.available);
        }
    }
    let reached: Vec<_> = document
        .operations
        .iter()
        .map(|operation| (format!("`{}`", operation.name), document.reach(operation)))
        .collect();
    for schema in &document.schemas {
        let reaching = reached.iter().filter(|(_, types)| types.contains(&schema.name));
        let operations: BTreeSet<_> = reaching.map(|(name, _)| name.clone()).collect();
        let operations = operations.into_iter().collect::<Vec<_>>().join(", ");
        match &schema.body {
            Body::Object(properties) => {
                for property in properties {
                    let item = format!("{}::{}", schema.name, field_name(&property.name));
                    row(&operations, &format!("`{}`", property.name), &item, &property.available);
                }
            }
            Body::Enum { words, .. } => {
                for word in words {
                    let item = format!("{}::{}", schema.name, variant_name(&word.value));
                    let field = format!("the word `{}`", word.value);
                    row(&operations, &field, &item, &word.available);
                }
            }
            Body::Union | Body::Scalar | Body::HandWritten(_) => {}
        }
    }
    match rows.is_empty() {
        true => "Every server has everything.\n".to_owned(),
        false => format!(
            "| operation | field | in Rust | servers |\n| --- | --- | --- | --- |\n{}",
            rows.concat()
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn servers_are_told_in_few_words() {
        let all = ["ghes-3.8", "ghes-3.9", "ghes-3.10", "ghes-3.11", "ghec", "api.github.com"];
        let owned = |names: &[&str]| -> Vec<String> {
            names.iter().map(|name| (*name).to_owned()).collect()
        };
        for (have, said) in [
            (&all[1..], "since GHES 3.9"),
            (&all[1..5], "since GHES 3.9 and GHEC, not on github.com"),
            (&all[1..4], "since GHES 3.9, not on GHEC or github.com"),
            (&all[..2], "up to GHES 3.9, not on GHEC or github.com"),
            (&all[..4], "GHES, not on GHEC or github.com"),
            (&all[1..3], "GHES 3.9 to 3.10, not on GHEC or github.com"),
            (&all[4..], "GHEC and github.com, not on GHES"),
            (
                &["ghes-3.8", "ghes-3.10", "ghec", "api.github.com"],
                "GHES 3.8, GHES 3.10, GHEC and github.com",
            ),
        ] {
            assert_eq!(words(&owned(have), &owned(&all)), said);
        }
    }
}
