//! What is about a repository can be asked of one: the same methods, less two arguments.

use anyhow::Result;
use quote::quote;
use syn::{FnArg, ImplItem, parse_quote};

use super::errors::converted;
use super::tree::{ident, parameter_field, request_name};
use super::{Count, Tree};
use crate::document::Document;

pub(super) fn apply(document: &Document, tree: &mut Tree) -> Result<Count> {
    let mut count = Count { expected: 0, changed: 0 };
    for operation in document.operations.iter().filter(|operation| operation.is_of_repository()) {
        count.expected += 1;
        let mut arguments: Vec<FnArg> = Vec::new();
        let mut values = Vec::new();
        for parameter in operation.required() {
            let (field, value) = parameter_field(tree.request_struct(operation)?, parameter)?;
            match parameter.name.as_str() {
                "owner" if parameter.in_path => values.push(quote!(Ok(self.owner().into()))),
                "repo" if parameter.in_path => values.push(quote!(Ok(self.name().into()))),
                _ => {
                    arguments.push(parse_quote!(#field: impl TryInto<#value, Error: Into<crate::InvalidInput>>));
                    values.push(converted(parameter, &quote!(#field)));
                }
            }
        }
        let (name, request) = (ident(&operation.name), ident(&request_name(operation)));
        let method: ImplItem = parse_quote! {
            pub fn #name(&self, #(#arguments),*) -> requests::#request {
                requests::#request::new(self.client(), #(#values),*)
            }
        };
        tree.repo.items.push(method);
        count.changed += 1;
    }
    Ok(count)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::testing::{code_after, document, ok};

    #[test]
    fn a_repository_fills_in_its_names() {
        let name = |name: &str| json!({"name": name, "in": "path", "required": true, "schema": {"$ref": "#/components/schemas/PathSegment"}});
        let mut id = name("id");
        id["schema"] = json!({"type": "integer"});
        let segment = json!({"type": "string", "x-rust": {"type": "crate::PathSegment"}});
        let parameters = json!([name("owner"), name("repo"), id]);
        let mut value =
            document(parameters, ok(json!({"type": "string"})), json!({"PathSegment": segment}));
        let operation = value["paths"]["/things"].take();
        value["paths"] = json!({"/repos/{owner}/{repo}/things/{id}": operation});
        let code = code_after("repo_methods", &value);
        assert!(
            code.contains("impl crate::RepoClient { pub fn get_thing( &self, id: impl TryInto<i64"),
            "{code}"
        );
        assert!(code.contains("Ok(self.owner().into()), Ok(self.name().into())"), "{code}");
    }
}
