//! Documents for a comparison: read as far as they can be, because a newer description may be one that the
//! generator refuses.

use anyhow::{Context as _, Result};
use serde_json::Value;

use crate::document::Document;
use crate::inputs::Description;
use crate::openapi::{json, reference};
use crate::pipeline::{Inputs, Naming};
use crate::stages::{merge, normalize};

/// The document as far as it can be read, for a comparison: actions of the overlay that no longer hold are
/// left out, and what a stage refuses is kept as it is.
///
/// # Errors
///
/// A description has a reference that leads nowhere, or a schema that contains itself.
pub(super) fn outline(inputs: &Inputs) -> Result<Document> {
    let mut descriptions = inputs.descriptions.clone();
    for Description { server, file, document } in &mut descriptions {
        reference::check(document).with_context(|| file.clone())?;
        inputs.overlay.apply_where_it_holds(Some(server), document);
    }
    merge::prepare(&mut descriptions, &inputs.base)?;
    let (merged, _) = merge::merge_all(&descriptions, &inputs.base)?;
    let mut merged = json::sorted(&merged);
    inputs.overlay.apply_where_it_holds(None, &mut merged);
    Ok(read_all(inputs, &merged, &inputs.naming))
}

/// The document of one server, as far as it can be read: without names and corrections, except
/// those that are for this server.
///
/// # Errors
///
/// As [`outline`].
pub(super) fn of_server(inputs: &Inputs, description: &Description) -> Result<Document> {
    let mut descriptions = [description.clone()];
    let [Description { server, file, document }] = &mut descriptions;
    reference::check(document).with_context(|| file.clone())?;
    inputs.overlay.apply_where_it_holds(Some(server), document);
    merge::prepare(&mut descriptions, &description.server)?;
    let (merged, _) = merge::merge_all(&descriptions, &description.server)?;
    Ok(read_all(inputs, &json::sorted(&merged), &Naming::Number))
}

fn read_all(inputs: &Inputs, described: &Value, naming: &Naming) -> Document {
    let (normalized, _) = normalize::normalize(described, &inputs.operations, naming);
    Document::read(&json::sorted(&normalized), &inputs.reserved).0
}
