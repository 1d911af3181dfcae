//! Runs the cases in turns, and prints the medians as one table of ratios.

use std::process::Command;

use crate::case::{PEERS, Peer, WORKS, Work};
use crate::cost::{Cost, median};
use crate::{Result, Server, build};

const ROUNDS: usize = 11;

/// Two minutes of two cores each.
const CHECK_ROUNDS: usize = 3;

/// The first column is the unit of the row, and has the absolute value.
pub(crate) const HEAD: &str = "\
| work | figure | reqwest + serde (unit) | ours | octocrab 0.54.9 | skip only | read only |
| --- | --- | --- | --- | --- | --- | --- |
";

/// The rows on calls and logs.
pub(crate) fn calls() -> Result<String> {
    let costs = costs()?;
    Ok(WORKS.map(|work| rows(work, &costs)).concat())
}

/// The rows on a user's build and on generation.
pub(crate) fn builds() -> Result<String> {
    Ok([checks()?, generation()?].concat())
}

/// The three figures of a work.
fn rows(work: Work, costs: &[(Work, Peer, Cost)]) -> String {
    let values = |of: fn(&Cost) -> Option<f64>| {
        PEERS.map(|peer| {
            let of_case = costs.iter().filter(|case| case.0 == work && case.1 == peer);
            of_case.filter_map(|case| of(&case.2)).collect::<Vec<_>>()
        })
    };
    let peaks =
        values(|cost| cost.peak).into_iter().zip(PEERS).map(|(peaks, peer)| match median(peaks) {
            None if peer.does(work) => "n/a".to_owned(),
            peak => cell(peak, |peak| format!("{:.0} MiB", peak / 1024.0)),
        });
    [
        ratios(name(work), "CPU", &values(|cost| Some(cost.cpu)), time),
        ratios(name(work), "wall", &values(|cost| Some(cost.wall)), time),
        line(name(work), "peak memory", peaks.collect()),
    ]
    .concat()
}

fn name(work: Work) -> &'static str {
    match work {
        Work::Page => "page of 100 jobs",
        Work::GzipPage => "page of 100 jobs, gzip",
        Work::Job => "one job",
        Work::Log => "log of 256 MiB as a stream",
        Work::Tail => "last 1,000 lines of that log (unit: its stream)",
    }
}

/// Every case once in each round.
fn costs() -> Result<Vec<(Work, Peer, Cost)>> {
    let server = Server::start()?;
    let mut costs = Vec::new();
    for round in 1..=ROUNDS {
        eprintln!("round {round} of {ROUNDS}");
        for work in WORKS {
            for peer in PEERS.into_iter().filter(|peer| peer.does(work)) {
                let mut child = Command::new(std::env::current_exe()?);
                child.args(["case", &format!("{work:?}"), &format!("{peer:?}"), &server.url]);
                let output = child.output()?;
                if !output.status.success() {
                    let error = String::from_utf8_lossy(&output.stderr);
                    return Err(format!("{work:?} by {peer:?}: {error}").into());
                }
                costs.push((work, peer, String::from_utf8(output.stdout)?.parse()?));
            }
        }
    }
    Ok(costs)
}

fn checks() -> Result<String> {
    let work = "cold `cargo check` of a user's crate";
    build::fetch()?;
    let mut seconds = build::USERS.map(|_| Vec::new());
    for round in 1..=CHECK_ROUNDS {
        for (seconds, user) in seconds.iter_mut().zip(build::USERS) {
            eprintln!("cold check of {user}, {round} of {CHECK_ROUNDS}");
            seconds.push(build::cold_check(user)?);
        }
    }
    let names = build::USERS.map(build::crate_names).into_iter();
    let names = names.map(|names| names.map(|names| names.to_string()));
    Ok([
        ratios(work, "CPU", &seconds, time),
        line(work, "crate names", names.collect::<Result<_>>()?),
    ]
    .concat())
}

fn generation() -> Result<String> {
    let work = "generate four operations from 18 servers (unit: openapi-to-rust 0.23, from one)";
    eprintln!("generation");
    let Some(pairs) = build::generation(ROUNDS)? else {
        return Ok(line(work, "CPU", vec!["openapi-to-rust 0.23 is not on PATH".to_owned()]));
    };
    let (theirs, ours) = pairs.into_iter().unzip();
    Ok(ratios(work, "CPU", &[theirs, ours], time))
}

/// A row of medians. A ratio is to the unit of the same round, so that a slow minute of the machine
/// slows both.
fn ratios(work: &str, figure: &str, columns: &[Vec<f64>], unit: fn(f64) -> String) -> String {
    let Some((first, others)) = columns.split_first() else { return String::new() };
    let others = others.iter().map(|column| {
        let ratios = column.iter().zip(first).map(|(value, first)| value / first);
        cell(median(ratios.collect()), |ratio| format!("{ratio:.2}"))
    });
    let first = cell(median(first.clone()), unit);
    line(work, figure, std::iter::once(first).chain(others).collect())
}

/// A row; the cells at its end that have no value may be left out.
fn line(work: &str, figure: &str, mut cells: Vec<String>) -> String {
    cells.resize(PEERS.len(), cell(None, time));
    format!("| {work} | {figure} | {} |\n", cells.join(" | "))
}

fn cell(value: Option<f64>, text: impl Fn(f64) -> String) -> String {
    value.map_or_else(|| "-".to_owned(), text)
}

fn time(seconds: f64) -> String {
    match seconds {
        1.0.. => format!("{seconds:.1} s"),
        0.01.. => format!("{:.0} ms", seconds * 1e3),
        _ => format!("{:.0} us", seconds * 1e6),
    }
}
