//! The public API of the SDK, as a golden that reads well; made from the source.

use std::collections::BTreeMap;

use expectorate::assert_contents;
use syn::{Fields, ImplItem, Item, Visibility, parse_quote};

use crate::support::{files, read, root};

/// What is public of a file: items without their words and bodies.
fn public(items: Vec<Item>) -> Vec<Item> {
    items.into_iter().filter_map(item).collect()
}

fn is_public(visibility: &Visibility) -> bool {
    matches!(visibility, Visibility::Public(_))
}

fn without_words(attributes: &mut Vec<syn::Attribute>) {
    attributes.retain(|attribute| attribute.path().is_ident("non_exhaustive"));
}

fn only_public(fields: &mut Fields) {
    if let Fields::Named(fields) = fields {
        fields.named = fields.named.iter().filter(|field| is_public(&field.vis)).cloned().collect();
        fields.named.iter_mut().for_each(|field| without_words(&mut field.attrs));
    }
}

fn item(item: Item) -> Option<Item> {
    match item {
        Item::Struct(mut item) if is_public(&item.vis) => {
            without_words(&mut item.attrs);
            only_public(&mut item.fields);
            if let Fields::Unnamed(fields) = &item.fields
                && !fields.unnamed.iter().all(|field| is_public(&field.vis))
            {
                item.fields = Fields::Unit;
                item.semi_token = Some(syn::Token![;](proc_macro2::Span::call_site()));
            }
            Some(Item::Struct(item))
        }
        Item::Enum(mut item) if is_public(&item.vis) => {
            without_words(&mut item.attrs);
            item.variants.iter_mut().for_each(|variant| without_words(&mut variant.attrs));
            Some(Item::Enum(item))
        }
        Item::Type(mut item) if is_public(&item.vis) => {
            without_words(&mut item.attrs);
            Some(Item::Type(item))
        }
        Item::Trait(mut item) if is_public(&item.vis) => {
            without_words(&mut item.attrs);
            for item in &mut item.items {
                match item {
                    syn::TraitItem::Fn(method) => without_words(&mut method.attrs),
                    syn::TraitItem::Type(kind) => without_words(&mut kind.attrs),
                    syn::TraitItem::Const(constant) => without_words(&mut constant.attrs),
                    _ => {}
                }
            }
            Some(Item::Trait(item))
        }
        Item::Impl(mut block) => {
            without_words(&mut block.attrs);
            let of_trait = block.trait_.is_some();
            block.items =
                block.items.into_iter().filter_map(|item| method(item, of_trait)).collect();
            (of_trait || !block.items.is_empty()).then(|| Item::Impl(block))
        }
        Item::Const(mut item) if is_public(&item.vis) => {
            without_words(&mut item.attrs);
            item.expr = parse_quote!(..);
            Some(Item::Const(item))
        }
        Item::Fn(mut item) if is_public(&item.vis) => {
            without_words(&mut item.attrs);
            *item.block = parse_quote!({});
            Some(Item::Fn(item))
        }
        Item::Macro(call) => expanded(&call.mac),
        Item::Mod(mut module) if is_public(&module.vis) => {
            without_words(&mut module.attrs);
            let (brace, items) = module.content.take()?;
            module.content = Some((brace, public(items)));
            Some(Item::Mod(module))
        }
        _ => None,
    }
}

