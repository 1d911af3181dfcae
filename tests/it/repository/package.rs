//! The package for the registry, and the documents that link to files.

use std::collections::BTreeSet;
use std::process::Command;

use crate::support::{files, read, root};

/// The files of the package.
fn package() -> Vec<String> {
    let mut command = Command::new(std::env::var("CARGO").unwrap_or_else(|_| "cargo".to_owned()));
    command.args(["package", "--list", "--allow-dirty", "--offline", "--locked"]);
    let output = command.args(["-p", "github-workflow-jobs"]).current_dir(root()).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let list = String::from_utf8(output.stdout).unwrap();
    list.lines().map(|line| line.replace('\\', "/")).collect()
}

#[test]
fn the_package_has_the_sources_the_guide_the_examples_and_the_licences_and_nothing_else() {
    let package = package();
    let tops = ["CHANGELOG.md", "LICENSE-APACHE", "LICENSE-MIT", "README.md", "src/lib.rs"];
    for file in tops {
        assert!(package.iter().any(|one| one == file), "{file} is missing: {package:?}");
    }
    for folder in ["sdk/src", "sdk/guide", "sdk/examples"] {
        for path in files(folder) {
            let name = path.strip_prefix(root().join("sdk")).unwrap().display().to_string();
            let name = name.replace('\\', "/");
            assert!(package.contains(&name), "{name} is missing");
        }
    }
    // cargo adds these to each package.
    let added = ["Cargo.toml", "Cargo.toml.orig", "Cargo.lock", ".cargo_vcs_info.json"];
    let foreign = package.iter().filter(|file| {
        let file = file.as_str();
        let known = tops.contains(&file) || added.contains(&file);
        let folders = ["src/", "guide/", "examples/"];
        !known && !folders.iter().any(|folder| file.starts_with(folder))
    });
    assert_eq!(foreign.collect::<Vec<_>>(), [""; 0]);
}

#[test]
fn the_licences_of_the_package_are_those_of_the_repository() {
    for file in ["LICENSE-MIT", "LICENSE-APACHE"] {
        let path = root().join("sdk").join(file);
        assert!(
            !path.is_symlink(),
            "{file} is a link, which a checkout on Windows does not follow"
        );
        assert_eq!(read(path), read(file), "sdk/{file}: copy {file} again");
    }
}

/// The package does not contain the dependency of the SDK on itself that turns on these features.
#[test]
fn an_example_requires_the_features_that_it_uses() {
    let manifest = read("sdk/Cargo.toml");
    let examples = std::fs::read_dir(root().join("sdk/examples")).unwrap();
    let mut tables = BTreeSet::new();
    for entry in examples.map(|entry| entry.unwrap().path()) {
        let sources = if entry.is_dir() {
            files(entry.strip_prefix(root()).unwrap().to_str().unwrap())
        } else {
            vec![entry.clone()]
        };
        let source: String = sources.iter().map(read).collect();
        let uses = [("runs", "dispatch_workflow"), ("testing", "testing::")];
        let used = uses.iter().filter(|(_, word)| source.contains(word));
        let features: Vec<_> = used.map(|(feature, _)| format!("\"{feature}\"")).collect();
        if features.is_empty() {
            continue;
        }
        let (name, features) = (entry.file_stem().unwrap().to_str().unwrap(), features.join(", "));
        let table = format!("[[example]]\nname = \"{name}\"\nrequired-features = [{features}]\n");
        assert!(manifest.contains(&table), "sdk/Cargo.toml needs:\n{table}");
        tables.insert(features);
    }
    assert_eq!(tables.len(), 2, "{tables:?}");
}

/// The registry shows the lines that rustdoc hides, and has no files to link to.
#[test]
fn the_page_of_the_registry_has_no_hidden_lines_and_only_absolute_links() {
    let page = read("sdk/README.md");
    let code = page.split("```").skip(1).step_by(2);
    for block in code {
        let hidden = block.lines().find(|line| line.starts_with("# ") || *line == "#");
        assert_eq!(hidden, None, "a hidden line");
    }
    for target in links(&page) {
        assert!(target.starts_with("https://"), "{target} is not absolute");
    }
    assert!(!page.contains("[`"), "a link that only rustdoc resolves");
}

#[test]
fn links_of_the_documents_have_a_target() {
    let documents = ["README.md", "CONTRIBUTING.md", "SECURITY.md"];
    let below = ["spec/README.md", "tests/README.md", "tests/peers/README.md"];
    for document in documents.into_iter().chain(below) {
        let folder = root().join(document);
        let folder = folder.parent().unwrap();
        for target in links(&read(document)) {
            // `../../` leads to other pages of the repository on GitHub.
            if target.starts_with("https://") || target.starts_with("../../") {
                continue;
            }
            let (path, heading) = target.split_once('#').unwrap_or((&target, ""));
            let file = if path.is_empty() { root().join(document) } else { folder.join(path) };
            assert!(file.exists(), "{document}: {target}");
            let text = if heading.is_empty() { String::new() } else { read(&file) };
            let found = text.lines().filter(|line| line.starts_with('#')).any(|line| {
                let title = line.trim_start_matches('#').trim().to_lowercase();
                title.replace(' ', "-") == heading
            });
            assert!(heading.is_empty() || found, "{document}: {target}: no such heading");
        }
    }
}

/// The tables name places below the root, `sdk/src` and `xtask/src`.
#[test]
fn the_files_that_contributing_names_exist() {
    let text = read("CONTRIBUTING.md");
    let folders = ["", "sdk/src", "sdk/src/runtime", "sdk/src/runtime/response", "xtask/src"];
    let quoted = text.split('`').skip(1).step_by(2);
    let paths = quoted.filter(|text| {
        let path = text.contains('/') || text.ends_with(".rs") || text.ends_with(".toml");
        path && !text.contains(['*', '<', ' ', ':']) && !text.starts_with("--")
    });
    let paths: Vec<_> = paths.filter(|path| !path.contains("\n")).collect();
    assert!(paths.len() > 50, "{paths:?}");
    let absent = paths
        .iter()
        .filter(|path| !folders.iter().any(|folder| root().join(folder).join(path).exists()));
    assert_eq!(absent.collect::<Vec<_>>(), [&""; 0]);
}

/// The targets of the inline links.
fn links(text: &str) -> Vec<String> {
    let after = text.split("](").skip(1);
    after.filter_map(|rest| rest.split_once(')')).map(|(target, _)| target.to_owned()).collect()
}
