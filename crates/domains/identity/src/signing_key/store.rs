//! Signing keys in the database.

use db::{DbError, Executor, FromRow, Row, Tx, args};
use kernel::Timestamp;

/// A key as it is kept.
pub(crate) struct SealedKey {
    pub(crate) kid: String,
    pub(crate) sealed_seed: Vec<u8>,
    pub(crate) public_key: [u8; 32],
    pub(crate) active_from: Timestamp,
}

impl FromRow for SealedKey {
    fn from_row(row: &mut Row<'_>) -> Result<Self, DbError> {
        Ok(Self {
            kid: row.column()?,
            sealed_seed: row.column()?,
            public_key: row.column()?,
            active_from: row.column()?,
        })
    }
}

/// Those that are not retired.
pub(crate) async fn list(db: &mut impl Executor) -> Result<Vec<SealedKey>, DbError> {
    db.fetch_all(
        "SELECT kid, sealed_private_key, public_key, active_from
         FROM signing_keys WHERE retired_at IS NULL ORDER BY active_from",
        args![],
    )
    .await
}

/// 0 when another node was faster: a key for that moment is there.
pub(crate) async fn insert(tx: &mut Tx, key: &SealedKey, now: Timestamp) -> Result<u64, DbError> {
    tx.execute(
        "INSERT INTO signing_keys (kid, alg, sealed_private_key, public_key, created_at, active_from)
         VALUES ($1, 'EdDSA', $2, $3, $4, $5)
         ON CONFLICT (active_from) DO NOTHING",
        args![
            &key.kid,
            key.sealed_seed.as_slice(),
            key.public_key,
            now,
            key.active_from
        ],
    )
    .await
}

pub(crate) async fn update_retired(tx: &mut Tx, kid: &str, now: Timestamp) -> Result<u64, DbError> {
    tx.execute(
        "UPDATE signing_keys SET retired_at = $2 WHERE kid = $1 AND retired_at IS NULL",
        args![kid, now],
    )
    .await
}
