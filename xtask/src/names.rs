//! Rust names for names in a description.

pub mod reserved;

use std::collections::{BTreeMap, BTreeSet};

use heck::{ToSnakeCase as _, ToUpperCamelCase as _};

pub use reserved::Reserved;

/// The type name of a schema: `job-status` becomes `JobStatus`. This is typify's rule too, so a schema
/// keeps its name on the way through it.
pub(crate) fn type_name(text: &str) -> String {
    let name = parts(text).to_upper_camel_case();
    match name.as_str() {
        "Self" => "Self_".to_owned(),
        _ if name.starts_with(|c: char| c.is_ascii_alphabetic()) => name,
        _ => format!("X{name}"),
    }
}

/// The field or argument for a wire name: `created_at`, or `type_` for a keyword. Empty if the wire
/// name has neither a letter nor a digit.
pub(crate) fn field_name(wire: &str) -> String {
    let name = parts(wire).to_snake_case();
    let spelled = match wire.as_bytes() {
        [b'+', rest @ ..] if !rest.is_empty() => format!("plus{name}"),
        [b'-', rest @ ..] if !rest.is_empty() => format!("minus{name}"),
        _ if name.starts_with(|c: char| c.is_ascii_digit()) => format!("x{name}"),
        _ => name,
    };
    // syn does not know the newest keyword.
    let is_ident = spelled != "gen" && syn::parse_str::<syn::Ident>(&spelled).is_ok();
    if spelled.is_empty() || is_ident { spelled } else { format!("{spelled}_") }
}

/// The fields of an object, in the order of the wire names given: of several that would have one Rust
/// name, the one that is spelled like it keeps it, and the others are numbered by wire name.
pub(crate) fn field_names<'w>(wires: impl IntoIterator<Item = &'w str>) -> Vec<String> {
    let wires: Vec<&str> = wires.into_iter().collect();
    let mut sorted: Vec<_> = wires.iter().map(|wire| (*wire, field_name(wire))).collect();
    sorted.sort_by_key(|(wire, plain)| (plain.trim_end_matches('_') != *wire, *wire));
    let mut names: BTreeMap<&str, String> = BTreeMap::new();
    let mut free = FreeNames::default();
    for (wire, plain) in sorted {
        // Two underscores in a row would become one.
        let stem = plain.trim_end_matches('_');
        names.insert(wire, free.take(&plain, |number| format!("{stem}_{number}")));
    }
    wires.iter().map(|wire| names.get(wire).cloned().unwrap_or_default()).collect()
}

/// Names of which each is used once.
#[derive(Default)]
pub(crate) struct FreeNames {
    taken: BTreeSet<String>,
    /// The last number behind each name.
    numbers: BTreeMap<String, usize>,
}

impl FreeNames {
    /// The name, or if it is taken the first numbered one that is free.
    pub(crate) fn take(&mut self, plain: &str, numbered: impl Fn(usize) -> String) -> String {
        let mut name = plain.to_owned();
        while !self.taken.insert(name.clone()) {
            let number = self.numbers.entry(plain.to_owned()).or_insert(1);
            *number += 1;
            name = numbered(*number);
        }
        name
    }
}

/// The variants of an enum, in the order of the values given; the order changes no name.
///
/// `timed_out` becomes `TimedOut`. Values that would have one name are spelled out: `a b` and `a-b`
/// become `ASpaceB` and `AMinusB`, `MW` and `mw` become `MW` and `Mw`.
pub(crate) fn variant_names<'v>(values: impl IntoIterator<Item = &'v str>) -> Vec<String> {
    let values: Vec<&str> = values.into_iter().collect();
    let plain: Vec<_> = values.iter().map(|value| variant_name(value)).collect();
    let letters: Vec<_> = values.iter().map(|value| value.to_ascii_lowercase()).collect();
    let (same_letters, same_name) = (uses(&letters), uses(&plain));
    let named = values.iter().zip(&letters).zip(&plain).map(|((value, letters), name)| {
        if same_letters.get(letters.as_str()) > Some(&1) {
            spelled_by_case(value)
        } else if same_name.get(name.as_str()) > Some(&1) {
            variant(&spelled_by_sign(value))
        } else {
            name.clone()
        }
    });
    told_apart(&values, &named.collect::<Vec<_>>())
}

