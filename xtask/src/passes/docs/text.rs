//! Text of a description as rustdoc may safely have it.
//!
//! rustdoc runs code blocks as tests, passes HTML on and tries to resolve what stands in brackets.
//! What is left of Markdown here: paragraphs, lists, emphasis, inline code and links to https pages.

/// The text as lines of documentation, without blank ones at either end.
pub(super) fn lines(text: &str) -> Vec<String> {
    let text = text.replace("\r\n", "\n").replace('\r', "\n");
    // First of all: what is dropped later could join what was told apart by it.
    let text: String =
        text.chars().filter(|c| matches!(c, '\n' | '\t') || !is_invisible(*c)).collect();
    let mut lines: Vec<String> = Vec::new();
    for line in text.split('\n') {
        // Without runs of spaces no line is indented, so none is a code block; not even in a list.
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

/// One line: no fence, no HTML, no bracket but that of a link to an https page, nothing invisible.
fn escape(line: &str) -> String {
    let mut escaped = String::new();
    let mut rest: &str = line;
    while let Some(next) = rest.chars().next() {
        if let Some((link, after)) = https_link(rest) {
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
            // Entities, because a backslash would itself be escaped by one before it.
            '<' => escaped.push_str("&lt;"),
            '[' => escaped.push_str("&#91;"),
            next => escaped.push(next),
        }
        rest = rest.get(next.len_utf8()..).unwrap_or_default();
    }
    escaped
}

/// `[text](https://...)` at the start of the rest, where neither part holds anything but itself.
fn https_link(rest: &str) -> Option<(&str, &str)> {
    let inner = rest.strip_prefix('[')?;
    let (text, target) = inner.split_once("](")?;
    let (target, after) = target.split_once(')')?;
    let plain = |text: &str| {
        !text.contains(['[', ']', '<', '>', '(', '`', '\\', ' ']) && !text.chars().any(is_invisible)
    };
    let text = text.replace(' ', "");
    let safe = target.starts_with("https://") && plain(target) && plain(&text);
    safe.then(|| rest.split_at(rest.len() - after.len()))
}

/// Control characters, and those that reorder or hide text.
fn is_invisible(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{200B}'..='\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2060}'..='\u{2069}' | '\u{FEFF}')
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
        assert_eq!(lines("[![a](https://b)](https://c)"), ["&#91;![a](https://b)](https://c)"]);
        assert_eq!(lines("[a]: https://b \"<b>\""), ["&#91;a]: https://b \"&lt;b>\""]);
    }

    #[test]
    fn what_is_invisible_goes() {
        assert_eq!(lines("a\rb\u{202E}c\u{2066}\u{0}"), ["a", "bc"]);
        assert_eq!(lines("a */ pub fn evil(){} /*"), ["a */ pub fn evil(){} /*"]);
    }
}
