//! From JSON Schema to what OpenAPI 3.0 can say, beyond what schemars does itself.

use schemars::Schema;
use schemars::transform::{Transform, transform_subschemas};
use serde_json::{Map, Value, json};

/// Where the document keeps its schemas.
pub(crate) const SCHEMAS: &str = "#/components/schemas/";

/// Keywords that OpenAPI 3.0 does not have.
const UNKNOWN: [&str; 11] = [
    "$comment",
    "$defs",
    "additionalItems",
    "contains",
    "contentEncoding",
    "contentMediaType",
    "else",
    "if",
    "patternProperties",
    "propertyNames",
    "then",
];

/// The transform, run after those of schemars.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Shapes;

impl Transform for Shapes {
    fn transform(&mut self, schema: &mut Schema) {
        transform_subschemas(self, schema);
        if let Some(object) = schema.as_object_mut() {
            for keyword in UNKNOWN {
                object.remove(keyword);
            }
            // "nothing by default" is what leaving a field out means anyway, and null has no type here.
            if object.get("default") == Some(&Value::Null) {
                object.remove("default");
            }
            join_names(object);
            make_nullable(object);
            make_tuples_lists(object);
            spell_format(object);
        }
    }
}

/// An enum whose variants have descriptions comes as one schema a variant: it is one list of names.
fn join_names(object: &mut Map<String, Value>) {
    let Some(Value::Array(variants)) = object.get("oneOf") else {
        return;
    };
    let mut names = Vec::new();
    let mut lines = Vec::new();
    for variant in variants {
        let of_variant = variant.get("enum").and_then(Value::as_array);
        let Some(of_variant) = of_variant.filter(|_| variant.get("type") == Some(&json!("string"))) else {
            return;
        };
        let meaning = variant.get("description").and_then(Value::as_str);
        lines.extend(meaning.zip(of_variant.first()).map(|(meaning, name)| {
            let name = name.as_str().unwrap_or_default();
            format!("- `{name}`: {meaning}")
        }));
        names.extend(of_variant.iter().cloned());
    }
    object.remove("oneOf");
    object.insert("type".into(), json!("string"));
    object.insert("enum".into(), Value::Array(names));
    let own = object.get("description").and_then(Value::as_str);
    let text: Vec<String> = own.map(str::to_owned).into_iter().chain(lines).collect();
    if !text.is_empty() {
        object.insert("description".into(), json!(text.join("\n")));
    }
}

/// A union with null is the other side, nullable. [`name_types`] adds the type, which is known later.
fn make_nullable(object: &mut Map<String, Value>) {
    let Some(Value::Array(sides)) = object.get("anyOf") else {
        return;
    };
    let others: Vec<Value> = sides.iter().filter(|side| !is_null(side)).cloned().collect();
    if others.len() == sides.len() {
        return;
    }
    object.remove("anyOf");
    object.insert("nullable".into(), json!(true));
    let keyword = if others.len() == 1 { "allOf" } else { "anyOf" };
    object.insert(keyword.into(), Value::Array(others));
}

fn is_null(schema: &Value) -> bool {
    schema.get("enum") == Some(&json!([null]))
}

/// There are no places in a list: it is a list of any of them, as long as the tuple.
fn make_tuples_lists(object: &mut Map<String, Value>) {
    let Some(Value::Array(places)) = object.get("items") else {
        return;
    };
    let mut kinds: Vec<Value> = Vec::new();
    for place in places {
        if !kinds.contains(place) {
            kinds.push(place.clone());
        }
    }
    let items = match kinds.as_slice() {
        [kind] => kind.clone(),
        _ => json!({ "anyOf": kinds }),
    };
    object.insert("items".into(), items);
}

/// The formats that OpenAPI knows of: a generator guesses at others, or refuses them.
fn spell_format(object: &mut Map<String, Value>) {
    let known = match object.get("format").and_then(Value::as_str) {
        Some("int8" | "uint8" | "int16" | "uint16") => "int32",
        Some("int" | "uint" | "uint32" | "uint64") => "int64",
        _ => return,
    };
    object.insert("format".into(), json!(known));
}

