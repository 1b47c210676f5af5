//! Writing texts, publishing them and taking them back.

mod reading;
mod resolve;
mod trying;

use std::cmp::Reverse;

use db::{DbError, ReadTx, Tx};
use kernel::event::template::{TemplateDeleted, TemplatePublished, TemplateReset};
use kernel::{Actor, Locale, RequestContext, TemplateId, Timestamp};
use mail::{Category, Declared, Source, Variables};

use super::model::{NewText, ShownText, Status, TemplateName, bounded, declared, free, parsed, tag};
use super::store;
use crate::error::MessagingError;
use crate::machinery::Machinery;

pub use resolve::{ResolvedTemplate, ResolvedText};
pub use trying::{NewPreview, Tested, Tester};

/// How often a version is asked for that somebody else takes.
const TRIES: usize = 5;

/// The texts of mails: those of the product's own, and those that organizations and the platform make. Cheap to
/// clone.
#[derive(Clone)]
pub struct Templates {
    pub(super) machinery: Machinery,
}

/// Whether there has to be a template of this name already.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Standing {
    /// It may be new.
    Any,
    /// It is there, and in this version when there is one.
    Present(Option<i64>),
}

impl Templates {
    /// Texts kept by `machinery`.
    pub const fn new(machinery: Machinery) -> Self {
        Self { machinery }
    }

    /// Writes a draft, once per idempotency key. A text of which no mail can be made is refused.
    pub async fn create(&self, context: &RequestContext, new: NewText) -> Result<ShownText, MessagingError> {
        self.write(context, new, Standing::Any).await
    }

    /// Writes the draft that is to take the place of what is there, which is in version `if_match` when there is one.
    pub async fn replace(
        &self,
        context: &RequestContext,
        new: NewText,
        if_match: Option<i64>,
    ) -> Result<ShownText, MessagingError> {
        self.write(context, new, Standing::Present(if_match)).await
    }

    /// Makes mails of this version from now on, be it a draft or one that was used before.
    pub async fn publish(
        &self,
        context: &RequestContext,
        of: TemplateName,
        locale: Locale,
        version: i64,
    ) -> Result<ShownText, MessagingError> {
        let text = self.get_version(of.clone(), &locale, version).await?;
        // What was good when it was written need not be, where the product has changed since.
        self.try_out(&of, &locale, &text.source(), &text.variables)?;
        let id = text.id.ok_or(DbError::NoRow)?;
        let (this, context, now) = (self.clone(), context.clone(), self.machinery.clock.now());
        let work = async move |tx: &mut Tx| {
            store::lock(tx, &of, &locale).await?;
            let heads = store::list_heads(tx, of.organization, &[&of.key]).await?;
            if heads.is_empty() && of.built_in().is_none() {
                return Err(MessagingError::NotFound);
            }
            store::update_archived(tx, &of, &locale, Some(id), now).await?;
            if store::update_published(tx, of.organization, id, now).await? == 1 {
                let event = TemplatePublished {
                    organization_id: of.organization,
                    template_id: id,
                    key: of.key.clone(),
                    locale: locale.clone(),
                    version,
                };
                this.machinery.events.publish(tx, &context, &event).await?;
            }
            let mut text = text.clone();
            text.status = Status::Published;
            let heads = store::list_heads(tx, of.organization, &[&of.key]).await?;
            let here = heads.iter().find(|head| head.locale == locale.as_str());
            let latest = here.map_or(version, |head| head.latest);
            Ok(ShownText { text, latest })
        };
        self.machinery.db.write(work).await
    }

    /// Makes mails of the text that the product brings along again.
    pub async fn reset(
        &self,
        context: &RequestContext,
        of: TemplateName,
        locale: Locale,
    ) -> Result<(), MessagingError> {
        let (this, context, now) = (self.clone(), context.clone(), self.machinery.clock.now());
        let work = async move |tx: &mut Tx| {
            if of.built_in().is_none() {
                let heads = store::list_heads(tx, of.organization, &[&of.key]).await?;
                return Err(if heads.is_empty() {
                    MessagingError::NotFound
                } else {
                    MessagingError::NotBuiltIn
                });
            }
            store::lock(tx, &of, &locale).await?;
            for id in store::update_archived(tx, &of, &locale, None, now).await? {
                let event = TemplateReset {
                    template_id: id,
                    key: of.key.clone(),
                    locale: locale.clone(),
                };
                this.machinery.events.publish(tx, &context, &event).await?;
            }
            Ok(())
        };
        self.machinery.db.write(work).await
    }

    /// Takes a template out of use, in all languages. Its versions stay, and a template of the same key that is made
    /// later goes on counting from them.
    pub async fn delete(&self, context: &RequestContext, of: TemplateName) -> Result<(), MessagingError> {
        if of.built_in().is_some() {
            return Err(MessagingError::BuiltIn);
        }
        let (this, context, now) = (self.clone(), context.clone(), self.machinery.clock.now());
        let work = async move |tx: &mut Tx| {
            store::lock_all(tx, &of).await?;
            if store::update_deleted(tx, &of, now).await? == 0 {
                return Err(MessagingError::NotFound);
            }
            let event = TemplateDeleted {
                organization_id: of.organization,
                key: of.key.clone(),
            };
            this.machinery.events.publish(tx, &context, &event).await?;
            Ok(())
        };
        self.machinery.db.write(work).await
    }

