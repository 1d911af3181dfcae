//! The last lines of a stream, in memory that depends on the size of those lines alone.

use memchr::memrchr_iter;

/// Fewer bytes are kept without looking for lines in them.
const SMALLEST: usize = 512 << 10;

/// The last lines of what was pushed.
pub(crate) struct Tail {
    lines: usize,
    /// The most bytes that these lines may have.
    limit: usize,
    kept: Vec<u8>,
    /// The size at which earlier bytes are dropped again: twice that after the last time, so that a byte is read a
    /// bounded number of times, and not far above the limit.
    full: usize,
    is_whole: bool,
    /// True if the first kept line has lost its start, because it is too far back for the limit.
    is_cut: bool,
}

/// The last lines have more bytes than allowed.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct TooLong;

impl Tail {
    pub(crate) fn new(lines: usize, limit: u64) -> Self {
        let limit = usize::try_from(limit).unwrap_or(usize::MAX);
        Self { lines, limit, kept: Vec::new(), full: SMALLEST, is_whole: true, is_cut: false }
    }

    pub(crate) fn push(&mut self, chunk: &[u8]) {
        self.kept.extend_from_slice(chunk);
        if self.kept.len() >= self.full {
            self.drop_earlier();
            // Later lines can replace those that are too long, so this is not an error yet.
            let excess = self.kept.len().saturating_sub(self.limit);
            self.kept.drain(..excess);
            self.is_cut |= excess > 0;
            let most = self.limit.saturating_add(SMALLEST);
            self.full = SMALLEST.max(2 * self.kept.len()).min(most);
        }
    }

    fn drop_earlier(&mut self) {
        // The line break at the end belongs to the last line.
        let before_last = self.kept.strip_suffix(b"\n").unwrap_or(&self.kept);
        let start = match self.lines.checked_sub(1) {
            None => self.kept.len(),
            Some(more) => memrchr_iter(b'\n', before_last).nth(more).map_or(0, |end| end + 1),
        };
        self.is_whole &= start == 0;
        self.is_cut &= start == 0;
        self.kept.drain(..start);
    }

    /// The last lines, and whether they are all.
    pub(crate) fn finish(mut self) -> Result<(Vec<u8>, bool), TooLong> {
        self.drop_earlier();
        if self.is_cut || self.kept.len() > self.limit {
            return Err(TooLong);
        }
        Ok((self.kept, self.is_whole))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The last lines of a text that comes in chunks of a size, and whether they are all.
    fn tail(
        text: &[u8],
        size: usize,
        lines: usize,
        limit: u64,
    ) -> Result<(Vec<u8>, bool), TooLong> {
        let mut tail = Tail::new(lines, limit);
        text.chunks(size).for_each(|chunk| tail.push(chunk));
        tail.finish()
    }

    #[test]
    fn the_last_lines_are_kept_however_they_are_cut() {
        let text = "one\ntwo\nthree\nfour";
        for size in 1..text.len() {
            for (lines, expected) in
                [(0, ""), (1, "four"), (2, "three\nfour"), (4, text), (9, text), (usize::MAX, text)]
            {
                let (kept, is_whole) = tail(text.as_bytes(), size, lines, 99).unwrap();
                assert_eq!(kept, expected.as_bytes());
                assert_eq!(is_whole, expected == text);
            }
        }
        assert_eq!(tail(b"one\ntwo\n", 3, 1, 99), Ok((b"two\n".to_vec(), false)));
        assert_eq!(tail(b"one\n\n", 3, 1, 99), Ok((b"\n".to_vec(), false)));
    }

    #[test]
    fn a_long_stream_has_the_same_last_lines_and_is_not_kept() {
        let line = |number: usize| format!("{number}: {}\n", "x".repeat(number % 300));
        let text: String = (0..20_000).map(line).collect();
        let last: String = (19_700..20_000).map(line).collect();
        for size in [7, 1 << 10, 1 << 20] {
            let mut tail = Tail::new(300, 1 << 20);
            for chunk in text.as_bytes().chunks(size) {
                tail.push(chunk);
                assert!(tail.kept.len() < 2 * SMALLEST + 2 * last.len());
            }
            assert_eq!(tail.finish(), Ok((last.clone().into_bytes(), false)));
        }
    }

    #[test]
    fn the_limit_is_on_the_last_lines_alone() {
        let text = "0123456789\n".repeat(200_000);
        assert!(tail(text.as_bytes(), 1 << 10, 10, 110).is_ok());
        assert_eq!(tail(text.as_bytes(), 1 << 10, 10, 109), Err(TooLong));
        assert_eq!(tail(&[b'x'; 2 << 20], 1 << 10, 1, 1 << 20), Err(TooLong));
        let mut endless = Tail::new(1, 1 << 20);
        for _ in 0..8 << 10 {
            endless.push(&[b'x'; 1 << 10]);
            assert!(endless.kept.len() < (1 << 20) + 2 * SMALLEST);
        }
        assert_eq!(endless.finish(), Err(TooLong));
    }

    #[test]
    fn a_long_line_before_the_last_lines_does_not_count_however_the_stream_is_cut() {
        let text = [vec![b'x'; 3 * SMALLEST], b"\none\ntwo\n".to_vec()].concat();
        for size in [1 << 10, SMALLEST - 1, SMALLEST, SMALLEST + 1, text.len()] {
            assert_eq!(tail(&text, size, 2, 8), Ok((b"one\ntwo\n".to_vec(), false)), "{size}");
            assert_eq!(tail(&text, size, 2, 7), Err(TooLong), "{size}");
            assert_eq!(tail(&text, size, 3, 1 << 20), Err(TooLong), "{size}");
        }
    }
}
