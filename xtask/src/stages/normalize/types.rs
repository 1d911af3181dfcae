//! Normalizes schemas: an object, enum or union becomes a component under its Rust name. Restrictions that a
//! server may lift later (bounds, patterns, closed objects, defaults) are dropped.
//!
//! A name depends only on the place: a component has its own name, an inline schema that of the operation
//! or component that contains it, plus the path to it. So an added operation renames nothing.

mod named;
mod shapes;
mod unions;

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use named::ComponentNames;
use shapes::{is_enum, is_path};

use super::Naming;
use crate::openapi::json::{DEEPEST, Pointer};
use crate::openapi::limits::LONGEST_NAME;
use crate::openapi::reference::{self, did_you_mean};
use crate::openapi::refusal::{Refusal, Refusals};
use crate::openapi::schema::{
    self, Kind, Side, alias, flatten, integer_bounds, is_nullable, unions,
};

/// The named types found so far.
pub(super) struct Types<'d> {
    document: &'d Value,
    /// See [`Naming::Number`].
    is_numbered: bool,
    named: BTreeMap<String, Named>,
    names: BTreeMap<(Pointer, Side), String>,
    /// The form of each component at its uses, and true if it allows null.
    components: BTreeMap<(Pointer, Side), (Value, bool)>,
    /// Lists and maps that contain themselves, which need a name.
    pub(super) recursive: BTreeSet<Pointer>,
    /// The unnamed components that enclose the current schema.
    path: Vec<Pointer>,
    /// The names of the types of all components, for [`Naming::Qualify`].
    component_names: Option<ComponentNames>,
    /// The last number behind each name, for [`Naming::Number`].
    numbers: BTreeMap<String, usize>,
    /// The number of named schemas that are being read, one inside the other.
    depth: usize,
    /// The number of lists and maps that are being read, one inside the other, without a name between.
    unnamed: usize,
    /// The number of schemas that are being read, one inside the other: each takes a part of the stack.
    level: usize,
    /// Named schemas that are too deep inside others, and are read after them.
    later: Vec<Later>,
    /// The documentation page and the servers of the current operation.
    docs: Option<Value>,
    servers: Vec<String>,
    pub(super) refusals: Refusals,
}

struct Named {
    origin: Pointer,
    side: Side,
    /// True if the name is from the overlay.
    explicit: bool,
    /// `None` while its parts are being read, because a schema may refer to itself.
    schema: Option<Value>,
}

struct Later {
    schema: Value,
    at: Pointer,
    name: String,
    side: Side,
}

/// The most refusals with a suggestion.
const SUGGESTIONS: usize = 20;

/// A chain of schemas may be as long as the description; the stack of a thread is not.
const DEEPEST_ON_THE_STACK: usize = 16;

/// The most lists and maps inside each other.
const MOST_LISTS: usize = 20;

/// The most schemas inside each other that are read at once: those with a name from the overlay are.
const MOST_LEVELS: usize = 40;

/// A schema as it is used at a place.
struct Use<'s> {
    schema: &'s Value,
    at: Pointer,
    /// The name of the place, used for an inline object, enum or union.
    name: String,
    side: Side,
}

impl<'d> Types<'d> {
    pub(super) fn new(document: &'d Value, naming: &Naming, recursive: BTreeSet<Pointer>) -> Self {
        Self {
            document,
            is_numbered: *naming == Naming::Number,
            named: BTreeMap::new(),
            names: BTreeMap::new(),
            components: BTreeMap::new(),
            recursive,
            path: Vec::new(),
            component_names: match naming {
                Naming::Qualify(more) => Some(ComponentNames::new(document, more)),
                Naming::Refuse | Naming::Number => None,
            },
            numbers: BTreeMap::new(),
            depth: 0,
            unnamed: 0,
            level: 0,
            later: Vec::new(),
            docs: None,
            servers: Vec::new(),
            refusals: Refusals::default(),
        }
    }

    /// Sets the current operation.
    pub(super) fn enter(&mut self, operation: &Value, all: &Value) {
        self.docs = operation.get("externalDocs").cloned();
        let servers = operation.get("x-available").unwrap_or(all);
        let servers = servers.as_array().into_iter().flatten().filter_map(Value::as_str);
        self.servers = servers.map(str::to_owned).collect();
    }

    /// The components by Rust name, and all refusals.
    pub(super) fn finish(self) -> (Value, Refusals) {
        let schemas = self.named.into_iter();
        let schemas = schemas.map(|(name, named)| (name, named.schema.unwrap_or_default()));
        (schemas.collect(), self.refusals)
    }

    pub(super) fn refuse(&mut self, at: &Pointer, problem: impl Into<String>, remedy: &str) {
        self.refusals.push(Refusal {
            at: at.clone(),
            servers: self.servers.clone(),
            problem: problem.into(),
            remedy: remedy.to_owned(),
        });
    }

