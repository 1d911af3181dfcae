//! References inside a description. Only `#/components/<section>/<name>` is supported.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use anyhow::{Context as _, Result, bail};
use serde_json::Value;

use crate::openapi::json::{Pointer, cut};
use crate::openapi::positions::{self, Kind};
use crate::untrusted::inline_code;

/// A reference to a component.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Reference {
    pub(crate) section: String,
    pub(crate) name: String,
}

impl Reference {
    /// Parses the text of a reference at the place `at`.
    pub(crate) fn parse(text: &str, at: &Pointer) -> Result<Self> {
        let shown = || inline_code(&cut(text));
        let Some(path) = text.strip_prefix("#/components/") else {
            bail!(
                "{at}: {} is outside the components of this document; \
                 only `#/components/<section>/<name>` is supported",
                shown()
            );
        };
        match path.split('/').collect::<Vec<_>>().as_slice() {
            [section, name] if Kind::of_section(section).is_some() => Ok(Self {
                section: (*section).to_owned(),
                name: name.replace("~1", "/").replace("~0", "~"),
            }),
            [section, _] => bail!(
                "{at}: {} is in {}, which is not supported",
                shown(),
                inline_code(&cut(section))
            ),
            _ => bail!(
                "{at}: {} is not a component; \
                 only `#/components/<section>/<name>` is supported",
                shown()
            ),
        }
    }

    /// The place of the component.
    pub(crate) fn pointer(&self) -> Pointer {
        Pointer::root().descend(["components", &self.section, &self.name])
    }
}

impl fmt::Display for Reference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.pointer().fmt(f)
    }
}

/// The value at the end of a chain of references, and its place. ([`check`] refuses cycles.)
pub(crate) fn resolve<'v>(
    document: &'v Value,
    value: &'v Value,
    at: &Pointer,
) -> Result<(&'v Value, Pointer)> {
    let (mut value, mut at) = (value, at.clone());
    while let Some(text) = value["$ref"].as_str() {
        let target = Reference::parse(text, &at.child("$ref"))?.pointer();
        let found = document.pointer(target.as_str());
        value =
            found.with_context(|| format!("{at}: {} does not exist", inline_code(&cut(text))))?;
        at = target;
    }
    Ok((value, at))
}

/// All references below a place, each with its own place.
pub(crate) fn collect(
    kind: Kind,
    at: &Pointer,
    value: &mut Value,
) -> Result<Vec<(Pointer, Reference)>> {
    let mut texts = Vec::new();
    positions::visit(kind, at, value, &mut |kind, at, map| {
        if let Some(text) = map.get("$ref") {
            texts.push((kind, at.child("$ref"), text.as_str().map(str::to_owned)));
        }
        let mapping = map.get("discriminator").and_then(|value| value.get("mapping"));
        for (key, text) in mapping.and_then(Value::as_object).into_iter().flatten() {
            let at = at.descend(["discriminator", "mapping", key]);
            texts.push((Kind::Schema, at, text.as_str().map(mapped)));
        }
    });
    let mut references = Vec::new();
    for (kind, at, text) in texts {
        let text = text
            .with_context(|| format!("{at}: is not a string; correct it with an action in spec/overlay.yaml that has `x-server`"))?;
        let reference = Reference::parse(&text, &at)?;
        if Kind::of_section(&reference.section) != Some(kind) {
            bail!(
                "{at}: {} is in `{}`, which cannot be used here; \
                 correct it with an action in spec/overlay.yaml that has `x-server`",
                inline_code(&cut(&text)),
                reference.section
            );
        }
        references.push((at, reference));
    }
    Ok(references)
}

/// The reference in a mapping, which may be the name of a schema alone.
fn mapped(text: &str) -> String {
    match text.contains(['/', '#']) {
        true => text.to_owned(),
        false => format!("#/components/schemas/{text}"),
    }
}

/// Refuses a document with a broken reference, or with a cycle of definitions.
pub(crate) fn check(document: &mut Value) -> Result<()> {
    let mut edges = Edges::new();
    for (at, reference) in collect(Kind::Document, &Pointer::root(), document)? {
        if document.pointer(reference.pointer().as_str()).is_none() {
            let names = document["components"][&reference.section].as_object();
            let names = names.into_iter().flatten().map(|(name, _)| name.as_str());
            bail!(
                "{at}: {} does not exist{}{}",
                inline_code(&cut(&reference.to_string())),
                did_you_mean(&reference.name, names),
                if reference.name.contains('%') {
                    "; percent-encoding is not supported"
                } else {
                    ""
                }
            );
        }
        if let Some(component) = defined_by(&at) {
            edges.entry(component).or_default().insert(reference);
        }
    }
    check_chains(&edges)
}

