//! Text of a server, made fit to print.

mod unprintable;

/// At most this many characters of a text are shown.
const SHOWN: usize = 256;

/// A secret that is shorter is not searched for in texts: a token of one letter would spoil each of them.
const SHORTEST_SECRET: usize = 8;

/// True for a character that can steer a terminal, reorder text, or is invisible.
///
/// A server sends text that other people have written, such as names and messages. Replace these characters before
/// you print such a text. Line breaks and tabs are among them. In the errors of this crate they are already
/// removed.
pub fn is_unprintable(c: char) -> bool {
    unprintable::is_unprintable(c)
}

/// One line of at most 256 characters, all of them printable.
pub(crate) fn one_line(text: &str) -> String {
    let mut line = String::new();
    let mut shown = 0;
    for c in text.chars() {
        if shown == SHOWN {
            break;
        }
        if c.is_whitespace() {
            if !line.is_empty() && !line.ends_with(' ') {
                line.push(' ');
                shown += 1;
            }
        } else if !is_unprintable(c) {
            line.push(c);
            shown += 1;
        }
    }
    line.truncate(line.trim_end().len());
    line
}

/// The text without secrets, in upper or lower case. A server can send back the token or the signature that it was
/// sent.
pub(crate) fn redacted(text: String, secrets: &[&str]) -> String {
    let secrets = || secrets.iter().filter(|secret| secret.len() >= SHORTEST_SECRET);
    let replaced = |text: String| secrets().fold(text, |text, secret| without(text, secret));
    let text = replaced(text);
    // Invisible characters in a secret are removed before a text is shown.
    let visible: String = text.chars().filter(|c| !is_unprintable(*c)).collect();
    let hidden = replaced(visible.clone());
    if hidden == visible { text } else { hidden }
}

/// The text without one secret. A host in a URL has lost its upper case.
fn without(text: String, secret: &str) -> String {
    let (lower, secret) = (text.to_ascii_lowercase(), secret.to_ascii_lowercase());
    let mut kept = String::new();
    let mut end = 0;
    for (start, found) in lower.match_indices(&secret) {
        kept += text.get(end..start).unwrap_or_default();
        kept += "[hidden]";
        end = start + found.len();
    }
    kept + text.get(end..).unwrap_or_default()
}

/// The start of a text, of at most `limit` bytes.
pub(crate) fn cut(text: &str, limit: usize) -> &str {
    let end = (0..=limit.min(text.len())).rev().find(|end| text.is_char_boundary(*end));
    text.get(..end.unwrap_or(0)).unwrap_or_default()
}

/// The start of the text of an HTML page, without its tags, scripts and styles: more than one line shows, and not
/// much more.
pub(crate) fn of_page(page: &str) -> String {
    let mut text = String::new();
    let mut rest = page;
    // A tag adds a space and a line keeps one of them, so this is more than one line shows.
    while text.len() < 8 * SHOWN
        && let Some((before, tag)) = rest.split_once('<')
    {
        text.push_str(cut(before, 8 * SHOWN));
        text.push(' ');
        let starts = |name: &str| {
            tag.as_bytes()
                .get(..name.len())
                .is_some_and(|start| start.eq_ignore_ascii_case(name.as_bytes()))
        };
        let end = match ["script", "style"].into_iter().find(|name| starts(name)) {
            Some(name) => tag.find(&format!("</{name}")),
            None => Some(0),
        };
        // A script without an end hides the rest of the page.
        let Some(tag) = end.and_then(|end| tag.get(end..)) else { return text };
        rest = tag.split_once('>').map_or("", |(_, after)| after);
    }
    text.push_str(cut(rest, 8 * SHOWN));
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_has_nothing_that_steers_a_terminal_or_hides() {
        for c in "\0\u{1b}\u{7f}\u{9b}\u{ad}\u{61c}\u{180e}\u{200b}\u{202e}\u{206a}\u{3164}\u{fff9}\u{e0041}".chars() {
            assert_eq!(one_line(&format!("a{c}b")), "ab", "{c:?}");
        }
        assert_eq!(one_line(" a\r\n\t b\u{2028}c "), "a b c");
        assert_eq!(one_line(&"ä ".repeat(300)).chars().count(), 255);
        assert_eq!(one_line("naïve … 日本 👍"), "naïve … 日本 👍");
    }

    #[test]
    fn the_table_has_all_that_unicode_calls_invisible_or_formatting() {
        use icu_properties::props::{DefaultIgnorableCodePoint, GeneralCategory};
        use icu_properties::{CodePointMapData, CodePointSetData};

        // Signs before a number or a name, which are visible.
        let is_sign = |c| {
            matches!(
                c,
                '\u{600}'
                    ..='\u{605}'
                        | '\u{6DD}'
                        | '\u{70F}'
                        | '\u{890}'
                        | '\u{891}'
                        | '\u{8E2}'
                        | '\u{110BD}'
                        | '\u{110CD}'
            )
        };
        let ignorable = CodePointSetData::new::<DefaultIgnorableCodePoint>();
        let categories = CodePointMapData::<GeneralCategory>::new();
        for c in '\0'..=char::MAX {
            let category = categories.get(c);
            let is_hidden = ignorable.contains(c)
                || matches!(
                    category,
                    GeneralCategory::Control
                        | GeneralCategory::Format
                        | GeneralCategory::LineSeparator
                        | GeneralCategory::ParagraphSeparator
                );
            // A character that Unicode has not assigned yet may be in the table.
            let is_open = category == GeneralCategory::Unassigned && !is_hidden;
            assert!(is_open || is_unprintable(c) == (is_hidden && !is_sign(c)), "{c:?}");
        }
    }

    #[test]
    fn a_page_is_shown_as_its_text() {
        let page = "<!DOCTYPE html><STYLE>p{}</style><script>if (a<b) {}</script><h1>Down</h1>\n<p>for\u{1b}[31m now";
        let of_page = |page| one_line(&of_page(page));
        assert_eq!(of_page(page), "Down for[31m now");
        assert_eq!(of_page("plain"), "plain");
        assert_eq!(of_page("a <script> b <script> c"), "a");
    }

    #[test]
    fn only_a_secret_of_some_length_is_searched_for() {
        let shown = |secrets: &[&str]| redacted("Not Found: ghp_secret".to_owned(), secrets);
        assert_eq!(shown(&["ghp_secret"]), "Not Found: [hidden]");
        assert_eq!(shown(&["GHP_Secret"]), "Not Found: [hidden]");
        assert_eq!(shown(&["o", ""]), shown(&[]));
        let invisible = redacted("ghp_\u{200b}sec\tret".to_owned(), &["ghp_secret"]);
        assert_eq!(invisible, "[hidden]");
    }
}
