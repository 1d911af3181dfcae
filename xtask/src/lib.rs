//! Generates the SDK from GitHub's OpenAPI descriptions, and checks that it is up to date.
//!
//! [`pipeline::run`] is the data flow: the trimmed descriptions of all servers are merged, the overlay
//! corrects, names and documents them, and normalizing brings them into one form
//! (`spec/normalized.json`). Reading that gives the typed [`document`], from which the files of the SDK are
//! generated, and of which [`drift`] compares two. Everything in between takes values and returns values:
//! [`commands`] read the inputs, and [`artifact`] writes the files.

#![expect(
    clippy::indexing_slicing,
    reason = "of a JSON value: reading gives null where there is nothing, and only objects that were just made are written"
)]

pub mod artifact;
pub mod commands;
pub mod document;
pub mod drift;
pub mod inputs;
pub mod names;
pub mod openapi;
pub mod pipeline;
pub mod stages;
pub mod untrusted;
pub mod workspace;

mod codegen;
mod program;
mod tables;
