//! A description and an overlay that have text in every place that the generator takes.

use serde_json::{Value, json};

pub fn description() -> Value {
    let docs = json!({"url": "https://docs.example.com/page", "description": "a page"});
    let reference = |name: &str| json!({"$ref": format!("#/components/{name}")});
    json!({
        "openapi": "3.0.3",
        "info": {
            "title": "a title", "version": "1.0", "description": "the API", "termsOfService": "https://example.com/terms",
            "contact": {"name": "a name", "url": "https://example.com", "email": "a@example.com"},
            "license": {"name": "MIT", "url": "https://example.com/license"},
            "x-info": "an extension",
        },
        "externalDocs": docs,
        "tags": [{"name": "things", "description": "a tag", "externalDocs": docs}],
        "servers": [{
            "url": "{protocol}://{hostname}/api/v3", "description": "a server",
            "variables": {
                "protocol": {"default": "https", "enum": ["https"], "description": "a scheme"},
                "hostname": {"default": "HOSTNAME", "description": "a host"},
            },
        }],
        "paths": {
            "/repos/{owner}/{repo}/things/{thing_id}": {
                "summary": "a path", "description": "of things",
                "get": {
                    "operationId": "things/get", "summary": "a summary", "description": "gets a thing",
                    "tags": ["things"], "externalDocs": docs, "deprecated": true,
                    "parameters": [
                        reference("parameters/owner"), reference("parameters/repo"),
                        {
                            "name": "thing_id", "in": "path", "required": true, "description": "an id",
                            "schema": {"type": "integer", "minimum": 1}, "example": "42",
                        },
                        {
                            "name": "state", "in": "query", "description": "a state",
                            "schema": {"type": "string", "enum": ["on", "off"], "default": "on"},
                            "examples": {"one": {"summary": "an example", "value": "on"}},
                        },
                        {"name": "text", "in": "query", "schema": {"type": "string", "default": "a default"}},
                        {"name": "page", "in": "query", "schema": {"type": "integer", "default": 1, "minimum": 1}},
                        {
                            "name": "labels", "in": "query", "style": "form", "explode": false,
                            "schema": {"type": "array", "items": {"type": "string"}},
                        },
                    ],
                    "responses": {
                        "200": {
                            "description": "an answer",
                            "headers": {"Link": reference("headers/link")},
                            "content": {"application/json": {
                                "schema": reference("schemas/thing"),
                                "examples": {"default": reference("examples/thing")},
                            }},
                        },
                        "404": reference("responses/not_found"),
                    },
                    "x-github": {"category": "things", "subcategory": "parts", "githubCloudOnly": false},
                },
            },
            "/things": {"get": {
                "operationId": "things/list", "description": "lists things",
                "parameters": [
                    {"name": "page", "in": "query", "schema": {"type": "integer"}},
                    {"name": "per_page", "in": "query", "schema": {"type": "integer", "maximum": 100}},
                ],
                "responses": {"200": {"description": "things", "content": {"application/json": {"schema": {
                    "type": "object", "required": ["total_count", "things"], "properties": {
                        "total_count": {"type": "integer"},
                        "things": {"type": "array", "items": reference("schemas/thing")},
                    },
                }}}}},
            }},
            "/things/{thing_id}/logs": {"get": {
                "operationId": "things/logs",
                "parameters": [{"name": "thing_id", "in": "path", "required": true, "schema": {"type": "string"}}],
                "responses": {"302": {"description": "a file", "headers": {
                    "Location": {"description": "a place", "schema": {"type": "string"}, "example": "https://example.com"},
                }}},
            }},
        },
        "components": {
            "parameters": {
                "owner": {"name": "owner", "in": "path", "required": true, "description": "an owner", "schema": {"type": "string"}},
                "repo": {"name": "repo", "in": "path", "required": true, "description": "a repo", "schema": {"type": "string"}},
            },
            "headers": {"link": {"description": "pages", "example": "<x>", "schema": {"type": "string"}}},
            "examples": {"thing": {"summary": "an example", "description": "of a thing", "value": {"id": 1, "name": "a"}}},
            "responses": {"not_found": {
                "description": "not found",
                "content": {"application/json": {"schema": reference("schemas/error")}},
            }},
            "schemas": schemas(),
        },
    })
}

fn schemas() -> Value {
    let reference = |name: &str| json!({"$ref": format!("#/components/schemas/{name}")});
    json!({
        "thing": {
            "type": "object", "title": "a thing", "description": "a thing of the API",
            "externalDocs": {"url": "https://docs.example.com/thing", "description": "a page"},
            "required": ["id", "name", "state"], "example": {"id": 1, "name": "an example"},
            "properties": {
                "id": {"type": "integer", "format": "int64", "description": "its id", "example": 1},
                "name": {"type": "string", "title": "a name", "description": "its name", "pattern": "^a", "default": "a"},
                "state": {
                    "type": "string", "description": "its state", "enum": ["on", "off", "+1"], "default": "off",
                    "x-enum-descriptions": {"on": "it works", "off": "it does not"},
                },
                "created_at": {"type": "string", "format": "date-time"},
                "self": reference("part"), "type": {"type": "string", "nullable": true},
                "by_name": {"type": "object", "additionalProperties": reference("part")},
                "animal": {
                    "oneOf": [reference("cat"), reference("dog")],
                    "discriminator": {"propertyName": "kind"},
                },
                "text_or_list": {"oneOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}}]},
                "both": {"allOf": [reference("part"), {"type": "object", "properties": {"more": {"type": "string"}}}]},
                "ip": {"type": "string", "x-rust": {"type": "std::net::IpAddr"}},
                "owner": {
                    "type": "object", "description": "an owner", "properties": {"login": {"type": "string"}},
                    "x-rust": {"name": "ThingOwner", "description": "who has it", "field": "owned_by"},
                },
            },
            "x-order": ["id", "name"],
        },
        "part": {"type": "object", "description": "a part", "properties": {"next": reference("part"), "a-b c": {"type": "string"}}},
        "cat": {"type": "object", "required": ["kind"], "properties": {"kind": {"type": "string", "enum": ["cat"]}, "x": {"type": "string"}}},
        "dog": {"type": "object", "required": ["kind"], "properties": {"kind": {"type": "string", "enum": ["dog"]}, "y": {"type": "string"}}},
        "error": {"type": "object", "properties": {"message": {"type": "string"}}},
    })
}

/// Documentation, names and a correction.
pub fn overlay() -> Value {
    json!({
        "overlay": "1.1.0",
        "info": {"title": "a title", "version": "1.0.0"},
        "actions": [
            {"target": "$.paths['/things'].get", "update": {"description": "documentation"}},
            {
                "target": "$.components.schemas.thing.properties.name", "description": "a reason",
                "x-ref": "https://docs.example.com", "x-expect": {"type": "string", "pattern": "^a", "default": "a"},
                "update": {"nullable": true, "description": "a name"},
            },
            {"target": "$.components.schemas.thing.properties.animal", "update": {
                "x-rust": {"name": "Animal", "description": "an animal", "field": "beast"},
            }},
            {"target": "$.components.schemas.thing.properties.state", "update": {
                "x-rust": {"name": "ThingState", "description": "a state"},
                "x-enum-descriptions": {"on": "on", "off": "off", "+1": "more"},
            }},
        ],
    })
}
