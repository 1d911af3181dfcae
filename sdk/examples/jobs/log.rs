//! A log on standard output.

use std::io::{self, IsTerminal as _, Write as _, stdout};

use crate::output::clean;

/// A line that is longer is printed in parts.
const LONGEST_LINE: usize = 64 << 10;

/// Prints a log. A pipe or a file gets its bytes. A terminal gets its text and its colours, because a log can contain
/// codes that change the title or the clipboard.
pub(crate) struct Printer {
    on_terminal: bool,
    /// The start of a line that is not complete.
    line: Vec<u8>,
}

impl Printer {
    pub(crate) fn new() -> Self {
        Self { on_terminal: stdout().is_terminal(), line: Vec::new() }
    }

    pub(crate) fn print(&mut self, bytes: &[u8]) -> io::Result<()> {
        if !self.on_terminal {
            return stdout().write_all(bytes);
        }
        // A character or a colour can be cut, a line break cannot.
        for piece in bytes.split_inclusive(|byte| *byte == b'\n') {
            self.line.extend_from_slice(piece);
            if piece.ends_with(b"\n") || self.line.len() > LONGEST_LINE {
                self.end_line()?;
            }
        }
        Ok(())
    }

    /// Prints what is left.
    pub(crate) fn finish(mut self) -> io::Result<()> {
        self.end_line()?;
        stdout().flush()
    }

    fn end_line(&mut self) -> io::Result<()> {
        let line = std::mem::take(&mut self.line);
        stdout().write_all(coloured(&String::from_utf8_lossy(&line)).as_bytes())
    }
}

/// The text for a terminal: line breaks, tabs and colours pass, other characters that control it are replaced.
fn coloured(text: &str) -> String {
    let text = text.replace("\r\n", "\n");
    let mut shown = String::new();
    let mut rest = text.as_str();
    while let Some(c) = rest.chars().next() {
        let colour = colour(rest);
        let (piece, after) = rest.split_at(colour.unwrap_or(c.len_utf8()));
        if colour.is_some() || matches!(c, '\n' | '\t') {
            shown += piece;
        } else {
            shown += &clean(piece);
        }
        rest = after;
    }
    shown
}

/// The length of the colour code at the start of the text: `ESC [`, numbers, `m`.
fn colour(text: &str) -> Option<usize> {
    let numbers = text.strip_prefix("\u{1b}[")?;
    let end = numbers.find(|c: char| !c.is_ascii_digit() && !matches!(c, ';' | ':'))?;
    numbers.get(end..)?.starts_with('m').then_some(end + 3)
}
