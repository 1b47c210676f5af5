//! What is sent and answered.

use std::collections::BTreeMap;

use garde::Validate;
use kernel::{Locale, TemplateId, Timestamp, UserId};
use mail::{Preview, Source, Variable};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::error::MessagingError;
use crate::template::model::{NewText, Status, TemplateOverview, TemplateText, TextInLanguage, known};

/// Something that a text is told. Every text is told `product_name`, `recipient` and `locale` besides.
#[derive(Debug, Serialize, JsonSchema)]
struct TemplateVariableBody {
    /// Its name in the text.
    #[schemars(extend("example" = "member"))]
    name: &'static str,
    /// Whether it is always there; what is not required may be null.
    is_required: bool,
    /// What previews put in its place.
    #[schemars(extend("example" = "Grace Hopper"))]
    sample: serde_json::Value,
}

/// Where a text comes from.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
enum TemplateSource {
    /// The product, or the folder of its operator.
    BuiltIn,
    /// A version that was published.
    Published,
    /// There is none: readers get the mail in the language that theirs falls back to.
    None,
}

/// How the texts of a mail stand in one language.
#[derive(Debug, Serialize, JsonSchema)]
struct TemplateLanguageBody {
    /// The language.
    #[schemars(extend("example" = "en"))]
    locale: String,
    /// What mails are made of.
    source: TemplateSource,
    /// The version that was published, if any is.
    #[schemars(extend("example" = 3))]
    published_version: Option<i64>,
    /// The newest draft, if there is any.
    #[schemars(extend("example" = 4))]
    draft_version: Option<i64>,
}

/// A mail that the product sends.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct TemplateOverviewBody {
    /// Which mail.
    #[schemars(extend("example" = "member_joined"))]
    key: &'static str,
    /// What its text is told.
    variables: Vec<TemplateVariableBody>,
    /// The languages in which something was written.
    locales: Vec<TemplateLanguageBody>,
}

/// A text of a mail in one language.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct TemplateBody {
    /// Its id; null for what the product brings along.
    id: Option<TemplateId>,
    /// Which mail.
    #[schemars(extend("example" = "member_joined"))]
    key: String,
    /// The language that it is in.
    locale: Locale,
    /// What staff call it.
    #[schemars(extend("example" = "Warmer welcome"))]
    name: String,
    /// What the mail is about; a template of one line.
    #[schemars(extend("example" = "{{ member }} joined {{ organization }}"))]
    subject: String,
    /// What mail programs show beside the subject; a template of one line.
    #[schemars(extend("example" = "They accepted your invitation."))]
    preheader: String,
    /// The page for mail programs that show pages; a template in which variables are escaped.
    #[schemars(extend("example" = "<p>{{ member }} joined {{ organization }}.</p>"))]
    html: String,
    /// The text for those that show none; a template.
    #[schemars(extend("example" = "{{ member }} joined {{ organization }}."))]
    text: String,
    /// What it is told.
    variables: Vec<TemplateVariableBody>,
    /// Counts the texts of this mail in this language; 0 is what the product brings along.
    #[schemars(extend("example" = 3))]
    version: i64,
    /// How it stands.
    status: Status,
    /// Who wrote it, while they have an account.
    created_by: Option<UserId>,
    /// When; null for what the product brings along.
    created_at: Option<Timestamp>,
}

/// A text to be written.
#[derive(Debug, Deserialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
pub(crate) struct CreateTemplate {
    /// Which mail.
    #[garde(length(chars, min = 1, max = 100))]
    #[schemars(extend("example" = "member_joined"))]
    key: String,
    /// The language that it is in.
    #[garde(skip)]
    locale: Locale,
    /// What to call it; the key when absent.
    #[garde(inner(length(chars, min = 1, max = 100)))]
    #[schemars(extend("example" = "Warmer welcome"))]
    name: Option<String>,
    /// What the mail is about; a template of one line.
    #[garde(length(chars, min = 1, max = 500))]
    #[schemars(extend("example" = "{{ member }} joined {{ organization }}"))]
    subject: String,
    /// What mail programs show beside the subject; a template of one line.
    #[serde(default)]
    #[garde(length(chars, max = 500))]
    #[schemars(extend("example" = "They accepted your invitation."))]
    preheader: String,
    /// The page for mail programs that show pages; a template in which variables are escaped. It may extend
    /// `layout.html` and import `parts.html`.
    #[garde(length(bytes, min = 1, max = 102_400))]
    #[schemars(extend("example" = "<p>{{ member }} joined {{ organization }}.</p>"))]
    html: String,
    /// The text for those that show none; a template.
    #[garde(length(bytes, min = 1, max = 102_400))]
    #[schemars(extend("example" = "{{ member }} joined {{ organization }}."))]
    text: String,
}

