//! One whole description cut down to the listed operations, and a scan without trees as the unit.

use std::collections::BTreeMap;

use divan::counter::BytesCount;
use divan::{Bencher, black_box};
use indicatif::{MultiProgress, ProgressDrawTarget};
use serde::Deserialize;
use serde_json::value::RawValue;
use xtask::inputs::operations::Operations;
use xtask::inputs::pins::{Pin, Upstream};
use xtask::inputs::publication::Place;
use xtask::stages::trim;

use crate::root;

const SERVER: &str = "ghes-3.8";

#[divan::bench]
fn trim(bencher: Bencher) {
    let Some((pin, description)) = description() else { return };
    let operations = operations();
    bencher.counter(BytesCount::of_slice(&description)).bench_local(|| {
        trim::trim(black_box(&description), &pin, operations.ids()).expect("the description trims")
    });
}

/// The cheapest reader that finds the listed operations and all components: 1 R.
#[divan::bench]
fn scan(bencher: Bencher) {
    let Some((_, description)) = description() else { return };
    let operations = operations();
    bencher.counter(BytesCount::of_slice(&description)).bench_local(|| {
        let scanned: Scanned<'_> =
            serde_json::from_slice(black_box(&description)).expect("the description scans");
        let all = scanned.paths.into_values().flat_map(BTreeMap::into_values);
        let is_listed = |operation: &&RawValue| {
            let Operation { id } = serde_json::from_str(operation.get()).expect("has an id");
            operations.ids().any(|listed| listed == id)
        };
        (all.filter(is_listed).collect::<Vec<_>>(), scanned.components)
    });
}

/// A description of which only keys are read: its paths by method, its components by section.
#[derive(Deserialize)]
struct Scanned<'a> {
    #[serde(borrow)]
    paths: BTreeMap<&'a str, BTreeMap<&'a str, &'a RawValue>>,
    #[serde(borrow)]
    components: BTreeMap<&'a str, BTreeMap<&'a str, &'a RawValue>>,
}

#[derive(Deserialize)]
struct Operation<'a> {
    #[serde(rename = "operationId")]
    id: &'a str,
}

/// A description as published, where `cargo xtask trim` puts its tarball.
fn description() -> Option<(Pin, Vec<u8>)> {
    let upstream = Upstream::parse(&read("spec/upstream.toml")).expect("reads the pins");
    let pin = upstream.pins.into_iter().find(|pin| pin.server == SERVER).expect("is pinned");
    let mut found = None;
    let hidden = MultiProgress::with_draw_target(ProgressDrawTarget::hidden());
    let read = pin.publication.pinned(&Place::new(root(), None), &hidden, &[&pin], |_, content| {
        found = Some(content);
        Ok(())
    });
    if let Err(error) = read {
        eprintln!("no description of {SERVER}: run cargo xtask trim ({error})");
    }
    found.map(|content| (pin, content))
}

fn operations() -> Operations {
    Operations::parse(&read("spec/operations.toml")).expect("reads the operations")
}

#[expect(clippy::disallowed_methods, reason = "the bench reads its inputs")]
fn read(file: &str) -> String {
    std::fs::read_to_string(root().join(file)).expect("reads a file of spec/")
}
