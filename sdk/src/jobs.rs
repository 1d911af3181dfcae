//! What needs knowledge of jobs: watching a run, waiting for a log, and why a log is missing.

mod log;
mod watch;

pub use log::LogUnavailable;
pub use watch::{JobChange, JobChanges, WatchRun};
