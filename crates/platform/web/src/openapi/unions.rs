//! Tagged unions: each side gets a name, and the tag is told to generators as a discriminator.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use crate::openapi::shapes::SCHEMAS;

/// Names the sides of every tagged union among the named schemas.
pub(crate) fn name_sides(schemas: &mut Map<String, Value>) {
    let names: Vec<String> = schemas.keys().cloned().collect();
    for name in names {
        let sides = schemas.get(&name).and_then(|schema| schema.get("oneOf"));
        let Some(sides) = sides.and_then(Value::as_array).cloned() else {
            continue;
        };
        let Some(tag) = tag_of(&sides) else {
            continue;
        };
        let mut mapping = Map::new();
        let mut references = Vec::new();
        for side in sides {
            let value = tag_value(&side, &tag).unwrap_or_default().to_owned();
            let side_name = format!("{name}{}", capitalised(&value));
            let reference = format!("{SCHEMAS}{side_name}");
            mapping.insert(value, json!(reference));
            references.push(json!({ "$ref": reference }));
            schemas.insert(side_name, side);
        }
        if let Some(union) = schemas.get_mut(&name).and_then(Value::as_object_mut) {
            union.insert("oneOf".into(), Value::Array(references));
            union.insert(
                "discriminator".into(),
                json!({ "propertyName": tag, "mapping": mapping }),
            );
        }
    }
}

/// The property that has one fixed value on every side, another on each.
fn tag_of(sides: &[Value]) -> Option<String> {
    let first = sides.first()?.get("properties")?.as_object()?;
    let is_tag = |name: &&String| {
        let values: BTreeSet<&str> = sides.iter().filter_map(|side| tag_value(side, name)).collect();
        values.len() == sides.len()
    };
    first.keys().find(is_tag).cloned()
}

fn tag_value<'a>(side: &'a Value, tag: &str) -> Option<&'a str> {
    match side
        .get("properties")?
        .get(tag)?
        .get("enum")?
        .as_array()?
        .as_slice()
    {
        [value] => value.as_str(),
        _ => None,
    }
}

/// `check_email` as part of a type's name: `CheckEmail`.
fn capitalised(value: &str) -> String {
    let words = value.split(|letter: char| !letter.is_alphanumeric());
    words
        .flat_map(|word| {
            let mut letters = word.chars();
            let first = letters.next().map(|first| first.to_ascii_uppercase());
            first.into_iter().chain(letters)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sides_with_a_tag_are_named_after_it() {
        let side = |kind: &str| json!({ "type": "object", "properties": { "kind": { "enum": [kind] } } });
        let mut schemas = Map::from_iter([(
            "Factor".to_owned(),
            json!({ "oneOf": [side("totp"), side("pass_key")] }),
        )]);
        name_sides(&mut schemas);
        assert_eq!(
            schemas.keys().collect::<Vec<_>>(),
            ["Factor", "FactorPassKey", "FactorTotp"]
        );
        assert_eq!(
            schemas["Factor"]["discriminator"],
            json!({
                "propertyName": "kind",
                "mapping": {
                    "totp": "#/components/schemas/FactorTotp",
                    "pass_key": "#/components/schemas/FactorPassKey",
                },
            })
        );
    }

    #[test]
    fn sides_without_a_tag_stay() {
        let union = json!({ "oneOf": [{ "type": "object", "properties": {} }, { "type": "string" }] });
        let mut schemas = Map::from_iter([("Either".to_owned(), union.clone())]);
        name_sides(&mut schemas);
        assert_eq!(schemas["Either"], union);
    }
}
