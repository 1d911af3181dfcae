//! `client.rs`: the methods of the client, which make requests.

use anyhow::Result;
use heck::ToUpperCamelCase as _;
use proc_macro2::{Literal, TokenStream};
use quote::{ToTokens as _, quote};

use super::print::{File, ident};
use super::requests::body_argument;
use super::types::rust;
use super::{Group, docs};
use crate::document::{Document, Operation, Param, Place, Shape, Ty};

pub(super) fn file(group: &Group<'_>) -> Result<File> {
    let mut file = File::default();
    file.import_hand_written(group.document);
    file.import_modules(&["operations", "requests", "types"]);
    file.block("impl Client", &group.operations, |operation| method(operation, group.document))?;
    let of_repository = group.operations.iter().copied();
    let of_repository: Vec<&Operation> =
        of_repository.filter(|operation| operation.is_of_repository()).collect();
    file.block("impl RepoClient", &of_repository, |operation| {
        repo_method(operation, group.document)
    })?;
    Ok(file)
}

fn method(operation: &Operation, document: &Document) -> TokenStream {
    let docs = docs::method(operation, document);
    let name = ident(&operation.name);
    let request = ident(&operation.name.to_upper_camel_case());
    let deprecated = docs::deprecated(&operation.docs);
    let arguments = operation.required().map(|param| argument(param, document));
    let arguments = arguments.chain(body(operation, document));
    let calls = operation.required().map(call).chain(body_call(operation, document));
    let many = many(operation);
    quote! {
        #docs
        #deprecated
        #many
        pub fn #name(&self, #(#arguments),*) -> requests::#request {
            Data::of::<operations::#request>() #(#calls)* .request(self)
        }
    }
}

fn repo_method(operation: &Operation, document: &Document) -> TokenStream {
    let name = ident(&operation.name);
    let request = ident(&operation.name.to_upper_camel_case());
    let docs = docs::trusted(
        &format!("As [`Client::{name}`](crate::Client::{name}), for this repository."),
        4,
    );
    let (of_client, rest): (Vec<_>, Vec<_>) =
        operation.required().enumerate().partition(|(index, _)| *index < 2);
    let owner_and_repo =
        of_client.into_iter().zip(["owner", "name"]).map(|((_, param), getter)| {
            let getter = ident(getter);
            match takes_reference(&param.ty, document) {
                true => quote!(self.#getter()),
                false => quote!(self.#getter().as_str()),
            }
        });
    let given = rest.iter().map(|(_, param)| {
        let name = ident(&param.name);
        quote!(#name)
    });
    let given_body = operation.body_argument().map(|body| {
        let name = ident(&body.name);
        quote!(#name)
    });
    let given = owner_and_repo.chain(given).chain(given_body);
    let arguments = rest.iter().map(|(_, param)| argument(param, document));
    let arguments = arguments.chain(body(operation, document));
    let deprecated = docs::deprecated(&operation.docs);
    let uses = deprecated.as_ref().map(
        |_| quote!(#[allow(deprecated, reason = "the method of the client is deprecated, too")]),
    );
    quote! {
        #docs
        #deprecated
        #uses
        pub fn #name(&self, #(#arguments),*) -> requests::#request {
            self.client().#name(#(#given),*)
        }
    }
}

/// The argument with the body.
fn body(operation: &Operation, document: &Document) -> Option<TokenStream> {
    let body = operation.body_argument()?;
    let (name, (takes, _)) = (ident(&body.name), body_argument(body, document));
    Some(quote!(#name: #takes))
}

/// The call that takes the body, or that makes it an object.
fn body_call(operation: &Operation, document: &Document) -> Option<TokenStream> {
    let body = operation.body.as_ref().filter(|body| body.required)?;
    Some(match body.setters {
        Some(_) => quote!(.object()),
        None => body_argument(body, document).1,
    })
}

fn many(operation: &Operation) -> Option<TokenStream> {
    let body = usize::from(operation.body_argument().is_some());
    (operation.required().count() + body > 6).then(
        || quote!(#[allow(clippy::too_many_arguments, reason = "the API requires all of them")]),
    )
}

/// True if the argument has the type that `RepoClient` stores; otherwise it is passed as text.
fn takes_reference(ty: &Ty, document: &Document) -> bool {
    let by_hand = ty.named().and_then(|name| document.types.get(name)).map(|ty| &ty.shape);
    matches!(by_hand, Some(Shape::HandWritten(path)) if path.ends_with("::Owner") || path.ends_with("::Repo"))
}

fn argument(param: &Param, document: &Document) -> TokenStream {
    let name = ident(&param.name);
    match &param.ty {
        Ty::List(item) => {
            let item = takes(item, document);
            quote!(#name: impl IntoIterator<Item = impl #item>)
        }
        ty => {
            let takes = takes(ty, document);
            quote!(#name: impl #takes)
        }
    }
}

fn call(param: &Param) -> TokenStream {
    let (name, wire) = (ident(&param.name), &param.wire);
    match (param.place, &param.ty, bounds(&param.ty)) {
        (Place::PathWithSlashes, ..) => quote!(.path_segments(#wire, #name)),
        (Place::Path, Ty::List(_), _) => quote!(.path_list(#wire, #name)),
        (Place::Path, _, Some(bounds)) => {
            quote!(.path_within(#wire, #name, #bounds))
        }
        (Place::Path, ..) => quote!(.path(#wire, #name)),
        (Place::QueryJoined(separator), Ty::List(_), _) => {
            quote!(.query_joined(#wire, #separator, #name))
        }
        (_, Ty::List(_), _) => quote!(.query_list(#wire, #name)),
        (_, _, Some(bounds)) => quote!(.query_within(#wire, #name, #bounds)),
        _ => quote!(.query_arg(#wire, #name)),
    }
}

/// The bound of an argument: `Arg<JobId>`.
pub(super) fn takes(ty: &Ty, document: &Document) -> TokenStream {
    let ty = rust(ty, document, true);
    quote!(Arg<#ty>)
}

/// The range of the integers that a value is or consists of, where the description limits it.
pub(super) fn bounds(ty: &Ty) -> Option<TokenStream> {
    let (min, max) = ty.bounded()?;
    let number = |number: i64, none: i64, name: TokenStream| match number == none {
        true => name,
        false => Literal::i64_unsuffixed(number).into_token_stream(),
    };
    let low = number(min, i64::MIN, quote!(i64::MIN));
    let high = number(max, i64::MAX, quote!(i64::MAX));
    Some(quote!(#low..=#high))
}
