//! The keys of the items of a page, read from its JSON: two items with one key are the same item.

use std::collections::HashSet;
use std::fmt;
use std::hash::{DefaultHasher, Hash, Hasher as _};
use std::marker::PhantomData;

use serde::de::value::SeqAccessDeserializer;
use serde::de::{Deserialize, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};

/// The keys of the items of the last pages.
#[derive(Debug, Default)]
pub(super) struct Known {
    pages: [Keys; 2],
}

/// The keys of one page.
#[derive(Debug, Default)]
pub(super) struct Keys {
    /// One for each item, in order.
    keys: Vec<u64>,
    /// True if the keys are those of the items' `id`, and not hashes of whole items.
    are_ids: bool,
}

impl Keys {
    /// Reads the keys of a page with this number of items.
    pub(super) fn read(body: &[u8], items: usize) -> Self {
        let of_ids = serde_json::from_slice::<List<Id>>(body).unwrap_or_default();
        let ids: Option<Vec<u64>> = of_ids.0.into_iter().map(|id| id.0).collect();
        if let Some(keys) = ids.filter(|keys| keys.len() == items) {
            return Self { keys, are_ids: true };
        }
        let of_items = serde_json::from_slice::<List<Whole>>(body).unwrap_or_default();
        let keys: Vec<u64> = of_items.0.into_iter().map(|item| item.0).collect();
        Self { keys: if keys.len() == items { keys } else { Vec::new() }, are_ids: false }
    }
}

impl Known {
    /// Marks the items that one of the two previous pages had. Items without an id are compared with the end of
    /// the previous page only, because a list can hold equal items.
    pub(super) fn mark(&mut self, keys: Keys) -> Vec<bool> {
        let marks = if keys.are_ids {
            let known: HashSet<_> = self.pages.iter().flat_map(|page| &page.keys).collect();
            keys.keys.iter().map(|key| known.contains(key)).collect()
        } else {
            let before = &self.pages[1].keys;
            let longest = before.len().min(keys.keys.len());
            let overlap = (1..=longest).rev().find(|length| {
                before.iter().rev().take(*length).rev().eq(keys.keys.iter().take(*length))
            });
            let overlap = overlap.unwrap_or(0);
            (0..keys.keys.len()).map(|index| index < overlap).collect()
        };
        self.pages.swap(0, 1);
        self.pages[1] = keys;
        marks
    }
}

/// The items of a page: those of its array, or of the array in its object.
struct List<T>(Vec<T>);

/// The hash of an item's `id`; `None` if it has none.
struct Id(Option<u64>);

/// The hash of a whole value.
struct Whole(u64);

impl<T> Default for List<T> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for List<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Outer<T>(PhantomData<T>);
        impl<'de, T: Deserialize<'de>> Visitor<'de> for Outer<T> {
            type Value = List<T>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a page")
            }

            fn visit_seq<A: SeqAccess<'de>>(self, items: A) -> Result<List<T>, A::Error> {
                Deserialize::deserialize(SeqAccessDeserializer::new(items)).map(List)
            }

            fn visit_map<A: MapAccess<'de>>(self, mut page: A) -> Result<List<T>, A::Error> {
                let mut list = List::default();
                while page.next_key::<IgnoredAny>()?.is_some() {
                    if let Some(found) = page.next_value::<Inner<T>>()?.0 {
                        list = found;
                    }
                }
                Ok(list)
            }
        }
        deserializer.deserialize_any(Outer(PhantomData))
    }
}

/// A property of a page, if it is an array.
struct Inner<T>(Option<List<T>>);

/// The methods of a visitor for values that are neither arrays nor objects.
macro_rules! visit_scalars {
    ($value:ident => $result:expr) => {
        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("JSON")
        }

        fn visit_bool<E>(self, $value: bool) -> Result<Self::Value, E> {
            Ok($result)
        }

        fn visit_i64<E>(self, $value: i64) -> Result<Self::Value, E> {
            Ok($result)
        }

        fn visit_u64<E>(self, $value: u64) -> Result<Self::Value, E> {
            Ok($result)
        }

        fn visit_f64<E>(self, $value: f64) -> Result<Self::Value, E> {
            let $value = $value.to_bits();
            Ok($result)
        }

        fn visit_str<E>(self, $value: &str) -> Result<Self::Value, E> {
            Ok($result)
        }

        fn visit_unit<E>(self) -> Result<Self::Value, E> {
            let $value = ();
            Ok($result)
        }
    };
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Inner<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Property<T>(PhantomData<T>);
        impl<'de, T: Deserialize<'de>> Visitor<'de> for Property<T> {
            type Value = Inner<T>;

            visit_scalars!(_value => Inner(None));

            fn visit_seq<A: SeqAccess<'de>>(self, items: A) -> Result<Inner<T>, A::Error> {
                let items = Deserialize::deserialize(SeqAccessDeserializer::new(items))?;
                Ok(Inner(Some(List(items))))
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Inner<T>, A::Error> {
                while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
                Ok(Inner(None))
            }
        }
        deserializer.deserialize_any(Property(PhantomData))
    }
}

