//! Why an argument was refused is kept, and comes out of the call as the SDK's own error.
//!
//! progenitor's setters throw the reason of a failed conversion away and say that it failed. Here
//! each keeps it, named with the parameter, and checks the bounds that the description gives.

use anyhow::{Context as _, Result};
use proc_macro2::TokenStream;
use quote::quote;
use syn::{Fields, ImplItemFn, parse_quote};

use super::tree::{method, parameter_field, setter_name};
use super::{Count, Tree};
use crate::document::{Document, Parameter};

pub(super) fn apply(document: &Document, tree: &mut Tree) -> Result<Count> {
    let mut count = Count { expected: 0, changed: 0 };
    for operation in &document.operations {
        let request = tree.request_struct(operation)?;
        let mut fields = Vec::new();
        for parameter in &operation.parameters {
            fields.push((parameter, parameter_field(request, parameter)?));
        }
        for (parameter, (name, value)) in &fields {
            count.expected += 1;
            let request = tree.request_struct(operation)?;
            let Fields::Named(named) = &mut request.fields else { continue };
            let field = named.named.iter_mut().find(|field| field.ident.as_ref() == Some(name));
            field.context("a field that was just there")?.ty = if parameter.required {
                parse_quote!(Result<#value, crate::InvalidInput>)
            } else {
                parse_quote!(Result<Option<#value>, crate::InvalidInput>)
            };
            *method(tree.request_impl(operation)?, &name.to_string())? =
                setter(parameter, name, value);
            count.changed += 1;
        }
    }
    Ok(count)
}

fn setter(parameter: &Parameter, field: &syn::Ident, value: &syn::Type) -> ImplItemFn {
    let (setter, converted) = (setter_name(field), converted(parameter, &quote!(value)));
    let wrap = (!parameter.required).then(|| quote!(.map(Some)));
    parse_quote! {
        pub fn #setter<V>(mut self, value: V) -> Self
        where
            V: TryInto<#value, Error: Into<crate::InvalidInput>>,
        {
            self.#field = #converted #wrap;
            self
        }
    }
}

/// The conversion of an argument, with its bounds.
pub(super) fn converted(parameter: &Parameter, argument: &TokenStream) -> TokenStream {
    let (name, bounds) = (&parameter.name, bounds(parameter));
    quote!(crate::input::convert(#name, #argument) #bounds)
}

/// The check of the bounds, where the description gives any and no type of its own keeps them.
fn bounds(parameter: &Parameter) -> Option<TokenStream> {
    if parameter.schema["type"] != "integer" || parameter.minimum.or(parameter.maximum).is_none() {
        return None;
    }
    let name = &parameter.name;
    let low = parameter.minimum.map_or_else(|| quote!(i64::MIN), |low| quote!(#low));
    let high = parameter.maximum.map_or_else(|| quote!(i64::MAX), |high| quote!(#high));
    Some(quote!(.and_then(|value| crate::input::within(#name, value, #low..=#high))))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::testing::{code_after, document, ok, query};

    fn page(schema: serde_json::Value) -> String {
        let mut page = query("page", false, schema);
        page["x-minimum"] = 1.into();
        code_after("errors", &document(json!([page]), ok(json!({"type": "string"})), json!({})))
    }

    #[test]
    fn a_setter_keeps_the_reason_and_checks_the_bounds() {
        let code = page(json!({"type": "integer"}));
        assert!(code.contains("page: Result<Option<i64>, crate::InvalidInput>"), "{code}");
        assert!(code.contains(r#"crate::input::convert("page", value) .and_then(|value| crate::input::within("page", value, 1i64..=i64::MAX)) .map(Some);"#), "{code}");
    }

    #[test]
    fn bounds_of_what_is_no_integer_are_left_to_its_type() {
        assert!(!page(json!({"type": "string"})).contains("within"));
    }
}
