//! The only place that calls progenitor: a normalized document becomes a syntax tree.

use std::panic::{AssertUnwindSafe, catch_unwind};

use anyhow::{Context as _, Result, anyhow};
use openapiv3::OpenAPI;
use progenitor::{GenerationSettings, Generator, InterfaceStyle};
use serde::Deserialize as _;
use serde_json::Value;

use crate::document::{Body, Document};

/// What progenitor makes of the document.
pub(crate) fn lower(value: &Value, document: &Document) -> Result<syn::File> {
    let description = OpenAPI::deserialize(value);
    let description = description.context("the normalized document is not OpenAPI 3.0")?;
    let mut settings = GenerationSettings::new();
    settings
        .with_interface(InterfaceStyle::Builder)
        .with_derive("PartialEq")
        .with_map_type("::std::collections::BTreeMap");
    for schema in &document.schemas {
        let name = &schema.name;
        match &schema.body {
            Body::HandWritten(path) => settings.with_replacement(name, path, std::iter::empty()),
            // The pass `enums` makes these: typify's are closed, and it panics where two words differ in case alone.
            Body::Enum { .. } => {
                settings.with_replacement(name, format!("crate::types::{name}"), std::iter::empty())
            }
            _ => continue,
        };
    }
    // `validate` refuses what makes progenitor panic; should it have a gap, that is an error like any other.
    let generated =
        catch_unwind(AssertUnwindSafe(|| Generator::new(&settings).generate_tokens(&description)));
    let tokens = generated
        .map_err(|panic| {
            let text = panic.downcast_ref::<String>().cloned();
            let text = text.or_else(|| panic.downcast_ref::<&str>().map(|text| (*text).to_owned()));
            anyhow!("progenitor panicked: {}", text.unwrap_or_default())
        })?
        .context("progenitor refuses the document")?;
    syn::parse2(tokens).context("progenitor's output is no Rust")
}
