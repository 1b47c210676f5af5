//! Texts of mails: those of the product's own mails, which the platform may word anew, and those that organizations
//! and the platform make themselves.

use kernel::{Locale, OrganizationId, TemplateId, Timestamp, UserId};
use mail::{Category, Declared, Owner, Source, Template, VariableType, Variables};
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

/// Which template, and whose.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TemplateName {
    /// The organization's; none for the platform's.
    pub organization: Option<OrganizationId>,
    /// Its name there.
    pub key: String,
}

/// A text of a mail in one language.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TemplateText {
    /// Its id; none for what is built in.
    pub id: Option<TemplateId>,
    /// Which template, and whose.
    pub of: TemplateName,
    /// The language that it is in.
    pub locale: Locale,
    /// What people call it.
    pub name: String,
    /// What kind of mail it is.
    pub category: Category,
    /// What the mail is about.
    pub subject: String,
    /// What mail programs show beside the subject.
    pub preheader: String,
    /// For readers of plain text.
    pub text: String,
    /// For the others.
    pub html: String,
    /// What it is told.
    pub variables: Vec<Declared>,
    /// Counts the texts of this template in this language; 0 is what is built in.
    pub version: i64,
    /// How it stands.
    pub status: Status,
    /// Who wrote it, while they have an account.
    pub created_by: Option<UserId>,
    /// When.
    pub created_at: Option<Timestamp>,
}

/// A text and how it stands among those of its template in its language.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ShownText {
    /// What it says.
    pub text: TemplateText,
    /// The newest version there.
    pub latest: i64,
}

/// A text to be written.
#[derive(Debug, Clone)]
pub struct NewText {
    /// Which template, and whose.
    pub of: TemplateName,
    /// The language that it is in.
    pub locale: Locale,
    /// What to call it; the key when absent.
    pub name: Option<String>,
    /// What kind of mail it is; what it was before, or `transactional`, when absent.
    pub category: Option<Category>,
    /// What it is told; what it was told before when absent.
    pub variables: Option<Vec<Declared>>,
    /// What it says.
    pub source: Source,
}

/// A template and its texts.
#[derive(Debug, Clone)]
pub struct TemplateOverview {
    /// Which template, and whose.
    pub of: TemplateName,
    /// What people call it.
    pub name: String,
    /// What kind of mail it is.
    pub category: Category,
    /// What its text is told, in the default language.
    pub variables: Vec<Declared>,
    /// The language that readers get of whose own there is no text.
    pub default_locale: String,
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

impl TemplateName {
    /// The template that a path names. What can't be a name is that of nothing.
    pub(crate) fn in_path(organization: Option<OrganizationId>, key: &str) -> Result<Self, MessagingError> {
        let name = Self {
            organization,
            key: key.to_owned(),
        };
        if mail::variables::is_name(key) {
            Ok(name)
        } else {
            Err(MessagingError::NotFound)
        }
    }

    /// The template that the field `/key` names. Only the platform words the product's own mails.
    pub(crate) fn to_write(organization: Option<OrganizationId>, key: &str) -> Result<Self, MessagingError> {
        let name = Self::in_path(organization, key).map_err(|_| {
            let detail = "small letters, digits and _, at most 63, a letter first";
            MessagingError::field("/key", "invalid_value", detail)
        })?;
        if organization.is_some() && Template::from_key(key).is_some() {
            let detail = "this is a mail of the product's own; take another key";
            return Err(MessagingError::field("/key", "reserved", detail));
        }
        Ok(name)
    }

    /// The mail of the product's own that this is, if it is one.
    pub(crate) fn built_in(&self) -> Option<Template> {
        match self.organization {
            None => Template::from_key(&self.key),
            Some(_) => None,
        }
    }

    /// Whose it is, for what its texts may take in.
    pub(crate) const fn owner(&self) -> Owner {
        match self.organization {
            None => Owner::Platform,
            Some(_) => Owner::Organization,
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
            of: TemplateName {
                organization: None,
                key: template.key().to_owned(),
            },
            locale,
            name: template.key().to_owned(),
            category: template.category(),
            subject: source.subject.clone(),
            preheader: source.preheader.clone(),
            text: source.text.clone(),
            html: source.html.clone(),
            variables: declared(template),
            version: 0,
            status: Status::BuiltIn,
            created_by: None,
            created_at: None,
        }
    }

    /// What is looked at and kept nowhere.
    pub(crate) fn unkept(of: TemplateName, locale: Locale, source: Source, variables: Vec<Declared>) -> Self {
        Self {
            id: None,
            locale,
            name: of.key.clone(),
            category: Category::default(),
            subject: source.subject,
            preheader: source.preheader,
            text: source.text,
            html: source.html,
            variables,
            version: 0,
            status: Status::Draft,
            created_by: None,
            created_at: None,
            of,
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
}

impl ShownText {
    /// Changes whenever another text is shown, or one is written or published in its language.
    pub(crate) const fn tag(&self) -> i64 {
        let is_published = matches!(self.text.status, Status::Published);
        tag(self.latest, self.text.version, is_published)
    }
}

/// The tag of what is shown: room for a million versions.
pub(crate) const fn tag(latest: i64, shown: i64, is_published: bool) -> i64 {
    let place = if is_published { 1 } else { 0 };
    latest
        .saturating_mul(2_000_000)
        .saturating_add(shown.saturating_mul(2))
        .saturating_add(place)
}

/// What a mail of the product's own is told.
pub(crate) fn declared(template: Template) -> Vec<Declared> {
    let variables = template.variables().iter().map(|variable| {
        let sample: serde_json::Value = serde_json::from_str(variable.sample).unwrap_or_default();
        Declared {
            name: variable.name.to_owned(),
            kind: if sample.is_i64() {
                VariableType::Integer
            } else {
                VariableType::String
            },
            required: variable.is_required,
            description: None,
            sample: Some(sample),
        }
    });
    variables.collect()
}

/// A category that is not the product's own.
pub(crate) fn free(category: Category) -> Result<Category, MessagingError> {
    if category == Category::security() {
        let detail =
            "what keeps accounts safe is told by the product; take transactional or a word of your own";
        return Err(MessagingError::field("/category", "reserved", detail));
    }
    Ok(category)
}

/// Variables whose declarations are good.
pub(crate) fn parsed(declared: Vec<Declared>) -> Result<Variables, MessagingError> {
    Variables::parse(declared).map_err(MessagingError::Invalid)
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

/// What a preview of one of the product's own mails is told: only what the mail is told, in plain values.
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

/// Which languages a template is there in, of those that its owner has texts in.
#[derive(Debug, Clone)]
pub struct Translations {
    /// Which template, and whose.
    pub of: TemplateName,
    /// The language that readers get of whose own there is no text.
    pub default_locale: String,
    /// By language.
    pub locales: Vec<Translation>,
}

/// How a template stands in one language.
#[derive(Debug, Clone)]
pub struct Translation {
    /// Its texts there.
    pub language: TextInLanguage,
    /// Whether its readers get what those of the default language get.
    pub state: TranslationState,
    /// The variables that are declared otherwise there than in the default language, or in one of them only.
    pub differing_variables: Vec<String>,
}

/// Whether readers of a language get what those of the default language get.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum TranslationState {
    /// A text is published that is told the same.
    UpToDate,
    /// A text is published that is told something else.
    Behind,
    /// No text is published: readers get what theirs falls back to, or the default language.
    Missing,
}
