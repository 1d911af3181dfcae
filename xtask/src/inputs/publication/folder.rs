//! Descriptions as plain files in the folder given with `--from`.

#![expect(
    clippy::disallowed_types,
    clippy::disallowed_methods,
    reason = "reads descriptions and opens tarballs"
)]

use std::fs::{self, File};
use std::io::Read as _;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, ensure};

use super::{LARGEST, PACKED, server};
use crate::inputs::pins::Pin;

/// Reads a pinned file: at its path in the repository, or else as `<server>.json`.
pub(super) fn read(folder: &Path, pin: &Pin) -> Result<Vec<u8>> {
    let place = folder.join(&pin.file);
    let place = if place.exists() { place } else { folder.join(format!("{}.json", pin.server)) };
    ensure!(
        place.exists(),
        "{}: put the file there, or check out {} in {}",
        place.display(),
        pin.publication,
        folder.display()
    );
    content(&place)
}

/// Opens a file. Refuses anything else: opening a pipe waits for a writer, and a device can be endless.
pub(super) fn open(path: &Path) -> Result<File> {
    let shown = || path.display().to_string();
    let is_file = fs::metadata(path).with_context(shown)?.is_file();
    ensure!(is_file, "{}: is not a file", shown());
    File::open(path).with_context(shown)
}

/// The content of a file within the limit.
fn content(path: &Path) -> Result<Vec<u8>> {
    let shown = || path.display().to_string();
    let file = open(path)?;
    let size = file.metadata().with_context(shown)?.len();
    ensure!(size <= LARGEST, "{}: has {size} bytes, the limit is {LARGEST}", shown());
    let mut content = Vec::new();
    // The file can grow meanwhile.
    file.take(LARGEST + 1).read_to_end(&mut content).with_context(shown)?;
    let size = u64::try_from(content.len())?;
    ensure!(size <= LARGEST, "{}: has more than {LARGEST} bytes", shown());
    Ok(content)
}

/// Calls `each` with every description in a folder whose server `wanted` accepts, in the order of file names.
pub(super) fn descriptions(
    folder: &Path,
    wanted: impl Fn(&str) -> bool,
    mut each: impl FnMut(&str, &str, Vec<u8>) -> Result<()>,
) -> Result<()> {
    let place = unpacked_in(folder)
        .with_context(|| format!("{}: contains no description", folder.display()))?;
    let entries = fs::read_dir(&place)?.collect::<Result<Vec<_>, _>>()?;
    let mut names: Vec<_> =
        entries.iter().map(|entry| entry.file_name().to_string_lossy().into_owned()).collect();
    names.sort();
    for name in names {
        if let Some(server) = server(&name).filter(|server| wanted(server)) {
            let path = place.join(&name);
            let content = content(&path)?;
            each(server, &name, content).with_context(|| path.display().to_string())?;
        }
    }
    Ok(())
}

/// The folder below this one that contains unpacked descriptions: a folder of the tarball, or this folder itself.
pub(crate) fn unpacked_in(folder: &Path) -> Option<PathBuf> {
    let places = [PACKED, "generated", ""].map(|place| folder.join(place));
    places.into_iter().find(|place| {
        let entries = fs::read_dir(place).into_iter().flatten().flatten();
        let names = entries.map(|entry| entry.file_name().to_string_lossy().into_owned());
        let is_server = |server: &str| server.starts_with("gh") || server == "api.github.com";
        names.into_iter().any(|name| server(&name).is_some_and(is_server))
    })
}
