//! Makes untrusted text safe for rustdoc.
//!
//! rustdoc runs code blocks as tests, passes on HTML, and resolves links in brackets.
//! Only this Markdown is kept: paragraphs, lists, emphasis, inline code and links to https pages.

use crate::untrusted::is_unprintable;

/// The text as lines of documentation, without blank lines at the start and end.
pub(super) fn lines(text: &str) -> Vec<String> {
    let text = text.replace("\r\n", "\n").replace('\r', "\n");
    // First, because dropping a character later could join two characters into a new token.
    let text: String =
        text.chars().filter(|c| matches!(c, '\n' | '\t') || !is_unprintable(*c)).collect();
    let mut lines: Vec<String> = Vec::new();
    for line in text.split('\n') {
        // Without runs of spaces, no line is indented, so no line is a code block, even in a list.
        let words: Vec<_> = line.split_whitespace().collect();
        let line = escape(&words.join(" "));
        if !(line.is_empty() && lines.last().is_none_or(String::is_empty)) {
            lines.push(line);
        }
    }
    while lines.last().is_some_and(String::is_empty) {
        lines.pop();
    }
    lines
}

/// The lines with paragraphs filled to the width; lists, tables and headings keep their lines.
pub(super) fn wrapped(lines: &[String], width: usize) -> Vec<String> {
    let mut wrapped: Vec<String> = Vec::new();
    let mut joins = false;
    for line in lines {
        let starts_block = begins_block(line);
        let indent = if line.starts_with("- ") { "  " } else { "" };
        for (index, word) in line.split(' ').enumerate() {
            let starts = index == 0 && (starts_block || line.is_empty() || !joins);
            match wrapped.last_mut() {
                Some(last) if !starts && fits(last, word, width) => {
                    last.push(' ');
                    last.push_str(word);
                }
                _ if index == 0 => wrapped.push(word.to_owned()),
                _ => wrapped.push(format!("{indent}{word}")),
            }
        }
        joins = !starts_block && !line.is_empty();
    }
    wrapped
}

/// True if the word stays on this line: it fits, or it would start a block on the next line.
fn fits(line: &str, word: &str, width: usize) -> bool {
    line.chars().count() + 1 + word.chars().count() <= width || begins_block(word)
}

/// True if Markdown reads a line with this start as a list, a quote, a table or a heading.
fn begins_block(line: &str) -> bool {
    let digits = line.trim_start_matches(|c: char| c.is_ascii_digit());
    let is_numbered = digits.len() < line.len() && digits.starts_with(['.', ')']);
    is_numbered || line.starts_with(['-', '*', '+', '#', '>', '|', '=', '&'])
}

/// Escapes one line: fences, HTML, and brackets except those of links to https pages.
fn escape(line: &str) -> String {
    let mut escaped = String::new();
    let mut rest: &str = line;
    while let Some(next) = rest.chars().next() {
        // After `!`, a link would be an image, which a browser loads.
        if !escaped.ends_with('!')
            && let Some((link, after)) = https_link(rest)
        {
            escaped.push_str(link);
            rest = after;
            continue;
        }
        let run = rest.len() - rest.trim_start_matches(next).len();
        match next {
            '`' | '~' if run >= 3 => {
                escaped.push('\'');
                rest = rest.trim_start_matches(next);
                continue;
            }
            // Entities, because a backslash before it could escape our backslash.
            '<' => escaped.push_str("&lt;"),
            '[' => escaped.push_str("&#91;"),
            next => escaped.push(next),
        }
        rest = rest.get(next.len_utf8()..).unwrap_or_default();
    }
    escaped
}

/// Splits off `[text](https://...)` at the start of the rest, if both parts are plain.
fn https_link(rest: &str) -> Option<(&str, &str)> {
    let inner = rest.strip_prefix('[')?;
    let (text, target) = inner.split_once("](")?;
    let (target, after) = target.split_once(')')?;
    let plain = |text: &str| {
        !text.contains(['[', ']', '<', '>', '(', '`', '\\', ' '])
            && !text.chars().any(is_unprintable)
    };
    let text = text.replace(' ', "");
    let safe = target.starts_with("https://") && plain(target) && plain(&text);
    safe.then(|| rest.split_at(rest.len() - after.len()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_text_and_links_stay() {
        let text = "A job.\n\nSee [the page](https://docs.github.com/a?b=c), or `null`.";
        assert_eq!(lines(text).join("\n"), text);
    }

    #[test]
    fn no_code_block_survives() {
        for text in [
            "```\ncode\n```",
            "```rust\nx\n```",
            "~~~~\nx\n~~~~",
            "- ```\n  x",
            "> ```",
            "``\u{200B}`rust",
        ] {
            assert!(!lines(text).join("\n").contains("```"), "{text}");
            assert!(!lines(text).join("\n").contains("~~~"), "{text}");
        }
        assert_eq!(
            lines("a\n\n    code\n\n-     code\n\tcode"),
            ["a", "", "code", "", "- code", "code"]
        );
    }

    #[test]
    fn html_brackets_and_foreign_links_are_text() {
        assert_eq!(lines("<script>"), ["&lt;script>"]);
        assert_eq!(lines("\\<img onerror=x>"), ["\\&lt;img onerror=x>"]);
        assert_eq!(lines("[Job]"), ["&#91;Job]"]);
        assert_eq!(lines("[x](javascript:alert)"), ["&#91;x](javascript:alert)"]);
        assert_eq!(lines("[![a](https://b)](https://c)"), ["&#91;!&#91;a](https://b)](https://c)"]);
        assert_eq!(lines("![a](https://b)"), ["!&#91;a](https://b)"]);
        assert_eq!(lines("[a]: https://b \"<b>\""), ["&#91;a]: https://b \"&lt;b>\""]);
    }

    #[test]
    fn what_is_invisible_goes() {
        assert_eq!(lines("a\rb\u{202E}c\u{2066}\u{0}"), ["a", "bc"]);
        assert_eq!(lines("a */ pub fn evil(){} /*"), ["a */ pub fn evil(){} /*"]);
    }
}
