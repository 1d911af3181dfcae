//! Official descriptions: each operation is generated, and the crate compiles without a warning. The repository has a
//! part of them with each kind of parameter, body, answer and type.

mod cut_down;
mod kinds;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;
use xtask::artifact::Mode;
use xtask::commands::standalone;

use crate::support::root;

/// The folder with the descriptions. They are too large for the repository.
const VARIABLE: &str = "OPENAPI_DESCRIPTIONS";

#[test]
fn each_operation_of_a_whole_description_compiles_without_a_warning() {
    for description in descriptions() {
        compiles("whole", &description);
    }
}

/// The descriptions in the folder, sorted; none if the variable is not set.
fn descriptions() -> Vec<PathBuf> {
    let Some(folder) = std::env::var_os(VARIABLE) else {
        eprintln!("skipped: {VARIABLE} is not set");
        return Vec::new();
    };
    let files = fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path());
    let is_description = |file: &PathBuf| file.extension().is_some_and(|name| name == "json");
    let mut files: Vec<_> = files.filter(is_description).collect();
    assert!(!files.is_empty(), "{VARIABLE}: {} has no description", folder.display());
    files.sort();
    files
}

/// The number of operations of a description.
fn operations(description: &Path, is_kept: fn(&Value) -> bool) -> usize {
    let description: Value = serde_json::from_slice(&fs::read(description).unwrap()).unwrap();
    cut_down::operations(&description).values().filter(|one| is_kept(one)).count()
}

/// False if the only answer is 501 or another error.
fn is_implemented(operation: &Value) -> bool {
    let codes = operation["responses"].as_object().unwrap();
    !codes.contains_key("501") || codes.keys().any(|code| code.starts_with(['2', '3']))
}

/// Generates a crate from all operations of a description, and compiles it.
fn compiles(prefix: &str, description: &Path) {
    let crates = Path::new(env!("CARGO_TARGET_TMPDIR"));
    let server = description.file_stem().unwrap().to_str().unwrap();
    let out = crates.join(format!("{prefix}-{server}").replace('.', "-"));
    standalone(root(), description, &["*".to_owned()], &out, Mode::Write).unwrap();
    let normalized = operations(&out.join("normalized.json"), |_| true);
    assert_eq!(normalized, operations(description, is_implemented), "{}", description.display());
    fs::copy(root().join("Cargo.lock"), out.join("Cargo.lock")).unwrap();
    let check = Command::new(env!("CARGO"))
        .current_dir(&out)
        .args(["check", "--quiet", "--offline", "--color", "never", "--target-dir"])
        .arg(crates.join("beside_runtime"))
        .output()
        .unwrap();
    let text = String::from_utf8_lossy(&check.stderr);
    assert!(check.status.success() && text.is_empty(), "{}: {text}", description.display());
}
