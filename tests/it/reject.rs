//! Rejections: each folder is an input that must be refused, with the exact words.

use expectorate::assert_contents;
use xtask::pipeline;

use crate::golden::{cases, inputs};

#[test]
fn each_bad_input_is_refused_in_words_that_help() {
    let mut accepted = Vec::new();
    for case in cases("rejections") {
        match inputs(&case).and_then(|inputs| pipeline::run(&inputs)) {
            Ok(_) => accepted.push(case),
            Err(error) => assert_contents(case.join("error.txt"), &format!("error: {error:#}\n")),
        }
    }
    assert!(accepted.is_empty(), "accepted: {accepted:?}");
}
