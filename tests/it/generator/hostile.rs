//! Hostile descriptions that are too large for a file: each ends with an error that names the place, or is generated.
//!
//! The limits are structural, so a test waits for no clock. `hang` is a guard for work that grows faster than the input.

use std::time::{Duration, Instant};

use serde_json::{Map, Value, json};
use xtask::inputs::operations::Operations;
use xtask::inputs::overlay::Overlay;
use xtask::inputs::pins::Pin;
use xtask::inputs::publication::{Publication, npm::Release};
use xtask::openapi::json;
use xtask::pipeline::{self, Description, Inputs, Naming, Output};
use xtask::stages::trim;
use xtask::workspace;

use crate::support::root;

/// At least ten times as long as each of the cases takes.
const HANG: Duration = Duration::from_secs(20);

/// The output of the generator for a description.
fn run(document: &Value) -> anyhow::Result<Output> {
    generated(vec![("s".to_owned(), document.clone())])
}

/// The output of the generator for the descriptions of several servers; the last one is the base.
fn generated(descriptions: Vec<(String, Value)>) -> anyhow::Result<Output> {
    let start = Instant::now();
    let descriptions = descriptions.into_iter().map(|(server, document)| {
        let document = json::parse(document.to_string().as_bytes())?;
        Ok(Description { file: format!("{server}.json"), server, document })
    });
    let descriptions = descriptions.collect::<anyhow::Result<Vec<_>>>()?;
    let base = descriptions.last().unwrap();
    let items = base.document["paths"].as_object().into_iter().flatten();
    let operations = items.filter_map(|(_, item)| item["get"]["operationId"].as_str());
    let inputs = Inputs {
        base: base.server.clone(),
        operations: Operations::of(operations)?,
        overlay: Overlay::default(),
        reserved: workspace::reserved(root())?,
        naming: Naming::Refuse,
        descriptions,
    };
    let output = pipeline::run(&inputs);
    assert!(start.elapsed() < HANG, "took {:?}", start.elapsed());
    output
}

/// The first line of the error, which is short.
#[track_caller]
fn refused(document: &Value) -> String {
    let Err(error) = run(document) else { panic!("is accepted") };
    let text = format!("{error:#}");
    assert!(text.len() < 100_000, "a message of {} bytes", text.len());
    text.lines().next().unwrap_or_default().to_owned()
}

/// A description with one operation that answers `thing`.
fn description(schemas: impl IntoIterator<Item = (String, Value)>) -> Value {
    let schemas: Map<_, _> = schemas.into_iter().collect();
    json!({
        "openapi": "3.0.3",
        "info": {"title": "", "version": "1"},
        "paths": {"/things": {"get": operation("things/get", &json!({"$ref": "#/components/schemas/thing"}))}},
        "components": {"schemas": schemas},
    })
}

fn operation(id: &str, schema: &Value) -> Value {
    json!({
        "operationId": id,
        "externalDocs": {"url": "https://docs.example.com/things"},
        "parameters": [],
        "responses": {"200": {"description": "", "content": {"application/json": {"schema": schema}}}},
    })
}

fn thing(schema: Value) -> Value {
    description([("thing".to_owned(), schema)])
}

fn text() -> Value {
    json!({"type": "string"})
}

fn reference(name: impl std::fmt::Display) -> Value {
    json!({"$ref": format!("#/components/schemas/{name}")})
}

fn object(properties: impl IntoIterator<Item = (String, Value)>) -> Value {
    json!({"type": "object", "properties": properties.into_iter().collect::<Map<_, _>>()})
}

/// `thing`, which leads to `a0`, which leads to `a1`, and so on.
fn chain(length: usize, link: impl Fn(Value) -> Value, end: Value) -> Value {
    let links =
        (0..length).map(|index| (format!("a{index}"), link(reference(format!("a{}", index + 1)))));
    let last = (format!("a{length}"), end);
    description(links.chain([("thing".to_owned(), reference("a0")), last]))
}

#[test]
fn a_list_or_map_with_too_many_entries_is_refused_with_its_place() {
    let many = |count: usize| (0..count).map(|index| format!("p{index}"));
    let properties = object(many(20_000).map(|name| (name, text())));
    let values = json!({"type": "string", "enum": many(20_000).collect::<Vec<_>>()});
    let variants =
        json!({"oneOf": many(5_000).map(|name| object([(name, text())])).collect::<Vec<_>>()});
    let parts =
        json!({"allOf": many(2_000).map(|name| object([(name, text())])).collect::<Vec<_>>()});
    let required = json!({"type": "object", "properties": {"a": text()}, "required": many(20_000).collect::<Vec<_>>()});
    for (schema, key, count, most) in [
        (properties, "properties", 20_000, 1_500),
        (values, "enum", 20_000, 1_500),
        (variants, "oneOf", 5_000, 500),
        (parts, "allOf", 2_000, 500),
        (required, "required", 20_000, 1_500),
    ] {
        assert_eq!(
            refused(&thing(schema)),
            format!(
                "s.json: #/components/schemas/thing/{key}: has {count} entries; at most {most} are supported; \
                 remove the operations that use it from spec/operations.toml"
            )
        );
    }
    let mut parameters = thing(text());
    let query = |name| json!({"name": name, "in": "query", "schema": text()});
    parameters["paths"]["/things"]["get"]["parameters"] = many(5_000).map(query).collect();
    let error = refused(&parameters);
    assert!(
        error.starts_with("s.json: #/paths/~1things/get/parameters: has 5000 entries"),
        "{error}"
    );
}

