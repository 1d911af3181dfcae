//! Reads the normalized document, and collects all refusals.

use std::collections::{BTreeMap, BTreeSet};

use heck::ToUpperCamelCase as _;
use serde_json::Value;

use super::cycles::Cycles;
use super::{Answer, Docs, Document, Operation, Servers, Type};
use crate::inputs::operations::ALWAYS_ON;
use crate::names::Reserved;
use crate::names::reserved::is_reserved_type;
use crate::openapi::json::Pointer;
use crate::openapi::refusal::{Refusal, Refusals};

impl Document {
    /// Reads the output of [`crate::stages::normalize`] as far as it can be read, and returns with it all
    /// refusals: what the SDK cannot have, each with the place in the description and the remedy.
    pub(crate) fn read(document: &Value, reserved: &Reserved) -> (Self, Refusals) {
        let servers: Vec<String> = texts(&document["info"]["x-servers"]);
        let url = text(&document["servers"][0]["url"]).unwrap_or_default();
        let refusals = Refusals::default();
        let mut reader = Reader { reserved, servers: &servers, url: &url, refusals };
        let mut types: BTreeMap<String, Type> = BTreeMap::new();
        for (name, schema) in entries(&document["components"]["schemas"]) {
            types.insert(name.clone(), reader.read_type(name, schema));
        }
        let mut operations: Vec<Operation> = Vec::new();
        let mut places = BTreeMap::new();
        for (path, item) in entries(&document["paths"]) {
            for (method, operation) in entries(item) {
                if let Some(operation) = reader.operation(path, method, operation, &types) {
                    reader.add(&mut operations, &mut places, operation);
                }
            }
        }
        operations.sort_by_key(|operation| (operation.path(), operation.method.as_str()));
        let (cycles, servers, url) = (Cycles::of(&types), servers.clone(), url.clone());
        let mut document = Self { servers, url, operations, types, cycles };
        document.tell_unions();
        document.set_users();
        reader.check_names(&document.operations, &document.types);
        (document, reader.refusals)
    }

    /// A type is of the group and of the servers of the operations that use it; one that several groups use
    /// is of none. A type that the group without a feature uses is of that group, so that an added group changes no
    /// file of it.
    fn set_users(&mut self) {
        let mut users: BTreeMap<String, (BTreeSet<String>, BTreeSet<String>)> = BTreeMap::new();
        let mut groups: BTreeMap<&str, Vec<&Operation>> = BTreeMap::new();
        for operation in &self.operations {
            groups.entry(&operation.group).or_default().push(operation);
        }
        for (group, operations) in groups {
            for name in self.reach_of(operations.iter().copied()) {
                users.entry(name.to_owned()).or_default().0.insert(group.to_owned());
            }
        }
        for server in &self.servers {
            let have = self.operations.iter().filter(|operation| operation.servers.has(server));
            for name in self.reach_of(have) {
                users.entry(name.to_owned()).or_default().1.insert(server.clone());
            }
        }
        for (name, ty) in &mut self.types {
            let (groups, servers) = users.remove(name).unwrap_or_default();
            let only = groups.first().filter(|_| groups.len() == 1);
            ty.group = groups.get(ALWAYS_ON).or(only).cloned();
            let is_partial = !servers.is_empty() && servers.len() < self.servers.len();
            ty.servers = Servers(is_partial.then_some(servers));
        }
    }
}

/// The state shared by the readers of all parts.
pub(super) struct Reader<'r> {
    pub(super) reserved: &'r Reserved,
    pub(super) servers: &'r [String],
    /// The URL of the API.
    pub(super) url: &'r str,
    refusals: Refusals,
}

