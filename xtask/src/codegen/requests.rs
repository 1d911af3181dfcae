//! `requests.rs`: an alias for the request of each operation, with its setters.

use anyhow::Result;
use heck::ToUpperCamelCase as _;
use proc_macro2::TokenStream;
use quote::quote;

use super::client::{bounds, takes};
use super::print::{File, ident};
use super::types::{argument, rust};
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
        Setter::Param(param) => Method {
            docs: docs::setter(param, operation, document),
            deprecated: docs::deprecated(&param.docs),
            name: &param.name,
            call: param_call(param, document),
        },
        Setter::Field(field, name) => Method {
            docs: docs::field_setter(field, operation, document),
            deprecated: docs::deprecated(&field.docs),
            name,
            call: field_call(field, name, document),
        },
        Setter::Body(body) => Method {
            docs: docs::body_setter(body, operation),
            deprecated: None,
            name: &body.name,
            call: body_argument(body, document),
        },
    }
    .emit()
}

/// The type of an argument, and the call that takes it.
type Call = (TokenStream, TokenStream);

/// The method of a setter.
struct Method<'d> {
    docs: TokenStream,
    deprecated: Option<TokenStream>,
    name: &'d str,
    call: Call,
}

impl Method<'_> {
    fn emit(self) -> TokenStream {
        let Self { docs, deprecated, name, call: (takes, call) } = self;
        // The variable of the closure must not hide the argument.
        let data = ident(if name == "data" { "request" } else { "data" });
        let name = ident(name);
        quote! {
            #docs
            #deprecated
            pub fn #name(self, #name: #takes) -> Self {
                self.with_data(|#data| #data #call)
            }
        }
    }
}

/// The argument with a body.
pub(super) fn body_argument(body: &Body, document: &Document) -> Call {
    let name = ident(&body.name);
    let Some(ty) = body.content.ty() else {
        return (quote!(impl Into<Body>), quote!(.raw(#name)));
    };
    let (takes, value) = argument(ty, &body.name, document, true);
    let whole = rust(ty, document, true);
    // The type of what `into` and `collect` return is known only here.
    let of = match ty {
        Ty::Bool | Ty::Integer { .. } | Ty::Number | Ty::Time | Ty::Map(_) => None,
        _ => Some(quote!(::<#whole>)),
    };
    match bounds(ty) {
        Some(bounds) => (takes, quote!(.body_within #of (&#value, #bounds))),
        None => (takes, quote!(.body #of (&#value))),
    }
}

fn field_call(field: &Field, name: &str, document: &Document) -> Call {
    let wire = &field.wire;
    let whole = rust(&field.ty, document, true);
    let argument_name = ident(name);
    match (&field.ty, bounds(&field.ty)) {
        (ty, bounds) if is_arg(ty, document) => {
            let takes = takes(ty, document);
            let call = match bounds {
                Some(bounds) => quote!(.field_arg_within(#wire, #argument_name, #bounds)),
                None => quote!(.field_arg::<#whole>(#wire, #argument_name)),
            };
            (quote!(impl #takes), call)
        }
        (Ty::List(item), bounds) if is_arg(item, document) => {
            let (item_ty, takes) = (rust(item, document, true), takes(item, document));
            let call = match bounds {
                Some(bounds) => quote!(.field_list_within(#wire, #argument_name, #bounds)),
                None => quote!(.field_list::<#item_ty, _>(#wire, #argument_name)),
            };
            (quote!(impl IntoIterator<Item = impl #takes>), call)
        }
        (ty, bounds) => {
            let (takes, value) = argument(ty, name, document, true);
            let call = match bounds {
                Some(bounds) => quote!(.field_within::<#whole>(#wire, #value, #bounds)),
                None => quote!(.field::<#whole>(#wire, #value)),
            };
            (takes, call)
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
            let name = ident(&operation.answers_name());
            quote!(kind::Several<types::#name>)
        }
    }
}

fn param_call(param: &Param, document: &Document) -> Call {
    let (name, wire) = (ident(&param.name), &param.wire);
    if let Ty::List(item) = &param.ty {
        let item = takes(item, document);
        let call = match param.place {
            Place::QueryJoined(separator) => quote!(.query_joined(#wire, #separator, #name)),
            _ => quote!(.query_list(#wire, #name)),
        };
        return (quote!(impl IntoIterator<Item = impl #item>), call);
    }
    if is_always_valid(&param.ty, document) {
        return (rust(&param.ty, document, true), quote!(.query(#wire, #name)));
    }
    let takes = takes(&param.ty, document);
    let call = match bounds(&param.ty) {
        Some(bounds) => quote!(.query_within(#wire, #name, #bounds)),
        None => quote!(.query_arg(#wire, #name)),
    };
    (quote!(impl #takes), call)
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