#[test]
fn parts_that_become_too_large_by_merging_are_refused() {
    let many = |start: usize, count: usize| (start..start + count).map(|index| format!("p{index}"));
    let of = |start: usize, count: usize| object(many(start, count).map(|name| (name, text())));
    // One object of several parts.
    let parts: Vec<_> = (0..3).map(|index| of(index * 600, 600)).collect();
    assert!(
        refused(&thing(json!({"allOf": parts})))
            .starts_with("s.json: #/components/schemas/thing/properties: has 1800 entries")
    );
    // One object of several servers.
    let servers = |schemas: [Value; 3]| {
        let schemas = schemas.into_iter().enumerate();
        generated(schemas.map(|(index, schema)| (format!("s{index}"), thing(schema))).collect())
            .map_err(|error| format!("{error:#}"))
            .unwrap_err()
    };
    let variants = |start: usize| {
        let variants = many(start, 300).map(|name| object([(name, text())]));
        object([("a".to_owned(), json!({"oneOf": variants.collect::<Vec<_>>()}))])
    };
    let values =
        |start: usize| json!({"type": "string", "enum": many(start, 600).collect::<Vec<_>>()});
    for (schemas, key, count) in [
        ([0, 600, 1200].map(|start| of(start, 600)), "properties", 1800),
        ([0, 300, 600].map(variants), "properties/a/oneOf", 900),
        ([0, 600, 1200].map(values), "enum", 1800),
    ] {
        let error = servers(schemas);
        let place = format!("#/components/schemas/thing/{key}: has {count} entries");
        assert!(error.contains(&place), "{error}");
    }
}

#[test]
fn a_description_with_too_many_parts_is_refused_with_the_first_that_is_too_many() {
    let names = |count: usize| (0..count).map(|index| format!("p{index}"));
    let inner = |_| object(names(300).map(|name| (name, text())));
    let objects = thing(object(names(120).map(|name| (name.clone(), inner(name)))));
    let values = |name: &str| (0..1000).map(|index| format!("{name}_{index}")).collect::<Vec<_>>();
    let an_enum = |name: String| (name.clone(), json!({"type": "string", "enum": values(&name)}));
    for document in [objects, thing(object(names(40).map(an_enum)))] {
        let error = refused(&document);
        let problem = "is more than the supported 30000 operations, parameters, types, fields, variants and enum values";
        assert!(error.contains("#/components/schemas/thing/properties/p"), "{error}");
        assert!(error.contains(problem), "{error}");
    }
    let error = refused(&thing(object(names(120).map(an_enum))));
    assert!(error.contains("is more than the supported 100000 schemas and enum values"), "{error}");
}

#[test]
fn the_most_properties_values_and_variants_are_generated() {
    let many = |count: usize| (0..count).map(|index| format!("p{index}"));
    run(&thing(object(many(1_500).map(|name| (name, text()))))).unwrap();
    let values: Vec<_> = many(1_500).collect();
    run(&thing(json!({"type": "object", "properties": {"a": {"type": "string", "enum": values}}})))
        .unwrap();
    let lists = many(500).map(|name| json!({"type": "array", "items": object([(name, text())])}));
    run(&thing(json!({"oneOf": lists.collect::<Vec<_>>()}))).unwrap();
    // Names that differ only in signs get different identifiers.
    let alike = |count: usize| (1..=count).map(|index| format!("a{}", "-".repeat(index)));
    run(&thing(object(alike(300).map(|name| (name, text()))))).unwrap();
    let values: Vec<_> = alike(300).collect();
    run(&thing(json!({"type": "object", "properties": {"a": {"type": "string", "enum": values}}})))
        .unwrap();
}

