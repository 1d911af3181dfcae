//! Operations: what they take and what they give, parameter by parameter and answer by answer.

use serde_json::Value;

use super::{Groups, Merge, Sight, add, first_of_each};
use crate::openapi::schema::Side;

impl<'d> Merge<'d> {
    pub(super) fn operation(&mut self, sights: &[Sight<'d>]) -> Value {
        let mut merged = first_of_each(sights, &["parameters", "responses"]);
        self.agree(sights, |value| match value["operationId"].as_str() {
            Some(id) => format!("is the operation `{id}`"),
            None => "is an operation without an id".to_owned(),
        });
        self.agree(sights, |value| match value.get("servers") {
            Some(_) => "has servers of its own".to_owned(),
            None => "has no servers of its own".to_owned(),
        });
        merged.insert("parameters".to_owned(), self.parameters(sights));
        let responses = self.each_key(sights, "responses", |merge, sights| {
            merge.referenced(sights, |merge, sights| merge.response(sights))
        });
        merged.insert("responses".to_owned(), responses.unwrap_or_default());
        let everyone: Vec<_> = (0..self.descriptions.len()).collect();
        self.available(Value::Object(merged), sights, &everyone)
    }

    /// The parameters of an operation and those of its path, known by place and name.
    fn parameters(&mut self, operations: &[Sight<'d>]) -> Value {
        let mut groups: Groups<'d> = Vec::new();
        for operation in operations {
            let of_path = operation.at.parent().and_then(|(item, _)| {
                let value = self.description(operation.server).document.pointer(item.as_str())?;
                Some(Sight { at: item, value, ..operation.clone() })
            });
            for (holder, is_own) in [(Some(operation), true), (of_path.as_ref(), false)] {
                let Some(list) = holder.and_then(|holder| holder.child("parameters")) else {
                    continue;
                };
                for (index, value) in list.value.as_array().into_iter().flatten().enumerate() {
                    let sight = Sight { at: list.at.child(index), value, ..list.clone() };
                    let parameter = self.resolve(&sight);
                    let name = &parameter.value["name"];
                    let key = format!("{} {name}", parameter.value["in"]);
                    let mut known = groups.iter().filter(|(known, _)| *known == key);
                    let twice = known
                        .any(|(_, sights)| sights.iter().any(|known| known.server == sight.server));
                    match (twice, is_own) {
                        (false, _) => add(&mut groups, key, sight),
                        (true, true) => drop(
                            self.conflicts
                                .insert(format!("{}: parameter {name} stands twice", parameter.at)),
                        ),
                        // An operation's own parameter takes the place of the path's.
                        (true, false) => {}
                    }
                }
            }
        }
        let servers: Vec<_> = operations.iter().map(|operation| operation.server).collect();
        let mut merged = Vec::new();
        for (_, sights) in groups {
            let partial = sights.len() < operations.len();
            let resolved: Vec<_> = sights.iter().map(|sight| self.resolve(sight)).collect();
            let required = resolved.iter().any(|sight| sight.value["required"] == true);
            let parameter = if partial && required {
                // A component says "required" to all who refer to it.
                let mut parameter = self.parameter(&resolved);
                parameter["required"] = false.into();
                parameter
            } else {
                self.referenced(&sights, |merge, sights| merge.parameter(sights))
            };
            merged.push(self.available(parameter, &sights, &servers));
        }
        merged.into()
    }

    pub(super) fn parameter(&mut self, sights: &[Sight<'d>]) -> Value {
        let mut merged = first_of_each(sights, &["required", "schema"]);
        if sights.iter().any(|sight| sight.value["required"] == true) {
            let all = sights.iter().all(|sight| sight.value["required"] == true);
            merged.insert("required".to_owned(), all.into());
        }
        let schemas: Vec<_> = sights.iter().filter_map(|sight| sight.child("schema")).collect();
        if !schemas.is_empty() {
            merged.insert("schema".to_owned(), self.schema(&schemas, Side::Request));
        }
        Value::Object(merged)
    }

    pub(super) fn response(&mut self, sights: &[Sight<'d>]) -> Value {
        let mut merged = first_of_each(sights, &["content", "headers"]);
        let content = self.each_key(sights, "content", |merge, sights| {
            let mut merged = first_of_each(sights, &["schema"]);
            let schemas: Vec<_> = sights.iter().filter_map(|sight| sight.child("schema")).collect();
            if !schemas.is_empty() {
                merged.insert("schema".to_owned(), merge.schema(&schemas, Side::Response));
            }
            Value::Object(merged)
        });
        let headers = self.each_key(sights, "headers", |_, sights| {
            sights.first().map(|sight| sight.value.clone()).unwrap_or_default()
        });
        merged.extend(content.map(|content| ("content".to_owned(), content)));
        merged.extend(headers.map(|headers| ("headers".to_owned(), headers)));
        Value::Object(merged)
    }
}
