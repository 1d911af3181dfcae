//! The jobs of a run as the last poll listed them.

use std::collections::hash_map::Entry;
use std::collections::{HashMap, VecDeque};
use std::sync::Arc;

use crate::types::{Job, JobId};

/// The list of the last poll. Taking the next one costs time that is linear in the number of jobs.
#[derive(Default)]
pub(super) struct Listing {
    jobs: Arc<Vec<Job>>,
    /// The place of each job in `jobs`.
    places: HashMap<JobId, usize>,
}

/// A list that differs from the one before it.
pub(super) struct News {
    pub(super) jobs: Arc<Vec<Job>>,
    pub(super) changes: VecDeque<Change>,
}

/// A job that is new or has changed.
pub(super) struct Change {
    /// Its place in the list.
    pub(super) place: usize,
    pub(super) previous: Option<Job>,
}

impl Listing {
    pub(super) fn jobs(&self) -> &[Job] {
        &self.jobs
    }

    /// Takes a list; `None` if it is equal to the last one. A job that moved to another page while the list was
    /// read counts once, as the later page has it.
    pub(super) fn update<'j>(&mut self, listed: impl Iterator<Item = &'j Job>) -> Option<News> {
        let mut places = HashMap::new();
        let mut jobs: Vec<&Job> = Vec::new();
        for job in listed {
            match places.entry(job.id) {
                Entry::Vacant(entry) => {
                    entry.insert(jobs.len());
                    jobs.push(job);
                }
                Entry::Occupied(entry) => {
                    if let Some(known) = jobs.get_mut(*entry.get()) {
                        *known = job;
                    }
                }
            }
        }
        if jobs.iter().copied().eq(self.jobs.iter()) {
            return None;
        }
        let change = |(place, job): (usize, &&Job)| {
            let previous = self.known(job.id);
            (previous != Some(*job)).then(|| Change { place, previous: previous.cloned() })
        };
        let changes = jobs.iter().enumerate().filter_map(change).collect();
        self.jobs = Arc::new(jobs.into_iter().cloned().collect());
        self.places = places;
        Some(News { jobs: self.jobs.clone(), changes })
    }

    fn known(&self, id: JobId) -> Option<&Job> {
        self.places.get(&id).and_then(|place| self.jobs.get(*place))
    }
}
