//! Examples of whole answers, put together from what the schemas of their fields say.

use serde_json::{Map, Value, json};

use crate::openapi::shapes::SCHEMAS;

/// How many references an example follows one after the other: schemas may refer to themselves.
const DEEPEST: usize = 6;

/// A value that `schema` allows.
pub(crate) fn of(schema: &Value, schemas: &Map<String, Value>) -> Value {
    example(schema, schemas, DEEPEST)
}

fn example(schema: &Value, schemas: &Map<String, Value>, depth: usize) -> Value {
    if let Some(given) = schema.get("example").or_else(|| schema.get("default")) {
        return given.clone();
    }
    if let Some(name) = schema.get("$ref").and_then(Value::as_str) {
        let target = name.strip_prefix(SCHEMAS).and_then(|name| schemas.get(name));
        let target = target.zip(depth.checked_sub(1));
        return target.map_or(Value::Null, |(target, depth)| example(target, schemas, depth));
    }
    if let Some(first) = schema.get("enum").and_then(|names| names.get(0)) {
        return first.clone();
    }
    for keyword in ["oneOf", "anyOf"] {
        if let Some(first) = schema.get(keyword).and_then(|sides| sides.get(0)) {
            return example(first, schemas, depth);
        }
    }
    if let Some(parts) = schema.get("allOf").and_then(Value::as_array) {
        return of_parts(schema, parts, schemas, depth);
    }
    of_type(schema, schemas, depth)
}

/// All the parts at once, when they are objects.
fn of_parts(schema: &Value, parts: &[Value], schemas: &Map<String, Value>, depth: usize) -> Value {
    let mut whole = of_properties(schema, schemas, depth);
    for part in parts {
        match example(part, schemas, depth) {
            Value::Object(fields) => whole.extend(fields),
            other => return other,
        }
    }
    Value::Object(whole)
}

fn of_type(schema: &Value, schemas: &Map<String, Value>, depth: usize) -> Value {
    match schema.get("type").and_then(Value::as_str) {
        Some("object") => Value::Object(of_properties(schema, schemas, depth)),
        Some("array") => {
            let item = schema.get("items").map(|items| example(items, schemas, depth));
            let least = bound(schema, "minItems").unwrap_or(1).max(1);
            item.map_or_else(|| json!([]), |item| Value::Array(vec![item; least]))
        }
        Some("boolean") => json!(true),
        Some("integer") => schema.get("minimum").cloned().unwrap_or_else(|| json!(1)),
        Some("number") => json!(1.5),
        Some("string") => json!(of_length(of_format(schema), schema)),
        _ => json!({}),
    }
}

fn of_properties(schema: &Value, schemas: &Map<String, Value>, depth: usize) -> Map<String, Value> {
    let properties = schema.get("properties").and_then(Value::as_object);
    let properties = properties.into_iter().flatten();
    properties
        .map(|(name, schema)| (name.clone(), example(schema, schemas, depth)))
        .collect()
}

/// The text, repeated or cut until it is as long as is allowed.
fn of_length(text: &str, schema: &Value) -> String {
    let least = bound(schema, "minLength").unwrap_or(0);
    let most = bound(schema, "maxLength").unwrap_or(usize::MAX);
    let length = text.chars().count().max(least).min(most);
    text.chars().cycle().take(length).collect()
}

fn bound(schema: &Value, keyword: &str) -> Option<usize> {
    usize::try_from(schema.get(keyword)?.as_u64()?).ok()
}

fn of_format(schema: &Value) -> &'static str {
    match schema.get("format").and_then(Value::as_str) {
        Some("date-time") => "2026-01-31T12:00:00.000Z",
        Some("date") => "2026-01-31",
        Some("email") => "ada@example.com",
        Some("uri") => "https://example.com/",
        Some("uri-reference") => "/example",
        Some("uuid") => "01890a5d-ac96-774b-bcce-b302099a8057",
        Some("ip" | "ipv4") => "203.0.113.7",
        Some("ipv6") => "2001:db8::7",
        _ => "text",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn puts_fields_together_and_ends_in_circles() {
        let schemas = json!({
            "Node": {
                "type": "object",
                "properties": {
                    "name": { "type": "string", "example": "root" },
                    "kind": { "type": "string", "enum": ["leaf", "branch"] },
                    "child": { "allOf": [{ "$ref": "#/components/schemas/Node" }], "nullable": true },
                },
            },
        });
        let schemas = schemas.as_object().unwrap();
        let node = of(&json!({ "$ref": "#/components/schemas/Node" }), schemas);
        assert_eq!(node["name"], "root");
        assert_eq!(node["kind"], "leaf");
        assert_eq!(node["child"]["name"], "root");
    }

    #[test]
    fn every_type_has_one() {
        let schemas = Map::new();
        assert_eq!(of(&json!({ "type": "integer", "minimum": 3 }), &schemas), 3);
        assert_eq!(
            of(
                &json!({ "type": "array", "items": { "type": "boolean" } }),
                &schemas
            ),
            json!([true])
        );
        assert_eq!(
            of(&json!({ "type": "string", "format": "date" }), &schemas),
            "2026-01-31"
        );
        assert_eq!(of(&json!({}), &schemas), json!({}));
        let pair = json!({ "type": "array", "minItems": 2, "items": { "type": "integer" } });
        assert_eq!(of(&pair, &schemas), json!([1, 1]));
        assert_eq!(
            of(&json!({ "type": "string", "minLength": 6 }), &schemas),
            "textte"
        );
        assert_eq!(of(&json!({ "type": "string", "maxLength": 2 }), &schemas), "te");
    }
}
