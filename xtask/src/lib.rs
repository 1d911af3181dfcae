//! Generates the SDK from the official description, and checks that it still is what the inputs give.

#![expect(
    clippy::indexing_slicing,
    reason = "of a JSON value: reading gives null where there is nothing, and only objects that were just made are written"
)]

pub mod artifact;
pub mod ci;
pub mod commands;
pub mod contract;
pub mod drift;
pub mod json;
pub mod operations;
pub mod overlay;
pub mod pipeline;
pub mod propose;
pub mod publication;
pub mod trim;
pub mod upstream;

mod availability;
mod changes;
mod document;
mod looseness;
mod lower;
mod merge;
mod names;
mod normalize;
mod passes;
mod positions;
mod print;
mod reference;
mod schema;
mod validate;
