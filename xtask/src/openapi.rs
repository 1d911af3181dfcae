//! True of any OpenAPI document: places, references, kinds of schemas, strict JSON.

pub mod json;
pub(crate) mod positions;
pub(crate) mod reference;
pub(crate) mod schema;
