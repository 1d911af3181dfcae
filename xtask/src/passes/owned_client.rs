//! A request owns a clone of the client, so that its future can be spawned and kept.
//!
//! progenitor's builders borrow the client: a request could not outlive the function it is made in.

use anyhow::{Context as _, Result};
use syn::{Fields, parse_quote};

use super::tree::{ident, method, request_name, starts_as};
use super::{Count, Tree};
use crate::document::Document;

pub(super) fn apply(document: &Document, tree: &mut Tree) -> Result<Count> {
    let mut changed = 0;
    for operation in &document.operations {
        let request = tree.request_struct(operation)?;
        request.generics = syn::Generics::default();
        let Fields::Named(fields) = &mut request.fields else { continue };
        let client = fields.named.first_mut().context("a request without a client")?;
        client.ty = parse_quote!(crate::Client);
        let name = ident(&request_name(operation));
        let block = tree.request_impl(operation)?;
        block.generics = syn::Generics::default();
        block.self_ty = parse_quote!(#name);
        let new = method(block, "new")?;
        new.vis = parse_quote!(pub(super));
        *new.sig.inputs.first_mut().context("`new` takes no client")? =
            parse_quote!(client: &crate::Client);
        starts_as(new, &ident("client"), parse_quote!(client.clone()))?;
        let maker = tree.client_method(operation)?;
        maker.sig.output = parse_quote!(-> requests::#name);
        maker.block = parse_quote!({ requests::#name::new(self) });
        changed += 1;
    }
    tree.client.self_ty = parse_quote!(crate::Client);
    Ok(Count { expected: document.operations.len(), changed })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::testing::{code_after, document, ok};

    #[test]
    fn a_request_borrows_nothing() {
        let value = document(json!([]), ok(json!({"type": "string"})), json!({}));
        let code = code_after("owned_client", &value);
        assert!(code.contains("pub struct GetThing { client: crate::Client, }"), "{code}");
        assert!(code.contains("Self { client: client.clone() }"), "{code}");
        assert!(code.contains("-> requests::GetThing { requests::GetThing::new(self) }"), "{code}");
    }
}
