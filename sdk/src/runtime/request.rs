//! An operation, and the data of one request.

#[allow(dead_code, unreachable_pub, reason = "only some sets of operations need it")]
pub(crate) mod body;
pub(crate) mod data;
pub(crate) mod operation;
pub(crate) mod payload;
mod url;
