//! The document: every operation, with what all of them have in common.

use std::collections::{BTreeMap, BTreeSet};

use http::Method;
use serde_json::{Map, Value, json};

use crate::openapi::operation::{AccessRule, Operation, Place};
use crate::openapi::schemas::{Schemas, input_name};
use crate::openapi::{example, shapes, unions};
use crate::problem::{PROBLEM_JSON, Problem};

/// What the document says about the API as a whole.
#[derive(Debug, Clone)]
pub struct Info {
    /// The product's name.
    pub title: String,
    /// The product's version.
    pub version: String,
    /// What it is for, in Markdown.
    pub description: String,
    /// Whom to ask: name and address on the web.
    pub contact: (String, String),
    /// Where the API is, `/` for wherever the document comes from.
    pub server_url: String,
}

/// An operation as its route names it.
#[derive(Debug, Clone)]
pub(crate) struct Entry {
    pub(crate) id: String,
    pub(crate) method: Method,
    pub(crate) path: &'static str,
    pub(crate) tag: &'static str,
    pub(crate) summary: &'static str,
    pub(crate) description: &'static str,
    pub(crate) describe: fn(&mut Operation<'_>),
}

/// A group of operations.
#[derive(Debug, Clone)]
pub(crate) struct Tag {
    pub(crate) name: &'static str,
    pub(crate) description: &'static str,
}

impl Entry {
    /// Lets the handler's types describe the operation.
    ///
    /// # Panics
    /// When the description and the route disagree; a test that builds the router finds that.
    pub(crate) fn describe<'a>(&self, schemas: &'a mut Schemas) -> Operation<'a> {
        let mut operation = Operation::new(schemas, self.method.clone());
        (self.describe)(&mut operation);
        let id = &self.id;
        assert!(
            operation.access.is_some(),
            "{id} does not say who may call it: take Public, Principal, Member, Operator, Account, Tenant or KeyHolder"
        );
        let in_path: BTreeSet<&str> = path_parameters(self.path).collect();
        assert_eq!(
            in_path,
            operation.names(Place::Path),
            "path parameters of {id} and what it reads"
        );
        // Two statuses may share one body; generated clients then have one type to return.
        let bodies: BTreeSet<String> = operation
            .answers
            .values()
            .map(|answer| answer.get("content").map(Value::to_string).unwrap_or_default())
            .collect();
        assert_eq!(bodies.len(), 1, "{id} must have one success answer");
        assert!(
            !self.summary.is_empty() && !self.description.is_empty(),
            "{id} must be explained"
        );
        operation
    }
}

fn path_parameters(path: &str) -> impl Iterator<Item = &str> {
    let opened = path.split('{').skip(1);
    opened
        .filter_map(|rest| rest.split_once('}'))
        .map(|(name, _)| name)
}

/// The document of these operations.
///
/// # Panics
/// When an operation's description and its route disagree.
pub(crate) fn document(info: &Info, tags: &[Tag], entries: &[Entry]) -> Value {
    let mut schemas = Schemas::new();
    let problem = schemas.written::<Problem>();
    let mut paths: BTreeMap<&str, Map<String, Value>> = BTreeMap::new();
    for entry in entries {
        let operation = entry.describe(&mut schemas);
        let method = entry.method.as_str().to_ascii_lowercase();
        let described = describe_operation(entry, operation, &problem);
        paths.entry(entry.path).or_default().insert(method, described);
    }
    let (twofold, mut named) = schemas.finish();
    unions::name_sides(&mut named);
    let mut paths = json!(paths);
    for_each_operation(&mut paths, |operation| {
        for part in ["requestBody", "parameters"] {
            if let Some(part) = operation.get_mut(part) {
                shapes::rename(part, &|name| input_name(name, &twofold));
            }
        }
    });
    let types = named.clone();
    shapes::name_types(&mut paths, &types);
    named
        .values_mut()
        .for_each(|schema| shapes::name_types(schema, &types));
    for_each_operation(&mut paths, |operation| add_examples(operation, &named));
    let mut document = json!({
        "openapi": "3.0.3",
        "info": describe_info(info),
        "servers": [{ "url": info.server_url }],
        "tags": tags.iter().map(describe_tag).collect::<Vec<_>>(),
        "paths": paths,
        "components": {
            "schemas": named,
            "headers": headers(),
            "securitySchemes": security_schemes(),
        },
    });
    drop_suffixes(&mut document);
    document
}

