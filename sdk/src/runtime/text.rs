//! Text of a server, made fit to print.

mod unprintable;

/// At most this many characters of a text are shown.
const SHOWN: usize = 256;

/// A secret that is shorter is not searched for in texts: a token of one letter would spoil each of them.
const SHORTEST_SECRET: usize = 8;

/// At most this many secrets are searched for.
const MOST_SECRETS: usize = 64;

/// True for a character that can steer a terminal, reorder text, or is invisible.
///
/// A server sends text that other people have written, such as names and messages. Replace these characters before
/// you print such a text. Line breaks and tabs are among them. `Display` and `Debug` of an [`Error`](crate::Error)
/// contain none of them; [`Error::message`](crate::Error::message) and [`Error::errors`](crate::Error::errors) can.
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

/// The text without secrets, which a server can send back in upper or lower case and with invisible characters
/// inside.
pub(crate) fn redacted(text: &str, secrets: &[impl AsRef<str>]) -> String {
    let mut secrets: Vec<String> = secrets
        .iter()
        .map(AsRef::as_ref)
        .filter(|secret| secret.len() >= SHORTEST_SECRET)
        .map(|secret| secret.to_ascii_lowercase())
        .collect();
    // The longest first: the number is limited, because a host of content chooses the parts of its URL.
    secrets.sort_by(|a, b| b.len().cmp(&a.len()).then_with(|| a.cmp(b)));
    secrets.dedup();
    secrets.truncate(MOST_SECRETS);
    if secrets.is_empty() {
        return text.to_owned();
    }
    // The visible text, and for each of its bytes the place of the character in the text.
    let (mut visible, mut places) = (String::with_capacity(text.len()), Vec::new());
    for (place, c) in text.char_indices().filter(|(_, c)| !is_unprintable(*c)) {
        visible.push(c.to_ascii_lowercase());
        places.extend(std::iter::repeat_n(place, c.len_utf8()));
    }
    let mut hidden: Vec<(usize, usize)> = Vec::new();
    for secret in &secrets {
        for (start, found) in visible.match_indices(secret.as_str()) {
            let place = |index: usize| places.get(index).copied().unwrap_or(text.len());
            let last = place(start + found.len() - 1);
            let length =
                text.get(last..).and_then(|rest| rest.chars().next()).map_or(0, char::len_utf8);
            hidden.push((place(start), last + length));
        }
    }
    hidden.sort_unstable();
    let (mut kept, mut end) = (String::with_capacity(text.len()), 0);
    for (from, to) in hidden {
        if from >= end {
            kept += text.get(end..from).unwrap_or_default();
            kept += "[hidden]";
        }
        end = end.max(to);
    }
    kept + text.get(end..).unwrap_or_default()
}

/// The text of a body that was cut, without the start of a secret at its end.
pub(crate) fn without_cut_secret<'t>(text: &'t str, secrets: &[impl AsRef<str>]) -> &'t str {
    let cut = secrets.iter().map(AsRef::as_ref).filter_map(|secret: &str| {
        (1..secret.len()).rev().find(|length| ends_with(text, secret, *length))
    });
    let cut = cut.max().unwrap_or_default();
    text.get(..text.len() - cut).unwrap_or_default()
}

/// True if the text ends with the first bytes of a secret, in upper or lower case.
fn ends_with(text: &str, secret: &str, length: usize) -> bool {
    let end = text.len().checked_sub(length).and_then(|start| text.as_bytes().get(start..));
    let start = secret.as_bytes().get(..length);
    end.zip(start).is_some_and(|(end, start)| end.eq_ignore_ascii_case(start))
}

/// The start of a text, of at most `limit` bytes.
pub(crate) fn cut(text: &str, limit: usize) -> &str {
    let end = (0..=limit.min(text.len())).rev().find(|end| text.is_char_boundary(*end));
    text.get(..end.unwrap_or(0)).unwrap_or_default()
}

/// The start of the text of an HTML page, without its tags, scripts and styles. Returns about 2 KiB at most;
/// [`one_line`] shows less.
pub(crate) fn of_page(page: &str) -> String {
    let mut text = String::new();
    let mut rest = page;
    // A tag adds a space and a line keeps one of them, so this is more than one line shows.
    while text.len() < 8 * SHOWN
        && let Some((before, tag)) = rest.split_once('<')
    {
        text.push_str(cut(before, 8 * SHOWN));
        text.push(' ');
        let hidden = ["script", "style"].into_iter().find(|name| is_tag(tag, name));
        let end = match hidden {
            Some(name) => end_of(tag, name),
            None => Some(0),
        };
        // A script without an end hides the rest of the page.
        let Some(tag) = end.and_then(|end| tag.get(end..)) else { return text };
        rest = tag.split_once('>').map_or("", |(_, after)| after);
    }
    text.push_str(cut(rest, 8 * SHOWN));
    text
}

/// True if the text begins with the name of a tag, in upper or lower case.
fn is_tag(text: &str, name: &str) -> bool {
    let is_name = |start: &[u8]| start.eq_ignore_ascii_case(name.as_bytes());
    let after = text.as_bytes().get(name.len());
    text.as_bytes().get(..name.len()).is_some_and(is_name)
        && !after.is_some_and(u8::is_ascii_alphanumeric)
}

/// The place of the closing tag.
fn end_of(text: &str, name: &str) -> Option<usize> {
    let mut ends = text.match_indices("</").map(|(place, _)| place);
    ends.find(|place| text.get(place + 2..).is_some_and(|tag| is_tag(tag, name)))
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
        let page = "<!DOCTYPE html><STYLE>p{}</STYLE><styled><script>if (a<b) {}</script><h1>Down</h1>\n<p>for\u{1b}[31m now";
        let of_page = |page| one_line(&of_page(page));
        assert_eq!(of_page(page), "Down for[31m now");
        assert_eq!(of_page("plain"), "plain");
        assert_eq!(of_page("a <script> b <script> c"), "a");
    }

    #[test]
    fn only_a_secret_of_some_length_is_searched_for() {
        let shown = |secrets: &[&str]| redacted("Not Found: ghp_secret", secrets);
        assert_eq!(shown(&["ghp_secret"]), "Not Found: [hidden]");
        assert_eq!(shown(&["GHP_Secret"]), "Not Found: [hidden]");
        assert_eq!(shown(&["o", ""]), shown(&[]));
        let invisible = redacted("a:\n\tghp_\u{200b}sec\tret\nb", &["ghp_secret"]);
        assert_eq!(invisible, "a:\n\t[hidden]\nb");
    }

    #[test]
    fn secrets_that_contain_or_overlap_each_other_are_hidden_whole() {
        let hidden = |text, secrets: &[&str]| redacted(text, secrets);
        assert_eq!(hidden("<abcdefgh12345678>", &["abcdefgh", "abcdefgh12345678"]), "<[hidden]>");
        assert_eq!(hidden("<abcdefgh12345678>", &["abcdefgh1234", "efgh12345678"]), "<[hidden]>");
        assert_eq!(hidden("abcdefghabcdefgh", &["abcdefgh"]), "[hidden][hidden]");
        assert_eq!(hidden("\u{e4}abcdefgh\u{e4}", &["abcdefgh"]), "\u{e4}[hidden]\u{e4}");
        let many: Vec<String> = (0..1000).map(|number| format!("secret-{number:04}")).collect();
        let many: Vec<&str> =
            many.iter().map(String::as_str).chain(["the longest secret"]).collect();
        assert_eq!(hidden("the longest secret", &many), "[hidden]");
    }
}