/// `nullable` has a meaning only beside a `type` (OpenAPI 3.0.3 §4.7.24.1), which is that of the schema
/// referred to.
pub(crate) fn name_types(value: &mut Value, schemas: &Map<String, Value>) {
    match value {
        Value::Array(items) => items.iter_mut().for_each(|item| name_types(item, schemas)),
        Value::Object(object) => {
            object.values_mut().for_each(|item| name_types(item, schemas));
            if object.get("nullable") == Some(&json!(true)) && !object.contains_key("type") {
                let side = object.get("allOf").and_then(|sides| sides.get(0));
                let kind = side.map_or_else(|| json!("object"), |side| type_of(side, schemas));
                object.insert("type".into(), kind);
            }
        }
        _ => {}
    }
}

fn type_of(schema: &Value, schemas: &Map<String, Value>) -> Value {
    let target = schema.get("$ref").and_then(Value::as_str);
    let target = target.and_then(|target| schemas.get(target.strip_prefix(SCHEMAS)?));
    let kind = target.unwrap_or(schema).get("type");
    kind.cloned().unwrap_or_else(|| json!("object"))
}

/// The names of the schemas that `value` refers to.
pub(crate) fn references(value: &Value) -> Box<dyn Iterator<Item = &str> + '_> {
    match value {
        Value::Array(items) => Box::new(items.iter().flat_map(references)),
        Value::Object(object) => Box::new(object.iter().flat_map(|(key, item)| {
            let name = item.as_str().filter(|_| key == "$ref");
            let name = name.and_then(|target| target.strip_prefix(SCHEMAS));
            name.into_iter().chain(references(item))
        })),
        _ => Box::new(std::iter::empty()),
    }
}

/// Gives schemas that `value` refers to another name, where `name_of` has one.
pub(crate) fn rename(value: &mut Value, name_of: &dyn Fn(&str) -> Option<String>) {
    match value {
        Value::Array(items) => items.iter_mut().for_each(|item| rename(item, name_of)),
        Value::Object(object) => {
            for (key, item) in object.iter_mut() {
                let target = item.as_str().filter(|_| key == "$ref");
                let target = target.and_then(|target| target.strip_prefix(SCHEMAS));
                match target.map(name_of) {
                    Some(Some(name)) => *item = json!(format!("{SCHEMAS}{name}")),
                    Some(None) => {}
                    None => rename(item, name_of),
                }
            }
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shaped(schema: Value) -> Value {
        let mut schema = Schema::try_from(schema).unwrap();
        Shapes.transform(&mut schema);
        schema.to_value()
    }

    #[test]
    fn described_variants_become_one_list_of_names() {
        let schema = shaped(json!({
            "description": "Standing.",
            "oneOf": [
                { "type": "string", "enum": ["active"], "description": "May sign in." },
                { "type": "string", "enum": ["gone", "lost"] },
            ],
        }));
        assert_eq!(
            schema,
            json!({
                "type": "string",
                "enum": ["active", "gone", "lost"],
                "description": "Standing.\n- `active`: May sign in.",
            })
        );
    }

    #[test]
    fn a_union_of_objects_stays_one() {
        let schema = json!({ "oneOf": [{ "type": "object" }, { "type": "string", "enum": ["a"] }] });
        assert_eq!(shaped(schema.clone()), schema);
    }

    #[test]
    fn a_nullable_reference_has_the_type_of_its_target() {
        let target = format!("{SCHEMAS}Standing");
        let mut schema =
            shaped(json!({ "anyOf": [{ "$ref": target }, { "enum": [null], "nullable": true }] }));
        let schemas = Map::from_iter([("Standing".to_owned(), json!({ "type": "string" }))]);
        name_types(&mut schema, &schemas);
        assert_eq!(
            schema,
            json!({ "type": "string", "nullable": true, "allOf": [{ "$ref": target }] })
        );
    }

    #[test]
    fn tuples_and_odd_formats_become_what_generators_know() {
        assert_eq!(
            shaped(json!({ "type": "array", "items": [{ "format": "uint8" }, { "format": "uint16" }] })),
            json!({ "type": "array", "items": { "format": "int32" } })
        );
        assert_eq!(
            shaped(json!({ "items": [{ "type": "string" }, { "type": "integer", "format": "uint" }] })),
            json!({ "items": { "anyOf": [{ "type": "string" }, { "type": "integer", "format": "int64" }] } })
        );
    }

    #[test]
    fn renames_deep_references() {
        let mut schema = json!({ "properties": { "a": { "items": { "$ref": format!("{SCHEMAS}A") } } } });
        assert_eq!(references(&schema).collect::<Vec<_>>(), ["A"]);
        rename(&mut schema, &|name| (name == "A").then(|| "B".to_owned()));
        assert_eq!(references(&schema).collect::<Vec<_>>(), ["B"]);
    }
}
