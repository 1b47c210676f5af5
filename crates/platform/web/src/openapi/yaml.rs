//! A JSON value as YAML, for the description that people read and compare. JSON's texts are YAML's quoted
//! ones, so that only the layout is new.

use std::fmt::Write as _;

use serde_json::Value;

/// `value` as a YAML document.
pub fn to_yaml(value: &Value) -> String {
    let mut text = String::new();
    write(&mut text, value, 0);
    text
}

fn write(text: &mut String, value: &Value, depth: usize) {
    match value {
        Value::Object(object) if !object.is_empty() => {
            for (key, item) in object {
                indent(text, depth);
                write_key(text, key);
                write_item(text, item, depth + 1);
            }
        }
        Value::Array(items) if !items.is_empty() => {
            for item in items {
                indent(text, depth);
                text.push('-');
                write_item(text, item, depth + 1);
            }
        }
        _ => {
            write_scalar(text, value);
            text.push('\n');
        }
    }
}

fn write_item(text: &mut String, item: &Value, depth: usize) {
    let is_nested = match item {
        Value::Object(object) => !object.is_empty(),
        Value::Array(items) => !items.is_empty(),
        _ => false,
    };
    text.push(if is_nested { '\n' } else { ' ' });
    write(text, item, depth);
}

fn indent(text: &mut String, depth: usize) {
    text.extend(std::iter::repeat_n("  ", depth));
}

/// Plain where no reader could take it for anything but a text.
fn write_key(text: &mut String, key: &str) {
    let is_plain = key.len() > 3
        && key.starts_with(|letter: char| letter.is_ascii_alphabetic())
        && key
            .chars()
            .all(|letter| letter.is_ascii_alphanumeric() || "_-".contains(letter))
        && !matches!(
            key,
            "null" | "true" | "false" | "Null" | "NULL" | "True" | "TRUE" | "False" | "FALSE"
        );
    let is_known = matches!(key, "in" | "id" | "get" | "put" | "url");
    if is_plain || is_known {
        text.push_str(key);
    } else {
        write_scalar(text, &Value::from(key));
    }
    text.push(':');
}

fn write_scalar(text: &mut String, value: &Value) {
    let _ = write!(text, "{value}");
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn lays_out_and_quotes() {
        let value = json!({
            "paths": { "/a": { "get": { "tags": ["x"], "no": null, "empty": [], "on": {} } } },
            "responses": { "200": true, "4XX": 1.5 },
            "text": "two\nlines: \"quoted\" #",
            "list": [{ "name": "a" }, [1, 2]],
        });
        let expected = r#"list:
  -
    name: "a"
  -
    - 1
    - 2
paths:
  "/a":
    get:
      empty: []
      "no": null
      "on": {}
      tags:
        - "x"
responses:
  "200": true
  "4XX": 1.5
text: "two\nlines: \"quoted\" #"
"#;
        assert_eq!(to_yaml(&value), expected);
    }
}
