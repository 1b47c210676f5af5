//! Setting aside, and what becomes of it.

use std::time::Duration;

use db::{DbError, ReadTx, Tx};
use kernel::{OrganizationId, RequestContext, Timestamp, UsageReservationId};

use super::model::{NewReservation, Reservation, ReservationStatus};
use super::store;
use crate::credit::service::Credits;
use crate::entitlement::model::verdict::{Terms, Usage};
use crate::entitlement::service::Entitlements;
use crate::error::EntitlementError;
use crate::machinery::Machinery;
use crate::usage::model::{MOST, NewUsage};
use crate::usage::service::Meter;

/// How long closed ones can be looked at.
const KEPT: Duration = Duration::from_hours(30 * 24);

/// How many the job closes in one unit of work.
const BATCH: i64 = 100;

/// Reservations. Cheap to clone.
#[derive(Clone)]
pub struct Reservations {
    machinery: Machinery,
    entitlements: Entitlements,
    credits: Credits,
    meter: Meter,
}

impl Reservations {
    /// Reservations kept by `machinery`.
    pub(crate) const fn new(
        machinery: Machinery,
        entitlements: Entitlements,
        credits: Credits,
        meter: Meter,
    ) -> Self {
        Self {
            machinery,
            entitlements,
            credits,
            meter,
        }
    }

    /// Sets aside, once per idempotency key: of what the plan grants and, when that is used up, of credits.
    pub async fn reserve(
        &self,
        context: &RequestContext,
        organization: OrganizationId,
        wish: NewReservation,
    ) -> Result<Reservation, EntitlementError> {
        let (this, context, now) = (self.clone(), context.clone(), self.machinery.clock.now());
        let work = async move |tx: &mut Tx| {
            let make = async |tx: &mut Tx| this.reserve_in(tx, organization, &wish, now).await;
            this.machinery.idempotency.once(tx, &context, now, make).await
        };
        self.machinery.db.write(work).await
    }

    /// One reservation.
    pub async fn get(
        &self,
        organization: OrganizationId,
        id: UsageReservationId,
    ) -> Result<Reservation, EntitlementError> {
        let now = self.machinery.clock.now();
        let work = async move |tx: &mut ReadTx| Ok(store::find(tx, organization, id).await?);
        let found: Result<Option<Reservation>, EntitlementError> = self.machinery.db.read(work).await;
        found?
            .map(|reservation| reservation.seen_at(now))
            .ok_or(EntitlementError::NotFound)
    }

    /// Says how much was used in the end; what is left is given back. Saying the same twice is harmless.
    pub async fn commit(
        &self,
        context: &RequestContext,
        organization: OrganizationId,
        id: UsageReservationId,
        amount: Option<i64>,
    ) -> Result<Reservation, EntitlementError> {
        let (this, context, now) = (self.clone(), context.clone(), self.machinery.clock.now());
        let work = async move |tx: &mut Tx| {
            let reservation = lock(tx, organization, id, now).await?;
            let amount = amount.unwrap_or(reservation.amount);
            if amount > reservation.amount {
                let detail = "no more than was reserved can be committed";
                return Err(EntitlementError::field("/amount", "too_large", detail));
            }
            let closed = (ReservationStatus::Committed, Some(amount));
            match reservation.status {
                ReservationStatus::Open => {
                    this.settle_in(tx, &context, &reservation, closed, now).await?;
                    Ok(closed_as(reservation, closed, now))
                }
                ReservationStatus::Committed if reservation.committed_amount == Some(amount) => {
                    Ok(reservation)
                }
                _ => Err(EntitlementError::ReservationClosed),
            }
        };
        self.machinery.db.write(work).await
    }

    /// Gives all of it back. Doing so twice is harmless.
    pub async fn release(
        &self,
        context: &RequestContext,
        organization: OrganizationId,
        id: UsageReservationId,
    ) -> Result<Reservation, EntitlementError> {
        let (this, context, now) = (self.clone(), context.clone(), self.machinery.clock.now());
        let work = async move |tx: &mut Tx| {
            let reservation = lock(tx, organization, id, now).await?;
            let closed = (ReservationStatus::Released, None);
            match reservation.status {
                ReservationStatus::Open => {
                    this.settle_in(tx, &context, &reservation, closed, now).await?;
                    Ok(closed_as(reservation, closed, now))
                }
                ReservationStatus::Released | ReservationStatus::Expired => Ok(reservation),
                ReservationStatus::Committed => Err(EntitlementError::ReservationClosed),
            }
        };
        self.machinery.db.write(work).await
    }

    /// Gives back what nobody said anything about in time.
    pub(crate) async fn expire(&self) -> Result<(), DbError> {
        loop {
            let (this, now) = (self.clone(), self.machinery.clock.now());
            let work = async move |tx: &mut Tx| {
                let lapsed = store::lock_lapsed(tx, now, BATCH).await?;
                this.expire_in(tx, &lapsed, now).await?;
                Ok(i64::try_from(lapsed.len()).unwrap_or(BATCH))
            };
            let closed: Result<i64, DbError> = self.machinery.db.write(work).await;
            if closed? < BATCH {
                return Ok(());
            }
        }
    }

    /// Deletes those that nobody looks at any more.
    pub(crate) async fn delete_old(&self) -> Result<(), DbError> {
        let before = self.machinery.clock.now().minus(KEPT);
        let delete = async move |tx: &mut Tx, most| store::delete_closed_before(tx, before, most).await;
        self.machinery.db.delete_in_batches(delete).await
    }

    /// Deletes those of an organization that is gone.
    pub(crate) async fn forget(&self, organization: OrganizationId) -> Result<(), DbError> {
        let delete = async move |tx: &mut Tx, most| store::delete_of(tx, organization, most).await;
        self.machinery.db.delete_in_batches(delete).await
    }

