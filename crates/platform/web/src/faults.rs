//! What is wrong with the fields of a request, in stable codes: from serde's words where the shape does not
//! fit, from garde's rules where a value breaks one.

use std::borrow::Cow;
use std::fmt::Display;

use garde::Validate;
use garde::error::Kind;
use garde::i18n::{self, I18n, InvalidCreditCard, InvalidEmail, InvalidPhoneNumber, InvalidUrl, IpKind};
use kernel::FieldError;
use serde_path_to_error::Segment;

/// Where a field is named: in a body by a JSON Pointer, among parameters by its name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Naming {
    Pointer,
    Parameter,
}

impl Naming {
    /// The name of the field behind `segments`.
    pub(crate) fn name<'a>(self, segments: impl IntoIterator<Item = Cow<'a, str>>) -> String {
        let segments = segments.into_iter();
        match self {
            Self::Pointer => segments.fold(String::new(), |mut pointer, segment| {
                pointer.push('/');
                // RFC 6901 §3.
                pointer.push_str(&segment.replace('~', "~0").replace('/', "~1"));
                pointer
            }),
            Self::Parameter => segments.collect::<Vec<_>>().join("."),
        }
    }
}

/// The fault behind an error of serde, whose text is all that it keeps.
pub(crate) fn of_shape(path: &serde_path_to_error::Path, message: &str, naming: Naming) -> FieldError {
    let message = message
        .rsplit_once(" at line ")
        .map_or(message, |(message, _)| message);
    let shape = Shape::of(message);
    let mut segments: Vec<Cow<'_, str>> = path.iter().filter_map(segment_name).collect();
    if let Some(field) = shape
        .field
        .filter(|field| segments.last().is_none_or(|last| last != field))
    {
        segments.push(field.into());
    }
    FieldError::new(naming.name(segments), shape.code, shape.detail)
}

fn segment_name(segment: &Segment) -> Option<Cow<'_, str>> {
    match segment {
        Segment::Seq { index } => Some(index.to_string().into()),
        Segment::Map { key } => Some(key.as_str().into()),
        // A variant is no field of the JSON; its name is the value of one.
        Segment::Enum { .. } | Segment::Unknown => None,
    }
}

struct Shape<'a> {
    code: &'static str,
    detail: String,
    field: Option<&'a str>,
}

impl<'a> Shape<'a> {
    /// Values are not repeated: they may be secrets.
    fn of(message: &'a str) -> Self {
        let field = message.split('`').nth(1);
        let expected = message.rsplit_once(", expected ").map(|(_, expected)| expected);
        let (code, detail) = if message.starts_with("unknown field ") {
            ("unknown_field", "there is no such field here".to_owned())
        } else if message.starts_with("missing field ") {
            ("required", "this field is required".to_owned())
        } else if message.starts_with("duplicate field ") {
            ("duplicate_field", "this field may be given once".to_owned())
        } else if message.starts_with("unknown variant ") {
            let expected = expected.unwrap_or("another value");
            return Self::value("unknown_value", format!("expected: {expected}"));
        } else if message.starts_with("invalid type: ") {
            return Self::value("wrong_type", expectation(expected));
        } else if message.starts_with("invalid value: ") || message.starts_with("invalid length ") {
            return Self::value("invalid_value", expectation(expected));
        } else {
            return Self::value("invalid_value", message.to_owned());
        };
        Self { code, detail, field }
    }

    const fn value(code: &'static str, detail: String) -> Self {
        Self {
            code,
            detail,
            field: None,
        }
    }
}

/// Names of our types say nothing to callers.
fn expectation(expected: Option<&str>) -> String {
    match expected {
        Some(expected) if expected.starts_with("struct ") || expected.starts_with("map") => {
            "an object is expected".to_owned()
        }
        Some(expected) if expected.starts_with("a sequence") => "a list is expected".to_owned(),
        Some(expected) if expected.contains("enum ") => "one of the known values is expected".to_owned(),
        Some(expected) => format!("{expected} is expected"),
        None => "this value does not fit".to_owned(),
    }
}

