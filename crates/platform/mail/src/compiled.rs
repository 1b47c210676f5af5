//! A text of somebody's own, read once and made into as many letters as there are readers.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use kernel::{EmailAddress, Locale};
use minijinja::value::{Enumerator, Object, Serde};
use minijinja::{Environment, ErrorKind, Value};
use serde_json::Map;

use crate::error::TemplateError;
use crate::frugal;
use crate::html;
use crate::names;
use crate::sandbox;
use crate::source::{Owner, Source};
use crate::templates::{PARTS_OF_A_MAIL, SAMPLE_PRODUCT, Templates, failed, one_line};
use crate::variables::{VariableType, Variables};

/// How long a text that is tried out may take.
const TRIAL: Duration = Duration::from_secs(2);

/// Whom a mail that is not sent is for.
const SAMPLE_RECIPIENT: &str = "ada@example.com";

/// Where a mail that is not sent leads whoever wants no more of its kind.
const SAMPLE_UNSUBSCRIBE: &str = "https://example.com/unsubscribe";

/// A text of somebody's own. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Compiled(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    environment: Environment<'static>,
    locale: Locale,
    product_name: String,
    variables: Variables,
    /// Whether the page shows what mail programs show beside the subject.
    shows_preheader: bool,
}

/// One letter of a text.
#[derive(Debug, Clone, Copy)]
pub struct LetterTo<'a> {
    /// Who gets it.
    pub recipient: &'a EmailAddress,
    /// Where its reader ends mails of its kind; none for what nobody can end.
    pub unsubscribe_url: Option<&'a str>,
    /// What it is told.
    pub variables: &'a Map<String, serde_json::Value>,
}

/// What a letter says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rendered {
    /// In one line.
    pub subject: String,
    /// In one line, perhaps empty.
    pub preheader: String,
    /// For readers of plain text.
    pub text: String,
    /// For the others.
    pub html: String,
}

/// How much time the letters of one request may take together.
#[derive(Debug, Clone, Copy)]
pub struct Allowance(Duration);

impl Allowance {
    /// So much, counted while letters are written and not between them.
    pub const fn new(time: Duration) -> Self {
        Self(time)
    }
}

impl Templates {
    /// Reads a text. One that is no template, or asks for what is not declared, is refused.
    pub fn compile(
        &self,
        owner: Owner,
        locale: &Locale,
        source: &Source,
        variables: Variables,
        product_name: &str,
    ) -> Result<Compiled, TemplateError> {
        let mut environment = self.around(owner).clone();
        for part in PARTS_OF_A_MAIL {
            let name = name_of(part);
            add(&mut environment, part, source.part(part), &variables)
                .map_err(|error| failed(name.to_owned(), &error))?;
        }
        let shows_preheader = source.html.contains("preheader") || source.html.contains("layout.html");
        Ok(Compiled(Arc::new(Inner {
            environment,
            locale: locale.clone(),
            product_name: product_name.to_owned(),
            variables,
            shows_preheader,
        })))
    }

    /// Reads a text and writes it to nobody, with all variables and with the required ones only, so that a slip is
    /// found by its writer and not by a reader.
    pub fn try_own(
        &self,
        owner: Owner,
        locale: &Locale,
        source: &Source,
        variables: Variables,
    ) -> Result<(), TemplateError> {
        let compiled = self.compile(owner, locale, source, variables, SAMPLE_PRODUCT)?;
        compiled.try_out()
    }
}

impl Compiled {
    /// What it is told.
    pub fn variables(&self) -> &Variables {
        &self.0.variables
    }

    /// The language that it is in.
    pub fn locale(&self) -> &Locale {
        &self.0.locale
    }

    /// Writes a letter. That its values are those that were declared is for the caller to see to:
    /// [`Variables::faults`].
    pub fn render(
        &self,
        letter: &LetterTo<'_>,
        allowance: &mut Allowance,
    ) -> Result<Rendered, TemplateError> {
        let mut told = self.told(letter);
        let begun = Instant::now();
        let until = begun.checked_add(allowance.0);
        let rendered = self.write(&mut told, until).map(|rendered| self.ready(rendered));
        allowance.0 = allowance.0.saturating_sub(begun.elapsed());
        rendered.map_err(|(part, error)| failed(name_of(part).to_owned(), &error))
    }

    /// As mail programs show it, with a text part where its writer left that out.
    fn ready(&self, mut rendered: Rendered) -> Rendered {
        if !self.0.shows_preheader && !rendered.preheader.is_empty() {
            rendered.html = with_preheader(&rendered.html, &rendered.preheader);
        }
        rendered.html = html::prepare(&rendered.html);
        if rendered.text.trim().is_empty() {
            rendered.text = html::text(&rendered.html);
        }
        rendered
    }

    /// Writes a letter to nobody, with samples in whose place `variables` are put.
    pub fn preview(&self, variables: &Map<String, serde_json::Value>) -> Result<Rendered, TemplateError> {
        to_nobody(variables, |letter| self.try_for(letter))
    }

    /// Writes a letter to somebody who tries it out, with samples in place of the variables that are missing.
    pub fn try_for(&self, letter: &LetterTo<'_>) -> Result<Rendered, TemplateError> {
        let mut told = self.0.variables.samples(|_| true);
        told.extend(letter.variables.clone());
        let letter = LetterTo {
            variables: &told,
            ..*letter
        };
        self.render(&letter, &mut Allowance::new(TRIAL))
    }

    fn try_out(&self) -> Result<(), TemplateError> {
        self.try_with(&self.0.variables.samples(|_| true), |_| true)?;
        self.try_with(&self.0.variables.samples(|one| one.required), |is_required| {
            is_required
        })
    }

