//! progenitor's own requests are the control of ours: both read the same parameters from the same
//! document.

use std::collections::BTreeMap;

use progenitor::{GenerationSettings, Generator, InterfaceStyle};
use quote::ToTokens as _;
use serde_json::Value;
use xtask::document::{Document, Operation, Ty};
use xtask::{pipeline, workspace};

use crate::support::{read, root};

/// A parameter: its name in Rust, whether it is required, the type of its value.
type Parameter = (String, bool, String);

#[test]
fn parameters_are_those_that_progenitor_reads() {
    let document = pipeline::document(&workspace::inputs(root()).unwrap()).unwrap();
    let builders = builders();
    let jobs = document.operations.iter().filter(|operation| operation.group == "jobs");
    assert_eq!(jobs.clone().count(), 4);
    for operation in jobs {
        let expected = builders.get(&camel(&operation.name)).unwrap();
        assert_eq!(&parameters(operation, &document), expected, "{}", operation.name);
    }
}

fn parameters(operation: &Operation, document: &Document) -> Vec<Parameter> {
    let params = operation.params.iter();
    params.map(|param| (param.name.clone(), param.required, rust(&param.ty, document))).collect()
}

fn rust(ty: &Ty, document: &Document) -> String {
    match ty {
        Ty::Bool => "bool".to_owned(),
        Ty::Integer { .. } => "i64".to_owned(),
        Ty::Text => "String".to_owned(),
        Ty::List(item) => format!("Vec < {} >", rust(item, document)),
        Ty::Named(name) => {
            assert!(document.types.contains_key(name), "{name}");
            name.clone()
        }
        other => panic!("{other:?}: no operation has such a parameter"),
    }
}

/// The builders that progenitor makes of the group `jobs` of the normalized document, in its builder style: the fields
/// after `client` are `Result<T, String>` where required, and `Result<Option<T>, String>` where not. It cannot have an
/// operation with two kinds of answer, as the group `runs` has.
fn builders() -> BTreeMap<String, Vec<Parameter>> {
    let mut document: Value = serde_json::from_str(&read(pipeline::NORMALIZED)).unwrap();
    for item in document["paths"].as_object_mut().unwrap().values_mut() {
        item.as_object_mut().unwrap().retain(|_, operation| operation["x-group"] == "jobs");
    }
    let document = serde_json::from_value(document).unwrap();
    let mut settings = GenerationSettings::new();
    settings.with_interface(InterfaceStyle::Builder);
    let tokens = Generator::new(&settings).generate_tokens(&document).unwrap();
    let file: syn::File = syn::parse2(tokens).unwrap();
    let module = file.items.into_iter().find_map(|item| match item {
        syn::Item::Mod(module) if module.ident == "builder" => module.content,
        _ => None,
    });
    let structs = module.unwrap().1.into_iter().filter_map(|item| match item {
        syn::Item::Struct(item) => Some(item),
        _ => None,
    });
    let fields = structs.map(|item| {
        let fields = item.fields.iter().skip(1).map(|field| {
            let value = argument(&field.ty, "Result").unwrap();
            let optional = argument(value, "Option");
            let ty = last(optional.unwrap_or(value));
            (field.ident.as_ref().unwrap().to_string(), optional.is_none(), ty)
        });
        (item.ident.to_string(), fields.collect())
    });
    fields.collect()
}

/// The first argument of a type of this name.
fn argument<'t>(ty: &'t syn::Type, name: &str) -> Option<&'t syn::Type> {
    let syn::Type::Path(path) = ty else { return None };
    let last = path.path.segments.last().filter(|last| last.ident == name)?;
    let syn::PathArguments::AngleBracketed(arguments) = &last.arguments else { return None };
    match arguments.args.first()? {
        syn::GenericArgument::Type(inner) => Some(inner),
        _ => None,
    }
}

/// The type without its path.
fn last(ty: &syn::Type) -> String {
    let syn::Type::Path(path) = ty else { panic!("{}", ty.to_token_stream()) };
    path.path.segments.last().to_token_stream().to_string()
}

fn camel(name: &str) -> String {
    let parts = name.split('_').map(|part| {
        let mut letters = part.chars();
        letters.next().into_iter().flat_map(char::to_uppercase).chain(letters).collect::<String>()
    });
    parts.collect()
}
