//! Rejections: each folder of `rejections/` is an input that must be refused, with the exact message.
//!
//! `EXPECTORATE=overwrite cargo test -p tests reject` writes them anew; read each as a user would.

use expectorate::assert_contents;
use xtask::pipeline;

use crate::generator::golden::{cases, inputs};

#[test]
fn each_bad_input_is_refused_with_its_message() {
    let mut accepted = Vec::new();
    for case in cases("rejections") {
        match inputs(&case).and_then(|inputs| pipeline::run(&inputs)) {
            Ok(_) => accepted.push(case),
            Err(error) => assert_contents(case.join("error.txt"), &format!("error: {error:#}\n")),
        }
    }
    assert!(accepted.is_empty(), "accepted: {accepted:#?}");
}
