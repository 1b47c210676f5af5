//! Leases kept by the living: one statement renews all that this worker holds.

use std::time::{Duration, Instant};

use db::{Db, DbError, Tx};

use crate::lease::Lease;
use crate::queue::Queue;
use crate::running::Running;
use crate::store;

/// How long a lease lasts, and how often it is renewed.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Rhythm {
    pub(crate) lease: Duration,
    pub(crate) every: Duration,
}

/// Renews until dropped. Handlers whose lease is lost are stopped.
pub(crate) async fn beat(db: Db, queue: Queue, running: Running, rhythm: Rhythm) {
    let mut renewed = Instant::now();
    loop {
        tokio::time::sleep(rhythm.every).await;
        match renew(&db, &queue, &running, rhythm.lease).await {
            Ok(()) => renewed = Instant::now(),
            Err(error) if renewed.elapsed() > rhythm.lease => {
                tracing::error!(%error, "leases of jobs ran out because they can't be renewed");
                running.cancel_all();
            }
            Err(error) => tracing::warn!(%error, "leases of jobs can't be renewed"),
        }
    }
}

async fn renew(db: &Db, queue: &Queue, running: &Running, lease: Duration) -> Result<(), DbError> {
    let believed = running.leases();
    if believed.is_empty() {
        return Ok(());
    }
    let (owner, jobs) = (queue.process(), running.jobs());
    let held: Vec<Lease> = db
        .write_soft(async move |tx: &mut Tx| store::update_leases(tx, owner, &jobs, lease).await)
        .await?;
    for lost in believed.iter().filter(|lease| !held.contains(lease)) {
        running.cancel(*lost);
    }
    Ok(())
}
