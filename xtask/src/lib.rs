//! Generates the SDK from the official description, and checks that it still is what the inputs give.

#![expect(
    clippy::indexing_slicing,
    reason = "of a JSON value: reading gives null where there is nothing, and only objects that were just made are written"
)]

pub mod artifact;
pub mod commands;
pub mod drift;
pub mod inputs;
pub mod openapi;
pub mod pipeline;
pub mod stages;
pub mod workspace;

mod availability;
mod changes;
mod document;
mod looseness;
mod lower;
mod names;
mod passes;
mod print;
mod program;
mod untrusted;
mod validate;
