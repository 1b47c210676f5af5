//! What sending, handing over and reading mail have in common.

use std::sync::Arc;

use crypto::Sealer;
use jobs::Queue;
use kernel::{Clock, IdSource};
use ports::mail::MailTransport;

use crate::templates::Templates;

/// Where mail goes.
#[derive(Clone)]
pub enum Delivery {
    /// To a mail server.
    Smtp(Arc<dyn MailTransport>),
    /// Into the development mailbox, where it stays.
    Mailbox,
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
}
