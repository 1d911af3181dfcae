//! The documentation of the SDK has an example wherever a reader would otherwise guess.

use std::collections::BTreeSet;

use syn::{Expr, ExprLit, ImplItem, Item, ItemImpl, Lit, Meta, Type, Visibility};

use crate::support::{files, read, root};

/// Types whose public methods all have an example: the settings of a client, and the options and the sending methods
/// of requests. `DownloadJobLogs` and `GetJson` are requests too.
const TYPES: [&str; 4] = ["ClientBuilder", "DownloadJobLogs", "GetJson", "Request"];

#[test]
fn each_setting_of_a_client_and_each_method_of_a_request_has_an_example() {
    let mut without = Vec::new();
    let mut all = BTreeSet::new();
    for file in files("sdk/src")
        .into_iter()
        .filter(|file| !file.starts_with(root().join("sdk/src/generated")))
    {
        if file.extension().is_none_or(|extension| extension != "rs") {
            continue;
        }
        let items = syn::parse_file(&read(&file)).unwrap().items;
        for (name, docs) in items.iter().flat_map(methods) {
            // The opening and the closing fence.
            if docs.lines().filter(|line| line.trim_start().starts_with("```")).count() < 2 {
                without.push(format!("{}: {name}", file.strip_prefix(root()).unwrap().display()));
            }
            all.insert(name);
        }
    }
    assert_eq!(without, [""; 0]);
    for known in
        ["ClientBuilder::host", "Request::all", "Request::with_query", "DownloadJobLogs::log"]
    {
        assert!(all.contains(known), "{known} is not among {all:?}");
    }
}

/// The public methods of the listed types, with their docs.
fn methods(item: &Item) -> Vec<(String, String)> {
    let Item::Impl(block @ ItemImpl { trait_: None, .. }) = item else { return Vec::new() };
    let Type::Path(of) = &*block.self_ty else { return Vec::new() };
    let of = of.path.segments.last().unwrap().ident.to_string();
    let is_for_tests = block.attrs.iter().any(|attribute| attribute.path().is_ident("cfg"));
    if is_for_tests || !TYPES.contains(&of.as_str()) {
        return Vec::new();
    }
    let methods = block.items.iter().filter_map(|item| match item {
        ImplItem::Fn(method) if matches!(method.vis, Visibility::Public(_)) => Some(method),
        _ => None,
    });
    methods.map(|method| (format!("{of}::{}", method.sig.ident), docs(&method.attrs))).collect()
}

/// The lines of documentation that are text, and not made by a macro.
fn docs(attributes: &[syn::Attribute]) -> String {
    let lines = attributes.iter().filter_map(|attribute| match &attribute.meta {
        Meta::NameValue(pair) if pair.path.is_ident("doc") => match &pair.value {
            Expr::Lit(ExprLit { lit: Lit::Str(text), .. }) => Some(text.value()),
            _ => None,
        },
        _ => None,
    });
    lines.collect::<Vec<_>>().join("\n")
}
