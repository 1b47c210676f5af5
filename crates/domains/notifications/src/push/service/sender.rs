//! The one key of the installation, by which push services recognise who sends. Browsers are bound to it when they
//! subscribe, so it is made once and kept.

use std::sync::{Arc, OnceLock};

use crypto::{PushSender, Sealer};
use db::{DbError, ReadTx, Tx};

use crate::error::NotificationError;
use crate::machinery::Machinery;
use crate::push::store;

/// What the private half is sealed with.
const KEY: &[u8] = b"private key";

/// Keeps the key. Cheap to clone.
#[derive(Clone)]
pub(super) struct Sender {
    machinery: Machinery,
    sealer: Sealer,
    at_hand: Arc<OnceLock<Arc<PushSender>>>,
}

impl Sender {
    pub(super) fn new(machinery: Machinery) -> Self {
        Self {
            sealer: machinery.master_key.sealer("push key"),
            machinery,
            at_hand: Arc::default(),
        }
    }

    /// The key, made when it is asked for first. Of several nodes that do so at once, one makes it.
    pub(super) async fn key(&self) -> Result<Arc<PushSender>, NotificationError> {
        if let Some(key) = self.at_hand.get() {
            return Ok(Arc::clone(key));
        }
        let find = async |tx: &mut ReadTx| store::find_key(tx).await;
        let found: Result<Option<Vec<u8>>, DbError> = self.machinery.db.read(find).await;
        let sealed = match found? {
            Some(sealed) => sealed,
            None => self.make().await?,
        };
        let plain = self.sealer.open(&sealed, KEY);
        let key = plain.and_then(|plain| PushSender::from_pkcs8(&plain).ok());
        let key = Arc::new(key.ok_or(NotificationError::Sealed)?);
        Ok(Arc::clone(self.at_hand.get_or_init(|| key)))
    }

    async fn make(&self) -> Result<Vec<u8>, NotificationError> {
        let plain = PushSender::generate().map_err(DbError::internal)?;
        let sealed = Arc::new(self.sealer.seal(&plain, KEY));
        let now = self.machinery.clock.now();
        let work = async move |tx: &mut Tx| -> Result<_, NotificationError> {
            store::insert_key(tx, &sealed, now).await?;
            store::find_key(tx).await?.ok_or(NotificationError::NotFound)
        };
        self.machinery.db.write(work).await
    }
}
