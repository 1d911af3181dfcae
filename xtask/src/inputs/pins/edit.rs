//! Changes pins in the text of `spec/upstream.toml` and keeps its comments.

use anyhow::{Context as _, Result};
use toml_edit::{ArrayOfTables, DocumentMut, Item, Table, Value};

use super::{Pin, Upstream};
use crate::inputs::publication::Publication;
use crate::inputs::publication::git::Commit;
use crate::inputs::publication::npm::Release;

impl Upstream {
    /// The text of `spec/upstream.toml` with these pins added or replaced. Comments are kept.
    pub(crate) fn write_to(&self, text: &str, pins: &[Pin]) -> Result<String> {
        let mut document: DocumentMut = text.parse()?;
        let tables = descriptions(&mut document)?;
        for pin in pins {
            let place = tables.iter().position(|table| server_of(table) == pin.server);
            let known = place.and_then(|index| tables.get_mut(index));
            match known {
                Some(known) => write(known, pin)?,
                None => {
                    let mut table = Table::new();
                    table.decor_mut().set_prefix("\n");
                    write(&mut table, pin)?;
                    tables.push(table);
                }
            }
        }
        let mut sorted: Vec<_> = tables.iter().cloned().collect();
        sorted.sort_by_key(|table| self.place_of(&server_of(table)));
        tables.clear();
        for mut table in sorted {
            // Without a position, the table is printed at its place in the list.
            table.set_position(None);
            tables.push(table);
        }
        Ok(document.to_string())
    }

    /// The text of `spec/upstream.toml` with the trimmed files of the servers (`trimmed`). All else is kept.
    pub(crate) fn share_in(&self, text: &str) -> Result<String> {
        let mut document: DocumentMut = text.parse()?;
        let mut is_changed = false;
        for table in descriptions(&mut document)?.iter_mut() {
            let file = self.shared.get(&server_of(table)).map(String::as_str);
            let known = table.get(TRIMMED).and_then(|item| item.as_str());
            if file == known {
                continue;
            }
            is_changed = true;
            match (file, table.get_mut(TRIMMED).and_then(Item::as_value_mut)) {
                (Some(file), Some(known)) => {
                    let decor = known.decor().clone();
                    *known = Value::from(file);
                    *known.decor_mut() = decor;
                }
                (Some(file), None) => drop(table.insert(TRIMMED, Item::Value(Value::from(file)))),
                (None, _) => drop(table.remove(TRIMMED)),
            }
        }
        Ok(if is_changed { document.to_string() } else { text.to_owned() })
    }
}

/// The key of the server whose trimmed file a server shares.
const TRIMMED: &str = "trimmed";

/// The `[[description]]` tables.
fn descriptions(document: &mut DocumentMut) -> Result<&mut ArrayOfTables> {
    let tables = document.get_mut("description").and_then(Item::as_array_of_tables_mut);
    tables.context("is not a list of [[description]] tables")
}

/// Writes the keys of a pin in a fixed order, and keeps the comment of each key.
fn write(table: &mut Table, pin: &Pin) -> Result<()> {
    let [name, version] = match &pin.publication {
        Publication::Npm(Release { package, version }) => {
            [("package", package), ("version", version)]
        }
        Publication::Git(Commit { repository, id }) => [("git", repository), ("commit", id)],
    };
    let values = [
        ("server", Value::from(&pin.server)),
        (name.0, Value::from(name.1)),
        (version.0, Value::from(version.1)),
        ("file", Value::from(&pin.file)),
        ("bytes", grouped(pin.bytes).parse()?),
        ("sha256", Value::from(&pin.sha256)),
    ];
    let mut old = table.clone();
    table.clear();
    for (key, mut value) in values {
        if let Some((old_key, Item::Value(old_value))) = old.remove_entry(key) {
            *value.decor_mut() = old_value.decor().clone();
            table.insert_formatted(&old_key, Item::Value(value));
        } else {
            table.insert(key, Item::Value(value));
        }
    }
    // The other keys, which the pin does not have.
    if let Some((key, item)) = old.remove_entry(TRIMMED) {
        table.insert_formatted(&key, item);
    }
    Ok(())
}

fn server_of(table: &Table) -> String {
    table.get("server").and_then(|item| item.as_str()).unwrap_or_default().to_owned()
}

/// The number with `_` between groups of three digits: `10_662_818`.
fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let groups: Vec<_> = digits.as_bytes().rchunks(3).rev().map(String::from_utf8_lossy).collect();
    groups.join("_")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(server: &str, source: &str, bytes: &str) -> String {
        format!(
            "[[description]]\nserver = \"{server}\"\n{source}file = \"f\"\nbytes = {bytes}\nsha256 = \"00\"\n"
        )
    }

    const NPM: &str = "package = \"p\"\nversion = \"1.0.0\" # the older\n";

    #[test]
    fn comments_and_the_order_of_versions_are_kept() {
        let old = entry("ghes-1.9", NPM, "1");
        let text =
            format!("# head\nbase = \"ghes-1.9\"\n\n# why\n{old}\n{}", entry("cloud", NPM, "1"));
        let mut upstream = Upstream::parse(&text).unwrap();
        let of = |server: &str| {
            let release = Release { package: "p".into(), version: "2.0.0".into() };
            Pin::of(server, &Publication::Npm(release), "f", &vec![0; 1234])
        };
        let pins = [of("ghes-1.10"), of("cloud")];
        pins.iter().for_each(|pin| upstream.set(pin.clone()));
        let written = upstream.write_to(&text, &pins).unwrap();
        assert!(written.starts_with(&format!("# head\nbase = \"ghes-1.9\"\n\n# why\n{old}")));
        assert!(
            written.contains("version = \"2.0.0\" # the older\nfile = \"f\"\nbytes = 1_234\n"),
            "{written}"
        );
        assert_eq!(Upstream::parse(&written).unwrap(), upstream);
        let servers: Vec<_> = upstream.pins.iter().map(|pin| pin.server.as_str()).collect();
        assert_eq!(servers, ["ghes-1.9", "ghes-1.10", "cloud"]);
    }

    #[test]
    fn a_pin_that_moves_from_npm_to_git_has_one_source() {
        let text = format!("base = \"a\"\n\n# why\n{}", entry("a", NPM, "1"));
        let mut upstream = Upstream::parse(&text).unwrap();
        let commit = Commit { repository: "https://x.example/r".into(), id: "0a".repeat(20) };
        let pin = Pin::of("a", &Publication::Git(commit), "d/a.json", b"{}");
        upstream.set(pin.clone());
        let written = upstream.write_to(&text, &[pin]).unwrap();
        let head = "# why\n[[description]]\nserver = \"a\"\ngit = \"https://x.example/r\"\ncommit = \"0a0a";
        assert!(written.contains(head) && !written.contains("version"), "{written}");
        assert_eq!(Upstream::parse(&written).unwrap(), upstream);
    }
}
