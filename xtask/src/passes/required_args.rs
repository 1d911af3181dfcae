//! What a path needs is an argument: a call that forgets one does not compile.
//!
//! progenitor's builders take everything by setter and find out at `send()` what is missing.

use anyhow::Result;
use quote::quote;
use syn::{FnArg, ImplItem, parse_quote};

use super::tree::{ident, method, parameter_field, request_name, starts_as};
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
            let name = &parameter.name;
            arguments
                .push(parse_quote!(#field: impl TryInto<#value, Error: Into<crate::InvalidInput>>));
            values.push(quote!(crate::input::convert(#name, #field)));
            parameters.push(parse_quote!(#field: Result<#value, crate::InvalidInput>));
            let block = tree.request_impl(operation)?;
            block
                .items
                .retain(|item| !matches!(item, ImplItem::Fn(setter) if setter.sig.ident == field));
            starts_as(method(block, "new")?, &field, parse_quote!(#field));
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
