//! Schemas of the document as people read them.

use serde_json::Value;

/// A field of a body, or a parameter.
pub(super) struct Field {
    pub(super) name: String,
    pub(super) kind: Kind,
    pub(super) is_required: bool,
    pub(super) notes: String,
}

/// A type in words, and the schema that it names.
pub(super) struct Kind {
    pub(super) words: String,
    pub(super) schema: Option<String>,
}

/// A schema by name.
pub(super) struct Schema {
    pub(super) name: String,
    pub(super) description: String,
    pub(super) kind: Kind,
    pub(super) fields: Vec<Field>,
}

impl Schema {
    pub(super) fn of(name: &str, schema: &Value) -> Self {
        Self {
            name: name.to_owned(),
            description: text(schema, "description"),
            kind: Kind::of(schema),
            fields: fields(schema),
        }
    }
}

impl Field {
    pub(super) fn of_parameter(parameter: &Value) -> Self {
        let schema = parameter.get("schema").unwrap_or(&Value::Null);
        let description = text(parameter, "description");
        Self {
            name: text(parameter, "name"),
            kind: Kind::of(schema),
            is_required: is_true(parameter, "required"),
            notes: join([description, notes(schema)]),
        }
    }
}

impl Kind {
    pub(super) fn of(schema: &Value) -> Self {
        if let Some(name) = referred(schema) {
            return Self {
                words: name.clone(),
                schema: Some(name),
            };
        }
        if text(schema, "type") == "array" {
            let items = Self::of(schema.get("items").unwrap_or(&Value::Null));
            return Self {
                words: format!("{}[]", items.words),
                schema: items.schema,
            };
        }
        let kind = text(schema, "type");
        let format = text(schema, "format");
        let words = match (kind.as_str(), format.as_str()) {
            ("", _) => "any".to_owned(),
            (_, "") => kind,
            _ => format!("{kind} ({format})"),
        };
        Self { words, schema: None }
    }
}

/// The fields of an object, those of its parts included.
pub(super) fn fields(schema: &Value) -> Vec<Field> {
    let required = schema.get("required").and_then(Value::as_array);
    let is_required =
        |name: &str| required.is_some_and(|required| required.iter().any(|field| field == name));
    let properties = schema.get("properties").and_then(Value::as_object);
    properties
        .into_iter()
        .flatten()
        .map(|(name, field)| Field {
            name: name.clone(),
            kind: Kind::of(field),
            is_required: is_required(name),
            notes: join([text(field, "description"), notes(field)]),
        })
        .collect()
}

/// The name behind `$ref`, also inside the `allOf` that makes it nullable.
pub(super) fn referred(schema: &Value) -> Option<String> {
    let direct = schema.get("$ref").and_then(Value::as_str);
    let wrapped = || schema.get("allOf")?.get(0)?.get("$ref")?.as_str();
    let path = direct.or_else(wrapped)?;
    path.rsplit('/').next().map(str::to_owned)
}

pub(super) fn text(value: &Value, name: &str) -> String {
    value
        .get(name)
        .and_then(Value::as_str)
        .unwrap_or_default()
        .to_owned()
}

pub(super) fn is_true(value: &Value, name: &str) -> bool {
    value.get(name).and_then(Value::as_bool).unwrap_or_default()
}

/// Bounds, choices and defaults.
fn notes(schema: &Value) -> String {
    let mut notes = Vec::new();
    if let Some(choices) = schema.get("enum").and_then(Value::as_array) {
        let choices: Vec<String> = choices.iter().map(plain).collect();
        notes.push(format!("One of {}.", choices.join(", ")));
    }
    for (key, words) in [
        ("minLength", "At least"),
        ("maxLength", "At most"),
        ("minimum", "From"),
        ("maximum", "Up to"),
        ("default", "Default"),
    ] {
        if let Some(bound) = schema.get(key) {
            let unit = if key.ends_with("Length") {
                " characters"
            } else {
                ""
            };
            notes.push(format!("{words} {}{unit}.", plain(bound)));
        }
    }
    if is_true(schema, "nullable") {
        notes.push("May be null.".to_owned());
    }
    notes.join(" ")
}

fn plain(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

fn join(parts: [String; 2]) -> String {
    let [first, second] = parts;
    let space = if first.is_empty() || second.is_empty() {
        ""
    } else {
        " "
    };
    format!("{first}{space}{second}")
}