    /// Where there is no sample of a list or an object, something stands in that answers whatever it is asked; what
    /// fails for being of the wrong kind then says nothing about the text.
    fn try_with(
        &self,
        samples: &Map<String, serde_json::Value>,
        which: impl Fn(bool) -> bool,
    ) -> Result<(), TemplateError> {
        to_nobody(samples, |letter| {
            let mut told = self.told(letter);
            let mut has_stand_ins = false;
            for one in self.0.variables.as_slice() {
                if which(one.required) && !samples.contains_key(&one.name) {
                    told.insert(one.name.clone(), Value::from_object(Anything));
                    has_stand_ins = true;
                }
            }
            match self.write(&mut told, Instant::now().checked_add(TRIAL)) {
                Err((_, error)) if has_stand_ins && is_about_kinds(&error) => Ok(()),
                Err((part, error)) => Err(failed(name_of(part).to_owned(), &error)),
                Ok(_) => Ok(()),
            }
        })
    }

    fn told(&self, letter: &LetterTo<'_>) -> BTreeMap<String, Value> {
        let inner = &*self.0;
        let mut told: BTreeMap<String, Value> = inner
            .variables
            .as_slice()
            .iter()
            .map(|one| {
                let value = letter.variables.get(&one.name).filter(|value| !value.is_null());
                let value = match (value, one.kind) {
                    (None, VariableType::List) => Value::from(Vec::<Value>::new()),
                    (value, _) => Value::from(Serde(value)),
                };
                (one.name.clone(), value)
            })
            .collect();
        let always = [
            ("product_name", Value::from(inner.product_name.as_str())),
            ("recipient", Value::from(letter.recipient.as_str())),
            ("locale", Value::from(inner.locale.as_str())),
            ("unsubscribe_url", Value::from(letter.unsubscribe_url)),
        ];
        told.extend(always.map(|(name, value)| (name.to_owned(), value)));
        told
    }

    /// Subject and preheader first: the page around the HTML part shows them.
    fn write(
        &self,
        told: &mut BTreeMap<String, Value>,
        until: Option<Instant>,
    ) -> Result<Rendered, (&'static str, minijinja::Error)> {
        let write = |part: &'static str, told: &BTreeMap<String, Value>| {
            let template = self.0.environment.get_template(name_of(part));
            template
                .and_then(|template| sandbox::render(&template, told, until))
                .map_err(|error| (part, error))
        };
        let subject = one_line(&write("subject", told)?);
        let preheader = one_line(&write("preheader", told)?);
        told.insert("subject".into(), Value::from(subject.as_str()));
        told.insert("preheader".into(), Value::from(preheader.as_str()));
        Ok(Rendered {
            text: write("txt", told)?,
            html: write("html", told)?,
            subject,
            preheader,
        })
    }
}

/// The ending says whether what it is told is escaped.
const fn name_of(part: &'static str) -> &'static str {
    match part.as_bytes() {
        b"subject" => "letter.subject",
        b"preheader" => "letter.preheader",
        b"txt" => "letter.txt",
        _ => "letter.html",
    }
}

fn add(
    environment: &mut Environment<'static>,
    part: &'static str,
    content: &str,
    variables: &Variables,
) -> Result<(), minijinja::Error> {
    frugal::check(content)?;
    environment.add_template_owned(name_of(part), content.to_owned())?;
    let template = environment.get_template(name_of(part))?;
    names::check(&template, part, |name| variables.has(name))
}

fn to_nobody<T>(
    variables: &Map<String, serde_json::Value>,
    write: impl FnOnce(&LetterTo<'_>) -> Result<T, TemplateError>,
) -> Result<T, TemplateError> {
    let recipient: EmailAddress = SAMPLE_RECIPIENT.parse().map_err(|_| TemplateError::Render {
        name: name_of("html").to_owned(),
        reason: "there is nobody to write to".to_owned(),
    })?;
    write(&LetterTo {
        recipient: &recipient,
        unsubscribe_url: Some(SAMPLE_UNSUBSCRIBE),
        variables,
    })
}

/// Puts what mail programs show beside the subject before all that they show: at the beginning of the page.
fn with_preheader(html: &str, preheader: &str) -> String {
    let body = html.to_ascii_lowercase().find("<body").and_then(|start| {
        let end = html.get(start..)?.find('>')?;
        start.checked_add(end)?.checked_add(1)
    });
    let (before, after) = html.split_at_checked(body.unwrap_or(0)).unwrap_or(("", html));
    let shown = minijinja::HtmlEscape(preheader);
    format!(
        "{before}<div style=\"display:none;max-height:0;overflow:hidden;mso-hide:all\">{shown}</div>{after}"
    )
}

fn is_about_kinds(error: &minijinja::Error) -> bool {
    matches!(
        error.kind(),
        ErrorKind::InvalidOperation | ErrorKind::CannotUnpack
    )
}

/// What is there in place of a list or an object of which nothing is known: whatever is looked up in it is there.
#[derive(Debug)]
struct Anything;

impl Object for Anything {
    fn get_value(self: &Arc<Self>, _: &Value) -> Option<Value> {
        Some(Value::from_dyn_object(Arc::clone(self)))
    }

    fn enumerate(self: &Arc<Self>) -> Enumerator {
        Enumerator::Values(vec![Value::from_dyn_object(Arc::clone(self))])
    }

    fn render(self: &Arc<Self>, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("…")
    }
}

#[cfg(test)]
mod tests;
