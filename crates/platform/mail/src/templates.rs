//! The texts: built in, from the operator's folder, and what the database holds instead.
//!
//! The reader's language comes first, then who wrote the text: in each language that the reader's falls
//! back to, a published row wins over a file, and a file over what is built in.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use kernel::{EmailAddress, Locale};
use minijinja::value::Serde;
use minijinja::{Environment, Value};

use crate::built_in::{BUILT_IN, LAYOUT, PARTS, PLAIN};
use crate::error::TemplateError;
use crate::frugal;
use crate::names;
use crate::sandbox;
use crate::source::{Owner, Source};
use crate::template::Template;

pub(crate) const PARTS_OF_A_MAIL: [&str; 4] = ["subject", "preheader", "txt", "html"];

/// Whom a mail that is not sent is for.
const SAMPLE_RECIPIENT: &str = "ada@example.com";

/// What a product is called when a text is tried out.
pub(crate) const SAMPLE_PRODUCT: &str = "Quillwork";

/// The longest subject, in characters: what is beyond is not read by anybody.
const LONGEST_SUBJECT: usize = 200;

/// The texts of all mails.
#[derive(Debug)]
pub struct Templates {
    environment: Environment<'static>,
    /// What texts of organizations may take in: nothing that says whose product sends them.
    plain: Environment<'static>,
    /// `invite.de`: what is built in or in the folder.
    known: BTreeMap<String, Source>,
}

/// What a text is told.
pub(crate) struct Told<'a> {
    pub(crate) template: Template,
    pub(crate) product_name: &'a str,
    pub(crate) recipient: &'a EmailAddress,
    pub(crate) variables: &'a serde_json::Value,
}

/// A mail in words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Letter {
    /// The language that it is in.
    pub(crate) locale: Locale,
    pub(crate) subject: String,
    pub(crate) text: String,
    pub(crate) html: String,
}

impl Templates {
    /// What is built in.
    pub fn built_in() -> Result<Self, TemplateError> {
        let mut templates = Self {
            environment: sandbox::environment(),
            plain: sandbox::environment(),
            known: BTreeMap::new(),
        };
        add(
            &mut templates.plain,
            "layout.html",
            PLAIN.to_owned(),
            Path::new("plain.html"),
        )?;
        add(
            &mut templates.plain,
            "parts.html",
            PARTS.to_owned(),
            Path::new("parts.html"),
        )?;
        templates.add_shared("layout.html", LAYOUT.to_owned(), Path::new("layout.html"))?;
        templates.add_shared("parts.html", PARTS.to_owned(), Path::new("parts.html"))?;
        for file in BUILT_IN {
            let name = format!("{}.{}", file.key, file.locale);
            templates.add(&name, file.text, file.html, Path::new(&name))?;
        }
        Ok(templates)
    }

    /// What is built in, and what `folder` puts in its place: `<key>.<locale>.txt` with its
    /// `<key>.<locale>.html`, `layout.html`, `parts.html`. A folder that is absent puts in nothing; one with
    /// a mail that can't be written is refused.
    pub fn with_folder(folder: &Path) -> Result<Self, TemplateError> {
        let mut templates = Self::built_in()?;
        let mut texts = BTreeMap::new();
        let files = files_of(folder)?;
        let has_files = !files.is_empty();
        for path in files {
            let content = std::fs::read_to_string(&path).map_err(|source| TemplateError::Unreadable {
                path: path.clone(),
                source,
            })?;
            match path.file_name().and_then(|name| name.to_str()) {
                Some(name @ ("layout.html" | "parts.html")) => templates.add_shared(name, content, &path)?,
                _ => drop(texts.insert(path, content)),
            }
        }
        for (path, content) in &texts {
            templates.add_file(path, content, &texts)?;
        }
        if has_files {
            templates.try_out()?;
        }
        Ok(templates)
    }

    /// Writes every mail to nobody, so that a slip in a file is found by the start and not by a reader.
    fn try_out(&self) -> Result<(), TemplateError> {
        for name in self.known.keys() {
            let (key, locale) = name.split_once('.').unwrap_or_default();
            let (Some(template), Ok(locale)) = (Template::from_key(key), locale.parse::<Locale>()) else {
                continue;
            };
            for variables in [
                template.samples(|_| true),
                template.samples(|one| one.is_required),
            ] {
                to_nobody(template, SAMPLE_PRODUCT, &variables, |told| {
                    self.render(&locale, told)
                })?;
            }
        }
        Ok(())
    }

