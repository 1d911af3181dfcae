//! When a watch ends, as a pure function.

use std::time::Duration;

/// The time that a completed run, or one that cannot be read and whose jobs are completed, may have fewer jobs in
/// its list than the list's `total_count`.
const LONGEST_INCOMPLETE: Duration = Duration::from_secs(10 * 60);

/// The state of the run, as far as it was read since the last change of the list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Run {
    /// It was not read.
    Unread,
    /// It cannot be read. Compatible servers have no runs, and some tokens have no access to them.
    Unreadable,
    Unfinished,
    /// It is completed. `since` is the time since its last change, if the server sends that.
    Completed {
        since: Option<Duration>,
    },
}

/// The jobs in the list, without those that the watch leaves out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Jobs {
    /// The list is empty.
    None,
    /// All are completed.
    Done,
    /// None is in progress, and not all are completed.
    Waiting,
    Running,
}

/// The knowledge of a watch after a poll.
#[derive(Clone, Debug)]
pub(super) struct Seen {
    pub(super) run: Run,
    pub(super) jobs: Jobs,
    /// The time since the last change of the list.
    pub(super) same_for: Duration,
    /// The time since the list has fewer jobs than its `total_count`, or none after it had some.
    pub(super) incomplete_for: Option<Duration>,
    /// True if the watch leaves jobs out.
    pub(super) leaves_out: bool,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    GoOn,
    /// The end, unless the list changes within this time.
    EndsAfter(Duration),
    /// The list stays incomplete.
    Incomplete,
}

/// Decides whether a watch has ended.
///
/// The list alone does not show the end of a run, because dependent jobs can be listed late. A run that is
/// completed, read between two polls that gave the same list, does. Its list can still be behind it, with jobs that
/// are not completed: such a list has to stay unchanged for `settle`, or the run is completed since that time.
pub(super) fn judge(seen: &Seen, settle: Duration) -> Verdict {
    let settles = || Verdict::EndsAfter(settle.saturating_sub(seen.same_for));
    match (seen.run, seen.jobs, seen.incomplete_for) {
        (Run::Completed { .. }, _, Some(time)) | (Run::Unreadable, Jobs::Done, Some(time))
            if time >= LONGEST_INCOMPLETE =>
        {
            Verdict::Incomplete
        }
        (_, _, Some(_)) => Verdict::GoOn,
        (Run::Completed { .. }, Jobs::Done, None) => Verdict::EndsAfter(Duration::ZERO),
        (Run::Completed { since: Some(since) }, _, None) if since >= settle => {
            Verdict::EndsAfter(Duration::ZERO)
        }
        (Run::Completed { .. }, _, None) | (Run::Unreadable, Jobs::Done, None) => settles(),
        (_, Jobs::Done, None) if seen.leaves_out => settles(),
        _ => Verdict::GoOn,
    }
}

/// True if it is time to read the run, where the list is as it was for this time, and the run was read when the
/// list was that for `read_at`.
///
/// The run is read at once where the list suggests its end. A list with other jobs rarely stays as it is when the
/// run has ended, so that the run is read when the list has not changed for long. Times between two readings
/// double.
pub(super) fn is_due(jobs: Jobs, same_for: Duration, read_at: Option<Duration>) -> bool {
    let (first, longest) = match jobs {
        Jobs::None | Jobs::Done => (0, 30),
        Jobs::Waiting => (15, 600),
        Jobs::Running => (300, 600),
    };
    let (first, longest) = (Duration::from_secs(first), Duration::from_secs(longest));
    let next = |read_at: Duration| read_at.saturating_mul(2).min(read_at.saturating_add(longest));
    same_for >= read_at.map_or(first, |read_at| next(read_at).max(first))
}

#[cfg(test)]
mod tests {
    use super::*;

    const SETTLE: Duration = Duration::from_secs(15);
    const NOW: Verdict = Verdict::EndsAfter(Duration::ZERO);
    const COMPLETED: Run = Run::Completed { since: None };

    fn seconds(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    fn seen(run: Run, jobs: Jobs) -> Seen {
        Seen { run, jobs, same_for: seconds(5), incomplete_for: None, leaves_out: false }
    }

    #[track_caller]
    fn judged(seen: Seen) -> Verdict {
        judge(&seen, SETTLE)
    }

    #[test]
    fn only_a_completed_run_ends_a_watch() {
        for jobs in [Jobs::None, Jobs::Done, Jobs::Waiting, Jobs::Running] {
            for run in [Run::Unread, Run::Unfinished] {
                let seen = Seen { same_for: seconds(9999), ..seen(run, jobs) };
                assert_eq!(judged(seen), Verdict::GoOn, "{run:?} {jobs:?}");
            }
        }
        assert_eq!(judged(seen(COMPLETED, Jobs::Done)), NOW);
    }

    #[test]
    fn jobs_that_are_not_completed_delay_the_end_of_a_completed_run_but_do_not_prevent_it() {
        for jobs in [Jobs::None, Jobs::Waiting, Jobs::Running] {
            let completed = |since| Run::Completed { since: Some(seconds(since)) };
            assert_eq!(judged(seen(COMPLETED, jobs)), Verdict::EndsAfter(seconds(10)));
            assert_eq!(judged(seen(completed(14), jobs)), Verdict::EndsAfter(seconds(10)));
            assert_eq!(judged(seen(completed(15), jobs)), NOW);
            assert_eq!(judged(Seen { same_for: SETTLE, ..seen(COMPLETED, jobs) }), NOW);
        }
    }

    #[test]
    fn an_incomplete_list_prevents_the_end_and_is_an_error_after_ten_minutes() {
        let incomplete = |run, time| {
            judged(Seen { incomplete_for: Some(seconds(time)), ..seen(run, Jobs::Done) })
        };
        assert_eq!(incomplete(COMPLETED, 599), Verdict::GoOn);
        assert_eq!(incomplete(COMPLETED, 600), Verdict::Incomplete);
        assert_eq!(incomplete(Run::Unfinished, 9999), Verdict::GoOn);
        assert_eq!(incomplete(Run::Unreadable, 599), Verdict::GoOn);
        assert_eq!(incomplete(Run::Unreadable, 600), Verdict::Incomplete);
    }

    #[test]
    fn without_a_readable_run_the_list_has_to_settle() {
        let settles = Verdict::EndsAfter(seconds(10));
        assert_eq!(judged(seen(Run::Unreadable, Jobs::Done)), settles);
        for run in [Run::Unread, Run::Unfinished, Run::Unreadable] {
            assert_eq!(judged(Seen { leaves_out: true, ..seen(run, Jobs::Done) }), settles);
            for jobs in [Jobs::None, Jobs::Waiting, Jobs::Running] {
                let seen = Seen { leaves_out: true, same_for: SETTLE, ..seen(run, jobs) };
                assert_eq!(judged(seen), Verdict::GoOn);
            }
        }
    }

    #[test]
    fn the_run_is_read_seldom() {
        let readings = |jobs| {
            let mut readings = Vec::new();
            let mut last = None;
            for second in 0..3600 {
                if is_due(jobs, seconds(second), last) {
                    readings.push(second);
                    last = Some(seconds(second));
                }
            }
            readings
        };
        assert_eq!(readings(Jobs::Done)[..8], [0, 1, 2, 4, 8, 16, 32, 62]);
        assert_eq!(readings(Jobs::Waiting)[..7], [15, 30, 60, 120, 240, 480, 960]);
        assert_eq!(readings(Jobs::Running)[..4], [300, 600, 1200, 1800]);
        assert!(!is_due(Jobs::Running, seconds(299), Some(Duration::ZERO)));
    }
}