/// The number of times that each name is in the list.
fn uses(names: &[String]) -> BTreeMap<&str, usize> {
    let mut uses: BTreeMap<&str, usize> = BTreeMap::new();
    names.iter().for_each(|name| *uses.entry(name).or_default() += 1);
    uses
}

/// The names; values that still have the name of another one are spelled letter by letter: of `1` and `v1`,
/// which are both `V1`, the second becomes `LowerV1`.
fn told_apart(values: &[&str], names: &[String]) -> Vec<String> {
    let uses = uses(names);
    let mut sorted: Vec<_> = values.iter().zip(names).enumerate().collect();
    sorted.sort_by_key(|(_, (value, name))| (uses.get(name.as_str()) > Some(&1), *value));
    let mut free = FreeNames::default();
    let mut named: Vec<(usize, String)> = Vec::new();
    for (index, (value, name)) in sorted {
        let is_told = uses.get(name.as_str()) == Some(&1);
        let plain = if is_told { name.clone() } else { variant(&spelled_out(value)) };
        named.push((index, free.take(&plain, |number| format!("{plain}Number{number}"))));
    }
    named.sort();
    named.into_iter().map(|(_, name)| name).collect()
}

fn variant_name(value: &str) -> String {
    let only_signs = !value.contains(|c: char| c.is_ascii_alphanumeric());
    match value.as_bytes() {
        [b'+' | b'-', rest @ ..] if !rest.is_empty() => {
            variant(&format!("{} {}", sign(value.chars().next()), value.get(1..).unwrap_or("")))
        }
        _ if only_signs => variant(&spelled_by_sign(value)),
        _ => variant(value),
    }
}

/// A name for a variant: `Unknown` is the variant for values that the description does not list, so a
/// listed `unknown` becomes `UnknownValue`.
fn variant(text: &str) -> String {
    let name = parts(text).to_upper_camel_case();
    match name.as_str() {
        "" => "Empty".to_owned(),
        "Self" | "Unknown" => format!("{name}Value"),
        _ if name.starts_with(|c: char| c.is_ascii_alphabetic()) => name,
        _ => format!("V{name}"),
    }
}

/// The value with each symbol spelled out.
fn spelled_by_sign(value: &str) -> String {
    let spell = |c: char| match c.is_ascii_alphanumeric() {
        true => c.to_string(),
        false => format!(" {} ", sign(Some(c))),
    };
    value.chars().map(spell).collect()
}

fn sign(c: Option<char>) -> String {
    let name = match c {
        Some('+') => "Plus",
        Some('-') => "Minus",
        Some('*') => "Asterisk",
        Some(' ') => "Space",
        Some('_') => "Underscore",
        Some('.') => "Dot",
        Some('/') => "Slash",
        Some(':') => "Colon",
        Some(',') => "Comma",
        Some('=') => "Equals",
        Some('<') => "Less",
        Some('>') => "Greater",
        Some('!') => "Exclamation",
        Some('?') => "Question",
        Some('#') => "Hash",
        Some('@') => "At",
        Some('&') => "And",
        Some('%') => "Percent",
        Some(other) => return format!("U{:X}", u32::from(other)),
        None => "",
    };
    name.to_owned()
}

/// Values that differ only in case: `mw` is `Mw`, `MW` is `MW`, `mW` is `LowerMUpperW`.
fn spelled_by_case(value: &str) -> String {
    let has = |test: fn(&char) -> bool| value.chars().any(|c| test(&c));
    match (has(char::is_ascii_lowercase), has(char::is_ascii_uppercase)) {
        (true, true) => variant(&spelled_by_letter(value)),
        (false, true) if value.chars().all(|c| c.is_ascii_alphanumeric()) => match variant(value) {
            reserved if reserved.ends_with("Value") => reserved.to_ascii_uppercase(),
            name if name.starts_with('V') && !value.starts_with('V') => format!("V{value}"),
            _ => value.to_owned(),
        },
        (false, true) => variant(&format!("upper {value}")),
        _ => variant(value),
    }
}

/// The value with the case of its letters as words, and its signs too.
fn spelled_out(value: &str) -> String {
    value
        .split_inclusive(|c: char| !c.is_ascii_alphanumeric())
        .map(|part| {
            let letters = part.trim_end_matches(|c: char| !c.is_ascii_alphanumeric());
            let signs = part.strip_prefix(letters).unwrap_or_default();
            spelled_by_letter(letters) + &spelled_by_sign(signs)
        })
        .collect()
}