impl<'de> Deserialize<'de> for Id {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Item;
        impl<'de> Visitor<'de> for Item {
            type Value = Id;

            visit_scalars!(_value => Id(None));

            fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Id, A::Error> {
                while items.next_element::<IgnoredAny>()?.is_some() {}
                Ok(Id(None))
            }

            fn visit_map<A: MapAccess<'de>>(self, mut item: A) -> Result<Id, A::Error> {
                let mut id = None;
                while let Some(key) = item.next_key::<Name>()? {
                    match key {
                        Name::Id => id = Some(item.next_value::<Whole>()?.0),
                        Name::Other => drop(item.next_value::<IgnoredAny>()?),
                    }
                }
                Ok(Id(id))
            }
        }
        deserializer.deserialize_any(Item)
    }
}

#[derive(serde::Deserialize)]
#[serde(field_identifier, rename_all = "lowercase")]
enum Name {
    Id,
    #[serde(other)]
    Other,
}

impl<'de> Deserialize<'de> for Whole {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Value;
        impl<'de> Visitor<'de> for Value {
            type Value = Whole;

            visit_scalars!(value => Whole(hash(value)));

            fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Whole, A::Error> {
                let mut hashes = Vec::new();
                while let Some(Whole(item)) = items.next_element()? {
                    hashes.push(item);
                }
                Ok(Whole(hash(hashes)))
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Whole, A::Error> {
                let mut hashes = Vec::new();
                while let Some((Whole(key), Whole(value))) = map.next_entry()? {
                    hashes.push((key, value));
                }
                Ok(Whole(hash(hashes)))
            }
        }
        deserializer.deserialize_any(Value)
    }
}

fn hash(value: impl Hash) -> u64 {
    let mut hasher = DefaultHasher::new();
    value.hash(&mut hasher);
    hasher.finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn marks(pages: &[&str]) -> Vec<Vec<bool>> {
        let mut known = Known::default();
        let read = |page: &&str| {
            let items = serde_json::from_str::<serde_json::Value>(page).unwrap();
            let items =
                items.as_array().map_or_else(|| items["items"].as_array().unwrap().len(), Vec::len);
            Keys::read(page.as_bytes(), items)
        };
        pages.iter().map(read).map(|keys| known.mark(keys)).collect()
    }

    #[test]
    fn an_item_that_moved_to_one_of_the_next_two_pages_is_marked() {
        let page = |ids: &[i64]| {
            let list: Vec<_> =
                ids.iter().map(|id| serde_json::json!({"x": [{"id": 1}], "id": id})).collect();
            serde_json::json!({"total_count": 9, "items": list, "links": {"items": [1]}})
                .to_string()
        };
        let pages = [page(&[1, 2]), page(&[2, 3]), page(&[1, 4]), page(&[2, 5])];
        let marks = marks(&pages.each_ref().map(String::as_str));
        assert_eq!(
            marks,
            [[false, false], [true, false], [true, false], [true, false]],
            "2 is on the page before the previous one, so it is known"
        );
    }

    #[test]
    fn items_without_an_id_are_compared_with_the_end_of_the_previous_page() {
        let pages =
            [r#"["a","b","c"]"#, r#"["b","c","d"]"#, r#"["a","d"]"#, r#"[{"n":1},{"n":2}]"#];
        let expected = [
            vec![false, false, false],
            vec![true, true, false],
            vec![false, false],
            vec![false, false],
        ];
        assert_eq!(marks(&pages), expected);
    }

    #[test]
    fn a_page_that_is_something_else_has_no_keys() {
        for (page, items) in [("", 0), ("null", 0), ("[", 1), (r#"{"items":null}"#, 0), ("[1]", 2)]
        {
            assert_eq!(Known::default().mark(Keys::read(page.as_bytes(), items)), [] as [bool; 0]);
        }
    }
}
