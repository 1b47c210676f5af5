//! Payments, and what is sold.

use std::sync::Arc;

use async_trait::async_trait;
use billing::{BillingError, Machinery, MachineryParts};
use db::{DbError, Tx};
use jobs::Queue;
use kernel::OrganizationId;
use mail::Template;
use organizations::{OrganizationError, Payers};
use outbound::{OneServer, Outbound};
use sandbox::Sandbox;

use crate::config::Config;
use crate::error::StartError;
use crate::wiring::takers;

/// Payments through those that the operator has an account at; in development also through one that needs none.
pub(super) fn billing(
    config: &Config,
    ground: &identity::Machinery,
    queue: &Queue,
    (payers, outbound): (Payers, &Outbound),
) -> Result<(billing::Services, Option<Sandbox>), StartError> {
    let sandbox = sandbox(config, ground, queue)?;
    let providers = takers::providers(config, outbound, &ground.clock, sandbox.as_ref())?;
    let billing = billing::Services::new(Machinery::new(MachineryParts {
        db: ground.db.clone(),
        events: ground.events.clone(),
        idempotency: ground.idempotency.clone(),
        limits: ground.limits.clone(),
        clock: Arc::clone(&ground.clock),
        ids: Arc::clone(&ground.ids),
        queue: queue.clone(),
        mailer: ground.mailer.clone(),
        organizations: Arc::new(PayingOrganizations(payers)),
        providers,
        public_url: ground.config.public_url.clone(),
        product_name: config.identity.product_name.clone(),
        config: config.billing.clone(),
    }));
    Ok((billing, sandbox))
}

/// The provider that needs no account, in development. It tells the server itself what happens, and asks nobody else.
fn sandbox(
    config: &Config,
    ground: &identity::Machinery,
    queue: &Queue,
) -> Result<Option<Sandbox>, StartError> {
    if !config.is_development() {
        return Ok(None);
    }
    let public_url = ground.config.public_url.clone();
    let http = OneServer::at(&public_url)
        .map_err(|error| StartError::part("the payment sandbox can't ask this server", error))?;
    Ok(Some(Sandbox::new(sandbox::Machinery::new(
        sandbox::MachineryParts {
            db: ground.db.clone(),
            clock: Arc::clone(&ground.clock),
            ids: Arc::clone(&ground.ids),
            queue: queue.clone(),
            http: Arc::new(http),
            mac: ground.master_key.mac("payment sandbox"),
            public_url,
        },
    ))))
}

/// What organizations may use.
pub(super) fn entitlements(
    config: &Config,
    ground: &identity::Machinery,
    queue: &Queue,
) -> entitlements::Services {
    entitlements::Services::new(&entitlements::Machinery::new(entitlements::MachineryParts {
        db: ground.db.clone(),
        events: ground.events.clone(),
        idempotency: ground.idempotency.clone(),
        clock: Arc::clone(&ground.clock),
        ids: Arc::clone(&ground.ids),
        queue: queue.clone(),
        config: config.entitlements.clone(),
    }))
}

/// Tells the domain of billing about organizations.
struct PayingOrganizations(Payers);

#[async_trait(?Send)]
impl billing::Organizations for PayingOrganizations {
    async fn name_in(&self, tx: &mut Tx, id: OrganizationId) -> Result<Option<String>, DbError> {
        self.0.name_in(tx, id).await
    }

    async fn count_members_in(&self, tx: &mut Tx, id: OrganizationId) -> Result<i64, DbError> {
        self.0.count_members_in(tx, id).await
    }

    async fn mail_owners_in(
        &self,
        tx: &mut Tx,
        id: OrganizationId,
        mail: (Template, serde_json::Value),
    ) -> Result<(), BillingError> {
        let mailed = self.0.mail_owners_in(tx, id, mail).await;
        mailed.map_err(|error| match error {
            OrganizationError::Db(error) => BillingError::Db(error),
            refusal => BillingError::Organizations(Arc::new(refusal)),
        })
    }
}
