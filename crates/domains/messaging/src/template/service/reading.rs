//! What texts there are.

use std::collections::BTreeMap;

use db::{DbError, ReadTx};
use kernel::{Locale, OrganizationId, Page, PageRequest, Position, TemplateId};
use mail::Template;
use uuid::Uuid;

use super::Templates;
use super::resolve::{chosen, default_of};
use crate::error::MessagingError;
use crate::template::model::{
    ShownText, Status, TemplateName, TemplateOverview, TemplateText, TextInLanguage, Translation,
    TranslationState, Translations, declared, parsed,
};
use crate::template::store::{self, Head};

impl Templates {
    /// The templates of an organization or of the platform by their keys, and how their texts stand. Those of the
    /// platform are the product's own mails too.
    pub async fn list(
        &self,
        organization: Option<OrganizationId>,
        page: PageRequest,
    ) -> Result<Page<TemplateOverview>, MessagingError> {
        let this = self.clone();
        let work = async move |tx: &mut ReadTx| {
            let after = page.after.as_ref().map(|position| position.key.as_str());
            let mut keys = store::list_keys(tx, organization, after, page.fetch_limit()).await?;
            if organization.is_none() {
                let built_in = Template::ALL.iter().map(|template| template.key());
                keys.extend(
                    built_in
                        .filter(|key| after.is_none_or(|after| *key > after))
                        .map(str::to_owned),
                );
                keys.sort_unstable();
                keys.dedup();
            }
            let page = Page::from_fetched(keys, &page, |key| Position {
                key: key.clone(),
                id: Uuid::nil(),
            });
            let wanted: Vec<&str> = page.items.iter().map(String::as_str).collect();
            let heads = store::list_heads(tx, organization, &wanted).await?;
            Ok(page.map(|key| this.overview(TemplateName { organization, key }, &heads)))
        };
        self.machinery.db.read(work).await
    }

    /// What a mail to a reader of this language is made of: it looks for texts as sending does. A template of
    /// somebody's own that was never published shows its newest draft.
    pub async fn get(&self, of: TemplateName, locale: &Locale) -> Result<ShownText, MessagingError> {
        let (this, locale) = (self.clone(), locale.clone());
        let work = async move |tx: &mut ReadTx| {
            let heads = store::list_heads(tx, of.organization, &[&of.key]).await?;
            let Some((tag, version, latest)) = this.shown(&of, &locale, &heads) else {
                return Err(MessagingError::NotFound);
            };
            if let (Some(template), 0) = (of.built_in(), version) {
                let source = this.machinery.mailer.templates().text(template, &tag);
                let locale = tag.parse().map_err(DbError::internal)?;
                let text = TemplateText::built_in(template, locale, source.ok_or(DbError::NoRow)?);
                return Ok(ShownText { text, latest });
            }
            let text = store::find(tx, &of, &tag, version).await?;
            let text = text.ok_or(DbError::NoRow)?;
            Ok(ShownText { text, latest })
        };
        self.machinery.db.read(work).await
    }

    /// One version, whatever became of it.
    pub async fn get_version(
        &self,
        of: TemplateName,
        locale: &Locale,
        version: i64,
    ) -> Result<TemplateText, MessagingError> {
        let locale = locale.clone();
        let work = async move |tx: &mut ReadTx| store::find(tx, &of, locale.as_str(), version).await;
        let found: Option<TemplateText> = self.machinery.db.read(work).await?;
        found.ok_or(MessagingError::NotFound)
    }

    /// The texts that were written of a template in a language, the newest first.
    pub async fn list_versions(
        &self,
        of: TemplateName,
        locale: Locale,
        page: PageRequest,
    ) -> Result<Page<TemplateText>, MessagingError> {
        let work = async move |tx: &mut ReadTx| {
            let rows = store::list(tx, &of, &locale, &page).await?;
            let is_known = !rows.is_empty() || page.after.is_some() || of.built_in().is_some();
            if !is_known
                && store::list_heads(tx, of.organization, &[&of.key])
                    .await?
                    .is_empty()
            {
                return Err(MessagingError::NotFound);
            }
            Ok(Page::from_fetched(rows, &page, |text| Position {
                key: text.version.to_string(),
                id: text.id.map_or_else(Uuid::nil, TemplateId::uuid),
            }))
        };
        self.machinery.db.read(work).await
    }

    /// In which of its owner's languages a template is there, and whether its texts are told what that of the
    /// default language is told.
    pub async fn translations(&self, of: TemplateName) -> Result<Translations, MessagingError> {
        let this = self.clone();
        let work = async move |tx: &mut ReadTx| {
            let heads = store::list_heads(tx, of.organization, &[&of.key]).await?;
            if heads.is_empty() && of.built_in().is_none() {
                return Err(MessagingError::NotFound);
            }
            let spoken = store::list_locales(tx, of.organization).await?;
            this.report(of.clone(), &heads, spoken)
        };
        self.machinery.db.read(work).await
    }