#[test]
fn a_long_name_is_refused_with_its_place_and_its_first_letters() {
    let long = "n".repeat(1_000_000);
    let values = json!({"type": "string", "enum": [long]});
    let mut path = thing(text());
    path["paths"][format!("/{long}")] = json!({"get": operation("b", &text())});
    let mut id = thing(text());
    id["paths"]["/things"]["get"]["operationId"] = long.as_str().into();
    let mut parameter = thing(text());
    parameter["paths"]["/things"]["get"]["parameters"] =
        json!([{"name": long, "in": "query", "schema": text()}]);
    let mut media = thing(text());
    media["paths"]["/things"]["get"]["responses"]["200"]["content"] =
        json!({long.as_str(): {"schema": text()}});
    let component = description([("thing".to_owned(), text()), (long.clone(), text())]);
    for (document, place) in [
        (thing(object([(long.clone(), text())])), "#/components/schemas/thing/properties"),
        (thing(values), "#/components/schemas/thing/enum"),
        (component, "#/components/schemas"),
        (path, "#/paths"),
        (id, "#/paths/~1things/get/operationId"),
        (parameter, "#/paths/~1things/get/parameters/0/name"),
        (media, "#/paths/~1things/get/responses/200/content"),
        (
            thing(json!({"$ref": format!("#/components/schemas/{long}")})),
            "#/components/schemas/thing/$ref",
        ),
    ] {
        let error = refused(&document);
        assert!(error.starts_with(&format!("s.json: {place}: the name `")), "{error}");
        assert!(error.contains("has 10000") && error.len() < 600, "{error}");
    }
    let names = (0..300).map(|index| (format!("{}{index}", "n".repeat(1_000)), text()));
    let error = refused(&thing(object(names)));
    assert!(error.contains("the names have 300"), "{error}");
    let nested = (0..4)
        .fold(text(), |inner, _| object([("n".repeat(1_000), object([("a".into(), inner)]))]));
    let error = refused(&thing(nested));
    assert!(error.contains("would have a type name with more than 1200 bytes"), "{error}");
}

#[test]
fn a_long_name_is_not_trimmed_but_refused() {
    let long = "n".repeat(1_000_000);
    let mut path = thing(text());
    path["paths"]["/things"]["get"]["responses"] = json!({long.as_str(): {"description": ""}});
    for (document, place) in [
        (thing(object([(long.clone(), text())])), "#/components/schemas/thing/properties"),
        (path, "#/paths/~1things/get/responses"),
    ] {
        let pin = Pin {
            server: "s".into(),
            publication: Publication::Npm(Release { package: "p".into(), version: "1".into() }),
            file: "f".into(),
            bytes: 1,
            sha256: String::new(),
        };
        let source = document.to_string();
        let error = trim::trim(source.as_bytes(), &pin, ["things/get"]).unwrap_err().to_string();
        assert!(error.starts_with(&format!("{place}: the name `nnn")), "{error}");
    }
}

#[test]
fn a_schema_that_grows_through_all_of_is_merged_once_or_refused() {
    let twice = |part: Value| json!({"allOf": [part.clone(), part]});
    let end = json!({"type": "object", "required": ["a"], "properties": {"a": text()}});
    run(&chain(24, twice, end.clone())).unwrap();
    let part = |name: &str, part: Value| {
        (name.to_owned(), json!({"allOf": [part, object([("q".to_owned(), text())])]}))
    };
    let in_properties = |link: Value| object([part("l", link.clone()), part("r", link)]);
    let error = refused(&chain(24, in_properties, end.clone()));
    assert!(error.contains("merging `allOf` copies more than 100000 objects"), "{error}");
    let error = refused(&chain(1_000, |link| object([part("l", link)]), end.clone()));
    assert!(error.contains("is nested more than 100 levels deep after merging `allOf`"), "{error}");
    let error =
        refused(&thing(object([part("l", reference("thing")), part("r", reference("thing"))])));
    assert_eq!(
        error,
        "s.json: #/components/schemas/thing/properties/r: contains itself through `allOf`; \
         remove the reference to `thing` with an action in spec/overlay.yaml that has `x-server`"
    );
}

#[test]
fn a_long_chain_of_definitions_is_refused_with_its_place() {
    let nullable = |link: Value| json!({"allOf": [link], "nullable": true});
    let extended = |link: Value| json!({"allOf": [link, {"type": "object"}]});
    for document in [
        chain(2_000, |link| link, text()),
        chain(2_000, nullable, text()),
        chain(1_000, extended, object([("a".to_owned(), text())])),
    ] {
        let error = refused(&document);
        assert!(
            error.starts_with("s.json: #/components/schemas/a")
                && error.contains("is defined by a chain of more than 50 components"),
            "{error}"
        );
    }
    // The end of the chain is visited first.
    let backwards =
        (1..100).map(|index| (format!("c{index:03}"), reference(format!("c{:03}", index - 1))));
    let ends = [("thing".to_owned(), reference("c099")), ("c000".to_owned(), text())];
    let error = refused(&description(backwards.chain(ends)));
    assert!(
        error.starts_with("s.json: #/components/schemas/c051: is defined by a chain"),
        "{error}"
    );
    run(&chain(40, |link| link, text())).unwrap();
}

