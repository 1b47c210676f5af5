//! A first look at a body, before its shape matters: is it JSON at all, does it say everything once, and is
//! there nothing in it that a database can't keep. Fields that nobody reads are looked at too.

use std::borrow::Cow;
use std::collections::HashSet;
use std::fmt;

use kernel::FieldError;
use serde::de::{self, DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};

use crate::faults::Naming;
use crate::problem::ApiError;

/// Refuses what can't be read one way only (400), and U+0000 in texts (422).
pub(crate) fn check(bytes: &[u8]) -> Result<(), ApiError> {
    let mut findings = Findings::default();
    let mut json = serde_json::Deserializer::from_slice(bytes);
    let scanned = Scan(&mut findings)
        .deserialize(&mut json)
        .and_then(|()| json.end());
    if let Some(duplicate) = findings.duplicate {
        let detail = "a name is given twice in one object; see errors";
        return Err(ApiError::malformed("duplicate_field", detail).with_fields(&[duplicate]));
    }
    scanned.map_err(|error| {
        let at = (error.line(), error.column());
        let detail = format!(
            "the body is not JSON that we can read (line {}, column {})",
            at.0, at.1
        );
        ApiError::malformed("malformed_json", detail)
    })?;
    if findings.nuls.is_empty() {
        Ok(())
    } else {
        Err(ApiError::invalid(&findings.nuls))
    }
}

/// What was found, and where the scan stands.
#[derive(Default)]
struct Findings {
    path: Vec<String>,
    nuls: Vec<FieldError>,
    duplicate: Option<FieldError>,
}

impl Findings {
    fn pointer(&self) -> String {
        Naming::Pointer.name(self.path.iter().map(|segment| Cow::Borrowed(segment.as_str())))
    }

    fn text(&mut self, text: &str) {
        if text.contains('\0') {
            let detail = "the character U+0000 is not accepted";
            self.nuls
                .push(FieldError::new(self.pointer(), "nul_character", detail));
        }
    }
}

struct Scan<'a>(&'a mut Findings);

impl<'de> DeserializeSeed<'de> for Scan<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Scan<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_bool<E>(self, _: bool) -> Result<(), E> {
        Ok(())
    }

    fn visit_i64<E>(self, _: i64) -> Result<(), E> {
        Ok(())
    }

    fn visit_u64<E>(self, _: u64) -> Result<(), E> {
        Ok(())
    }

    fn visit_f64<E>(self, _: f64) -> Result<(), E> {
        Ok(())
    }

    fn visit_str<E>(self, text: &str) -> Result<(), E> {
        self.0.text(text);
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<(), A::Error> {
        for place in 0_usize.. {
            self.0.path.push(place.to_string());
            let item = list.next_element_seed(Scan(self.0))?;
            self.0.path.pop();
            if item.is_none() {
                break;
            }
        }
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut object: A) -> Result<(), A::Error> {
        let mut names = HashSet::new();
        while let Some(name) = object.next_key::<String>()? {
            self.0.path.push(name.clone());
            self.0.text(&name);
            if !names.insert(name) {
                let detail = "this name is given twice";
                self.0.duplicate = Some(FieldError::new(self.0.pointer(), "duplicate_field", detail));
                return Err(de::Error::custom("duplicate name"));
            }
            object.next_value_seed(Scan(self.0))?;
            self.0.path.pop();
        }
        Ok(())
    }
}
