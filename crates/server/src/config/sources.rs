//! Where values come from, and which counts.

use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};

use crate::config::error::ConfigError;
use crate::config::settings::{Setting, Visibility};
use crate::config::values;

/// Variables that start with ours and mean something else.
const OTHER_VARIABLES: [&str; 2] = ["MAINSTAY_CONFIG", "MAINSTAY_TEST_DATABASE"];

const PREFIX: &str = "MAINSTAY_";

/// The places where settings are said, the weakest first.
#[derive(Debug, Clone, Default)]
pub struct Sources {
    /// A file that was read, and its text.
    pub file: Option<(PathBuf, String)>,
    /// The variables that start with `MAINSTAY_`.
    pub environment: BTreeMap<String, String>,
    /// What the command line says, by key.
    pub flags: Vec<(String, String)>,
}

/// Where a value came from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Origin {
    Default,
    File(PathBuf),
    Environment(String),
    Flag(String),
}

/// A value and where it came from.
#[derive(Debug, Clone)]
pub(super) struct Said {
    pub(super) value: String,
    pub(super) origin: Origin,
    /// The file that held the value, when its place only names one.
    pub(super) held_by: Option<PathBuf>,
}

/// What counts, by key.
#[derive(Debug)]
pub(super) struct Resolved(BTreeMap<String, Said>);

impl Sources {
    /// The file, the environment of this process and `flags`. The file is `path`, else what `MAINSTAY_CONFIG`
    /// names, else `mainstay.toml` here when there is one.
    ///
    /// # Errors
    /// When a file that was asked for can't be read, or a variable is not text.
    pub fn of_this_process(path: Option<PathBuf>, flags: Vec<(String, String)>) -> Result<Self, ConfigError> {
        let environment = read_environment()?;
        let asked_for = path.or_else(|| environment.get("MAINSTAY_CONFIG").map(PathBuf::from));
        let usual = PathBuf::from("mainstay.toml");
        let path = asked_for.or_else(|| usual.exists().then_some(usual));
        let file = path
            .map(|path| {
                let text = std::fs::read_to_string(&path).map_err(|error| {
                    ConfigError::new(path.display().to_string(), error, "name a file that can be read")
                })?;
                Ok::<_, ConfigError>((path, text))
            })
            .transpose()?;
        Ok(Self {
            file,
            environment,
            flags,
        })
    }

    pub(super) fn resolve(&self) -> Result<Resolved, ConfigError> {
        let mut resolved = Resolved::defaults();
        if let Some((path, text)) = &self.file {
            for (key, value) in parse_file(path, text)? {
                resolved.say(&key, &value, Origin::File(path.clone()))?;
            }
        }
        for (name, value) in &self.environment {
            if OTHER_VARIABLES.contains(&name.as_str()) {
                continue;
            }
            let key = name.trim_start_matches(PREFIX).to_ascii_lowercase();
            resolved.say(&key, value, Origin::Environment(name.clone()))?;
        }
        for (key, value) in &self.flags {
            let flag = Origin::Flag(format!("--{}", key.replace('_', "-")));
            resolved.say(key, value, flag)?;
        }
        Ok(resolved)
    }
}

fn read_environment() -> Result<BTreeMap<String, String>, ConfigError> {
    let mut found = BTreeMap::new();
    for (name, value) in std::env::vars_os() {
        let Some(name) = name.to_str().filter(|name| name.starts_with(PREFIX)) else {
            continue;
        };
        let value = value
            .into_string()
            .map_err(|_| ConfigError::new(name, "this is not UTF-8", "set it to plain text"))?;
        found.insert(name.to_owned(), value);
    }
    Ok(found)
}

/// Values as texts, so that all sources are read by the same rules.
fn parse_file(path: &Path, text: &str) -> Result<Vec<(String, String)>, ConfigError> {
    let table: toml::Table = text.parse().map_err(|error: toml::de::Error| {
        ConfigError::new(
            path.display().to_string(),
            error.message(),
            "write it as TOML: key = \"value\"",
        )
    })?;
    table
        .into_iter()
        .map(|(key, value)| {
            let text = values::from_toml(&value).ok_or_else(|| {
                let named = Origin::File(path.to_owned()).name(&key);
                ConfigError::new(
                    named,
                    "a text, a number, yes or no, or a list of texts is expected",
                    "keys are not grouped in sections",
                )
            })?;
            Ok((key, text))
        })
        .collect()
}

