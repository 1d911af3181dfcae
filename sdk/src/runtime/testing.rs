//! A client whose answers are scripted, without a socket: for the tests of code that uses the crate.

mod body;
mod reply;
mod script;

pub use reply::Reply;
pub use script::{Received, Script};
