//! Hears every event.

use async_trait::async_trait;
use db::{DbError, Tx};
use events::{Envelope, Listener};

use crate::service::ActivityLog;

/// Writes every event down in the transaction that publishes it.
pub struct RecordActivity(pub ActivityLog);

#[async_trait(?Send)]
impl Listener for RecordActivity {
    async fn on(&self, tx: &mut Tx, envelope: &Envelope) -> Result<(), DbError> {
        self.0.record(tx, envelope).await
    }
}
