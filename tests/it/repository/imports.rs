//! Imports go one way: a module imports modules of its own level and of lower levels.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use proc_macro2::TokenStream;
use proc_macro2::TokenTree::{self, Group, Ident, Punct};

use crate::support::{files, read, root};

/// The modules of one folder, by levels. Modules of one level may import each other.
struct Levels {
    folder: &'static str,
    /// The beginning of paths into the folder.
    module: &'static str,
    /// The file whose `use` items export names of these modules.
    exports: &'static str,
    /// From the lowest level to the highest.
    levels: &'static [&'static [&'static str]],
}

const GENERATOR: Levels = Levels {
    folder: "xtask/src",
    module: "",
    exports: "xtask/src/lib.rs",
    levels: &[
        &["untrusted"], // foreign text, made printable
        &["program"],   // starts other programs
        &["openapi"],   // true of any OpenAPI document
        &["names"],     // Rust names for wire names
        &["inputs"],    // operations, overlay, pins, publications
        &["stages"],    // JSON to JSON: trim, merge, normalize
        &["document"],  // the typed document
        &["artifact"],  // the only writer
        &["codegen"],   // document to Rust
        &["tables"],    // document to Markdown
        &["pipeline"],  // the stages in order
        &["drift"],     // two documents to findings
        &["workspace"], // paths, reading the inputs
        &["commands"],  // one file per command
        &["main"],
    ],
};

const SDK: Levels = Levels {
    folder: "sdk/src",
    module: "",
    exports: "sdk/src/lib.rs",
    levels: &[&["runtime"], &["generated"], &["jobs"], &["guide"]],
};

const RUNTIME: Levels = Levels {
    folder: "sdk/src/runtime",
    module: "runtime::",
    exports: "sdk/src/runtime.rs",
    levels: &[
        &["url", "clock", "text"],
        &["args"],
        &["request", "response"],
        &["settings"],
        &["http"],
        &["testing", "client", "list", "download"],
    ],
};

#[test]
fn modules_of_the_generator_import_only_lower_ones() {
    assert_eq!(upward(&GENERATOR), [""; 0]);
}

#[test]
fn folders_of_the_sdk_import_only_lower_ones() {
    assert_eq!(upward(&SDK), [""; 0]);
}

#[test]
fn folders_of_the_runtime_import_only_lower_or_equal_ones() {
    assert_eq!(upward(&RUNTIME), [""; 0]);
}

#[test]
fn paths_are_found_in_use_trees_expressions_types_and_macros() {
    let source = "
        use crate::a::{b::{self, C}, super_::*};
        use super::super::d as e;
        pub(crate) use {self::f::g, h::I};
        fn f(x: &crate::j::K<crate::L>) -> Vec<super::super::M> { self.x; self::n(); crate::o!() }
        macro_rules! p { ($n:ident) => { $crate::q::r!($n) }; }
        mod tests { use super::super::s; }
    ";
    let found = paths(source.parse().unwrap(), &["x".to_owned(), "y".to_owned()]);
    let expected = "L M a::b a::b::C a::super_ d j::K o q::r x::s x::y::f::g x::y::h::I x::y::n";
    assert_eq!(found.into_iter().collect::<Vec<_>>().join(" "), expected);
}

/// The imports of a folder that go to a higher level, as `file: imported path`.
fn upward(table: &Levels) -> Vec<String> {
    // A path that does not begin with the module may be an exported name.
    let first = |path: &str| {
        let inside = path.strip_prefix(table.module).unwrap_or(path);
        inside.split("::").next().unwrap().to_owned()
    };
    let exports: BTreeMap<_, _> = paths_of(table.exports.as_ref())
        .into_iter()
        .map(|path| (path.rsplit("::").next().unwrap().to_owned(), first(&path)))
        .collect();
    let level = |module: &str| table.levels.iter().position(|level| level.contains(&module));
    let mut upward = Vec::new();
    for file in files(table.folder) {
        let file = file.strip_prefix(root()).unwrap();
        let own = file.strip_prefix(table.folder).unwrap().with_extension("");
        let own = own.iter().next().unwrap().to_str().unwrap();
        if own == "lib" {
            continue;
        }
        let own = level(own).unwrap_or_else(|| panic!("`{own}` is not in the table"));
        for path in paths_of(file) {
            let imported = first(&path);
            let imported = level(&imported).or_else(|| level(exports.get(&imported)?));
            if imported > Some(own) {
                upward.push(format!("{}: {path}", file.display()));
            }
        }
    }
    upward
}

/// The paths of a file of a crate, from the root of the crate.
fn paths_of(file: &Path) -> BTreeSet<String> {
    let steps = file.with_extension("");
    // Without the folder of the crate and `src`.
    let mut module: Vec<_> = steps.iter().skip(2).map(|step| step.to_str().unwrap()).collect();
    module.pop_if(|last| ["lib", "main"].contains(last));
    let module: Vec<_> = module.into_iter().map(str::to_owned).collect();
    paths(read(file).parse().unwrap(), &module)
}

/// The paths that begin with `crate`, `super` or `self`, and those of `use` items. This reads tokens and
/// not items, because a parser skips the bodies of macros.
fn paths(tokens: TokenStream, module: &[String]) -> BTreeSet<String> {
    let tokens: Vec<_> = tokens.into_iter().collect();
    let mut found = BTreeSet::new();
    for (at, token) in tokens.iter().enumerate() {
        let (before, rest) = (&tokens[..at], &tokens[at + 1..]);
        match (before, token) {
            ([.., Ident(word), Ident(name)], Group(group)) if word == "mod" => {
                let inner = [module, &[name.to_string()]].concat();
                found.extend(paths(group.stream(), &inner));
            }
            (_, Group(group)) => found.extend(paths(group.stream(), module)),
            (_, Ident(word)) if word == "use" => tree(rest, module.to_vec(), &mut found),
            // The first step of a path outside of a `use` item.
            (_, Ident(word)) if is_anchor(word) && starts_with(rest, ':') => match before.last() {
                Some(Ident(word)) if word == "use" => {}
                Some(Punct(punct)) if punct.as_char() == ':' => {}
                _ => tree(&tokens[at..], module.to_vec(), &mut found),
            },
            _ => {}
        }
    }
    found
}

fn is_anchor(word: &proc_macro2::Ident) -> bool {
    ["crate", "super", "self"].iter().any(|anchor| word == anchor)
}

fn starts_with(tokens: &[TokenTree], character: char) -> bool {
    matches!(tokens.first(), Some(Punct(punct)) if punct.as_char() == character)
}

/// Adds the paths of one tree of a `use` item, or one other path, to those that are found.
fn tree(tokens: &[TokenTree], mut path: Vec<String>, found: &mut BTreeSet<String>) {
    match tokens {
        [Ident(step), rest @ ..] => {
            match step.to_string().as_str() {
                "crate" => path.clear(),
                "super" => drop(path.pop()),
                "self" => {}
                step => path.push(step.to_owned()),
            }
            match rest {
                [Punct(one), Punct(two), rest @ ..]
                    if one.as_char() == ':' && two.as_char() == ':' =>
                {
                    tree(rest, path, found);
                }
                _ => drop(found.insert(path.join("::"))),
            }
        }
        [Group(group), ..] => {
            let tokens: Vec<_> = group.stream().into_iter().collect();
            for part in tokens.split(|token| starts_with(std::slice::from_ref(token), ',')) {
                tree(part, path.clone(), found);
            }
        }
        [] => {}
        // A glob or an argument of a type.
        _ => drop(found.insert(path.join("::"))),
    }
}
