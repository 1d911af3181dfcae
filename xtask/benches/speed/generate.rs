//! The four operations from 18 servers, and raw progenitor as the unit.

use divan::Bencher;
use progenitor::{GenerationSettings, Generator, InterfaceStyle};
use xtask::pipeline::{self, Inputs, NORMALIZED};
use xtask::workspace;

use crate::root;

#[divan::bench]
fn generate(bencher: Bencher) {
    let inputs = inputs();
    bencher.bench_local(|| pipeline::run(&inputs).expect("the inputs generate"));
}

/// progenitor alone on the normalized document, in its Builder style, with paths: 1 P.
#[divan::bench]
fn raw_progenitor(bencher: Bencher) {
    #[expect(clippy::disallowed_methods, reason = "the bench reads its input")]
    let text = std::fs::read_to_string(root().join(NORMALIZED)).expect("reads the document");
    bencher.bench_local(|| {
        let document = serde_json::from_str(&text).expect("the document is OpenAPI 3.0");
        let mut settings = GenerationSettings::new();
        settings.with_interface(InterfaceStyle::Builder);
        let tokens = Generator::new(&settings).generate_tokens(&document);
        let file = syn::parse2(tokens.expect("progenitor takes the document"));
        prettyplease::unparse(&file.expect("progenitor's output is Rust"))
    });
}

fn inputs() -> Inputs {
    workspace::inputs(root()).expect("reads spec/")
}