/// The component that the reference at this place defines: the component is the `$ref` itself, or has it in
/// its `allOf`. A cycle of such references has no end; a property that refers to its own schema is fine.
fn defined_by(at: &Pointer) -> Option<Reference> {
    let mut steps = at.as_str().strip_prefix("/components/")?.split('/');
    let (section, name) = (steps.next()?, steps.next()?);
    while let Some(step) = steps.next() {
        match step {
            "$ref" => {
                let name = name.replace("~1", "/").replace("~0", "~");
                return Some(Reference { section: section.to_owned(), name });
            }
            "allOf" => drop(steps.next()),
            _ => return None,
        }
    }
    None
}

/// The most components in a chain of which each is defined by the next.
const LONGEST_CHAIN: usize = 50;

type Edges = BTreeMap<Reference, BTreeSet<Reference>>;

/// Refuses cycles and long chains of definitions. Each component is visited once.
fn check_chains(edges: &Edges) -> Result<()> {
    // The longest chain from each component that is visited completely.
    let mut lengths: BTreeMap<&Reference, usize> = BTreeMap::new();
    for start in edges.keys() {
        let mut path = vec![(start, targets(edges, start))];
        while let Some((reference, rest)) = path.last_mut() {
            let reference = *reference;
            if let Some(next) = rest.pop() {
                if !lengths.contains_key(next) {
                    refuse_cycle(&path, next)?;
                    path.push((next, targets(edges, next)));
                }
                continue;
            }
            let inner = edges.get(reference).into_iter().flatten();
            let longest = inner.filter_map(|inner| lengths.get(inner)).max();
            let length = longest.map_or(0, |longest| longest + 1);
            if length > LONGEST_CHAIN {
                return too_long(reference);
            }
            lengths.insert(reference, length);
            path.pop();
        }
    }
    Ok(())
}

fn too_long(reference: &Reference) -> Result<()> {
    bail!(
        "{reference}: is defined by a chain of more than {LONGEST_CHAIN} components; \
         refer to the last one directly"
    )
}

/// The components that define this one, the first last.
fn targets<'e>(edges: &'e Edges, reference: &Reference) -> Vec<&'e Reference> {
    edges.get(reference).into_iter().flatten().rev().collect()
}

fn refuse_cycle(path: &[(&Reference, Vec<&Reference>)], next: &Reference) -> Result<()> {
    if let Some(first) = path.iter().position(|(seen, _)| *seen == next) {
        let names: Vec<_> = path.iter().skip(first).map(|(seen, _)| seen.name.as_str()).collect();
        bail!(
            "{next}: is defined by itself: {} -> {}; remove one of these references",
            names.join(" -> "),
            next.name
        );
    }
    match path.first() {
        Some((start, _)) if path.len() > LONGEST_CHAIN => too_long(start),
        _ => Ok(()),
    }
}

/// Longer names get no suggestions, because comparing is slow.
const LONGEST_COMPARED: usize = 100;

/// The most names that are compared with one.
const MOST_COMPARED: usize = 200;

/// `; did you mean a or b?`, or an empty string if no name is similar.
pub(crate) fn did_you_mean<'a>(name: &str, names: impl IntoIterator<Item = &'a str>) -> String {
    if name.len() > LONGEST_COMPARED {
        return String::new();
    }
    let names = names.into_iter().filter(|candidate| may_be_near(name, candidate));
    let mut near: Vec<_> = names
        .take(MOST_COMPARED)
        .map(|candidate| (strsim::normalized_damerau_levenshtein(name, candidate), candidate))
        .filter(|(likeness, _)| *likeness > LIKENESS)
        .collect();
    near.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(b.1)));
    let near: Vec<_> = near.iter().take(3).map(|(_, name)| inline_code(name)).collect();
    if near.is_empty() { String::new() } else { format!("; did you mean {}?", near.join(" or ")) }
}

