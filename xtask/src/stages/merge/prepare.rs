//! The preparation of descriptions for merging.

use anyhow::{Context as _, Result};
use serde_json::Value;

use super::{order, spelling};
use crate::inputs::Description;
use crate::openapi::enums;
use crate::openapi::flatten::flatten_all;
use crate::openapi::json::Pointer;
use crate::openapi::positions::{Kind, METHODS, visit};

/// Brings descriptions into the form that merging expects: no `allOf`, no union of enums, servers at each
/// operation, one spelling for all servers.
///
/// # Errors
///
/// A schema contains itself through `allOf`.
pub(crate) fn prepare(descriptions: &mut [Description], base: &str) -> Result<()> {
    for Description { file, document, .. } in descriptions.iter_mut() {
        drop_extensions(document);
        flatten_all(document).with_context(|| file.clone())?;
        join_enums(document);
        push_down_servers(document);
    }
    let order = order(descriptions, base);
    spelling::unify(descriptions, &order);
    Ok(())
}

/// The path items.
pub(super) fn paths(document: &mut Value) -> impl Iterator<Item = (&String, &mut Value)> {
    document.get_mut("paths").and_then(Value::as_object_mut).into_iter().flatten()
}

/// Removes the `x-` keys among paths and answers, which are neither.
fn drop_extensions(document: &mut Value) {
    visit(Kind::Document, &Pointer::root(), document, &mut |kind, _, map| {
        for (key, _, child) in kind.children() {
            if let Some(Value::Object(entries)) = map.get_mut(*key) {
                entries.retain(|name, _| !child.is_extension(kind, name));
            }
        }
    });
}

/// Joins each union of enums: another server may declare one enum at the same place.
fn join_enums(document: &mut Value) {
    visit(Kind::Document, &Pointer::root(), document, &mut |kind, _, map| {
        if kind == Kind::Schema {
            enums::join_variants(map);
        }
    });
}

/// Copies the `servers` of a path item to its operations without `servers` of their own.
fn push_down_servers(document: &mut Value) {
    for (_, item) in paths(document) {
        let Some(servers) = item.get("servers").cloned() else { continue };
        for method in METHODS {
            if let Some(operation) = item.get_mut(method).and_then(Value::as_object_mut) {
                operation.entry("servers").or_insert_with(|| servers.clone());
            }
        }
    }
}
