//! Counting what was used.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use db::{DbError, ReadTx, Tx};
use kernel::event::entitlement::UsageLimitReached;
use kernel::{
    FeatureKey, FeaturePeriod, OrganizationId, Page, PageRequest, Position, RequestContext, Timestamp,
};

use super::model::{AHEAD, Counter, LATEST, NewUsage, RecordedStatus, RecordedUsage, UsageEvent};
use super::store;
use crate::credit::service::Credits;
use crate::entitlement::model::period::{Paid, Period};
use crate::entitlement::model::verdict::Terms;
use crate::entitlement::service::Entitlements;
use crate::error::EntitlementError;
use crate::machinery::Machinery;

/// How long events are kept, and with them what is known to have been counted: 13 months.
const KEPT: Duration = Duration::from_hours(396 * 24);

/// Counts what is used. Cheap to clone.
#[derive(Clone)]
pub struct Meter {
    machinery: Machinery,
    entitlements: Entitlements,
    credits: Credits,
}

impl Meter {
    /// A meter that works with `machinery`.
    pub(crate) const fn new(machinery: Machinery, entitlements: Entitlements, credits: Credits) -> Self {
        Self {
            machinery,
            entitlements,
            credits,
        }
    }

    /// Counts what was used, all of it or nothing, each key once. It has happened, so that limits don't refuse it.
    pub async fn record(
        &self,
        context: &RequestContext,
        organization: OrganizationId,
        usage: Vec<NewUsage>,
    ) -> Result<Vec<RecordedUsage>, EntitlementError> {
        let (this, context, now) = (self.clone(), context.clone(), self.machinery.clock.now());
        let work = async move |tx: &mut Tx| {
            let record = async |tx: &mut Tx| this.record_in(tx, &context, organization, &usage, now).await;
            this.machinery.idempotency.once(tx, &context, now, record).await
        };
        self.machinery.db.write(work).await
    }

    /// What was used in which period, the newest first.
    pub async fn list(
        &self,
        organization: OrganizationId,
        feature: Option<FeatureKey>,
        page: PageRequest,
    ) -> Result<Page<Counter>, EntitlementError> {
        let work = async move |tx: &mut ReadTx| {
            let rows = store::list_counters(tx, organization, feature.as_ref(), &page).await?;
            Ok(Page::from_fetched(rows, &page, |row| Position {
                key: row.period_start.to_micros_text(),
                id: row.id,
            }))
        };
        self.machinery.db.read(work).await
    }

    /// What was counted, the newest first.
    pub async fn list_events(
        &self,
        organization: OrganizationId,
        feature: Option<FeatureKey>,
        page: PageRequest,
    ) -> Result<Page<UsageEvent>, EntitlementError> {
        let work = async move |tx: &mut ReadTx| {
            let rows = store::list_events(tx, organization, feature.as_ref(), &page).await?;
            Ok(Page::from_fetched(rows, &page, |row| Position {
                key: row.recorded_at.to_micros_text(),
                id: row.id,
            }))
        };
        self.machinery.db.read(work).await
    }

    /// Deletes events that are no longer kept.
    pub(crate) async fn delete_old(&self) -> Result<(), DbError> {
        let before = self.machinery.clock.now().minus(KEPT);
        let delete = async move |tx: &mut Tx, most| store::delete_events_before(tx, before, most).await;
        self.machinery.db.delete_in_batches(delete).await
    }

    /// Deletes everything of an organization that is gone.
    pub(crate) async fn forget(&self, organization: OrganizationId) -> Result<(), DbError> {
        let db = &self.machinery.db;
        db.delete_in_batches(async move |tx: &mut Tx, most| {
            store::delete_events_of(tx, organization, most).await
        })
        .await?;
        db.delete_in_batches(async move |tx: &mut Tx, most| {
            store::delete_counters_of(tx, organization, most).await
        })
        .await
    }

