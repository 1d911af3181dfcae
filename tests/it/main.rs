//! The tests that need more than one module: see `tests/README.md`. No network but loopback, no npm.

mod generator;
mod repository;
mod sdk;
mod support;