/// Every rule that `value` breaks.
pub(crate) fn of_rules<T: Validate<Context = ()>>(value: &T, naming: Naming) -> Vec<FieldError> {
    let report = match i18n::with_i18n(Words, || value.validate()) {
        Ok(()) => return Vec::new(),
        Err(report) => report,
    };
    let faults = report.iter().map(|(path, error)| {
        let segments = path.__iter().rev().filter(|(kind, _)| *kind != Kind::None);
        let name = naming.name(segments.map(|(_, segment)| Cow::Borrowed(segment.as_str())));
        let (code, detail) = coded(error.message());
        FieldError::new(name, code, detail.to_owned())
    });
    faults.collect()
}

/// Parts the code from the detail, in a text of [`Words`]; a rule of a domain's own has a detail alone.
fn coded(message: &str) -> (&'static str, &str) {
    let Some((code, detail)) = message.split_once(PARTING) else {
        return ("invalid_value", message);
    };
    let known = CODES.into_iter().find(|known| *known == code);
    (known.unwrap_or("invalid_value"), detail)
}

const CODES: [&str; 6] = [
    "too_short",
    "too_long",
    "too_small",
    "too_large",
    "invalid_format",
    "required",
];
const PARTING: char = '\u{1f}';

fn words(code: &'static str, detail: impl Display) -> Cow<'static, str> {
    format!("{code}{PARTING}{detail}").into()
}

/// What garde says, with our codes in front.
struct Words;

impl I18n for Words {
    fn length_lower_than(&self, min: usize) -> Cow<'static, str> {
        words(
            "too_short",
            format_args!("a length of at least {min} is expected"),
        )
    }
    fn length_greater_than(&self, max: usize) -> Cow<'static, str> {
        words("too_long", format_args!("a length of at most {max} is expected"))
    }
    fn range_lower_than(&self, min: &dyn Display) -> Cow<'static, str> {
        words("too_small", format_args!("at least {min} is expected"))
    }
    fn range_greater_than(&self, max: &dyn Display) -> Cow<'static, str> {
        words("too_large", format_args!("at most {max} is expected"))
    }
    fn credit_card_invalid(&self, _: InvalidCreditCard) -> Cow<'static, str> {
        words("invalid_format", "the number of a card is expected")
    }
    fn pattern_no_match(&self, pattern: &dyn Display) -> Cow<'static, str> {
        words(
            "invalid_format",
            format_args!("a text of the form {pattern} is expected"),
        )
    }
    fn contains_missing(&self, pattern: &dyn Display) -> Cow<'static, str> {
        words("invalid_format", format_args!("{pattern} must be part of it"))
    }
    fn url_invalid(&self, _: InvalidUrl) -> Cow<'static, str> {
        words("invalid_format", "a URL is expected, like https://example.com/")
    }
    fn prefix_missing(&self, pattern: &dyn Display) -> Cow<'static, str> {
        words("invalid_format", format_args!("it must start with {pattern}"))
    }
    fn suffix_missing(&self, pattern: &dyn Display) -> Cow<'static, str> {
        words("invalid_format", format_args!("it must end in {pattern}"))
    }
    fn phone_number_invalid(&self, _: InvalidPhoneNumber) -> Cow<'static, str> {
        words(
            "invalid_format",
            "a telephone number is expected, like +49 30 123456",
        )
    }
    fn ip_invalid(&self, _: IpKind) -> Cow<'static, str> {
        words("invalid_format", "an IP address is expected")
    }
    fn matches_field_mismatch(&self, field: &dyn Display) -> Cow<'static, str> {
        words("invalid_format", format_args!("it must be the same as {field}"))
    }
    fn email_invalid(&self, _: InvalidEmail) -> Cow<'static, str> {
        words(
            "invalid_format",
            "an e-mail address is expected, like ada@example.com",
        )
    }
    fn ascii_invalid(&self) -> Cow<'static, str> {
        words("invalid_format", "ASCII characters are expected")
    }
    fn alphanumeric_invalid(&self) -> Cow<'static, str> {
        words("invalid_format", "letters and digits are expected")
    }
    fn required_not_set(&self) -> Cow<'static, str> {
        words("required", "this field is required")
    }
}
