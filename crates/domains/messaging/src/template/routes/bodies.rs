//! What is sent.

use std::collections::BTreeMap;

use garde::Validate;
use kernel::{Locale, OrganizationId};
use mail::{Category, Declared, Source};
use schemars::JsonSchema;
use serde::Deserialize;

use crate::error::MessagingError;
use crate::template::model::{NewText, TemplateName};
use crate::template::service::NewPreview;

/// A text to be written.
#[derive(Debug, Deserialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
pub(crate) struct CreateTemplate {
    /// The organization whose template it is; a key's own, and else the platform, when absent.
    #[garde(skip)]
    #[expect(dead_code, reason = "read by who lets the caller in")]
    organization_id: Option<OrganizationId>,
    /// What the template is called in requests: small letters, digits and `_`, a letter first. A key of one of the
    /// product's own mails words that mail anew, which is the platform's to do.
    #[garde(length(chars, min = 1, max = 63))]
    #[schemars(extend("example" = "welcome"))]
    key: String,
    /// The language that it is in.
    #[garde(skip)]
    locale: Locale,
    /// What to call it; the key when absent.
    #[garde(inner(length(chars, min = 1, max = 100)))]
    #[schemars(extend("example" = "Warmer welcome"))]
    name: Option<String>,
    /// What kind of mail it is: what the text before says, and else `transactional`, when absent. `security` is the
    /// product's own.
    #[garde(skip)]
    category: Option<Category>,
    /// What it is told; what the text before declares when absent. The product's own mails are told what they are
    /// told, whatever is said here.
    #[garde(inner(length(max = 64)))]
    variables: Option<Vec<Declared>>,
    /// What the mail is about; a template of one line.
    #[garde(length(chars, min = 1, max = 500))]
    #[schemars(extend("example" = "Welcome, {{ first_name }}"))]
    subject: String,
    /// What mail programs show beside the subject; a template of one line.
    #[serde(default)]
    #[garde(length(chars, max = 500))]
    #[schemars(extend("example" = "Three things to begin with."))]
    preheader: String,
    /// The page for mail programs that show pages; a template in which variables are escaped. It may extend
    /// `layout.html` and import `parts.html`.
    #[garde(length(bytes, min = 1, max = 102_400))]
    #[schemars(extend("example" = "<p>Welcome, {{ first_name }}.</p>"))]
    html: String,
    /// The text for those that show none; a template.
    #[garde(length(bytes, min = 1, max = 102_400))]
    #[schemars(extend("example" = "Welcome, {{ first_name }}."))]
    text: String,
}

/// A text to be written in the place of another.
#[derive(Debug, Deserialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
pub(crate) struct ReplaceTemplate {
    /// The language that it is in.
    #[garde(skip)]
    locale: Locale,
    /// What to call it; the key when absent.
    #[garde(inner(length(chars, min = 1, max = 100)))]
    #[schemars(extend("example" = "Warmer welcome"))]
    name: Option<String>,
    /// What kind of mail it is: what the text before says, and else `transactional`, when absent. `security` is the
    /// product's own.
    #[garde(skip)]
    category: Option<Category>,
    /// What it is told; what the text before declares when absent. The product's own mails are told what they are
    /// told, whatever is said here.
    #[garde(inner(length(max = 64)))]
    variables: Option<Vec<Declared>>,
    /// What the mail is about; a template of one line.
    #[garde(length(chars, min = 1, max = 500))]
    #[schemars(extend("example" = "Welcome, {{ first_name }}"))]
    subject: String,
    /// What mail programs show beside the subject; a template of one line.
    #[serde(default)]
    #[garde(length(chars, max = 500))]
    #[schemars(extend("example" = "Three things to begin with."))]
    preheader: String,
    /// The page for mail programs that show pages; a template in which variables are escaped. It may extend
    /// `layout.html` and import `parts.html`.
    #[garde(length(bytes, min = 1, max = 102_400))]
    #[schemars(extend("example" = "<p>Welcome, {{ first_name }}.</p>"))]
    html: String,
    /// The text for those that show none; a template.
    #[garde(length(bytes, min = 1, max = 102_400))]
    #[schemars(extend("example" = "Welcome, {{ first_name }}."))]
    text: String,
}

