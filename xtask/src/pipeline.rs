//! From descriptions to files: the whole generator on one screen.

use std::collections::BTreeMap;

use anyhow::{Context as _, Result};
use serde_json::{Value, json};

use crate::artifact::Artifact;
use crate::document::Document;
use crate::inputs::operations::Operations;
use crate::inputs::overlay::{Correction, Overlay};
use crate::passes::{self, Tree};
use crate::{
    availability, looseness, lower, openapi::json, openapi::reference, print, stages::merge,
    stages::normalize, validate,
};

/// The file that reviewers read first: exactly what the generator reads.
pub const NORMALIZED: &str = "spec/normalized.json";

pub(crate) const OVERLAY: &str = "spec/overlay.yaml";

/// What the generator is made from.
#[derive(Clone, Debug)]
pub struct Inputs {
    /// The trimmed descriptions, oldest server first.
    pub descriptions: Vec<Description>,
    /// The server that is followed where descriptions say a thing in several ways.
    pub base: String,
    /// Our words, names and corrections.
    pub overlay: Overlay,
    /// The operations, and what they are called.
    pub operations: Operations,
}

/// A trimmed description.
#[derive(Clone, Debug)]
pub struct Description {
    /// The server version: `ghes-3.8`.
    pub server: String,
    /// Its file.
    pub file: String,
    /// What it says.
    pub document: Value,
}

/// What the generator makes.
#[derive(Clone, Debug)]
pub struct Output {
    /// `spec/normalized.json` and the generated files.
    pub artifacts: Vec<Artifact>,
    /// How many operations the SDK has.
    pub operations: usize,
    /// How many types the SDK has.
    pub types: usize,
    /// What the overlay has no words for.
    pub without_words: Vec<String>,
    /// What not every server has, and where the SDK promises less than the base does: the generated
    /// part of `spec/README.md`.
    pub servers: String,
}

/// Runs every stage.
///
/// # Errors
///
/// The first stage that refuses its input; the error names the file and the place.
pub fn run(inputs: &Inputs) -> Result<Output> {
    run_watched(inputs, &mut |_, _| {})
}

/// As [`run`], and the generated code as it is after lowering and after each pass: `(name, code)`.
///
/// # Errors
///
/// As [`run`].
pub fn trace(inputs: &Inputs) -> Result<Vec<(&'static str, String)>> {
    let mut steps = Vec::new();
    run_watched(inputs, &mut |name, tree| {
        let files = print::print(tree.clone());
        steps.push((name, files.into_iter().filter_map(|file| file.content).collect()));
    })?;
    Ok(steps)
}

/// The normalized document alone, which says what the SDK has.
///
/// # Errors
///
/// As [`run`].
pub fn normalized(inputs: &Inputs) -> Result<Value> {
    normalize(inputs, &describe(inputs)?.document)
}

fn run_watched(inputs: &Inputs, watch: &mut dyn FnMut(&'static str, &Tree)) -> Result<Output> {
    let described = describe(inputs)?;
    let normalized = normalize(inputs, &described.document)?;

    let document = Document::read(&normalized).context("in the normalized document")?;
    validate::validate(&document).context("in the normalized document")?;

    let file = lower::lower(&normalized, &document).context("lower")?;
    let mut tree = Tree::split(file).context("lower")?;
    watch("lower", &tree);

    passes::run(&document, &mut tree, watch)?;

    let content = Some(json::print(&normalized));
    let mut artifacts = vec![Artifact { path: NORMALIZED.to_owned(), content }];
    artifacts.extend(print::print(tree));
    Ok(Output {
        artifacts,
        operations: document.operations.len(),
        types: document.generated_types(),
        without_words: passes::without_words(&document),
        servers: format!(
            "### What not every server has\n\n{}\n### Where the SDK promises less than {}\n\n{}",
            availability::table(&document),
            inputs.base,
            looseness::table(inputs, &described, &normalized)?
        ),
    })
}

/// One description of all servers, corrected, named and described.
pub(crate) struct Described {
    pub(crate) document: Value,
    /// Those of the servers, each with what is corrected in it alone.
    pub(crate) descriptions: Vec<Description>,
    /// What was corrected in any of them.
    pub(crate) corrections: Vec<Correction>,
}

fn describe(inputs: &Inputs) -> Result<Described> {
    let (mut descriptions, mut corrections) = (inputs.descriptions.clone(), Vec::new());
    inputs.overlay.check_servers(&inputs.servers()).context(OVERLAY)?;
    for Description { server, file, document } in &mut descriptions {
        reference::check(document).with_context(|| file.clone())?;
        let corrected = inputs.overlay.apply_to(server, document);
        corrections.extend(corrected.with_context(|| format!("{OVERLAY}, on {file}"))?);
    }
    let mut document = json::sorted(&merge::merge(&descriptions, &inputs.base)?);
    corrections.extend(inputs.overlay.apply(&mut document).context(OVERLAY)?);
    reference::check(&document).with_context(|| inputs.place())?;
    Ok(Described { document, descriptions, corrections })
}

fn normalize(inputs: &Inputs, described: &Value) -> Result<Value> {
    let normalized = normalize::normalize(described, &inputs.operations);
    let mut normalized = normalized.with_context(|| inputs.place())?;
    normalized["info"]["x-inputs"] = digests(inputs)?;
    Ok(json::sorted(&normalized))
}

impl Inputs {
    /// The servers, in the order of the descriptions.
    pub(crate) fn servers(&self) -> Vec<&str> {
        self.descriptions.iter().map(|one| one.server.as_str()).collect()
    }

    /// Where a place of the described document is to be looked for.
    fn place(&self) -> String {
        match self.descriptions.as_slice() {
            [one] => format!("{}, with {OVERLAY}", one.file),
            _ => format!("the merged descriptions, with {OVERLAY}"),
        }
    }
}

/// What the normalized document is made from, so that a stale one can say what moved.
fn digests(inputs: &Inputs) -> Result<Value> {
    let mut digests: BTreeMap<&str, String> = BTreeMap::from([
        ("spec/operations.toml", json::digest(&inputs.operations.to_value())),
        (OVERLAY, json::digest(&inputs.overlay.to_value())),
        // Of the pins themselves the trimmed descriptions speak.
        ("spec/upstream.toml", json::digest(&json!({"base": inputs.base}))),
    ]);
    for description in &inputs.descriptions {
        digests.insert(&description.file, json::digest(&description.document));
    }
    Ok(serde_json::to_value(digests)?)
}
