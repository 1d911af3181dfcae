//! `types.rs`: enums and newtypes from the document, objects with the field types of progenitor.

mod objects;
mod sent;

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Context as _, Result, bail};
use proc_macro2::{Literal, TokenStream};
use quote::quote;

use super::print::{File, ident};
use super::{Group, docs};
use crate::document::{
    Answer, Document, EnumValue, Field, Operation, Paged, Shape, Side, Status, Success, Tell, Ty,
    Type, Variant,
};
pub(super) use objects::{Objects, objects};
pub(super) use sent::argument;

pub(super) fn file(group: &Group<'_>, objects: &Objects) -> Result<File> {
    let document = group.document;
    let mut file = File::default();
    file.import_hand_written(document);
    let own: BTreeSet<&str> = group.types.iter().map(|(name, _)| name.as_str()).collect();
    let elsewhere = |name: &str| {
        let ty = document.types.get(name);
        let is_generated = ty.is_some_and(|ty| !matches!(ty.shape, Shape::HandWritten(_)));
        is_generated && !own.contains(name)
    };
    let of_types = group.types.iter().flat_map(|(_, ty)| ty.shape.tys());
    let of_answers = group.operations.iter().flat_map(|operation| operation.answer.tys());
    let used = of_types.chain(of_answers).filter_map(Ty::named);
    let used: BTreeSet<&str> = used.filter(|name| elsewhere(name)).collect();
    file.import_types(used.into_iter().map(str::to_owned));
    file.each(&group.types, |(name, ty), file| item(name, ty, objects, document, file))?;
    for (page, paged) in pages(group.document, &own) {
        file.item(self::page(page, paged, document)?)?;
    }
    for operation in &group.operations {
        if let Answer::Several(answers) = &operation.answer {
            let types = operation.answer.tys().map(|ty| rust(ty, document, false));
            file.uses(&types.collect::<Vec<_>>());
            file.in_macro("by_status", by_status(operation, answers, document))?;
        }
    }
    Ok(file)
}

fn item(
    name: &str,
    ty: &Type,
    objects: &Objects,
    document: &Document,
    file: &mut File,
) -> Result<()> {
    match &ty.shape {
        Shape::Enum(values) => {
            let kind = if ty.side == Side::Received { "open_enum" } else { "closed_enum" };
            file.in_macro(kind, enumeration(name, ty, values, document))
        }
        Shape::Newtype(inner @ (Ty::Integer { .. } | Ty::Text)) => {
            file.in_macro("id", newtype(name, ty, inner, document, 4))
        }
        Shape::Newtype(inner) => {
            let newtype = newtype(name, ty, inner, document, 0);
            file.item(quote! {
                #[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
                #[serde(transparent)]
                #newtype
            })
        }
        Shape::Object { fields, rest } if ty.side == Side::Sent => {
            let [object, methods] = sent::object(name, ty, fields, rest.as_ref(), document);
            file.item(object)?;
            file.item(methods)
        }
        Shape::Object { fields, rest } => {
            file.item(objects::object(name, ty, fields, rest.as_ref(), objects, document)?)
        }
        Shape::Union(variants, tell) => union(name, ty, variants, tell, document, file),
        Shape::HandWritten(_) => Ok(()),
    }
}

