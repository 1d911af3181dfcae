//! Small documents for tests.

use serde_json::{Value, json};

use super::Document;
use crate::names::Reserved;

/// A normalized document of these operations and schemas.
pub(crate) fn document(paths: Value, schemas: Value) -> Document {
    let value = json!({
        "openapi": "3.0.3", "info": {"title": "", "version": "1", "x-servers": ["ghes-3.8"]},
        "paths": paths, "components": {"schemas": schemas},
    });
    let (document, refusals) = Document::read(&value, &Reserved::default());
    refusals.or(document).unwrap()
}

/// Two groups with an operation each; `Both` is a type of both.
pub(crate) fn two_groups() -> Document {
    let operation = |name: &str, schema: &str| {
        let schema = json!({"$ref": format!("#/components/schemas/{schema}")});
        json!({"get": {
            "operationId": name, "x-operation-id": name, "x-group": name, "parameters": [], "x-errors": {},
            "responses": {"200": {"description": "", "content": {"application/json": {"schema": schema}}}},
        }})
    };
    let object = json!({"type": "object", "required": [], "properties": {"both": {"$ref": "#/components/schemas/Both"}}});
    document(
        json!({"/one": operation("one", "One"), "/two": operation("two", "Both")}),
        json!({"One": object, "Both": {"type": "object", "required": [], "properties": {"a": {"type": "string"}}}}),
    )
}
