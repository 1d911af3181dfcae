//! Text of a description or an overlay cannot become code: it changes only literals, documentation and names of the
//! generated code.

mod places;
pub mod rich;
mod skeleton;
mod table;

use std::collections::BTreeSet;

use serde_json::Value;
use xtask::inputs::operations::Operations;
use xtask::inputs::overlay::Overlay;
use xtask::inputs::pins::Pin;
use xtask::inputs::publication::{Publication, npm::Release};
use xtask::pipeline::{self, Inputs, Output};
use xtask::stages::trim;

use crate::generator::golden::{cases, inputs};
use places::{Edit, edited, edits};
use skeleton::{Skeleton, harm, skeleton};

/// Appended to a text. Each ends a literal, a comment or an attribute, begins something else, or is invisible.
const PAYLOADS: [&str; 20] = [
    "*/ fn evil() {} /*",
    "\nfn evil() {}",
    "\"# ] fn evil() {} #[doc = \"",
    "\"; fn evil() {} //",
    "`\n```rust\nevil!()\n```\n",
    "\n\n    evil!();\n",
    "\u{202E}\u{2066} evil",
    "{} {0} {evil} {{",
    "\\",
    "\0",
    "</script><img src=x onerror=evil()>",
    "<!-- ![evil](https://evil.example) ",
    "[evil](javascript:evil) [Evil] [`evil()`]",
    "\r\rfn evil() {}\u{85}\u{2028}\u{b}",
    "\u{AD}\u{61C}\u{180E}\u{200B}\u{FEFF}\u{E0041}evil",
    ")] fn evil() {} #[doc(",
    "$crate::evil!{}",
    "'evil r#fn b\"",
    "/../../evil",
    "\u{1b}]0;evil\u{7}\u{1b}[31m",
];

/// The text with only its letters and digits, so that names have the same length and order.
fn harmless(text: &str) -> [String; 3] {
    let between = |other: &str| -> String {
        let words = text.split(|c: char| !c.is_ascii_alphanumeric());
        words.flat_map(|word| [other, word]).collect()
    };
    [between(" "), between("_"), between("")]
}

/// A description, or a description and an overlay. With an overlay, the description is trimmed first.
struct Case {
    base: Inputs,
    description: Value,
    overlay: Option<Value>,
}

impl Case {
    fn of(base: &Inputs, description: Value, overlay: Option<Value>) -> Self {
        Self { base: base.clone(), description, overlay }
    }

    /// The case with edits of its documents.
    fn with(&self, edits: &[(bool, Edit)], text: &str) -> Self {
        let mut case = Self::of(&self.base, self.description.clone(), self.overlay.clone());
        for (is_overlay, edit) in edits {
            match case.overlay.as_mut().filter(|_| *is_overlay) {
                Some(overlay) => *overlay = edited(overlay, edit, text),
                None => case.description = edited(&case.description, edit, text),
            }
        }
        case
    }

    /// The edits of the description (false) and of the overlay (true).
    ///
    /// Without `INJECTION=all`, each key is changed at one place and at all of them, and beside an overlay only texts
    /// of the description are.
    fn edits(&self) -> Vec<(bool, Edit)> {
        let (mut of_description, mut keys) = (edits(&self.description), BTreeSet::new());
        of_description.retain(|edit| match edit {
            _ if is_long_run() => true,
            Edit::Text(_) => true,
            Edit::Key(at) => {
                self.overlay.is_none() && keys.insert(at.rsplit('/').next().map(str::to_owned))
            }
            Edit::Everywhere(_) => self.overlay.is_none(),
        });
        let of_description = of_description.into_iter().map(|edit| (false, edit));
        let of_overlay = self.overlay.iter().flat_map(edits).map(|edit| (true, edit));
        of_description.chain(of_overlay).collect()
    }

    /// The generated code, or the refusal.
    fn output(&self) -> anyhow::Result<Output> {
        let mut inputs = self.base.clone();
        let mut document = self.description.clone();
        // An id that is edited is listed with the edit.
        inputs.operations = Operations::of(ids_of(&document).iter().map(String::as_str))?;
        if let Some(overlay) = &self.overlay {
            document = trimmed(&document, &inputs.operations)?;
            inputs.overlay = Overlay::parse(&overlay.to_string())?;
        }
        inputs.descriptions[0].document = document;
        pipeline::run(&inputs)
    }
}

/// The ids of all operations of a description.
fn ids_of(document: &Value) -> BTreeSet<String> {
    let items = document["paths"].as_object().into_iter().flatten();
    let operations = items.flat_map(|(_, item)| item.as_object().into_iter().flatten());
    let ids = operations.filter_map(|(_, operation)| operation["operationId"].as_str());
    ids.map(str::to_owned).collect()
}

/// As the command `trim`.
fn trimmed(description: &Value, operations: &Operations) -> anyhow::Result<Value> {
    let source = description.to_string();
    let package = Release { package: "@a/b".into(), version: "1.0.0".into() };
    let publication = Publication::Npm(package);
    let pin =
        Pin::of("ghes-9.9", &publication, "package/generated/ghes-9.9.json", source.as_bytes());
    Ok(trim::trim(source.as_bytes(), &pin, operations.ids())?.document)
}

