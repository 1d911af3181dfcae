//! Hostile and damaged publications: each is refused with the file, the reason and the remedy, and nothing is
//! written.

use std::fs;
use std::io::Write as _;
use std::path::Path;

use flate2::Compression;
use flate2::write::GzEncoder;
use tempfile::TempDir;
use xtask::artifact::Mode;
use xtask::commands::{self, Options};
use xtask::drift::Format;

use crate::generator::commands::snapshot;
use crate::generator::git::{SMALL, workspace};
use crate::support::root;

const TARBALL: &str = "octokit-openapi-24.0.0.tgz";
const FILE: &str = "package/generated/ghec.json";
const REMEDY: &str = "delete it, and make it again with npm pack @octokit/openapi@24.0.0";

/// The header of an entry that declares this size.
fn header(name: &str, kind: tar::EntryType, declared: u64) -> Vec<u8> {
    let mut header = tar::Header::new_gnu();
    header.set_path(name).unwrap();
    header.set_entry_type(kind);
    header.set_size(declared);
    header.set_cksum();
    header.as_bytes().to_vec()
}

/// A whole entry.
fn file(name: &str, content: &str) -> Vec<u8> {
    let mut entry = header(name, tar::EntryType::Regular, content.len() as u64);
    entry.extend_from_slice(content.as_bytes());
    entry.resize(entry.len().next_multiple_of(512), 0);
    entry
}

/// A folder with a tarball of these entries.
fn packed(entries: &[Vec<u8>]) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    let mut packed = GzEncoder::new(Vec::new(), Compression::fast());
    entries.iter().for_each(|entry| packed.write_all(entry).unwrap());
    packed.write_all(&[0; 1024]).unwrap();
    fs::write(folder.path().join(TARBALL), packed.finish().unwrap()).unwrap();
    folder
}

/// The message of `drift` for a folder.
#[track_caller]
fn refused(folder: &Path) -> String {
    let options = Options {
        from: Some(folder.to_owned()),
        against: None,
        git: None,
        format: Format::Text,
        write: false,
    };
    let before = snapshot(&root().join("spec"));
    let error = format!("{:#}", commands::drift(root(), &options).unwrap_err());
    assert!(before == snapshot(&root().join("spec")), "files were touched");
    error
}

/// The tarball is refused, with the way to get another one.
#[track_caller]
fn damaged(entries: &[Vec<u8>], message: &str) {
    refused_with(entries, message, REMEDY);
}

#[track_caller]
fn refused_with(entries: &[Vec<u8>], message: &str, remedy: &str) {
    let folder = packed(entries);
    let error = refused(folder.path());
    let place = folder.path().join(TARBALL).display().to_string();
    assert!(error.starts_with(&place) && error.ends_with(remedy), "{error}");
    assert!(error.contains(message), "{error}");
}

#[test]
fn long_headers_of_a_tarball_are_not_read_into_memory() {
    for kind in [tar::EntryType::GNULongName, tar::EntryType::GNULongLink, tar::EntryType::XHeader]
    {
        let long = header("x", kind, 3 << 30);
        let message = "the headers of an entry have more than 65536 bytes";
        damaged(&[long.clone(), vec![b'x'; 1 << 20]], message);
        damaged(&[file("package/LICENSE", "MIT"), long, vec![b'x'; 1 << 20]], message);
    }
}

#[test]
fn a_description_that_the_tarball_does_not_have_completely_is_refused() {
    let declared = header(FILE, tar::EntryType::Regular, 1 << 20);
    damaged(&[declared, SMALL.into()], "ghec.json: is truncated: has ");
    let declared = header(FILE, tar::EntryType::Regular, (128 << 20) + 1);
    damaged(&[declared], "ghec.json: has 134217729 bytes, the limit is 134217728");
    let declared = header(FILE, tar::EntryType::Regular, u64::MAX);
    damaged(&[declared], "cannot read an entry: ");
}

#[test]
fn a_server_has_one_description_in_the_folder_of_descriptions() {
    let remedy = "; pin another version in spec/upstream.toml";
    let twice = "ghec.json: is in the tarball twice";
    refused_with(&[file(FILE, SMALL), file(FILE, SMALL)], twice, remedy);
    for place in ["package/ghec.json", "ghec.json", "other/generated/ghec.json"] {
        let message = format!("{place}: is a description outside of package/generated");
        refused_with(&[file(FILE, SMALL), file(place, SMALL)], &message, remedy);
    }
    let absolute = "package/generated/more/ghec.json";
    let message = "is a description outside of package/generated";
    refused_with(&[file(absolute, SMALL)], message, remedy);
}

#[test]
fn a_link_in_the_place_of_a_description_is_refused() {
    for kind in [tar::EntryType::Symlink, tar::EntryType::Link, tar::EntryType::Directory] {
        damaged(&[header(FILE, kind, 0)], "ghec.json: is a link or a folder, not a file");
    }
}

#[test]
fn a_tarball_that_is_cut_or_another_file_is_refused() {
    let folder = packed(&[file(FILE, SMALL)]);
    let path = folder.path().join(TARBALL);
    let whole = fs::read(&path).unwrap();
    fs::write(&path, &whole[..whole.len() - 20]).unwrap();
    assert!(refused(folder.path()).ends_with(REMEDY));
    fs::write(&path, "no tarball").unwrap();
    assert!(refused(folder.path()).contains("invalid gzip header; delete it"));
    fs::remove_file(&path).unwrap();
    fs::create_dir(&path).unwrap();
    assert!(refused(folder.path()).ends_with(".tgz: is not a file"));
}

#[test]
fn the_name_of_an_entry_that_is_not_utf8_is_not_a_description() {
    let mut named = header("x", tar::EntryType::Regular, 0);
    named[..FILE.len()].copy_from_slice(FILE.as_bytes());
    named[FILE.len() - 6] = 0xff;
    let mut header = tar::Header::from_byte_slice(&named).clone();
    header.set_cksum();
    let folder = packed(&[header.as_bytes().to_vec()]);
    assert!(refused(folder.path()).ends_with("has the description of none of the servers"));
}

#[test]
fn what_is_not_a_file_of_a_sensible_size_is_not_read_from_a_folder() {
    let pinned = workspace("https://host.invalid/repository", &"0a".repeat(20));
    let trim = |from: &Path| {
        format!("{:#}", commands::trim(pinned.path(), Some(from), Mode::Write).unwrap_err())
    };
    let folder = tempfile::tempdir().unwrap();
    for name in ["ghec.json", "small.json"] {
        let large = fs::File::create(folder.path().join(name)).unwrap();
        large.set_len((128 << 20) + 1).unwrap();
    }
    let message = ".json: has 134217729 bytes, the limit is 134217728";
    for error in [refused(folder.path()), trim(folder.path())] {
        assert!(error.ends_with(message), "{error}");
    }
    #[cfg(unix)]
    {
        let folder = tempfile::tempdir().unwrap();
        for name in ["ghec.json", "small.json"] {
            std::os::unix::fs::symlink("/dev/null", folder.path().join(name)).unwrap();
        }
        for error in [refused(folder.path()), trim(folder.path())] {
            assert!(error.ends_with(".json: is not a file"), "{error}");
        }
    }
}
