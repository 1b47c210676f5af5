//! What a text of somebody's own is told: declared by its writer, with types, and checked before each mail.

use std::collections::BTreeSet;

use chrono::NaiveDate;
use kernel::{FieldError, Timestamp};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// What every text is told, whatever it declares.
pub const TOLD_TO_ALL: [&str; 4] = ["product_name", "recipient", "locale", "unsubscribe_url"];

/// Names that mean something else in a text.
const TAKEN: [&str; 17] = [
    "subject",
    "preheader",
    "loop",
    "self",
    "super",
    "caller",
    "range",
    "debug",
    "dict",
    "namespace",
    "cycler",
    "joiner",
    "true",
    "false",
    "none",
    "not",
    "in",
];

/// How many variables a text declares at most.
const MOST_DECLARED: usize = 64;

/// The longest name, in bytes.
const LONGEST_NAME: usize = 63;

/// The longest address that `url` takes, in bytes.
const LONGEST_URL: usize = 4_096;

/// How much the values of one mail are together at most, in bytes of JSON, near enough.
const MOST_TOLD: usize = 64 * 1024;

/// How much a sample is at most, in the same measure.
const LARGEST_SAMPLE: usize = 8 * 1024;

/// How deep lists and objects hold one another at most.
const DEEPEST: usize = 8;

/// How many faults are told at once.
const MOST_FAULTS: usize = 20;

/// What kind of value a variable has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(rename = "TemplateVariableType")]
pub enum VariableType {
    /// A text.
    String,
    /// A whole number of 64 bits.
    Integer,
    /// A number.
    Number,
    /// True or false.
    Boolean,
    /// A day, `2026-11-24` (RFC 3339).
    Date,
    /// A moment, `2026-11-24T22:04:05Z` (RFC 3339).
    Datetime,
    /// An address: `https:`, `http:` or `mailto:`, and nothing else.
    Url,
    /// Several values, which a text goes through with `for`.
    List,
    /// Values with names, which a text reads as `order.number`.
    Object,
}

/// A variable that a text declares.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "TemplateVariable")]
pub struct Declared {
    /// Its name in the text: small letters, digits and `_`, at most 63, a letter first.
    #[schemars(extend("example" = "first_name", "pattern" = "^[a-z][a-z0-9_]{0,62}$"))]
    pub name: String,
    /// What kind of value it has.
    #[serde(rename = "type")]
    pub kind: VariableType,
    /// Whether there is no mail without it; what is not required is null when it is absent, and a list empty.
    #[serde(default)]
    pub required: bool,
    /// What it is, for who sends the mail.
    #[serde(default)]
    #[schemars(extend("example" = "What we call the reader"))]
    pub description: Option<String>,
    /// What previews put in its place.
    #[serde(default)]
    #[schemars(extend("example" = "Ada"))]
    pub sample: Option<Value>,
}

/// The variables of a text: their names differ, and their samples are what they say.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Variables(Vec<Declared>);

impl VariableType {
    /// What a value of this type is, for who sent something else.
    const fn expected(self) -> &'static str {
        match self {
            Self::String => "a text is expected",
            Self::Integer => "a whole number of 64 bits is expected",
            Self::Number => "a number is expected",
            Self::Boolean => "true or false is expected",
            Self::Date => "a day is expected, like 2026-11-24",
            Self::Datetime => "a moment is expected, like 2026-11-24T22:04:05Z",
            Self::Url => "an address is expected that begins with https:, http: or mailto:",
            Self::List => "a list is expected",
            Self::Object => "an object is expected",
        }
    }

    fn is_met_by(self, value: &Value) -> bool {
        match self {
            Self::String => value.is_string(),
            Self::Integer => value.is_i64(),
            Self::Number => value.is_number(),
            Self::Boolean => value.is_boolean(),
            Self::Date => value.as_str().is_some_and(is_date),
            Self::Datetime => value
                .as_str()
                .is_some_and(|text| text.parse::<Timestamp>().is_ok()),
            Self::Url => value.as_str().is_some_and(is_address),
            Self::List => value.is_array(),
            Self::Object => value.is_object(),
        }
    }

    /// What previews show of a variable without a sample. Nothing can be made up for lists and objects.
    fn sample(self) -> Option<Value> {
        match self {
            Self::String => Some("Text".into()),
            Self::Integer => Some(3.into()),
            Self::Number => Some(1.5.into()),
            Self::Boolean => Some(true.into()),
            Self::Date => Some("2026-11-24".into()),
            Self::Datetime => Some("2026-11-24T22:04:05Z".into()),
            Self::Url => Some("https://example.com/".into()),
            Self::List | Self::Object => None,
        }
    }
}

impl Variables {
    /// The variables that `declared` lists, or all that is wrong with the list, with pointers below `/variables`.
    pub fn parse(declared: Vec<Declared>) -> Result<Self, Vec<FieldError>> {
        let mut faults = Vec::new();
        if declared.len() > MOST_DECLARED {
            faults.push(FieldError::new("/variables", "too_long", "at most 64 variables"));
        }
        let mut names = BTreeSet::new();
        for (place, one) in declared.iter().enumerate() {
            faults.extend(one.fault(place));
            if !names.insert(one.name.as_str()) {
                let pointer = format!("/variables/{place}/name");
                faults.push(FieldError::new(
                    pointer,
                    "duplicate",
                    "this name is there already",
                ));
            }
        }
        faults.truncate(MOST_FAULTS);
        if faults.is_empty() {
            Ok(Self(declared))
        } else {
            Err(faults)
        }
    }

    /// All of them, as they were declared.
    pub fn as_slice(&self) -> &[Declared] {
        &self.0
    }

