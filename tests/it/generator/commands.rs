//! The commands, on a copy of the project: what they say, and that they leave alone what they refuse.

use std::fs;
use std::path::Path;

use tempfile::TempDir;
use xtask::artifact::Mode;
use xtask::commands;
use xtask::inputs::pins::Upstream;

use crate::support::{files, read, root, sha256};

/// The inputs and the generated files, in a folder of their own.
pub fn copy() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    for path in files("spec").into_iter().chain(files("sdk/src")) {
        let target = folder.path().join(path.strip_prefix(root()).unwrap());
        fs::create_dir_all(target.parent().unwrap()).unwrap();
        fs::copy(&path, target).unwrap();
    }
    folder
}

fn edit(root: &Path, file: &str, from: &str, to: &str) {
    let text = fs::read_to_string(root.join(file)).unwrap();
    assert!(text.contains(from), "{file}: {from}");
    fs::write(root.join(file), text.replacen(from, to, 1)).unwrap();
}

/// All files with their content.
pub fn snapshot(folder: &Path) -> Vec<(String, Vec<u8>)> {
    let mut all = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                all.push((path.display().to_string(), fs::read(&path).unwrap()));
            }
        }
    }
    all.sort();
    all
}

/// What a command says that must fail, and that it touched nothing.
#[track_caller]
fn refused(folder: &TempDir, run: impl Fn(&Path) -> anyhow::Result<()>) -> String {
    let before = snapshot(folder.path());
    let error = run(folder.path()).unwrap_err();
    assert!(before == snapshot(folder.path()), "files were touched");
    format!("{error:#}")
}

#[test]
fn a_stale_file_is_named_with_the_cause_and_the_command() {
    let types = "sdk/src/generated/jobs/types.rs";
    for (file, from, to, stale, cause) in [
        (
            types,
            "pub struct Job ",
            "pub struct Jobb ",
            types,
            "a generated file was edited by hand",
        ),
        (
            "spec/normalized.json",
            "get_job",
            "got_job",
            "spec/normalized.json",
            "spec/normalized.json was edited by hand",
        ),
        (
            "spec/overlay.yaml",
            "The job or step succeeded.",
            "It succeeded.",
            "spec/normalized.json, sdk/src/generated/jobs/types.rs",
            "spec/overlay.yaml changed",
        ),
        (
            "spec/README.md",
            "since GHES 3.9",
            "since GHES 3.7",
            "spec/README.md",
            "a generated file was edited by hand",
        ),
        (
            "spec/trimmed/ghes-3.9.json",
            "\"pending\"",
            "\"waits\"",
            "spec/normalized.json, sdk/src/generated/runs/types.rs, spec/README.md",
            "spec/trimmed/ghes-3.9.json changed",
        ),
        (
            "spec/operations.toml",
            "\"get_job\"",
            "\"job\"",
            "spec/normalized.json, sdk/src/generated/mod.rs, sdk/src/generated/jobs/client.rs",
            "spec/operations.toml changed",
        ),
        // A correction expects what upstream says.
        ("spec/trimmed/ghes-3.8.json", "\"default\": 30", "\"default\": 31", "", ""),
    ] {
        let folder = copy();
        edit(folder.path(), file, from, to);
        let says = refused(&folder, |root| commands::generate(root, Mode::Check));
        if stale.is_empty() {
            assert!(says.starts_with("spec/overlay.yaml: #/actions/"), "{says}");
            continue;
        }
        assert!(says.starts_with(&format!("not up to date: {stale}")), "{says}");
        assert!(says.contains(cause), "{says}");
        assert!(says.ends_with("to fix it: cargo xtask generate"), "{says}");
    }
}

#[test]
fn generate_mends_what_check_names_and_then_has_nothing_to_do() {
    let folder = copy();
    let before = snapshot(folder.path());
    edit(folder.path(), "sdk/src/generated/jobs/types.rs", "pub struct Job ", "pub struct Jobb ");
    fs::write(folder.path().join("sdk/src/generated/jobs/extra.rs"), "").unwrap();
    commands::generate(folder.path(), Mode::Write).unwrap();
    assert!(before == snapshot(folder.path()));
    commands::generate(folder.path(), Mode::Check).unwrap();
}

