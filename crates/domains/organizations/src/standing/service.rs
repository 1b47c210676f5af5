//! Standings, remembered for as long as they hold.

use std::hash::{BuildHasher as _, RandomState};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use db::{Db, DbError, Engine, Executor, ReadTx, Tx};
use kernel::{Actor, OrganizationId, PermissionSet, RequestContext, Timestamp, UserId};
use moka::sync::Cache;

use super::built_in::{BuiltInRole, EVERY_MEMBER};
use super::model::{MemberAccess, Rank, Standing};
use super::store;
use crate::error::OrganizationError;

/// More organizations than this share a counter; a change in one then forgets a few others too.
const COUNTERS: u64 = 4096;

/// Who may do what, where.
///
/// Permissions are remembered by organization and person. In this process a memory is exact: it
/// carries the count of changes of its organization from before it was read, and each change counts
/// one up once it is durable. What other nodes change is seen when the memory is thrown away.
#[derive(Clone)]
pub struct Standings(Arc<Known>);

struct Known {
    db: Db,
    remembered: Cache<(OrganizationId, UserId), Memory>,
    changes: Changes,
}

#[derive(Clone, Copy)]
struct Memory {
    access: Option<MemberAccess>,
    change: u64,
}

impl Standings {
    /// Remembers `capacity` standings at most. On SQLite this process makes every change itself, so the
    /// time only keeps memory small; on PostgreSQL it is how long another node's change may go unseen.
    pub fn new(db: Db, capacity: u64) -> Self {
        let keep = match db.engine() {
            Engine::Sqlite => Duration::from_mins(10),
            Engine::Postgres => Duration::from_secs(5),
        };
        let remembered = Cache::builder().max_capacity(capacity).time_to_live(keep).build();
        Self(Arc::new(Known {
            db,
            remembered,
            changes: Changes::default(),
        }))
    }

    /// What `user` may do in `organization`; none for a person who is not a member.
    pub async fn permissions(
        &self,
        organization: OrganizationId,
        user: UserId,
    ) -> Result<Option<PermissionSet>, DbError> {
        let access = self.access(organization, user).await?;
        Ok(access.map(|access| access.permissions))
    }

    /// Whether the organization lets `user` in by a second factor only, at this moment.
    pub async fn requires_second_factor(
        &self,
        organization: OrganizationId,
        user: UserId,
        now: Timestamp,
    ) -> Result<bool, DbError> {
        let access = self.access(organization, user).await?;
        let from = access.and_then(|access| access.mfa_required_from);
        Ok(from.is_some_and(|from| now >= from))
    }

    /// The same with what the organization asks of its members beyond a role.
    pub(crate) async fn access(
        &self,
        organization: OrganizationId,
        user: UserId,
    ) -> Result<Option<MemberAccess>, DbError> {
        let change = self.0.changes.count(organization);
        if let Some(memory) = self.0.remembered.get(&(organization, user))
            && memory.change == change
        {
            return Ok(memory.access);
        }
        let access = self
            .0
            .db
            .read(async move |tx: &mut ReadTx| find_access(tx, organization, user).await)
            .await?;
        self.0
            .remembered
            .insert((organization, user), Memory { access, change });
        Ok(access)
    }

    /// The same as a transaction sees it, for what must not be decided on a memory.
    pub async fn permissions_in(
        &self,
        tx: &mut Tx,
        organization: OrganizationId,
        user: UserId,
    ) -> Result<Option<PermissionSet>, DbError> {
        let standing = find(tx, organization, user).await?;
        Ok(standing.map(|standing| standing.permissions))
    }

    /// The standing as the transaction sees it, for decisions that must not be made on a memory.
    pub(crate) async fn find_in(
        &self,
        tx: &mut impl Executor,
        organization: OrganizationId,
        user: UserId,
    ) -> Result<Option<Standing>, DbError> {
        find(tx, organization, user).await
    }

    /// The standing of who acts; the product itself may do anything.
    pub(crate) async fn acting(
        &self,
        tx: &mut impl Executor,
        context: &RequestContext,
        organization: OrganizationId,
    ) -> Result<Standing, OrganizationError> {
        match (context.user(), context.actor) {
            (Some(user), _) => find(tx, organization, user)
                .await?
                .ok_or(OrganizationError::NotFound),
            (None, Actor::System) => Ok(Standing {
                permissions: BuiltInRole::Owner.permissions(),
                rank: Rank::Owner,
            }),
            (None, _) => Err(OrganizationError::Forbidden),
        }
    }

    /// To be called in every transaction that changes a membership, a role or the second-factor policy of
    /// `organization`.
    pub(crate) fn forget(&self, tx: &mut Tx, organization: OrganizationId) {
        let known = Arc::clone(&self.0);
        tx.after_commit(move || known.changes.count_up(organization));
    }
}

async fn find_access(
    tx: &mut impl Executor,
    organization: OrganizationId,
    user: UserId,
) -> Result<Option<MemberAccess>, DbError> {
    let Some(standing) = find(tx, organization, user).await? else {
        return Ok(None);
    };
    Ok(Some(MemberAccess {
        permissions: standing.permissions,
        mfa_required_from: store::find_mfa_required_from(tx, organization).await?,
    }))
}

async fn find(
    tx: &mut impl Executor,
    organization: OrganizationId,
    user: UserId,
) -> Result<Option<Standing>, DbError> {
    let held = store::list_held(tx, organization, user).await?;
    if held.is_empty() {
        return Ok(None);
    }
    let mut standing = Standing {
        permissions: EVERY_MEMBER,
        rank: Rank::Viewer,
    };
    for role in held {
        let Some(id) = role.id else { continue };
        let (permissions, rank) = match BuiltInRole::by_id(id) {
            Some(built_in) => (built_in.permissions(), built_in.rank()),
            None => (role.permissions, Rank::Member),
        };
        standing.permissions = standing.permissions.union(permissions);
        standing.rank = standing.rank.max(rank);
    }
    Ok(Some(standing))
}

/// Counts changes, by organization.
struct Changes {
    counters: Vec<AtomicU64>,
    hasher: RandomState,
}

impl Default for Changes {
    fn default() -> Self {
        Self {
            counters: std::iter::repeat_with(AtomicU64::default)
                .take(usize::try_from(COUNTERS).unwrap_or(1))
                .collect(),
            hasher: RandomState::new(),
        }
    }
}

impl Changes {
    fn count(&self, organization: OrganizationId) -> u64 {
        self.counter(organization)
            .map_or(0, |counter| counter.load(Ordering::Acquire))
    }

    fn count_up(&self, organization: OrganizationId) {
        if let Some(counter) = self.counter(organization) {
            counter.fetch_add(1, Ordering::AcqRel);
        }
    }

    fn counter(&self, organization: OrganizationId) -> Option<&AtomicU64> {
        let hash = usize::try_from(self.hasher.hash_one(organization) % COUNTERS).ok()?;
        self.counters.get(hash)
    }
}
