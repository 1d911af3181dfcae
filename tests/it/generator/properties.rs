//! No description and no overlay leads to a panic or a hang, and each error names the file and the place.
//!
//! `PROPERTY_SECONDS=600 cargo test -p tests --test it properties` runs each property for ten minutes.

mod mutation;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::LazyLock;
use std::sync::mpsc;
use std::time::{Duration, Instant};

use proptest::prelude::*;
use proptest::sample::{Index, select};
use proptest::test_runner::{Config, RngAlgorithm, TestCaseError, TestRng, TestRunner};
use serde_json::Value;
use xtask::inputs::operations::Operations;
use xtask::inputs::overlay::Overlay;
use xtask::inputs::pins::Pin;
use xtask::inputs::publication::{Publication, npm::Release};
use xtask::openapi::json;
use xtask::pipeline::{self, Description, Inputs};
use xtask::stages::trim;

use crate::generator::golden::{cases, inputs};
use crate::generator::injection::rich;
use mutation::{Mutation, json, mutated, mutations};

/// The inputs of all goldens: valid descriptions with each supported construct.
static BASES: LazyLock<Vec<Inputs>> = LazyLock::new(|| {
    let groups = ["goldens/generate", "goldens/normalize", "goldens/merge"];
    let folders = groups.into_iter().flat_map(cases);
    let mut bases: Vec<Inputs> = folders.map(|folder| inputs(&folder).unwrap()).collect();
    let mut rich = bases[0].clone();
    rich.descriptions[0].document = rich::description();
    rich.operations = Operations::of(["things/get", "things/list", "things/logs"]).unwrap();
    rich.overlay = Overlay::parse(&rich::overlay().to_string()).unwrap();
    bases.extend(vec![rich; 10]);
    bases
});

/// The time after which a case counts as a hang. A case takes milliseconds.
const HANG: Duration = Duration::from_secs(60);

/// Checks a property with the same 40 values each time, or with random ones for `PROPERTY_SECONDS`.
fn check<V: Clone + Send + std::fmt::Debug + 'static>(
    values: impl Strategy<Value = V>,
    property: fn(V) -> Result<(), String>,
) {
    let config = |cases| Config {
        cases,
        failure_persistence: None,
        max_shrink_time: 60_000,
        ..Config::default()
    };
    let run = |runner: &mut TestRunner| {
        let result =
            runner.run(&values, |value| answer(value, property).map_err(TestCaseError::fail));
        result.unwrap_or_else(|error| panic!("{error}"));
    };
    let seconds = std::env::var("PROPERTY_SECONDS").ok().map(|seconds| seconds.parse().unwrap());
    let Some(seconds) = seconds else {
        let random = TestRng::deterministic_rng(RngAlgorithm::ChaCha);
        return run(&mut TestRunner::new_with_rng(config(40), random));
    };
    let (start, mut cases) = (Instant::now(), 0);
    while start.elapsed() < Duration::from_secs(seconds) {
        run(&mut TestRunner::new(config(100)));
        cases += 100;
    }
    println!("{cases} cases in {} s", start.elapsed().as_secs());
}

/// Checks one value. A panic and a hang are failures.
fn answer<V: Send + 'static>(
    value: V,
    property: fn(V) -> Result<(), String>,
) -> Result<(), String> {
    let (send, receive) = mpsc::channel();
    // As much stack as the main thread of a program has.
    let thread = std::thread::Builder::new().stack_size(8 << 20);
    let work = move || {
        let result = catch_unwind(AssertUnwindSafe(|| property(value)));
        let _ = send.send(result.unwrap_or_else(|_| Err("a panic".to_owned())));
    };
    thread.spawn(work).unwrap();
    receive.recv_timeout(HANG).unwrap_or_else(|_| Err("no answer after a minute".to_owned()))
}

/// An error is printable, and names one of the files and a place in it.
fn has_place(error: &anyhow::Error, files: &[&str]) -> Result<(), String> {
    let error = format!("{error:#}");
    let names_file = files.is_empty() || files.iter().any(|file| error.contains(file));
    let places = [": #/", ": #:", "\n  #/", "\n#/", "line ", "is empty"];
    let names_place = error.starts_with('#') || places.iter().any(|place| error.contains(place));
    let is_printable = !error.chars().any(|c| c != '\n' && c.is_control());
    match names_file && names_place && is_printable {
        true => Ok(()),
        false => Err(format!("the error does not name the place, or is not printable: {error:?}")),
    }
}

/// A base and edits of it.
fn description() -> impl Strategy<Value = (usize, Vec<Mutation>)> + Clone {
    (0..BASES.len(), mutations(6))
}

fn pin(source: &[u8]) -> Pin {
    let package = Release { package: "@a/b".into(), version: "1.0.0".into() };
    Pin::of("ghes-9.9", &Publication::Npm(package), "package/generated/ghes-9.9.json", source)
}

