//! Merges operations: their parameters and answers.

use serde_json::{Value, json};

use super::{Groups, Merge, Occurrence, first_of_each, mark_deprecated};
use crate::openapi::base::Base;
use crate::openapi::schema::Side;
use crate::untrusted::inline_code;

impl<'d> Merge<'d> {
    pub(super) fn operation(&mut self, occurrences: &[Occurrence<'d>]) -> Value {
        let mut merged = first_of_each(occurrences, &["parameters", "requestBody", "responses"]);
        mark_deprecated(&mut merged, occurrences);
        // The documentation page of the newest server that has one: GitHub removes the pages of old versions.
        if let Some(docs) = occurrences
            .iter()
            .max_by_key(|occurrence| {
                (occurrence.value.get("externalDocs").is_some(), occurrence.server)
            })
            .and_then(|occurrence| occurrence.value.get("externalDocs"))
        {
            merged.insert("externalDocs".to_owned(), docs.clone());
        }
        self.require_equal(occurrences, |one| match one.value["operationId"].as_str() {
            Some(id) => format!("is the operation `{id}`"),
            None => "is an operation without an id".to_owned(),
        });
        let descriptions = self.descriptions;
        let base_of = |one: &Occurrence<'d>| {
            let api = descriptions.get(one.server).map(|one| &one.document["servers"][0]["url"]);
            Base::of(&one.value["servers"], api.and_then(Value::as_str).unwrap_or_default())
        };
        self.require_equal(occurrences, |one| match base_of(one) {
            Ok(base) => format!("uses {base}"),
            Err(urls) => format!("uses {}", inline_code(&urls)),
        });
        // Each description has its own host: the merged one has that of its base.
        let base = self.order.first().and_then(|index| descriptions.get(*index));
        let api = base.and_then(|base| base.document["servers"][0]["url"].as_str());
        if let Some(Ok(own)) = occurrences.first().map(base_of) {
            merged.remove("servers");
            let url = own.url(api.unwrap_or_default());
            merged.extend(url.map(|url| ("servers".to_owned(), json!([{"url": url}]))));
        }
        merged.insert("parameters".to_owned(), self.parameters(occurrences));
        if let Some(body) = self.request_body(occurrences) {
            merged.insert("requestBody".to_owned(), body);
        }
        let responses = self.each_key(occurrences, "responses", |merge, occurrences| {
            merge.referenced(occurrences, |merge, occurrences| merge.response(occurrences))
        });
        merged.insert("responses".to_owned(), responses.unwrap_or_default());
        let everyone: Vec<_> = (0..self.descriptions.len()).collect();
        self.with_availability(Value::Object(merged), occurrences, &everyone)
    }

