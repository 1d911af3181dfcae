//! Whole official descriptions: each operation is generated, and the crate compiles without a warning.

use std::fs;
use std::path::Path;
use std::process::Command;

use xtask::artifact::Mode;
use xtask::commands::standalone;

use crate::support::root;

/// The folder with the descriptions. They are too large for the repository.
const VARIABLE: &str = "OPENAPI_DESCRIPTIONS";

#[test]
fn each_operation_of_a_whole_description_compiles_without_a_warning() {
    let Some(folder) = std::env::var_os(VARIABLE) else {
        eprintln!("skipped: {VARIABLE} is not set");
        return;
    };
    let crates = Path::new(env!("CARGO_TARGET_TMPDIR"));
    let mut descriptions = 0;
    for entry in fs::read_dir(&folder).unwrap() {
        let description = entry.unwrap().path();
        if description.extension().is_none_or(|extension| extension != "json") {
            continue;
        }
        descriptions += 1;
        let name =
            format!("whole-{}", description.file_stem().unwrap().display()).replace('.', "-");
        let out = crates.join(name);
        standalone(root(), &description, &["*".to_owned()], &out, Mode::Write).unwrap();
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
    assert!(descriptions > 0, "{VARIABLE}: {} has no description", folder.display());
}
