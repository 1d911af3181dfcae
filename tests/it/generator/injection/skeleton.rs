//! Generated code without its literals and documentation.

use std::collections::BTreeSet;
use std::fmt::Display;

use proc_macro2::{Delimiter, TokenStream, TokenTree};
use pulldown_cmark::{Event, Parser, Tag};
use xtask::pipeline::{NORMALIZED, Output};

/// The tokens of each file, as text.
#[derive(Debug, PartialEq, Eq)]
pub struct Skeleton {
    pub files: Vec<(String, String)>,
    /// All identifiers.
    pub names: BTreeSet<String>,
    /// The documentation of each item.
    pub docs: Vec<String>,
}

/// The skeleton of generated code. A name that is not in `known` becomes `NEW`.
pub fn skeleton(output: &Output, known: Option<&BTreeSet<String>>) -> Result<Skeleton, String> {
    let mut skeleton = Skeleton { files: Vec::new(), names: BTreeSet::new(), docs: Vec::new() };
    if output.servers.chars().any(is_unprintable) {
        return Err("an unprintable character in the table of servers".to_owned());
    }
    for artifact in output.artifacts.iter().filter(|artifact| artifact.path != NORMALIZED) {
        let code = artifact.content.as_deref().unwrap();
        if let Some(c) = code.chars().find(|c| is_unprintable(*c)) {
            return Err(format!("{c:?} in {}", artifact.path));
        }
        let not_rust = |error: &dyn Display| format!("{} is not Rust: {error}", artifact.path);
        let tokens: TokenStream = code.parse().map_err(|error| not_rust(&error))?;
        let mut text = String::new();
        print(tokens, known, &mut skeleton, &mut text);
        skeleton.files.push((artifact.path.clone(), text));
    }
    Ok(skeleton)
}

/// True for a character that rustc refuses in code, or that a reviewer cannot see.
pub fn is_unprintable(c: char) -> bool {
    c != '\n' && (c.is_control() || c.escape_debug().to_string().starts_with("\\u"))
}

fn print(
    tokens: TokenStream,
    known: Option<&BTreeSet<String>>,
    skeleton: &mut Skeleton,
    text: &mut String,
) {
    let mut trees = tokens.into_iter().peekable();
    let mut docs = String::new();
    while let Some(tree) = trees.next() {
        if let TokenTree::Punct(punct) = &tree
            && punct.as_char() == '#'
            && let Some(TokenTree::Group(group)) = trees.peek()
            && let Some(line) = doc(group.stream())
        {
            docs += &(line + "\n");
            trees.next();
            continue;
        }
        if !docs.is_empty() {
            skeleton.docs.push(std::mem::take(&mut docs));
        }
        match tree {
            TokenTree::Group(group) => {
                let (open, close) = match group.delimiter() {
                    Delimiter::Parenthesis => ("(", ")"),
                    Delimiter::Brace => ("{", "}"),
                    Delimiter::Bracket => ("[", "]"),
                    Delimiter::None => ("", ""),
                };
                *text += open;
                print(group.stream(), known, skeleton, text);
                *text += close;
            }
            TokenTree::Ident(ident) => {
                let ident = ident.to_string();
                let is_new = known.is_some_and(|known| !known.contains(&ident));
                *text += if is_new { " NEW" } else { " " };
                *text += if is_new { "" } else { &ident };
                skeleton.names.insert(ident);
            }
            TokenTree::Punct(punct) => text.push(punct.as_char()),
            TokenTree::Literal(_) => *text += " 0",
        }
    }
    if !docs.is_empty() {
        skeleton.docs.push(docs);
    }
}

/// The text of `doc = ".."`.
fn doc(attribute: TokenStream) -> Option<String> {
    let mut trees = attribute.into_iter();
    match (trees.next()?, trees.next()?, trees.next()?) {
        (TokenTree::Ident(name), TokenTree::Punct(_), TokenTree::Literal(text))
            if name == "doc" =>
        {
            Some(syn::parse_str::<syn::LitStr>(&text.to_string()).unwrap().value())
        }
        _ => None,
    }
}

/// The harmful part of documentation: HTML, an image, code that rustdoc runs, a link to neither https nor an item.
pub fn harm(docs: &str) -> Option<String> {
    let docs: Vec<_> = docs.lines().map(|line| line.strip_prefix(' ').unwrap_or(line)).collect();
    let docs = docs.join("\n");
    Parser::new(&docs).find_map(|event| match event {
        Event::Html(html) | Event::InlineHtml(html) => Some(format!("HTML {html}")),
        Event::Start(Tag::CodeBlock(_)) => Some("a code block".to_owned()),
        Event::Start(Tag::Image { dest_url, .. }) => Some(format!("the image {dest_url}")),
        Event::Start(Tag::Link { dest_url, .. })
            if !dest_url.starts_with("https://") && !dest_url.starts_with("crate::") =>
        {
            Some(format!("a link to {dest_url}"))
        }
        _ => None,
    })
}