    async fn record_in(
        &self,
        tx: &mut Tx,
        context: &RequestContext,
        organization: OrganizationId,
        usage: &[NewUsage],
        now: Timestamp,
    ) -> Result<Vec<RecordedUsage>, EntitlementError> {
        let features: BTreeSet<FeatureKey> = usage.iter().map(|one| one.feature.clone()).collect();
        let features: Vec<_> = features.into_iter().collect();
        let (_, terms) = self
            .entitlements
            .terms_in(tx, organization, &features, now)
            .await?;
        check(usage, &terms, now)?;
        // Always in the same order, so that no two wait for one another.
        let mut events: Vec<_> = usage.iter().map(|one| self.event_of(one, now)).collect();
        events.sort_by(|one, other| name_of(one).cmp(&name_of(other)));
        let new = store::insert_events(tx, organization, &events).await?;
        let mut new: BTreeSet<(String, String)> = new.into_iter().collect();
        let earlier = earlier_periods(tx, organization, usage, &terms, now).await?;
        let (mut answers, mut sums) = (
            Vec::new(),
            BTreeMap::<(FeatureKey, Timestamp), (Period, i64)>::new(),
        );
        for one in usage {
            let name = (one.feature.as_str().to_owned(), one.idempotency_key.clone());
            let is_new = new.remove(&name);
            if let Some(terms) = terms.get(&one.feature).filter(|_| is_new) {
                let period = period_of(terms, one, &earlier, now);
                let sum = sums
                    .entry((one.feature.clone(), period.start))
                    .or_insert((period, 0));
                sum.1 = sum.1.saturating_add(one.amount);
            }
            answers.push(RecordedUsage {
                feature: one.feature.clone(),
                idempotency_key: one.idempotency_key.clone(),
                status: if is_new {
                    RecordedStatus::Recorded
                } else {
                    RecordedStatus::Duplicate
                },
            });
        }
        for ((feature, _), (period, amount)) in sums {
            if let Some(terms) = terms.get(&feature) {
                self.count_in(tx, context, organization, terms, (period, amount, now))
                    .await?;
            }
        }
        Ok(answers)
    }

    fn event_of(&self, usage: &NewUsage, now: Timestamp) -> UsageEvent {
        UsageEvent {
            id: self.machinery.ids.uuid_v7(now),
            feature: usage.feature.clone(),
            idempotency_key: usage.idempotency_key.clone(),
            amount: usage.amount,
            occurred_at: usage.occurred_at.unwrap_or(now),
            recorded_at: now,
        }
    }

    /// Counts, lets credits cover what goes beyond the limit, and tells when that is reached.
    async fn count_in(
        &self,
        tx: &mut Tx,
        context: &RequestContext,
        organization: OrganizationId,
        terms: &Terms,
        (period, amount, now): (Period, i64, Timestamp),
    ) -> Result<(), EntitlementError> {
        let of = (organization, &terms.feature);
        let id = self.machinery.ids.uuid_v7(now);
        let counted = store::add(tx, id, of, period, amount, now).await?;
        let ceiling = terms.ceiling();
        let Some(limit) = ceiling
            .limit
            .filter(|_| amount > 0 && period.start == terms.period.start)
        else {
            return Ok(());
        };
        let before = counted.used.saturating_sub(amount);
        let beyond = counted.used.saturating_sub(limit.max(before)).max(0);
        let mut used = counted.used;
        if beyond > 0 && !ceiling.is_final {
            let taken = self.credits.take_in(tx, of, beyond, now).await?;
            let covered = taken.iter().map(|taken| taken.amount).sum();
            if covered > 0 {
                store::update_credited(tx, of, period, covered).await?;
                used = used.saturating_sub(covered);
            }
        }
        if counted.has_told {
            return Ok(());
        }
        self.tell_in(tx, context, organization, terms, (used, now)).await
    }

