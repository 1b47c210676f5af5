//! What is answered.

use kernel::{EmailAddress, Locale, MessageId, OrganizationId, TemplateId, Timestamp, UserId};
use mail::{Category, Declared, MessageStatus, Preview};
use schemars::JsonSchema;
use serde::Serialize;

use crate::template::model::{
    Status, TemplateOverview, TemplateText, TextInLanguage, Translation, TranslationState, Translations,
};
use crate::template::service::Tested;

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

/// A template and how its texts stand.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct TemplateOverviewBody {
    /// Whose it is; null for the platform's.
    organization_id: Option<OrganizationId>,
    /// What it is called in requests.
    #[schemars(extend("example" = "welcome"))]
    key: String,
    /// What people call it.
    #[schemars(extend("example" = "Warmer welcome"))]
    name: String,
    /// What kind of mail it is.
    category: Category,
    /// Whether it is a mail of the product's own, which has a text that it can go back to.
    is_built_in: bool,
    /// What its text is told, in the default language. Every text is told `product_name`, `recipient`, `locale` and
    /// `unsubscribe_url` besides.
    variables: Vec<Declared>,
    /// The language that readers get of whose own there is no text.
    #[schemars(extend("example" = "en"))]
    default_locale: String,
    /// The languages in which something was written.
    locales: Vec<TemplateLanguageBody>,
}

/// A text of a mail in one language.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct TemplateBody {
    /// Its id; null for what the product brings along.
    id: Option<TemplateId>,
    /// Whose it is; null for the platform's.
    organization_id: Option<OrganizationId>,
    /// What the template is called in requests.
    #[schemars(extend("example" = "welcome"))]
    key: String,
    /// The language that it is in.
    locale: Locale,
    /// What people call it.
    #[schemars(extend("example" = "Warmer welcome"))]
    name: String,
    /// What kind of mail it is.
    category: Category,
    /// What the mail is about; a template of one line.
    #[schemars(extend("example" = "Welcome, {{ first_name }}"))]
    subject: String,
    /// What mail programs show beside the subject; a template of one line.
    #[schemars(extend("example" = "Three things to begin with."))]
    preheader: String,
    /// The page for mail programs that show pages; a template in which variables are escaped.
    #[schemars(extend("example" = "<p>Welcome, {{ first_name }}.</p>"))]
    html: String,
    /// The text for those that show none; a template.
    #[schemars(extend("example" = "Welcome, {{ first_name }}."))]
    text: String,
    /// What it is told. Every text is told `product_name`, `recipient`, `locale` and `unsubscribe_url` besides.
    variables: Vec<Declared>,
    /// Counts the texts of this template in this language; 0 is what the product brings along.
    #[schemars(extend("example" = 3))]
    version: i64,
    /// How it stands.
    status: Status,
    /// Who wrote it, while they have an account.
    created_by: Option<UserId>,
    /// When; null for what the product brings along.
    created_at: Option<Timestamp>,
}

/// What a mail looks like.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct TemplatePreviewBody {
    /// What it is about.
    #[schemars(extend("example" = "Welcome, Grace"))]
    subject: String,
    /// The text.
    #[schemars(extend("example" = "Welcome, Grace."))]
    text: String,
    /// The page.
    #[schemars(extend("example" = "<p>Welcome, Grace.</p>"))]
    html: String,
}

/// A test mail.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct TestSendBody {
    /// The mail.
    message_id: MessageId,
    /// The caller's own address.
    to: EmailAddress,
    /// How it stands.
    status: MessageStatus,
}

/// How a template stands in one language.
#[derive(Debug, Serialize, JsonSchema)]
struct TemplateTranslationBody {
    /// The language.
    #[schemars(extend("example" = "de"))]
    locale: String,
    /// Whether its readers get what those of the default language get.
    state: TranslationState,
    /// The version that was published, if any is.
    #[schemars(extend("example" = 3))]
    published_version: Option<i64>,
    /// The newest draft, if there is any.
    #[schemars(extend("example" = 4))]
    draft_version: Option<i64>,
    /// Variables that are declared otherwise than in the default language, or in one of the two only.
    #[schemars(extend("example" = ["first_name"]))]
    differing_variables: Vec<String>,
}

/// In which languages a template is there, of those that its owner has texts in.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct TemplateTranslationsBody {
    /// What the template is called in requests.
    #[schemars(extend("example" = "welcome"))]
    key: String,
    /// The language that readers get of whose own there is no text.
    #[schemars(extend("example" = "en"))]
    default_locale: String,
    /// The languages in which no text is published.
    #[schemars(extend("example" = ["fr"]))]
    missing_locales: Vec<String>,
    /// Each language.
    locales: Vec<TemplateTranslationBody>,
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
        Self {
            is_built_in: overview.of.built_in().is_some(),
            organization_id: overview.of.organization,
            key: overview.of.key,
            name: overview.name,
            category: overview.category,
            variables: overview.variables,
            default_locale: overview.default_locale,
            locales: overview.languages.into_iter().map(Into::into).collect(),
        }
    }
}

impl From<TemplateText> for TemplateBody {
    fn from(text: TemplateText) -> Self {
        Self {
            id: text.id,
            organization_id: text.of.organization,
            key: text.of.key,
            locale: text.locale,
            name: text.name,
            category: text.category,
            subject: text.subject,
            preheader: text.preheader,
            html: text.html,
            text: text.text,
            variables: text.variables,
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

impl From<Tested> for TestSendBody {
    fn from(tested: Tested) -> Self {
        Self {
            message_id: tested.id,
            to: tested.to,
            status: tested.status,
        }
    }
}

impl From<Translation> for TemplateTranslationBody {
    fn from(translation: Translation) -> Self {
        Self {
            locale: translation.language.locale,
            state: translation.state,
            published_version: translation.language.published_version,
            draft_version: translation.language.draft_version,
            differing_variables: translation.differing_variables,
        }
    }
}

impl From<Translations> for TemplateTranslationsBody {
    fn from(translations: Translations) -> Self {
        let missing = translations
            .locales
            .iter()
            .filter(|one| one.state == TranslationState::Missing);
        Self {
            key: translations.of.key,
            default_locale: translations.default_locale,
            missing_locales: missing.map(|one| one.language.locale.clone()).collect(),
            locales: translations.locales.into_iter().map(Into::into).collect(),
        }
    }
}
