//! One line of a job's log.

use std::borrow::Cow;
use std::fmt;

use bytes::Bytes;
use jiff::Timestamp;

use crate::jobs::log::time::github_time;

/// Line of a job's log: a time, a marker such as `##[error]`, and a text.
///
/// ```
/// use github_workflow_jobs::jobs::{LineKind, LogLine};
///
/// let line = LogLine::new("2026-01-05T10:00:00.1234567Z ##[error]\u{1b}[31mtest failed\u{1b}[0m");
/// assert_eq!(line.kind(), LineKind::Error);
/// assert_eq!(line.text(), "test failed");
/// assert_eq!(line.time(), Some("2026-01-05T10:00:00.1234567Z".parse()?));
/// # Ok::<(), github_workflow_jobs::jiff::Error>(())
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct LogLine {
    bytes: Bytes,
    kind: LineKind,
    has_time: bool,
    /// The place at which the text begins.
    text: usize,
}

/// The kind of a line, by its marker. New kinds may be added: match with a wildcard arm.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum LineKind {
    /// A line without a marker, or with one that this version of the crate does not know.
    Plain,
    /// `##[group]`: the lines after it are folded on the web page, under this line. A step has many groups, so the text
    /// is not the name of a step.
    Group,
    /// `##[endgroup]`: the end of a group.
    EndGroup,
    /// `##[section]`: a heading of the runner.
    Section,
    /// `##[command]` or `[command]`: a program that an action starts.
    Command,
    /// `##[debug]`.
    Debug,
    /// `##[notice]`.
    Notice,
    /// `##[warning]`.
    Warning,
    /// `##[error]`.
    Error,
}

const MARKERS: [(&str, LineKind); 9] = [
    ("##[group]", LineKind::Group),
    ("##[endgroup]", LineKind::EndGroup),
    ("##[section]", LineKind::Section),
    ("##[command]", LineKind::Command),
    ("[command]", LineKind::Command),
    ("##[debug]", LineKind::Debug),
    ("##[notice]", LineKind::Notice),
    ("##[warning]", LineKind::Warning),
    ("##[error]", LineKind::Error),
];

/// The form of a line's time; `0` matches any digit.
const TIME: &[u8; 28] = b"0000-00-00T00:00:00.0000000Z";

impl LogLine {
    /// Reads a line, which need not be UTF-8. A line break at its end and a byte order mark at its start are ignored.
    pub fn new(line: impl Into<Bytes>) -> Self {
        let mut bytes = line.into();
        if bytes.starts_with(b"\xef\xbb\xbf") {
            bytes = bytes.split_off(3);
        }
        for end in [&b"\n"[..], b"\r"] {
            let length = bytes.strip_suffix(end).map_or(bytes.len(), <[u8]>::len);
            bytes.truncate(length);
        }
        let after_time = after_time(&bytes);
        let rest = bytes.get(after_time..).unwrap_or_default();
        // Most lines have no marker, and a log has millions of lines.
        let markers =
            if rest.starts_with(b"#") || rest.starts_with(b"[") { &MARKERS[..] } else { &[] };
        let marker = markers.iter().find(|(marker, _)| rest.starts_with(marker.as_bytes()));
        let (length, kind) =
            marker.map_or((0, LineKind::Plain), |(text, kind)| (text.len(), *kind));
        Self { text: after_time + length, kind, has_time: after_time > 0, bytes }
    }

    /// The kind of the line.
    pub fn kind(&self) -> LineKind {
        self.kind
    }

    /// The time at which the line was written, by the clock of the runner; `None` if the line has none. It is read
    /// from the line by each call.
    pub fn time(&self) -> Option<Timestamp> {
        let time = self.bytes.get(..TIME.len()).filter(|_| self.has_time)?;
        // A leap second is left to jiff.
        github_time(time).or_else(|| std::str::from_utf8(time).ok()?.parse().ok())
    }