#[test]
fn a_text_that_is_read_is_json_or_refused_with_the_line_or_pointer() {
    let edits = prop::collection::vec((any::<Index>(), any::<u8>(), 0..3u8), 0..4);
    check((description(), edits), |((base, mutations), edits)| {
        let document = mutated(&BASES[base].descriptions[0].document, &mutations);
        let mut bytes = document.to_string().into_bytes();
        for (at, byte, kind) in edits {
            let at = at.index(bytes.len().max(1));
            match kind {
                _ if bytes.is_empty() => {}
                0 => bytes[at] = byte,
                1 => bytes.truncate(at),
                _ => bytes.extend_from_within(at..),
            }
        }
        let (pin, ids) = (pin(&bytes), ["things/get"]);
        for error in [json::parse(&bytes).err(), trim::trim(&bytes, &pin, ids).err()] {
            error.map_or(Ok(()), |error| {
                let error = format!("{error:#}");
                let places = ["#/", "line ", "is empty", "byte"];
                let is_placed = places.iter().any(|place| error.contains(place));
                if is_placed { Ok(()) } else { Err(error) }
            })?;
        }
        Ok(())
    });
}

#[test]
fn any_description_is_trimmed_or_refused_with_the_place() {
    check(description(), |(base, mutations)| {
        let base = &BASES[base];
        let source = mutated(&base.descriptions[0].document, &mutations).to_string();
        let trimmed = trim::trim(source.as_bytes(), &pin(source.as_bytes()), base.operations.ids());
        match trimmed {
            // Trimming twice gives the same document.
            Ok(trimmed) => {
                let source = trimmed.document.to_string();
                let again =
                    trim::trim(source.as_bytes(), &pin(source.as_bytes()), base.operations.ids());
                let mut again = again.map_err(|error| format!("again: {error:#}"))?.document;
                again["x-source"] = trimmed.document["x-source"].clone();
                if again == trimmed.document {
                    Ok(())
                } else {
                    Err("trimming again changes it".into())
                }
            }
            Err(error) => has_place(&error, &[]),
        }
    });
}

#[test]
fn any_json_is_read_or_refused_with_the_place() {
    check((json(), 0..BASES.len()), |(document, base)| {
        let mut inputs = BASES[base].clone();
        inputs.descriptions.truncate(1);
        inputs.base = inputs.descriptions[0].server.clone();
        let source = document.to_string();
        if let Err(error) = trim::trim(source.as_bytes(), &pin(source.as_bytes()), ["things/get"]) {
            has_place(&error, &[])?;
        }
        inputs.descriptions[0].document = document;
        refused_with_place(&inputs)
    });
}

/// The generator takes the inputs, or names the place.
fn refused_with_place(inputs: &Inputs) -> Result<(), String> {
    let Err(error) = pipeline::run(inputs) else { return Ok(()) };
    let mut files: Vec<&str> = inputs.descriptions.iter().map(|one| one.file.as_str()).collect();
    // A conflict names the servers.
    files.extend(inputs.descriptions.iter().map(|one| one.server.as_str()));
    files.extend(["spec/overlay.yaml", "the merged descriptions"]);
    has_place(&error, &files)
}

#[test]
fn any_description_is_generated_or_refused_with_the_place() {
    check(description(), |(base, mutations)| {
        let mut inputs = BASES[base].clone();
        for description in &mut inputs.descriptions {
            description.document = mutated(&description.document, &mutations);
        }
        refused_with_place(&inputs)
    });
}

#[test]
fn any_descriptions_are_merged_or_refused_with_the_place() {
    let others = prop::collection::vec(mutations(3), 1..4);
    check((description(), others), |((base, mutations), others)| {
        let mut inputs = BASES[base].clone();
        let first = inputs.descriptions.pop().unwrap();
        inputs.descriptions.clear();
        let document = mutated(&first.document, &mutations);
        for (index, mutations) in others.iter().enumerate() {
            let server = format!("ghes-3.{index}");
            let document = mutated(&document, mutations);
            inputs.descriptions.push(Description {
                file: format!("spec/trimmed/{server}.json"),
                server,
                document,
            });
        }
        inputs.descriptions.push(Description { document, ..first });
        refused_with_place(&inputs)
    });
}

#[test]
fn any_overlay_is_applied_or_refused_with_the_action() {
    let target = select(vec![
        "$",
        "$.*",
        "$..*",
        "$.paths",
        "$..[?@.type == 'string']",
        "$.components.schemas.thing",
        "$[",
        "$..description",
        "$.components.schemas[?match(@.type, '(a*)*b')]",
        "$.paths.*.get.parameters[-1]",
        "$[::0]",
        "$['\u{0}']",
    ]);
    check(
        (mutations(5), target, any::<Index>(), json()),
        move |(mutations, target, at, update)| {
            let mut overlay = mutated(&rich::overlay(), &mutations);
            if let Some(Value::Array(actions)) = overlay.get_mut("actions")
                && !actions.is_empty()
            {
                let at = at.index(actions.len());
                if let Value::Object(action) = &mut actions[at] {
                    action.insert("target".into(), target.into());
                    action.insert("update".into(), update);
                }
            }
            let mut inputs = BASES.last().unwrap().clone();
            match Overlay::parse(&overlay.to_string()) {
                Ok(overlay) => inputs.overlay = overlay,
                Err(error) => return has_place(&error, &[]),
            }
            refused_with_place(&inputs)
        },
    );
}
