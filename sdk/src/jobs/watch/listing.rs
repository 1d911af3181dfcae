//! The jobs of a run as the last poll listed them.

use std::collections::hash_map::Entry;
use std::collections::{HashMap, VecDeque};
use std::mem;
use std::sync::Arc;

use crate::types::{Job, JobId};

/// The list of the last poll, and jobs of earlier lists. A poll costs time that is linear in the number of jobs.
#[derive(Default)]
pub(super) struct Listing {
    jobs: Arc<Vec<Job>>,
    /// The place of each job in `jobs`.
    places: HashMap<JobId, usize>,
    /// Jobs that the last list does not have: a re-run has replaced them, or the server left them out for a moment.
    missing: HashMap<JobId, Job>,
    /// The number of jobs in the last list that was not empty, with those that the watch leaves out.
    count: usize,
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
    /// The jobs of the last list that was not empty.
    pub(super) fn jobs(&self) -> &[Job] {
        &self.jobs
    }

    /// The number of jobs in the last list that was not empty, with those that the watch leaves out.
    pub(super) fn count(&self) -> usize {
        self.count
    }

    /// Takes a list, without the jobs that are left out; `None` if it is equal to the last one. A job that moved to
    /// another page while the list was read counts once, as the later page has it.
    pub(super) fn update(
        &mut self,
        listed: &[&Job],
        leaves_out: impl Fn(&Job) -> bool,
    ) -> Option<News> {
        self.count = listed.len();
        let jobs: Vec<&Job> = listed.iter().copied().filter(|job| !leaves_out(job)).collect();
        let last = |job: &Job| self.places.get(&job.id).and_then(|place| self.jobs.get(*place));
        // The order of a list is not a change: servers without a fixed order exist.
        if jobs.len() == self.jobs.len() && jobs.iter().all(|job| last(job) == Some(*job)) {
            return None;
        }
        let change = |(place, job): (usize, &&Job)| {
            let previous = self.known(job.id);
            (previous != Some(*job)).then(|| Change { place, previous: previous.cloned() })
        };
        let changes = jobs.iter().enumerate().filter_map(change).collect();
        let places = jobs.iter().enumerate().map(|(place, job)| (job.id, place)).collect();
        let jobs = Arc::new(jobs.into_iter().cloned().collect());
        let last = mem::replace(&mut self.jobs, jobs);
        self.places = places;
        self.missing.retain(|id, _| !self.places.contains_key(id));
        let missing = last.iter().filter(|job| !self.places.contains_key(&job.id));
        self.missing.extend(missing.map(|job| (job.id, job.clone())));
        Some(News { jobs: self.jobs.clone(), changes })
    }

    fn known(&self, id: JobId) -> Option<&Job> {
        let listed = self.places.get(&id).and_then(|place| self.jobs.get(*place));
        listed.or_else(|| self.missing.get(&id))
    }
}

/// The jobs of all pages, each once.
pub(super) fn distinct<'j>(listed: impl Iterator<Item = &'j Job>) -> Vec<&'j Job> {
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
    jobs
}