impl Reader<'_> {
    pub(super) fn refuse(
        &mut self,
        at: &Pointer,
        servers: &Servers,
        problem: impl Into<String>,
        remedy: impl Into<String>,
    ) {
        self.refusals.push(Refusal {
            at: at.clone(),
            servers: servers.of(self.servers).into_iter().map(str::to_owned).collect(),
            problem: problem.into(),
            remedy: remedy.into(),
        });
    }

    /// Adds an operation, or a route if the operation is already there with another path.
    fn add(
        &mut self,
        operations: &mut Vec<Operation>,
        places: &mut BTreeMap<String, usize>,
        mut operation: Operation,
    ) {
        let place = *places.entry(operation.id.clone()).or_insert(operations.len());
        let Some(known) = operations.get_mut(place) else {
            operations.push(operation);
            return;
        };
        if self
            .servers
            .iter()
            .any(|server| known.servers.has(server) && operation.servers.has(server))
        {
            let problem =
                format!("operation id `{}` is duplicated, also at {}", operation.id, known.at);
            let (at, servers) = (operation.at.clone(), operation.servers.clone());
            self.refuse(&at, &servers, problem, "remove one of them in spec/overlay.yaml");
            return;
        }
        let newest = |operation: &Operation, servers: &[String]| {
            let mut routes = operation.routes.iter();
            let place = |server: &String| operation.servers.has(server);
            routes.next().and_then(|_| servers.iter().rposition(place))
        };
        if newest(known, self.servers) < newest(&operation, self.servers) {
            std::mem::swap(known, &mut operation);
        }
        let names = |operation: &Operation| -> Vec<_> {
            operation.params.iter().map(|param| param.wire.clone()).collect()
        };
        if names(known) != names(&operation)
            || known.answer != operation.answer
            || known.method != operation.method
        {
            let problem = format!(
                "operation `{}` has other parameters or answers at {}",
                operation.id, known.at
            );
            let (at, servers) = (operation.at.clone(), operation.servers.clone());
            self.refuse(
                &at,
                &servers,
                problem,
                "correct one description with an `x-server` action in spec/overlay.yaml",
            );
        }
        known.routes.extend(operation.routes);
        known.servers = match (known.servers.0.take(), operation.servers.0) {
            (Some(some), Some(others)) => Servers(Some(some.into_iter().chain(others).collect())),
            _ => Servers(None),
        };
    }

    /// Refuses operations, and parameters of an operation, that would have the same Rust name.
    fn check_names(&mut self, operations: &[Operation], types: &BTreeMap<String, Type>) {
        for operation in operations {
            let name = &operation.name;
            let request = name.to_upper_camel_case();
            let problem = if self.reserved.is_method(name) {
                Some(format!("`{name}` is a method of the hand-written client"))
            } else if is_reserved_type(&request) {
                Some(format!(
                    "the request of `{name}` would be `{request}`, a name that generated code uses"
                ))
            } else {
                None
            };
            let answers = operation.answers_name();
            let same =
                types.get(&answers).filter(|_| matches!(operation.answer, Answer::Several(_)));
            let problem = problem.or_else(|| {
                let at = &same?.at;
                Some(format!("the answers of `{name}` would be `{answers}`, the type of {at}"))
            });
            if let Some(problem) = problem {
                self.refuse(
                    &operation.at,
                    &operation.servers,
                    problem,
                    "give the operation another `name` in spec/operations.toml",
                );
            }
        }
        for (name, ty) in types {
            if is_reserved_type(name) && !matches!(ty.shape, super::Shape::HandWritten(_)) {
                let problem = format!("`{name}` is a name that generated code uses");
                let remedy = format!(
                    "give the schema another name in spec/overlay.yaml: {{ target: \"{}\", update: {{ x-rust: {{ name: .. }} }} }}",
                    ty.at.json_path()
                );
                self.refuse(&ty.at, &ty.servers, problem, remedy);
            }
        }
    }
}

/// The documentation of an item.
pub(super) fn docs(value: &Value) -> Docs {
    Docs {
        text: text(&value["description"]),
        url: text(&value["externalDocs"]["url"]),
        deprecated: (value["deprecated"] == true)
            .then(|| text(&value["x-replacement"]).unwrap_or_default()),
    }
}

pub(super) fn servers(value: &Value) -> Servers {
    Servers(value.as_array().map(|_| texts(value).into_iter().collect()))
}

pub(super) fn entries(value: &Value) -> impl Iterator<Item = (&String, &Value)> {
    value.as_object().into_iter().flatten()
}

pub(super) fn items(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().into_iter().flatten()
}

pub(super) fn texts(value: &Value) -> Vec<String> {
    items(value).filter_map(text).collect()
}

pub(super) fn text(value: &Value) -> Option<String> {
    value.as_str().map(str::to_owned)
}

/// The place in the merged description of a normalized schema or parameter (`x-origin`).
pub(super) fn origin(value: &Value, otherwise: Pointer) -> Pointer {
    value["x-origin"].as_str().and_then(Pointer::parse).unwrap_or(otherwise)
}
