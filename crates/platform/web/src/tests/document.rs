use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use super::sample::{api, info};
use crate::{AccessRule, to_yaml};

fn document() -> Value {
    api().document(&info())
}

fn operations(document: &Value) -> Vec<(String, Value)> {
    let paths = document["paths"].as_object().unwrap();
    let operations = paths.iter().flat_map(|(path, operations)| {
        let operations = operations.as_object().unwrap().clone();
        operations
            .into_iter()
            .map(move |(method, operation)| (format!("{method} {path}"), operation))
    });
    operations.collect()
}

fn operation(id: &str) -> Value {
    let found = operations(&document())
        .into_iter()
        .find(|(_, operation)| operation["operationId"] == id);
    found.unwrap().1
}

/// Visits every object, with the path to it.
fn visit(value: &Value, path: &str, see: &mut dyn FnMut(&str, &serde_json::Map<String, Value>)) {
    match value {
        Value::Object(object) => {
            see(path, object);
            for (key, item) in object {
                visit(item, &format!("{path}/{}", key.replace('/', "~1")), see);
            }
        }
        Value::Array(items) => {
            for (place, item) in items.iter().enumerate() {
                visit(item, &format!("{path}/{place}"), see);
            }
        }
        _ => {}
    }
}

#[test]
fn every_operation_has_what_generators_need() {
    let document = document();
    let mut ids = BTreeSet::new();
    for (name, operation) in operations(&document) {
        let id = operation["operationId"].as_str().unwrap().to_owned();
        assert!(id.chars().all(char::is_alphanumeric), "{id}");
        assert!(ids.insert(id), "{name}");
        assert_eq!(operation["tags"].as_array().unwrap().len(), 1, "{name}");
        assert!(!operation["summary"].as_str().unwrap().is_empty(), "{name}");
        assert!(!operation["description"].as_str().unwrap().is_empty(), "{name}");
        let rules = [&operation["x-permission"], &operation["x-public"]];
        assert_eq!(rules.iter().filter(|rule| !rule.is_null()).count(), 1, "{name}");
        let responses = operation["responses"].as_object().unwrap();
        let (successes, others): (Vec<_>, Vec<_>) =
            responses.keys().partition(|status| status.starts_with('2'));
        assert_eq!(successes.len(), 1, "{name}");
        assert_eq!(others, ["4XX", "5XX"], "{name}");
        for range in others {
            let content = responses[range]["content"].as_object().unwrap();
            assert_eq!(content.len(), 2, "{name}");
            for kind in ["application/problem+json", "application/json"] {
                assert_eq!(
                    content[kind]["schema"]["$ref"], "#/components/schemas/Problem",
                    "{name}"
                );
            }
        }
        let success = &responses[successes[0]];
        assert_eq!(
            success["headers"]["X-Request-Id"]["$ref"],
            "#/components/headers/X-Request-Id"
        );
        if let Some(content) = success.get("content") {
            assert!(
                content["application/json"]["schema"]["$ref"].is_string(),
                "{name} is not named"
            );
            assert!(content["application/json"]["example"].is_object(), "{name}");
        }
    }
}

#[test]
fn nothing_is_said_that_openapi_3_0_does_not_know() {
    let document = document();
    assert_eq!(document["openapi"], "3.0.3");
    let unknown = [
        "const",
        "examples",
        "prefixItems",
        "$defs",
        "$schema",
        "patternProperties",
        "unevaluatedProperties",
        "if",
    ];
    visit(&document, "", &mut |path, object| {
        for keyword in unknown {
            assert!(!object.contains_key(keyword), "{path}/{keyword}");
        }
        assert!(
            !object.get("type").is_some_and(Value::is_array),
            "{path}/type is a list"
        );
        assert_ne!(object.get("type"), Some(&json!("null")), "{path}");
        assert!(
            !object.get("items").is_some_and(Value::is_array),
            "{path}/items is a list"
        );
        if object.contains_key("$ref") {
            assert_eq!(object.len(), 1, "{path}: siblings of $ref are ignored");
            let target = object["$ref"].as_str().unwrap().trim_start_matches('#');
            assert!(document.pointer(target).is_some(), "{path} refers to {target}");
        }
        if object.get("nullable") == Some(&json!(true)) {
            assert!(
                object.get("type").is_some_and(Value::is_string),
                "{path} is nullable without a type"
            );
        }
        if object.get("type") == Some(&json!("integer")) {
            let known = [Some(&json!("int32")), Some(&json!("int64"))];
            assert!(known.contains(&object.get("format")), "{path} has no format");
        }
    });
}

#[test]
fn a_body_has_the_bounds_that_it_is_checked_by() {
    let document = document();
    let create = &document["components"]["schemas"]["CreateProject"];
    assert_eq!(create["additionalProperties"], false);
    assert_eq!(create["required"], json!(["name"]));
    let properties = &create["properties"];
    assert_eq!(properties["name"]["minLength"], 2);
    assert_eq!(properties["name"]["maxLength"], 20);
    assert_eq!(properties["weight"]["minimum"], 1);
    assert_eq!(properties["weight"]["maximum"], 9);
    assert_eq!(properties["labels"]["maxItems"], 2);
    assert_eq!(properties["labels"]["items"]["minLength"], 1);
    assert_eq!(properties["owner"]["nullable"], true);
    assert_eq!(
        properties["place"]["allOf"][0]["$ref"],
        "#/components/schemas/PlaceInput"
    );
}

