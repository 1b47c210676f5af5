//! Who gets no mail: the list, those who unsubscribe, and what others report about mails.

use std::sync::Arc;

use axum::Router;
use crypto::MasterKey;
use messaging::{
    MailReports, SuppressedAddresses, UnsubscribeTokens, Unsubscriptions, report_routes, suppression_routes,
    unsubscribe_pages, unsubscribe_routes,
};
use url::Url;
use web::Api;

use crate::config::Config;

/// Everything about who gets no mail.
pub struct Suppressing {
    /// The list.
    pub addresses: SuppressedAddresses,
    /// Readers who want no more.
    pub unsubscriptions: Unsubscriptions,
    /// What mail servers and providers say.
    pub reports: MailReports,
}

impl Suppressing {
    pub(super) fn build(
        config: &Config,
        machinery: &messaging::Machinery,
        master_key: &MasterKey,
        public_url: &Url,
    ) -> Self {
        Self {
            addresses: SuppressedAddresses::new(machinery.clone()),
            unsubscriptions: Unsubscriptions::new(machinery.clone(), tokens(master_key, public_url)),
            reports: MailReports::new(machinery.clone(), config.mail.webhook_secret.clone()),
        }
    }

    /// Every operation about who gets no mail.
    pub(crate) fn api(&self) -> Api {
        suppression_routes(self.addresses.clone())
            .merge(unsubscribe_routes(self.unsubscriptions.clone()))
            .merge(report_routes(self.reports.clone()))
    }

    /// The page behind links in mails.
    pub(crate) fn pages(&self) -> Router {
        unsubscribe_pages(self.unsubscriptions.clone())
    }
}

/// What makes the links in mails.
pub(super) fn links(master_key: &MasterKey, public_url: &Url) -> Arc<dyn mail::UnsubscribeLinks> {
    Arc::new(tokens(master_key, public_url))
}

fn tokens(master_key: &MasterKey, public_url: &Url) -> UnsubscribeTokens {
    UnsubscribeTokens::new(master_key, public_url.clone())
}
