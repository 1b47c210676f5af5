//! The secrets of endpoints, and what they sign.

use std::time::Duration;

use crypto::WebhookSecret;
use db::{DbError, Tx};
use kernel::event::webhook::WebhookEndpointSecretRotated;
use kernel::{OrganizationId, RequestContext, Timestamp, WebhookEndpointId, WebhookSecretId};

use super::endpoints;
use crate::error::WebhookError;
use crate::model::endpoint::{IssuedEndpoint, SecretText};
use crate::service::Webhooks;
use crate::store::secrets as store;

impl Webhooks {
    /// Gives an endpoint another secret. The one before signs as well for the overlap, so that there are two at
    /// most: a rotation that begins before the last is over must end the older ones at once.
    pub async fn rotate_secret(
        &self,
        context: &RequestContext,
        organization: Option<OrganizationId>,
        id: WebhookEndpointId,
        overlap_seconds: u32,
    ) -> Result<IssuedEndpoint, WebhookError> {
        let (this, context, now) = (self.clone(), context.clone(), self.machinery.clock.now());
        let work = async move |tx: &mut Tx| {
            let turn = async |tx: &mut Tx| {
                let endpoint = endpoints::lock(tx, organization, id).await?;
                if overlap_seconds == 0 {
                    store::delete(tx, id, None).await?;
                } else {
                    if store::find_ending(tx, id, now).await? {
                        return Err(WebhookError::RotationInProgress);
                    }
                    store::delete(tx, id, Some(now)).await?;
                    let end = now.plus(Duration::from_secs(u64::from(overlap_seconds)));
                    store::update_end(tx, id, end).await?;
                }
                let secret = this.issue_in(tx, id, now).await?;
                let event = WebhookEndpointSecretRotated {
                    webhook_endpoint_id: id,
                    organization_id: organization,
                    overlap_seconds,
                };
                this.machinery.events.publish(tx, &context, &event).await?;
                Ok(IssuedEndpoint { endpoint, secret })
            };
            this.machinery.idempotency.once(tx, &context, now, turn).await
        };
        self.machinery.db.write(work).await
    }

    pub(super) async fn issue_in(
        &self,
        tx: &mut Tx,
        endpoint: WebhookEndpointId,
        now: Timestamp,
    ) -> Result<SecretText, WebhookError> {
        let secret = WebhookSecret::generate();
        let id = WebhookSecretId::new(&*self.machinery.ids, now);
        let text = secret.to_text();
        let belongs_to = associated(endpoint, id);
        let sealed = self.machinery.sealer.seal(text.expose().as_bytes(), &belongs_to);
        store::insert(tx, endpoint, (id, sealed), now).await?;
        Ok(SecretText::new(text.expose()))
    }

    /// `webhook-signature`: one entry for each secret that holds at this moment.
    pub(super) async fn sign_in(
        &self,
        tx: &mut Tx,
        endpoint: WebhookEndpointId,
        (id, body): (&str, &str),
        now: Timestamp,
    ) -> Result<String, DbError> {
        let mut signatures = Vec::new();
        for (secret, sealed) in store::list_live(tx, endpoint, now).await? {
            let opened = self.machinery.sealer.open(&sealed, &associated(endpoint, secret));
            match opened.and_then(|text| read(&text)) {
                Some(secret) => signatures.push(secret.sign(id, now, body.as_bytes())),
                None => {
                    tracing::error!(webhook_secret.id = %secret, "the secret of a webhook endpoint can't be opened; was it sealed under another master key?");
                }
            }
        }
        Ok(signatures.join(" "))
    }
}

fn read(text: &[u8]) -> Option<WebhookSecret> {
    std::str::from_utf8(text).ok()?.parse().ok()
}

/// Whose secret it is: it can't be moved to another row.
fn associated(endpoint: WebhookEndpointId, secret: WebhookSecretId) -> Vec<u8> {
    [endpoint.uuid().as_bytes().as_slice(), secret.uuid().as_bytes()].concat()
}
