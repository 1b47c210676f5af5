//! Writing texts, publishing them and taking them back.

use std::collections::BTreeMap;

use db::{DbError, ReadTx, Tx};
use kernel::event::template::{TemplatePublished, TemplateReset};
use kernel::{Actor, Locale, Page, PageRequest, Position, RequestContext, TemplateId, Timestamp};
use mail::{Preview, Source, Template};
use uuid::Uuid;

use super::model::{
    NewText, Status, TemplateOverview, TemplateText, TextInLanguage, bounded, check_variables,
};
use super::store;
use crate::error::MessagingError;
use crate::machinery::Machinery;

/// How often a version is asked for that somebody else takes.
const TRIES: usize = 5;

/// The texts of the product's own mails. Cheap to clone.
#[derive(Clone)]
pub struct Templates {
    machinery: Machinery,
}

impl Templates {
    /// Texts kept by `machinery`.
    pub const fn new(machinery: Machinery) -> Self {
        Self { machinery }
    }

    /// All mails by their keys, and how their texts stand.
    pub async fn list(&self, page: PageRequest) -> Result<Page<TemplateOverview>, MessagingError> {
        let work = async move |tx: &mut ReadTx| store::list_versions(tx).await;
        let stored = self.machinery.db.read(work).await?;
        let mut mails = Template::ALL.to_vec();
        mails.sort_by_key(|template| template.key());
        if let Some(after) = &page.after {
            mails.retain(|template| template.key() > after.key.as_str());
        }
        let overviews = mails.into_iter().map(|template| self.overview(template, &stored));
        Ok(Page::from_fetched(overviews.collect(), &page, |overview| {
            Position {
                key: overview.template.key().to_owned(),
                id: Uuid::nil(),
            }
        }))
    }

    /// What a mail to a reader of this language is made of: it looks for texts as sending does.
    pub async fn get(&self, template: Template, locale: &Locale) -> Result<TemplateText, MessagingError> {
        let tags: Vec<String> = locale.fallbacks().map(str::to_owned).collect();
        for tag in tags.iter().map(String::as_str).chain(["en"]) {
            let wanted = tag.to_owned();
            let work = async move |tx: &mut ReadTx| store::find_published(tx, template.key(), &wanted).await;
            if let Some(published) = self.machinery.db.read(work).await? {
                return Ok(published);
            }
            if let Some(source) = self.machinery.mailer.templates().text(template, tag) {
                let locale = tag.parse().map_err(DbError::internal)?;
                return Ok(TemplateText::built_in(template, locale, source));
            }
        }
        Err(MessagingError::NotFound)
    }

    /// The texts that were written for a mail in a language, the newest first.
    pub async fn list_versions(
        &self,
        template: Template,
        locale: Locale,
        page: PageRequest,
    ) -> Result<Page<TemplateText>, MessagingError> {
        let work = async move |tx: &mut ReadTx| {
            let rows = store::list(tx, template.key(), &locale, &page).await?;
            Ok(Page::from_fetched(rows, &page, |text| Position {
                key: text.version.to_string(),
                id: text.id.map_or_else(Uuid::nil, TemplateId::uuid),
            }))
        };
        self.machinery.db.read(work).await
    }

    /// Writes a draft, once per idempotency key. A text of which no mail can be made is refused.
    pub async fn create(
        &self,
        context: &RequestContext,
        mut new: NewText,
    ) -> Result<TemplateText, MessagingError> {
        new.source = bounded(new.source)?;
        self.try_out(new.template, &new.locale, &new.source)?;
        let (this, context, now) = (self.clone(), context.clone(), self.machinery.clock.now());
        let work = async move |tx: &mut Tx| {
            let make = async |tx: &mut Tx| this.create_in(tx, &context, &new, now).await;
            this.machinery.idempotency.once(tx, &context, now, make).await
        };
        self.machinery.db.write(work).await
    }