    async fn write(
        &self,
        context: &RequestContext,
        mut new: NewText,
        standing: Standing,
    ) -> Result<ShownText, MessagingError> {
        new.source = bounded(new.source)?;
        new.category = new.category.map(free).transpose()?;
        let of = new.of.clone();
        let read = async move |tx: &mut ReadTx| store::list_heads(tx, of.organization, &[&of.key]).await;
        let heads: Vec<store::Head> = self.machinery.db.read(read).await?;
        // Trying out is work, which nobody waits for with a transaction open.
        let tried = Before::of(&new, &heads).variables;
        self.try_out(&new.of, &new.locale, &new.source, &tried)?;
        let (this, context, now) = (self.clone(), context.clone(), self.machinery.clock.now());
        let work = async move |tx: &mut Tx| {
            let make = async |tx: &mut Tx| this.write_in(tx, &context, &new, standing, &tried, now).await;
            this.machinery.idempotency.once(tx, &context, now, make).await
        };
        self.machinery.db.write(work).await
    }

    async fn write_in(
        &self,
        tx: &mut Tx,
        context: &RequestContext,
        new: &NewText,
        standing: Standing,
        tried: &[Declared],
        now: Timestamp,
    ) -> Result<ShownText, MessagingError> {
        let created_by = match context.actor {
            Actor::User(user) => Some(user),
            _ => None,
        };
        let id = TemplateId::new(&*self.machinery.ids, now);
        for _ in 0..TRIES {
            store::lock(tx, &new.of, &new.locale).await?;
            let heads = store::list_heads(tx, new.of.organization, &[&new.of.key]).await?;
            check(new, standing, &heads)?;
            let before = Before::of(new, &heads);
            if before.variables != tried {
                self.try_out(&new.of, &new.locale, &new.source, &before.variables)?;
            }
            let row = store::NewRow {
                id,
                of: &new.of,
                locale: &new.locale,
                name: &before.name,
                category: &before.category,
                variables: serde_json::json!(before.variables),
                source: &new.source,
                created_by,
                now,
            };
            if let Some(text) = store::insert(tx, &row).await? {
                let latest = text.version;
                return Ok(ShownText { text, latest });
            }
        }
        // Others were quicker each time: the caller tries again.
        Err(DbError::Busy.into())
    }

    fn try_out(
        &self,
        of: &TemplateName,
        locale: &Locale,
        source: &Source,
        variables: &[Declared],
    ) -> Result<(), MessagingError> {
        let templates = self.machinery.mailer.templates();
        if let Some(template) = of.built_in() {
            templates.try_source(template, locale, source)?;
            return Ok(());
        }
        let variables: Variables = parsed(variables.to_vec())?;
        Ok(templates.try_own(of.owner(), locale, source, variables)?)
    }
}

/// Whether what is to be replaced is there, and as the caller saw it.
fn check(new: &NewText, standing: Standing, heads: &[store::Head]) -> Result<(), MessagingError> {
    let Standing::Present(if_match) = standing else {
        return Ok(());
    };
    if heads.is_empty() && new.of.built_in().is_none() {
        return Err(MessagingError::NotFound);
    }
    let here = heads.iter().filter(|head| head.locale == new.locale.as_str());
    let present = here
        .max_by_key(|head| (head.status == Status::Published, head.version))
        .map_or(0, |head| {
            tag(head.latest, head.version, head.status == Status::Published)
        });
    match if_match {
        Some(version) if version != present => Err(MessagingError::Outdated),
        _ => Ok(()),
    }
}

/// What a new text takes over from those before where it says nothing else.
struct Before {
    name: String,
    category: Category,
    variables: Vec<Declared>,
}

impl Before {
    /// The newest text in the same language comes first, and the default language after it.
    fn of(new: &NewText, heads: &[store::Head]) -> Self {
        let default = resolve::default_of(heads);
        let before = heads.iter().min_by_key(|head| {
            let is_elsewhere = head.locale != new.locale.as_str();
            let is_no_default = Some(head.locale.as_str()) != default;
            (is_elsewhere, is_no_default, Reverse(head.version))
        });
        let built_in = new.of.built_in();
        let category = new
            .category
            .clone()
            .or_else(|| before.map(|head| head.category.clone()));
        let variables = new
            .variables
            .clone()
            .or_else(|| before.map(|head| head.variables.clone()));
        Self {
            name: new.name.clone().unwrap_or_else(|| new.of.key.clone()),
            category: built_in.map_or(category.unwrap_or_default(), mail::Template::category),
            variables: built_in.map_or(variables.unwrap_or_default(), declared),
        }
    }
}
