//! The last lines of a stream, in memory that depends on those lines alone.

use std::collections::VecDeque;

/// Keeps the last lines of what is pushed.
pub(crate) struct Tail {
    lines: usize,
    kept: VecDeque<Vec<u8>>,
    /// The line that has not ended.
    open: Vec<u8>,
    bytes: usize,
}

impl Tail {
    pub(crate) fn new(lines: usize) -> Self {
        Self { lines, kept: VecDeque::new(), open: Vec::new(), bytes: 0 }
    }

    pub(crate) fn push(&mut self, chunk: &[u8]) {
        if self.lines == 0 {
            return;
        }
        for piece in chunk.split_inclusive(|byte| *byte == b'\n') {
            self.open.extend_from_slice(piece);
            self.bytes += piece.len();
            if piece.ends_with(b"\n") {
                self.kept.push_back(std::mem::take(&mut self.open));
            }
            while self.kept.len() + usize::from(!self.open.is_empty()) > self.lines {
                self.bytes -= self.kept.pop_front().map_or(0, |line| line.len());
            }
        }
    }

    /// The bytes that are kept.
    pub(crate) fn len(&self) -> usize {
        self.bytes
    }

    pub(crate) fn into_bytes(self) -> Vec<u8> {
        let mut bytes: Vec<u8> = self.kept.into_iter().flatten().collect();
        bytes.extend(self.open);
        bytes
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
                assert_eq!(tail.into_bytes(), expected.as_bytes());
            }
        }
        let mut tail = Tail::new(1);
        tail.push(b"one\ntwo\n");
        assert_eq!(tail.into_bytes(), b"two\n");
    }
}
