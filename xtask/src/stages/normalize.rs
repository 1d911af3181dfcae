//! Normalizes the described document: one form for each concept.
//!
//! After this stage, the only components are schemas: each is a Rust type under its Rust name, and has
//! the place it comes from (`x-origin`). Parameters, bodies and answers are written out in their
//! operations, with one media type each. Error bodies are dropped: the SDK has one error type.

mod join;
mod operation;
mod types;

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use crate::inputs::operations::Operations;
use crate::openapi::json::Pointer;
use crate::openapi::positions::METHODS;
use crate::openapi::refusal::{Refusal, Refusals};
use types::Types;

/// The reaction to two schemas with the same type name.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Naming {
    /// Refuse both. Otherwise a name would depend on the other operations, and could change later.
    #[default]
    Refuse,
    /// Give a longer name to an inline schema with the name of a component, to a component with a reserved name, and to
    /// the second of two components. The components are these, besides those that the operations use, so that an added
    /// operation renames nothing.
    Qualify(BTreeSet<String>),
    /// Number the second: for a document that is compared and from which nothing is generated.
    Number,
}

/// Normalizes the document as far as that is possible, and returns with it all refusals, each with its place.
pub(crate) fn normalize(
    document: &Value,
    operations: &Operations,
    naming: &Naming,
) -> (Value, Refusals) {
    let mut recursive = BTreeSet::new();
    loop {
        let mut types = Types::new(document, naming, recursive.clone());
        let paths = paths(document, operations, &mut types);
        // A list or map that contains itself needs a name. Repeat with the ones found so far.
        if types.recursive != recursive {
            recursive = types.recursive;
            continue;
        }
        let mut info = json!({"title": "", "version": document["info"]["version"]});
        info["x-servers"] = document["info"]["x-servers"].clone();
        let (schemas, refusals) = types.finish();
        let mut normalized = json!({
            "openapi": "3.0.3",
            "info": info,
            "paths": paths,
            "components": {"schemas": schemas},
        });
        if let Some(servers) = document.get("servers") {
            normalized["servers"] = servers.clone();
        }
        return (normalized, refusals);
    }
}

fn paths(document: &Value, operations: &Operations, types: &mut Types<'_>) -> Value {
    let all = document["info"]["x-servers"].clone();
    let mut paths = Map::new();
    let mut found = BTreeSet::new();
    for (path, item) in document["paths"].as_object().into_iter().flatten() {
        let mut normalized = Map::new();
        for method in METHODS {
            let Some(operation) = item.get(method) else { continue };
            let at = Pointer::root().descend(["paths", path, method]);
            let id = operation["operationId"].as_str().unwrap_or_default();
            types.enter(operation, &all);
            let Some(listed) = operations.get(id) else {
                let near = types.near(id, operations.ids());
                let problem =
                    format!("operation `{id}` is not listed in spec/operations.toml{near}");
                types.refuse(&at, problem, "list it, or run cargo xtask trim");
                continue;
            };
            found.insert(id);
            let value = operation::normalize(operation, &at, path, id, listed, types);
            normalized.insert(method.to_owned(), value);
        }
        paths.insert(path.clone(), Value::Object(normalized));
    }
    for id in operations.ids().filter(|id| !found.contains(id)) {
        types.refusals.push(Refusal {
            at: Pointer::root().child("paths"),
            servers: Vec::new(),
            problem: format!("operation `{id}` of spec/operations.toml does not exist"),
            remedy: "run cargo xtask trim, or remove it from the list".to_owned(),
        });
    }
    Value::Object(paths)
}
