//! What sending, handing over and reading mail have in common.

use std::sync::Arc;

use crypto::Sealer;
use jobs::Queue;
use kernel::{Clock, EmailAddress, IdSource, OrganizationId};

use crate::category::Category;
use crate::relays::Relays;
use crate::templates::Templates;

/// Where mail goes.
#[derive(Clone)]
pub enum Delivery {
    /// To the first of these mail servers that takes it.
    Smtp(Arc<Relays>),
    /// Into the development mailbox, where it stays.
    Mailbox,
}

/// Where people say that they want no more mail of a kind.
pub trait UnsubscribeLinks: Send + Sync {
    /// The `https` URL for this address, to which a `POST` is enough (RFC 8058).
    fn link(&self, organization: Option<OrganizationId>, email: &EmailAddress, category: &Category)
    -> String;
}

/// What a mailer is made of.
pub struct MailerParts {
    /// Where the job that hands a mail over is put.
    pub queue: Queue,
    /// Seals what mails say.
    pub sealer: Sealer,
    /// The texts.
    pub templates: Templates,
    /// Names the mails.
    pub ids: Arc<dyn IdSource>,
    /// Dates the mails.
    pub clock: Arc<dyn Clock>,
    /// What the product calls itself.
    pub product_name: String,
    /// The right side of every `Message-ID`: the host of the public URL.
    pub host: String,
    /// Where mail goes.
    pub delivery: Delivery,
    /// Where people say that they want no more of a kind; mails name no such place without it.
    pub unsubscribe: Option<Arc<dyn UnsubscribeLinks>>,
}

impl MailerParts {
    pub(crate) fn unsubscribe_link(
        &self,
        organization: Option<OrganizationId>,
        email: &EmailAddress,
        category: &Category,
    ) -> Option<String> {
        let links = self
            .unsubscribe
            .as_ref()
            .filter(|_| category.asks_for_unsubscribe())?;
        Some(links.link(organization, email, category))
    }
}
