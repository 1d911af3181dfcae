//! Text of a server, made fit to print.

/// At most this many characters of a text are shown.
const SHOWN: usize = 256;

/// A secret that is shorter is not searched for in texts: a token of one letter would spoil each of them.
const SHORTEST_SECRET: usize = 8;

/// True for a character that can steer a terminal, reorder text, or is invisible.
pub(crate) fn is_unprintable(c: char) -> bool {
    c.is_control()
        || matches!(c,
            '\u{AD}' | '\u{34F}' | '\u{61C}' | '\u{115F}' | '\u{1160}' | '\u{17B4}' | '\u{17B5}'
            | '\u{180B}'..='\u{180F}' | '\u{200B}'..='\u{200F}' | '\u{2028}'..='\u{202E}'
            | '\u{2060}'..='\u{206F}' | '\u{3164}' | '\u{FEFF}' | '\u{FFA0}' | '\u{FFF0}'..='\u{FFFB}'
            | '\u{1D173}'..='\u{1D17A}' | '\u{E0000}'..='\u{E0FFF}')
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

/// The text without secrets. A server can send back the token or the signature that it was sent.
pub(crate) fn redacted(text: String, secrets: &[&str]) -> String {
    let secrets = || secrets.iter().filter(|secret| secret.len() >= SHORTEST_SECRET);
    let replaced = |text: String| {
        secrets().fold(text, |text, secret| match text.contains(*secret) {
            true => text.replace(*secret, "[hidden]"),
            false => text,
        })
    };
    let text = replaced(text);
    // Invisible characters in a secret are removed before a text is shown.
    let visible: String = text.chars().filter(|c| !is_unprintable(*c)).collect();
    let is_hidden_in_it = secrets().any(|secret| visible.contains(*secret));
    if is_hidden_in_it { replaced(visible) } else { text }
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
        assert_eq!(shown(&["o", ""]), shown(&[]));
        let invisible = redacted("ghp_\u{200b}sec\tret".to_owned(), &["ghp_secret"]);
        assert_eq!(invisible, "[hidden]");
    }
}
