//! From progenitor's output to the SDK's: one change a pass, each counted.
//!
//! A pass says from the normalized document how many items it has to change and fails on another
//! number, so that a new progenitor cannot make one of them miss in silence. None knows what an
//! operation is about.

mod calls;
mod docs;
mod enums;
mod errors;
mod nulls;
mod owned_client;
mod redirect;
mod required_args;
mod responses;
mod tidy;
mod tree;

use anyhow::{Context as _, Result, ensure};

use crate::document::Document;
pub(crate) use docs::without_words;
pub(crate) use tree::Tree;

/// How many items a pass had to change, and how many it did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Count {
    expected: usize,
    changed: usize,
}

/// A change to the tree, told by the document.
type Pass = fn(&Document, &mut Tree) -> Result<Count>;

/// In order: types, then requests from the inside out, then words and finish.
const PASSES: [(&str, Pass); 10] = [
    ("enums", enums::apply),
    ("nulls", nulls::apply),
    ("owned_client", owned_client::apply),
    ("errors", errors::apply),
    ("required_args", required_args::apply),
    ("calls", calls::apply),
    ("responses", responses::apply),
    ("redirect", redirect::apply),
    ("tidy", tidy::apply),
    ("docs", docs::apply),
];

/// Runs all passes, and shows the tree after each to `watch`.
pub(crate) fn run(
    document: &Document,
    tree: &mut Tree,
    watch: &mut dyn FnMut(&'static str, &Tree),
) -> Result<()> {
    for (name, pass) in PASSES {
        let count = pass(document, tree).with_context(|| format!("pass {name}"))?;
        ensure!(
            count.changed == count.expected,
            "pass {name}: the document has {} items to change, but {} were found in progenitor's output",
            count.expected,
            count.changed
        );
        watch(name, tree);
    }
    Ok(())
}
