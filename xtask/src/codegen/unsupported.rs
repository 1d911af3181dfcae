//! Operations that the document can express but the generator cannot emit yet: one line each.

use crate::document::{Answer, Document, Kind, Method, Operation, Success};
use crate::openapi::refusal::{Refusal, Refusals};

/// The operations that cannot be emitted yet.
pub(crate) fn unsupported(document: &Document) -> Refusals {
    let mut refusals = Refusals::default();
    for operation in &document.operations {
        for problem in problems(operation) {
            refusals.push(Refusal {
                at: operation.at.clone(),
                servers: operation
                    .servers
                    .of(&document.servers)
                    .into_iter()
                    .map(str::to_owned)
                    .collect(),
                problem: format!("`{}` {problem}, which is not supported", operation.name),
                remedy: "remove the operation from spec/operations.toml".to_owned(),
            });
        }
    }
    refusals
}

fn problems(operation: &Operation) -> impl Iterator<Item = String> {
    let several = match &operation.answer {
        Answer::Several(all) => all.as_slice(),
        _ => &[],
    };
    let is_other = |success: &Success| match success {
        Success::Content(content) => !matches!(content.kind, Kind::Json(_)),
        Success::Redirect => true,
        Success::Empty => false,
    };
    let is_get_with_body = operation.method == Method::Get && operation.body.is_some();
    [
        is_get_with_body.then(|| "is a GET that takes a body".to_owned()),
        (operation.routes.len() > 1).then(|| {
            let paths: Vec<_> =
                operation.routes.iter().map(|route| operation.template(route)).collect();
            format!("has several paths, `{}`", paths.join("` and `"))
        }),
        several
            .iter()
            .any(|(_, success)| is_other(success))
            .then(|| "has several answers, and one of them is not JSON".to_owned()),
    ]
    .into_iter()
    .flatten()
}
