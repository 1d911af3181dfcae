//! Rust names for what a description calls by other rules.

use heck::{ToSnakeCase as _, ToUpperCamelCase as _};

/// The type name of a schema: `job-status` becomes `JobStatus`. typify's rule, so that a schema
/// keeps its name on the way through it.
pub(crate) fn type_name(text: &str) -> String {
    let name = words(text).to_upper_camel_case();
    let name =
        if name.starts_with(|c: char| c.is_ascii_alphabetic()) { name } else { format!("X{name}") };
    if name == "Self" { "Self_".to_owned() } else { name }
}

/// The variant of an enum value: `timed_out` becomes `TimedOut`, `+1` becomes `Plus1`.
///
/// `Unknown` is the variant for words that the description does not list, so a listed `unknown`
/// becomes `UnknownWord`.
fn variant_name(word: &str) -> String {
    let spelled = match word.as_bytes() {
        [b'+', rest @ ..] if !rest.is_empty() => format!("plus-{}", word.trim_start_matches('+')),
        [b'-', rest @ ..] if !rest.is_empty() => format!("minus-{}", word.trim_start_matches('-')),
        _ => word.to_owned(),
    };
    let name = words(&spelled).to_upper_camel_case();
    match name.as_str() {
        "" => "Empty".to_owned(),
        "Self" | "Unknown" => format!("{name}Word"),
        _ if name.starts_with(|c: char| c.is_ascii_alphabetic()) => name,
        _ => format!("V{name}"),
    }
}

/// The variants of an enum, in order: two words that would be one variant are numbered.
pub(crate) fn variant_names<'w>(words: impl IntoIterator<Item = &'w str>) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    for word in words {
        let wanted = variant_name(word);
        let mut name = wanted.clone();
        let mut number = 2;
        while names.contains(&name) {
            name = format!("{wanted}{number}");
            number += 1;
        }
        names.push(name);
    }
    names
}

/// The field of a property: `created_at`, and `type_` for what is a word of the language.
pub(crate) fn field_name(key: &str) -> String {
    let name = words(key).to_snake_case();
    if syn::parse_str::<syn::Ident>(&name).is_ok() { name } else { format!("{name}_") }
}

/// Whether two names are one name in Rust: fields, parameters and variables are in snake_case, and
/// progenitor sets an underscore where the name is taken.
pub(crate) fn same_name(a: &str, b: &str) -> bool {
    words(a).to_snake_case() == words(b).to_snake_case()
}

fn words(text: &str) -> String {
    text.replace(|c: char| !c.is_ascii_alphanumeric(), "-")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn schemas_and_values_become_rust_names() {
        for (text, name) in
            [("job", "Job"), ("basic-error", "BasicError"), ("self", "Self_"), ("2fa", "X2fa")]
        {
            assert_eq!(type_name(text), name);
        }
        for (key, name) in [("created_at", "created_at"), ("type", "type_"), ("a-b", "a_b")] {
            assert_eq!(field_name(key), name);
        }
        for (word, name) in [
            ("timed_out", "TimedOut"),
            ("+1", "Plus1"),
            ("-1", "Minus1"),
            ("unknown", "UnknownWord"),
            ("2fa_disabled", "V2faDisabled"),
            ("", "Empty"),
            ("self", "SelfWord"),
        ] {
            assert_eq!(variant_name(word), name);
        }
    }
}
