//! The part that depends on jobs: watching a run, waiting for a log, and the reasons why a log is missing.

mod log;
mod watch;

pub use log::LogUnavailable;
pub use watch::{JobChange, JobChanges, WatchRun};
