//! Reads a tarball within limits. It is untrusted: a few kilobytes can unpack to gigabytes.

use std::cell::Cell;
use std::collections::BTreeSet;
use std::fmt;
use std::io::{self, BufRead as _, BufReader, Read};

use anyhow::{Context as _, Result, ensure};
use flate2::bufread::GzDecoder;

use super::LARGEST;
use crate::untrusted::one_line;

/// Limits in bytes.
pub(super) struct Limits {
    /// The whole tarball, unpacked. Releases of `@octokit/openapi` have 0.5 GB.
    unpacked: u64,
    /// One description.
    description: u64,
    /// The headers of one entry: long names and PAX records. The library reads them into memory.
    headers: u64,
}

pub(super) const LIMITS: Limits =
    Limits { unpacked: 2 << 30, description: LARGEST, headers: 64 << 10 };

/// A tarball that is whole, and has other files than a publication.
#[derive(Debug)]
pub(super) struct Layout(pub(super) String);

impl fmt::Display for Layout {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Layout {}

/// A plain file that was accepted.
pub(super) struct File {
    pub(super) name: String,
    pub(super) content: Vec<u8>,
}

/// Calls `each` with the files whose names `wanted` accepts, until `each` returns true. If it never does, the
/// tarball must be complete, without data after its end.
///
/// # Errors
///
/// The tarball is damaged or above a limit, an accepted file is not a plain file or is there twice, or `wanted` or
/// `each` fails.
pub(super) fn read(
    packed: impl Read,
    limits: &Limits,
    wanted: impl Fn(&str) -> Result<bool>,
    mut each: impl FnMut(File) -> Result<bool>,
) -> Result<()> {
    let state = State::default();
    let unpacked = GzDecoder::new(BufReader::new(packed));
    let left = limits.unpacked;
    let mut archive = tar::Archive::new(Limited { unpacked, limits, left, state: &state });
    let mut entries = archive.entries()?;
    let (mut seen, mut unread) = (BTreeSet::new(), 0);
    loop {
        // The library skips what is unread of the last entry, then reads the headers of the next one.
        state.allowed.set(limits.headers.saturating_add(unread));
        let Some(entry) = entries.next() else { break };
        let mut entry = entry.context("cannot read an entry")?;
        unread = entry.size();
        // The zeros of its gaps need no space in the tarball, so they can be endless.
        ensure!(!entry.header().entry_type().is_gnu_sparse(), "has a sparse file");
        // The name of a description is UTF-8.
        let Ok(name) = String::from_utf8(entry.path_bytes().into_owned()) else { continue };
        let shown = || one_line(&name);
        if !wanted(&name).with_context(shown)? {
            continue;
        }
        if !seen.insert(name.clone()) {
            return Err(Layout("is in the tarball twice".to_owned())).with_context(shown);
        }
        let content = content(&mut entry, limits, &state).with_context(shown)?;
        unread = 0;
        if each(File { name, content })? {
            return Ok(());
        }
    }
    ensure!(!state.is_at_end.get(), "is truncated: the end-of-archive marker is missing");
    state.allowed.set(u64::MAX);
    check_end(archive.into_inner())
}

/// The content of an accepted entry: all of it, and not more than the limit.
fn content(
    entry: &mut tar::Entry<'_, impl Read>,
    limits: &Limits,
    state: &State,
) -> Result<Vec<u8>> {
    let (size, limit) = (entry.size(), limits.description);
    ensure!(entry.header().entry_type().is_file(), "is a link or a folder, not a file");
    ensure!(size <= limit, "has {size} bytes, the limit is {limit}");
    state.allowed.set(size);
    let mut content = Vec::new();
    entry.read_to_end(&mut content)?;
    let found = u64::try_from(content.len())?;
    ensure!(found == size, "is truncated: has {found} of {size} bytes");
    Ok(content)
}

/// Refuses data after the end of the archive: other programs may read it. Reading all of it also compares the
/// checksum.
fn check_end<R: Read>(mut rest: Limited<'_, R>) -> Result<()> {
    let mut block = vec![0; 32 << 10];
    loop {
        let read = rest.read(&mut block)?;
        ensure!(
            block.iter().take(read).all(|byte| *byte == 0),
            "has data after the end of the archive"
        );
        if read == 0 {
            break;
        }
    }
    let mut packed = rest.unpacked.into_inner();
    ensure!(packed.fill_buf()?.is_empty(), "has data after the end of the archive");
    Ok(())
}

/// The state that [`read`] shares with its reader.
#[derive(Default)]
struct State {
    /// The number of bytes that may still be read.
    allowed: Cell<u64>,
    is_at_end: Cell<bool>,
}

fn too_large(what: &str, limit: u64) -> io::Error {
    io::Error::other(format!("{what} more than {limit} bytes"))
}

/// Unpacks within the limits.
struct Limited<'s, R> {
    unpacked: GzDecoder<BufReader<R>>,
    limits: &'s Limits,
    /// The number of bytes that may still be unpacked.
    left: u64,
    state: &'s State,
}

