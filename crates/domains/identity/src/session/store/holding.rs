//! Which of many sessions hold.

use db::{DbError, Executor as _, FromRow, ReadTx, Row, args};
use kernel::{SessionId, Timestamp, UserId};
use serde_json::json;

/// A session that holds.
pub(crate) struct HoldingSession {
    pub(crate) id: SessionId,
    pub(crate) aal: u8,
    /// The member of staff who acts in it, whose own standing it depends on as well.
    pub(crate) impersonator: Option<UserId>,
}

impl FromRow for HoldingSession {
    fn from_row(row: &mut Row<'_>) -> Result<Self, DbError> {
        Ok(Self {
            id: row.column()?,
            aal: u8::try_from(row.column::<i64>()?).map_err(DbError::internal)?,
            impersonator: row.column()?,
        })
    }
}

/// Those of these sessions that hold, by the same rules as [`crate::session::model::Session::check`].
pub(crate) async fn list_holding(
    db: &mut ReadTx,
    sessions: &[SessionId],
    now: Timestamp,
) -> Result<Vec<HoldingSession>, DbError> {
    let ids: Vec<String> = sessions.iter().map(|id| id.uuid().to_string()).collect();
    db.fetch_all(
        "SELECT s.id, s.aal, s.impersonator_id
         FROM sessions s JOIN users u ON u.id = s.user_id
         WHERE s.id {in_uuids:$1} AND s.revoked_at IS NULL AND s.expires_at > $2 AND s.idle_expires_at > $2
             AND u.status = 'active' AND u.sec_epoch = s.sec_epoch",
        args![json!(ids), now],
    )
    .await
}