fn enumeration(name: &str, ty: &Type, values: &[EnumValue], document: &Document) -> TokenStream {
    let docs = docs::ty(name, ty, 4);
    let variants = values.iter().map(|value| {
        let docs = docs::value(value, document);
        let deprecated = docs::deprecated(&value.docs);
        let (name, text) = (ident(&value.name), &value.value);
        quote!(#docs #deprecated #name = #text)
    });
    let name = ident(name);
    quote!(#docs pub enum #name { #(#variants),* })
}

fn newtype(name: &str, ty: &Type, inner: &Ty, document: &Document, indent: usize) -> TokenStream {
    let docs = docs::ty(name, ty, indent);
    let (name, inner) = (ident(name), rust(inner, document, false));
    let visibility = (indent == 0).then(|| quote!(#[doc = " The value on the wire."] pub));
    quote!(#docs pub struct #name(#visibility #inner);)
}

/// A union: open if it is received. With a tag, each variant has its values.
fn union(
    name: &str,
    ty: &Type,
    variants: &[Variant],
    tell: &Tell,
    document: &Document,
    file: &mut File,
) -> Result<()> {
    let docs = docs::ty(name, ty, 4);
    let is_sent = ty.side == Side::Sent;
    let tag = match tell {
        Tell::Tag { property, .. } if !is_sent => Some(quote!(#[tag = #property])),
        _ => None,
    };
    let values = |index: usize| match tell {
        Tell::Tag { values, .. } if !is_sent => {
            values.get(index).map(|values| quote!(= #(#values)|*))
        }
        _ => None,
    };
    let members = variants.iter().enumerate().map(|(index, variant)| {
        let docs = docs::trusted(&format!("The variant `{}`.", variant.name), 8);
        let inner = rust(&variant.ty, document, false);
        let inner = match document.holds(&variant.ty, name) {
            true => quote!(Box<#inner>),
            false => inner,
        };
        let (name, values) = (ident(&variant.name), values(index));
        quote!(#docs #name(#inner) #values)
    });
    let types: Vec<_> = variants.iter().map(|one| rust(&one.ty, document, false)).collect();
    file.uses(&types);
    let ident = ident(name);
    let union = quote!(#docs #tag pub enum #ident { #(#members),* });
    file.in_macro(if is_sent { "closed_union" } else { "union" }, union)
}

/// The field with the properties that the description does not list.
fn rest(fields: &[Field], ty: &Ty, document: &Document) -> TokenStream {
    let docs = docs::trusted("The properties that are not listed here, by name.", 4);
    let (name, ty) = (ident(rest_name(fields)), rust(ty, document, false));
    quote!(#docs #[serde(flatten)] pub #name: BTreeMap<String, #ty>)
}

fn rest_name(fields: &[Field]) -> &'static str {
    // No field has an underscore at its end, except one that would be a keyword without it.
    match fields.iter().any(|field| field.name == "additional_properties") {
        true => "additional_properties_",
        false => "additional_properties",
    }
}

/// The enum of answers that differ between statuses.
fn by_status(
    operation: &Operation,
    answers: &[(Status, Success)],
    document: &Document,
) -> TokenStream {
    let text = format!("The answers of [`Client::{0}`](crate::Client::{0}).", operation.name);
    let docs = docs::trusted(&text, 4);
    let variants = answers.iter().map(|(status, success)| {
        let (variant, docs, statuses) = match status {
            Status::Code(code) => {
                let name = match code {
                    200 => "Ok".to_owned(),
                    201 => "Created".to_owned(),
                    202 => "Accepted".to_owned(),
                    204 => "NoContent".to_owned(),
                    205 => "ResetContent".to_owned(),
                    code => format!("Status{code}"),
                };
                let number = Literal::u16_unsuffixed(*code);
                (name, format!("Status {code}."), quote!(#number))
            }
            Status::OtherSuccess => {
                let docs = "Another status from 200 to 299.".to_owned();
                ("OtherSuccess".to_owned(), docs, quote!(200..=299))
            }
        };
        let (docs, name) = (docs::trusted(&docs, 8), ident(&variant));
        let content = success.ty().map(|ty| rust(ty, document, false)).map(|ty| quote!((#ty)));
        quote!(#docs #name #content = #statuses)
    });
    let name = ident(&operation.answers_name());
    quote!(#docs pub enum #name { #(#variants),* })
}

/// The pages of this group's lists that are objects, each once.
fn pages<'d>(document: &'d Document, own: &BTreeSet<&str>) -> BTreeMap<&'d str, &'d Paged> {
    let lists = document.operations.iter().filter_map(|operation| {
        let paged = operation.paged.as_ref().filter(|paged| paged.items.is_some())?;
        Some((operation.answer.tys().next()?.named()?, paged))
    });
    lists.filter(|(name, _)| own.contains(name)).collect()
}

fn page(name: &str, paged: &Paged, document: &Document) -> Result<TokenStream> {
    let Some(Shape::Object { fields, .. }) = document.types.get(name).map(|ty| &ty.shape) else {
        bail!("the page `{name}` is not an object");
    };
    let field = fields.iter().find(|field| Some(&field.wire) == paged.items.as_ref());
    let field = field.with_context(|| format!("the page `{name}` has no list"))?;
    let list = ident(&field.name);
    let item = match &paged.item {
        // The type that the field has for an object without known properties.
        Ty::Map(value) if **value == Ty::Json => quote!(::serde_json::Map<String, Value>),
        item => rust(item, document, false),
    };
    let (items, into_items) = match &field.ty {
        Ty::Nullable(_) => (
            quote!(self.#list.as_deref().unwrap_or_default()),
            quote!(self.#list.unwrap_or_default()),
        ),
        _ => (quote!(&self.#list), quote!(self.#list)),
    };
    let total_count = fields
        .iter()
        .find(|field| field.wire == "total_count")
        .and_then(|field| total_count(field, document));
    let name = ident(name);
    Ok(quote! {
        impl crate::runtime::Page for #name {
            type Item = #item;
            fn items(&self) -> &[#item] {
                #items
            }
            fn into_items(self) -> Vec<#item> {
                #into_items
            }
            #total_count
        }
    })
}

/// The number of items of the whole list, if the field is an integer, or a union that can be one.
fn total_count(field: &Field, document: &Document) -> Option<TokenStream> {
    let name = ident(&field.name);
    let count = match (&field.ty, field.required) {
        (Ty::Integer { .. }, true) => quote!(self.#name.try_into().ok()),
        (Ty::Integer { .. }, false) => quote!(self.#name?.try_into().ok()),
        (Ty::Nullable(inner), _) if matches!(**inner, Ty::Integer { .. }) => {
            quote!(self.#name?.try_into().ok())
        }
        (Ty::Named(union), true) => {
            let Shape::Union(variants, _) = &document.types.get(union)?.shape else { return None };
            let is_integer = |variant: &&Variant| matches!(variant.ty, Ty::Integer { .. });
            let variant = ident(&variants.iter().find(is_integer)?.name);
            let union = ident(union);
            quote! {
                match self.#name {
                    #union::#variant(count) => count.try_into().ok(),
                    _ => None,
                }
            }
        }
        _ => return None,
    };
    Some(quote! {
        fn total_count(&self) -> Option<u64> {
            #count
        }
    })
}

/// A type in Rust. Outside `types.rs`, the types of the document have the prefix `types::`.
pub(super) fn rust(ty: &Ty, document: &Document, outside: bool) -> TokenStream {
    match ty {
        Ty::Bool => quote!(bool),
        Ty::Integer { .. } => quote!(i64),
        Ty::Number => quote!(f64),
        Ty::Text => quote!(String),
        Ty::Time => quote!(Timestamp),
        Ty::Json => quote!(Value),
        Ty::List(inner) => {
            let inner = rust(inner, document, outside);
            quote!(Vec<#inner>)
        }
        Ty::Map(inner) => {
            let inner = rust(inner, document, outside);
            quote!(BTreeMap<String, #inner>)
        }
        Ty::Nullable(inner) => {
            let inner = rust(inner, document, outside);
            quote!(Option<#inner>)
        }
        Ty::Named(name) => {
            let by_hand = document.types.get(name).map(|ty| &ty.shape);
            let by_hand = matches!(by_hand, Some(Shape::HandWritten(_)));
            let name = ident(name);
            if outside && !by_hand { quote!(types::#name) } else { quote!(#name) }
        }
    }
}
