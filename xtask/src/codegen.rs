//! From the typed document to Rust: one function for each kind of item, which computes names, types and
//! documentation first and then places them.

mod client;
mod docs;
mod operations;
mod print;
mod requests;
mod text;
mod types;
mod unsupported;

use std::collections::BTreeMap;

use anyhow::Result;
use quote::quote;

use crate::artifact::Artifact;
use crate::document::{Document, Operation, Shape, Type};
pub(crate) use docs::without_docs;
use print::File;
pub(crate) use print::with_banner_of_crate;
pub(crate) use unsupported::unsupported;

/// The folder of the generated files, inside the crate.
pub(crate) const FOLDER: &str = "sdk/src/generated";

/// The operations and types of one group, whose files are in one folder.
struct Group<'d> {
    document: &'d Document,
    name: &'d str,
    operations: Vec<&'d Operation>,
    types: Vec<(&'d String, &'d Type)>,
}

/// The generated files.
///
/// # Errors
///
/// Types that progenitor does not accept.
pub(crate) fn generate(document: &Document) -> Result<Vec<Artifact>> {
    let objects = types::objects(document)?;
    let groups: Vec<_> = groups(document);
    let mut artifacts = vec![facade(document, &groups)?];
    for group in &groups {
        let mut files = vec![("types", types::file(group, &objects)?)];
        if !group.operations.is_empty() {
            files.push(("client", client::file(group)?));
            files.push(("operations", operations::file(group)?));
            files.push(("requests", requests::file(group)?));
        }
        files.push(("mod", module(group)?));
        artifacts.extend(files.into_iter().map(|(name, file)| Artifact {
            path: format!("{FOLDER}/{}/{name}.rs", group.name),
            content: Some(file.finish()),
        }));
    }
    Ok(artifacts)
}

/// The group of types that several groups use.
const SHARED: &str = "shared";

fn groups(document: &Document) -> Vec<Group<'_>> {
    let mut operations: BTreeMap<&str, Vec<_>> = BTreeMap::new();
    for operation in &document.operations {
        operations.entry(&operation.group).or_default().push(operation);
    }
    let mut types: BTreeMap<&str, Vec<_>> = BTreeMap::new();
    let used = document.used_types();
    for (name, ty) in &document.types {
        if used.contains(name.as_str()) && !matches!(ty.shape, Shape::HandWritten(_)) {
            types.entry(ty.group.as_deref().unwrap_or(SHARED)).or_default().push((name, ty));
        }
    }
    let names = document.groups().into_iter().chain([SHARED]);
    let groups = names.map(|name| Group {
        document,
        name,
        operations: operations.remove(name).unwrap_or_default(),
        types: types.remove(name).unwrap_or_default(),
    });
    groups.filter(|group| !group.operations.is_empty() || !group.types.is_empty()).collect()
}

/// `generated/mod.rs`: the public modules, with the items of all groups.
fn facade(document: &Document, groups: &[Group<'_>]) -> Result<Artifact> {
    let mut file = File::default();
    for group in groups {
        let name = print::ident(group.name);
        file.item(quote!(mod #name;))?;
    }
    let those = |has: fn(&Group<'_>) -> bool| -> Vec<_> {
        groups.iter().filter(|group| has(group)).map(|group| print::ident(group.name)).collect()
    };
    let with_operations = those(|group| !group.operations.is_empty());
    let with_types = those(|group| !group.types.is_empty());
    let table = operations::table(document);
    for (name, docs, groups, more) in [
        (
            "operations",
            "The operations of the API: id, method, path and kind of answer.",
            &with_operations,
            Some(table),
        ),
        (
            "requests",
            "The requests that the methods of [`Client`](crate::Client) return.",
            &with_operations,
            None,
        ),
        ("types", "The types that the API defines.", &with_types, None),
    ] {
        let docs = docs::trusted(docs, 0);
        let name = print::ident(name);
        file.item(quote!(#docs pub mod #name { #(pub use super::#groups::#name::*;)* #more }))?;
    }
    let names: Vec<_> =
        groups.iter().flat_map(|group| &group.types).map(|(name, _)| print::ident(name)).collect();
    file.item(quote! {
        #[allow(
            unreachable_pub,
            unused_imports,
            reason = "a name that the SDK has by hand hides the generated one, which stays in `types`"
        )]
        pub use types::{#(#names),*};
    })?;
    Ok(Artifact { path: format!("{FOLDER}/mod.rs"), content: Some(file.finish()) })
}

/// `mod.rs` of a group.
fn module(group: &Group<'_>) -> Result<File> {
    let mut file = File::default();
    if !group.operations.is_empty() {
        file.item(quote!(
            mod client;
        ))?;
        file.item(quote!(
            pub(super) mod operations;
        ))?;
        file.item(quote!(
            pub(super) mod requests;
        ))?;
    }
    file.item(quote!(
        pub(super) mod types;
    ))?;
    Ok(file)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_type_that_two_groups_use_is_shared() {
        let mut document = crate::document::testing::two_groups();
        let names = |document: &Document| -> Vec<_> {
            groups(document).iter().map(|group| group.name.to_owned()).collect()
        };
        assert_eq!(names(&document), ["one", "two", "shared"]);
        document.operations.pop();
        assert_eq!(names(&document), ["one", "shared"]);
    }
}