impl<R: Read> Read for Limited<'_, R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let read = self.unpacked.read(into)?;
        self.state.is_at_end.set(read == 0);
        let bytes = u64::try_from(read).unwrap_or(u64::MAX);
        self.left = self
            .left
            .checked_sub(bytes)
            .ok_or_else(|| too_large("the unpacked tarball has", self.limits.unpacked))?;
        let allowed = self.state.allowed.get().checked_sub(bytes);
        let allowed = allowed
            .ok_or_else(|| too_large("the headers of an entry have", self.limits.headers))?;
        self.state.allowed.set(allowed);
        Ok(read)
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use flate2::Compression;
    use flate2::write::GzEncoder;

    use super::*;

    const SMALL: Limits = Limits { unpacked: 16 << 10, description: 1000, headers: 2 << 10 };

    fn packed(bytes: &[u8]) -> Vec<u8> {
        let mut packed = GzEncoder::new(Vec::new(), Compression::fast());
        packed.write_all(bytes).unwrap();
        packed.finish().unwrap()
    }

    /// Entries without the end of an archive: `a` is accepted, other names are not.
    fn entries(entries: &[(&str, u8, u64, usize)]) -> Vec<u8> {
        let mut bytes = Vec::new();
        for (name, kind, declared, size) in entries {
            let mut header = tar::Header::new_gnu();
            header.set_path(name).unwrap();
            header.set_entry_type(tar::EntryType::new(*kind));
            header.set_size(*declared);
            header.set_cksum();
            bytes.extend_from_slice(header.as_bytes());
            bytes.resize(bytes.len() + size.next_multiple_of(512), b'x');
        }
        bytes
    }

    fn ended(mut bytes: Vec<u8>) -> Vec<u8> {
        bytes.resize(bytes.len() + 1024, 0);
        bytes
    }

    fn sizes(packed: &[u8]) -> Result<Vec<usize>> {
        let mut sizes = Vec::new();
        read(
            packed,
            &SMALL,
            |name| Ok(name == "a"),
            |file| {
                sizes.push(file.content.len());
                Ok(false)
            },
        )?;
        Ok(sizes)
    }

    #[track_caller]
    fn refused(packed: &[u8], message: &str) {
        let error = format!("{:#}", sizes(packed).unwrap_err());
        assert!(error.contains(message), "{error}");
    }

    #[test]
    fn accepted_files_are_read_and_others_are_skipped() {
        let bytes = [("b", b'0', 9000, 9000), ("a", b'0', 1000, 1000), ("b", b'2', 0, 0)];
        assert_eq!(sizes(&packed(&ended(entries(&bytes)))).unwrap(), [1000]);
    }

    #[test]
    fn each_size_has_a_limit() {
        let of = |all: &[_]| packed(&ended(entries(all)));
        refused(&of(&[("a", b'0', 1001, 1001)]), "a: has 1001 bytes, the limit is 1000");
        refused(
            &of(&[("b", b'0', 9000, 9000), ("b", b'0', 9000, 9000)]),
            "the unpacked tarball has more than 16384 bytes",
        );
        for kind in [b'L', b'K', b'x'] {
            let long = ("b", kind, 3 << 30, 4096);
            refused(&of(&[long]), "the headers of an entry have more than 2048 bytes");
            // Data that was skipped or read earlier does not raise the limit.
            refused(
                &of(&[("b", b'0', 4096, 4096), long]),
                "the headers of an entry have more than 2048 bytes",
            );
            refused(
                &of(&[("a", b'0', 900, 900), long]),
                "the headers of an entry have more than 2048 bytes",
            );
        }
    }

    #[test]
    fn a_cut_or_extended_tarball_is_refused() {
        let whole = ended(entries(&[("a", b'0', 600, 600), ("b", b'0', 600, 600)]));
        for end in (0..whole.len() - 1024).step_by(100) {
            let error = sizes(&packed(&whole[..end]));
            assert!(error.is_err(), "{end} of {} bytes", whole.len());
        }
        refused(
            &packed(&whole[..whole.len() - 1024]),
            "is truncated: the end-of-archive marker is missing",
        );
        refused(
            &packed(&entries(&[("a", b'0', 900, 200)])),
            "a: is truncated: has 512 of 900 bytes",
        );
        let packed_whole = packed(&whole);
        for end in 0..packed_whole.len() {
            assert!(sizes(&packed_whole[..end]).is_err(), "{end} of {} bytes", packed_whole.len());
        }
        let twice = [whole.clone(), whole.clone()].concat();
        refused(&packed(&twice), "has data after the end of the archive");
        refused(
            &[packed_whole.clone(), packed_whole.clone()].concat(),
            "has data after the end of the archive",
        );
        refused(&[&packed_whole[..], b"x"].concat(), "has data after the end of the archive");
        let mut changed = packed_whole.clone();
        let checksum = changed.len() - 8;
        changed[checksum] ^= 1;
        refused(&changed, "corrupt gzip stream");
    }

    #[test]
    fn an_accepted_name_is_one_plain_file() {
        for kind in [b'1', b'2', b'3', b'5', b'6', b'7', b'g', b'V'] {
            refused(&packed(&ended(entries(&[("a", kind, 0, 0)]))), "a: is a link or a folder");
        }
        let twice = [("a", b'0', 10, 10), ("a", b'0', 10, 10)];
        refused(&packed(&ended(entries(&twice))), "a: is in the tarball twice");
        let mut sparse = tar::Header::new_gnu();
        sparse.set_path("b").unwrap();
        sparse.set_entry_type(tar::EntryType::GNUSparse);
        sparse.set_size(0);
        let gnu = sparse.as_gnu_mut().unwrap();
        gnu.realsize = *b"77777777777\0";
        gnu.sparse[0].offset = *b"77777777777\0";
        gnu.sparse[0].numbytes = *b"00000000000\0";
        sparse.set_cksum();
        refused(&packed(&ended(sparse.as_bytes().to_vec())), "has a sparse file");
    }

    #[test]
    fn a_size_that_overflows_is_refused() {
        for size in [u64::MAX, u64::MAX - 600, 1 << 63] {
            for name in ["a", "b"] {
                assert!(
                    sizes(&packed(&ended(entries(&[(name, b'0', size, 0)])))).is_err(),
                    "{size}"
                );
            }
        }
    }
}
