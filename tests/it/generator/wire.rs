//! One operation of every kind on the wire: a generated crate, whose calls are received by a server. The assertions are
//! in `tests/fixtures/every_kind/wire.rs`, because they are calls of that crate.

use std::fs;
use std::path::Path;
use std::process::Command;

use xtask::artifact::Mode;
use xtask::commands::standalone;

use crate::support::{read, root};

/// The dependencies of the tests, besides those of the crate.
const DEPENDENCIES: &str = "
[dev-dependencies]
tokio = { version = \"1\", default-features = false, features = [\"macros\", \"rt\"] }
";

#[test]
fn calls_of_every_kind_of_operation_are_right_on_the_wire() {
    let fixture = root().join("tests/fixtures/every_kind");
    let crates = Path::new(env!("CARGO_TARGET_TMPDIR"));
    let folder = crates.join("every_kind");
    let all = ["*".to_owned()];
    standalone(root(), &fixture.join("description.json"), &all, &folder, Mode::Write).unwrap();
    let manifest = read(folder.join("Cargo.toml")) + DEPENDENCIES;
    fs::write(folder.join("Cargo.toml"), manifest).unwrap();
    fs::create_dir_all(folder.join("tests")).unwrap();
    fs::copy(fixture.join("wire.rs"), folder.join("tests/wire.rs")).unwrap();
    fs::copy(root().join("Cargo.lock"), folder.join("Cargo.lock")).unwrap();
    let test = Command::new(env!("CARGO"))
        .current_dir(&folder)
        // The server is without TLS, and the rest of the crate is the same without it.
        .args(["test", "--quiet", "--offline", "--color", "never", "--no-default-features"])
        .args(["--test", "wire", "--target-dir"])
        .arg(crates.join("beside_runtime"))
        .output()
        .unwrap();
    let (text, errors) = (test.stdout, test.stderr);
    let text = format!("{}{}", String::from_utf8_lossy(&text), String::from_utf8_lossy(&errors));
    assert!(test.status.success() && errors.is_empty(), "{text}");
}
