//! Who hears what.

use std::any::Any;
use std::collections::HashMap;
use std::marker::PhantomData;

use async_trait::async_trait;
use db::{DbError, Tx};
use jobs::JobError;
use kernel::{Event, RequestContext};
use serde::de::DeserializeOwned;

use crate::envelope::Envelope;
use crate::error::PublishError;
use crate::subscriber::{Listener, Outbox, Subscriber};

/// Who hears what, put together by the server.
#[derive(Default)]
pub struct Subscriptions {
    listeners: Vec<Box<dyn Listener>>,
    /// By the event's name; in each, `Box<dyn Subscriber<E>>`.
    subscribers: HashMap<&'static str, Vec<Box<dyn Any + Send + Sync>>>,
    /// The names of outbox subscribers, by the event's name.
    outbox: HashMap<&'static str, Vec<&'static str>>,
    /// The outbox subscribers by their own name and the event's.
    deliverers: HashMap<(&'static str, &'static str), Box<dyn Deliverer>>,
}

impl Subscriptions {
    /// Nobody hears anything.
    pub fn new() -> Self {
        Self::default()
    }

    /// Hears events of type `E` inside the publishing transaction, in the order of these calls.
    #[must_use]
    pub fn subscribe<E: Event>(mut self, subscriber: impl Subscriber<E> + 'static) -> Self {
        let subscriber: Box<dyn Subscriber<E>> = Box::new(subscriber);
        self.subscribers
            .entry(E::NAME)
            .or_default()
            .push(Box::new(subscriber));
        self
    }

    /// Hears every event inside the publishing transaction, before the subscribers do.
    #[must_use]
    pub fn listen(mut self, listener: impl Listener + 'static) -> Self {
        self.listeners.push(Box::new(listener));
        self
    }

    /// Hears events of type `E` once they are durable. `name` tells this subscriber from the others
    /// and is never changed once released.
    #[must_use]
    pub fn outbox<E: Event + DeserializeOwned>(
        mut self,
        name: &'static str,
        subscriber: impl Outbox<E> + 'static,
    ) -> Self {
        let deliverer = Typed {
            subscriber,
            event: PhantomData,
        };
        let known = self.deliverers.insert((name, E::NAME), Box::new(deliverer));
        if known.is_none() {
            self.outbox.entry(E::NAME).or_default().push(name);
        }
        self
    }

    pub(crate) async fn tell_listeners(&self, tx: &mut Tx, envelope: &Envelope) -> Result<(), DbError> {
        for listener in &self.listeners {
            listener.on(tx, envelope).await?;
        }
        Ok(())
    }

    pub(crate) async fn tell_subscribers<E: Event>(
        &self,
        tx: &mut Tx,
        context: &RequestContext,
        event: &E,
    ) -> Result<(), PublishError> {
        for subscriber in self.subscribers.get(E::NAME).into_iter().flatten() {
            if let Some(subscriber) = subscriber.downcast_ref::<Box<dyn Subscriber<E>>>() {
                subscriber.on(tx, context, event).await?;
            }
        }
        Ok(())
    }

    /// The outbox subscribers of an event.
    pub(crate) fn outbox_of(&self, event: &'static str) -> &[&'static str] {
        self.outbox.get(event).map_or(&[], Vec::as_slice)
    }

    /// Hands an event to an outbox subscriber.
    pub(crate) async fn deliver(&self, subscriber: &str, envelope: Envelope) -> Result<(), JobError> {
        let found = self
            .deliverers
            .iter()
            .find(|((name, event), _)| *name == subscriber && *event == envelope.name);
        match found {
            Some((_, deliverer)) => deliverer.deliver(envelope).await,
            // A newer node may know it; the job waits for an upgrade of this one, or for the newer one.
            None => Err(JobError::retry(format!(
                "{subscriber} does not hear {} on this node",
                envelope.name
            ))),
        }
    }
}

/// An outbox subscriber without the type of its event.
#[async_trait]
trait Deliverer: Send + Sync {
    async fn deliver(&self, envelope: Envelope) -> Result<(), JobError>;
}

struct Typed<E, O> {
    subscriber: O,
    event: PhantomData<fn() -> E>,
}

#[async_trait]
impl<E: Event + DeserializeOwned, O: Outbox<E>> Deliverer for Typed<E, O> {
    async fn deliver(&self, mut envelope: Envelope) -> Result<(), JobError> {
        let event = serde_json::from_value(envelope.payload.clone())
            .map_err(|error| JobError::retry(format!("the event can't be read: {error}")))?;
        envelope.name = E::NAME.into();
        self.subscriber.deliver(event, &envelope).await
    }
}