impl Resolved {
    fn defaults() -> Self {
        let usual = Setting::all().filter(|setting| !setting.default.is_empty());
        Self(
            usual
                .map(|setting| {
                    let said = Said {
                        value: setting.default.to_owned(),
                        origin: Origin::Default,
                        held_by: None,
                    };
                    (setting.key.to_owned(), said)
                })
                .collect(),
        )
    }

    /// What counts for `key`.
    pub(super) fn get(&self, key: &str) -> Option<&Said> {
        self.0.get(key)
    }

    /// Every key that something is said for.
    pub(super) fn keys(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(String::as_str)
    }

    fn say(&mut self, key: &str, value: &str, origin: Origin) -> Result<(), ConfigError> {
        let named = key
            .strip_suffix("_file")
            .and_then(|named| Some((named, Setting::find(named)?)));
        if let Some((named, setting)) = named.filter(|(_, setting)| setting.may_be_file()) {
            let path = PathBuf::from(value);
            let text = std::fs::read_to_string(&path).map_err(|error| {
                ConfigError::new(
                    origin.name(key),
                    format!("{value} can't be read: {error}"),
                    "name a file that this process can read",
                )
            })?;
            let said = Said {
                value: text.trim().to_owned(),
                origin,
                held_by: Some(path),
            };
            return self.put(setting, named, key, said);
        }
        let setting = Setting::find(key).ok_or_else(|| unknown(key, &origin))?;
        let said = Said {
            value: value.trim().to_owned(),
            origin,
            held_by: None,
        };
        self.put(setting, key, key, said)
    }

    /// An empty value is no value, but an empty secret is one that got lost on its way here; a secret said
    /// twice in one place is a mistake.
    fn put(
        &mut self,
        setting: &'static Setting,
        named: &str,
        key: &str,
        said: Said,
    ) -> Result<(), ConfigError> {
        if said.value.is_empty() && setting.visibility == Visibility::Secret {
            return Err(ConfigError::new(
                said.origin.name(key),
                "it is there, but empty",
                "give it a value, or leave it out",
            ));
        }
        if said.value.is_empty() {
            return Ok(());
        }
        let earlier = self.0.get(named);
        let is_same_place = earlier.is_some_and(|earlier| {
            earlier.held_by != said.held_by && same_place(&earlier.origin, &said.origin)
        });
        if is_same_place {
            return Err(ConfigError::new(
                said.origin.name(key),
                format!("{named} is set both itself and by a file"),
                "keep one of the two",
            ));
        }
        self.0.insert(named.to_owned(), said);
        Ok(())
    }
}

fn same_place(one: &Origin, other: &Origin) -> bool {
    *one != Origin::Default && std::mem::discriminant(one) == std::mem::discriminant(other)
}

fn unknown(key: &str, origin: &Origin) -> ConfigError {
    let near = Setting::all()
        .map(|setting| (distance(key, setting.key), setting.key))
        .min();
    let fix = match near {
        Some((distance, near)) if distance <= 3 && distance * 2 < near.len() => {
            format!("did you mean {}?", origin.spelled(near))
        }
        _ => "`mainstay config print` shows what there is".to_owned(),
    };
    ConfigError::new(origin.name(key), "there is no such setting", fix)
}

/// Letters to change, add or drop (Levenshtein).
fn distance(one: &str, other: &str) -> usize {
    let mut row: Vec<usize> = (0..=other.len()).collect();
    for (at, letter) in one.bytes().enumerate() {
        let mut diagonal = at;
        let mut left = at + 1;
        let mut next = vec![left];
        for (above, candidate) in row.iter().skip(1).zip(other.bytes()) {
            let changed = diagonal + usize::from(letter != candidate);
            left = changed.min(left + 1).min(above + 1);
            next.push(left);
            diagonal = *above;
        }
        row = next;
    }
    row.last().copied().unwrap_or_default()
}

impl Origin {
    /// The key as its author knows it.
    pub(super) fn name(&self, key: &str) -> String {
        match self {
            Self::Default => key.to_owned(),
            Self::File(path) => format!("{key} in {}", path.display()),
            Self::Environment(name) => name.clone(),
            Self::Flag(flag) => flag.clone(),
        }
    }

    /// How `key` would be written there.
    fn spelled(&self, key: &str) -> String {
        match self {
            Self::Default | Self::File(_) => key.to_owned(),
            Self::Environment(_) => format!("{PREFIX}{}", key.to_ascii_uppercase()),
            Self::Flag(_) => format!("--set {key}=…"),
        }
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Default => f.write_str("default"),
            Self::File(path) => write!(f, "{}", path.display()),
            Self::Environment(name) => f.write_str(name),
            Self::Flag(flag) => f.write_str(flag),
        }
    }
}