/// An id or an enum, written with a macro of the runtime: the item in the macro, with the name of the macro
/// for all that the macro implements.
fn expanded(call: &syn::Macro) -> Option<Item> {
    let name = call
        .path
        .get_ident()
        .filter(|name| ["id", "open_enum", "closed_enum"].iter().any(|known| *name == known))?;
    let mut written: Item = call.parse_body().ok()?;
    match &mut written {
        Item::Struct(item) => item.attrs = vec![parse_quote!(#[#name])],
        Item::Enum(item) => {
            item.attrs = vec![parse_quote!(#[#name])];
            item.variants.iter_mut().for_each(|variant| without_words(&mut variant.attrs));
        }
        _ => return None,
    }
    Some(written)
}

/// Of a trait's methods, nobody needs to be told the signatures.
fn method(item: ImplItem, of_trait: bool) -> Option<ImplItem> {
    match item {
        ImplItem::Type(_) if of_trait => Some(item),
        ImplItem::Fn(mut method) if !of_trait && is_public(&method.vis) => {
            method.attrs.clear();
            method.block = parse_quote!({});
            Some(ImplItem::Fn(method))
        }
        ImplItem::Const(mut constant) if !of_trait && is_public(&constant.vis) => {
            constant.attrs.clear();
            Some(ImplItem::Const(constant))
        }
        _ => None,
    }
}

/// The types that a file defines.
fn types_of(items: &[Item]) -> Vec<String> {
    let name = |item: &Item| match item {
        Item::Struct(item) => Some(item.ident.to_string()),
        Item::Enum(item) => Some(item.ident.to_string()),
        _ => None,
    };
    items.iter().filter_map(name).collect()
}

fn private_type(block: &syn::ItemImpl, all: &[String], public: &[String]) -> bool {
    let syn::Type::Path(own) = &*block.self_ty else { return false };
    let name = own.path.segments.last().unwrap().ident.to_string();
    all.contains(&name) && !public.contains(&name)
}

/// Whether a trait is private, or about a private type, as `From<Data>` is.
fn private_trait(block: &syn::ItemImpl, private: &[String]) -> bool {
    let last = block.trait_.as_ref().and_then(|(path, _)| path.segments.last());
    if last.is_some_and(|last| private.contains(&last.ident.to_string())) {
        return true;
    }
    let Some(syn::PathArguments::AngleBracketed(arguments)) = last.map(|last| &last.arguments)
    else {
        return false;
    };
    let name = |argument: &syn::GenericArgument| match argument {
        syn::GenericArgument::Type(syn::Type::Path(own)) => {
            Some(own.path.segments.last()?.ident.to_string())
        }
        _ => None,
    };
    arguments.args.iter().filter_map(name).any(|name| private.contains(&name))
}

/// The types and traits of the SDK that are not public.
fn private_types() -> Vec<String> {
    let mut private = Vec::new();
    for path in files("sdk/src") {
        let items = syn::parse_file(&read(&path)).unwrap().items;
        private.extend(items.iter().filter_map(|item| match item {
            Item::Trait(item) if !is_public(&item.vis) => Some(item.ident.to_string()),
            _ => None,
        }));
        let all = types_of(&items);
        let names = types_of(&public(items));
        private.extend(all.into_iter().filter(|name| !names.contains(name)));
    }
    private
}

/// Files whose items all need the feature `runs`.
const RUNS: [&str; 4] = [
    "generated/runs/",
    "jobs/testing/artifact.rs",
    "jobs/testing/workflow_run.rs",
    "jobs/workflow.rs",
];

/// The public API: of the feature `runs`, or of everything else.
fn surface(of_runs: bool) -> String {
    let mut parts: BTreeMap<String, String> = BTreeMap::new();
    let private_types = private_types();
    for path in files("sdk/src") {
        let name = path.strip_prefix(root().join("sdk/src")).unwrap().display().to_string();
        if RUNS.iter().any(|runs| name.starts_with(runs)) != of_runs {
            continue;
        }
        let items = syn::parse_file(&read(&path)).unwrap().items;
        let all = types_of(&items);
        let items = items
            .into_iter()
            .filter(|item| !matches!(item, Item::Mod(module) if module.ident == "tests"));
        let mut items = public(items.collect());
        let names = types_of(&items);
        // A trait of a private type is nobody's business; that of a type of another file is listed.
        let private = |item: &Item| {
            matches!(item, Item::Impl(block)
                if private_type(block, &all, &names) || private_trait(block, &private_types))
        };
        items.retain(|item| !private(item));
        if !items.is_empty() {
            let file = syn::File { items, ..parse_quote!() };
            parts.insert(
                name,
                prettyplease::unparse(&file).replace(",\n    {}\n", ";\n").replace(" {}\n", ";\n"),
            );
        }
    }
    parts.iter().map(|(name, text)| format!("// {name}\n{text}\n")).collect()
}

#[test]
fn the_public_api_is_what_was_agreed_on() {
    for (golden, of_runs) in [("api.txt", false), ("api-runs.txt", true)] {
        assert_contents(root().join("tests/goldens").join(golden), &surface(of_runs));
    }
}

#[test]
fn no_foreign_type_is_part_of_the_api() {
    let surface = surface(false) + &surface(true);
    for foreign in ["reqwest", "progenitor", "hyper", "url ::", "Url>", "&Url", "rustls", "tower"] {
        // The two that say so in a name that is ours, or in a private part that a trait shows.
        let lines: Vec<_> = surface
            .lines()
            .filter(|line| line.contains(foreign) && !line.contains("SignedUrl"))
            .collect();
        assert!(lines.is_empty(), "{foreign}: {lines:?}");
    }
}
