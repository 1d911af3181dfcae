//! Imports of the generator go one way: a module uses those before it in this table.

use std::collections::BTreeSet;

use syn::UseTree;
use syn::visit::{Visit, visit_path};

use crate::support::{files, read, root};

/// The modules of `xtask/src`, from the lowest to the highest.
const ORDER: [&str; 15] = [
    "untrusted", // text of others, made fit to print
    "program",   // starts other programs
    "openapi",   // true of any OpenAPI document
    "names",     // Rust names for wire names
    "inputs",    // what people write and pin
    "stages",    // JSON to JSON: trim, merge, normalize
    "document",  // the typed document
    "artifact",  // the only writer
    "codegen",   // document to Rust
    "tables",    // document to Markdown
    "pipeline",  // the stages in order
    "drift",     // document and document to findings
    "workspace", // where the inputs are, and reading them
    "commands",  // one file for each command
    "main",
];

#[test]
fn modules_of_the_generator_import_only_lower_ones() {
    let place = |name: &str| ORDER.iter().position(|module| *module == name);
    let mut upward = Vec::new();
    for path in files("xtask/src") {
        let inside = path.strip_prefix(root().join("xtask/src")).unwrap();
        let first = inside.components().next().unwrap().as_os_str().to_str().unwrap();
        let own = first.trim_end_matches(".rs");
        if own == "lib" {
            continue;
        }
        let own_place = place(own).unwrap_or_else(|| panic!("{own} is not in the table"));
        let mut imports = Imports::default();
        imports.visit_file(&syn::parse_file(&read(&path)).unwrap());
        // What has no place in the table is an item at the root of the crate.
        let modules = imports.0.iter().filter(|module| place(module) > Some(own_place));
        upward.extend(modules.map(|module| format!("{}: {module}", inside.display())));
    }
    assert!(upward.is_empty(), "upward imports: {upward:#?}");
}

/// The first step of each path that begins with `crate`.
#[derive(Default)]
struct Imports(BTreeSet<String>);

impl Visit<'_> for Imports {
    fn visit_item_use(&mut self, item: &syn::ItemUse) {
        if let UseTree::Path(path) = &item.tree
            && path.ident == "crate"
        {
            self.firsts(&path.tree);
        }
    }

    fn visit_path(&mut self, path: &syn::Path) {
        let mut steps = path.segments.iter();
        if steps.next().is_some_and(|first| first.ident == "crate")
            && let Some(second) = steps.next()
        {
            self.0.insert(second.ident.to_string());
        }
        visit_path(self, path);
    }
}

impl Imports {
    fn firsts(&mut self, tree: &UseTree) {
        match tree {
            UseTree::Path(path) => drop(self.0.insert(path.ident.to_string())),
            UseTree::Name(name) => drop(self.0.insert(name.ident.to_string())),
            UseTree::Rename(rename) => drop(self.0.insert(rename.ident.to_string())),
            UseTree::Group(group) => group.items.iter().for_each(|tree| self.firsts(tree)),
            UseTree::Glob(_) => {}
        }
    }
}
