//! JSON objects in which no name stands twice. Readers disagree on which of two wins, so one of them can
//! be shown what the other does not see (RFC 8725, section 2.4; RFC 7519, section 4).

use std::fmt;

use serde::de::{Deserializer as _, Error as _, MapAccess, Visitor};
use serde_json::{Map, Value};

/// Reads an object; `None` for anything else, and for one with a name that stands twice.
pub(super) fn read(json: &[u8]) -> Option<Map<String, Value>> {
    let mut deserializer = serde_json::Deserializer::from_slice(json);
    let object = deserializer.deserialize_map(Object).ok()?;
    deserializer.end().ok()?;
    Some(object)
}

struct Object;

impl<'de> Visitor<'de> for Object {
    type Value = Map<String, Value>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object without repeated names")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut access: A) -> Result<Self::Value, A::Error> {
        let mut object = Map::new();
        while let Some((name, value)) = access.next_entry::<String, Value>()? {
            if object.insert(name, value).is_some() {
                return Err(A::Error::custom("repeated name"));
            }
        }
        Ok(object)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_objects_only_and_no_name_twice() {
        assert_eq!(read(br#"{"a":1,"b":[{}]}"#).unwrap().len(), 2);
        assert!(read(b" {} ").unwrap().is_empty());
        for json in [
            r#"{"a":1,"a":1}"#,
            r#"{"a":1,"\u0061":2}"#,
            r#"{"a":1} {}"#,
            r#"{"a":1}x"#,
            r#"{"a":1"#,
            r#"{"a":1,}"#,
            "[]",
            "\"a\"",
            "null",
            "",
            "1",
        ] {
            assert!(read(json.as_bytes()).is_none(), "{json}");
        }
        assert!(read(b"{\"a\":\"\xff\"}").is_none());
        let deep = format!("{{\"a\":{}", "[".repeat(20_000));
        assert!(read(deep.as_bytes()).is_none());
    }
}
