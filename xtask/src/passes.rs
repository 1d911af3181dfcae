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
mod paging;
mod redirect;
mod repo_methods;
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
const PASSES: [(&str, Pass); 12] = [
    ("enums", enums::apply),
    ("nulls", nulls::apply),
    ("owned_client", owned_client::apply),
    ("errors", errors::apply),
    ("required_args", required_args::apply),
    ("calls", calls::apply),
    ("responses", responses::apply),
    ("redirect", redirect::apply),
    ("paging", paging::apply),
    ("repo_methods", repo_methods::apply),
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

/// What the tests of the passes share: a small document, and the code after a pass.
#[cfg(test)]
mod testing {
    use serde_json::{Value, json};

    use super::*;
    use crate::{lower, print};

    /// A normalized document with one operation, `get_thing`, and the schemas given.
    pub(super) fn document(parameters: Value, responses: Value, schemas: Value) -> Value {
        json!({
            "openapi": "3.0.3",
            "info": {"title": "", "version": "1"},
            "paths": {"/things": {"get": {
                "operationId": "get_thing", "x-operation-id": "things/get",
                "parameters": parameters, "responses": responses,
            }}},
            "components": {"schemas": schemas},
        })
    }

    /// The 200 of a JSON answer.
    pub(super) fn ok(schema: Value) -> Value {
        json!({"200": {"description": "", "content": {"application/json": {"schema": schema}}}})
    }

    /// A query parameter.
    pub(super) fn query(name: &str, required: bool, schema: Value) -> Value {
        json!({"name": name, "in": "query", "required": required, "schema": schema})
    }

    /// progenitor's output, and the document it was made from.
    pub(super) fn lowered(value: &Value) -> (Document, Tree) {
        let document = Document::read(value).unwrap();
        let tree = Tree::split(lower::lower(value, &document).unwrap()).unwrap();
        (document, tree)
    }

    /// The code after the pass called `last`, in one line.
    pub(super) fn code_after(last: &str, value: &Value) -> String {
        let (document, mut tree) = lowered(value);
        let mut code = String::new();
        run(&document, &mut tree, &mut |name, tree| {
            if name == last {
                code = print::print(tree.clone())
                    .into_iter()
                    .filter_map(|file| file.content)
                    .collect();
            }
        })
        .unwrap();
        code.split_whitespace().collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn a_pass_that_does_not_find_its_items_is_an_error() {
        let value = document(json!([]), ok(json!({"type": "string"})), json!({}));
        let (document, mut tree) = lowered(&value);
        tree.requests.clear();
        let error = run(&document, &mut tree, &mut |_, _| {}).unwrap_err();
        assert_eq!(format!("{error:#}"), "pass owned_client: no `struct GetThing`");
    }
}
