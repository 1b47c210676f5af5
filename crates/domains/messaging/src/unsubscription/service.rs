//! Ending mail of a kind, and having it again.

use db::{Executor, ReadTx, Tx};
use kernel::RequestContext;
use mail::{NewSuppression, Suppression, SuppressionReason, Suppressions};

use super::model::{Extent, Standing, Subject, Subscription, UnsubscribeTokens, masked};
use super::store;
use crate::error::MessagingError;
use crate::machinery::Machinery;
use crate::suppression::service::{publish_added, publish_removed};

/// Readers who want no more mail. Cheap to clone.
#[derive(Clone)]
pub struct Unsubscriptions {
    machinery: Machinery,
    list: Suppressions,
    tokens: UnsubscribeTokens,
}

impl Unsubscriptions {
    /// Those who come by a link of `tokens`.
    pub fn new(machinery: Machinery, tokens: UnsubscribeTokens) -> Self {
        let list = machinery.mailer.suppressions(machinery.db.clone());
        Self {
            machinery,
            list,
            tokens,
        }
    }

    /// How the address of a link stands. Changes nothing: scanners of mail may look.
    pub(crate) async fn find(&self, token: &str) -> Result<Subscription, MessagingError> {
        let subject = self.subject(token)?;
        let this = self.clone();
        let work = async move |tx: &mut ReadTx| {
            let sender = this.sender_in(tx, &subject).await?;
            this.subscription_in(tx, &subject, sender).await
        };
        self.machinery.db.read(work).await
    }

    /// Ends mail to the address of a link. Once it has ended, that changes nothing.
    pub(crate) async fn unsubscribe(
        &self,
        context: &RequestContext,
        token: &str,
        extent: Extent,
    ) -> Result<Subscription, MessagingError> {
        let subject = self.subject(token)?;
        let (this, context) = (self.clone(), context.clone());
        let work = async move |tx: &mut Tx| {
            // Of an organization that is gone nothing can be ended.
            let sender = this.sender_in(tx, &subject).await?;
            let added = this.list.add_in(tx, &unsubscription(&subject, extent)).await?;
            if added.is_new {
                publish_added(&this.machinery, tx, &context, &added.suppression).await?;
            }
            this.subscription_in(tx, &subject, sender).await
        };
        self.machinery.db.write(work).await
    }

    /// Takes back that the address's owner wanted no more. What others stopped stays so.
    pub(crate) async fn resubscribe(
        &self,
        context: &RequestContext,
        token: &str,
    ) -> Result<Subscription, MessagingError> {
        let subject = self.subject(token)?;
        let (this, context) = (self.clone(), context.clone());
        let work = async move |tx: &mut Tx| {
            let removed = this
                .list
                .remove_unsubscribed_in(tx, subject.organization, &subject.email, &subject.category)
                .await?;
            for removed in &removed {
                publish_removed(&this.machinery, tx, &context, removed).await?;
            }
            let sender = this.sender_in(tx, &subject).await?;
            this.subscription_in(tx, &subject, sender).await
        };
        self.machinery.db.write(work).await
    }

    fn subject(&self, token: &str) -> Result<Subject, MessagingError> {
        let subject = self.tokens.read(token);
        let subject = subject.ok_or(MessagingError::NotFound)?;
        if subject.category.is_mandatory() {
            return Err(MessagingError::CategoryMandatory);
        }
        Ok(subject)
    }

    /// Who the mail is from.
    async fn sender_in(&self, tx: &mut impl Executor, subject: &Subject) -> Result<String, MessagingError> {
        let Some(organization) = subject.organization else {
            return Ok(self.machinery.mailer.product_name().to_owned());
        };
        let name = store::find_organization_name(tx, organization).await?;
        name.ok_or(MessagingError::NotFound)
    }

    async fn subscription_in(
        &self,
        tx: &mut impl Executor,
        subject: &Subject,
        sender: String,
    ) -> Result<Subscription, MessagingError> {
        let listed = self
            .list
            .list_of_in(tx, subject.organization, &subject.email, &subject.category)
            .await?;
        Ok(Subscription {
            sender,
            email: masked(&subject.email),
            category: subject.category.clone(),
            standing: standing(&listed),
        })
    }
}

fn unsubscription(subject: &Subject, extent: Extent) -> NewSuppression {
    NewSuppression {
        organization: subject.organization,
        email: subject.email.clone(),
        category: match extent {
            Extent::Category => Some(subject.category.clone()),
            Extent::All => None,
        },
        reason: SuppressionReason::Unsubscribe,
        detail: String::new(),
        message: None,
        created_by: None,
    }
}

/// What the address's owner chose counts before what others did: only that can be taken back here.
fn standing(listed: &[Suppression]) -> Standing {
    let mut own = listed
        .iter()
        .filter(|one| one.reason == SuppressionReason::Unsubscribe);
    if own.clone().any(|one| one.category.is_none()) {
        Standing::UnsubscribedFromAll
    } else if own.next().is_some() {
        Standing::Unsubscribed
    } else if listed.is_empty() {
        Standing::Subscribed
    } else {
        Standing::Stopped
    }
}
