//! The arguments of requests: conversions and checks before anything is sent.

pub(crate) mod arg;
#[allow(dead_code, reason = "only some sets of operations send integers with bounds")]
pub(crate) mod bounds;
#[allow(
    dead_code,
    unused_imports,
    unused_macros,
    reason = "the operations decide which macros are used"
)]
pub(crate) mod closed_enum;
pub(crate) mod headers;
#[allow(unused_imports, unused_macros, reason = "the operations decide which macros are used")]
pub(crate) mod id;
pub(crate) mod invalid_input;
#[allow(dead_code, unreachable_pub, reason = "only some sets of operations need it")]
pub(crate) mod path;
pub(crate) mod per_page;
pub(crate) mod repository;
pub(crate) mod segment;
