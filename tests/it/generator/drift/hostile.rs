//! Text of a description in a report: it cannot steer a terminal, and in a pull request it is code.

use pulldown_cmark::{Event, Options as Extensions, Parser, Tag, TagEnd};
use serde_json::json;
use xtask::commands::{self, Options};
use xtask::drift::Format;

use super::{description, job, options, packed, push};
use crate::generator::commands::{copy, snapshot, tarball};
use crate::support::root;

/// Pieces that end code, begin something else, or do harm outside code.
const PIECES: [&str; 16] = [
    "`",
    "``",
    "```",
    "|",
    "\\",
    "\\|",
    " ",
    "\n# x",
    "\r",
    "\u{1b}[31m",
    "\u{202e}",
    "@someone",
    "<!--",
    "<img src=x>",
    "[a](https://x.example)",
    "https://x.example",
];

/// A report about a description with these texts as names and as values.
fn report(texts: &[String], format: Format) -> String {
    let from = packed("ghec", |it| {
        for text in texts {
            push(&mut job(it)["properties"]["status"]["enum"], text.as_str());
            job(it)["properties"][text.as_str()] = json!({"type": "string"});
            job(it)["properties"]["name"]["pattern"] = text.as_str().into();
            // Refused by the generator, in a message with the text.
            job(it)["properties"]["run_attempt"]["type"] = text.as_str().into();
        }
    });
    commands::drift(root(), &Options { format, ..options(from.path()) }).unwrap().text
}

/// What a reader of the pull request gets that is not code, and the inline code.
fn rendered(markdown: &str) -> (String, Vec<String>) {
    let (mut prose, mut code, mut in_block) = (String::new(), Vec::new(), false);
    for event in Parser::new_ext(markdown, Extensions::ENABLE_TABLES) {
        match event {
            Event::Start(Tag::CodeBlock(_)) => in_block = true,
            Event::End(TagEnd::CodeBlock) => in_block = false,
            Event::Code(text) => code.push(text.into_string()),
            Event::Text(text) if !in_block => prose += &text,
            Event::Html(html) | Event::InlineHtml(html) => panic!("HTML: {html}"),
            Event::Start(Tag::Link { dest_url, .. } | Tag::Image { dest_url, .. }) => {
                panic!("a link to {dest_url}")
            }
            _ => {}
        }
    }
    (prose, code)
}

#[test]
fn text_of_a_description_is_code_in_a_pull_request() {
    let mut random = fastrand::Rng::with_seed(12);
    let mut texts: Vec<_> = PIECES.map(|piece| format!("a{piece}@someone{piece}")).into();
    texts.extend((0..60).map(|_| {
        let pieces = (0..random.usize(1..8)).map(|_| PIECES[random.usize(0..PIECES.len())]);
        pieces.collect::<String>()
    }));
    for texts in texts.chunks(20) {
        let markdown = report(texts, Format::Markdown);
        assert!(!markdown.contains(['\u{1b}', '\u{202e}', '\r']), "{markdown}");
        let (prose, code) = rendered(&markdown);
        for harm in ["@", "<", "https:", "# x", "[a]"] {
            assert!(!prose.contains(harm), "{harm} is not code: {markdown}");
        }
        for text in texts {
            let hidden = ["\n", "\r", "\u{1b}", "\u{202e}"];
            let shown = hidden.iter().fold(text.clone(), |text, c| text.replace(c, "\u{fffd}"));
            let shown = shown.replace("\\|", "\\\u{a6}");
            assert!(code.contains(&shown), "{text:?} is not shown: {markdown}");
        }
    }
}

#[test]
fn text_of_a_description_cannot_steer_a_terminal() {
    let text = report(&["\u{1b}[31m\u{202e}\n# x".to_owned()], Format::Text);
    assert!(!text.contains(['\u{1b}', '\u{202e}']) && !text.contains("\n# x"), "{text}");
}

#[test]
fn the_name_of_a_file_in_a_tarball_is_cleaned_and_never_pinned() {
    let (folder, project) = (tempfile::tempdir().unwrap(), copy());
    let before = snapshot(project.path());
    let content = description("ghec").to_string();
    let file = "package/\u{1b}[31m/ghec.json";
    tarball(folder.path(), "octokit-openapi-24.0.0.tgz", file, content.as_bytes());
    let options = Options { write: true, ..options(folder.path()) };
    let error = format!("{:#}", commands::drift(project.path(), &options).unwrap_err());
    let message = "package/\u{fffd}[31m/ghec.json: is a description outside of package/generated";
    assert!(!error.contains('\u{1b}') && error.contains(message), "{error}");
    assert!(before == snapshot(project.path()), "something was written");
}
