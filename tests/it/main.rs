//! The tests of the generator and of the SDK. No network but loopback, no npm.

mod api;
mod binary;
mod cli;
mod commands;
mod compile_fail;
mod drift;
mod faults;
mod generated;
mod git;
mod golden;
mod hygiene;
mod options;
mod reject;
mod round_trip;
mod schemas;
mod support;
mod tolerance;
mod traces;
mod upstream;
mod watch;
mod wire;
mod words;
