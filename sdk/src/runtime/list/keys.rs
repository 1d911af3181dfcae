//! The keys of the items of a page, read from its JSON: two items with one key are the same item.

use std::collections::{HashMap, HashSet};
use std::hash::{DefaultHasher, Hash, Hasher as _};

use serde::Deserialize;
use serde_json::value::RawValue;

/// The keys of the items of the two last pages.
#[derive(Debug, Default)]
pub(super) struct Known {
    before: Keys,
    last: Keys,
}

/// The keys of one page.
#[derive(Debug, Default)]
pub(super) struct Keys {
    /// One for each item, in order; none if the items cannot be found in the JSON.
    keys: Vec<u64>,
    /// True if the keys are those of the items' `id`, and not of whole items.
    are_ids: bool,
}

impl Keys {
    /// Reads the keys of a page with this number of items.
    pub(super) fn read(body: &[u8], items: usize) -> Self {
        let items = self::items(body, items);
        let ids: Option<Vec<_>> = items.iter().map(|item| id(item)).collect();
        match ids {
            Some(keys) => Self { keys, are_ids: true },
            None => Self { keys: items.iter().copied().map(hash).collect(), are_ids: false },
        }
    }
}

impl Known {
    /// Marks the items that one of the two previous pages had. Items without an id are compared with the end of
    /// the previous page only, because a list can hold equal items.
    pub(super) fn mark(&mut self, page: Keys) -> Vec<bool> {
        let marks = if page.are_ids {
            let known: HashSet<_> = self.before.keys.iter().chain(&self.last.keys).collect();
            page.keys.iter().map(|key| known.contains(key)).collect()
        } else {
            let overlap = overlap(&self.last.keys, &page.keys);
            (0..page.keys.len()).map(|index| index < overlap).collect()
        };
        self.before = std::mem::replace(&mut self.last, page);
        marks
    }
}

/// The items of a page, as JSON: those of the array, or of the array of this length in the object. There are
/// none if that is not clear, because the keys of another array would hide items.
fn items(body: &[u8], length: usize) -> Vec<&str> {
    let mut lists: Vec<Vec<&RawValue>> = if let Ok(list) = serde_json::from_slice(body) {
        vec![list]
    } else {
        let page: HashMap<String, &RawValue> = serde_json::from_slice(body).unwrap_or_default();
        page.values().filter_map(|value| serde_json::from_str(value.get()).ok()).collect()
    };
    lists.retain(|list| list.len() == length);
    match lists.as_slice() {
        [list] => list.iter().map(|item| item.get()).collect(),
        _ => Vec::new(),
    }
}

/// The hash of an item's `id`, if it has one.
fn id(item: &str) -> Option<u64> {
    #[derive(Deserialize)]
    struct Item<'i> {
        #[serde(borrow)]
        id: Option<&'i RawValue>,
    }
    // serde reads an array as a struct, too.
    let item: Item<'_> = item.starts_with('{').then(|| serde_json::from_str(item).ok())??;
    item.id.map(|id| hash(id.get()))
}

/// The length of the longest end of one page that is the start of the next, in linear time (Knuth, Morris, Pratt).
fn overlap(page: &[u64], next: &[u64]) -> usize {
    // The border of a text is its longest start that is also its end. `None` keeps the two pages apart.
    let text: Vec<_> = next.iter().map(Some).chain([None]).chain(page.iter().map(Some)).collect();
    let mut borders: Vec<usize> = Vec::with_capacity(text.len());
    for key in &text {
        let mut border = borders.last().copied();
        while let Some(length) = border
            && text.get(length) != Some(key)
        {
            border = length.checked_sub(1).and_then(|last| borders.get(last)).copied();
        }
        borders.push(border.map_or(0, |length| length + 1));
    }
    borders.last().copied().unwrap_or(0)
}

