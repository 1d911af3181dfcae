//! The place in a list whose pages have numbers.

use serde::{Deserialize, Serialize};

/// The smallest size that is tried on a server that fails for larger pages.
const SMALLEST: u64 = 25;

/// The place in a list whose pages have numbers.
#[derive(Clone, Copy, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Place {
    /// The number of the next page, from 1.
    pub(super) number: u64,
    pub(super) size: u64,
    /// True if the caller leaves the size to the client, and the list has pages by number.
    pub(super) can_shrink: bool,
    /// True after the server failed for larger pages. Then links are those of the wrong size.
    pub(super) has_shrunk: bool,
    /// The items of the pages that the caller skips: at least, because the server can have smaller pages than it
    /// is asked for, and at most.
    pub(super) skipped: (u64, u64),
    /// The items of the pages that were read.
    pub(super) read: u64,
}

impl Place {
    /// True if pages of half the size lead on from here. If the pages so far had fewer items than were asked for,
    /// the server may not look at the size, and another page would have this number.
    pub(super) fn can_halve(&self) -> bool {
        let before = self.number.saturating_sub(1).saturating_mul(self.size);
        self.can_shrink && self.size > SMALLEST && self.items().1 == before
    }

    /// Page k of 100 is the pages 2k-1 and 2k of 50.
    pub(super) fn halve(&mut self) {
        self.size /= 2;
        self.number = self.number.saturating_sub(1).saturating_mul(2).saturating_add(1);
        self.has_shrunk = true;
    }

    /// Goes on to the next page, after one with this number of items.
    pub(super) fn pass(&mut self, count: u64) {
        if self.read == 0 {
            let skipped = self.number.saturating_sub(1).saturating_mul(count);
            self.skipped.0 = skipped.min(self.skipped.1);
        }
        self.read = self.read.saturating_add(count);
        self.number = self.number.saturating_add(1);
    }

    /// The items so far, at least and at most.
    pub(super) fn items(&self) -> (u64, u64) {
        (self.skipped.0.saturating_add(self.read), self.skipped.1.saturating_add(self.read))
    }
}
