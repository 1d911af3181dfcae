//! `operations.rs`: a type with constants for each operation, and the table of all operations.

use anyhow::Result;
use heck::ToUpperCamelCase as _;
use proc_macro2::TokenStream;
use quote::quote;

use super::print::{File, ident};
use super::{Group, docs, feature};
use crate::document::{Base, Document, Operation};

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
    let entries = document.operations.iter().map(|operation| {
        let name = ident(&operation.name.to_upper_camel_case());
        let feature = feature(&operation.group, document);
        quote!(#feature &#name::OPERATION)
    });
    let docs = docs::trusted("All operations, by path.", 4);
    quote! {
        use super::{Endpoint, Operation};
        #docs
        pub const ALL: &[&Operation] = &[#(#entries),*];
    }
}

fn constant(operation: &Operation) -> TokenStream {
    let (id, path) = (&operation.id, operation.path());
    let answers = operation.answer.is_content().then(|| quote!(.answers(Answer::Content)));
    let base = operation.routes.first().map(|route| match route.base {
        Base::Api => TokenStream::new(),
        Base::Root => quote!(.at_root()),
        Base::Uploads => quote!(.at_uploads()),
    });
    let is_usual = |media: &&str| *media == "application/json";
    let sending = operation.body.as_ref().map(|body| body.content.media.as_str());
    let sending = sending.filter(|media| !is_usual(media)).map(|media| quote!(.sending(#media)));
    let accepting = operation.answer.contents().map(|content| content.media.as_str()).next();
    let accepting =
        accepting.filter(|media| !is_usual(media)).map(|media| quote!(.accepting(#media)));
    let method = ident(&operation.method.as_str().to_ascii_lowercase());
    let has = |name| operation.params.iter().any(|param| param.wire == name);
    let numbered = (has("page") && has("per_page")).then(|| quote!(.numbered()));
    quote!(Operation::#method(#id, #path) #answers #base #sending #accepting #numbered)
}
