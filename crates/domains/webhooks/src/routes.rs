//! Webhooks over HTTP: endpoints, deliveries and the catalogue of events.

mod catalogue;
mod deliveries;
mod endpoints;

use web::Api;

use crate::service::Webhooks;

/// The routes of webhooks.
pub fn routes(webhooks: Webhooks) -> Api {
    endpoints::routes(webhooks.clone())
        .merge(deliveries::routes(webhooks))
        .merge(catalogue::routes())
}