/// The value with the case of its letters as words.
fn spelled_by_letter(value: &str) -> String {
    let mut spelled = String::new();
    let mut upper = None;
    for c in value.chars() {
        if c.is_ascii_alphabetic() && upper != Some(c.is_ascii_uppercase()) {
            spelled += if c.is_ascii_uppercase() { " upper " } else { " lower " };
            upper = Some(c.is_ascii_uppercase());
        }
        spelled.push(c.to_ascii_lowercase());
    }
    spelled
}

fn parts(text: &str) -> String {
    text.replace(|c: char| !c.is_ascii_alphanumeric(), "-")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn schemas_and_properties_become_rust_names() {
        for (text, name) in
            [("job", "Job"), ("basic-error", "BasicError"), ("self", "Self_"), ("2fa", "X2fa")]
        {
            assert_eq!(type_name(text), name);
        }
        for (wire, name) in [
            ("created_at", "created_at"),
            ("type", "type_"),
            ("a-b", "a_b"),
            ("+1", "plus1"),
            ("-1", "minus1"),
            ("2fa", "x2fa"),
            ("self", "self_"),
            ("gen", "gen_"),
            ("_", ""),
        ] {
            assert_eq!(field_name(wire), name);
        }
    }

    #[test]
    fn of_two_fields_with_one_name_the_exact_one_keeps_it() {
        assert_eq!(field_names(["_id", "id", "ID"]), ["id_3", "id", "id_2"]);
        assert_eq!(field_names(["id", "ID", "_id"]), ["id", "id_2", "id_3"]);
        assert_eq!(field_names(["Self", "self"]), ["self_2", "self_"]);
    }

    #[test]
    fn variants_of_values_that_read_alike_are_told_apart_in_any_order() {
        let groups: [&[(&str, &str)]; 6] = [
            &[("1", "V1"), ("v1", "LowerV1")],
            &[("", "Empty"), ("empty", "LowerEmpty")],
            &[("+1", "Plus1"), ("plus1", "LowerPlus1")],
            &[("*", "Asterisk"), ("asterisk", "LowerAsterisk")],
            &[("AB", "UpperAb"), ("ab", "Ab"), ("a_b", "LowerAUnderscoreLowerB")],
            &[
                ("unknown", "LowerUnknown"),
                ("unknown_value", "UnknownUnderscoreValue"),
                ("UnknownValue", "UpperULowerNknownUpperVLowerAlue"),
            ],
        ];
        for group in groups {
            for turn in 0..group.len() {
                let mut turned = group.to_vec();
                turned.rotate_left(turn);
                let names = variant_names(turned.iter().map(|(value, _)| *value));
                let expected: Vec<_> = turned.iter().map(|(_, name)| (*name).to_owned()).collect();
                assert_eq!(names, expected);
            }
        }
        // Whatever is left is numbered.
        for value in ["a", "1", " ", "é", "_"] {
            let values = [
                value.to_owned(),
                variant_name(value),
                spelled_out(value),
                format!("lower {value}"),
                format!("v{value}"),
            ];
            let values: std::collections::BTreeSet<_> = values.iter().map(String::as_str).collect();
            let names: std::collections::BTreeSet<_> =
                variant_names(values.iter().copied()).into_iter().collect();
            assert_eq!(names.len(), values.len(), "{names:?}");
        }
    }

    #[test]
    fn variants_show_their_values_in_any_order() {
        let values = [
            ("timed_out", "TimedOut"),
            ("+1", "Plus1"),
            ("-1", "Minus1"),
            ("1", "V1"),
            ("-", "Minus"),
            ("+", "Plus"),
            ("*", "Asterisk"),
            ("", "Empty"),
            ("2fa", "V2fa"),
            ("a b", "ASpaceB"),
            ("a-b", "AMinusB"),
            ("a_b", "AUnderscoreB"),
            ("mW", "LowerMUpperW"),
            ("MW", "MW"),
            ("mw", "Mw"),
            ("self", "SelfValue"),
            ("Self", "UpperSLowerElf"),
            ("unknown", "UnknownValue"),
            ("won't fix", "WonTFix"),
        ];
        for turn in 0..values.len() {
            let mut turned = values;
            turned.rotate_left(turn);
            let names = variant_names(turned.iter().map(|(value, _)| *value));
            let expected: Vec<_> = turned.iter().map(|(_, name)| (*name).to_owned()).collect();
            assert_eq!(names, expected);
        }
    }
}
