//! What the owner of a session has shown, in the database.

use db::{DbError, Executor as _, Tx, args};
use kernel::{SessionId, Timestamp};

use crate::session::model::Proof;

/// What the owner has shown from now on, at the next turn of the session's tokens.
pub(crate) async fn update_proof(
    tx: &mut Tx,
    id: SessionId,
    proof: &Proof,
    now: Timestamp,
) -> Result<u64, DbError> {
    tx.execute(
        "UPDATE sessions
         SET aal = $2, amr = $3, auth_time = $4, mfa_time = $5, refresh_counter = refresh_counter + 1,
             refreshed_at = $6, last_seen_at = $6
         WHERE id = $1 AND revoked_at IS NULL",
        args![
            id,
            proof.aal,
            serde_json::Value::from(proof.amr.clone()),
            proof.auth_time,
            proof.mfa_time,
            now,
        ],
    )
    .await
}
