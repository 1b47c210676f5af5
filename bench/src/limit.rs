//! The bare limit: the same axum, the same database access, the same hash, and no product around them.
#![expect(
    clippy::disallowed_types,
    reason = "bare means without the product's own extractors"
)]

use std::net::SocketAddr;
use std::sync::Arc;

use axum::Router;
use axum::body::Bytes;
use axum::extract::{Path, RawQuery, State};
use axum::http::{StatusCode, header};
use axum::routing::{get, post};
use crypto::{HasherConfig, PasswordHasher};
use db::{Db, DbConfig, DbError, Executor as _, ReadTx, Tx, args};
use kernel::time::SystemClock;
use kernel::{Clock as _, Secret};
use uuid::{Builder, Uuid};

use crate::{Outcome, block_on};

/// Where it listens and what it reads.
#[derive(clap::Args)]
pub(crate) struct Settings {
    #[arg(long)]
    port: u16,
    /// The database's URL
    #[arg(long)]
    database: String,
}

struct Limit {
    db: Db,
    hasher: PasswordHasher,
}

type Body = ([(header::HeaderName, &'static str); 1], String);
type Answer = Result<Body, StatusCode>;

pub(crate) fn run(settings: &Settings) -> Outcome {
    let db = Db::open(&DbConfig::new(settings.database.parse()?))?;
    let hasher = PasswordHasher::start(&HasherConfig::default())?;
    let address = SocketAddr::from(([127, 0, 0, 1], settings.port));
    block_on(async move {
        let router = Router::new()
            .route("/me", get(me))
            .route("/record/{organization}/{user}", get(record))
            .route("/list/{organization}", get(list))
            .route("/create", post(create))
            .route("/login", post(login))
            .with_state(Arc::new(Limit { db, hasher }));
        let listener = tokio::net::TcpListener::bind(address).await?;
        let stopped = async {
            let stop = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate());
            if let Ok(mut stop) = stop {
                stop.recv().await;
            }
        };
        axum::serve(listener, router)
            .with_graceful_shutdown(stopped)
            .await?;
        Ok(())
    })
}

fn json(value: &serde_json::Value) -> Body {
    ([(header::CONTENT_TYPE, "application/json")], value.to_string())
}

fn broken(_: DbError) -> StatusCode {
    StatusCode::INTERNAL_SERVER_ERROR
}

/// What a warm cache would answer.
async fn me() -> Body {
    json(&serde_json::json!({
        "id": "usr_01k9q3v8x4f0r9y7t2m5n6p8w1", "email": "person1@example.com", "email_verified": true, "name": "Person 1",
        "locale": "en", "status": "active", "created_at": "2026-01-31T12:00:00.000Z", "updated_at": "2026-01-31T12:00:00.000Z",
    }))
}

async fn record(State(limit): State<Arc<Limit>>, Path((organization, user)): Path<(Uuid, Uuid)>) -> Answer {
    let row = limit
        .db
        .read(async move |tx: &mut ReadTx| {
            tx.fetch_one::<(String, String, String)>(
                "SELECT o.name, o.slug, r.key FROM organizations o
                 JOIN user_role u ON u.organization_id = o.id AND u.user_id = $2
                 JOIN roles r ON r.id = u.role_id WHERE o.id = $1",
                args![organization, user],
            )
            .await
        })
        .await;
    let (name, slug, role) = row.map_err(broken)?;
    Ok(json(
        &serde_json::json!({ "id": organization, "name": name, "slug": slug, "role": role }),
    ))
}

async fn list(
    State(limit): State<Arc<Limit>>,
    Path(organization): Path<Uuid>,
    RawQuery(_): RawQuery,
) -> Answer {
    let rows = limit
        .db
        .read(async move |tx: &mut ReadTx| {
            tx.fetch_all::<(Uuid, String, String, kernel::Timestamp)>(
                "SELECT u.id, u.email, u.name, m.joined_at FROM user_org m JOIN users u ON u.id = m.user_id
                 WHERE m.organization_id = $1 ORDER BY m.joined_at, m.user_id LIMIT 51",
                args![organization],
            )
            .await
        })
        .await;
    let rows: Vec<_> = rows
        .map_err(broken)?
        .into_iter()
        .map(|(id, email, name, joined)| serde_json::json!({ "id": id, "email": email, "name": name, "joined_at": joined }))
        .collect();
    Ok(json(&serde_json::json!({ "data": rows })))
}

async fn create(State(limit): State<Arc<Limit>>, body: Bytes) -> Answer {
    let now = SystemClock.now();
    let slug = String::from_utf8_lossy(&body).into_owned();
    let milliseconds = u64::try_from(now.unix_milliseconds()).unwrap_or_default();
    let mut tail = [0; 10];
    tail.iter_mut()
        .zip(slug.bytes().rev())
        .for_each(|(to, from)| *to = from);
    let id = Builder::from_unix_timestamp_millis(milliseconds, &tail).into_uuid();
    let made = limit
        .db
        .write(async move |tx: &mut Tx| {
            tx.execute(
                "INSERT INTO organizations (id, name, slug, settings, created_at, updated_at) VALUES ($1, $2, $2, $3, $4, $4)",
                args![id, &slug, serde_json::json!({}), now],
            )
            .await?;
            tx.execute(
                "INSERT INTO activity_logs (id, organization_id, actor_kind, action, outcome, data, occurred_at)
                 VALUES ($1, $1, 'system', 'organization.created', 'success', $2, $3)",
                args![id, serde_json::json!({ "slug": &slug }), now],
            )
            .await
        })
        .await;
    made.map_err(broken)?;
    Ok(json(&serde_json::json!({ "id": id })))
}

async fn login(State(limit): State<Arc<Limit>>, body: Bytes) -> Answer {
    let password = Secret::new(String::from_utf8_lossy(&body).into_owned());
    limit
        .hasher
        .hash(password)
        .await
        .map_err(|_| StatusCode::SERVICE_UNAVAILABLE)?;
    Ok(json(&serde_json::json!({ "ok": true })))
}
