//! The stages that turn JSON into JSON: trim, merge, normalize.

pub(crate) mod merge;
pub mod normalize;
pub mod trim;