    fn add_file(
        &mut self,
        path: &Path,
        content: &str,
        all: &BTreeMap<PathBuf, String>,
    ) -> Result<(), TemplateError> {
        let wrong = |reason: String| TemplateError::Wrong {
            path: path.to_owned(),
            reason,
        };
        let stem = path
            .file_stem()
            .and_then(|stem| stem.to_str())
            .unwrap_or_default();
        let (key, locale) = stem.split_once('.').unwrap_or((stem, ""));
        let is_known = Template::from_key(key).is_some() && locale.parse::<Locale>().is_ok();
        let other = match path.extension().and_then(|extension| extension.to_str()) {
            Some("txt") if is_known => "html",
            Some("html") if is_known => "txt",
            _ => {
                return Err(wrong(
                    "a name like invite.en.txt or invite.en.html is expected".into(),
                ));
            }
        };
        let Some(beside) = all.get(&path.with_extension(other)) else {
            return Err(wrong(format!("{stem}.{other} is missing beside it")));
        };
        // Its text file brings the HTML file in.
        if other == "html" {
            self.add(stem, content, beside, path)?;
        }
        Ok(())
    }

    fn add(&mut self, name: &str, text: &str, html: &str, path: &Path) -> Result<(), TemplateError> {
        let source = Source::parse(text, html).map_err(|error| TemplateError::Wrong {
            path: path.to_owned(),
            reason: error.to_string(),
        })?;
        for part in PARTS_OF_A_MAIL {
            self.add_shared(&format!("{name}.{part}"), source.part(part).to_owned(), path)?;
        }
        self.known.insert(name.to_owned(), source);
        Ok(())
    }

    fn add_shared(&mut self, name: &str, content: String, path: &Path) -> Result<(), TemplateError> {
        add(&mut self.environment, name, content, path)
    }

    /// What the texts of this owner may take in.
    pub(crate) const fn around(&self, owner: Owner) -> &Environment<'static> {
        match owner {
            Owner::Platform => &self.environment,
            Owner::Organization => &self.plain,
        }
    }

    /// Whether there is a text in exactly this language.
    pub(crate) fn has(&self, template: Template, locale: &str) -> bool {
        self.known.contains_key(&format!("{template}.{locale}"))
    }

    /// The text in exactly this language, as it was before it is told anything: what is built in, or what the
    /// operator's folder puts in its place.
    pub fn text(&self, template: Template, locale: &str) -> Option<&Source> {
        self.known.get(&format!("{template}.{locale}"))
    }

    /// The languages that a mail is there in.
    pub fn languages(&self, template: Template) -> impl Iterator<Item = &str> {
        let languages = self.known.keys().filter_map(|name| name.split_once('.'));
        languages.filter_map(move |(key, locale)| (key == template.key()).then_some(locale))
    }

    /// The text in exactly this language.
    pub(crate) fn render(&self, locale: &Locale, told: &Told<'_>) -> Result<Letter, TemplateError> {
        let name = format!("{}.{locale}", told.template);
        write_letter(locale, told, |part, variables| {
            let name = format!("{name}.{part}");
            let template = self.environment.get_template(&name);
            template
                .and_then(|template| sandbox::render(&template, variables, None))
                .map_err(|error| failed(name, &error))
        })
    }

    /// The text of a row.
    pub(crate) fn render_source(
        &self,
        source: &Source,
        locale: &Locale,
        told: &Told<'_>,
    ) -> Result<Letter, TemplateError> {
        write_letter(locale, told, |part, variables| {
            let name = format!("{}.{locale}.{part}", told.template);
            let content = source.part(part);
            let written = frugal::check(content)
                .and_then(|()| self.environment.template_from_named_str(&name, content))
                .and_then(|template| {
                    let is_known = |name: &str| told.template.variables().iter().any(|one| one.name == name);
                    names::check(&template, part, is_known)?;
                    sandbox::render(&template, variables, None)
                });
            written.map_err(|error| failed(name.clone(), &error))
        })
    }
}

