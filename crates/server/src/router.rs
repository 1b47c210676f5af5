//! The table of contents: what is served, and behind which layers.

use axum::{Extension, Router};
use kernel::Secret;
use organizations::invite_pages;
use serde_json::Value;
use std::sync::Arc;
use tokio_util::sync::CancellationToken;
use web::layers::{LayerConfig, Layers};
use web::{Api, Info, docs_page, html};

use crate::config::Config;
use crate::dead_jobs;
use crate::dev_mailbox;
use crate::error::StartError;
use crate::home::{self, Home};
use crate::probes::{self, MetricsAccess, Probes};
use crate::setup;
use crate::wiring::Services;

/// What codes of problems mean; a test holds it to the sources.
const CODES: &str = include_str!("../../../docs/errors.md");

/// Every operation of the API.
pub fn api(services: &Services) -> Api {
    services
        .accounts
        .api()
        .merge(services.organizations.api())
        .merge(api_keys::routes(services.api_keys.clone()))
        .merge(identity::introspection::routes::routes(
            services.introspections.clone(),
        ))
        .merge(activity::routes(services.activity.clone()))
        .merge(messaging::routes(services.templates.clone()))
        .merge(messaging::message_routes(services.messages.clone()))
        .merge(messaging::sender_routes(services.senders.clone()))
        .merge(notifications::routes(
            services.notifications.clone(),
            services.streams.clone(),
        ))
        .merge(services.suppressing.api())
        .merge(webhooks::routes(services.webhooks.clone()))
        .merge(services.billing.api())
        .merge(services.entitlements.api())
        .merge(dead_jobs::routes(services.dead_jobs()))
}

/// What the description says about the API as a whole.
pub fn info(product_name: &str) -> Info {
    Info {
        title: product_name.to_owned(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        description: "Accounts, organizations and everything around them, over JSON. Errors are problems \
                      (RFC 9457); lists are pages; what makes something takes an Idempotency-Key."
            .to_owned(),
        contact: ("Mainstay".to_owned(), env!("CARGO_PKG_REPOSITORY").to_owned()),
        server_url: "/".to_owned(),
    }
}

/// The document for `services`.
pub fn document(services: &Services, product_name: &str) -> Value {
    described(&api(services), product_name)
}

/// Every operation, and every event that servers of others may hear of.
fn described(api: &Api, product_name: &str) -> Value {
    let mut document = api.document(&info(product_name));
    webhooks::describe_events(&mut document);
    document
}

/// Everything that is served on the main listener.
pub(crate) fn router(
    services: &Services,
    config: &Config,
    mut layers: LayerConfig,
    stop: CancellationToken,
) -> Result<Router, StartError> {
    let api = api(services);
    layers.larger_bodies = api.larger_bodies();
    let document = described(&api, &config.identity.product_name);
    let yaml = web::to_yaml(&document);
    let docs = docs_page::router(&document, yaml, CODES)
        .map_err(|error| StartError::part("the page of the API can't be made", error))?;
    let mut pages = home::router(Home {
        has_mailbox: services.mailbox.is_some(),
        has_sandbox: services.sandbox.is_some(),
    })
    .merge(setup::router(services.accounts.staff.clone()))
    .merge(services.accounts.pages())
    .merge(invite_pages(services.organizations.invites.clone()))
    .merge(services.suppressing.pages())
    .merge(docs)
    .merge(html::assets::router());
    if let Some(mailbox) = services.mailbox.clone().filter(|_| config.is_development()) {
        pages = pages.merge(dev_mailbox::router(mailbox));
    }
    if let Some(sandbox) = services.sandbox.clone() {
        pages = pages.merge(sandbox::pages(sandbox));
    }
    let served = api
        .into_router()
        .merge(pages)
        .layer(Extension(services.access.clone()))
        .layer(Extension(services.cursors.clone()));
    let probes = probes::router(Probes {
        db: services.db.clone(),
        stop,
    })
    .merge(probes::metrics_router(metrics_access(config)));
    let layers = Layers::new(layers);
    Ok(layers.apply(served).merge(layers.apply_to_probes(probes)))
}

/// Metrics tell how busy a business is: in production only who has the token reads them here.
fn metrics_access(config: &Config) -> MetricsAccess {
    let token = config.telemetry.metrics_token.as_ref();
    match token {
        Some(token) => MetricsAccess::Token(Arc::new(Secret::new(token.expose().clone()))),
        None if config.is_development() => MetricsAccess::Open,
        None => MetricsAccess::Closed,
    }
}
