//! The tests of the generator and of the SDK. No network but loopback, no npm.

mod commands;
mod drift;
mod golden;
mod hygiene;
mod reject;
mod round_trip;
mod support;
mod wire;
mod words;
