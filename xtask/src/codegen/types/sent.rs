//! Types that are sent: a constructor of the required fields, and setters. An absent field, null and a value are
//! different, and nothing that was not set is sent.

use proc_macro2::TokenStream;
use quote::quote;

use super::super::docs;
use super::super::print::ident;
use super::rust;
use crate::document::{Document, Field, Ty, Type};

/// The struct of an object that is sent, and its methods.
pub(super) fn object(
    object: &str,
    ty: &Type,
    fields: &[Field],
    rest: Option<&Ty>,
    document: &Document,
) -> [TokenStream; 2] {
    let own_docs = docs::ty(object, ty, 0);
    let members = fields.iter().map(|field| member(field, object, ty, document));
    let flattened = rest.map(|rest| super::rest(fields, rest, document));
    let rest_name = rest.map(|_| ident(super::rest_name(fields)));
    let required = fields.iter().filter(|field| field.required);
    let arguments = required.clone().map(|field| {
        let (name, (takes, _)) =
            (ident(&field.name), argument(&field.ty, &field.name, document, false));
        quote!(#name: #takes)
    });
    let values = fields.iter().map(|field| {
        let name = ident(&field.name);
        let (_, value) = argument(&field.ty, &field.name, document, false);
        match (field.required, document.is_boxed(field, object)) {
            (false, _) => quote!(#name: Option::None),
            (true, true) => quote!(#name: Box::new(#value)),
            (true, false) => quote!(#name: #value),
        }
    });
    let values = values.chain(rest_name.map(|name| quote!(#name: BTreeMap::new())));
    let setters = fields.iter().filter(|field| !field.required);
    let setters = setters.map(|field| setter(field, object, document));
    let new_docs = docs::trusted("A value with the required fields.", 4);
    let is_deprecated = fields.iter().any(|field| field.docs.deprecated.is_some());
    let allowed = is_deprecated.then(uses_deprecated);
    let name = ident(object);
    let many = (required.count() > 7).then(
        || quote!(#[allow(clippy::too_many_arguments, reason = "the API requires all of them")]),
    );
    [
        quote! {
            #own_docs
            #[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
            #[non_exhaustive]
            pub struct #name { #(#members,)* #flattened }
        },
        quote! {
            impl #name {
                #new_docs
                #many
                #allowed
                pub fn new(#(#arguments),*) -> Self {
                    Self { #(#values),* }
                }
                #(#setters)*
            }
        },
    ]
}

fn member(field: &Field, object: &str, ty: &Type, document: &Document) -> TokenStream {
    let docs = docs::field(field, ty, document);
    let deprecated = docs::deprecated(&field.docs);
    let wire = &field.wire;
    let mut rust = rust(&field.ty, document, false);
    if document.is_boxed(field, object) {
        rust = quote!(Box<#rust>);
    }
    let mut serde = Vec::new();
    if field.name != *wire {
        serde.push(quote!(rename = #wire));
    }
    if !field.required {
        rust = quote!(Option<#rust>);
        serde.push(quote!(default));
        if matches!(field.ty, Ty::Nullable(_) | Ty::Json) {
            serde.push(quote!(deserialize_with = "crate::runtime::present"));
        }
        serde.push(quote!(skip_serializing_if = "Option::is_none"));
    }
    if let Some((min, max)) = field.ty.bounded() {
        let check = format!("crate::runtime::serialize_within::<{{{min}}}, {{{max}}}, _, _>");
        serde.push(quote!(serialize_with = #check));
    }
    let serde = (!serde.is_empty()).then(|| quote!(#[serde(#(#serde),*)]));
    let name = ident(&field.name);
    quote!(#docs #deprecated #serde pub #name: #rust)
}

fn setter(field: &Field, object: &str, document: &Document) -> TokenStream {
    let docs = docs::trusted(&format!("Sets `{}`.", field.wire), 4);
    let deprecated = docs::deprecated(&field.docs);
    let allowed = deprecated.as_ref().map(|_| uses_deprecated());
    let (takes, mut value) = argument(&field.ty, &field.name, document, false);
    if document.is_boxed(field, object) {
        value = quote!(Box::new(#value));
    }
    let name = ident(&field.name);
    let setter = ident(&setter_name(&field.name));
    quote! {
        #docs
        #deprecated
        #allowed
        pub fn #setter(mut self, #name: #takes) -> Self {
            self.#name = Option::Some(#value);
            self
        }
    }
}

fn uses_deprecated() -> TokenStream {
    quote!(#[allow(deprecated, reason = "it sets the deprecated field")])
}

/// The constructor has the name `new`.
fn setter_name(field: &str) -> String {
    if field == "new" { "new_".to_owned() } else { field.to_owned() }
}

/// The type of an argument for a value, and the expression that converts it. The conversions cannot fail.
pub(in super::super) fn argument(
    ty: &Ty,
    name: &str,
    document: &Document,
    outside: bool,
) -> (TokenStream, TokenStream) {
    let (name, whole) = (ident(name), rust(ty, document, outside));
    match ty {
        Ty::Bool | Ty::Integer { .. } | Ty::Number | Ty::Time | Ty::Map(_) => {
            (quote!(#whole), quote!(#name))
        }
        Ty::List(item) if **item == Ty::Text => (
            quote!(impl IntoIterator<Item = impl Into<String>>),
            quote!(#name.into_iter().map(Into::into).collect()),
        ),
        Ty::List(item) => {
            let item = rust(item, document, outside);
            (quote!(impl IntoIterator<Item = #item>), quote!(#name.into_iter().collect()))
        }
        Ty::Text | Ty::Json | Ty::Nullable(_) | Ty::Named(_) => {
            (quote!(impl Into<#whole>), quote!(#name.into()))
        }
    }
}