fn add(
    environment: &mut Environment<'static>,
    name: &str,
    content: String,
    path: &Path,
) -> Result<(), TemplateError> {
    environment
        .add_template_owned(name.to_owned(), content)
        .map_err(|error| TemplateError::Wrong {
            path: path.to_owned(),
            reason: in_words(&error),
        })
}

/// Writes a mail that is tried out or looked at, and not sent.
pub(crate) fn to_nobody(
    template: Template,
    product_name: &str,
    variables: &serde_json::Value,
    write: impl FnOnce(&Told<'_>) -> Result<Letter, TemplateError>,
) -> Result<Letter, TemplateError> {
    let recipient = SAMPLE_RECIPIENT.parse::<EmailAddress>();
    let recipient = recipient.map_err(|error| TemplateError::Render {
        name: template.key().to_owned(),
        reason: error.to_string(),
    })?;
    write(&Told {
        template,
        product_name,
        recipient: &recipient,
        variables,
    })
}

fn files_of(folder: &Path) -> Result<Vec<PathBuf>, TemplateError> {
    let unreadable = |source| TemplateError::Unreadable {
        path: folder.to_owned(),
        source,
    };
    let entries = match std::fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(unreadable(error)),
    };
    let mut files = Vec::new();
    for entry in entries {
        let path = entry.map_err(unreadable)?.path();
        let is_hidden = path
            .file_name()
            .is_some_and(|name| name.to_string_lossy().starts_with('.'));
        if path.is_file() && !is_hidden {
            files.push(path);
        }
    }
    Ok(files)
}

/// Subject and preheader first: the page around the HTML part shows them.
fn write_letter(
    locale: &Locale,
    told: &Told<'_>,
    render: impl Fn(&str, &BTreeMap<String, Value>) -> Result<String, TemplateError>,
) -> Result<Letter, TemplateError> {
    let mut variables = variables_of(locale, told);
    let subject = one_line(&render("subject", &variables)?);
    let preheader = one_line(&render("preheader", &variables)?);
    variables.insert("subject".into(), Value::from(subject.as_str()));
    variables.insert("preheader".into(), Value::from(preheader));
    Ok(Letter {
        locale: locale.clone(),
        text: render("txt", &variables)?,
        html: render("html", &variables)?,
        subject,
    })
}

fn variables_of(locale: &Locale, told: &Told<'_>) -> BTreeMap<String, Value> {
    let mut variables = BTreeMap::new();
    for variable in told.template.variables().iter().filter(|one| !one.is_required) {
        variables.insert(variable.name.to_owned(), Value::from(()));
    }
    for (name, value) in told.variables.as_object().into_iter().flatten() {
        variables.insert(name.clone(), Value::from(Serde(value)));
    }
    let always = [
        ("product_name", told.product_name),
        ("recipient", told.recipient.as_str()),
        ("locale", locale.as_str()),
    ];
    variables.extend(always.map(|(name, value)| (name.to_owned(), Value::from(value))));
    // Nobody leaves the list of those whom the product tells what it must.
    variables.insert("unsubscribe_url".to_owned(), Value::from(()));
    variables
}

/// What was told may hold line ends, and a header may not.
pub(crate) fn one_line(text: &str) -> String {
    let words: Vec<&str> = text
        .split(|letter: char| letter.is_whitespace() || letter.is_control())
        .filter(|word| !word.is_empty())
        .collect();
    words.join(" ").chars().take(LONGEST_SUBJECT).collect()
}

pub(crate) fn failed(name: String, error: &minijinja::Error) -> TemplateError {
    TemplateError::Render {
        name,
        reason: in_words(error),
    }
}

/// The message and its line, without the values around it.
fn in_words(error: &minijinja::Error) -> String {
    let line = error
        .line()
        .map(|line| format!(" (line {line})"))
        .unwrap_or_default();
    format!(
        "{}{line}",
        error
            .detail()
            .map_or_else(|| error.kind().to_string(), str::to_owned)
    )
}

#[cfg(test)]
mod tests;
