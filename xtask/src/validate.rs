//! Refuses what progenitor cannot take, and what it would take and get wrong.
//!
//! progenitor panics on some of this and drops the rest in silence; here each has a pointer.

use anyhow::{Result, bail, ensure};
use heck::ToUpperCamelCase as _;

use crate::document::{Body, Document};
use crate::names::{same_name, type_name};
use crate::openapi::json::Pointer;

/// Names that the generated types write without a path: a type of that name would capture them.
const RESERVED_TYPES: [&str; 6] = ["Default", "Err", "From", "Ok", "Result", "String"];

/// Names that the generated requests write without a path.
const RESERVED_REQUESTS: [&str; 8] =
    ["Err", "Into", "None", "Ok", "Option", "Result", "Some", "TryInto"];

/// What the SDK's client can do beside the operations, and the names of its parts.
const RESERVED_OPERATIONS: [&str; 16] = [
    "api",
    "api_version",
    "authorization",
    "base_url",
    "budget",
    "builder",
    "clone",
    "content",
    "from_env",
    "from_inner",
    "gate",
    "get_json",
    "http",
    "permits",
    "repo",
    "settings",
];

/// Checks a normalized document.
pub(crate) fn validate(document: &Document) -> Result<()> {
    check_operations(document)?;
    check_types(document)
}

/// A path is segments of letters, digits, a few signs, and placeholders.
pub(crate) fn check_path(path: &str, at: &Pointer) -> Result<()> {
    let Some(rest) = path.strip_prefix('/') else {
        bail!("{at}: the path does not begin with `/`")
    };
    let plain = |text: &str, signs: &str| {
        text.chars().all(|c| c.is_ascii_alphanumeric() || signs.contains(c))
    };
    let mut names = Vec::new();
    for segment in rest.split('/').filter(|_| !rest.is_empty()) {
        ensure!(!matches!(segment, "" | "." | ".."), "{at}: `{segment}` is no segment of a path");
        let mut parts = segment.split('{');
        ensure!(
            plain(parts.next().unwrap_or_default(), "-._~"),
            "{at}: `{segment}` has a sign that no path has: percent-encoding, `?` and `#` do not belong here"
        );
        for part in parts {
            let Some((name, literal)) = part.split_once('}') else {
                bail!("{at}: `{{{part}` is no placeholder")
            };
            ensure!(!name.is_empty() && plain(name, "_-"), "{at}: `{{{name}}}` is no placeholder");
            ensure!(
                plain(literal, "-._~"),
                "{at}: `{segment}` has a sign that no path has: percent-encoding, `?` and `#` do not belong here"
            );
            ensure!(!names.contains(&name), "{at}: `{{{name}}}` stands twice");
            names.push(name);
        }
    }
    Ok(())
}

fn check_operations(document: &Document) -> Result<()> {
    for (index, operation) in document.operations.iter().enumerate() {
        let at = Pointer::root().descend(["paths", &operation.path, "get"]);
        let earlier = document.operations.iter().take(index);
        let request = operation.name.to_upper_camel_case();
        if let Some(other) =
            earlier.clone().find(|other| other.name.to_upper_camel_case() == request)
        {
            bail!(
                "{at}: `{}` and `{}` would both be {request}: name one another way",
                other.id,
                operation.id
            );
        }
        let names: Vec<_> =
            operation.parameters.iter().map(|parameter| parameter.name.as_str()).collect();
        distinct(&at.child("parameters"), &names)?;
        ensure!(
            !RESERVED_REQUESTS.contains(&request.as_str())
                && !RESERVED_OPERATIONS.contains(&operation.name.as_str()),
            "{at}: `{}` is taken in the SDK: give the operation another name in spec/operations.toml",
            operation.name
        );
    }
    Ok(())
}

fn check_types(document: &Document) -> Result<()> {
    for schema in &document.schemas {
        let at = Pointer::root().descend(["components", "schemas", &schema.name]);
        ensure!(
            !RESERVED_TYPES.contains(&schema.name.as_str()),
            "{at}: `{}` is a word of the generated code: give the schema an `x-rust: {{name: ..}}` in the overlay",
            schema.name
        );
        ensure!(
            type_name(&schema.name) == schema.name,
            "{at}: `{}` is no type name in UpperCamelCase",
            schema.name
        );
        if let Body::Object(properties) = &schema.body {
            let names: Vec<_> = properties.iter().map(|property| property.name.as_str()).collect();
            distinct(&at.child("properties"), &names)?;
        }
    }
    Ok(())
}

/// Two keys that would become one Rust name.
fn distinct(at: &Pointer, names: &[&str]) -> Result<()> {
    for (index, name) in names.iter().enumerate() {
        // `+1` and `-1` differ in what is left out here, and typify spells them out.
        let spelled_out = name.starts_with(['+', '-']);
        let twin = names.iter().take(index).find(|other| same_name(other, name) && !spelled_out);
        if let Some(twin) = twin {
            bail!("{at}: `{twin}` and `{name}` would both become one Rust name");
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_plain_paths_pass() {
        for path in ["/", "/a", "/repos/{owner}/{repo}/a-b_c.json", "/{base}...{head}"] {
            check_path(path, &Pointer::root()).unwrap();
        }
        for path in
            ["a", "/a/../b", "/a?b", "/a#b", "/%2e", "/{", "/{}", "/a}", "//", "/a/", "/{a}/{a}"]
        {
            check_path(path, &Pointer::root()).unwrap_err();
        }
    }

    #[test]
    fn names_that_differ_in_spelling_alone_are_refused() {
        let at = Pointer::root();
        distinct(&at, &["+1", "-1", "a_b", "ab"]).unwrap();
        assert!(
            distinct(&at, &["a-b", "a_b"]).unwrap_err().to_string().contains("`a-b` and `a_b`")
        );
    }
}
