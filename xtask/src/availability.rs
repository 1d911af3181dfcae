//! Which servers have a thing: in the words of the documentation, and as a table for `spec/README.md`.

use std::collections::BTreeSet;

use crate::document::{Body, Document};
use crate::inputs::pins::ghes_version;
use crate::names::{field_name, type_name, variant_names};

/// "since GHES 3.9": which of `all` servers the ones in `have` are. Versions of GHES stand in `all`
/// from the oldest to the newest; what is no version of GHES is said by name.
pub(crate) fn words(have: &[String], all: &[String]) -> String {
    let has = |server: &&String| have.contains(server);
    let versions: Vec<_> = all.iter().filter(|server| ghes_version(server).is_some()).collect();
    let others: Vec<_> = all.iter().filter(|server| ghes_version(server).is_none()).collect();
    let ranges: Vec<_> = versions.chunk_by(|a, b| has(a) == has(b)).collect();
    let runs: Vec<_> = ranges.iter().filter(|run| run.iter().all(has)).collect();
    let (has_others, lacks_others): (Vec<_>, Vec<_>) =
        others.iter().partition(|server| has(server));
    let names =
        |servers: &[&String]| -> Vec<String> { servers.iter().map(|name| display(name)).collect() };
    let (on, not_on) = (names(&has_others), names(&lacks_others));
    let range = |run: &&&[&String]| match run {
        [one] => format!("GHES {}", number(Some(one))),
        run => {
            format!("GHES {} to {}", number(run.first().copied()), number(run.last().copied()))
        }
    };
    let (said, on) = match runs.as_slice() {
        // What came with a version of GHES and stayed is on the servers that are always new, too.
        [run] if run.len() == versions.len() => (String::new(), Vec::new()),
        [run] if run.last() == versions.last() => {
            (format!("since GHES {}", number(run.first().copied())), Vec::new())
        }
        [run] if run.first() == versions.first() => {
            (format!("up to GHES {}", number(run.last().copied())), on)
        }
        runs => {
            let all: Vec<_> = runs.iter().map(range).chain(on).collect();
            return format!("only on {}", join(&all, "and"));
        }
    };
    let said = [vec![said], on].concat().into_iter().filter(|part| !part.is_empty());
    let said = join(&said.collect::<Vec<_>>(), "and");
    match (said.is_empty(), not_on.is_empty()) {
        (_, true) => said,
        (true, false) => format!("not on {}", join(&not_on, "or")),
        (false, false) => format!("{said}, not on {}", join(&not_on, "or")),
    }
}

/// The words at the start of a sentence.
pub(crate) fn capitalized(words: &str) -> String {
    let mut letters = words.chars();
    letters.next().into_iter().flat_map(char::to_uppercase).chain(letters).collect()
}

fn number(server: Option<&String>) -> String {
    let version = server.and_then(|server| ghes_version(server));
    version.map(|(major, minor)| format!("{major}.{minor}")).unwrap_or_default()
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
                let names = variant_names(words.iter().map(|word| word.value.as_str()));
                for (word, name) in words.iter().zip(names) {
                    let item = format!("{}::{name}", schema.name);
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
            (&all[1..5], "since GHES 3.9, not on github.com"),
            (&all[1..4], "since GHES 3.9, not on GHEC or github.com"),
            (&all[..2], "up to GHES 3.9, not on GHEC or github.com"),
            (&all[..4], "not on GHEC or github.com"),
            (&all[..5], "not on github.com"),
            (&all[1..3], "only on GHES 3.9 to 3.10"),
            (&all[4..], "only on GHEC and github.com"),
            (&all[5..], "only on github.com"),
            (
                &["ghes-3.8", "ghes-3.10", "ghec", "api.github.com"],
                "only on GHES 3.8, GHES 3.10, GHEC and github.com",
            ),
        ] {
            assert_eq!(words(&owned(have), &owned(&all)), said);
        }
    }
}
