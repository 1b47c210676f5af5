//! Making, changing and deleting endpoints.

use db::{ReadTx, Tx};
use kernel::event::webhook::{
    WebhookEndpointCreated, WebhookEndpointDeleted, WebhookEndpointDisabled, WebhookEndpointEnabled,
    WebhookEndpointUpdated,
};
use kernel::{OrganizationId, Page, PageRequest, RequestContext, Timestamp, WebhookEndpointId};

use crate::error::WebhookError;
use crate::model::endpoint::{
    DisabledReason, Endpoint, EndpointContent, EndpointStatus, IssuedEndpoint, MOST,
};
use crate::service::Webhooks;
use crate::store::endpoints as store;
use crate::work::DeliverWebhooks;

impl Webhooks {
    /// The endpoints of an organization or, with none, of the platform, the newest first.
    pub async fn list(
        &self,
        organization: Option<OrganizationId>,
        page: PageRequest,
    ) -> Result<Page<Endpoint>, WebhookError> {
        let work = async move |tx: &mut ReadTx| Ok(store::list(tx, organization, &page).await?);
        self.machinery.db.read(work).await
    }

    /// One endpoint.
    pub async fn get(
        &self,
        organization: Option<OrganizationId>,
        id: WebhookEndpointId,
    ) -> Result<Endpoint, WebhookError> {
        let work = async move |tx: &mut ReadTx| Ok(store::find(tx, organization, id).await?);
        let found: Result<Option<Endpoint>, WebhookError> = self.machinery.db.read(work).await;
        found?.ok_or(WebhookError::NotFound)
    }

    /// Makes an endpoint, once per idempotency key, and tells its secret.
    pub async fn create(
        &self,
        context: &RequestContext,
        organization: Option<OrganizationId>,
        wish: EndpointContent,
    ) -> Result<IssuedEndpoint, WebhookError> {
        let (this, context, now) = (self.clone(), context.clone(), self.machinery.clock.now());
        let work = async move |tx: &mut Tx| {
            let make = async |tx: &mut Tx| this.create_in(tx, &context, organization, &wish, now).await;
            this.machinery.idempotency.once(tx, &context, now, make).await
        };
        self.machinery.db.write(work).await
    }

    /// Replaces what people say about an endpoint; `version` is that of the copy that the caller changed, if they
    /// say so.
    pub async fn update(
        &self,
        context: &RequestContext,
        organization: Option<OrganizationId>,
        id: WebhookEndpointId,
        wish: EndpointContent,
        version: Option<i64>,
    ) -> Result<Endpoint, WebhookError> {
        let (this, context, now) = (self.clone(), context.clone(), self.machinery.clock.now());
        let work = async move |tx: &mut Tx| {
            let endpoint = lock(tx, organization, id).await?;
            if version.is_some_and(|version| version != endpoint.version) {
                return Err(WebhookError::Outdated);
            }
            let fields = changed_fields(&endpoint, &wish);
            if fields.is_empty() {
                return Ok(endpoint);
            }
            store::update(tx, id, &wish, now).await?;
            let event = WebhookEndpointUpdated {
                webhook_endpoint_id: id,
                organization_id: organization,
                fields,
            };
            this.machinery.events.publish(tx, &context, &event).await?;
            get(tx, organization, id).await
        };
        self.machinery.db.write(work).await
    }

    /// Lets an endpoint hear again, with its troubles forgotten. What it missed is not sent by itself.
    pub async fn enable(
        &self,
        context: &RequestContext,
        organization: Option<OrganizationId>,
        id: WebhookEndpointId,
    ) -> Result<Endpoint, WebhookError> {
        let (this, context, now) = (self.clone(), context.clone(), self.machinery.clock.now());
        let work = async move |tx: &mut Tx| {
            let endpoint = lock(tx, organization, id).await?;
            if endpoint.status == EndpointStatus::Enabled {
                return Ok(endpoint);
            }
            store::update_enabled(tx, id, now).await?;
            let event = WebhookEndpointEnabled {
                webhook_endpoint_id: id,
                organization_id: organization,
                host: endpoint.host(),
            };
            this.machinery.events.publish(tx, &context, &event).await?;
            get(tx, organization, id).await
        };
        self.machinery.db.write(work).await
    }

    /// Lets an endpoint hear nothing until it is enabled. What was on its way is given up.
    pub async fn disable(
        &self,
        context: &RequestContext,
        organization: Option<OrganizationId>,
        id: WebhookEndpointId,
    ) -> Result<Endpoint, WebhookError> {
        let (this, context, now) = (self.clone(), context.clone(), self.machinery.clock.now());
        let work = async move |tx: &mut Tx| {
            let endpoint = lock(tx, organization, id).await?;
            this.disable_in(tx, &context, &endpoint, DisabledReason::Manual, now)
                .await?;
            get(tx, organization, id).await
        };
        self.machinery.db.write(work).await
    }