    /// Whether there is one of this name.
    pub fn has(&self, name: &str) -> bool {
        self.0.iter().any(|one| one.name == name)
    }

    /// All that is wrong with these values: one that is missing, that nobody declared, or that is something else
    /// than was declared. Pointers are `/variables/<name>`.
    pub fn faults(&self, told: &Map<String, Value>) -> Vec<FieldError> {
        let mut faults = Vec::new();
        let mut fault = |name: &str, code, detail: &'static str| {
            faults.push(FieldError::new(pointer(name), code, detail));
        };
        for one in &self.0 {
            match told.get(&one.name).filter(|value| !value.is_null()) {
                None if one.required => fault(&one.name, "required", "the text asks for it"),
                Some(value) if !one.kind.is_met_by(value) => {
                    fault(&one.name, "invalid_value", one.kind.expected());
                }
                Some(value) if !is_within(value, DEEPEST) => {
                    fault(
                        &one.name,
                        "too_long",
                        "at most 8 lists and objects within one another",
                    );
                }
                _ => {}
            }
        }
        for name in told.keys().filter(|name| !self.has(name)) {
            fault(
                name,
                "unknown_field",
                "the text declares no variable of that name",
            );
        }
        if told.values().map(weight).sum::<usize>() > MOST_TOLD {
            faults.push(FieldError::new(
                "/variables",
                "too_long",
                "at most 64 KiB together",
            ));
        }
        faults.truncate(MOST_FAULTS);
        faults
    }

    /// Something to tell a text that is tried out. Where nothing can be made up, the name is left out.
    pub fn samples(&self, which: impl Fn(&Declared) -> bool) -> Map<String, Value> {
        let samples = self.0.iter().filter(|one| which(one)).filter_map(|one| {
            let sample = one.sample.clone().filter(|sample| !sample.is_null());
            Some((one.name.clone(), sample.or_else(|| one.kind.sample())?))
        });
        samples.collect()
    }

    /// The names whose readers see something of another kind, or nothing, where `other` is what they are told.
    pub fn missing_from(&self, other: &Self) -> Vec<String> {
        let missing = self.0.iter().filter(|one| {
            let there = other.0.iter().find(|there| there.name == one.name);
            there.is_none_or(|there| there.kind != one.kind)
        });
        missing.map(|one| one.name.clone()).collect()
    }
}

impl Declared {
    fn fault(&self, place: usize) -> Option<FieldError> {
        let fault = |field: &str, code, detail: &'static str| {
            Some(FieldError::new(
                format!("/variables/{place}/{field}"),
                code,
                detail,
            ))
        };
        if !is_name(&self.name) {
            let detail = "small letters, digits and _, at most 63, a letter first";
            return fault("name", "invalid_value", detail);
        }
        if TOLD_TO_ALL.contains(&self.name.as_str()) || TAKEN.contains(&self.name.as_str()) {
            return fault("name", "reserved", "this name means something else in a text");
        }
        if self.description.as_ref().is_some_and(|text| text.len() > 500) {
            return fault("description", "too_long", "at most 500 bytes");
        }
        let sample = self.sample.as_ref().filter(|sample| !sample.is_null())?;
        if !self.kind.is_met_by(sample) {
            return fault("sample", "invalid_value", self.kind.expected());
        }
        if weight(sample) > LARGEST_SAMPLE || !is_within(sample, DEEPEST) {
            return fault("sample", "too_long", "at most 8 KiB, and 8 deep");
        }
        None
    }
}

/// Whether this can be what a template or a variable is called.
pub fn is_name(text: &str) -> bool {
    let is_letter = |byte: u8| byte.is_ascii_lowercase();
    text.len() <= LONGEST_NAME
        && text.bytes().next().is_some_and(is_letter)
        && text
            .bytes()
            .all(|byte| is_letter(byte) || byte.is_ascii_digit() || byte == b'_')
}

/// RFC 6901.
fn pointer(name: &str) -> String {
    let name: String = name.chars().take(LONGEST_NAME * 2).collect();
    format!("/variables/{}", name.replace('~', "~0").replace('/', "~1"))
}

/// RFC 3339 `full-date`: nothing left out, nothing after it.
fn is_date(text: &str) -> bool {
    text.len() == 10 && NaiveDate::parse_from_str(text, "%Y-%m-%d").is_ok()
}

/// What mail programs open as a page or a letter. A parser drops tabs and line ends, and readers' programs may
/// drop others, so there may be none.
fn is_address(text: &str) -> bool {
    text.len() <= LONGEST_URL
        && !text
            .chars()
            .any(|letter| letter.is_control() || letter.is_whitespace())
        && url::Url::parse(text).is_ok_and(|url| matches!(url.scheme(), "https" | "http" | "mailto"))
}

fn is_within(value: &Value, depth: usize) -> bool {
    let inside = |value| depth > 0 && is_within(value, depth.saturating_sub(1));
    match value {
        Value::Array(values) => values.iter().all(inside),
        Value::Object(values) => values.values().all(inside),
        _ => true,
    }
}

/// Bytes of JSON, near enough.
fn weight(value: &Value) -> usize {
    match value {
        Value::Null | Value::Bool(_) => 5,
        Value::Number(_) => 12,
        Value::String(text) => text.len().saturating_add(3),
        Value::Array(values) => values.iter().map(weight).fold(2, usize::saturating_add),
        Value::Object(values) => values
            .iter()
            .map(|(name, value)| name.len().saturating_add(weight(value)).saturating_add(4))
            .fold(2, usize::saturating_add),
    }
}

#[cfg(test)]
mod tests;