fn describe_info(info: &Info) -> Value {
    let (name, url) = &info.contact;
    json!({
        "title": info.title,
        "version": info.version,
        "description": info.description,
        "contact": { "name": name, "url": url },
        "license": { "name": "MIT", "url": "https://opensource.org/license/mit" },
    })
}

fn describe_tag(tag: &Tag) -> Value {
    json!({ "name": tag.name, "description": tag.description })
}

fn describe_operation(entry: &Entry, mut operation: Operation<'_>, problem: &Value) -> Value {
    let mut described = json!({
        "operationId": entry.id,
        "tags": [entry.tag],
        "summary": entry.summary,
        "description": description(entry, &operation),
        "security": security(&operation),
        "responses": responses(&mut operation, problem),
    });
    let Some(object) = described.as_object_mut() else {
        return described;
    };
    if !operation.parameters.is_empty() {
        object.insert("parameters".into(), json!(operation.parameters));
    }
    if let Some(body) = operation.body {
        object.insert("requestBody".into(), body);
    }
    match operation.access {
        None | Some(AccessRule::Public) => object.insert("x-public".into(), json!(true)),
        Some(rule) => object.insert("x-permission".into(), json!(rule.permission())),
    };
    if let Some(scope) = operation.access.and_then(scope) {
        object.insert("x-permission-scope".into(), json!(scope));
    }
    if let Some(AccessRule::Scope(_, platform)) = operation.access {
        object.insert("x-platform-permission".into(), json!(platform));
    }
    if operation.is_fresh {
        object.insert("x-step-up".into(), json!(true));
    }
    described
}

fn description(entry: &Entry, operation: &Operation<'_>) -> String {
    if operation.accepts_keys {
        format!("{} API keys are accepted.", entry.description)
    } else {
        entry.description.to_owned()
    }
}

/// Where the permission has to be held.
const fn scope(rule: AccessRule) -> Option<&'static str> {
    match rule {
        AccessRule::Public | AccessRule::Authenticated => None,
        AccessRule::Member(_) => Some("organization"),
        AccessRule::Operator(_) => Some("platform"),
        AccessRule::Account(_) => Some("own account, or platform"),
        AccessRule::Scope(_, _) => Some("organization that is named, or platform"),
        AccessRule::Key(_) => Some("API key"),
    }
}

fn security(operation: &Operation<'_>) -> Value {
    match operation.access {
        Some(AccessRule::Public) if operation.accepts_credentials && operation.accepts_keys => {
            json!([{}, { "bearer": [] }, { "cookie": [] }, { "api_key": [] }])
        }
        Some(AccessRule::Public) if operation.accepts_credentials => {
            json!([{}, { "bearer": [] }, { "cookie": [] }])
        }
        Some(AccessRule::Public) => json!([]),
        Some(AccessRule::Key(_)) => json!([{ "api_key": [] }]),
        _ if operation.accepts_keys => json!([{ "bearer": [] }, { "cookie": [] }, { "api_key": [] }]),
        _ => json!([{ "bearer": [] }, { "cookie": [] }]),
    }
}

fn responses(operation: &mut Operation<'_>, problem: &Value) -> Value {
    let mut headers = operation.take_answer_headers();
    let has_body = |answer: &Value| answer.get("content").is_some();
    if *operation.method() == Method::GET && operation.answers.values().all(has_body) {
        headers.insert("ETag".into(), header_reference("ETag"));
    }
    headers.extend(common_headers(&["RateLimit", "RateLimit-Policy", "X-Request-Id"]));
    let mut responses = Map::new();
    for (status, answer) in &operation.answers {
        let mut answer = answer.clone();
        if let Some(answer) = answer.as_object_mut() {
            answer.insert("headers".into(), json!(headers));
        }
        responses.insert(status.to_string(), answer);
    }
    let content = json!({ PROBLEM_JSON: { "schema": problem }, "application/json": { "schema": problem } });
    let refused = [
        "RateLimit",
        "RateLimit-Policy",
        "Retry-After",
        "WWW-Authenticate",
        "X-Request-Id",
    ];
    for (range, description, headers) in [
        (
            "4XX",
            "The request was refused; `code` says why.",
            refused.as_slice(),
        ),
        (
            "5XX",
            "Something failed on our side, or has no room right now.",
            &["Retry-After", "X-Request-Id"],
        ),
    ] {
        let headers: Map<String, Value> = common_headers(headers).collect();
        let answer = json!({ "description": description, "headers": headers, "content": content });
        responses.insert(range.into(), answer);
    }
    Value::Object(responses)
}

