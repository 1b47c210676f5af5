//! The table `notification_digests`; what is to be summed up is in `notifications`.

use db::{DbError, Executor, FromRow, ReadTx, Row, Tx, args};
use kernel::{Timestamp, UserId};

use super::model::{Digest, Due, Frequency, Line, Rhythm};

fn rhythm(frequency: &str, hour: i64) -> Result<Rhythm, DbError> {
    let frequency = Frequency::from_word(frequency);
    let hour = u8::try_from(hour).ok();
    let rhythm = frequency.zip(hour);
    let rhythm = rhythm.and_then(|(frequency, hour)| Rhythm::new(frequency, hour).ok());
    // A constraint of the table keeps it so.
    rhythm.ok_or(DbError::NoRow)
}

impl FromRow for Digest {
    fn from_row(row: &mut Row<'_>) -> Result<Self, DbError> {
        let (frequency, hour): (String, i64) = (row.column()?, row.column()?);
        Ok(Self {
            rhythm: rhythm(&frequency, hour)?,
            next_at: row.column()?,
        })
    }
}

impl FromRow for Due {
    fn from_row(row: &mut Row<'_>) -> Result<Self, DbError> {
        Ok(Self {
            user: row.column()?,
            digest: Digest::from_row(row)?,
            last_seq: row.column()?,
            to: row.column()?,
            locale: row.column()?,
        })
    }
}

impl FromRow for Line {
    fn from_row(row: &mut Row<'_>) -> Result<Self, DbError> {
        Ok(Self {
            title: row.column()?,
            link: row.column()?,
            organization: row.column()?,
        })
    }
}

pub(crate) async fn find(db: &mut impl Executor, user: UserId) -> Result<Option<Digest>, DbError> {
    db.fetch_optional(
        "SELECT frequency, hour, next_at FROM notification_digests WHERE user_id = $1",
        args![user],
    )
    .await
}

/// What was in the feed before does not belong into the first digest; another rhythm changes nothing about that.
pub(crate) async fn upsert(
    tx: &mut Tx,
    user: UserId,
    digest: Digest,
    now: Timestamp,
) -> Result<u64, DbError> {
    tx.execute(
        "INSERT INTO notification_digests (user_id, frequency, hour, last_seq, next_at, updated_at)
         SELECT $1{uuid}, $2{text}, $3{bigint},
             COALESCE((SELECT last_seq FROM notification_feeds WHERE user_id = $1), 0), $4{timestamptz}, $5{timestamptz}
         WHERE true
         ON CONFLICT (user_id) DO UPDATE
         SET frequency = excluded.frequency, hour = excluded.hour, next_at = excluded.next_at,
             updated_at = excluded.updated_at",
        args![
            user,
            digest.rhythm.frequency.as_str(),
            i64::from(digest.rhythm.hour()),
            digest.next_at,
            now
        ],
    )
    .await
}

pub(crate) async fn delete(tx: &mut Tx, user: UserId) -> Result<u64, DbError> {
    tx.execute("DELETE FROM notification_digests WHERE user_id = $1", args![user])
        .await
}

/// Those that are due at `now`, after the one before them.
pub(crate) async fn list_due(
    db: &mut ReadTx,
    now: Timestamp,
    after: Option<(Timestamp, UserId)>,
    limit: u32,
) -> Result<Vec<Due>, DbError> {
    db.fetch_all(
        "SELECT d.user_id, d.frequency, d.hour, d.next_at, d.last_seq,
             CASE WHEN u.status = 'active' AND u.email_verified_at IS NOT NULL THEN u.email END, u.locale
         FROM notification_digests AS d JOIN users AS u ON u.id = d.user_id
         WHERE d.next_at <= $1
             AND ($2{timestamptz} IS NULL OR (d.next_at, d.user_id) > ($2{timestamptz}, $3{uuid}))
         ORDER BY d.next_at, d.user_id LIMIT $4",
        args![
            now,
            after.map(|(next_at, _)| next_at),
            after.map(|(_, user)| user),
            limit
        ],
    )
    .await
}

/// Takes a digest that is due: whoever does so first sends it. Answers where the feed stands.
pub(crate) async fn update_taken(
    tx: &mut Tx,
    due: &Due,
    next_at: Timestamp,
    now: Timestamp,
) -> Result<Option<i64>, DbError> {
    tx.fetch_optional(
        "UPDATE notification_digests
         SET next_at = $3, updated_at = $4,
             last_seq = COALESCE((SELECT f.last_seq FROM notification_feeds AS f WHERE f.user_id = $1), last_seq)
         WHERE user_id = $1 AND next_at = $2
         RETURNING last_seq",
        args![due.user, due.digest.next_at, next_at, now],
    )
    .await
}

/// The newest that are not read, of those that came after one and not after another.
pub(crate) async fn list_unread(
    tx: &mut Tx,
    user: UserId,
    (after, until): (i64, i64),
    limit: i64,
) -> Result<Vec<Line>, DbError> {
    tx.fetch_all(
        "SELECT n.title, n.link, o.name
         FROM notifications AS n LEFT JOIN organizations AS o ON o.id = n.organization_id
         WHERE n.user_id = $1 AND n.seq > $2 AND n.seq <= $3 AND n.read_at IS NULL AND n.archived_at IS NULL
         ORDER BY n.seq DESC LIMIT $4",
        args![user, after, until, limit],
    )
    .await
}
