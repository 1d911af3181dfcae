//! The public API of generated code, read from its files.

use std::collections::{BTreeMap, BTreeSet};

use xtask::pipeline::Output;

/// The public items of the generated code by name, each with its type or signature.
pub(super) fn api(output: &Output) -> BTreeMap<String, String> {
    let mut items = BTreeMap::new();
    for artifact in output.artifacts.iter().filter(|file| file.path.ends_with(".rs")) {
        // The facade repeats the names.
        if artifact.path.ends_with("/mod.rs") || artifact.path.ends_with("/operations.rs") {
            continue;
        }
        let file = syn::parse_file(artifact.content.as_deref().unwrap()).unwrap();
        file.items.into_iter().for_each(|item| read(item, &mut items));
    }
    items
}

fn read(item: syn::Item, items: &mut BTreeMap<String, String>) {
    match item {
        syn::Item::Struct(item) => {
            let name = item.ident.to_string();
            items.insert(name.clone(), "struct".to_owned());
            for field in item.fields {
                let field_name = field.ident.map_or("0".to_owned(), |ident| ident.to_string());
                items.insert(format!("{name}::{field_name}"), tokens(&field.ty));
            }
        }
        syn::Item::Enum(item) => {
            items.insert(item.ident.to_string(), "enum".to_owned());
            for variant in item.variants {
                let name = format!("{}::{}", item.ident, variant.ident);
                items.insert(name, tokens(&variant.fields));
            }
        }
        syn::Item::Macro(item) => {
            let name = item.mac.path.segments.last().unwrap().ident.to_string();
            let inner = item.mac.tokens.to_string();
            if name == "id" {
                let inner: syn::ItemStruct = syn::parse_str(&inner).unwrap();
                items.insert(inner.ident.to_string(), format!("id {}", tokens(&inner.fields)));
                return;
            }
            // `pub enum Name { Variant = "value" }` is Rust: a discriminant may be any expression.
            let inner: syn::ItemEnum = syn::parse_str(&inner).unwrap();
            items.insert(inner.ident.to_string(), name);
            for variant in inner.variants {
                items.insert(format!("{}::{}", inner.ident, variant.ident), String::new());
            }
        }
        syn::Item::Type(item) => drop(items.insert(item.ident.to_string(), tokens(&item.ty))),
        syn::Item::Impl(block) if block.trait_.is_none() => {
            for method in block.items {
                let syn::ImplItem::Fn(method) = method else { continue };
                // The names of arguments are not a part of the API.
                let inputs = method.sig.inputs.iter().filter_map(|input| match input {
                    syn::FnArg::Typed(typed) => Some(tokens(&typed.ty)),
                    syn::FnArg::Receiver(_) => None,
                });
                let signature = inputs.collect::<Vec<_>>().join(", ");
                items
                    .insert(format!("{}::{}", tokens(&block.self_ty), method.sig.ident), signature);
            }
        }
        _ => {}
    }
}

fn tokens(part: &impl quote::ToTokens) -> String {
    part.to_token_stream().to_string()
}

/// The differences of two APIs: new, gone or of another type. What is in a type that is new, gone or
/// declared otherwise, and what repeats a method of the client, is not told again.
pub(super) fn differences(
    old: &BTreeMap<String, String>,
    new: &BTreeMap<String, String>,
) -> BTreeSet<String> {
    let names: BTreeSet<&String> = old.keys().chain(new.keys()).collect();
    let differs = |name: &str| old.get(name) != new.get(name);
    let is_new_or_gone = |name: &str| old.contains_key(name) != new.contains_key(name);
    let told = |name: &&&String| {
        let Some((owner, item)) = name.split_once("::") else { return differs(name) };
        let method = format!("Client::{item}");
        let repeats = owner == "RepoClient"
            && (is_new_or_gone(&method) || (differs(&method) && !is_new_or_gone(name)));
        let is_type =
            owner.starts_with(char::is_uppercase) && owner != "Client" && owner != "RepoClient";
        let inside = is_type
            && (is_new_or_gone(owner)
                || (differs(owner) && !old.get(owner).is_some_and(|it| it.starts_with("Request"))));
        differs(name) && !repeats && !inside
    };
    let mut found: BTreeSet<String> =
        names.iter().filter(told).map(|name| (*name).clone()).collect();
    // The alias of a request comes and goes with its method.
    let methods: Vec<String> =
        found.iter().filter_map(|it| it.strip_prefix("Client::")).map(str::to_owned).collect();
    for method in methods {
        let request: String =
            method.split('_').map(|part| part[..1].to_uppercase() + &part[1..]).collect();
        if is_new_or_gone(&request) {
            found.remove(&request);
        }
    }
    found
}
