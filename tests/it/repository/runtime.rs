//! `sdk/src/runtime` can be copied into another crate.

use crate::generator::code::check_beside_runtime;
use crate::support::{files, read, root};

/// The other crate has an empty module `generated`. So an item of the runtime that only generated code uses
/// needs `#[allow(dead_code, reason = "..")]`, and an item that only `jobs` uses belongs into `jobs` or is
/// public.
#[test]
fn the_runtime_compiles_in_another_crate_without_a_warning() {
    let empty = |path: &str| (path.into(), "//! Empty.\n".to_owned());
    check_beside_runtime("copy", vec![empty("generated.rs"), empty("uses.rs")]);
}

/// Texts of lines that hold for this crate only, in lower case. `run`, `step`, `log` and `workflow` are not
/// listed: these words also occur in sentences about any API.
const OF_THIS_CRATE: [&str; 6] = [
    "job",         // jobs, their ids, operations and types, and the name of the crate
    "conclusion",  // the types whose names do not contain `Job`
    "runid",       //
    "stepstatus",  //
    "generated::", // the module, but not sentences about generated code
    "mod generated",
];

#[test]
fn no_line_of_the_runtime_names_its_crate_generated_items_or_jobs() {
    let runtime = files("sdk/src/runtime").into_iter().chain([root().join("sdk/src/runtime.rs")]);
    let mut lines = Vec::new();
    for file in runtime {
        let name = file.strip_prefix(root()).unwrap().display().to_string();
        for (number, line) in (1..).zip(read(&file).lines()) {
            let lower = line.to_lowercase();
            if OF_THIS_CRATE.iter().any(|text| lower.contains(text)) {
                lines.push(format!("{name}:{number}: {}", line.trim()));
            }
        }
    }
    assert!(lines.is_empty(), "{} lines:\n{}", lines.len(), lines.join("\n"));
}
