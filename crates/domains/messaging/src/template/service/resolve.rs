//! The text that a letter is made of: looked up once for all letters of a request, and compiled once.

use std::sync::Arc;

use db::ReadTx;
use kernel::{Locale, OrganizationId};
use mail::{Allowance, Category, Compiled, LetterTo, Rendered, Variables};

use super::Templates;
use crate::error::MessagingError;
use crate::template::model::{Status, TemplateName, TemplateText, parsed};
use crate::template::store::{self, Head};

/// A template of somebody's own, in all languages that the letters of a request ask for. Cheap to clone.
#[derive(Debug, Clone)]
pub struct ResolvedTemplate {
    /// Its key.
    pub key: String,
    default: Arc<ResolvedText>,
    others: Arc<[ResolvedText]>,
}

/// A published text, ready to be made into letters.
#[derive(Debug, Clone)]
pub struct ResolvedText {
    /// The language that it is in.
    pub locale: Locale,
    /// Its version.
    pub version: i64,
    /// What kind of mail it makes.
    pub category: Category,
    compiled: Compiled,
}

impl Templates {
    /// The published texts of a template of somebody's own, the product's own mails being none: those that readers of
    /// `locales` get, and the one of its default language.
    ///
    /// # Errors
    ///
    /// [`MessagingError::NotFound`] where there is no such template, [`MessagingError::Unpublished`] where it has no
    /// published text.
    pub async fn resolve(
        &self,
        organization: Option<OrganizationId>,
        key: &str,
        locales: &[Locale],
    ) -> Result<ResolvedTemplate, MessagingError> {
        let of = TemplateName::in_path(organization, key)?;
        if of.built_in().is_some() {
            return Err(MessagingError::NotFound);
        }
        let (name, wanted) = (of.clone(), locales.to_vec());
        let work = async move |tx: &mut ReadTx| {
            let heads = store::list_heads(tx, name.organization, &[&name.key]).await?;
            if heads.is_empty() {
                return Err(MessagingError::NotFound);
            }
            let default = default_of(&heads);
            let mut tags: Vec<&str> = wanted
                .iter()
                .filter_map(|locale| chosen(&heads, locale, default))
                .chain(default)
                .collect();
            tags.sort_unstable();
            tags.dedup();
            let texts = store::list_published(tx, &name, &tags).await?;
            Ok((texts, default.map(str::to_owned)))
        };
        let (texts, default): (Vec<TemplateText>, _) = self.machinery.db.read(work).await?;
        let mut resolved = Vec::new();
        for text in texts {
            resolved.push(self.compile(&of, text)?);
        }
        let place = resolved
            .iter()
            .position(|text| Some(text.locale.as_str()) == default.as_deref());
        if resolved.is_empty() {
            return Err(MessagingError::Unpublished);
        }
        Ok(ResolvedTemplate {
            key: of.key,
            default: Arc::new(resolved.swap_remove(place.unwrap_or(0))),
            others: resolved.into(),
        })
    }

    fn compile(&self, of: &TemplateName, text: TemplateText) -> Result<ResolvedText, MessagingError> {
        let mailer = &self.machinery.mailer;
        let source = text.source();
        let compiled = mailer.templates().compile(
            of.owner(),
            &text.locale,
            &source,
            parsed(text.variables)?,
            mailer.product_name(),
        )?;
        Ok(ResolvedText {
            locale: text.locale,
            version: text.version,
            category: text.category,
            compiled,
        })
    }
}

impl ResolvedTemplate {
    /// The text that a reader of this language gets: in it, in what it falls back to, or in the default language.
    pub fn text_for(&self, locale: &Locale) -> &ResolvedText {
        let of_language = own_tags(locale).find_map(|tag| {
            let mut all = std::iter::once(&*self.default).chain(&*self.others);
            all.find(|text| text.locale.as_str() == tag)
        });
        of_language.unwrap_or(&self.default)
    }

    /// The text that readers get who have no language of their own.
    pub fn default_text(&self) -> &ResolvedText {
        &self.default
    }

    /// What kind of mail its letters are, as its default language says.
    pub fn category(&self) -> &Category {
        &self.default.category
    }
}

impl ResolvedText {
    /// What it is told.
    pub fn variables(&self) -> &Variables {
        self.compiled.variables()
    }

    /// Writes a letter: no waiting, but work, so that many are written outside of any transaction.
    ///
    /// # Errors
    ///
    /// [`MessagingError::Invalid`] with pointers `/variables/<name>` where a value is missing, too much or of another
    /// type, and with the part of the text that can't be written of values that are right.
    pub fn render(
        &self,
        letter: &LetterTo<'_>,
        allowance: &mut Allowance,
    ) -> Result<Rendered, MessagingError> {
        let faults = self.variables().faults(letter.variables);
        if !faults.is_empty() {
            return Err(MessagingError::Invalid(faults));
        }
        Ok(self.compiled.render(letter, allowance)?)
    }
}

/// A language and what it falls back to, but for the English in which all languages of the product's own end.
fn own_tags(locale: &Locale) -> impl Iterator<Item = &str> {
    let own = locale.as_str();
    std::iter::successors(Some(own), move |tag| {
        tag.rfind('-').and_then(|end| own.get(..end))
    })
}

/// The language that readers get of whose own there is no text: the first that was written of those that are
/// published, or of all while none is.
pub(super) fn default_of(heads: &[Head]) -> Option<&str> {
    let first = heads.iter().min_by_key(|head| {
        (
            head.status != Status::Published,
            head.begun_at,
            head.locale.as_str(),
        )
    });
    first.map(|head| head.locale.as_str())
}

/// The language that a reader of `locale` gets, of those in which there is a text that `heads` tell of.
pub(super) fn chosen<'a>(heads: &'a [Head], locale: &Locale, default: Option<&'a str>) -> Option<&'a str> {
    let published = || heads.iter().filter(|head| head.status == Status::Published);
    let found = own_tags(locale).find_map(|tag| published().find(|head| head.locale == tag));
    found.map_or(default, |head| Some(head.locale.as_str()))
}
