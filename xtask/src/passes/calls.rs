//! Every request ends in one call into the SDK's engine.
//!
//! progenitor writes the URL, a hard-coded `api-version` header, hooks and a match over status
//! codes into each `send`, on top of progenitor-client. Here a request says which operation it is
//! and what its arguments are; URL, GitHub's headers and all else are the engine's.

use anyhow::Result;
use quote::quote;
use syn::{Fields, ImplItem, parse_quote};

use super::tree::{add_start, method, parameter_field};
use super::{Count, Tree};
use crate::document::Document;

pub(super) fn apply(document: &Document, tree: &mut Tree) -> Result<Count> {
    let mut changed = 0;
    for operation in &document.operations {
        let mut arguments = Vec::new();
        for parameter in &operation.parameters {
            let (field, _) = parameter_field(tree.request_struct(operation)?, parameter)?;
            let name = &parameter.name;
            arguments.push(match (parameter.in_path, parameter.required) {
                (true, _) => quote!(call.path(#name, &self.#field?)?;),
                (false, true) => quote!(call.query(#name, &self.#field?)?;),
                (false, false) => quote! {
                    if let Some(value) = self.#field? {
                        call.query(#name, &value)?;
                    }
                },
            });
        }
        let mutable = (!arguments.is_empty()).then(|| quote!(mut));
        let Fields::Named(fields) = &mut tree.request_struct(operation)?.fields else { continue };
        fields.named.push(parse_quote!(options: crate::engine::Options));
        let at_root = operation.at_root;
        let (id, path) = (&operation.id, &operation.path);
        let block = tree.request_impl(operation)?;
        add_start(method(block, "new")?, parse_quote!(options: crate::engine::Options::default()))?;
        block.items.push(ImplItem::Fn(parse_quote! {
            pub fn deadline(mut self, limit: ::std::time::Duration) -> Self {
                self.options.deadline = Some(limit);
                self
            }
        }));
        block.items.push(ImplItem::Fn(parse_quote! {
            fn call(self) -> Result<crate::engine::Call, crate::Error> {
                const OPERATION: crate::engine::Operation = crate::engine::Operation { id: #id, path: #path, at_root: #at_root };
                let #mutable call = crate::engine::Call::new(self.client, &OPERATION, self.options);
                #(#arguments)*
                Ok(call)
            }
        }));
        changed += 1;
    }
    Ok(Count { expected: document.operations.len(), changed })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::testing::{code_after, document, ok, query};

    #[test]
    fn what_is_not_set_is_not_sent() {
        let parameters = json!([
            query("q", true, json!({"type": "string"})),
            query("n", false, json!({"type": "integer"}))
        ]);
        let code =
            code_after("calls", &document(parameters, ok(json!({"type": "string"})), json!({})));
        assert!(code.contains(r#"id: "things/get", path: "/things", at_root: false,"#), "{code}");
        assert!(code.contains(r#"call.query("q", &self.q?)?; if let Some(value) = self.n? { call.query("n", &value)?; }"#), "{code}");
    }
}