pub(super) fn hash(text: &(impl Hash + ?Sized)) -> u64 {
    let mut hasher = DefaultHasher::new();
    text.hash(&mut hasher);
    hasher.finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The marks of the items of these pages, each with its number of items.
    fn marks(pages: &[(&str, usize)]) -> Vec<Vec<bool>> {
        let mut known = Known::default();
        let read = |(page, items): &(&str, usize)| Keys::read(page.as_bytes(), *items);
        pages.iter().map(read).map(|keys| known.mark(keys)).collect()
    }

    #[test]
    fn an_item_that_moved_to_one_of_the_next_two_pages_is_marked() {
        let page = |ids: [i64; 2]| {
            let list = ids.map(|id| serde_json::json!({"x": [{"id": 1}], "id": id}));
            serde_json::json!({"total_count": 9, "items": list, "links": {"items": [1, 2]}, "x": [1]})
                .to_string()
        };
        let pages = [page([1, 2]), page([2, 3]), page([1, 4]), page([2, 5]), page([1, 6])];
        let marks = marks(&pages.each_ref().map(|page| (page.as_str(), 2)));
        let expected = [[false, false], [true, false], [true, false], [true, false], [true, false]];
        assert_eq!(marks, expected);
        let far = [page([1, 2]), page([3, 4]), page([5, 6]), page([1, 7])];
        let marks = self::marks(&far.each_ref().map(|page| (page.as_str(), 2)));
        assert_eq!(marks[3], [false, false], "the keys of two pages are kept");
    }

    #[test]
    fn items_without_an_id_are_compared_with_the_end_of_the_previous_page() {
        let pages = [
            (r#"["a","b","c"]"#, 3),
            (r#"["b", "c","d"]"#, 3),
            (r#"["a","d"]"#, 2),
            (r#"[{"n":1},{"n":2}]"#, 2),
            (r#"[{"n":2},{"n":1}]"#, 2),
            // serde also reads a list as an object, and null as a missing id.
            ("[[1],[2]]", 2),
            ("[[1],[3]]", 2),
            (r#"[{"id":null},{"id":null,"n":1}]"#, 2),
            (r#"[{"id":null,"n":2},{"id":null,"n":3}]"#, 2),
        ];
        let expected = [
            vec![false, false, false],
            vec![true, true, false],
            vec![false, false],
            vec![false, false],
            vec![true, false],
            vec![false, false],
            vec![false, false],
            vec![false, false],
            vec![false, false],
        ];
        assert_eq!(marks(&pages), expected);
    }

    #[test]
    fn a_page_whose_items_cannot_be_found_has_no_keys() {
        for (page, items) in [
            ("", 0),
            ("null", 0),
            ("[", 1),
            (r#"{"items":null}"#, 0),
            ("[1]", 2),
            (r#"{"items":[{"id":1}],"authors":[{"id":1}]}"#, 1),
        ] {
            assert_eq!(marks(&[(page, items)]), [[] as [bool; 0]], "{page}");
        }
    }

    #[test]
    fn the_overlap_of_two_pages_is_the_longest() {
        let of = |page: &[u64], next: &[u64]| overlap(page, next);
        assert_eq!(of(&[1, 2, 1, 2], &[1, 2, 1, 2, 3]), 4);
        assert_eq!(of(&[9, 1, 2, 1], &[1, 2, 1, 2]), 3);
        assert_eq!(of(&[1, 1, 2, 1, 1], &[1, 1, 1, 1]), 2);
        assert_eq!(of(&[1, 2], &[3]), 0);
        assert_eq!((of(&[], &[1]), of(&[1], &[]), of(&[], &[])), (0, 0, 0));
        // All pairs of short pages, against the definition.
        let pages = |length: u32| {
            (0..2_u64.pow(length)).map(move |bits| (0..length).map(|at| bits >> at & 1).collect())
        };
        let pages: Vec<Vec<u64>> = (0..6).flat_map(pages).collect();
        for (page, next) in pages.iter().flat_map(|page| pages.iter().map(move |next| (page, next)))
        {
            let longest = (0..=page.len().min(next.len()))
                .rev()
                .find(|length| page.ends_with(&next[..*length]));
            assert_eq!(Some(of(page, next)), longest, "{page:?} {next:?}");
        }
    }

    /// A body whose keys take quadratic time, or a level of the stack for each bracket, would end this test.
    #[test]
    fn keys_of_hostile_bodies_are_read_in_linear_time_and_without_recursion() {
        let deep = "[".repeat(1_000_000);
        assert!(Keys::read(deep.as_bytes(), 1).keys.is_empty());
        let closed = format!("{deep}{}", "]".repeat(1_000_000));
        let nested = format!(r#"{{"x":{closed},"items":[{{"x":{closed}}},{closed}]}}"#);
        assert_eq!(Keys::read(nested.as_bytes(), 2).keys.len(), 2);

        let equal = format!("[{}1]", "1,".repeat(999_999));
        let other = format!("[{}2]", "1,".repeat(999_999));
        let marks = marks(&[(&equal, 1_000_000), (&other, 1_000_000)]);
        assert!(marks[1][..999_999].iter().all(|marked| *marked) && !marks[1][999_999]);
    }
}
