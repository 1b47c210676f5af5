//! The shapes of values.

use std::time::Duration;

/// A value of the file as a text.
pub(super) fn from_toml(value: &toml::Value) -> Option<String> {
    match value {
        toml::Value::String(text) => Some(text.clone()),
        toml::Value::Integer(number) => Some(number.to_string()),
        toml::Value::Boolean(yes) => Some(if *yes { "yes" } else { "no" }.to_owned()),
        toml::Value::Array(items) => {
            let texts: Option<Vec<String>> = items
                .iter()
                .map(|item| item.as_str().map(str::to_owned))
                .collect();
            texts.map(|texts| texts.join(", "))
        }
        _ => None,
    }
}

/// `30s`, `10m`, `12h`, `14d`.
pub(super) fn duration(text: &str) -> Result<Duration, &'static str> {
    const EXPECTED: &str = "a duration is expected, like 30s, 10m, 12h or 14d";
    let text = text.trim();
    let unit = text.chars().last().ok_or(EXPECTED)?;
    let seconds: u64 = match unit {
        's' => 1,
        'm' => 60,
        'h' => 60 * 60,
        'd' => 24 * 60 * 60,
        _ => return Err(EXPECTED),
    };
    let number: u64 = text
        .trim_end_matches(unit)
        .trim_end()
        .parse()
        .map_err(|_| EXPECTED)?;
    match number.checked_mul(seconds) {
        Some(total) if total > 0 && total <= 10 * 365 * 24 * 60 * 60 => Ok(Duration::from_secs(total)),
        _ => Err("a duration between 1s and 3650d is expected"),
    }
}

/// `yes` or `no`, and what programs write instead.
pub(super) fn yes_or_no(text: &str) -> Result<bool, &'static str> {
    match text.to_ascii_lowercase().as_str() {
        "yes" | "true" | "on" | "1" => Ok(true),
        "no" | "false" | "off" | "0" => Ok(false),
        _ => Err("yes or no is expected"),
    }
}

/// Items with commas between them.
pub(super) fn list(text: &str) -> impl Iterator<Item = &str> {
    text.split(',').map(str::trim).filter(|item| !item.is_empty())
}