#[test]
fn inputs_that_do_not_fit_together_are_refused() {
    for (file, from, to, says) in [
        (
            "spec/upstream.toml",
            "sha256 = \"7042",
            "sha256 = \"8042",
            "spec/trimmed/ghes-3.4.json#/x-servers/ghes-3.4/source: is not what spec/upstream.toml pins",
        ),
        (
            "spec/upstream.toml",
            "server = \"ghec\"",
            "server = \"ghec2\"",
            "spec/trimmed/ghec2.json: run cargo xtask trim",
        ),
        // A server is not pinned any more.
        (
            "spec/upstream.toml",
            "server = \"ghes-3.9\"",
            "server = \"ghes-3.9.1\"\ntrimmed = \"ghes-3.9\"",
            "spec/trimmed/ghes-3.9.json#/x-servers/ghes-3.9.1/source: is not what",
        ),
        (
            "spec/trimmed/ghes-3.9.json",
            "\"x-servers\": {",
            "\"x-servers\": {\"ghes-3.3\": {},",
            "spec/trimmed/ghes-3.9.json#/x-servers/ghes-3.3: is not what spec/upstream.toml pins",
        ),
        (
            "spec/upstream.toml",
            "base = \"ghes-3.8\"",
            "base = \"ghes-3.3\"",
            "base: server `ghes-3.3` is not pinned",
        ),
        (
            "spec/operations.toml",
            "get-job-for",
            "get-jop-for",
            "is not listed in spec/operations.toml; did you mean",
        ),
        (
            "spec/overlay.yaml",
            "target: $.components.schemas.job.properties.id",
            "target: $.components.schemas.jop",
            "matches nothing",
        ),
        (
            "spec/overlay.yaml",
            "overlay: 1.1.0",
            "overlay: 2.0.0",
            "#/overlay: version `2.0.0` is not supported",
        ),
        (
            "spec/trimmed/ghes-3.8.json",
            "#/components/schemas/job\"",
            "#/components/schemas/jobs\"",
            "`#/components/schemas/jobs` does not exist; did you mean `job`?",
        ),
        (
            "spec/trimmed/ghes-3.8.json",
            "\"openapi\"",
            "\"components\"",
            "#/components: duplicate key",
        ),
    ] {
        let folder = copy();
        edit(folder.path(), file, from, to);
        let error = refused(&folder, |root| commands::generate(root, Mode::Write));
        assert!(error.contains(says), "{error}");
    }
}

#[test]
fn a_server_that_shares_the_file_of_another_needs_equal_facts() {
    let upstream = Upstream::parse(&read("spec/upstream.toml")).unwrap();
    let (server, file) = upstream.shared.first_key_value().unwrap();
    let position = upstream.pins.iter().position(|pin| pin.server == *server).unwrap();
    let sha256 = &upstream.pins[position].sha256;
    let named = format!("trimmed = \"{file}\"");
    for (from, to, says) in [
        // Its pin changes, and the file does not.
        (
            sha256,
            format!("{:0>64}", &sha256[1..]),
            format!(
                "spec/trimmed/{file}.json#/x-servers/{server}/source: is not what spec/upstream.toml pins; \
                 run cargo xtask trim"
            ),
        ),
        // It names the file of a server with other facts, its own, or none that can be a file.
        (
            &named,
            "trimmed = \"ghes-3.8\"".to_owned(),
            format!("spec/trimmed/ghes-3.8.json#/x-servers/{server}/source: is not what"),
        ),
        (&named, String::new(), format!("spec/trimmed/{server}.json: run cargo xtask trim")),
        (
            &named,
            format!("trimmed = \"../{file}\""),
            format!("description[{position}]: trimmed `../{file}` is not the name of a server"),
        ),
    ] {
        let folder = copy();
        edit(folder.path(), "spec/upstream.toml", from, &to);
        let error = refused(&folder, |root| commands::generate(root, Mode::Write));
        assert!(error.contains(&says), "{error}");
    }
}

/// A tarball as `npm pack` makes them, with one small description.
pub fn tarball(folder: &Path, name: &str, file: &str, description: &[u8]) {
    let mut header = tar::Header::new_gnu();
    header.set_size(description.len() as u64);
    header.set_mode(0o644);
    header.set_cksum();
    let packed = fs::File::create(folder.join(name)).unwrap();
    let mut archive =
        tar::Builder::new(flate2::write::GzEncoder::new(packed, flate2::Compression::fast()));
    archive.append_data(&mut header, file, description).unwrap();
    archive.into_inner().unwrap().finish().unwrap();
}

#[test]
fn trim_takes_the_pinned_bytes_and_no_others() {
    let description = br#"{"openapi":"3.0.3","info":{"title":"T","version":"1"},"paths":{"/a":{"get":{"operationId":"a/get","responses":{}}}}}"#;
    let hash = sha256(description);
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir_all(folder.path().join("spec")).unwrap();
    let pin = format!(
        "base = \"small\"\n[[description]]\nserver = \"small\"\npackage = \"@a/b\"\nversion = \"1.0.0\"\n\
         file = \"package/small.json\"\nbytes = {}\nsha256 = \"{hash}\"\n",
        description.len()
    );
    fs::write(folder.path().join("spec/upstream.toml"), pin).unwrap();
    fs::write(folder.path().join("spec/operations.toml"), "[[operation]]\nid = \"a/get\"\n")
        .unwrap();
    let trim = |mode| move |root: &Path| commands::trim(root, Some(root), mode);

    let missing = refused(&folder, trim(Mode::Write));
    assert!(missing.contains("a-b-1.0.0.tgz: make it there with npm pack @a/b@1.0.0"), "{missing}");

    tarball(
        folder.path(),
        "a-b-1.0.0.tgz",
        "package/small.json",
        &description.map(|byte| if byte == b'T' { b'U' } else { byte }),
    );
    let changed = refused(&folder, trim(Mode::Write));
    assert!(
        changed.contains("package/small.json in ") && changed.contains("sha-256 is "),
        "{changed}"
    );
    assert!(changed.contains(&hash), "{changed}");

    tarball(folder.path(), "a-b-1.0.0.tgz", "package/small.json", description);
    let stale = refused(&folder, trim(Mode::Check));
    assert!(stale.starts_with("not up to date: spec/trimmed/small.json"), "{stale}");
    commands::trim(folder.path(), Some(folder.path()), Mode::Write).unwrap();
    commands::trim(folder.path(), Some(folder.path()), Mode::Check).unwrap();
}
