//! The documentation of the SDK has an example wherever a reader would otherwise guess.

use std::collections::BTreeSet;

use github_workflow_jobs::operations;
use serde_json::Value;
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
        let items = syn::parse_file(&read(&file)).unwrap().items;
        for (name, docs) in items.iter().flat_map(|item| methods_of(item, &TYPES)) {
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

#[test]
fn the_chapter_on_errors_has_each_kind_and_each_method() {
    let chapter = read("sdk/guide/errors.md");
    let mut missing = Vec::new();
    for item in files("sdk/src").iter().flat_map(|file| syn::parse_file(&read(file)).unwrap().items)
    {
        match &item {
            Item::Enum(kinds) if kinds.ident == "ErrorKind" => {
                let rows = kinds.variants.iter().map(|kind| format!("| `{}` |", kind.ident));
                missing.extend(rows.filter(|row| !chapter.contains(row)));
            }
            item => {
                let links = methods_of(item, &["Error"]).into_iter();
                let links = links.map(|(name, _)| format!("[`{name}`]"));
                missing.extend(links.filter(|link| !chapter.contains(link)));
            }
        }
    }
    assert_eq!(missing, [""; 0]);
}

#[test]
fn the_crate_page_has_each_operation_and_each_chapter() {
    let page = read("sdk/guide/crate.md");
    for operation in operations::ALL {
        let path = operation.path().replace("/repos/{owner}/{repo}/actions", "R");
        let start = format!("| {} | `{path}` |", operation.method());
        let row = page.lines().find(|line| line.starts_with(&start));
        let row = row.unwrap_or_else(|| panic!("{start}"));
        let feature = format!("with feature `{}`", group(operation.id()));
        let expected = feature != "with feature `jobs`";
        assert_eq!(row.contains(&feature), expected, "{row}");
        assert_eq!(row.contains("with feature"), expected, "{row}");
    }
    for chapter in files("sdk/guide") {
        let name = chapter.file_stem().unwrap().to_str().unwrap();
        assert!(name == "crate" || page.contains(&format!("(guide::{name})")), "{name}");
    }
}

/// The group of an operation.
fn group(id: &str) -> String {
    let document: Value = serde_json::from_str(&read("spec/normalized.json")).unwrap();
    let paths = document["paths"].as_object().unwrap().values();
    let mut operations = paths.flat_map(|item| item.as_object().unwrap().values());
    let operation = operations.find(|operation| operation["x-operation-id"] == id).unwrap();
    operation["x-group"].as_str().unwrap().to_owned()
}

#[test]
fn each_feature_of_the_manifest_is_in_the_tables_of_features() {
    let manifest = read("sdk/Cargo.toml");
    let (_, features) = manifest.split_once("\n[features]\n").unwrap();
    let lines = features.split("\n[").next().unwrap().lines();
    let names = lines.filter_map(|line| Some(line.split_once(" = [")?.0));
    let names: Vec<_> =
        names.filter(|name| name.chars().all(|c| c.is_ascii_alphanumeric() || c == '-')).collect();
    assert!(names.contains(&"runs"), "{names:?}");
    // The common part of two features has no use of its own.
    for name in names.iter().filter(|name| !["default", "rustls-without-provider"].contains(name)) {
        for page in ["sdk/guide/crate.md", "sdk/README.md"] {
            assert!(read(page).contains(&format!("\n| `{name}` |")), "{page}: {name}");
        }
    }
}

/// The public methods of these types, with their docs.
fn methods_of(item: &Item, types: &[&str]) -> Vec<(String, String)> {
    let Item::Impl(block @ ItemImpl { trait_: None, .. }) = item else { return Vec::new() };
    let Type::Path(of) = &*block.self_ty else { return Vec::new() };
    let of = of.path.segments.last().unwrap().ident.to_string();
    let is_for_tests = block.attrs.iter().any(|attribute| attribute.path().is_ident("cfg"));
    if is_for_tests || !types.contains(&of.as_str()) {
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
