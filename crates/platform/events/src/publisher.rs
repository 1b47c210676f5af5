//! Publishing: inside the transaction that establishes the fact.

use std::sync::{Arc, OnceLock};

use async_trait::async_trait;
use db::{DbError, Tx};
use jobs::{Delivery, Handler, JobError, Queue, Registry};
use kernel::id::EventId;
use kernel::{Clock, Event, IdSource, RequestContext};

use crate::envelope::Envelope;
use crate::error::PublishError;
use crate::outbox::DeliverEvent;
use crate::subscriptions::Subscriptions;

/// Where facts are published. Clones are the same publisher.
///
/// Services need it, and those who subscribe need services, so it is made first and connected once
/// all are there. Until then nobody hears anything.
#[derive(Clone)]
pub struct Publisher(Arc<Inner>);

struct Inner {
    queue: Queue,
    ids: Arc<dyn IdSource>,
    clock: Arc<dyn Clock>,
    subscriptions: OnceLock<Subscriptions>,
}

impl Publisher {
    /// A publisher that nobody hears yet.
    pub fn new(queue: Queue, ids: Arc<dyn IdSource>, clock: Arc<dyn Clock>) -> Self {
        Self(Arc::new(Inner {
            queue,
            ids,
            clock,
            subscriptions: OnceLock::new(),
        }))
    }

    /// From now on `subscriptions` say who hears what. Only the first call counts.
    pub fn connect(&self, subscriptions: Subscriptions) {
        if self.0.subscriptions.set(subscriptions).is_err() {
            tracing::error!("the publisher is connected already; later subscriptions hear nothing");
        }
    }

    /// Tells everybody who is concerned. What they write, and the jobs for those who hear of it
    /// afterwards, belong to the same transaction.
    ///
    /// # Errors
    /// Returned onwards, an error undoes the fact.
    pub async fn publish<E: Event>(
        &self,
        tx: &mut Tx,
        context: &RequestContext,
        event: &E,
    ) -> Result<(), PublishError> {
        let Some(subscriptions) = self.0.subscriptions.get() else {
            return Ok(());
        };
        let now = self.0.clock.now();
        let id = EventId::new(&*self.0.ids, now);
        let envelope = Envelope::seal(id, now, context, event).map_err(DbError::internal)?;
        subscriptions.tell_listeners(tx, &envelope).await?;
        subscriptions.tell_subscribers(tx, context, event).await?;
        for subscriber in subscriptions.outbox_of(E::NAME) {
            let job = DeliverEvent {
                subscriber: (*subscriber).into(),
                envelope: envelope.clone(),
            };
            self.0.queue.enqueue(tx, &job).await?;
        }
        Ok(())
    }

    /// Lets the worker of `registry` deliver to the outbox subscribers.
    pub fn register(&self, registry: &mut Registry) {
        registry.on::<DeliverEvent>(self.clone());
    }
}

#[async_trait]
impl Handler<DeliverEvent> for Publisher {
    async fn run(&self, job: DeliverEvent, _: &Delivery) -> Result<(), JobError> {
        let Some(subscriptions) = self.0.subscriptions.get() else {
            return Err(JobError::retry("the publisher is not connected yet"));
        };
        subscriptions.deliver(&job.subscriber, job.envelope).await
    }
}
