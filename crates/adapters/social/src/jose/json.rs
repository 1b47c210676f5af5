//! JSON in which no object has a name twice. Readers disagree on which of two wins, so one of them can be
//! shown what the other does not see (RFC 8725, section 2.4).

use std::fmt;

use serde::de::{Deserialize, Deserializer, Error as _, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number, Value};

/// Reads an object; `None` for anything else, and where a name stands twice, however deep.
pub(crate) fn object(json: &[u8]) -> Option<Map<String, Value>> {
    match value(json)? {
        Value::Object(object) => Some(object),
        _ => None,
    }
}

/// Reads any value under the same rule.
pub(crate) fn value(json: &[u8]) -> Option<Value> {
    serde_json::from_slice::<Strict>(json).ok().map(|strict| strict.0)
}

struct Strict(Value);

impl<'de> Deserialize<'de> for Strict {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Reader).map(Self)
    }
}

struct Reader;

impl<'de> Visitor<'de> for Reader {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON without repeated names")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_f64<E>(self, value: f64) -> Result<Value, E> {
        Ok(Number::from_f64(value).map_or(Value::Null, Value::Number))
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut access: A) -> Result<Value, A::Error> {
        let mut items = Vec::new();
        while let Some(Strict(item)) = access.next_element()? {
            items.push(item);
        }
        Ok(Value::Array(items))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut access: A) -> Result<Value, A::Error> {
        let mut object = Map::new();
        while let Some((name, Strict(value))) = access.next_entry::<String, Strict>()? {
            if object.insert(name, value).is_some() {
                return Err(A::Error::custom("repeated name"));
            }
        }
        Ok(Value::Object(object))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_others_read() {
        let text = r#"{"a":[1,-2,0.5,true,null,"é"],"b":{"c":{}}}"#;
        let usual: Value = serde_json::from_str(text).unwrap();
        assert_eq!(value(text.as_bytes()), Some(usual));
    }

    #[test]
    fn refuses_repeated_names_and_what_is_no_object() {
        for json in [
            r#"{"a":1,"a":1}"#,
            r#"{"a":1,"\u0061":2}"#,
            r#"{"a":{"b":1,"b":2}}"#,
            r#"{"a":[{"b":1,"b":2}]}"#,
            r#"{"a":1} {}"#,
            "[]",
            "null",
            "1",
            "",
        ] {
            assert!(object(json.as_bytes()).is_none(), "{json}");
        }
        assert!(object(b"{\"a\":\"\xff\"}").is_none());
        let deep = format!("{{\"a\":{}", "[".repeat(20_000));
        assert!(object(deep.as_bytes()).is_none());
    }
}
