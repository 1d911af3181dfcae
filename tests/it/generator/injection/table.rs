//! Text of a description in the table of servers in `spec/README.md`.

use pulldown_cmark::{Event, Options, Parser, Tag};
use serde_json::json;
use xtask::inputs::operations::Operations;
use xtask::pipeline;

use super::skeleton::is_unprintable;
use super::{PAYLOADS, rich};
use crate::generator::golden::{cases, inputs};

#[test]
fn text_of_a_description_is_code_in_the_table_of_servers() {
    let mut accepted = 0;
    for payload in PAYLOADS.into_iter().chain(["|a|b|", "`|`", "<b>", "a`b``c"]) {
        let mut inputs = inputs(&cases("goldens/generate")[0]).unwrap();
        inputs.operations = Operations::of(["things/get", "things/list", "things/logs"]).unwrap();
        inputs.descriptions[0].document = rich::description();
        let mut newer = inputs.descriptions[0].clone();
        newer.server = "ghes-9.9".into();
        let text = format!("text{payload}");
        let thing = &mut newer.document["components"]["schemas"]["thing"]["properties"];
        thing[&text] = json!({"type": "string"});
        thing["state"]["enum"].as_array_mut().unwrap().push(text.as_str().into());
        inputs.descriptions.push(newer);
        let Ok(output) = pipeline::run(&inputs) else { continue };
        let shown: String = text
            .chars()
            .map(|c| if is_unprintable(c) || c == '\n' { '\u{fffd}' } else { c })
            .collect();
        let shown = shown.replace("\\|", "\\\u{a6}");
        assert_eq!(
            code_in_tables(&output.servers).iter().filter(|code| **code == shown).count(),
            2,
            "{}",
            output.servers
        );
        accepted += 1;
    }
    assert!(accepted > 5, "{accepted}");
}

/// The inline code of Markdown, which must not have HTML or links.
fn code_in_tables(markdown: &str) -> Vec<String> {
    assert!(!markdown.chars().any(is_unprintable), "{markdown:?}");
    let mut code = Vec::new();
    for event in Parser::new_ext(markdown, Options::ENABLE_TABLES) {
        match event {
            Event::Code(text) => code.push(text.into_string()),
            Event::Html(_)
            | Event::InlineHtml(_)
            | Event::Start(Tag::Link { .. } | Tag::Image { .. }) => {
                panic!("{event:?}: {markdown}")
            }
            _ => {}
        }
    }
    code
}
