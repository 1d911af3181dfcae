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
use proc_macro2::TokenStream;
use quote::quote;
use rayon::prelude::*;

use crate::artifact::Artifact;
use crate::document::{Answer, Document, Operation, Shape, Type};
use crate::inputs::operations::ALWAYS_ON;
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
    let groups = groups(document);
    // Only the types need progenitor, which runs on one core.
    let (types, others) = rayon::join(
        || {
            let objects = types::objects(document)?;
            of_each(&groups, |group| Ok(vec![("types", types::file(group, &objects)?)]))
        },
        || of_each(&groups, files_without_types),
    );
    let facade = facade(document, &groups)?;
    let files =
        types?.into_iter().zip(others?).flat_map(|(types, others)| [types, others].concat());
    Ok([facade].into_iter().chain(files).collect())
}

/// Files of each group, on all cores.
fn of_each(
    groups: &[Group<'_>],
    files: impl Fn(&Group<'_>) -> Result<Vec<(&'static str, File)>> + Sync,
) -> Result<Vec<Vec<Artifact>>> {
    let artifacts = groups.par_iter().map(|group| {
        let files = files(group)?.into_iter().map(|(name, file)| Artifact {
            path: format!("{FOLDER}/{}/{name}.rs", group.name),
            content: Some(file.finish()),
        });
        Ok(files.collect())
    });
    artifacts.collect()
}

fn files_without_types(group: &Group<'_>) -> Result<Vec<(&'static str, File)>> {
    let mut files = Vec::new();
    if !group.operations.is_empty() {
        files.push(("client", client::file(group)?));
        files.push(("operations", operations::file(group)?));
        files.push(("requests", requests::file(group)?));
    }
    files.push(("mod", module(group)?));
    Ok(files)
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

/// True if `types.rs` of a group has a type: one of the document, or the answers of an operation.
fn has_types(group: &Group<'_>) -> bool {
    let has_answers = |operation: &&Operation| matches!(operation.answer, Answer::Several(_));
    !group.types.is_empty() || group.operations.iter().any(has_answers)
}

/// The attribute of the items of a group that is a feature of the crate: every group beside the one that is always on.
/// The shared types are there if any feature is on.
fn feature(group: &str, document: &Document) -> Option<TokenStream> {
    let groups = document.groups();
    if group == ALWAYS_ON || !groups.contains(ALWAYS_ON) {
        return None;
    }
    if group != SHARED {
        return Some(quote!(#[cfg(feature = #group)]));
    }
    let others = groups.into_iter().filter(|name| *name != ALWAYS_ON);
    Some(quote!(#[cfg(any(#(feature = #others),*))]))
}

/// `generated/mod.rs`: the public modules, with the items of all groups.
fn facade(document: &Document, groups: &[Group<'_>]) -> Result<Artifact> {
    let mut file = File::default();
    for group in groups {
        let (feature, name) = (feature(group.name, document), print::ident(group.name));
        file.item(quote!(#feature mod #name;))?;
    }
    let reexports = |module: &str, has: fn(&Group<'_>) -> bool| -> TokenStream {
        let those = groups.iter().filter(|group| has(group)).map(|group| {
            let (feature, name) = (feature(group.name, document), print::ident(group.name));
            let module = print::ident(module);
            quote!(#feature pub use super::#name::#module::*;)
        });
        those.collect()
    };
    let has_operations = |group: &Group<'_>| !group.operations.is_empty();
    let table = operations::table(document);
    for (name, docs, has, more) in [
        (
            "operations",
            "The operations of the API: id, method, path and kind of answer.",
            has_operations as fn(&Group<'_>) -> bool,
            Some(table),
        ),
        (
            "requests",
            "The requests that the methods of [`Client`](crate::Client) return.",
            has_operations,
            None,
        ),
        ("types", "The types that the API defines.", has_types, None),
    ] {
        let docs = docs::trusted(docs, 0);
        let (reexports, name) = (reexports(name, has), print::ident(name));
        file.item(quote!(#docs pub mod #name { #reexports #more }))?;
    }
    // One list for the groups that are always there, and one for each feature.
    let mut lists: Vec<(Option<TokenStream>, Vec<_>)> = Vec::new();
    for group in groups {
        let feature = feature(group.name, document);
        let names = group.types.iter().map(|(name, _)| print::ident(name));
        match lists.last_mut().filter(|(last, _)| feature.is_none() && last.is_none()) {
            Some((_, list)) => list.extend(names),
            None => lists.push((feature, names.collect())),
        }
    }
    for (feature, names) in lists.into_iter().filter(|(_, names)| !names.is_empty()) {
        file.item(quote! {
            #feature
            #[allow(
                unreachable_pub,
                unused_imports,
                reason = "a name that the SDK has by hand hides the generated one, which stays in `types`"
            )]
            pub use types::{#(#names),*};
        })?;
    }
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
