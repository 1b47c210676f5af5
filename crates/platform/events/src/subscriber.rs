//! The three ways to hear of events.

use std::sync::Arc;

use async_trait::async_trait;
use db::{DbError, Tx};
use jobs::JobError;
use kernel::{Event, RequestContext};

use crate::envelope::Envelope;
use crate::error::PublishError;

/// Hears events of one type inside the publishing transaction.
#[async_trait(?Send)]
pub trait Subscriber<E: Event>: Send + Sync {
    /// Writes what follows from the event. An error undoes the event too.
    async fn on(&self, tx: &mut Tx, context: &RequestContext, event: &E) -> Result<(), PublishError>;
}

/// Hears every event inside the publishing transaction, before any subscriber does.
#[async_trait(?Send)]
pub trait Listener: Send + Sync {
    /// Writes what follows from the event. An error undoes the event too.
    async fn on(&self, tx: &mut Tx, envelope: &Envelope) -> Result<(), DbError>;
}

/// Hears events of one type once they are durable: at least once, and in no certain order.
#[async_trait]
pub trait Outbox<E: Event>: Send + Sync {
    /// Does what follows from the event. An error has it delivered again later.
    async fn deliver(&self, event: E, envelope: &Envelope) -> Result<(), JobError>;
}

#[async_trait(?Send)]
impl<E: Event, S: Subscriber<E> + ?Sized> Subscriber<E> for Arc<S> {
    async fn on(&self, tx: &mut Tx, context: &RequestContext, event: &E) -> Result<(), PublishError> {
        (**self).on(tx, context, event).await
    }
}

#[async_trait(?Send)]
impl<L: Listener + ?Sized> Listener for Arc<L> {
    async fn on(&self, tx: &mut Tx, envelope: &Envelope) -> Result<(), DbError> {
        (**self).on(tx, envelope).await
    }
}

#[async_trait]
impl<E: Event, O: Outbox<E> + ?Sized> Outbox<E> for Arc<O> {
    async fn deliver(&self, event: E, envelope: &Envelope) -> Result<(), JobError> {
        (**self).deliver(event, envelope).await
    }
}
