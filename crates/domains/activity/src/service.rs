//! Recording, listing, sealing and verifying.

use std::collections::BTreeMap;
use std::sync::Arc;

use db::{Db, DbError, ReadTx, Tx};
use events::Envelope;
use jobs::Queue;
use kernel::id::ActivityId;
use kernel::{Clock, OrganizationId, Page, PageRequest, Timestamp};
use uuid::Uuid;

use crate::chain::{self, Fault, FaultKind, START, Sealed, Tail, Walk};
use crate::error::ActivityError;
use crate::model::{Activity, ActivityFilter, Listed, Target};
use crate::sealing::{SealActivity, Sealing};
use crate::store;

/// Entries sealed in one transaction: enough to be quick, few enough to keep no writer waiting.
const BATCH: i64 = 200;
/// Entries and chains read at once when chains are verified.
const PAGE: i64 = 500;

/// The activity log.
#[derive(Clone)]
pub struct ActivityLog {
    db: Db,
    queue: Queue,
    clock: Arc<dyn Clock>,
    sealing: Sealing,
}

/// What [`ActivityLog::verify`] found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Report {
    /// How many chains there are.
    pub chains: u64,
    /// How many entries were found right.
    pub entries: u64,
    /// How many entries wait to be sealed.
    pub unsealed: u64,
    /// What is wrong: the first fault of each chain that has one.
    pub faults: Vec<Fault>,
}

impl ActivityLog {
    /// A log in `db`, sealed by jobs in `queue`.
    pub fn new(db: Db, queue: Queue, clock: Arc<dyn Clock>) -> Self {
        Self {
            db,
            queue,
            clock,
            sealing: Sealing::default(),
        }
    }

    /// Writes an event down in the transaction that publishes it.
    pub async fn record(&self, tx: &mut Tx, envelope: &Envelope) -> Result<(), DbError> {
        store::insert(tx, &activity_of(envelope)).await?;
        if let Some(due) = self.sealing.due(self.clock.now()) {
            self.queue.enqueue_at(tx, &SealActivity {}, due).await?;
            let sealing = self.sealing.clone();
            tx.after_commit(move || sealing.set(due));
        }
        Ok(())
    }

    /// What happened in an organization, the latest first.
    pub async fn list_of_organization(
        &self,
        organization: OrganizationId,
        filter: ActivityFilter,
        page: PageRequest,
    ) -> Result<Page<Listed>, ActivityError> {
        let read =
            async move |tx: &mut ReadTx| store::list_of_organization(tx, organization, &filter, &page).await;
        Ok(self.db.read_aside(read).await?)
    }

    /// What happened anywhere, the latest first.
    pub async fn list(
        &self,
        filter: ActivityFilter,
        page: PageRequest,
    ) -> Result<Page<Listed>, ActivityError> {
        let read = async move |tx: &mut ReadTx| store::list(tx, &filter, &page).await;
        Ok(self.db.read_aside(read).await?)
    }

    /// Puts every entry that waits into its chain and says how many there were. Several nodes may do
    /// it at once.
    pub async fn seal(&self) -> Result<u64, ActivityError> {
        let mut total = 0;
        loop {
            let now = self.clock.now();
            let (seen, sealed) = self
                .db
                .write(async move |tx: &mut Tx| seal_batch(tx, now).await)
                .await?;
            total += sealed;
            if seen < BATCH {
                return Ok(total);
            }
        }
    }

    /// Reads every chain from its first entry to its recorded end.
    pub async fn verify(&self) -> Result<Report, ActivityError> {
        let mut report = Report::default();
        let unsealed = self
            .db
            .read_aside(async |tx: &mut ReadTx| store::count_unsealed(tx).await)
            .await?;
        report.unsealed = u64::try_from(unsealed).unwrap_or_default();
        let mut after = None;
        loop {
            let page = self
                .db
                .read_aside(async move |tx: &mut ReadTx| store::list_chains(tx, after, PAGE).await)
                .await?;
            for (chain, end) in &page {
                report.chains += 1;
                self.walk(chain::organization_of(*chain), *end, &mut report)
                    .await?;
            }
            after = page.last().map(|(chain, _)| *chain);
            if after.is_none() {
                break;
            }
        }
        let unrecorded = self
            .db
            .read_aside(async |tx: &mut ReadTx| store::list_unrecorded(tx).await)
            .await?;
        report
            .faults
            .extend(unrecorded.into_iter().map(|organization| Fault {
                organization,
                seq: 0,
                entry: None,
                kind: FaultKind::Unrecorded,
            }));
        Ok(report)
    }

    async fn walk(
        &self,
        organization: Option<OrganizationId>,
        end: Tail,
        report: &mut Report,
    ) -> Result<(), ActivityError> {
        let mut walk = Walk::new(organization, end);
        let mut found = Ok(());
        while found.is_ok() && walk.at() < end.seq {
            let after = walk.at();
            let page = self
                .db
                .read_aside(async move |tx: &mut ReadTx| {
                    store::list_sealed(tx, organization, after, PAGE).await
                })
                .await?;
            if page.is_empty() {
                break;
            }
            found = page.iter().try_for_each(|sealed| walk.step(sealed));
        }
        report.entries += u64::try_from(walk.at()).unwrap_or_default();
        report.faults.extend(found.and_then(|()| walk.finish()).err());
        Ok(())
    }
}

fn activity_of(envelope: &Envelope) -> Activity {
    let envelope = envelope.clone();
    Activity {
        id: ActivityId::from_uuid(envelope.id.uuid()),
        organization: envelope.organization,
        actor: envelope.actor,
        on_behalf_of: envelope.on_behalf_of,
        action: envelope.name.into_owned(),
        target: envelope.target.map(|target| Target {
            kind: target.kind.into_owned(),
            id: target.id,
        }),
        outcome: envelope.outcome,
        data: envelope.payload,
        ip: envelope.ip.map(|ip| ip.to_string()),
        user_agent: envelope.user_agent,
        request_id: envelope.request_id,
        occurred_at: envelope.occurred_at,
    }
}

/// How many entries were looked at, and how many of them were put into their chains here.
async fn seal_batch(tx: &mut Tx, now: Timestamp) -> Result<(i64, u64), DbError> {
    let waiting = store::list_unsealed(tx, BATCH).await?;
    let seen = i64::try_from(waiting.len()).unwrap_or(BATCH);
    let mut chains: BTreeMap<Uuid, Vec<Activity>> = BTreeMap::new();
    for activity in waiting {
        chains
            .entry(chain::id_of(activity.organization))
            .or_default()
            .push(activity);
    }
    let mut total = 0;
    // In the order of their ids on every node, so that two never wait for each other.
    for (chain, activities) in chains {
        total += lengthen(tx, chain, activities, now).await?;
    }
    Ok((seen, total))
}

async fn lengthen(
    tx: &mut Tx,
    chain: Uuid,
    activities: Vec<Activity>,
    now: Timestamp,
) -> Result<u64, DbError> {
    let start = Tail { seq: 0, hash: START };
    let mut end = store::lock_chain(tx, chain, start, now).await?;
    let mut sealed_here = 0;
    for activity in activities {
        let seq = end.seq + 1;
        let hash = chain::hash(&activity, seq, &end.hash);
        let sealed = Sealed {
            activity,
            seq,
            previous: end.hash,
            hash,
        };
        // What another node sealed while this one waited for the lock keeps its place.
        if store::update_sealed(tx, &sealed).await? {
            end = Tail { seq, hash };
            sealed_here += 1;
        }
    }
    store::update_chain(tx, chain, end, now).await?;
    Ok(sealed_here)
}
