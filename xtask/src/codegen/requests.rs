//! `requests.rs`: an alias for the request of each operation, with its setters.

use anyhow::Result;
use heck::ToUpperCamelCase as _;
use proc_macro2::TokenStream;
use quote::quote;

use super::client::{bounds, takes};
use super::print::{File, ident};
use super::types::{answers_name, argument, rust};
use super::{Group, docs};
use crate::document::{Answer, Body, Document, Field, Operation, Param, Place, Shape, Success, Ty};

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
    let setters = setters(operation, document);
    file.block(&format!("impl {name}"), &setters, |setter| emit(setter, operation, document))
}

/// A setter of a request.
enum Setter<'d> {
    Param(&'d Param),
    /// A field of the body, with the name of its setter.
    Field(&'d Field, &'d str),
    /// The whole body.
    Body(&'d Body),
}

fn setters<'d>(operation: &'d Operation, document: &'d Document) -> Vec<Setter<'d>> {
    let mut setters: Vec<_> = operation.optional().map(Setter::Param).collect();
    let Some(body) = &operation.body else { return setters };
    match &body.setters {
        None if !body.required => setters.push(Setter::Body(body)),
        None => {}
        Some(names) => {
            let fields = body.content.ty().and_then(|ty| document.fields(ty)).unwrap_or_default();
            let named = fields.iter().zip(names);
            setters.extend(named.map(|(field, name)| Setter::Field(field, name)));
        }
    }
    setters
}

fn emit(setter: &Setter<'_>, operation: &Operation, document: &Document) -> TokenStream {
    match setter {
        Setter::Param(param) => self::setter(param, operation, document),
        Setter::Field(field, name) => field_setter(field, name, operation, document),
        Setter::Body(body) => {
            let docs = docs::body_setter(body, operation);
            let name = ident(&body.name);
            let (takes, call) = body_argument(body, document);
            quote! {
                #docs
                pub fn #name(self, #name: #takes) -> Self {
                    self.with_data(|data| data #call)
                }
            }
        }
    }
}

/// The type of the argument with a body, and the call that takes it.
pub(super) fn body_argument(body: &Body, document: &Document) -> (TokenStream, TokenStream) {
    let name = ident(&body.name);
    match body.content.ty() {
        None => (quote!(impl Into<Body>), quote!(.raw(#name))),
        Some(ty) => {
            let (takes, value) = argument(ty, &body.name, document, true);
            let whole = rust(ty, document, true);
            // The type of what `into` and `collect` return is known only here.
            match ty {
                Ty::Bool | Ty::Integer { .. } | Ty::Number | Ty::Time | Ty::Map(_) => {
                    (takes, quote!(.body(&#value)))
                }
                _ => (takes, quote!(.body::<#whole>(&#value))),
            }
        }
    }
}

fn field_setter(
    field: &Field,
    name: &str,
    operation: &Operation,
    document: &Document,
) -> TokenStream {
    let docs = docs::field_setter(field, operation, document);
    let deprecated = docs::deprecated(&field.docs);
    let wire = &field.wire;
    let data = ident(if name == "data" { "request" } else { "data" });
    let whole = rust(&field.ty, document, true);
    let (takes, call) = match &field.ty {
        ty if is_arg(ty, document) => {
            let takes = takes(ty, document);
            let name = ident(name);
            (quote!(impl #takes), quote!(field_arg::<#whole>(#wire, #name)))
        }
        Ty::List(item) if is_arg(item, document) => {
            let (item_ty, takes) = (rust(item, document, true), takes(item, document));
            let name = ident(name);
            (
                quote!(impl IntoIterator<Item = impl #takes>),
                quote!(field_list::<#item_ty, _>(#wire, #name)),
            )
        }
        ty => {
            let (takes, value) = argument(ty, name, document, true);
            (takes, quote!(field::<#whole>(#wire, #value)))
        }
    };
    let name = ident(name);
    quote! {
        #docs
        #deprecated
        pub fn #name(self, #name: #takes) -> Self {
            self.with_data(|#data| #data.#call)
        }
    }
}

/// True if a value of the type is an argument that is converted and checked.
fn is_arg(ty: &Ty, document: &Document) -> bool {
    match ty {
        Ty::Bool | Ty::Integer { .. } | Ty::Number | Ty::Time | Ty::Text => true,
        Ty::Named(name) => match document.types.get(name).map(|ty| &ty.shape) {
            Some(Shape::Enum(_) | Shape::HandWritten(_)) => true,
            Some(Shape::Newtype(inner)) => matches!(inner, Ty::Integer { .. } | Ty::Text),
            _ => false,
        },
        _ => false,
    }
}

/// The kind of answer as a type. Spelled out in the alias, because only then rustdoc shows its methods.
fn kind(operation: &Operation, document: &Document) -> TokenStream {
    let ty = operation.answer.tys().next().map(|ty| rust(ty, document, true));
    match &operation.answer {
        answer if answer.is_content() => quote!(kind::Content),
        _ if operation.paged.is_some() => quote!(kind::List<#ty>),
        Answer::One(Success::Empty) => quote!(kind::Empty),
        Answer::One(_) => quote!(kind::One<#ty>),
        Answer::OrNothing(_) => quote!(kind::Maybe<#ty>),
        Answer::Flag => quote!(kind::Flag),
        Answer::Several(_) => {
            let name = super::print::ident(&answers_name(operation));
            quote!(kind::Several<types::#name>)
        }
    }
}

fn setter(param: &Param, operation: &Operation, document: &Document) -> TokenStream {
    let docs = docs::setter(param, operation, document);
    let deprecated = docs::deprecated(&param.docs);
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
            #deprecated
            pub fn #name(self, #name: impl IntoIterator<Item = impl #item>) -> Self {
                self.with_data(|#data| #data.#call)
            }
        };
    }
    let value = rust(&param.ty, document, true);
    let call = if is_always_valid(&param.ty, document) {
        return quote! {
            #docs
            #deprecated
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
        #deprecated
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
