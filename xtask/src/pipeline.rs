//! From descriptions to files: the whole generator on one screen.

use std::collections::BTreeMap;

use anyhow::{Context as _, Result};
use serde_json::{Value, json};

use crate::artifact::Artifact;
use crate::codegen;
use crate::document::Document;
pub use crate::inputs::Description;
use crate::inputs::operations::Operations;
use crate::inputs::overlay::{Correction, Overlay};
use crate::names::Reserved;
use crate::openapi::json::Pointer;
use crate::openapi::positions::Kind;
use crate::openapi::{json, keywords, limits, reference};
pub use crate::stages::normalize::Naming;
use crate::stages::{merge, normalize};
use crate::tables::{self, Sources};

/// The generator's only input; reviewers read its diff first.
pub const NORMALIZED: &str = "spec/normalized.json";

pub(crate) const OVERLAY: &str = "spec/overlay.yaml";

/// The inputs of the generator.
#[derive(Clone, Debug)]
pub struct Inputs {
    /// The trimmed descriptions, oldest server first.
    pub descriptions: Vec<Description>,
    /// The base: the server whose examples, links, order and names are used where servers differ.
    pub base: String,
    /// Documentation, names and corrections.
    pub overlay: Overlay,
    /// The operations, their names and groups.
    pub operations: Operations,
    /// The names of the hand-written API.
    pub reserved: Reserved,
    /// The reaction to two schemas with the same type name.
    pub naming: Naming,
}

/// The output of the generator.
#[derive(Clone, Debug)]
pub struct Output {
    /// `spec/normalized.json` and the generated files.
    pub artifacts: Vec<Artifact>,
    /// The document that they are made from.
    pub document: Document,
    /// The items that the overlay does not document.
    pub without_docs: Vec<String>,
    /// The generated part of `spec/README.md`.
    pub servers: String,
}

/// Runs every stage.
///
/// # Errors
///
/// All refusals of the first stage that refuses its input, each with the place.
pub fn run(inputs: &Inputs) -> Result<Output> {
    let Described { document: merged, descriptions, corrections } = describe(inputs)?;
    let (mut normalized, document) = read(inputs, &merged)?;
    normalized["info"]["x-inputs"] = digests(inputs)?;
    normalized["info"] = json::sorted(&normalized["info"]);
    let of = &document;
    let generate = || codegen::generate(of).with_context(|| inputs.place());
    let (generated, (normalized, servers)) = rayon::join(generate, move || {
        let text = json::print(&normalized);
        let sources =
            Sources { base: &inputs.base, descriptions: &descriptions, corrections: &corrections };
        let servers = tables::servers(&sources, of);
        // Freeing the values of a whole description takes as long as printing them.
        drop((merged, normalized, descriptions));
        (text, servers)
    });
    let normalized = Artifact { path: NORMALIZED.to_owned(), content: Some(normalized) };
    Ok(Output {
        artifacts: [normalized].into_iter().chain(generated?).collect(),
        without_docs: codegen::without_docs(&document),
        servers,
        document,
    })
}

/// The document alone: the operations and types of the SDK.
///
/// # Errors
///
/// As [`run`].
pub fn document(inputs: &Inputs) -> Result<Document> {
    Ok(read(inputs, &describe(inputs)?.document)?.1)
}

/// The normalized document alone, without the digests of its inputs.
///
/// # Errors
///
/// As [`run`].
pub fn normalized(inputs: &Inputs) -> Result<Value> {
    Ok(read(inputs, &describe(inputs)?.document)?.0)
}

/// The merged description with the overlay applied.
struct Described {
    document: Value,
    /// The description of each server, with its own corrections (`x-server`).
    descriptions: Vec<Description>,
    /// All corrections.
    corrections: Vec<Correction>,
}

fn describe(inputs: &Inputs) -> Result<Described> {
    let (mut descriptions, mut corrections) = (inputs.descriptions.clone(), Vec::new());
    inputs.overlay.check_servers(&inputs.servers()).context(OVERLAY)?;
    for Description { server, file, document } in &mut descriptions {
        limits::check(Kind::Document, &Pointer::root(), document).with_context(|| file.clone())?;
        let corrected = inputs.overlay.apply_to(server, document);
        corrections.extend(corrected.with_context(|| format!("{OVERLAY}, on {file}"))?);
        reference::check(document).with_context(|| file.clone())?;
        keywords::check(document, Some(server)).with_context(|| file.clone())?;
    }
    merge::prepare(&mut descriptions, &inputs.base)?;
    // Merging `allOf` and merging servers can make small parts large.
    for Description { file, document, .. } in &descriptions {
        limits::check(Kind::Document, &Pointer::root(), document).with_context(|| file.clone())?;
    }
    let mut document = json::sorted(&merge::merge(&descriptions, &inputs.base)?);
    limits::check(Kind::Document, &Pointer::root(), &document).with_context(|| inputs.place())?;
    corrections.extend(inputs.overlay.apply(&mut document).context(OVERLAY)?);
    reference::check(&mut document).with_context(|| inputs.place())?;
    keywords::check(&document, None).with_context(|| inputs.place())?;
    Ok(Described { document, descriptions, corrections })
}

/// The normalized document and the typed one; the refusals of all stages from here on are one error.
fn read(inputs: &Inputs, described: &Value) -> Result<(Value, Document)> {
    let (normalized, mut refusals) =
        normalize::normalize(described, &inputs.operations, &inputs.naming);
    let normalized = json::sorted(&normalized);
    let (document, refused) = Document::read(&normalized, &inputs.reserved);
    refusals.extend(refused);
    refusals.extend(codegen::unsupported(&document));
    if refusals.list().is_empty() {
        refusals = document.endless();
        refusals.extend(document.too_large());
    }
    refusals.or((normalized, document)).with_context(|| inputs.place())
}

impl Inputs {
    /// The servers, in the order of the descriptions.
    pub(crate) fn servers(&self) -> Vec<&str> {
        self.descriptions.iter().map(|one| one.server.as_str()).collect()
    }

    /// The servers with their descriptions.
    pub(crate) fn documents(&self) -> Vec<(&str, &Value)> {
        self.descriptions.iter().map(|one| (one.server.as_str(), &one.document)).collect()
    }

    /// The document that the pointers in error messages refer to.
    fn place(&self) -> String {
        match self.descriptions.as_slice() {
            [one] => format!("{}, with {OVERLAY}", one.file),
            _ => format!("the merged descriptions, with {OVERLAY}"),
        }
    }
}

/// The digests of the inputs, for the cause in the message of `generate --check`.
fn digests(inputs: &Inputs) -> Result<Value> {
    let mut digests: BTreeMap<&str, String> = BTreeMap::from([
        ("spec/operations.toml", json::digest(&inputs.operations.to_value())),
        (OVERLAY, json::digest(&inputs.overlay.to_value())),
        // The trimmed descriptions contain their pins.
        ("spec/upstream.toml", json::digest(&json!({"base": inputs.base}))),
    ]);
    for file in inputs.descriptions.iter().map(|one| &one.file) {
        let servers = inputs.descriptions.iter().filter(|one| one.file == *file);
        let documents: Vec<_> = servers.map(|one| &one.document).collect();
        digests.entry(file).or_insert_with(|| match documents.as_slice() {
            [one] => json::digest(one),
            all => json::digest(&json!(all)),
        });
    }
    Ok(serde_json::to_value(digests)?)
}