/// A text to look at.
#[derive(Debug, Deserialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
pub(crate) struct PreviewTemplate {
    /// The language that it is in.
    #[garde(skip)]
    locale: Locale,
    /// What the mail is about; a template of one line.
    #[garde(length(chars, min = 1, max = 500))]
    #[schemars(extend("example" = "{{ member }} joined {{ organization }}"))]
    subject: String,
    /// What mail programs show beside the subject; a template of one line.
    #[serde(default)]
    #[garde(length(chars, max = 500))]
    #[schemars(extend("example" = "They accepted your invitation."))]
    preheader: String,
    /// The page for mail programs that show pages; a template in which variables are escaped.
    #[garde(length(bytes, min = 1, max = 102_400))]
    #[schemars(extend("example" = "<p>{{ member }} joined {{ organization }}.</p>"))]
    html: String,
    /// The text for those that show none; a template.
    #[garde(length(bytes, min = 1, max = 102_400))]
    #[schemars(extend("example" = "{{ member }} joined {{ organization }}."))]
    text: String,
    /// What to put in the place of samples.
    #[serde(default)]
    #[garde(length(max = 64))]
    #[schemars(extend("example" = { "member": "Grace" }))]
    variables: BTreeMap<String, serde_json::Value>,
}

/// What a mail looks like.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct TemplatePreviewBody {
    /// What it is about.
    #[schemars(extend("example" = "Grace joined Ink & Quill"))]
    subject: String,
    /// The text.
    #[schemars(extend("example" = "Grace joined Ink & Quill."))]
    text: String,
    /// The page.
    #[schemars(extend("example" = "<p>Grace joined Ink &amp; Quill.</p>"))]
    html: String,
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
    /// The language; `en` when absent.
    #[garde(skip)]
    pub(super) locale: Option<Locale>,
}

/// Which mail.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct TemplatePath {
    /// The key of the mail.
    pub(super) template_key: String,
}

/// Which text of which mail.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct VersionPath {
    /// The key of the mail.
    pub(super) template_key: String,
    /// The version.
    pub(super) version: i64,
}

impl CreateTemplate {
    pub(super) fn into_new(self) -> Result<NewText, MessagingError> {
        Ok(NewText {
            template: known(&self.key)?,
            locale: self.locale,
            name: self.name.unwrap_or(self.key),
            source: Source {
                subject: self.subject,
                preheader: self.preheader,
                text: self.text,
                html: self.html,
            },
        })
    }
}

impl PreviewTemplate {
    pub(super) fn into_parts(self) -> (Locale, Source, serde_json::Map<String, serde_json::Value>) {
        let source = Source {
            subject: self.subject,
            preheader: self.preheader,
            text: self.text,
            html: self.html,
        };
        (self.locale, source, self.variables.into_iter().collect())
    }
}

impl From<&Variable> for TemplateVariableBody {
    fn from(variable: &Variable) -> Self {
        Self {
            name: variable.name,
            is_required: variable.is_required,
            sample: serde_json::from_str(variable.sample).unwrap_or_default(),
        }
    }
}

impl From<TextInLanguage> for TemplateLanguageBody {
    fn from(text: TextInLanguage) -> Self {
        let source = match (text.published_version, text.is_built_in) {
            (Some(_), _) => TemplateSource::Published,
            (None, true) => TemplateSource::BuiltIn,
            (None, false) => TemplateSource::None,
        };
        Self {
            locale: text.locale,
            source,
            published_version: text.published_version,
            draft_version: text.draft_version,
        }
    }
}

impl From<TemplateOverview> for TemplateOverviewBody {
    fn from(overview: TemplateOverview) -> Self {
        let variables = overview.template.variables().iter();
        Self {
            key: overview.template.key(),
            variables: variables.map(TemplateVariableBody::from).collect(),
            locales: overview.languages.into_iter().map(Into::into).collect(),
        }
    }
}

impl From<TemplateText> for TemplateBody {
    fn from(text: TemplateText) -> Self {
        let variables = text.variables().iter().map(TemplateVariableBody::from).collect();
        Self {
            id: text.id,
            key: text.key,
            locale: text.locale,
            name: text.name,
            subject: text.subject,
            preheader: text.preheader,
            html: text.html,
            text: text.text,
            variables,
            version: text.version,
            status: text.status,
            created_by: text.created_by,
            created_at: text.created_at,
        }
    }
}

impl From<Preview> for TemplatePreviewBody {
    fn from(preview: Preview) -> Self {
        Self {
            subject: preview.subject,
            text: preview.text,
            html: preview.html,
        }
    }
}
