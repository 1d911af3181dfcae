//! One shape per idea: the document that the generator reads.
//!
//! After this stage the only components are schemas, each a Rust type under its Rust name: an
//! object, an enum of words, a union, or an integer or string with a type of its own. Parameters
//! and answers stand in their operations. An operation has one success and no typed errors: every
//! error is the SDK's one error type, so the description's error bodies are read by no one.

mod operation;
mod schema;
mod shape;

use anyhow::{Result, ensure};
use serde_json::{Map, Value, json};

use crate::inputs::operations::Operations;
use crate::openapi::json::Pointer;
use schema::Schemas;

/// The normalized document.
///
/// # Errors
///
/// An operation is not listed, or something in the document has no place in the SDK; the error
/// names the pointer.
pub(crate) fn normalize(document: &Value, operations: &Operations) -> Result<Value> {
    let mut schemas = Schemas::new(document);
    let mut paths = Map::new();
    for (path, item) in document["paths"].as_object().into_iter().flatten() {
        let at = Pointer::root().descend(["paths", path]);
        let item = operation::path_item(item, &at, path, operations, &mut schemas)?;
        paths.insert(path.clone(), item);
    }
    for id in operations.ids() {
        let of_id = |(_, item): &(&String, &Value)| item["get"]["x-operation-id"] == id;
        let places: Vec<_> = paths
            .iter()
            .filter(of_id)
            .map(|(path, _)| Pointer::root().descend(["paths", path, "get"]).to_string())
            .collect();
        ensure!(
            !places.is_empty(),
            "#/paths: operation `{id}` of spec/operations.toml is not there: \
             run cargo xtask trim, or take it off the list"
        );
        ensure!(places.len() == 1, "operation `{id}` stands at {}", places.join(" and at "));
    }
    let info = &document["info"];
    Ok(json!({
        "openapi": "3.0.3",
        "info": {"title": "", "version": info["version"], "x-servers": info["x-servers"]},
        "paths": paths,
        "components": {"schemas": schemas.finish()},
    }))
}
