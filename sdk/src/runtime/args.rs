//! Arguments: what callers can pass, and the checks before anything is sent.

pub(crate) mod arg;
#[allow(
    unused_imports,
    unused_macros,
    reason = "which macros generated code uses depends on the operations"
)]
pub(crate) mod closed_enum;
pub(crate) mod headers;
#[allow(
    unused_imports,
    unused_macros,
    reason = "which macros generated code uses depends on the operations"
)]
pub(crate) mod id;
pub(crate) mod input;
pub(crate) mod names;
