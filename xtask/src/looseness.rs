//! Where the SDK promises less than the base description does, and on whose word.
//!
//! Every step away from the base needs a reason: a server whose description does not promise it
//! either, or a correction of the overlay, which names its evidence.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::Result;
use serde_json::Value;

use crate::availability::words;
use crate::changes::{self, Change, Sort};
use crate::inputs::overlay::Correction;
use crate::pipeline::{Described, Inputs};

/// What stands for a reason where none is found: then the table is to be looked into.
const NO_REASON: &str = "neither a server nor a correction is known to ask for it";

/// The table in Markdown: Rust item, what the base promises, what the SDK takes, why.
pub(crate) fn table(inputs: &Inputs, described: &Described, normalized: &Value) -> Result<String> {
    let Some(base) = inputs.descriptions.iter().find(|one| one.server == inputs.base) else {
        return Ok(String::new());
    };
    let mut looser: BTreeMap<(String, Sort), Change> = BTreeMap::new();
    for change in changes::between(&base.document, &described.document, normalized)? {
        if matches!(change.sort, Sort::MayBeMissing | Sort::MayBeNull) {
            looser.entry((change.item.clone(), change.sort)).or_insert(change);
        }
    }
    let mut lacking = BTreeMap::new();
    for one in &described.descriptions {
        let changes = changes::between(&base.document, &one.document, normalized)?;
        let changes: BTreeSet<_> =
            changes.into_iter().map(|change| (change.item, change.sort)).collect();
        lacking.insert(one.server.as_str(), changes);
    }
    let all: Vec<_> = inputs.servers().into_iter().map(str::to_owned).collect();
    let mut rows = String::new();
    for ((item, sort), change) in &looser {
        let lacks = |server: &String| {
            let found = lacking.get(server.as_str());
            let has = |sort| found.is_some_and(|found| found.contains(&(item.clone(), sort)));
            let is_gone = || has(Sort::Gone) || has(Sort::Missed);
            has(*sort) || (*sort == Sort::MayBeMissing && is_gone())
        };
        let promising: Vec<_> = all.iter().filter(|server| !lacks(server)).cloned().collect();
        let mut why = Vec::new();
        if promising.len() < all.len() {
            why.push(format!("not every server promises it: {}", words(&promising, &all)));
        }
        let evidence =
            described.corrections.iter().filter(|correction| touches(correction, change));
        why.extend(evidence.map(|correction| correction.evidence.trim().to_owned()));
        let (promise, taken) = match sort {
            Sort::MayBeMissing if is_list(&described.document, change) => {
                ("is there", "may be missing: an empty list")
            }
            Sort::MayBeMissing => ("is there", "may be missing"),
            _ => ("is not null", "may be null"),
        };
        if why.is_empty() {
            why.push(NO_REASON.to_owned());
        }
        rows += &format!("| `{item}` | {promise} | {taken} | {} |\n", why.join("; "));
    }
    Ok(match rows.is_empty() {
        true => format!("Nowhere: all that {} promises, the SDK does.\n", base.server),
        false => {
            format!(
                "| in Rust | {} promises | the SDK | because |\n| --- | --- | --- | --- |\n{rows}",
                base.server
            )
        }
    })
}

fn is_list(described: &Value, change: &Change) -> bool {
    described.pointer(change.at.as_str()).is_some_and(|schema| schema["type"] == "array")
}

/// Whether a correction is about the property: about the schema itself, or about its name in the list
/// of what is required.
fn touches(correction: &Correction, change: &Change) -> bool {
    let Some((properties, name)) = change.at.parent() else { return false };
    let required = properties.parent().map(|(object, _)| object.child("required"));
    correction.places.iter().any(|(at, found)| match change.sort {
        Sort::MayBeNull => correction.nullable && *at == change.at,
        _ => at.parent().map(|(list, _)| list) == required && *found == name.as_str(),
    })
}
