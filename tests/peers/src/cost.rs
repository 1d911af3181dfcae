//! The cost of a case or a build: CPU time, wall time, peak memory.

use std::fmt;
use std::str::FromStr;

use nix::sys::resource::{UsageWho, getrusage};

use crate::Result;

/// The cost of one call, in seconds and KiB.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Cost {
    pub(crate) cpu: f64,
    pub(crate) wall: f64,
    /// Of the whole process; `None` on systems other than Linux.
    pub(crate) peak: Option<f64>,
}

/// The line that a child prints.
impl fmt::Display for Cost {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.cpu, self.wall)?;
        self.peak.map_or(Ok(()), |peak| write!(f, " {peak}"))
    }
}

impl FromStr for Cost {
    type Err = Box<dyn std::error::Error>;

    fn from_str(line: &str) -> Result<Self> {
        let numbers: Vec<f64> =
            line.split_whitespace().map(str::parse).collect::<Result<_, _>>()?;
        match numbers[..] {
            [cpu, wall] => Ok(Self { cpu, wall, peak: None }),
            [cpu, wall, peak] => Ok(Self { cpu, wall, peak: Some(peak) }),
            _ => Err(format!("`{line}` is not a cost").into()),
        }
    }
}

/// User and system time of this process, or of the children that have ended.
pub(crate) fn cpu_seconds(who: UsageWho) -> Result<f64> {
    let usage = getrusage(who)?;
    let times = [usage.user_time(), usage.system_time()];
    Ok(times.iter().map(|time| time.tv_sec() as f64 + time.tv_usec() as f64 / 1e6).sum())
}

/// The peak memory of this process in KiB; `None` on systems other than Linux.
pub(crate) fn peak_memory() -> Option<f64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.trim().strip_suffix(" kB")?.parse().ok()
}

/// The middle value; `None` of no values.
pub(crate) fn median(mut values: Vec<f64>) -> Option<f64> {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied()
}
