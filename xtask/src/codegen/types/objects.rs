//! The only caller of progenitor, which decides the types of the fields of objects: which fields are optional.
//!
//! progenitor gets schemas made from the document, and no paths. From its output, only the types of fields are
//! used; boxes, serde attributes, order and documentation come from the document.

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};

use anyhow::{Context as _, Result, anyhow, bail, ensure};
use openapiv3::OpenAPI;
use proc_macro2::TokenStream;
use progenitor::{GenerationSettings, Generator, InterfaceStyle};
use quote::{ToTokens as _, quote};
use serde::Deserialize as _;
use serde_json::{Map, Value, json};
use syn::visit_mut::{VisitMut, visit_path_mut};
use syn::{GenericArgument, Item, Path, PathArguments, PathSegment, parse_quote};

use super::super::docs;
use super::super::print::ident;
use crate::document::{Document, Field, Shape, Side, Ty, Type};

/// The types of the fields of each object, by name; as text, so that threads can share them.
pub(in super::super) type Objects = BTreeMap<String, BTreeMap<String, String>>;

/// Runs progenitor on the objects of the document.
///
/// # Errors
///
/// progenitor does not accept the schemas, or generates another number of structs or fields.
pub(in super::super) fn objects(document: &Document) -> Result<Objects> {
    let names = Names::of(document);
    let schemas: Map<_, _> =
        document.types.iter().map(|(name, ty)| (names.of_type(name), names.schema(ty))).collect();
    let value = json!({
        "openapi": "3.0.3",
        "info": {"title": "", "version": ""},
        "paths": {},
        "components": {"schemas": schemas},
    });
    let description = OpenAPI::deserialize(&value).context("types for progenitor")?;
    let mut objects = Objects::new();
    for item in syn::parse2::<syn::File>(lower(&description, document, &names)?)?.items {
        let Item::Struct(item) = item else { continue };
        let Some(name) = names.back.get(&item.ident.to_string()) else { continue };
        let fields = item.fields.into_iter().filter_map(|mut field| {
            Short(&names).visit_type_mut(&mut field.ty);
            let name = field.ident?.to_string().trim_start_matches("r#").to_owned();
            Some((name, without_box(field.ty).to_token_stream().to_string()))
        });
        objects.insert((*name).to_owned(), fields.collect());
    }
    for (name, ty) in &document.types {
        let Shape::Object { fields, .. } = &ty.shape else { continue };
        if ty.side == Side::Sent {
            continue;
        }
        let found = objects.get(name).map_or(0, BTreeMap::len);
        ensure!(
            found == fields.len(),
            "progenitor makes {found} of the {} fields of `{name}`",
            fields.len()
        );
    }
    Ok(objects)
}

