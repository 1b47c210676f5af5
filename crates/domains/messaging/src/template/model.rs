//! Texts of mails.

use kernel::{Locale, TemplateId, Timestamp, UserId};
use mail::{Source, Template, Variable};
use serde::{Deserialize, Serialize};

use crate::error::MessagingError;

/// The longest subject or preheader, in characters.
const LONGEST_LINE: usize = 500;

/// The longest text or page, in bytes.
const LONGEST_PART: usize = 100 * 1024;

/// How a text stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(rename = "TemplateStatus")]
pub enum Status {
    /// Brought along by the product or put into its folder; it has no versions.
    BuiltIn,
    /// Written, and not used.
    Draft,
    /// What mails are made of.
    Published,
    /// Used once.
    Archived,
}

/// A text of a mail in one language.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TemplateText {
    /// Its id; none for what is built in.
    pub id: Option<TemplateId>,
    /// Which mail.
    pub key: String,
    /// The language that it is in.
    pub locale: Locale,
    /// What staff call it.
    pub name: String,
    /// What the mail is about.
    pub subject: String,
    /// What mail programs show beside the subject.
    pub preheader: String,
    /// For readers of plain text.
    pub text: String,
    /// For the others.
    pub html: String,
    /// Counts the texts of this mail in this language; 0 is what is built in.
    pub version: i64,
    /// How it stands.
    pub status: Status,
    /// Who wrote it, while they have an account.
    pub created_by: Option<UserId>,
    /// When.
    pub created_at: Option<Timestamp>,
}

/// A text to be written.
#[derive(Debug, Clone)]
pub struct NewText {
    /// Which mail.
    pub template: Template,
    /// The language that it is in.
    pub locale: Locale,
    /// What staff call it.
    pub name: String,
    /// What it says.
    pub source: Source,
}

/// A mail and its texts.
#[derive(Debug, Clone)]
pub struct TemplateOverview {
    /// Which mail.
    pub template: Template,
    /// In which languages there is a text.
    pub languages: Vec<TextInLanguage>,
}

/// How the texts of a mail stand in one language.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TextInLanguage {
    /// The language.
    pub locale: String,
    /// Whether the product or its folder brings one along.
    pub is_built_in: bool,
    /// Which version mails are made of, when it is none that is built in.
    pub published_version: Option<i64>,
    /// The newest that was never used.
    pub draft_version: Option<i64>,
}

impl Status {
    /// As it is stored.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        match text {
            "draft" => Some(Self::Draft),
            "published" => Some(Self::Published),
            "archived" => Some(Self::Archived),
            _ => None,
        }
    }
}

impl TextInLanguage {
    /// A language in which nothing was written.
    pub(crate) fn new(locale: &str, is_built_in: bool) -> Self {
        Self {
            locale: locale.to_owned(),
            is_built_in,
            published_version: None,
            draft_version: None,
        }
    }
}

impl TemplateText {
    /// What is built in.
    pub(crate) fn built_in(template: Template, locale: Locale, source: &Source) -> Self {
        Self {
            id: None,
            key: template.key().to_owned(),
            locale,
            name: template.key().to_owned(),
            subject: source.subject.clone(),
            preheader: source.preheader.clone(),
            text: source.text.clone(),
            html: source.html.clone(),
            version: 0,
            status: Status::BuiltIn,
            created_by: None,
            created_at: None,
        }
    }

    /// What it says.
    pub(crate) fn source(&self) -> Source {
        Source {
            subject: self.subject.clone(),
            preheader: self.preheader.clone(),
            text: self.text.clone(),
            html: self.html.clone(),
        }
    }

    /// What it is told.
    pub(crate) fn variables(&self) -> &'static [Variable] {
        Template::from_key(&self.key).map_or(&[], Template::variables)
    }
}

/// The mail that a request names in its path.
pub(crate) fn existing(key: &str) -> Result<Template, MessagingError> {
    Template::from_key(key).ok_or(MessagingError::NotFound)
}

/// The mail that the field `/key` names.
pub(crate) fn known(key: &str) -> Result<Template, MessagingError> {
    Template::from_key(key).ok_or_else(|| {
        let detail = "there is no such mail; GET /messages/templates lists them";
        MessagingError::field("/key", "unknown_value", detail)
    })
}

/// A text whose parts are not too long.
pub(crate) fn bounded(source: Source) -> Result<Source, MessagingError> {
    let lines = [("/subject", &source.subject), ("/preheader", &source.preheader)];
    for (pointer, line) in lines {
        if line.chars().count() > LONGEST_LINE {
            return Err(MessagingError::field(
                pointer,
                "too_long",
                "at most 500 characters",
            ));
        }
    }
    let parts = [
        ("/subject", &source.subject),
        ("/text", &source.text),
        ("/html", &source.html),
    ];
    for (pointer, part) in parts {
        if part.trim().is_empty() {
            return Err(MessagingError::field(
                pointer,
                "too_short",
                "something has to be said",
            ));
        }
        if part.len() > LONGEST_PART {
            return Err(MessagingError::field(pointer, "too_long", "at most 102400 bytes"));
        }
    }
    Ok(source)
}

/// What a preview is told: only what the mail is told, in plain values.
pub(crate) fn check_variables(
    template: Template,
    variables: &serde_json::Map<String, serde_json::Value>,
) -> Result<(), MessagingError> {
    let mut faults = Vec::new();
    for (name, value) in variables {
        // RFC 6901.
        let pointer = format!("/variables/{}", name.replace('~', "~0").replace('/', "~1"));
        if !template.variables().iter().any(|known| known.name == name) {
            let detail = "this mail is told nothing of that name";
            faults.push(kernel::FieldError::new(pointer, "unknown_field", detail));
        } else if value.is_array() || value.is_object() {
            let detail = "a text, a number, true, false or null is expected";
            faults.push(kernel::FieldError::new(pointer, "invalid_value", detail));
        }
    }
    if faults.is_empty() {
        return Ok(());
    }
    faults.truncate(20);
    Err(MessagingError::Invalid(faults))
}
