//! What the page shows, taken from the document.

use std::fmt::Write as _;

use serde_json::{Map, Value};

use crate::docs_page::schema::{Field, Kind, Schema, fields, referred, text};

pub(super) struct Reference {
    pub(super) title: String,
    pub(super) version: String,
    pub(super) description: String,
    pub(super) groups: Vec<Group>,
    pub(super) schemas: Vec<Schema>,
}

/// The operations of one tag.
pub(super) struct Group {
    pub(super) name: String,
    pub(super) operations: Vec<Operation>,
}

pub(super) struct Operation {
    pub(super) id: String,
    pub(super) method: String,
    pub(super) path: String,
    pub(super) summary: String,
    pub(super) description: String,
    pub(super) access: String,
    pub(super) parameters: Vec<Field>,
    pub(super) body: Option<Kind>,
    pub(super) body_fields: Vec<Field>,
    pub(super) answers: Vec<Answer>,
    pub(super) curl: String,
}

pub(super) struct Answer {
    pub(super) status: String,
    pub(super) description: String,
    pub(super) kind: Option<Kind>,
}

const METHODS: [&str; 5] = ["get", "post", "put", "patch", "delete"];

impl Reference {
    pub(super) fn of(document: &Value) -> Self {
        let info = document.get("info").unwrap_or(&Value::Null);
        let schemas = document.pointer("/components/schemas").and_then(Value::as_object);
        let mut groups: Vec<Group> = Vec::new();
        for (path, item) in object(document, "paths") {
            for method in METHODS {
                if let Some(operation) = item.get(method) {
                    add(
                        &mut groups,
                        operation,
                        Operation::of(document, method, path, operation),
                    );
                }
            }
        }
        Self {
            title: text(info, "title"),
            version: text(info, "version"),
            description: text(info, "description"),
            groups,
            schemas: schemas
                .into_iter()
                .flatten()
                .map(|(name, schema)| Schema::of(name, schema))
                .collect(),
        }
    }
}

fn add(groups: &mut Vec<Group>, operation: &Value, shown: Operation) {
    let tag = operation
        .pointer("/tags/0")
        .and_then(Value::as_str)
        .unwrap_or("other");
    match groups.iter_mut().find(|group| group.name == tag) {
        Some(group) => group.operations.push(shown),
        None => groups.push(Group {
            name: tag.to_owned(),
            operations: vec![shown],
        }),
    }
}

impl Operation {
    fn of(document: &Value, method: &str, path: &str, operation: &Value) -> Self {
        let parameters = operation.get("parameters").and_then(Value::as_array);
        let parameters: Vec<&Value> = parameters.into_iter().flatten().collect();
        let media = operation.pointer("/requestBody/content/application~1json");
        let schema = media.and_then(|media| media.get("schema"));
        Self {
            id: text(operation, "operationId"),
            method: method.to_ascii_uppercase(),
            path: path.to_owned(),
            summary: text(operation, "summary"),
            description: text(operation, "description"),
            access: access(operation),
            parameters: parameters
                .iter()
                .map(|parameter| Field::of_parameter(parameter))
                .collect(),
            body: schema.map(Kind::of),
            body_fields: schema
                .map(|schema| fields(resolve(document, schema)))
                .unwrap_or_default(),
            answers: object(operation, "responses")
                .map(|(status, answer)| Answer::of(status, answer))
                .collect(),
            curl: curl(document, method, path, operation, &parameters),
        }
    }
}

impl Answer {
    fn of(status: &str, answer: &Value) -> Self {
        let content = answer.get("content").and_then(Value::as_object);
        let media = content.and_then(|content| content.values().next());
        Self {
            status: status.to_owned(),
            description: text(answer, "description"),
            kind: media.and_then(|media| media.get("schema")).map(Kind::of),
        }
    }
}

fn access(operation: &Value) -> String {
    let is_public = operation.get("x-public").and_then(Value::as_bool);
    if is_public.unwrap_or_default() {
        return "public".to_owned();
    }
    let permission = text(operation, "x-permission");
    if permission.is_empty() {
        "signed in".to_owned()
    } else {
        permission
    }
}

/// A call that can be pasted into a terminal.
fn curl(document: &Value, method: &str, path: &str, operation: &Value, parameters: &[&Value]) -> String {
    let mut url = path.to_owned();
    for parameter in parameters
        .iter()
        .filter(|parameter| text(parameter, "in") == "path")
    {
        let name = text(parameter, "name");
        let schema = parameter.get("schema").unwrap_or(&Value::Null);
        let example = example(document, schema, 0);
        let example = example
            .as_str()
            .map_or_else(|| example.to_string(), str::to_owned);
        url = url.replace(&format!("{{{name}}}"), &example);
    }
    let mut call = String::from("curl");
    if method != "get" {
        call.push_str(" -X ");
        call.push_str(&method.to_ascii_uppercase());
    }
    let _ = write!(call, " \"$MAINSTAY{url}\"");
    if access(operation) != "public" {
        call.push_str(" \\\n  -H \"Authorization: Bearer $TOKEN\"");
    }
    if let Some(media) = operation.pointer("/requestBody/content/application~1json") {
        let schema = media.get("schema").unwrap_or(&Value::Null);
        let body = media
            .get("example")
            .cloned()
            .unwrap_or_else(|| example(document, schema, 0));
        let body = body.to_string().replace('\'', "'\\''");
        let _ = write!(
            call,
            " \\\n  -H \"Content-Type: application/json\" \\\n  -d '{body}'"
        );
    }
    call
}

/// An example of what `schema` describes; `depth` ends schemas that hold themselves.
fn example(document: &Value, schema: &Value, depth: u8) -> Value {
    let schema = resolve(document, schema);
    if let Some(example) = schema.get("example").or_else(|| schema.get("default")) {
        return example.clone();
    }
    if let Some(first) = schema.pointer("/enum/0") {
        return first.clone();
    }
    match text(schema, "type").as_str() {
        "string" => "…".into(),
        "integer" | "number" => 1.into(),
        "boolean" => true.into(),
        "array" => Value::Array(Vec::new()),
        _ if depth > 3 => Value::Null,
        _ => object(schema, "properties")
            .map(|(name, field)| (name.clone(), example(document, field, depth + 1)))
            .collect::<Map<_, _>>()
            .into(),
    }
}

fn resolve<'a>(document: &'a Value, schema: &'a Value) -> &'a Value {
    let name = referred(schema);
    let found = name.and_then(|name| document.pointer("/components/schemas")?.get(name));
    found.unwrap_or(schema)
}

fn object<'a>(value: &'a Value, name: &str) -> impl Iterator<Item = (&'a String, &'a Value)> {
    value.get(name).and_then(Value::as_object).into_iter().flatten()
}