    /// Deletes an endpoint with its deliveries.
    pub async fn delete(
        &self,
        context: &RequestContext,
        organization: Option<OrganizationId>,
        id: WebhookEndpointId,
    ) -> Result<(), WebhookError> {
        let (this, context) = (self.clone(), context.clone());
        let work = async move |tx: &mut Tx| {
            let endpoint = lock(tx, organization, id).await?;
            // Before it is told, so that it does not hear of its own end.
            store::delete(tx, id).await?;
            let event = WebhookEndpointDeleted {
                webhook_endpoint_id: id,
                organization_id: organization,
                host: endpoint.host(),
            };
            this.machinery.events.publish(tx, &context, &event).await?;
            Ok(())
        };
        self.machinery.db.write(work).await
    }

    /// Disables a locked endpoint, unless it is.
    pub(super) async fn disable_in(
        &self,
        tx: &mut Tx,
        context: &RequestContext,
        endpoint: &Endpoint,
        reason: DisabledReason,
        now: Timestamp,
    ) -> Result<(), WebhookError> {
        if endpoint.status == EndpointStatus::Disabled {
            return Ok(());
        }
        store::update_disabled(tx, endpoint.id, reason, now).await?;
        let event = WebhookEndpointDisabled {
            webhook_endpoint_id: endpoint.id,
            organization_id: endpoint.organization,
            host: endpoint.host(),
            reason: reason.as_str().to_owned(),
        };
        self.machinery.events.publish(tx, context, &event).await?;
        // Gives up what was on its way.
        let job = DeliverWebhooks {
            endpoint: endpoint.id,
            organization: endpoint.organization,
        };
        self.machinery.queue.enqueue(tx, &job).await?;
        Ok(())
    }

    /// Tries one place after the other, so that of many at once none goes beyond the limit.
    async fn create_in(
        &self,
        tx: &mut Tx,
        context: &RequestContext,
        organization: Option<OrganizationId>,
        wish: &EndpointContent,
        now: Timestamp,
    ) -> Result<IssuedEndpoint, WebhookError> {
        let endpoint = Endpoint {
            id: WebhookEndpointId::new(&*self.machinery.ids, now),
            organization,
            url: wish.url.as_str().to_owned(),
            description: wish.description.as_str().to_owned(),
            event_types: wish.event_types.clone(),
            status: EndpointStatus::Enabled,
            failures: 0,
            failing_since: None,
            paused_until: None,
            version: 1,
            created_by: context.user(),
            created_at: now,
            updated_at: now,
            disabled_at: None,
            disabled_reason: None,
        };
        let taken = store::list_places(tx, organization).await?;
        let mut has_place = false;
        for place in (0..MOST).filter(|place| !taken.contains(place)) {
            has_place = store::insert(tx, &endpoint, place).await?;
            if has_place {
                break;
            }
        }
        if !has_place {
            return Err(WebhookError::TooMany(MOST));
        }
        let secret = self.issue_in(tx, endpoint.id, now).await?;
        let event = WebhookEndpointCreated {
            webhook_endpoint_id: endpoint.id,
            organization_id: organization,
            host: endpoint.host(),
        };
        self.machinery.events.publish(tx, context, &event).await?;
        Ok(IssuedEndpoint { endpoint, secret })
    }
}

pub(super) async fn lock(
    tx: &mut Tx,
    organization: Option<OrganizationId>,
    id: WebhookEndpointId,
) -> Result<Endpoint, WebhookError> {
    let found = store::lock(tx, organization, id).await?;
    found.ok_or(WebhookError::NotFound)
}

pub(super) async fn get(
    tx: &mut Tx,
    organization: Option<OrganizationId>,
    id: WebhookEndpointId,
) -> Result<Endpoint, WebhookError> {
    let found = store::find(tx, organization, id).await?;
    found.ok_or(WebhookError::NotFound)
}

fn changed_fields(endpoint: &Endpoint, wish: &EndpointContent) -> Vec<String> {
    let fields = [
        ("url", endpoint.url != wish.url.as_str()),
        ("description", endpoint.description != wish.description.as_str()),
        ("event_types", endpoint.event_types != wish.event_types),
    ];
    let changed = fields.into_iter().filter(|(_, is_changed)| *is_changed);
    changed.map(|(name, _)| name.to_owned()).collect()
}