    /// The parameters of the operation and of its path item, identified by `in` and `name`.
    fn parameters(&mut self, operations: &[Occurrence<'d>]) -> Value {
        let mut groups = Groups::default();
        for operation in operations {
            let path_item = operation.at.parent().and_then(|(item, _)| {
                let value = self.description(operation.server).document.pointer(item.as_str())?;
                Some(Occurrence { at: item, value, ..operation.clone() })
            });
            for (holder, is_own) in [(Some(operation), true), (path_item.as_ref(), false)] {
                let Some(list) = holder.and_then(|holder| holder.child("parameters")) else {
                    continue;
                };
                for (index, value) in list.value.as_array().into_iter().flatten().enumerate() {
                    let occurrence = Occurrence { at: list.at.child(index), value, ..list.clone() };
                    let parameter = self.resolve(&occurrence);
                    let name = &parameter.value["name"];
                    let key = format!("{} {name}", parameter.value["in"]);
                    let mut known = groups.get(&key).iter();
                    let twice = known.any(|known| known.server == occurrence.server);
                    match (twice, is_own) {
                        (false, _) => groups.add(key, occurrence),
                        (true, true) => drop(self.conflicts.insert(format!(
                            "{}: {} is declared twice on {server}; \
                             remove one with an action in spec/overlay.yaml that has `x-server: {server}`",
                            parameter.at,
                            inline_code(name.as_str().unwrap_or_default()),
                            server = self.description(parameter.server).server
                        ))),
                        // A parameter of the operation overrides that of the path item.
                        (true, false) => {}
                    }
                }
            }
        }
        let servers: Vec<_> = operations.iter().map(|operation| operation.server).collect();
        let mut merged = Vec::new();
        for (_, occurrences) in groups.all {
            let partial = occurrences.len() < operations.len();
            let resolved: Vec<_> =
                occurrences.iter().map(|occurrence| self.resolve(occurrence)).collect();
            let required = resolved.iter().any(|occurrence| occurrence.value["required"] == true);
            let parameter = if partial && required {
                // Not a reference: the component would be required in all operations that use it.
                let mut parameter = self.parameter(&resolved);
                parameter["required"] = false.into();
                parameter
            } else {
                self.referenced(&occurrences, |merge, occurrences| merge.parameter(occurrences))
            };
            merged.push(self.with_availability(parameter, &occurrences, &servers));
        }
        merged.into()
    }

    pub(super) fn parameter(&mut self, occurrences: &[Occurrence<'d>]) -> Value {
        let mut merged = first_of_each(occurrences, &["required", "schema"]);
        mark_deprecated(&mut merged, occurrences);
        if occurrences.iter().any(|occurrence| occurrence.value["required"] == true) {
            let all = occurrences.iter().all(|occurrence| occurrence.value["required"] == true);
            merged.insert("required".to_owned(), all.into());
        }
        let schemas: Vec<_> =
            occurrences.iter().filter_map(|occurrence| occurrence.child("schema")).collect();
        if !schemas.is_empty() {
            merged.insert("schema".to_owned(), self.schema(&schemas, Side::Sent));
        }
        Value::Object(merged)
    }

    /// The body of an operation. It is required only if every server requires one.
    fn request_body(&mut self, operations: &[Occurrence<'d>]) -> Option<Value> {
        let bodies: Vec<_> =
            operations.iter().filter_map(|operation| operation.child("requestBody")).collect();
        let merged = match bodies.len() {
            0 => return None,
            all if all == operations.len() => {
                self.referenced(&bodies, |merge, bodies| merge.body(bodies))
            }
            _ => {
                // Not a reference: the component would be optional in all operations that use it.
                let resolved: Vec<_> = bodies.iter().map(|body| self.resolve(body)).collect();
                let mut body = self.body(&resolved);
                body["required"] = false.into();
                body
            }
        };
        Some(merged)
    }

    pub(super) fn body(&mut self, occurrences: &[Occurrence<'d>]) -> Value {
        let mut merged = first_of_each(occurrences, &["content", "required"]);
        if occurrences.iter().any(|occurrence| occurrence.value.get("required").is_some()) {
            let all = occurrences.iter().all(|occurrence| occurrence.value["required"] == true);
            merged.insert("required".to_owned(), all.into());
        }
        if let Some(content) = self.content(occurrences, Side::Sent) {
            merged.insert("content".to_owned(), content);
        }
        Value::Object(merged)
    }

    /// The media types of bodies or answers, each with its merged schema.
    fn content(&mut self, occurrences: &[Occurrence<'d>], side: Side) -> Option<Value> {
        self.each_key(occurrences, "content", |merge, occurrences| {
            let mut merged = first_of_each(occurrences, &["schema"]);
            let schemas: Vec<_> =
                occurrences.iter().filter_map(|occurrence| occurrence.child("schema")).collect();
            if !schemas.is_empty() {
                merged.insert("schema".to_owned(), merge.schema(&schemas, side));
            }
            Value::Object(merged)
        })
    }

    pub(super) fn response(&mut self, occurrences: &[Occurrence<'d>]) -> Value {
        let mut merged = first_of_each(occurrences, &["content", "headers"]);
        let content = self.content(occurrences, Side::Received);
        let headers = self.each_key(occurrences, "headers", |_, occurrences| {
            occurrences.first().map(|occurrence| occurrence.value.clone()).unwrap_or_default()
        });
        merged.extend(content.map(|content| ("content".to_owned(), content)));
        merged.extend(headers.map(|headers| ("headers".to_owned(), headers)));
        Value::Object(merged)
    }
}
