//! Time and allocations of the tool's two long works: trim a description, generate from all of them.
//!
//! `cargo bench --package xtask`, with part of a name to select. The unit of each figure is beside it.

#![expect(clippy::expect_used, reason = "a bench whose setup fails stops the run")]

mod generate;
mod trim;

use std::path::Path;

use divan::AllocProfiler;

#[global_allocator]
static ALLOCATOR: AllocProfiler = AllocProfiler::system();

fn main() {
    divan::main();
}

/// The folder of the workspace.
fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the package is in a workspace")
}