    /// Makes mails of this version from now on, be it a draft or one that was used before.
    pub async fn publish(
        &self,
        context: &RequestContext,
        template: Template,
        locale: Locale,
        version: i64,
    ) -> Result<TemplateText, MessagingError> {
        let (this, context, now) = (self.clone(), context.clone(), self.machinery.clock.now());
        let work = async move |tx: &mut Tx| {
            let key = template.key();
            store::lock(tx, key, &locale).await?;
            let found = store::find(tx, key, &locale, version).await?;
            let mut text = found.ok_or(MessagingError::NotFound)?;
            // What was good when it was written need not be, where the product has changed since.
            this.try_out(template, &locale, &text.source())?;
            let id = text.id.ok_or(DbError::NoRow)?;
            store::update_archived(tx, key, &locale, Some(id), now).await?;
            if store::update_published(tx, id, now).await? == 1 {
                let event = TemplatePublished {
                    template_id: id,
                    key: key.to_owned(),
                    locale: locale.clone(),
                    version,
                };
                this.machinery.events.publish(tx, &context, &event).await?;
            }
            text.status = Status::Published;
            Ok(text)
        };
        self.machinery.db.write(work).await
    }

    /// Makes mails of the text that the product brings along again.
    pub async fn reset(
        &self,
        context: &RequestContext,
        template: Template,
        locale: Locale,
    ) -> Result<(), MessagingError> {
        let (this, context, now) = (self.clone(), context.clone(), self.machinery.clock.now());
        let work = async move |tx: &mut Tx| {
            let key = template.key();
            store::lock(tx, key, &locale).await?;
            for id in store::update_archived(tx, key, &locale, None, now).await? {
                let event = TemplateReset {
                    template_id: id,
                    key: key.to_owned(),
                    locale: locale.clone(),
                };
                this.machinery.events.publish(tx, &context, &event).await?;
            }
            Ok(())
        };
        self.machinery.db.write(work).await
    }

    /// What a mail of this text looks like, with samples in place of what `variables` does not hold.
    pub fn preview(
        &self,
        template: Template,
        locale: &Locale,
        source: Source,
        variables: &serde_json::Map<String, serde_json::Value>,
    ) -> Result<Preview, MessagingError> {
        let source = bounded(source)?;
        check_variables(template, variables)?;
        let mailer = &self.machinery.mailer;
        let product_name = mailer.product_name();
        let templates = mailer.templates();
        Ok(templates.preview(template, locale, &source, product_name, variables)?)
    }

    async fn create_in(
        &self,
        tx: &mut Tx,
        context: &RequestContext,
        new: &NewText,
        now: Timestamp,
    ) -> Result<TemplateText, MessagingError> {
        let created_by = match context.actor {
            Actor::User(user) => Some(user),
            _ => None,
        };
        let id = TemplateId::new(&*self.machinery.ids, now);
        for _ in 0..TRIES {
            if let Some(text) = store::insert(tx, id, new, created_by, now).await? {
                return Ok(text);
            }
        }
        // Others were quicker each time: the caller tries again.
        Err(DbError::Busy.into())
    }

    fn try_out(&self, template: Template, locale: &Locale, source: &Source) -> Result<(), MessagingError> {
        let templates = self.machinery.mailer.templates();
        templates.try_source(template, locale, source)?;
        Ok(())
    }

    fn overview(&self, template: Template, stored: &[store::Versions]) -> TemplateOverview {
        let built_in = self.machinery.mailer.templates().languages(template);
        let mut languages: BTreeMap<String, TextInLanguage> = built_in
            .map(|locale| (locale.to_owned(), TextInLanguage::new(locale, true)))
            .collect();
        for versions in stored.iter().filter(|one| one.key == template.key()) {
            let language = languages
                .entry(versions.locale.clone())
                .or_insert_with(|| TextInLanguage::new(&versions.locale, false));
            language.published_version = versions.published;
            language.draft_version = versions.draft;
        }
        TemplateOverview {
            template,
            languages: languages.into_values().collect(),
        }
    }
}