    /// Tells once in a period that the limit is reached.
    pub(crate) async fn tell_in(
        &self,
        tx: &mut Tx,
        context: &RequestContext,
        organization: OrganizationId,
        terms: &Terms,
        (used, now): (i64, Timestamp),
    ) -> Result<(), EntitlementError> {
        let limit = terms.ceiling().limit.filter(|limit| *limit > 0 && used >= *limit);
        let Some(limit) = limit else {
            return Ok(());
        };
        let of = (organization, &terms.feature);
        if store::update_limit_reached(tx, of, terms.period, now).await? == 0 {
            return Ok(());
        }
        let event = UsageLimitReached {
            organization_id: organization,
            feature: terms.feature.clone(),
            limit,
            used,
            period_start: terms.period.start,
            resets_at: terms.period.resets_at(now),
        };
        Ok(self.machinery.events.publish(tx, context, &event).await?)
    }

    /// Keeps what a reservation came to among what was counted.
    pub(crate) async fn keep_in(
        &self,
        tx: &mut Tx,
        organization: OrganizationId,
        usage: &NewUsage,
        now: Timestamp,
    ) -> Result<(), DbError> {
        let event = self.event_of(usage, now);
        store::insert_events(tx, organization, &[event]).await.map(drop)
    }
}

/// Paid periods that events may belong to which are told late, by feature, the newest first; nothing is asked where
/// none is late.
async fn earlier_periods(
    tx: &mut Tx,
    organization: OrganizationId,
    usage: &[NewUsage],
    terms: &BTreeMap<FeatureKey, Terms>,
    now: Timestamp,
) -> Result<Vec<(String, Paid)>, DbError> {
    let is_late = |one: &&NewUsage| {
        let present = terms.get(&one.feature).map(|terms| terms.period);
        present.is_some_and(|present| {
            present.kind == FeaturePeriod::Billing
                && one.occurred_at.is_some_and(|moment| moment < present.start)
        })
    };
    let late: BTreeSet<_> = usage.iter().filter(is_late).map(|one| &one.feature).collect();
    if late.is_empty() {
        return Ok(Vec::new());
    }
    let late: Vec<_> = late.into_iter().collect();
    let known = store::list_paid_periods(tx, organization, &late, now.minus(LATEST)).await?;
    let periods = known.into_iter();
    Ok(periods
        .map(|(feature, start, end)| (feature, Paid { start, end }))
        .collect())
}

/// The period in which it was used. A paid period that is over is known from what was counted in it; where nothing
/// was, the present one has to do.
fn period_of(terms: &Terms, usage: &NewUsage, earlier: &[(String, Paid)], now: Timestamp) -> Period {
    let present = terms.period;
    let moment = usage.occurred_at.unwrap_or(now).min(now);
    if moment >= present.start || present.kind == FeaturePeriod::Lifetime {
        return present;
    }
    if present.kind != FeaturePeriod::Billing {
        return Period::at(present.kind, None, moment);
    }
    let was_in = |(feature, paid): &&(String, Paid)| {
        feature == terms.feature.as_str() && paid.start <= moment && paid.end.is_none_or(|end| moment < end)
    };
    let paid = earlier.iter().find(was_in).map(|(_, paid)| *paid);
    paid.map_or(present, |paid| {
        Period::at(FeaturePeriod::Billing, Some(paid), now)
    })
}

fn name_of(event: &UsageEvent) -> (&FeatureKey, &str) {
    (&event.feature, &event.idempotency_key)
}

/// Only what is kept can be no longer kept, and only the near past can be told.
fn check(
    usage: &[NewUsage],
    terms: &BTreeMap<FeatureKey, Terms>,
    now: Timestamp,
) -> Result<(), EntitlementError> {
    for (place, one) in usage.iter().enumerate() {
        let kind = terms.get(&one.feature).map(|terms| terms.period.kind);
        if one.amount < 0 && kind != Some(FeaturePeriod::Lifetime) {
            let detail = "only what is counted for its lifetime can become less";
            return Err(EntitlementError::field(
                format!("/events/{place}/amount"),
                "too_small",
                detail,
            ));
        }
        let is_near = |moment: Timestamp| moment <= now.plus(AHEAD) && moment >= now.minus(LATEST);
        if !one.occurred_at.is_none_or(is_near) {
            let detail = "a moment within the last 35 days is expected";
            return Err(EntitlementError::field(
                format!("/events/{place}/occurred_at"),
                "out_of_range",
                detail,
            ));
        }
    }
    Ok(())
}