/// The least likeness of a suggestion.
const LIKENESS: f64 = 0.6;

/// False if the letters of two names alone show that they are not near. This takes less time than comparing them.
fn may_be_near(name: &str, candidate: &str) -> bool {
    let longest = name.len().max(candidate.len());
    if candidate.len() > LONGEST_COMPARED || !name.is_ascii() || !candidate.is_ascii() {
        return candidate.len() <= LONGEST_COMPARED;
    }
    let mut counts = [0_i32; 128];
    let mut count = |text: &str, step: i32| {
        for byte in text.bytes() {
            if let Some(count) = counts.get_mut(usize::from(byte)) {
                *count += step;
            }
        }
    };
    count(name, 1);
    count(candidate, -1);
    let missing: i32 = counts.iter().filter(|count| **count > 0).sum();
    let added: i32 = counts.iter().filter(|count| **count < 0).map(|count| -count).sum();
    let least = f64::from(missing.max(added));
    u32::try_from(longest).is_ok_and(|longest| least < (1.0 - LIKENESS) * f64::from(longest) + 1e-9)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::untrusted::is_unprintable;

    fn refused(mut document: Value) -> String {
        check(&mut document).unwrap_err().to_string()
    }

    #[test]
    fn a_reference_to_another_document_is_refused() {
        for text in [
            "https://example.com/a.json#/x",
            "file:///etc/passwd",
            "../../etc/passwd",
            "#/paths/~1a",
        ] {
            let error =
                refused(json!({"components": {"schemas": {"a": {"items": {"$ref": text}}}}}));
            assert!(error.starts_with("#/components/schemas/a/items/$ref: `"), "{error}");
            assert!(error.contains(text), "{error}");
        }
    }

    #[test]
    fn the_text_of_a_reference_is_printable_and_short_in_a_message() {
        let long = "x".repeat(1_000_000);
        for (start, end) in [
            ("", ""),
            ("#/components/schemas/", ""),
            ("#/components/schemas/", "/a"),
            ("#/components/", "/a"),
        ] {
            let text = format!("{start}\u{1b}]0;\u{7}\u{202e}{long}{end}");
            for part in [json!({"$ref": text}), json!({"discriminator": {"mapping": {"a": text}}})]
            {
                let error = refused(json!({"components": {"schemas": {"a": {"items": part}}}}));
                assert!(error.len() < 1_000, "{} bytes", error.len());
                assert!(!error.contains(is_unprintable), "{error:?}");
            }
        }
    }

    #[test]
    fn few_short_names_are_compared_for_a_suggestion() {
        let long = "n".repeat(LONGEST_COMPARED + 1);
        assert_eq!(did_you_mean(&long, [long.as_str()]), "");
        assert_eq!(did_you_mean("name", ["nmae", long.as_str()]), "; did you mean `nmae`?");
        // The last one is most like the name.
        let mut names: Vec<_> = (0..MOST_COMPARED - 1).map(|_| "nmae").collect();
        names.push("name");
        assert!(did_you_mean("name", names.clone()).starts_with("; did you mean `name`"));
        names.insert(0, "nmae");
        assert!(!did_you_mean("name", names).contains("`name`"));
    }

    #[test]
    fn a_broken_reference_is_refused_with_a_suggestion() {
        let error = refused(json!({"components": {"schemas": {
            "widget": {}, "a": {"properties": {"x": {"$ref": "#/components/schemas/wigdet"}}}
        }}}));
        assert_eq!(
            error,
            "#/components/schemas/a/properties/x/$ref: `#/components/schemas/wigdet` does not exist; \
             did you mean `widget`?"
        );
    }

    #[test]
    fn a_cycle_of_definitions_is_refused_and_a_recursive_property_is_not() {
        let error = refused(json!({"components": {"schemas": {
            "a": {"allOf": [{"type": "object"}, {"$ref": "#/components/schemas/b"}]},
            "b": {"$ref": "#/components/schemas/a"}
        }}}));
        assert_eq!(
            error,
            "#/components/schemas/a: is defined by itself: a -> b -> a; remove one of these references"
        );
        let mut tree = json!({"components": {"schemas": {
            "a": {"properties": {"child": {"$ref": "#/components/schemas/a"}}}
        }}});
        check(&mut tree).unwrap();
    }
}
