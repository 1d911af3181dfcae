//! An operation, and the data of one request.

pub(crate) mod data;
pub(crate) mod operation;
mod url;
