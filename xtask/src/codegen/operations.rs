//! `operations.rs`: a type with constants for each operation, and the table of all operations.

use anyhow::Result;
use heck::ToUpperCamelCase as _;
use proc_macro2::TokenStream;
use quote::quote;

use super::print::{File, ident};
use super::{Group, docs};
use crate::document::{Answer, Document, Operation, Success};

pub(super) fn file(group: &Group<'_>) -> Result<File> {
    let mut file = File::default();
    for operation in &group.operations {
        let name = ident(&operation.name.to_upper_camel_case());
        let docs = docs::trusted(&format!("`{} {}`", operation.method, operation.path()), 0);
        file.item(quote!(#docs #[derive(Debug)] pub enum #name {}))?;
        let constant = constant(operation);
        file.item(quote! {
            impl Endpoint for #name {
                const OPERATION: Operation = #constant;
            }
        })?;
    }
    Ok(file)
}

/// The table of the operations of all groups.
pub(super) fn table(document: &Document) -> TokenStream {
    let operations = &document.operations;
    let names = operations.iter().map(|operation| ident(&operation.name.to_upper_camel_case()));
    let docs = docs::trusted("All operations, by path.", 4);
    quote! {
        use super::{Endpoint, Operation};
        #docs
        pub const ALL: &[&Operation] = &[#(&#names::OPERATION),*];
    }
}

fn constant(operation: &Operation) -> TokenStream {
    let (id, path) = (&operation.id, operation.path());
    let answers = match &operation.answer {
        Answer::One(Success::Redirect) => Some(quote!(.answers(Answer::Content))),
        _ => None,
    };
    let at_root =
        operation.routes.first().filter(|route| route.at_root).map(|_| quote!(.at_root()));
    let has = |name| operation.params.iter().any(|param| param.wire == name);
    let numbered = (has("page") && has("per_page")).then(|| quote!(.numbered()));
    quote!(Operation::get(#id, #path) #answers #at_root #numbered)
}