    /// Language, version and newest version of what is shown: for the product's own mails, in each language that the
    /// reader's falls back to, what is published wins over what is brought along, which is version 0.
    fn shown(&self, of: &TemplateName, locale: &Locale, heads: &[Head]) -> Option<(String, i64, i64)> {
        let latest = |tag: &str| {
            let here = heads.iter().filter(|head| head.locale == tag);
            here.map(|head| head.latest).max().unwrap_or(0)
        };
        let published = |tag: &str| {
            let mut here = heads.iter().filter(|head| head.locale == tag);
            here.find(|head| head.status == Status::Published)
        };
        if let Some(template) = of.built_in() {
            let templates = self.machinery.mailer.templates();
            return locale.fallbacks().chain(["en"]).find_map(|tag| {
                let version = published(tag).map(|head| head.version);
                let version = version.or_else(|| templates.text(template, tag).map(|_| 0))?;
                Some((tag.to_owned(), version, latest(tag)))
            });
        }
        let tag = chosen(heads, locale, default_of(heads))?;
        let newest = || {
            heads
                .iter()
                .filter(|head| head.locale == tag)
                .max_by_key(|head| head.version)
        };
        let shown = published(tag).or_else(newest);
        shown.map(|head| (tag.to_owned(), head.version, latest(tag)))
    }

    fn languages(&self, of: &TemplateName, heads: &[Head]) -> BTreeMap<String, TextInLanguage> {
        let built_in = of.built_in().into_iter();
        let built_in = built_in.flat_map(|template| self.machinery.mailer.templates().languages(template));
        let mut languages: BTreeMap<String, TextInLanguage> = built_in
            .map(|locale| (locale.to_owned(), TextInLanguage::new(locale, true)))
            .collect();
        for head in heads.iter().filter(|head| head.key == of.key) {
            let language = languages
                .entry(head.locale.clone())
                .or_insert_with(|| TextInLanguage::new(&head.locale, false));
            match head.status {
                Status::Published => language.published_version = Some(head.version),
                _ => language.draft_version = Some(head.version),
            }
        }
        languages
    }

    fn overview(&self, of: TemplateName, heads: &[Head]) -> TemplateOverview {
        let languages = self.languages(&of, heads).into_values().collect();
        let heads: Vec<Head> = heads.iter().filter(|head| head.key == of.key).cloned().collect();
        let default = default_of(&heads).map(str::to_owned);
        if let Some(template) = of.built_in() {
            return TemplateOverview {
                name: of.key.clone(),
                category: template.category(),
                variables: declared(template),
                default_locale: Locale::ENGLISH.to_string(),
                of,
                languages,
            };
        }
        let shown = heads
            .into_iter()
            .filter(|head| Some(&head.locale) == default.as_ref())
            .max_by_key(|head| (head.status == Status::Published, head.version));
        let (name, category, variables) = shown
            .map(|head| (head.name, head.category, head.variables))
            .unwrap_or_default();
        TemplateOverview {
            of,
            name,
            category,
            variables,
            default_locale: default.unwrap_or_default(),
            languages,
        }
    }

    fn report(
        &self,
        of: TemplateName,
        heads: &[Head],
        spoken: Vec<String>,
    ) -> Result<Translations, MessagingError> {
        let overview = self.overview(of, heads);
        let default = parsed(overview.variables)?;
        let is_own = overview.of.built_in().is_none();
        let mut languages = self.languages(&overview.of, heads);
        for locale in spoken {
            let empty = TextInLanguage::new(&locale, false);
            languages.entry(locale).or_insert(empty);
        }
        let mut locales = Vec::new();
        for language in languages.into_values() {
            let published = heads.iter().find(|head| {
                head.locale == language.locale && Some(head.version) == language.published_version
            });
            let told = published.map(|head| parsed(head.variables.clone())).transpose()?;
            let missing = told.filter(|_| is_own).map(|told| {
                let mut missing = default.missing_from(&told);
                missing.extend(told.missing_from(&default));
                missing.sort_unstable();
                missing.dedup();
                missing
            });
            let state = match (&missing, published.is_some() || language.is_built_in) {
                (_, false) => TranslationState::Missing,
                (Some(differing), true) if !differing.is_empty() => TranslationState::Behind,
                _ => TranslationState::UpToDate,
            };
            locales.push(Translation {
                language,
                state,
                differing_variables: missing.unwrap_or_default(),
            });
        }
        Ok(Translations {
            of: overview.of,
            default_locale: overview.default_locale,
            locales,
        })
    }
}
