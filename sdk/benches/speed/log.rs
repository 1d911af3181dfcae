//! A job's log: lines of 40 to 160 bytes. Each line starts with a time.

use std::fmt::Write as _;

use fastrand::Rng;

const MEBIBYTE: usize = 1 << 20;

/// A log of 1 MiB. The last line is cut, but ends with a line feed.
pub(crate) fn mebibyte() -> Vec<u8> {
    let mut rng = Rng::with_seed(11);
    let mut log = String::with_capacity(MEBIBYTE + 256);
    while log.len() < MEBIBYTE {
        let (second, fraction) = (rng.u32(0..60), rng.u32(0..10_000_000));
        let text: String = (0..rng.usize(12..130)).map(|_| rng.alphanumeric()).collect();
        // Writing to a string cannot fail.
        let _ = writeln!(log, "2026-11-25T10:00:{second:02}.{fraction:07}Z {text}");
    }
    log.truncate(MEBIBYTE - 1);
    log.push('\n');
    log.into_bytes()
}
