//! Idempotency keys: what was asked for before is not done again.

use std::fmt::Debug;

use db::Tx;
use kernel::Timestamp;

use crate::error::SandboxError;
use crate::service::Sandbox;
use crate::store::requests::{self, Request};

/// Whether a request is asked for the first time.
pub(super) enum Asked {
    /// It is, and what comes of it has the id that was given.
    New,
    /// What came of it then.
    Before(String),
}

impl Sandbox {
    /// Writes the key down together with what is done, so that both are there or neither is. A request that comes
    /// while the first is under way waits for it; a key that was used for another one is refused.
    pub(super) async fn ask_in(
        &self,
        tx: &mut Tx,
        (key, operation, object): (&str, &str, &str),
        request: &impl Debug,
        now: Timestamp,
    ) -> Result<Asked, SandboxError> {
        let asked = Request {
            operation: operation.to_owned(),
            fingerprint: self.machinery.mac.tag(&[format!("{request:?}").as_bytes()]),
            object: object.to_owned(),
        };
        if requests::insert(tx, key, &asked, now).await? {
            return Ok(Asked::New);
        }
        let before = requests::get(tx, key).await?;
        if before.operation != asked.operation || before.fingerprint != asked.fingerprint {
            return Err(SandboxError::KeyReused);
        }
        Ok(Asked::Before(before.object))
    }
}
