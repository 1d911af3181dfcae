//! Code for any OpenAPI document: places, references, kinds of schemas, strict JSON.

pub mod base;
pub(crate) mod enums;
pub(crate) mod flatten;
pub mod json;
pub(crate) mod keywords;
pub(crate) mod limits;
pub(crate) mod media;
pub(crate) mod positions;
pub(crate) mod reference;
pub mod refusal;
pub(crate) mod schema;
pub(crate) mod servers;
