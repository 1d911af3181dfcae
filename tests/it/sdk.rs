//! The SDK: requests on the wire, faults, decoding, watching, and the example program.

mod cli;
mod compile_fail;
mod faults;
mod jobs;
mod logs;
mod options;
pub mod round_trip;
mod runs;
pub mod schemas;
mod testing;
mod tolerance;
mod traces;
mod watch;
mod wire;