#[test]
fn schemas_inside_each_other_do_not_overflow_the_stack() {
    let list = |link: Value| json!({"type": "array", "items": link});
    let map = |link: Value| json!({"type": "object", "additionalProperties": link});
    for (document, place) in
        [(chain(500, list, text()), "items"), (chain(500, map, text()), "additionalProperties")]
    {
        let error = refused(&document);
        let expected =
            format!("#/components/schemas/a20/{place} (s): is inside more than 20 lists and maps");
        assert!(error.contains(&expected), "{error}");
    }
    let named = |name: &str| json!({"type": "object", "properties": {"x": reference(name)}, "x-rust": {"name": "X"}});
    let explicit = (0..500).map(|index| {
        let mut schema = named(&format!("a{}", index + 1));
        schema["x-rust"]["name"] = format!("A{index}").into();
        (format!("a{index}"), schema)
    });
    let ends = [("thing".to_owned(), reference("a0")), ("a500".to_owned(), text())];
    let error = refused(&description(explicit.chain(ends)));
    assert!(error.contains("is inside more than 40 schemas with an `x-rust` name"), "{error}");
    let property = |link: Value| object([("x".to_owned(), list(list(map(link))))]);
    run(&chain(2_000, property, text())).unwrap();
    run(&chain(2_000, |link| json!({"oneOf": [link]}), text())).unwrap();
}

#[test]
fn values_nested_too_deeply_are_refused_with_their_place() {
    for depth in [101, 100_000] {
        let open = r#"{"type":"array","items":"#.repeat(depth);
        let text = format!(r#"{{"a":{open}{{}}{}}}"#, "}".repeat(depth));
        let error = json::parse(text.as_bytes()).unwrap_err().to_string();
        assert!(error.starts_with("#/a/items/items/"), "{error}");
        assert!(error.contains("is nested more than 100 levels deep"), "{error}");
    }
}

#[test]
fn many_operations_that_share_many_types_are_generated() {
    let mut document = chain(500, |link| object([("x".to_owned(), link)]), text());
    for index in 0..500 {
        let get = operation(&format!("op/x{index}"), &reference("a0"));
        document["paths"][format!("/p{index}")] = json!({"get": get});
    }
    run(&document).unwrap();
}

#[test]
fn a_long_text_in_a_message_is_cut() {
    let long = "x".repeat(1_000_000);
    let is_cut = |error: &str| assert!(error.len() < 3_000, "a message of {} bytes", error.len());
    is_cut(&refused(&thing(json!({"type": long}))));
    is_cut(&refused(&thing(json!({"type": "string", "enum": [[long]]}))));
}

#[test]
fn a_hand_written_type_with_nested_arguments_is_refused() {
    let path = format!("a::b{}", "<c".repeat(350));
    let error = refused(&thing(json!({"type": "string", "x-rust": {"type": path}})));
    assert!(error.contains("is not a path like `crate::runtime::Owner`"), "{error}");
}

#[test]
fn an_extension_among_paths_and_answers_has_any_form() {
    let mut document = thing(object([("a".to_owned(), text())]));
    document["paths"]["x-a"] = json!({"get": "text", "parameters": 5});
    document["paths"]["x-b"] = json!([1]);
    document["paths"]["/things"]["get"]["responses"]["x-c"] = json!({"content": 5});
    run(&document).unwrap();
    // A property can have such a name.
    let error = refused(&thing(json!({"type": "object", "properties": {"x-a": 5}})));
    assert!(
        error.contains("#/components/schemas/thing/properties/x-a: is not an object"),
        "{error}"
    );
}

#[test]
fn a_mapping_names_a_schema_by_reference_or_name() {
    let union = |target: &str| {
        let kind = json!({"type": "string", "enum": ["a"]});
        description([
            (
                "thing".to_owned(),
                json!({
                    "oneOf": [reference("job")],
                    "discriminator": {"propertyName": "kind", "mapping": {"a": target}},
                }),
            ),
            (
                "job".to_owned(),
                json!({"type": "object", "required": ["kind"], "properties": {"kind": kind}}),
            ),
        ])
    };
    run(&union("job")).unwrap();
    run(&union("#/components/schemas/job")).unwrap();
    for target in ["jop", "other.json", "other/job", "#job"] {
        let error = refused(&union(target));
        let place = "s.json: #/components/schemas/thing/discriminator/mapping/a: ";
        assert!(error.starts_with(place), "{error}");
    }
}

#[test]
fn a_long_list_of_refusals_is_cut() {
    let properties = (0..1_400).map(|index| (format!("p{index}"), json!(5)));
    let error = run(&thing(object(properties))).unwrap_err();
    let text = format!("{error:#}");
    assert!(text.starts_with("s.json: 1400 problems\n"), "{text}");
    assert!(text.ends_with("\n  and 1300 more"), "{text}");
}
