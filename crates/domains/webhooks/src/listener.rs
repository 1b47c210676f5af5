//! Hears every event.

use async_trait::async_trait;
use db::{DbError, Tx};
use events::{Envelope, Listener};

use crate::service::Webhooks;

/// Writes down what endpoints hear of, in the transaction that publishes it.
pub struct WriteWebhooks(pub Webhooks);

#[async_trait(?Send)]
impl Listener for WriteWebhooks {
    async fn on(&self, tx: &mut Tx, envelope: &Envelope) -> Result<(), DbError> {
        self.0.write_in(tx, envelope).await
    }
}
