//! What is different between two lists of words.

use serde_json::Value;

use super::schema::Place;
use super::{At, Level, Sort, Walk};
use crate::names::variant_names;
use crate::openapi::schema::Side;
use crate::untrusted::inline_code;

impl<'d> Walk<'d> {
    /// The words that a value may be; `known` is what the SDK has there, and `name` its type.
    pub(super) fn words(
        &mut self,
        old: &At<'d>,
        new: &At<'d>,
        place: &Place<'d>,
        known: Option<&Value>,
        name: &str,
        side: Side,
    ) {
        let known = known.and_then(listed);
        let at = new.at.child("enum");
        let (was, is) = match (listed(&old.value), listed(&new.value), &known, side) {
            (None, None, ..) => return,
            (Some(was), Some(is), ..) => (was, is),
            // The SDK has an enum here already: what it lists is nothing new.
            (None, Some(is), Some(known), Side::Response) => (known.clone(), is),
            (None, Some(_), _, Side::Response) => {
                let said = "is another type: it was any text, and is one of a list of words";
                return self.add(Level::Breaking, &place.item, Sort::Other, said, &at);
            }
            (None, Some(_), _, Side::Request) => {
                let said = "takes a list of words, where it took any text";
                return self.add(Level::Breaking, &place.item, Sort::Other, said, &at);
            }
            (Some(_), None, _, Side::Response) => {
                let said = "has no list of words any more: the SDK keeps those that others list";
                return self.add(Level::Cosmetic, &place.item, Sort::Other, said, &new.at);
            }
            (Some(_), None, _, Side::Request) => {
                let said = "is another type: it was one of a list of words, and is any text";
                return self.add(Level::Breaking, &place.item, Sort::Other, said, &new.at);
            }
        };
        let has = |word: &String| known.as_ref().is_some_and(|known| known.contains(word));
        // Named as the generator would, after the words that it has.
        let mut all = known.clone().unwrap_or_default();
        for word in was.iter().chain(&is) {
            if !all.contains(word) {
                all.push(word.clone());
            }
        }
        let names = variant_names(all.iter().map(String::as_str));
        let variant = |word: &String| {
            let place = all.iter().position(|other| other == word);
            let variant = place.and_then(|place| names.get(place)).map_or("", String::as_str);
            format!("{name}::{variant}")
        };
        let fresh: Vec<_> = is.iter().filter(|word| !was.contains(word)).collect();
        for word in fresh.iter().copied() {
            let why = match (side, has(word)) {
                (Side::Response, true) => {
                    "additive, because the enum is open; the SDK has it already"
                }
                (Side::Response, false) => {
                    "additive, because the enum is open: an SDK without it keeps the word as `Unknown`"
                }
                (Side::Request, true) => "a value more to ask for, which the SDK has already",
                (Side::Request, false) => "a value more to ask for",
            };
            let said = format!("is new: the word {}; {why}", inline_code(word));
            self.add(Level::Additive, &variant(word), Sort::Other, &said, &at);
        }
        // Of a list that only the SDK has, nothing is gone.
        let gone = was.iter().filter(|word| !is.contains(word) && listed(&old.value).is_some());
        let gone: Vec<_> = gone.collect();
        for word in gone.iter().copied() {
            let why = match side {
                Side::Response => "those who wait for it wait for ever",
                Side::Request => "a server may refuse it",
            };
            let mut said = format!("is gone: the word {}; {why}", inline_code(word));
            if let ([_], [renamed]) = (gone.as_slice(), fresh.as_slice()) {
                said += &format!("; perhaps it is {} now", inline_code(renamed));
            }
            self.add(Level::Breaking, &variant(word), Sort::Gone, &said, &old.at.child("enum"));
        }
    }
}

fn listed(schema: &Value) -> Option<Vec<String>> {
    let words = schema["enum"].as_array()?;
    Some(words.iter().filter_map(Value::as_str).map(str::to_owned).collect())
}
