//! `#[deprecated]` is on exactly the items that the newest server that has them marks.

use std::collections::BTreeSet;

use xtask::pipeline::{self, Inputs};

use crate::generator::golden::inputs;
use crate::support::root;

/// The items under an attribute `#[deprecated]`: the file, and the start of the line with the name.
fn deprecated(case: &str, base: &str) -> BTreeSet<String> {
    let inputs = inputs(&root().join("tests/goldens/generate").join(case)).unwrap();
    let output = pipeline::run(&Inputs { base: base.to_owned(), ..inputs }).unwrap();
    let mut found = BTreeSet::new();
    for artifact in output.artifacts.iter().filter(|artifact| artifact.path.ends_with(".rs")) {
        let file = artifact.path.rsplit('/').next().unwrap();
        let mut lines = artifact.content.as_deref().unwrap().lines().map(str::trim);
        while let Some(line) = lines.next() {
            if line.starts_with("#[deprecated") {
                let item = lines.find(|line| !line.starts_with(['#', '/'])).unwrap();
                let item = item.split(['(', ',', ':']).next().unwrap();
                found.insert(format!("{file} {item}"));
            }
        }
    }
    found
}

/// On the older server, `..older`, `..both` and `..gone` are deprecated; on the newer one, `..newer` and `..both` are,
/// and `..gone` is missing.
#[test]
fn exactly_the_items_that_the_newest_server_marks_are_deprecated() {
    let mut expected = BTreeSet::new();
    for age in ["both", "gone", "newer"] {
        let capital = age[..1].to_uppercase() + &age[1..];
        expected.extend([
            format!("client.rs pub fn aged_remove_{age}"),
            format!("requests.rs pub fn query_{age}"),
            format!("requests.rs pub fn body_{age}"),
            // The field and its setter.
            format!("types.rs pub part_{age}"),
            format!("types.rs pub fn part_{age}"),
            format!("types.rs pub field_{age}"),
            format!("types.rs Mode{capital} = \"mode_{age}\""),
            format!("types.rs Value{capital} = \"value_{age}\""),
            format!("types.rs Link{capital} = \"link_{age}\""),
            format!("types.rs Word{capital} = \"word_{age}\""),
        ]);
    }
    for base in ["ghes-1.1", "ghes-1.0"] {
        assert_eq!(deprecated("deprecated_on_the_newest_server", base), expected, "{base}");
    }
}
