//! Looking deliveries up, and sending again.

use db::{ReadTx, Tx};
use kernel::id::EventId;
use kernel::{OrganizationId, Page, PageRequest, RequestContext, WebhookDeliveryId, WebhookEndpointId};

use super::endpoints;
use crate::error::WebhookError;
use crate::model::delivery::{Delivery, DeliveryFilter, DetailedDelivery};
use crate::model::endpoint::{Endpoint, EndpointStatus};
use crate::model::message::Message;
use crate::service::Webhooks;
use crate::store::endpoints::Listening;
use crate::store::{attempts, deliveries, endpoints as endpoints_store, events};

impl Webhooks {
    /// The deliveries to an endpoint, the newest first.
    pub async fn list_deliveries(
        &self,
        organization: Option<OrganizationId>,
        endpoint: WebhookEndpointId,
        filter: DeliveryFilter,
        page: PageRequest,
    ) -> Result<Page<Delivery>, WebhookError> {
        let work = async move |tx: &mut ReadTx| {
            let found = endpoints_store::find(tx, organization, endpoint).await?;
            found.ok_or(WebhookError::NotFound)?;
            Ok(deliveries::list(tx, endpoint, &filter, &page).await?)
        };
        self.machinery.db.read(work).await
    }

    /// One delivery with all there is to know.
    pub async fn get_delivery(
        &self,
        organization: Option<OrganizationId>,
        endpoint: WebhookEndpointId,
        id: WebhookDeliveryId,
    ) -> Result<DetailedDelivery, WebhookError> {
        let work = async move |tx: &mut ReadTx| {
            let found = endpoints_store::find(tx, organization, endpoint).await?;
            found.ok_or(WebhookError::NotFound)?;
            let delivery = deliveries::find(tx, endpoint, id).await?;
            let delivery = delivery.ok_or(WebhookError::NotFound)?;
            let body = deliveries::find_body(tx, id).await?;
            Ok(DetailedDelivery {
                delivery,
                body: body.ok_or(WebhookError::NotFound)?,
                attempts: attempts::list(tx, id).await?,
            })
        };
        self.machinery.db.read(work).await
    }

    /// Sends something to try an endpoint out, even while it is paused.
    pub async fn test(
        &self,
        context: &RequestContext,
        organization: Option<OrganizationId>,
        id: WebhookEndpointId,
    ) -> Result<Delivery, WebhookError> {
        let (this, context, now) = (self.clone(), context.clone(), self.machinery.clock.now());
        let work = async move |tx: &mut Tx| {
            let send = async |tx: &mut Tx| {
                let endpoint = this.lock_enabled(tx, organization, id).await?;
                let event = EventId::new(&*this.machinery.ids, now);
                let message = Message::test(event, organization, context.actor, now);
                let message = message.map_err(db::DbError::internal)?;
                events::insert(tx, &message).await?;
                let delivery = this.delivery_of(&message, &endpoint, now);
                deliveries::insert(tx, &delivery).await?;
                this.kick_in(tx, &endpoint).await?;
                Ok(delivery)
            };
            this.machinery.idempotency.once(tx, &context, now, send).await
        };
        self.machinery.db.write(work).await
    }

    /// Sends an event again, under the same `webhook-id`, even while the endpoint is paused.
    pub async fn replay_delivery(
        &self,
        context: &RequestContext,
        organization: Option<OrganizationId>,
        endpoint: WebhookEndpointId,
        id: WebhookDeliveryId,
    ) -> Result<Delivery, WebhookError> {
        let (this, context, now) = (self.clone(), context.clone(), self.machinery.clock.now());
        let work = async move |tx: &mut Tx| {
            let send = async |tx: &mut Tx| {
                let endpoint = this.lock_enabled(tx, organization, endpoint).await?;
                let before = deliveries::find(tx, endpoint.id, id).await?;
                let before = before.ok_or(WebhookError::NotFound)?;
                let delivery = this.again(before, now);
                if !deliveries::insert(tx, &delivery).await? {
                    return Err(WebhookError::Pending);
                }
                this.kick_in(tx, &endpoint).await?;
                Ok(delivery)
            };
            this.machinery.idempotency.once(tx, &context, now, send).await
        };
        self.machinery.db.write(work).await
    }

    /// Somebody asks for an attempt now, so a pause ends.
    pub(super) async fn lock_enabled(
        &self,
        tx: &mut Tx,
        organization: Option<OrganizationId>,
        id: WebhookEndpointId,
    ) -> Result<Listening, WebhookError> {
        let endpoint: Endpoint = endpoints::lock(tx, organization, id).await?;
        if endpoint.status == EndpointStatus::Disabled {
            return Err(WebhookError::Disabled);
        }
        if endpoint.paused_until.is_some() {
            endpoints_store::update_pause(tx, id, None).await?;
        }
        Ok(Listening {
            id,
            organization,
            event_types: endpoint.event_types,
        })
    }
}