/// Edits with a text: refused, or nothing but literals, documentation and new names differs from what a harmless
/// text gives. True if it was accepted.
fn holds(
    case: &Case,
    plain: &Skeleton,
    edits: &[(bool, Edit)],
    text: &str,
) -> Result<bool, String> {
    let Ok(output) = case.with(edits, text).output() else { return Ok(false) };
    let which = PAYLOADS.iter().find(|one| **one == text).unwrap_or(&"all payloads");
    let says = |what: String| format!("{edits:?} with {which:?}: {what}");
    let names = Some(&plain.names);
    let hostile = skeleton(&output, names).map_err(says)?;
    if let Some(harm) =
        hostile.docs.iter().find_map(|docs| Some(format!("{} in {docs:?}", harm(docs)?)))
    {
        return Err(says(harm));
    }
    // Most places are not in the code.
    if hostile.files == plain.files {
        return Ok(true);
    }
    let mut nearest = String::new();
    for harmless in harmless(text) {
        let Ok(output) = case.with(edits, &harmless).output() else { continue };
        let harmless = skeleton(&output, names).map_err(says)?;
        if harmless.files == hostile.files {
            return Ok(true);
        }
        if nearest.is_empty() {
            nearest = difference(&harmless, &hostile);
        }
    }
    Err(says(format!("other code: {nearest}")))
}

fn difference(a: &Skeleton, b: &Skeleton) -> String {
    let pair = a.files.iter().zip(&b.files).find(|(a, b)| a != b);
    let Some(((file, a), (other, b))) = pair else { return "another number of files".to_owned() };
    let same = a.bytes().zip(b.bytes()).take_while(|(a, b)| a == b).count();
    let start = same.saturating_sub(80);
    let part = |text: &str| text.get(start..).unwrap_or("").chars().take(200).collect::<String>();
    format!("{file} {other}\n  {}\n  {}", part(a), part(b))
}

/// True with `INJECTION=all`: each payload alone at each place, and more random ones. Takes minutes.
fn is_long_run() -> bool {
    std::env::var_os("INJECTION").is_some()
}

/// Checks every place of a case with all payloads at once and, where that is refused, with some of them alone.
/// Gives the number of places that accepted one, and the faults.
fn check(case: &Case) -> (usize, Vec<String>) {
    let plain = case.output().unwrap_or_else(|error| panic!("{error:#}"));
    let plain = skeleton(&plain, None).unwrap();
    let all = PAYLOADS.concat();
    // Names with other characters may be refused.
    let visible: String = all.chars().filter(|c| !c.is_control() && c.is_ascii()).collect();
    let alone = |edit: &[(bool, Edit)]| -> Result<bool, String> {
        let mut accepted = holds(case, &plain, edit, &visible)?;
        for text in PAYLOADS.into_iter().filter(|_| is_long_run()) {
            accepted |= holds(case, &plain, edit, text)?;
        }
        Ok(accepted)
    };
    // Texts with one key are edited together, which is faster; each is edited alone if they are refused.
    let place = |edits: &[(bool, Edit)]| -> Vec<Result<bool, String>> {
        match holds(case, &plain, edits, &all) {
            Ok(false) => {}
            held => return vec![held; edits.len()],
        }
        let each = edits.chunks(1).map(|edit| {
            let is_accepted = edits.len() > 1 && holds(case, &plain, edit, &all)?;
            if is_accepted { Ok(true) } else { alone(edit) }
        });
        each.collect()
    };
    let edits = case.edits();
    let edits: Vec<_> = edits.chunk_by(|(_, a), (_, b)| a.is_alike(b)).collect();
    let found: Vec<_> = edits.into_iter().flat_map(place).collect();
    let accepted = found.iter().filter(|place| matches!(place, Ok(true))).count();
    (accepted, found.into_iter().filter_map(Result::err).collect())
}

fn rich(overlay: Option<Value>) -> Case {
    let base = inputs(&cases("goldens/generate")[0]).unwrap();
    Case::of(&base, rich::description(), overlay)
}

#[test]
fn text_in_any_place_of_a_description_changes_only_literals_docs_and_names() {
    let (accepted, faults) = check(&rich(None));
    assert!(faults.is_empty(), "{}", faults.join("\n\n"));
    assert!(accepted > 150, "{accepted} places accepted a text");
}

#[test]
fn text_in_any_place_of_an_overlay_changes_only_literals_docs_and_names() {
    let (accepted, faults) = check(&rich(Some(rich::overlay())));
    assert!(faults.is_empty(), "{}", faults.join("\n\n"));
    assert!(accepted > 50, "{accepted} places accepted a text");
}

#[test]
fn texts_in_random_places_change_only_literals_docs_and_names() {
    let mut random = fastrand::Rng::with_seed(15);
    let (mut accepted, runs) = (0, if is_long_run() { 5000 } else { 60 });
    let cases = [rich(None), rich(Some(rich::overlay()))];
    let plain = cases.each_ref().map(|case| skeleton(&case.output().unwrap(), None).unwrap());
    let texts = cases.each_ref().map(|case| {
        let is_free = |edit: &Edit| match edit {
            Edit::Text(at) => {
                !["type", "in", "$ref", "style", "format"].iter().any(|key| at.ends_with(key))
            }
            _ => false,
        };
        case.edits().into_iter().filter(|(_, edit)| is_free(edit)).collect::<Vec<_>>()
    });
    for _ in 0..runs {
        let case = random.usize(0..cases.len());
        let edits = random.choose_multiple(&texts[case], random.clone().usize(1..4));
        let edits: Vec<_> = edits.into_iter().cloned().collect();
        let payloads = (0..random.usize(1..5)).map(|_| PAYLOADS[random.usize(0..PAYLOADS.len())]);
        let text: String = payloads.collect();
        accepted += usize::from(holds(&cases[case], &plain[case], &edits, &text).unwrap());
    }
    assert!(accepted > runs / 5, "{accepted} of {runs} were accepted");
}
