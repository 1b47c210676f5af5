//! Waking endpoints that have something due and nobody who works for them: their job was given up, or lost.

use std::time::Duration;

use db::{DbError, Tx};
use kernel::WebhookEndpointId;
use uuid::Uuid;

use crate::service::Webhooks;
use crate::store::endpoints as store;
use crate::work::DeliverWebhooks;

/// How many endpoints are woken in one unit of work.
const PAGE: u32 = 200;

/// For how long something may be due before anybody looks after it.
const PATIENCE: Duration = Duration::from_secs(30);

impl Webhooks {
    /// Wakes them, page by page.
    pub(crate) async fn wake(&self) -> Result<(), DbError> {
        let mut after = WebhookEndpointId::from_uuid(Uuid::nil());
        loop {
            let (this, from) = (self.clone(), after);
            let work = async move |tx: &mut Tx| this.wake_page(tx, from).await;
            let last: Option<WebhookEndpointId> = self.machinery.db.write_soft(work).await?;
            let Some(last) = last else { return Ok(()) };
            after = last;
        }
    }

    /// The last that was woken; none when there was none.
    async fn wake_page(
        &self,
        tx: &mut Tx,
        after: WebhookEndpointId,
    ) -> Result<Option<WebhookEndpointId>, DbError> {
        let due = self.machinery.clock.now().minus(PATIENCE);
        let page = store::list_forgotten(tx, after, due, PAGE).await?;
        for endpoint in &page {
            let job = DeliverWebhooks {
                endpoint: endpoint.id,
                organization: endpoint.organization,
            };
            self.machinery.queue.enqueue_unique(tx, &job.key(), &job).await?;
        }
        Ok(page.last().map(|endpoint| endpoint.id))
    }
}
