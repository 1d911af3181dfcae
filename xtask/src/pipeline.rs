//! From descriptions to files: the whole generator on one screen.

use std::collections::BTreeMap;

use anyhow::{Context as _, Result};
use serde_json::Value;

use crate::artifact::Artifact;
use crate::document::Document;
use crate::operations::Operations;
use crate::overlay::Overlay;
use crate::passes::{self, Tree};
use crate::{json, lower, normalize, print, reference, validate};

/// The file that reviewers read first: exactly what the generator reads.
pub const NORMALIZED: &str = "spec/normalized.json";

/// What the generator is made from.
#[derive(Clone, Debug)]
pub struct Inputs {
    /// The trimmed description, and its file.
    pub description: (String, Value),
    /// Our words, names and corrections.
    pub overlay: Overlay,
    /// The operations, and what they are called.
    pub operations: Operations,
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

fn run_watched(inputs: &Inputs, watch: &mut dyn FnMut(&'static str, &Tree)) -> Result<Output> {
    let (file, trimmed) = &inputs.description;
    reference::check(trimmed).with_context(|| file.clone())?;

    let mut described = json::sorted(trimmed);
    inputs.overlay.apply(&mut described).context("spec/overlay.yaml")?;
    reference::check(&described).with_context(|| format!("{file}, with spec/overlay.yaml"))?;

    let mut normalized = normalize::normalize(&described, &inputs.operations)
        .with_context(|| format!("{file}, with spec/overlay.yaml"))?;
    normalized["info"]["x-inputs"] = digests(inputs)?;
    let normalized = json::sorted(&normalized);

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
    })
}

/// What the normalized document is made from, so that a stale one can say what moved.
fn digests(inputs: &Inputs) -> Result<Value> {
    let (file, trimmed) = &inputs.description;
    let digests: BTreeMap<&str, String> = BTreeMap::from([
        (file.as_str(), json::digest(trimmed)),
        ("spec/operations.toml", json::digest(&inputs.operations.to_value())),
        ("spec/overlay.yaml", json::digest(&inputs.overlay.to_value())),
    ]);
    Ok(serde_json::to_value(digests)?)
}
