//! Generates the SDK from the official description, and checks that it still is what the inputs give.

pub mod artifact;
pub mod commands;
pub mod json;
pub mod operations;
pub mod overlay;
pub mod pipeline;
pub mod trim;
pub mod upstream;

mod document;
mod lower;
mod names;
mod normalize;
mod passes;
mod positions;
mod print;
mod reference;
mod validate;