    /// The text after the time and the marker, without ANSI codes. Bytes that are not UTF-8 are replaced by U+FFFD.
    ///
    /// The removed codes are those for colours and the cursor (`ESC [`), those for titles, links and the clipboard
    /// (`ESC ]` and its like, with their content), and `ESC` with one more character. The visible text of a link stays.
    /// Other control characters stay too: see [`is_unprintable`](crate::is_unprintable), which is true for tabs.
    pub fn text(&self) -> Cow<'_, str> {
        match self.text_with_codes() {
            Cow::Borrowed(text) => without_codes(text),
            Cow::Owned(text) => Cow::Owned(without_codes(&text).into_owned()),
        }
    }

    /// As [`text`](Self::text), with the ANSI codes. Do not print it on a terminal as it is: not all codes are colours,
    /// and others set the title or the clipboard.
    pub fn text_with_codes(&self) -> Cow<'_, str> {
        String::from_utf8_lossy(self.bytes.get(self.text..).unwrap_or_default())
    }

    /// The same line with bytes of its own: a slice keeps all that was received with it.
    pub(super) fn into_own(self) -> Self {
        Self { bytes: Bytes::copy_from_slice(&self.bytes), ..self }
    }

    /// The line as it was sent, without a byte order mark and its line break.
    pub fn bytes(&self) -> &Bytes {
        &self.bytes
    }
}

impl fmt::Debug for LogLine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LogLine").field("kind", &self.kind).field("text", &self.text()).finish()
    }
}

/// The place after the time and the space at the start of a line; 0 if it has no time.
fn after_time(line: &[u8]) -> usize {
    let Some((start, rest)) = line.split_first_chunk::<{ TIME.len() }>() else { return 0 };
    let differs = |(byte, form): (&u8, &u8)| match form {
        b'0' => !byte.is_ascii_digit(),
        form => byte != form,
    };
    // Without a branch for each byte, the compiler compares many bytes at once.
    let has_time = !start.iter().zip(TIME).fold(false, |found, pair| found | differs(pair));
    match rest.first() {
        _ if !has_time => 0,
        Some(b' ') => TIME.len() + 1,
        Some(_) => 0,
        None => TIME.len(),
    }
}

/// The start of an ANSI code: `ESC`, or the one character for `ESC [`.
const START: [char; 2] = ['\u{1b}', '\u{9b}'];

/// The text without ANSI codes (ECMA-48): `ESC [` up to a letter or a sign, `ESC ]` and its like up to a bell or `ESC`
/// with a backslash, and `ESC` with one more character.
fn without_codes(text: &str) -> Cow<'_, str> {
    if !text.contains(START) {
        return Cow::Borrowed(text);
    }
    let mut kept = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, code)) = rest.split_once(START) {
        kept += before;
        let is_short = rest.get(before.len()..).is_some_and(|code| code.starts_with('\u{9b}'));
        let sequence = if is_short { Some(code) } else { code.strip_prefix('[') };
        rest = if let Some(code) = sequence {
            without_end(code.trim_start_matches(|c| matches!(c, '\u{20}'..='\u{3f}')))
        } else if let Some(code) = code.strip_prefix([']', 'P', '^', '_', 'X']) {
            let end = code.find(['\u{7}', '\u{1b}']);
            let end = end.map_or("", |end| code.get(end..).unwrap_or_default());
            end.strip_prefix('\u{7}').or_else(|| end.strip_prefix("\u{1b}\\")).unwrap_or(end)
        } else {
            without_end(code.trim_start_matches(|c| matches!(c, '\u{20}'..='\u{2f}')))
        };
    }
    kept += rest;
    Cow::Owned(kept)
}

/// The text after the last character of a code. Another character shows that the code was cut.
fn without_end(code: &str) -> &str {
    code.strip_prefix(|c| matches!(c, '\u{30}'..='\u{7e}')).unwrap_or(code)
}