fn common_headers(names: &[&str]) -> impl Iterator<Item = (String, Value)> {
    names
        .iter()
        .map(|name| ((*name).to_owned(), header_reference(name)))
}

fn header_reference(name: &str) -> Value {
    json!({ "$ref": format!("#/components/headers/{name}") })
}

fn headers() -> Value {
    let text = |description: &str, example: &str| json!({ "description": description, "schema": { "type": "string", "example": example } });
    json!({
        "ETag": text("The version of this answer, for `If-None-Match` and `If-Match`.", "\"v7\""),
        "RateLimit": text("What is left of the limit and when it is renewed.", "\"default\";r=50;t=30"),
        "RateLimit-Policy": text("The limit and its window in seconds.", "\"default\";q=100;w=60"),
        "Retry-After": {
            "description": "Seconds after which trying again makes sense.",
            "schema": { "type": "integer", "format": "int32", "minimum": 1, "example": 1 },
        },
        "WWW-Authenticate": text("With 401: how to sign in (RFC 6750, RFC 9470).", "Bearer"),
        "X-Request-Id": text("The id of the request, to be named when asking for help.", "req_5f0c2a9be1d34c6f"),
    })
}

fn security_schemes() -> Value {
    json!({
        "bearer": {
            "type": "http",
            "scheme": "bearer",
            "bearerFormat": "JWT",
            "description": "The access token that signing in answers.",
        },
        "cookie": {
            "type": "apiKey",
            "in": "cookie",
            "name": crate::openapi::SESSION_COOKIE,
            "description": "The session of a browser. Changes need a request from our own pages.",
        },
        "api_key": {
            "type": "http",
            "scheme": "bearer",
            "bearerFormat": "API key",
            "description": "The key of a program, `Authorization: Bearer msk_…`. Only operations that name it accept it.",
        },
    })
}

fn add_examples(operation: &mut Value, schemas: &Map<String, Value>) {
    let answers = operation.get_mut("responses").and_then(Value::as_object_mut);
    let successes = answers
        .into_iter()
        .flatten()
        .filter(|(status, _)| status.starts_with('2'));
    for (_, answer) in successes {
        let Some(content) = answer
            .pointer_mut("/content/application~1json")
            .and_then(Value::as_object_mut)
        else {
            continue;
        };
        if let Some(schema) = content.get("schema") {
            let example = example::of(schema, schemas);
            content.insert("example".into(), example);
        }
    }
}

fn for_each_operation(paths: &mut Value, mut change: impl FnMut(&mut Value)) {
    let paths = paths.as_object_mut().into_iter().flatten();
    for (_, operations) in paths {
        let operations = operations.as_object_mut().into_iter().flatten();
        operations.for_each(|(_, operation)| change(operation));
    }
}

/// `OrganizationBody` is a name for us; callers read and write an `Organization`.
fn drop_suffixes(document: &mut Value) {
    let Some(schemas) = document
        .pointer_mut("/components/schemas")
        .and_then(Value::as_object_mut)
    else {
        return;
    };
    let names: BTreeSet<String> = schemas.keys().cloned().collect();
    let short_name = |name: &str| {
        let short = name.strip_suffix("Body").filter(|short| !short.is_empty())?;
        (!names.contains(short)).then(|| short.to_owned())
    };
    let renamed = std::mem::take(schemas).into_iter();
    *schemas = renamed
        .map(|(name, schema)| (short_name(&name).unwrap_or(name), schema))
        .collect();
    shapes::rename(document, &short_name);
}
