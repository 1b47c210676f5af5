//! The configuration with its provenance. What it prints can be shown to a stranger.

use std::fmt::Write as _;

use crate::config::settings::providers::PROVIDER_SETTINGS;
use crate::config::settings::{Setting, Visibility};
use crate::config::sources::{Resolved, Said};

pub(super) fn print(resolved: &Resolved) -> String {
    let fixed = Setting::all().map(|setting| line(setting, setting.key, resolved));
    let of_providers = resolved.keys().filter_map(|key| {
        let setting = Setting::find(key).filter(|setting| setting.key != key)?;
        Some(line(setting, key, resolved))
    });
    let lines: Vec<(String, String)> = fixed.chain(of_providers).collect();
    let width = lines.iter().map(|(value, _)| value.chars().count()).max();
    let width = width.unwrap_or_default().min(60);
    let mut text = String::new();
    for (value, note) in lines {
        let _ = writeln!(text, "{value:width$}  # {note}");
    }
    text
}

/// Every setting as a table of Markdown.
pub(super) fn reference() -> String {
    let mut text = String::from("| key | default | what it is | for example |\n|---|---|---|---|\n");
    for setting in Setting::all().chain(PROVIDER_SETTINGS) {
        let default = match setting.default {
            "" => String::new(),
            default => format!("`{default}`"),
        };
        let Setting {
            key, about, example, ..
        } = setting;
        let _ = writeln!(text, "| `{key}` | {default} | {about} | `{example}` |");
    }
    text
}

fn line(setting: &Setting, key: &str, resolved: &Resolved) -> (String, String) {
    match resolved.get(key) {
        Some(said) => {
            let value = format!("{key} = {}", toml::Value::from(shown(setting, said)));
            let held_by = said.held_by.as_ref();
            let held_by = held_by.map(|path| format!(" ({})", path.display()));
            (value, format!("{}{}", said.origin, held_by.unwrap_or_default()))
        }
        None => (format!("# {key} ="), setting.about.to_owned()),
    }
}

fn shown(setting: &Setting, said: &Said) -> String {
    match setting.visibility {
        Visibility::Open => said.value.clone(),
        Visibility::Url => without_credentials(&said.value),
        Visibility::Secret => "[hidden]".to_owned(),
    }
}

/// Everything between the scheme and the last `@` may be a password; the query may hold one as well.
fn without_credentials(url: &str) -> String {
    let Some((scheme, rest)) = url.split_once("://") else {
        return "[hidden]".to_owned();
    };
    let place = rest.rsplit_once('@').map_or(rest, |(_, place)| place);
    let place = place.split('?').next().unwrap_or_default();
    let mark = if rest == place { "" } else { "…@" };
    format!("{scheme}://{mark}{place}")
}
