//! `requests.rs`: an alias for the request of each operation, with its setters.

use anyhow::Result;
use heck::ToUpperCamelCase as _;
use proc_macro2::TokenStream;
use quote::quote;

use super::client::{bounds, takes};
use super::print::{File, ident};
use super::types::rust;
use super::{Group, docs};
use crate::document::{Answer, Document, Operation, Param, Place, Shape, Success, Ty};

pub(super) fn file(group: &Group<'_>) -> Result<File> {
    let mut file = File::default();
    file.import_hand_written(group.document);
    file.import_modules(&["operations", "types"]);
    file.import_from_runtime("kind");
    file.each(&group.operations, |operation, file| request(operation, group.document, file))?;
    Ok(file)
}

fn request(operation: &Operation, document: &Document, file: &mut File) -> Result<()> {
    let name = operation.name.to_upper_camel_case();
    let (ident, kind) = (ident(&name), kind(operation, document));
    let of = &operation.name;
    let docs =
        docs::trusted(&format!("A request made by [`Client::{of}`](crate::Client::{of})."), 0);
    file.item(quote!(#docs pub type #ident = Request<operations::#ident, #kind>;))?;
    let setters: Vec<&Param> = operation.optional().collect();
    file.block(&format!("impl {name}"), &setters, |param| setter(param, operation, document))
}

/// The kind of answer as a type. Spelled out in the alias, because only then rustdoc shows its methods.
fn kind(operation: &Operation, document: &Document) -> TokenStream {
    let ty = operation.answer.tys().next().map(|ty| rust(ty, document, true));
    match &operation.answer {
        Answer::One(Success::Redirect) => quote!(kind::Content),
        _ if operation.paged.is_some() => quote!(kind::List<#ty>),
        _ => quote!(kind::One<#ty>),
    }
}

fn setter(param: &Param, operation: &Operation, document: &Document) -> TokenStream {
    let docs = docs::setter(param, operation, document);
    let (name, wire) = (ident(&param.name), &param.wire);
    // The variable of the closure must not hide the argument.
    let data = ident(if param.name == "data" { "request" } else { "data" });
    if let Ty::List(item) = &param.ty {
        let item = takes(item, document);
        let call = match param.place {
            Place::QueryJoined(separator) => quote!(query_joined(#wire, #separator, #name)),
            _ => quote!(query_list(#wire, #name)),
        };
        return quote! {
            #docs
            pub fn #name(self, #name: impl IntoIterator<Item = impl #item>) -> Self {
                self.with_data(|#data| #data.#call)
            }
        };
    }
    let value = rust(&param.ty, document, true);
    let call = if is_always_valid(&param.ty, document) {
        return quote! {
            #docs
            pub fn #name(self, #name: #value) -> Self {
                self.with_data(|#data| #data.query(#wire, #name))
            }
        };
    } else if let Some(bounds) = bounds(&param.ty) {
        quote!(query_within(#wire, #name, #bounds))
    } else {
        quote!(query_arg(#wire, #name))
    };
    let takes = takes(&param.ty, document);
    quote! {
        #docs
        pub fn #name(self, #name: impl #takes) -> Self {
            self.with_data(|#data| #data.#call)
        }
    }
}

/// True if every value of the type is valid.
fn is_always_valid(ty: &Ty, document: &Document) -> bool {
    match ty {
        Ty::Bool | Ty::Number | Ty::Time | Ty::Json => true,
        Ty::Named(name) => {
            let shape = document.types.get(name).map(|ty| &ty.shape);
            matches!(shape, Some(Shape::Enum(_) | Shape::Union(..) | Shape::Object { .. }))
        }
        _ => false,
    }
}
