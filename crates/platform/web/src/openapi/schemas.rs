//! Two generators, because a type may look different when it is read than when it is written: a field that
//! may be left out on the way in is always there on the way out.

use std::collections::BTreeSet;

use schemars::generate::SchemaSettings;
use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde_json::{Map, Value};

use crate::openapi::shapes;

/// The generators, and with them every named schema that was met so far.
pub(crate) struct Schemas {
    read: SchemaGenerator,
    written: SchemaGenerator,
}

/// A schema that stands alone: as OpenAPI 3.0 has it, with nothing in it that leads elsewhere.
pub fn standalone(schema: fn(&mut SchemaGenerator) -> Schema) -> Value {
    let mut generator = SchemaSettings::openapi3()
        .with(|settings| {
            settings.meta_schema = None;
            settings.inline_subschemas = true;
        })
        .with_transform(shapes::Shapes)
        .for_serialize()
        .into_generator();
    let schema = schema(&mut generator);
    let mut alone = shaped(&mut generator, schema);
    shapes::name_types(&mut alone, &Map::new());
    alone
}

/// A field of a parameter struct.
pub(crate) struct Field {
    pub(crate) name: String,
    pub(crate) schema: Value,
    pub(crate) is_required: bool,
}

impl Schemas {
    pub(crate) fn new() -> Self {
        let settings = || {
            SchemaSettings::openapi3()
                .with(|settings| settings.meta_schema = None)
                .with_transform(shapes::Shapes)
        };
        Self {
            read: settings().into_generator(),
            written: settings().for_serialize().into_generator(),
        }
    }

    /// The schema of a body that is read.
    pub(crate) fn read<T: JsonSchema>(&mut self) -> Value {
        let schema = self.read.subschema_for::<T>();
        shaped(&mut self.read, schema)
    }

    /// The schema of a body that is written.
    pub(crate) fn written<T: JsonSchema>(&mut self) -> Value {
        let schema = self.written.subschema_for::<T>();
        shaped(&mut self.written, schema)
    }

    /// The fields of a struct that is read from parameters, one parameter each.
    pub(crate) fn fields<T: JsonSchema>(&mut self) -> Vec<Field> {
        let schema = T::json_schema(&mut self.read);
        let schema = shaped(&mut self.read, schema);
        let required: BTreeSet<&str> = texts(schema.get("required")).collect();
        let properties = schema.get("properties").and_then(Value::as_object);
        let properties = properties.into_iter().flatten();
        properties
            .map(|(name, schema)| Field {
                name: name.clone(),
                schema: schema.clone(),
                is_required: required.contains(name.as_str()),
            })
            .collect()
    }

    /// Every named schema. A type that reads differently than it is written gets a second name for the way
    /// in, and so does whatever refers to it; the first set holds those names.
    pub(crate) fn finish(mut self) -> (BTreeSet<String>, Map<String, Value>) {
        let read = self.read.take_definitions(true);
        let mut named = self.written.take_definitions(true);
        let mut twofold: BTreeSet<String> = read
            .iter()
            .filter(|(name, schema)| named.get(*name).is_some_and(|written| written != *schema))
            .map(|(name, _)| name.clone())
            .collect();
        loop {
            let more: Vec<String> = read
                .iter()
                .filter(|(name, _)| named.contains_key(*name) && !twofold.contains(*name))
                .filter(|(_, schema)| shapes::references(schema).any(|to| twofold.contains(to)))
                .map(|(name, _)| name.clone())
                .collect();
            if more.is_empty() {
                break;
            }
            twofold.extend(more);
        }
        for (name, mut schema) in read {
            shapes::rename(&mut schema, &|to| input_name(to, &twofold));
            named.insert(input_name(&name, &twofold).unwrap_or(name), schema);
        }
        (twofold, named)
    }
}

/// The name of `name` on the way in, when it has another there.
pub(crate) fn input_name(name: &str, twofold: &BTreeSet<String>) -> Option<String> {
    twofold.contains(name).then(|| format!("{name}Input"))
}

/// Named schemas pass through the transforms when they are taken; these don't, so it is done here.
fn shaped(generator: &mut SchemaGenerator, mut schema: Schema) -> Value {
    for transform in generator.transforms_mut() {
        transform.transform(&mut schema);
    }
    schema.to_value()
}

fn texts(list: Option<&Value>) -> impl Iterator<Item = &str> {
    list.and_then(Value::as_array)
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
}