#[test]
fn an_answer_has_all_its_fields_and_names_that_callers_like() {
    let document = document();
    let schemas = &document["components"]["schemas"];
    let project = &schemas["Project"];
    assert_eq!(
        project["required"],
        json!([
            "name",
            "stage",
            "last_stage",
            "place",
            "score",
            "review",
            "made_at"
        ])
    );
    assert_eq!(
        project["properties"]["place"]["allOf"][0]["$ref"],
        "#/components/schemas/Place"
    );
    assert_eq!(project["properties"]["last_stage"]["type"], "string");
    assert_eq!(schemas["Place"]["required"], json!(["city", "street"]));
    assert_eq!(schemas["PlaceInput"]["required"], json!(["city"]));
    assert_eq!(schemas["Stage"]["enum"], json!(["planned", "done"]));
    assert_eq!(
        schemas["ProjectPage"]["properties"]["data"]["items"]["$ref"],
        "#/components/schemas/Project"
    );
    assert_eq!(schemas["Review"]["discriminator"]["propertyName"], "kind");
    assert_eq!(schemas["ReviewSignedOff"]["required"], json!(["kind", "by"]));
    assert!(schemas.get("ProjectBody").is_none());
}

#[test]
fn an_example_is_what_the_answer_would_be() {
    let example = &operation("listProjects")["responses"]["200"]["content"]["application/json"]["example"];
    assert_eq!(example["next_cursor"], Value::Null);
    let project = &example["data"][0];
    assert_eq!(project["name"], "Ship it");
    assert_eq!(project["stage"], "planned");
    assert_eq!(project["review"]["kind"], "open");
    assert_eq!(project["made_at"], "2026-01-31T12:00:00.000Z");
}

#[test]
fn parameters_are_flat_and_described() {
    let list = operation("listProjects");
    let parameters: BTreeMap<&str, &Value> = list["parameters"]
        .as_array()
        .unwrap()
        .iter()
        .map(|parameter| (parameter["name"].as_str().unwrap(), parameter))
        .collect();
    assert_eq!(
        parameters.keys().copied().collect::<Vec<_>>(),
        ["cursor", "limit", "orgId", "q", "stage", "weight"]
    );
    assert_eq!(parameters["orgId"]["in"], "path");
    assert_eq!(parameters["orgId"]["required"], true);
    assert_eq!(parameters["limit"]["schema"]["maximum"], 200);
    assert_eq!(
        parameters["q"]["schema"],
        json!({ "type": "string", "minLength": 1, "maxLength": 10 })
    );
    assert_eq!(parameters["q"]["description"], "Part of the name.");
    assert_eq!(parameters["stage"]["required"], false);
    assert_eq!(
        parameters["stage"]["schema"],
        json!({ "$ref": "#/components/schemas/FilterStage" })
    );
    let create = operation("createProject");
    let key = &create["parameters"][1];
    assert_eq!(
        (&key["name"], &key["in"]),
        (&json!("Idempotency-Key"), &json!("header"))
    );
    let headers = &create["responses"]["201"]["headers"];
    assert!(headers["Location"].is_object() && headers["Idempotency-Replayed"].is_object());
    assert!(
        operation("updateProject")["parameters"]
            .to_string()
            .contains("If-Match")
    );
    assert!(operation("getProject")["responses"]["200"]["headers"]["ETag"].is_object());
}

#[test]
fn who_may_call_is_part_of_it() {
    let both = json!([{ "bearer": [] }, { "cookie": [] }]);
    let list = operation("listProjects");
    assert_eq!(list["x-permission"], "organization:read");
    assert_eq!(list["x-permission-scope"], "organization");
    assert_eq!(list["security"], both);
    assert_eq!(operation("whoAmI")["x-permission"], "authenticated");
    assert_eq!(operation("removeMember")["x-step-up"], true);
    let greet = operation("greet");
    assert_eq!(greet["x-public"], true);
    assert_eq!(greet["security"], json!([{}, { "bearer": [] }, { "cookie": [] }]));
    assert_eq!(operation("signUp")["security"], json!([]));
    let document = document();
    assert_eq!(
        document["components"]["securitySchemes"]["bearer"]["scheme"],
        "bearer"
    );
    assert_eq!(
        document["tags"][0],
        json!({ "name": "projects", "description": "Projects of organizations." })
    );
}

#[test]
fn the_list_of_operations_tells_who_may_call_them() {
    let operations = api().operations();
    assert_eq!(operations.len(), 13);
    let remove = operations
        .iter()
        .find(|operation| operation.id == "removeMember")
        .unwrap();
    assert_eq!(remove.method, "DELETE");
    assert_eq!(remove.path, "/organizations/{orgId}/members/{memberId}");
    assert_eq!(remove.access, AccessRule::Member("organization:update"));
    assert!(remove.is_fresh);
}

#[test]
fn it_is_the_same_every_time() {
    assert_eq!(to_yaml(&document()), to_yaml(&document()));
}
