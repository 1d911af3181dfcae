//! Makes untrusted text (descriptions, tarballs, output of programs) safe to print in a terminal or in Markdown.

// One table for the generator and the SDK. The generator cannot depend on the crate that it generates.
#[path = "../../sdk/src/runtime/text/unprintable.rs"]
mod unprintable;

pub(crate) use unprintable::is_unprintable;

/// The text on one line. Unprintable characters, including line breaks, become `U+FFFD`.
pub(crate) fn one_line(text: &str) -> String {
    text.chars().map(|c| if is_unprintable(c) { '\u{FFFD}' } else { c }).collect()
}

/// As `one_line`, with its line breaks: a message of several lines.
pub fn lines(text: &str) -> String {
    text.lines().map(one_line).collect::<Vec<_>>().join("\n")
}

/// The text as inline code in Markdown, so that nothing in it becomes a mention, a link or HTML.
pub(crate) fn inline_code(text: &str) -> String {
    let text = one_line(text);
    let fence = "`".repeat(longest_run(&text) + 1);
    // Markdown strips one space from both ends, so that code may begin or end with a backtick.
    let padding = if text.is_empty() || text.starts_with(['`', ' ']) || text.ends_with(['`', ' ']) {
        " "
    } else {
        ""
    };
    format!("{fence}{padding}{text}{padding}{fence}")
}

/// The text as a code block in Markdown. Line breaks are kept.
pub(crate) fn code_block(text: &str) -> String {
    let text = lines(text);
    let fence = "`".repeat(longest_run(&text).max(2) + 1);
    format!("{fence}text\n{text}\n{fence}\n")
}

/// Markdown as one cell of a table: a `|` in it does not end the cell, even in code.
pub(crate) fn table_cell(markdown: &str) -> String {
    let mut cell = String::new();
    for c in markdown.chars() {
        match c {
            // After a backslash, `\\|` would be an escaped backslash and the end of the cell.
            '|' if cell.ends_with('\\') => cell.push('\u{A6}'),
            '|' => cell.push_str("\\|"),
            c => cell.push(c),
        }
    }
    cell
}

/// The longest run of backticks.
fn longest_run(text: &str) -> usize {
    text.split(|c| c != '`').map(str::len).max().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_fence_is_longer_than_any_run_of_backticks() {
        for (text, code) in [
            ("queued", "`queued`"),
            ("a`b", "``a`b``"),
            ("a``@b`c", "```a``@b`c```"),
            ("`@b", "`` `@b ``"),
            (" a", "`  a `"),
            ("", "`  `"),
            ("a\n# b\u{202E}\u{1b}[31m", "`a\u{FFFD}# b\u{FFFD}\u{FFFD}[31m`"),
        ] {
            assert_eq!(inline_code(text), code, "{text:?}");
        }
        assert_eq!(lines("a\u{1b}[31m\n  b\u{202E}"), "a\u{FFFD}[31m\n  b\u{FFFD}");
        assert_eq!(code_block("a\n````\r\u{7}"), "`````text\na\n````\u{FFFD}\u{FFFD}\n`````\n");
    }

    #[test]
    fn a_pipe_in_a_cell_does_not_end_it() {
        assert_eq!(table_cell("`a|b`"), "`a\\|b`");
        assert_eq!(table_cell("`a\\|b`"), "`a\\\u{A6}b`");
        assert_eq!(table_cell("`a||b`"), "`a\\|\\|b`");
    }
}
