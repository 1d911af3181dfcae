//! The files that people write (operations, overlay, pins), and the publications that the pins point to.

pub mod operations;
pub mod overlay;
pub mod pins;
pub mod publication;
pub(crate) mod shared;

use serde_json::Value;

/// A trimmed description.
#[derive(Clone, Debug)]
pub struct Description {
    /// The server version: `ghes-3.8`.
    pub server: String,
    /// Its file; several servers can share one.
    pub file: String,
    /// Its content.
    pub document: Value,
}
