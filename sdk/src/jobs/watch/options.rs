//! A watch before it begins: the run, and the options.

use std::time::Duration;

use super::JobChanges;
use super::poll::Watch;
use crate::runtime::args::invalid_input::InvalidInput;
use crate::runtime::args::repository::{Owner, Repo};
use crate::runtime::client::Client;
use crate::types::RunId;

/// The shortest wait between two polls.
pub(super) const SHORTEST: Duration = Duration::from_millis(100);

/// A watch that has not begun. [`Client::watch_run`] makes it.
#[derive(Clone, Debug)]
#[must_use = "a watch does nothing until its stream is read"]
pub struct WatchRun {
    client: Client,
    target: Result<Target, InvalidInput>,
    options: Options,
}

/// The run that is watched.
#[derive(Clone, Debug)]
pub(super) struct Target {
    pub(super) owner: Owner,
    pub(super) repo: Repo,
    pub(super) run: RunId,
    pub(super) attempt: Option<i64>,
}

#[derive(Clone, Debug)]
pub(super) struct Options {
    pub(super) settle: Duration,
    pub(super) floor: Duration,
    pub(super) ceiling: Duration,
    pub(super) deadline: Option<Duration>,
}

impl WatchRun {
    pub(super) fn new(client: &Client, target: Result<Target, InvalidInput>) -> Self {
        let options = Options {
            settle: Duration::from_secs(15),
            floor: Duration::from_secs(2),
            ceiling: Duration::from_secs(30),
            deadline: None,
        };
        Self { client: client.clone(), target, options }
    }

    /// Sets the time for which the list must stay unchanged, with all jobs completed, before the watch ends; 15 s
    /// if left out.
    pub fn settle(mut self, time: Duration) -> Self {
        self.options.settle = time;
        self
    }

    /// Sets the wait between two polls: `floor` after a change, growing to `ceiling` while nothing changes; 2 s
    /// and 30 s if left out. A random part of up to a tenth is added, so that many watches do not poll at once.
    pub fn interval(mut self, floor: Duration, ceiling: Duration) -> Self {
        let day = Duration::from_secs(24 * 60 * 60);
        self.options.floor = floor.clamp(SHORTEST, day);
        self.options.ceiling = ceiling.clamp(self.options.floor, day);
        self
    }

    /// Limits the time of the whole watch. After it, the watch ends with an
    /// [`ErrorKind::Timeout`](crate::ErrorKind::Timeout). Not limited if left out.
    pub fn deadline(mut self, limit: Duration) -> Self {
        self.options.deadline = Some(limit);
        self
    }

    /// Starts the watch.
    pub fn stream(self) -> JobChanges {
        let Self { client, target, options } = self;
        let watch = target.map(|target| Watch::new(client, target, options));
        JobChanges::new(watch.map_err(Into::into))
    }
}
