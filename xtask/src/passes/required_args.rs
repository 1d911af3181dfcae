//! What a path needs is an argument: a call that forgets one does not compile.
//!
//! progenitor's builders take everything by setter and find out at `send()` what is missing.

use anyhow::Result;
use quote::quote;
use syn::{FnArg, ImplItem, parse_quote};

use super::errors::converted;
use super::tree::{ident, method, parameter_field, request_name, setter_name, starts_as};
use super::{Count, Tree};
use crate::document::Document;

pub(super) fn apply(document: &Document, tree: &mut Tree) -> Result<Count> {
    let mut count = Count { expected: 0, changed: 0 };
    for operation in &document.operations {
        let mut arguments: Vec<FnArg> = Vec::new();
        let mut values = Vec::new();
        let mut parameters: Vec<FnArg> = Vec::new();
        for parameter in operation.required() {
            count.expected += 1;
            let (field, value) = parameter_field(tree.request_struct(operation)?, parameter)?;
            arguments
                .push(parse_quote!(#field: impl TryInto<#value, Error: Into<crate::InvalidInput>>));
            values.push(converted(parameter, &quote!(#field)));
            parameters.push(parse_quote!(#field: Result<#value, crate::InvalidInput>));
            let block = tree.request_impl(operation)?;
            block
                .items
                .retain(|item| !matches!(item, ImplItem::Fn(setter) if setter.sig.ident == setter_name(&field)));
            starts_as(method(block, "new")?, &field, parse_quote!(#field))?;
            count.changed += 1;
        }
        method(tree.request_impl(operation)?, "new")?.sig.inputs.extend(parameters);
        let request = ident(&request_name(operation));
        let maker = tree.client_method(operation)?;
        maker.sig.inputs.extend(arguments);
        maker.block = parse_quote!({ requests::#request::new(self, #(#values),*) });
    }
    Ok(count)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::testing::{code_after, document, ok, query};

    #[test]
    fn what_is_required_is_an_argument_and_has_no_setter() {
        let parameters = json!([
            query("q", true, json!({"type": "string"})),
            query("n", false, json!({"type": "integer"}))
        ]);
        let code = code_after(
            "required_args",
            &document(parameters, ok(json!({"type": "string"})), json!({})),
        );
        assert!(
            code.contains(
                "q: impl TryInto<::std::string::String, Error: Into<crate::InvalidInput>>"
            ),
            "{code}"
        );
        assert!(
            code.contains(r#"requests::GetThing::new(self, crate::input::convert("q", q))"#),
            "{code}"
        );
        assert!(!code.contains("pub fn q<V>") && code.contains("pub fn n<V>"), "{code}");
    }

    #[test]
    fn the_bounds_of_an_argument_are_checked() {
        let mut number = query("n", true, json!({"type": "integer"}));
        number["x-minimum"] = 1.into();
        let code = code_after(
            "required_args",
            &document(json!([number]), ok(json!({"type": "string"})), json!({})),
        );
        assert!(code.contains(r#"crate::input::within("n", value, 1i64..=i64::MAX)"#), "{code}");
    }
}
