//! The last lines of a stream, in memory that depends on the size of those lines alone.

use std::collections::VecDeque;

/// Keeps the last lines of what is pushed.
pub(crate) struct Tail {
    lines: usize,
    kept: VecDeque<u8>,
    /// The number of line ends in `kept`.
    ends: usize,
    is_whole: bool,
}

impl Tail {
    pub(crate) fn new(lines: usize) -> Self {
        Self { lines, kept: VecDeque::new(), ends: 0, is_whole: true }
    }

    pub(crate) fn push(&mut self, chunk: &[u8]) {
        for piece in chunk.split_inclusive(|byte| *byte == b'\n') {
            self.kept.extend(piece);
            self.ends += usize::from(piece.ends_with(b"\n"));
            let is_open = self.kept.back() != Some(&b'\n');
            if self.ends + usize::from(is_open) > self.lines {
                self.drop_first();
            }
        }
    }

    fn drop_first(&mut self) {
        let end = self.kept.iter().position(|byte| *byte == b'\n');
        self.kept.drain(..end.map_or(self.kept.len(), |end| end + 1));
        self.ends -= usize::from(end.is_some());
        self.is_whole = false;
    }

    /// The bytes that are kept.
    pub(crate) fn len(&self) -> usize {
        self.kept.len()
    }

    /// True if no byte was dropped.
    pub(crate) fn is_whole(&self) -> bool {
        self.is_whole
    }

    pub(crate) fn into_bytes(self) -> Vec<u8> {
        self.kept.into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_lines_are_kept_however_they_are_cut() {
        let text = "one\ntwo\nthree\nfour";
        for size in 1..text.len() {
            for (lines, expected) in [(0, ""), (1, "four"), (2, "three\nfour"), (9, text)] {
                let mut tail = Tail::new(lines);
                text.as_bytes().chunks(size).for_each(|chunk| tail.push(chunk));
                assert_eq!(tail.len(), expected.len());
                assert_eq!(tail.is_whole(), expected == text);
                assert_eq!(tail.into_bytes(), expected.as_bytes());
            }
        }
        let mut tail = Tail::new(1);
        tail.push(b"one\ntwo\n");
        assert_eq!(tail.into_bytes(), b"two\n");
    }
}
