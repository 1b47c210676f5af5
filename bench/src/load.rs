//! Fills a fresh database: people with a password, organizations, members with roles.

use std::sync::Arc;

use crypto::{HasherConfig, PasswordHasher};
use db::{Db, DbConfig, DbError, Executor as _, Tx, args};
use kernel::time::SystemClock;
use kernel::{Clock as _, Secret, Timestamp};
use uuid::{Builder, Uuid};

use crate::{Outcome, Plan};

/// Everybody's password.
pub(crate) const PASSWORD: &str = "correct horse battery staple";
/// Rows of one transaction.
const BATCH: u32 = 500;

/// The `number`th person's address.
pub(crate) fn email(number: u32) -> String {
    format!("person{number}@example.com")
}

/// The `number`th organization's id.
pub(crate) fn organization(number: u32) -> Uuid {
    id(1, number)
}

/// The `number`th person's id.
pub(crate) fn user(number: u32) -> Uuid {
    id(2, number)
}

/// In the order of their numbers, as ids are that were made one after another.
fn id(kind: u8, number: u32) -> Uuid {
    let mut tail = [kind; 10];
    tail.iter_mut()
        .rev()
        .zip(number.to_be_bytes().iter().rev())
        .for_each(|(to, from)| *to = *from);
    Builder::from_unix_timestamp_millis(1_760_000_000_000 + u64::from(number), &tail).into_uuid()
}

/// Migrates and fills the database.
pub(crate) async fn fill(config: &DbConfig, plan: &Plan) -> Outcome {
    let db = Db::open(config)?;
    let now = SystemClock.now();
    db::migrate::run(&db, config, now).await?;
    let hash: Arc<str> = PasswordHasher::start(&HasherConfig::default())?
        .hash(Secret::new(PASSWORD.into()))
        .await?
        .into();
    for start in (0..plan.organizations).step_by(500) {
        let end = (start + BATCH).min(plan.organizations);
        db.write(async move |tx: &mut Tx| organizations(tx, start, end, now).await)
            .await?;
    }
    for start in (0..plan.users).step_by(500) {
        let (end, count, hash) = (
            (start + BATCH).min(plan.users),
            plan.organizations,
            Arc::clone(&hash),
        );
        db.write(async move |tx: &mut Tx| people(tx, (start, end), count, &hash, now).await)
            .await?;
    }
    db.close().await;
    Ok(())
}

async fn organizations(tx: &mut Tx, start: u32, end: u32, now: Timestamp) -> Result<(), DbError> {
    for number in start..end {
        tx.execute(
            "INSERT INTO organizations (id, name, slug, settings, created_at, updated_at) VALUES ($1, $2, $3, $4, $5, $5)",
            args![
                organization(number),
                format!("Organization {number}"),
                format!("organization-{number}"),
                serde_json::json!({}),
                now
            ],
        )
        .await?;
    }
    Ok(())
}

async fn people(
    tx: &mut Tx,
    (start, end): (u32, u32),
    organizations: u32,
    hash: &str,
    now: Timestamp,
) -> Result<(), DbError> {
    for number in start..end {
        let (person, team) = (user(number), organization(number % organizations));
        tx.execute(
            "INSERT INTO users (id, email, email_norm, email_verified_at, name, name_norm, created_at, updated_at)
             VALUES ($1, $2, $2, $3, $4, $5, $3, $3)",
            args![person, email(number), now, format!("Person {number}"), format!("person {number}")],
        )
        .await?;
        tx.execute(
            "INSERT INTO password_credentials (user_id, phc_hash, changed_at) VALUES ($1, $2, $3)",
            args![person, hash, now],
        )
        .await?;
        tx.execute(
            "INSERT INTO user_org (organization_id, user_id, joined_at) VALUES ($1, $2, $3)",
            args![team, person, now],
        )
        .await?;
        tx.execute(
            "INSERT INTO user_role (organization_id, user_id, role_id, granted_at) VALUES ($1, $2, $3, $4)",
            args![team, person, role(number, organizations), now],
        )
        .await?;
    }
    Ok(())
}

/// The first person of an organization owns it, one in ten only looks, the others are members.
fn role(number: u32, organizations: u32) -> Uuid {
    let place: u128 = if number < organizations {
        1
    } else if number.is_multiple_of(10) {
        5
    } else {
        4
    };
    Uuid::from_u128(0x0000_0000_0000_7000_8000_0000_0000_0000 | place)
}
