//! Operations that the document can express but the generator cannot emit yet: one line each.

use crate::document::{Answer, Document, Kind, Method, Operation, Place, Success};
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
    let is_content = |kind: fn(&Kind) -> bool| matches!(&operation.answer, Answer::One(Success::Content(content)) if kind(&content.kind));
    let has_body = operation.body.is_some();
    let in_path = |param: &crate::document::Param| param.place == Place::PathWithSlashes;
    [
        (operation.method != Method::Get).then(|| format!("has the method {}", operation.method)),
        has_body.then(|| "takes a body".to_owned()),
        (operation.routes.len() > 1).then(|| {
            let paths: Vec<_> =
                operation.routes.iter().map(|route| operation.template(route)).collect();
            format!("has several paths, `{}`", paths.join("` and `"))
        }),
        operation.params.iter().any(in_path).then(|| "takes a path with slashes".to_owned()),
        matches!(operation.answer, Answer::Several(_))
            .then(|| "has answers of several types".to_owned()),
        matches!(operation.answer, Answer::OrNothing(_))
            .then(|| "has an answer with and one without a body".to_owned()),
        matches!(operation.answer, Answer::Flag)
            .then(|| "answers 204 or 404 (a boolean)".to_owned()),
        matches!(operation.answer, Answer::One(Success::Empty))
            .then(|| "has an answer without a body".to_owned()),
        is_content(|kind| !matches!(kind, Kind::Json(_)))
            .then(|| "has an answer that is not JSON".to_owned()),
    ]
    .into_iter()
    .flatten()
}
