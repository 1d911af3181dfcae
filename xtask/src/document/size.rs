//! The largest document that code is generated from: generating is the slowest stage.

use super::{Document, Shape, Type};
use crate::openapi::refusal::{Refusal, Refusals};

/// The most operations, parameters, types, fields, variants and enum values together. All operations of
/// api.github.com that the generator supports have 13,000.
const MOST_ITEMS: usize = 30_000;

impl Document {
    /// Refuses the first type with which the document is too large.
    pub(crate) fn too_large(&self) -> Refusals {
        let params = self.operations.iter().map(|operation| 1 + operation.params.len());
        let mut items: usize = params.sum();
        let mut refusals = Refusals::default();
        for ty in self.types.values() {
            items += 1 + parts(ty);
            if items > MOST_ITEMS {
                let servers = ty.servers.of(&self.servers);
                refusals.push(Refusal {
                    at: ty.at.clone(),
                    servers: servers.into_iter().map(str::to_owned).collect(),
                    problem: format!(
                        "is more than the supported {MOST_ITEMS} operations, parameters, types, fields, variants and \
                         enum values"
                    ),
                    remedy: "list fewer operations in spec/operations.toml".to_owned(),
                });
                break;
            }
        }
        refusals
    }
}

/// The number of parts that a type names.
fn parts(ty: &Type) -> usize {
    match &ty.shape {
        Shape::Object { fields, .. } => fields.len(),
        Shape::Enum(values) => values.len(),
        Shape::Union(variants, _) => variants.len(),
        Shape::Newtype(_) | Shape::HandWritten(_) => 0,
    }
}
