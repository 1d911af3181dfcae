//! `types.rs`: enums and newtypes from the document, objects with the field types of progenitor.

mod objects;

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Context as _, Result, bail};
use proc_macro2::TokenStream;
use quote::quote;

use super::print::{File, ident};
use super::{Group, docs};
use crate::document::{Document, EnumValue, Field, Paged, Shape, Side, Ty, Type, Variant};
pub(super) use objects::{Objects, objects};

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
    let used = group.types.iter().flat_map(|(_, ty)| ty.shape.tys()).filter_map(Ty::named);
    let used: BTreeSet<&str> = used.filter(|name| elsewhere(name)).collect();
    file.import_types(used.into_iter().map(str::to_owned));
    file.each(&group.types, |(name, ty), file| item(name, ty, objects, document, file))?;
    for (page, paged) in pages(group.document, &own) {
        file.item(self::page(page, paged, document)?)?;
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
        Shape::Object { fields, .. } => {
            file.item(objects::object(name, ty, fields, objects, document)?)
        }
        Shape::Union(variants, _) => file.item(union(name, ty, variants, document)),
        Shape::HandWritten(_) => Ok(()),
    }
}

fn enumeration(name: &str, ty: &Type, values: &[EnumValue], document: &Document) -> TokenStream {
    let docs = docs::ty(name, ty, 4);
    let variants = values.iter().map(|value| {
        let docs = docs::value(value, document);
        let (name, text) = (ident(&value.name), &value.value);
        quote!(#docs #name = #text)
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

/// A union as an untagged enum: the first variant that fits is used.
fn union(name: &str, ty: &Type, variants: &[Variant], document: &Document) -> TokenStream {
    let docs = docs::ty(name, ty, 0);
    let variants = variants.iter().map(|variant| {
        let docs = docs::trusted(&format!("The variant `{}`.", variant.name), 4);
        let inner = rust(&variant.ty, document, false);
        let inner = match document.holds(&variant.ty, name) {
            true => quote!(Box<#inner>),
            false => inner,
        };
        let name = ident(&variant.name);
        quote!(#docs #name(#inner))
    });
    let name = ident(name);
    quote! {
        #docs
        #[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
        #[serde(untagged)]
        pub enum #name { #(#variants),* }
    }
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
    let (list, item) = (ident(&field.name), rust(&paged.item, document, false));
    let (items, into_items) = match &field.ty {
        Ty::Nullable(_) => (
            quote!(self.#list.as_deref().unwrap_or_default()),
            quote!(self.#list.unwrap_or_default()),
        ),
        _ => (quote!(&self.#list), quote!(self.#list)),
    };
    let total_count = fields.iter().find(|field| field.wire == "total_count").and_then(total_count);
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

/// The number of items of the whole list, if the field is an integer.
fn total_count(field: &Field) -> Option<TokenStream> {
    let name = ident(&field.name);
    let count = match (&field.ty, field.required) {
        (Ty::Integer { .. }, true) => quote!(self.#name.try_into().ok()),
        (Ty::Integer { .. }, false) => quote!(self.#name?.try_into().ok()),
        (Ty::Nullable(inner), _) if matches!(**inner, Ty::Integer { .. }) => {
            quote!(self.#name?.try_into().ok())
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
