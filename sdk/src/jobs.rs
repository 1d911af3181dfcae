//! The part that depends on jobs: the outcome and the times of jobs, watching a run, reading logs.

mod log;
mod outcome;
#[cfg(feature = "testing")]
pub mod testing;
mod timeline;
mod watch;
#[cfg(feature = "runs")]
mod workflow;

pub use log::LogUnavailable;
pub use log::errors::LogError;
pub use log::line::{LineKind, LogLine};
pub use log::lines::LogLines;
pub use outcome::{Outcome, Runner};
pub use timeline::{Counts, counts, critical_path, slowest};
pub use watch::{JobChange, JobChanges, WatchRun};