    async fn reserve_in(
        &self,
        tx: &mut Tx,
        organization: OrganizationId,
        wish: &NewReservation,
        now: Timestamp,
    ) -> Result<Reservation, EntitlementError> {
        let features = [wish.feature.clone()];
        let (_, mut terms) = self
            .entitlements
            .terms_in(tx, organization, &features, now)
            .await?;
        let terms = terms.remove(&wish.feature).ok_or(EntitlementError::NotFound)?;
        let mut reservation = Reservation {
            id: UsageReservationId::new(&*self.machinery.ids, now),
            organization,
            feature: wish.feature.clone(),
            period: terms.period.kind,
            period_start: terms.period.start,
            amount: wish.amount,
            from_limit: wish.amount,
            taken: Vec::new(),
            status: ReservationStatus::Open,
            committed_amount: None,
            expires_at: now.plus(wish.lasts),
            created_at: now,
            closed_at: None,
        };
        self.set_aside_in(tx, &terms, &mut reservation, now).await?;
        store::insert(tx, &reservation).await?;
        Ok(reservation)
    }

    async fn set_aside_in(
        &self,
        tx: &mut Tx,
        terms: &Terms,
        reservation: &mut Reservation,
        now: Timestamp,
    ) -> Result<(), EntitlementError> {
        let (ceiling, amount) = (terms.ceiling(), reservation.amount);
        let refused = || EntitlementError::NotEntitled(ceiling.refusal().as_str());
        if ceiling.is_final {
            return Err(refused());
        }
        let of = (reservation.organization, &terms.feature);
        let limit = ceiling.limit.unwrap_or(MOST);
        let id = || self.machinery.ids.uuid_v7(now);
        if limit > 0 {
            if store::update_reserved(tx, id(), of, terms.period, (amount, limit), now).await? {
                return Ok(());
            }
            let lapsed = store::lock_lapsed_of(tx, of, now).await?;
            self.expire_in(tx, &lapsed, now).await?;
            let is_worth_it = !lapsed.is_empty();
            if is_worth_it && store::update_reserved(tx, id(), of, terms.period, (amount, limit), now).await?
            {
                return Ok(());
            }
        }
        let (used, reserved) = store::lock_counter(tx, id(), of, terms.period, now).await?;
        let taken = Usage {
            used,
            reserved,
            ..Usage::default()
        };
        let room = taken.room(limit).min(amount);
        let missing = amount.saturating_sub(room);
        reservation.taken = self.credits.take_in(tx, of, missing, now).await?;
        let covered: i64 = reservation.taken.iter().map(|taken| taken.amount).sum();
        if covered < missing {
            return Err(refused());
        }
        reservation.from_limit = room;
        if room > 0 && !store::update_reserved(tx, id(), of, terms.period, (room, limit), now).await? {
            return Err(refused());
        }
        Ok(())
    }

    /// Closes an open one that is held, and counts what came of it.
    async fn settle_in(
        &self,
        tx: &mut Tx,
        context: &RequestContext,
        reservation: &Reservation,
        closed: (ReservationStatus, Option<i64>),
        now: Timestamp,
    ) -> Result<(), EntitlementError> {
        if store::update_closed(tx, reservation.id, closed, now).await? == 0 {
            return Err(EntitlementError::ReservationClosed);
        }
        let amount = closed.1.unwrap_or_default();
        let of_plan = amount.min(reservation.from_limit);
        let of_credits = amount.saturating_sub(of_plan);
        let used = store::update_settled(tx, reservation, (of_plan, of_credits), now).await?;
        self.credits
            .give_back_in(tx, &reservation.taken, of_credits)
            .await?;
        let Some(used) = used.filter(|_| amount > 0) else {
            return Ok(());
        };
        let usage = NewUsage {
            feature: reservation.feature.clone(),
            amount,
            idempotency_key: reservation.id.to_string(),
            occurred_at: Some(now),
        };
        let organization = reservation.organization;
        self.meter.keep_in(tx, organization, &usage, now).await?;
        let features = [reservation.feature.clone()];
        let (_, terms) = self
            .entitlements
            .terms_in(tx, organization, &features, now)
            .await?;
        let is_present = |terms: &&Terms| terms.period.start == reservation.period_start;
        match terms.get(&reservation.feature).filter(is_present) {
            Some(terms) => {
                self.meter
                    .tell_in(tx, context, organization, terms, (used, now))
                    .await
            }
            None => Ok(()),
        }
    }

    async fn expire_in(&self, tx: &mut Tx, lapsed: &[Reservation], now: Timestamp) -> Result<(), DbError> {
        for reservation in lapsed {
            let closed = (ReservationStatus::Expired, None);
            if store::update_closed(tx, reservation.id, closed, now).await? == 1 {
                store::update_settled(tx, reservation, (0, 0), now).await?;
                self.credits.give_back_in(tx, &reservation.taken, 0).await?;
            }
        }
        Ok(())
    }
}

async fn lock(
    tx: &mut Tx,
    organization: OrganizationId,
    id: UsageReservationId,
    now: Timestamp,
) -> Result<Reservation, EntitlementError> {
    let found = store::lock(tx, organization, id).await?;
    let reservation = found.ok_or(EntitlementError::NotFound)?;
    Ok(reservation.seen_at(now))
}

fn closed_as(
    reservation: Reservation,
    (status, committed_amount): (ReservationStatus, Option<i64>),
    now: Timestamp,
) -> Reservation {
    Reservation {
        status,
        committed_amount,
        closed_at: Some(now),
        ..reservation
    }
}