/// The struct of an object, with the fields in the order of the document.
pub(super) fn object(
    name: &str,
    ty: &Type,
    fields: &[Field],
    rest: Option<&Ty>,
    objects: &Objects,
    document: &Document,
) -> Result<TokenStream> {
    let docs = docs::ty(name, ty, 0);
    let known = objects.get(name).with_context(|| format!("no struct for `{name}`"))?;
    let mut written = Vec::new();
    for field in fields {
        let found = known.get(&field.name);
        let rust = found.with_context(|| format!("no field for `{name}.{}`", field.wire))?;
        let docs = docs::field(field, ty, document);
        let deprecated = docs::deprecated(&field.docs);
        let mut rust: syn::Type =
            syn::parse_str(rust).with_context(|| format!("{name}.{}", field.wire))?;
        // progenitor gives such a map a default. Then an absent map and an empty one would be the same.
        if !field.required && matches!(field.ty, Ty::Map(_)) {
            rust = parse_quote!(Option<#rust>);
        }
        let serde = attributes(field, argument(&rust, "Option").is_some());
        let rust = if document.is_boxed(field, name) { boxed(rust) } else { rust };
        let name = ident(&field.name);
        written.push(quote!(#docs #deprecated #serde pub #name: #rust));
    }
    written.extend(rest.map(|rest| super::rest(fields, rest, document)));
    let name = ident(name);
    Ok(quote! {
        #docs
        #[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
        #[non_exhaustive]
        pub struct #name { #(#written),* }
    })
}

/// serde attributes: null and missing are read as the same, and null as an empty list or map also where the field is
/// required. A nullable field is written as null, and a list is written even if it is empty.
fn attributes(field: &Field, is_option: bool) -> Option<TokenStream> {
    let (_, is_nullable) = field.ty.split_null();
    let wire = &field.wire;
    let rename = (field.name != *wire).then(|| quote!(rename = #wire));
    let default = (!field.required && !is_option).then(|| quote!(default));
    let null = (!is_option && matches!(field.ty, Ty::List(_) | Ty::Map(_)))
        .then(|| quote!(deserialize_with = "crate::runtime::null_is_empty"));
    let skip = (is_option && !is_nullable && field.ty != Ty::Json)
        .then(|| quote!(skip_serializing_if = "Option::is_none"));
    let settings: Vec<_> = [rename, default, null, skip].into_iter().flatten().collect();
    (!settings.is_empty()).then(|| quote!(#[serde(#(#settings),*)]))
}

/// The types of progenitor, for the schemas of the document.
fn lower(description: &OpenAPI, document: &Document, names: &Names<'_>) -> Result<TokenStream> {
    let mut settings = GenerationSettings::new();
    settings
        .with_interface(InterfaceStyle::Positional)
        .with_map_type("::std::collections::BTreeMap")
        .with_conversion(
            serde_json::from_value(json!({"type": "string", "format": "date-time"}))?,
            "::jiff::Timestamp",
            std::iter::empty(),
        );
    for (name, ty) in &document.types {
        if !matches!(ty.shape, Shape::Object { .. }) || ty.side == Side::Sent {
            let name = names.of_type(name);
            settings.with_replacement(&name, format!("crate::{name}"), std::iter::empty());
        }
    }
    // Reading the document refuses everything that makes progenitor panic. If a case is missing there, the panic
    // becomes an error.
    let generated = catch_unwind(AssertUnwindSafe(|| {
        let mut generator = Generator::new(&settings);
        generator.generate_tokens(description).map(|_| generator.get_type_space().to_stream())
    }));
    match generated {
        Ok(tokens) => tokens.context("progenitor refuses the types"),
        Err(panic) => {
            let text = panic.downcast_ref::<String>().map(String::as_str);
            let text = text.or_else(|| panic.downcast_ref::<&str>().copied());
            bail!(anyhow!("progenitor panicked: {}", text.unwrap_or_default()))
        }
    }
}

/// The names that progenitor gets: numbers, because it changes the case of some of ours (`AB` to `Ab`).
struct Names<'d> {
    of_types: BTreeMap<&'d str, String>,
    back: BTreeMap<String, &'d str>,
}

impl<'d> Names<'d> {
    fn of(document: &'d Document) -> Self {
        let numbered = document.types.keys().enumerate();
        let numbered = numbered.map(|(index, name)| (name.as_str(), format!("T{index}")));
        let of_types: BTreeMap<_, _> = numbered.collect();
        let back = of_types.iter().map(|(name, number)| (number.clone(), *name)).collect();
        Self { of_types, back }
    }

    fn of_type(&self, name: &str) -> String {
        self.of_types.get(name).cloned().unwrap_or_default()
    }

    /// A type as progenitor reads it.
    fn schema(&self, ty: &Type) -> Value {
        match &ty.shape {
            Shape::Object { fields, .. } if ty.side == Side::Received => {
                let required: Vec<_> =
                    fields.iter().filter(|field| field.required).map(|field| &field.name).collect();
                let properties: Map<_, _> =
                    fields.iter().map(|field| (field.name.clone(), self.used(&field.ty))).collect();
                json!({"type": "object", "required": required, "properties": properties})
            }
            // A placeholder: these types are generated without progenitor.
            _ => json!({"type": "string"}),
        }
    }

    /// The type of a value as progenitor reads it.
    fn used(&self, ty: &Ty) -> Value {
        match ty {
            Ty::Bool => json!({"type": "boolean"}),
            Ty::Integer { .. } => json!({"type": "integer", "format": "int64"}),
            Ty::Number => json!({"type": "number"}),
            Ty::Text => json!({"type": "string"}),
            Ty::Time => json!({"type": "string", "format": "date-time"}),
            Ty::Json => json!({}),
            Ty::List(inner) => json!({"type": "array", "items": self.used(inner)}),
            Ty::Map(inner) => json!({"type": "object", "additionalProperties": self.used(inner)}),
            Ty::Named(name) => {
                json!({"$ref": format!("#/components/schemas/{}", self.of_type(name))})
            }
            Ty::Nullable(inner) => {
                let mut used = self.used(inner);
                if used.get("$ref").is_some() {
                    used = json!({"allOf": [used]});
                }
                used["nullable"] = true.into();
                used
            }
        }
    }
}

/// The type without the box that progenitor puts around one of the types of a cycle. Which one it boxes depends
/// on the other types.
fn without_box(ty: syn::Type) -> syn::Type {
    match argument(&ty, "Box") {
        Some(inner) => without_box(inner.clone()),
        None => match argument(&ty, "Option") {
            Some(inner) => {
                let inner = without_box(inner.clone());
                parse_quote!(Option<#inner>)
            }
            None => ty,
        },
    }
}

/// The type in a box, inside of what says that it may be missing.
fn boxed(ty: syn::Type) -> syn::Type {
    match argument(&ty, "Option") {
        Some(inner) => parse_quote!(Option<Box<#inner>>),
        None => parse_quote!(Box<#ty>),
    }
}

/// `T` of `outer<T>`.
fn argument<'t>(ty: &'t syn::Type, outer: &str) -> Option<&'t syn::Type> {
    let syn::Type::Path(path) = ty else { return None };
    let last = path.path.segments.last().filter(|last| last.ident == outer)?;
    let PathArguments::AngleBracketed(arguments) = &last.arguments else { return None };
    match arguments.args.first()? {
        GenericArgument::Type(inner) => Some(inner),
        _ => None,
    }
}

/// Shortens paths to their last name, and restores our names: the file imports names that are not in the
/// prelude.
struct Short<'n, 'd>(&'n Names<'d>);

impl VisitMut for Short<'_, '_> {
    fn visit_path_mut(&mut self, path: &mut Path) {
        visit_path_mut(self, path);
        let first = path.segments.first().map(|segment| segment.ident.to_string());
        let is_long = path.leading_colon.is_some() || first.as_deref() == Some("crate");
        // Only `serde_json::Map` is not imported.
        let is_map = path.segments.last().is_some_and(|last| last.ident == "Map");
        if let Some(last) = path.segments.last().filter(|_| is_long).cloned() {
            path.leading_colon = None;
            let outer: Option<PathSegment> = is_map.then(|| ident("serde_json").into());
            path.segments = outer.into_iter().chain([last]).collect();
        }
        if let Some(last) = path.segments.last_mut()
            && let Some(name) = self.0.back.get(&last.ident.to_string())
        {
            last.ident = ident(name);
        }
    }
}