    /// A suggestion. Only the first refusals have one, because comparing names is slow.
    pub(super) fn near<'a>(&self, name: &str, names: impl IntoIterator<Item = &'a str>) -> String {
        match self.refusals.list().len() < SUGGESTIONS {
            true => did_you_mean(name, names),
            false => String::new(),
        }
    }

    /// The value at the end of a chain of references, and its place.
    pub(super) fn resolve<'v>(&mut self, value: &'v Value, at: &Pointer) -> (&'v Value, Pointer)
    where
        'd: 'v,
    {
        reference::resolve(self.document, value, at).unwrap_or_else(|error| {
            self.refuse(at, error.to_string(), "");
            (&Value::Null, at.clone())
        })
    }

    /// As [`Self::resolve`], where nothing is refused.
    pub(super) fn meant<'v>(&self, value: &'v Value) -> &'v Value
    where
        'd: 'v,
    {
        reference::resolve(self.document, value, &Pointer::root()).map_or(&Value::Null, |it| it.0)
    }

    /// A reference to a hand-written type.
    pub(super) fn hand_written(&mut self, path: &str, kind: &str, at: &Pointer) -> Value {
        let name = path.rsplit("::").next().unwrap_or(path).to_owned();
        let schema =
            Some(json!({"type": kind, "x-rust": {"type": path}, "x-origin": at.fragment()}));
        let taken = self.named.get(&name).map(|taken| {
            let same = taken.schema.as_ref().is_some_and(|known| known["x-rust"]["type"] == path);
            (same, taken.origin.clone())
        });
        match taken {
            Some((true, _)) => {}
            Some((false, other)) => {
                let problem =
                    format!("`{path}` has the name `{name}`, and so has the type of {other}");
                self.refuse(at, problem, "give one of them another name");
            }
            None => {
                let origin = at.clone();
                let named = Named { origin, side: Side::Received, explicit: true, schema };
                self.named.insert(name.clone(), named);
            }
        }
        reference_to(&name)
    }

    /// The form of the schema at this use: a scalar, a list, a map, or a reference to a
    /// component, with the documentation and null of this place.
    pub(super) fn used(&mut self, schema: &Value, at: &Pointer, name: &str, side: Side) -> Value {
        let (target, origin) = self.resolve(alias(schema), at);
        let component = component_name(&origin).is_some();
        let key = (origin.clone(), side);
        let (mut used, null_there) = match self.components.get(&key) {
            Some(known) => known.clone(),
            None => {
                let written = self.target(target, &origin, at, name, side);
                if component && written.0.get("$ref").is_some() {
                    self.components.insert(key, written.clone());
                }
                written
            }
        };
        let nullable = is_nullable(schema) || null_there;
        // The documentation of a component is that of its type, not of the place that is the component.
        let is_place = !component || schema::reference(schema).is_some();
        let description = schema.get("description").filter(|_| is_place);
        let deprecated = schema.get("deprecated").filter(|value| **value == true);
        let here = [
            ("description", description),
            ("deprecated", deprecated),
            ("x-replacement", schema.get("x-replacement")),
            ("nullable", nullable.then_some(&Value::Bool(true))),
            ("x-available", schema.get("x-available")),
            ("x-rust", schema.get("x-rust").filter(|rust| rust["field"].is_string())),
        ];
        for (key, value) in here.into_iter().filter_map(|(key, value)| Some((key, value?))) {
            if used.get("$ref").is_some() {
                used = json!({"allOf": [used]});
            }
            used[key] = value.clone();
        }
        used
    }

    /// The schema at the end of the references, and true if it allows null itself.
    fn target(
        &mut self,
        target: &Value,
        origin: &Pointer,
        used_at: &Pointer,
        name: &str,
        side: Side,
    ) -> (Value, bool) {
        let target = self.flat(target, origin);
        let nullable = is_nullable(&target) || self.has_null_variant(&target, origin);
        let target = self.simplified(target, origin);
        let (target, at) = self.without_nullable_copy(target, origin.clone());
        let place = Use { schema: &target, at, name: name.to_owned(), side };
        (self.inline_or_reference(&place, used_at), nullable)
    }

    fn flat<'v>(&mut self, schema: &'v Value, at: &Pointer) -> Cow<'v, Value> {
        if !schema["allOf"].is_array() {
            return Cow::Borrowed(schema);
        }
        Cow::Owned(flatten(self.document, schema, at).unwrap_or_else(|error| {
            self.refuse(at, error.to_string(), "");
            Value::Null
        }))
    }

    /// True if a variant allows null: then the place allows null instead of the variant.
    fn has_null_variant(&mut self, schema: &Value, at: &Pointer) -> bool {
        let Some((key, variants)) = unions(schema) else { return false };
        let at = at.child(key);
        let mut variants = variants.iter().enumerate();
        variants.any(|(index, variant)| {
            let (target, _) = self.resolve(alias(variant), &at.child(index));
            is_nullable(variant) || is_nullable(target)
        })
    }

    /// The inline schema, or a reference to its new component.
    fn inline_or_reference(&mut self, place: &Use<'_>, used_at: &Pointer) -> Value {
        let Use { schema, at, name, side } = place;
        self.check_extensions(schema, at);
        if self.refuse_too_deep(used_at, name) {
            return json!({});
        }
        if let Some(path) = schema["x-rust"]["type"].as_str().filter(|path| is_path(path)) {
            return self.hand_written(path, schema["type"].as_str().unwrap_or("string"), at);
        }
        let kind = Kind::of(schema);
        let has_shape = matches!(kind, Kind::Object | Kind::Union) || is_enum(schema, kind);
        if has_shape || schema["x-rust"]["name"].is_string() || self.recursive.contains(at) {
            return self.named(place);
        }
        let component = component_name(at);
        if component.is_some() {
            if self.path.contains(at) {
                self.recursive.insert(at.clone());
                return json!({});
            }
            self.path.push(at.clone());
        }
        let name = match &component {
            Some(component) => self.name_of_component(component, *side),
            None => name.clone(),
        };
        self.unnamed += 1;
        self.level += 1;
        let used = self.unnamed(schema, at, &name, *side);
        self.level -= 1;
        self.unnamed -= 1;
        if component.is_some() {
            self.path.pop();
        }
        used
    }

    /// Refuses a schema that is too deep inside others.
    fn refuse_too_deep(&mut self, used_at: &Pointer, name: &str) -> bool {
        let problem = if self.unnamed > MOST_LISTS {
            Some(format!("is inside more than {MOST_LISTS} lists and maps"))
        } else if self.level > MOST_LEVELS {
            let problem =
                format!("is inside more than {MOST_LEVELS} schemas with an `x-rust` name");
            self.refuse(used_at, problem, "remove some of these names from spec/overlay.yaml");
            return true;
        } else if name.len() > LONGEST_NAME {
            Some(format!("would have a type name with more than {LONGEST_NAME} bytes"))
        } else {
            None
        };
        if let Some(problem) = problem {
            self.refuse(used_at, problem, "remove the operation from spec/operations.toml");
            return true;
        }
        let steps: Vec<_> = used_at.steps().collect();
        if steps.len() > DEEPEST {
            let outer = Pointer::root().descend(steps.iter().take(5).map(String::as_str));
            let remedy = "give the inner part a component of its own";
            self.refuse(&outer, "contains itself, or is nested too deeply", remedy);
        }
        steps.len() > DEEPEST
    }

    /// A scalar, a list or a map.
    fn unnamed(&mut self, schema: &Value, at: &Pointer, name: &str, side: Side) -> Value {
        let kind = Kind::of(schema);
        match kind {
            Kind::List => {
                let name = format!("{name}Item");
                let items = self.used(&schema["items"], &at.child("items"), &name, side);
                json!({"type": "array", "items": items})
            }
            Kind::Map => {
                let (key, name) = ("additionalProperties", format!("{name}Value"));
                let values = self.used(&schema[key], &at.child(key), &name, side);
                json!({"type": "object", key: values})
            }
            Kind::ListOfAnything => json!({"type": "array", "items": {}}),
            Kind::MapOfAnything => json!({"type": "object"}),
            Kind::Time => json!({"type": "string", "format": "date-time"}),
            Kind::Text => json!({"type": "string"}),
            Kind::Integer => integer(schema, side),
            Kind::Number => json!({"type": "number"}),
            Kind::Boolean => json!({"type": "boolean"}),
            Kind::Any => json!({}),
            Kind::Unknown => {
                let problem = format!("{} is not a type of OpenAPI 3.0", schema["type"]);
                self.refuse(
                    &at.child("type"),
                    problem.replace('"', "`"),
                    "correct it in spec/overlay.yaml",
                );
                json!({})
            }
            Kind::Object | Kind::Union => json!({}),
        }
    }
}

/// An integer; if it is sent, with its bounds.
fn integer(schema: &Value, side: Side) -> Value {
    let mut integer = json!({"type": "integer"});
    if schema["format"] == "int64" {
        integer["format"] = "int64".into();
    }
    for (key, bound) in integer_bounds(schema).filter(|_| side == Side::Sent) {
        integer[format!("x-{key}")] = bound.into();
    }
    integer
}

fn reference_to(name: &str) -> Value {
    json!({"$ref": format!("#/components/schemas/{name}")})
}

/// The name of the component at this pointer; `None` for a place inside a component.
fn component_name(at: &Pointer) -> Option<String> {
    let (section, name) = at.parent()?;
    (section.as_str() == "/components/schemas").then_some(name)
}