/// A text to look at: one that is kept, or one that is not.
#[derive(Debug, Deserialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
pub(crate) struct PreviewTemplate {
    /// The language that it is in; `en` when absent.
    #[garde(skip)]
    locale: Option<Locale>,
    /// The version to look at; what is used, or else the newest draft, when absent.
    #[garde(skip)]
    #[schemars(extend("example" = 3))]
    version: Option<i64>,
    /// A subject to look at, together with `html` and `text`, without anything being kept.
    #[garde(inner(length(chars, min = 1, max = 500)))]
    #[schemars(extend("example" = "Welcome, {{ first_name }}"))]
    subject: Option<String>,
    /// What mail programs show beside the subject.
    #[garde(inner(length(chars, max = 500)))]
    #[schemars(extend("example" = "Three things to begin with."))]
    preheader: Option<String>,
    /// The page for mail programs that show pages.
    #[garde(inner(length(bytes, min = 1, max = 102_400)))]
    #[schemars(extend("example" = "<p>Welcome, {{ first_name }}.</p>"))]
    html: Option<String>,
    /// The text for those that show none.
    #[garde(inner(length(bytes, min = 1, max = 102_400)))]
    #[schemars(extend("example" = "Welcome, {{ first_name }}."))]
    text: Option<String>,
    /// What a text that is not kept declares; what its template declares when absent.
    #[garde(inner(length(max = 64)))]
    declarations: Option<Vec<Declared>>,
    /// What to put in the place of samples.
    #[serde(default)]
    #[garde(length(max = 64))]
    #[schemars(extend("example" = { "first_name": "Grace" }))]
    variables: BTreeMap<String, serde_json::Value>,
}

/// A text to be sent to whoever asks for it.
#[derive(Debug, Deserialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
pub(crate) struct TestSendTemplate {
    /// The language; `en` when absent.
    #[garde(skip)]
    locale: Option<Locale>,
    /// The version to send; what is used, or else the newest draft, when absent.
    #[garde(skip)]
    #[schemars(extend("example" = 3))]
    version: Option<i64>,
    /// What to put in the place of samples.
    #[serde(default)]
    #[garde(length(max = 64))]
    #[schemars(extend("example" = { "first_name": "Grace" }))]
    variables: BTreeMap<String, serde_json::Value>,
}

/// In which language.
#[derive(Debug, Deserialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
pub(crate) struct InLanguage {
    /// The language.
    #[garde(skip)]
    pub(super) locale: Locale,
}

/// In which language.
#[derive(Debug, Deserialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
pub(crate) struct LanguageQuery {
    /// Whose template: read by who lets the caller in.
    #[garde(skip)]
    #[expect(dead_code, reason = "a parameter that is not named here is refused")]
    organization_id: Option<OrganizationId>,
    /// The language; `en` when absent.
    #[garde(skip)]
    pub(super) locale: Option<Locale>,
}

/// Which template.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct TemplatePath {
    /// The key of the template.
    pub(super) template_key: String,
}

/// Which text of which template.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct VersionPath {
    /// The key of the template.
    pub(super) template_key: String,
    /// The version.
    pub(super) version: i64,
}

impl CreateTemplate {
    pub(super) fn into_new(self, organization: Option<OrganizationId>) -> Result<NewText, MessagingError> {
        let of = TemplateName::to_write(organization, &self.key)?;
        let text = ReplaceTemplate {
            locale: self.locale,
            name: self.name,
            category: self.category,
            variables: self.variables,
            subject: self.subject,
            preheader: self.preheader,
            html: self.html,
            text: self.text,
        };
        Ok(text.into_new(of))
    }
}

impl ReplaceTemplate {
    pub(super) fn into_new(self, of: TemplateName) -> NewText {
        NewText {
            of,
            locale: self.locale,
            name: self.name,
            category: self.category,
            variables: self.variables,
            source: Source {
                subject: self.subject,
                preheader: self.preheader,
                text: self.text,
                html: self.html,
            },
        }
    }
}

impl TestSendTemplate {
    pub(super) fn into_new(self, of: TemplateName) -> NewPreview {
        NewPreview {
            of,
            locale: self.locale,
            version: self.version,
            source: None,
            declarations: None,
            variables: self.variables.into_iter().collect(),
        }
    }
}

impl PreviewTemplate {
    pub(super) fn into_new(self, of: TemplateName) -> Result<NewPreview, MessagingError> {
        let source = match (self.subject, self.html, self.text) {
            (None, None, None) => None,
            (Some(subject), Some(html), Some(text)) => Some(Source {
                subject,
                preheader: self.preheader.unwrap_or_default(),
                text,
                html,
            }),
            (subject, html, _) => {
                let pointer = match (subject, html) {
                    (None, _) => "/subject",
                    (_, None) => "/html",
                    _ => "/text",
                };
                let detail = "subject, html and text are looked at together";
                return Err(MessagingError::field(pointer, "required", detail));
            }
        };
        Ok(NewPreview {
            of,
            locale: self.locale,
            version: self.version,
            source,
            declarations: self.declarations,
            variables: self.variables.into_iter().collect(),
        })
    }
}
