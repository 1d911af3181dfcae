//! Goldens of generated code: each folder of `goldens/generate/` has a description and the whole folder
//! that the generator makes of it. All of them are compiled.
//!
//! `EXPECTORATE=overwrite cargo test -p tests code` writes them anew; read the diff.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use expectorate::assert_contents;
use xtask::pipeline::NORMALIZED;

use crate::generator::golden::{cases, output};
use crate::support::{files, read, root};

/// Where the generated files are, in the SDK.
const FOLDER: &str = "sdk/src/generated/";

#[test]
fn each_feature_has_the_code_of_its_golden() {
    for case in cases("goldens/generate") {
        fs::create_dir_all(case.join("generated")).unwrap();
        let output = output(&case);
        let mut written = BTreeSet::new();
        for artifact in output.artifacts.iter().filter(|artifact| artifact.path != NORMALIZED) {
            let path = case.join("generated").join(artifact.path.strip_prefix(FOLDER).unwrap());
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            let code = artifact.content.as_ref().unwrap();
            assert!(
                !code.contains("```") && !code.contains("~~~"),
                "{}: a doctest",
                path.display()
            );
            assert_contents(&path, code);
            written.insert(path);
        }
        for stale in files_of(&case).into_iter().filter(|path| !written.contains(path)) {
            match std::env::var_os("EXPECTORATE") {
                Some(_) => fs::remove_file(&stale).unwrap(),
                None => panic!("{} is not generated any more", stale.display()),
            }
        }
        if case.join("without_docs.txt").exists() {
            let list = output.without_docs.join("\n") + "\n";
            assert_contents(case.join("without_docs.txt"), &list);
        }
    }
}

fn files_of(case: &Path) -> Vec<PathBuf> {
    files(case.join("generated").strip_prefix(root()).unwrap().to_str().unwrap())
}

/// One crate with a module for each golden, and calls of it if the case has `uses.rs`. Methods of the client
/// with one name would clash, so each case has operations with names of its own.
#[test]
fn the_code_of_every_golden_compiles_without_a_warning() {
    let mut sources = Vec::new();
    let (mut modules, mut uses_of) = (String::new(), String::new());
    for case in cases("goldens/generate") {
        let name = case.file_name().unwrap().to_str().unwrap().to_owned();
        if let Ok(uses) = fs::read_to_string(case.join("uses.rs")) {
            sources.push((Path::new("uses").join(format!("{name}.rs")), uses));
            uses_of += &format!("mod {name};\n");
        }
        modules += &format!("/// A golden.\npub mod {name};\n");
        for file in files_of(&case) {
            let inside = file.strip_prefix(case.join("generated")).unwrap();
            let code =
                read(&file).replace("crate::generated", &format!("crate::generated::{name}"));
            sources.push((Path::new("generated").join(&name).join(inside), code));
        }
    }
    sources.push(("generated.rs".into(), modules));
    sources.push(("uses.rs".into(), uses_of));
    check_beside_runtime("goldens", sources);
}

/// Copies the runtime of the SDK into another crate, beside these files of `src`, and compiles it. A warning
/// is a failure.
#[track_caller]
pub fn check_beside_runtime(crate_name: &str, sources: Vec<(PathBuf, String)>) {
    let crates = Path::new(env!("CARGO_TARGET_TMPDIR"));
    let folder = crates.join(crate_name);
    let _ = fs::remove_dir_all(folder.join("src"));
    let runtime = files("sdk/src/runtime").into_iter().chain([root().join("sdk/src/runtime.rs")]);
    for file in runtime {
        write(&folder, file.strip_prefix(root().join("sdk")).unwrap(), &read(&file));
    }
    for (path, text) in sources {
        write(&folder, &Path::new("src").join(path), &text);
    }
    write(&folder, Path::new("src/lib.rs"), &library());
    write(&folder, Path::new("Cargo.toml"), &manifest(crate_name));
    fs::copy(root().join("Cargo.lock"), folder.join("Cargo.lock")).unwrap();
    let check = Command::new(env!("CARGO"))
        .current_dir(&folder)
        .args(["check", "--quiet", "--offline", "--color", "never", "--target-dir"])
        // All these crates have the same dependencies.
        .arg(crates.join("beside_runtime"))
        .output()
        .unwrap();
    let text = String::from_utf8_lossy(&check.stderr);
    assert!(check.status.success() && text.is_empty(), "{text}");
}

fn write(folder: &Path, path: &Path, text: &str) {
    let path = folder.join(path);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    // cargo checks again what is newer than the last time.
    if fs::read_to_string(&path).ok().as_deref() != Some(text) {
        fs::write(path, text).unwrap();
    }
}

/// The library of the SDK without the modules `guide` and `jobs`: the same attributes, the same names.
fn library() -> String {
    let sdk = read("sdk/src/lib.rs");
    let kept = sdk.lines().filter(|line| {
        !line.contains("include_str!")
            && !line.contains("mod guide")
            && !line.contains("mod jobs")
            && !line.contains("use generated")
    });
    let kept = kept.map(|line| match line {
        "mod generated;" => "/// Goldens.\npub mod generated;",
        line => line,
    });
    let kept = kept.collect::<Vec<_>>().join("\n");
    format!("//! Goldens.\n{kept}\n#[allow(dead_code)] // Compiling them is the test.\nmod uses;\n")
}

/// The manifest of a crate outside of the workspace, with the dependencies of the SDK.
fn manifest(crate_name: &str) -> String {
    let sdk = read("sdk/Cargo.toml");
    let (_, features) = sdk.split_once("[features]").unwrap();
    let (features, dependencies) = features.split_once("[dependencies]").unwrap();
    let (dependencies, _) = dependencies.split_once("[dev-dependencies]").unwrap();
    let features: Vec<_> = features.lines().filter(|line| !line.starts_with("default")).collect();
    format!(
        "[package]\nname = \"{crate_name}\"\nversion = \"0.0.0\"\nedition = \"2024\"\n\n[workspace]\n\n[features]\n{}\n[dependencies]{dependencies}",
        features.join("\n")
    )
}
