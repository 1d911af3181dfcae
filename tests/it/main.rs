//! The tests of the generator and of the SDK. No network but loopback, no npm.

mod round_trip;
mod support;
mod wire;
