//! What is granted and what is used, read together. Whether there is an organization is read from `organizations`,
//! which is another domain's.

use db::{DbError, Executor, FromRow, Row, args};
use kernel::{FeatureGrant, FeatureKey, OrganizationId, SubscriptionId, Timestamp};
use serde_json::{Value, json};

use super::model::period::Period;
use super::model::plan::{Grant, Subscription};
use super::model::verdict::{Flagged, Overridden, Usage, is_rolled_out};
use crate::sold::model::Subscribed;

impl FromRow for Grant {
    fn from_row(row: &mut Row<'_>) -> Result<Self, DbError> {
        let id: Option<SubscriptionId> = row.column()?;
        let status: Option<String> = row.column()?;
        let quantity = row.column()?;
        let facts = (
            row.column()?,
            row.column()?,
            row.column()?,
            row.column()?,
            row.column()?,
        );
        let pause_mode: Option<String> = row.column()?;
        let status = status.map(|status| status.parse()).transpose();
        let status = status.map_err(DbError::internal)?;
        let subscription = id.zip(status).map(|(id, status)| Subscription {
            id,
            quantity,
            facts: Subscribed {
                status,
                current_period_start: facts.0,
                current_period_end: facts.1,
                trial_end: facts.2,
                cancel_at: facts.3,
                past_due_since: facts.4,
                pause_mode: pause_mode.and_then(|mode| mode.parse().ok()),
            },
        });
        let feature: Option<String> = row.column()?;
        let (limit, is_per_seat): (_, Option<bool>) = (row.column()?, row.column()?);
        let period: Option<String> = row.column()?;
        let feature = match (feature, period) {
            (Some(feature), Some(period)) => Some((
                feature.parse().map_err(DbError::internal)?,
                FeatureGrant {
                    limit,
                    is_per_seat: is_per_seat.unwrap_or_default(),
                    period: period.parse().map_err(DbError::internal)?,
                },
            )),
            _ => None,
        };
        Ok(Self {
            subscription,
            feature,
        })
    }
}

/// What is known about a feature besides plans.
pub(super) struct Known {
    pub(super) feature: FeatureKey,
    pub(super) overridden: Option<Overridden>,
    pub(super) flag: Option<Flag>,
    pub(super) usage: Usage,
}

/// A flag as it concerns an organization.
pub(super) struct Flag {
    is_enabled: bool,
    percent: i64,
    is_listed: bool,
    is_sold: bool,
}

impl Flag {
    pub(super) fn of(&self, feature: &FeatureKey, organization: OrganizationId) -> Flagged {
        let is_reached = self.is_listed || is_rolled_out(feature, organization, self.percent);
        Flagged {
            is_on: self.is_enabled && is_reached,
            is_sold: self.is_sold,
        }
    }
}

impl FromRow for Known {
    fn from_row(row: &mut Row<'_>) -> Result<Self, DbError> {
        let feature = row.parsed()?;
        let (is_overridden, limit): (Option<bool>, _) = (row.column()?, row.column()?);
        let period: Option<String> = row.column()?;
        let period = period.map(|period| period.parse()).transpose();
        let period = period.map_err(DbError::internal)?;
        let (is_flagged, percent): (Option<bool>, Option<i64>) = (row.column()?, row.column()?);
        let (is_listed, is_sold) = (row.column()?, row.column()?);
        let counted = |number: Option<i64>| number.unwrap_or_default();
        let (used, credited, reserved) = (row.column()?, row.column()?, row.column()?);
        let (lapsed, credits) = (row.column()?, row.column()?);
        Ok(Self {
            feature,
            overridden: is_overridden.map(|is_enabled| Overridden {
                is_enabled,
                limit,
                period,
            }),
            flag: is_flagged.map(|is_enabled| Flag {
                is_enabled,
                percent: percent.unwrap_or_default(),
                is_listed,
                is_sold,
            }),
            usage: Usage {
                used: counted(used),
                credited: counted(credited),
                // Nobody has taken them back yet, but they are over.
                reserved: counted(reserved).saturating_sub(counted(lapsed)).max(0),
                credits: counted(credits),
            },
        })
    }
}

/// What subscriptions that may be good for something grant of `features`, and what the plan of those who have none
/// does. A subscription that grants nothing of them is among them without a feature.
pub(super) async fn list_grants(
    db: &mut impl Executor,
    organization: OrganizationId,
    features: &[FeatureKey],
    default_plan: Option<&str>,
) -> Result<Vec<Grant>, DbError> {
    db.fetch_all(
        "SELECT s.id, s.status, s.quantity, s.current_period_start, s.current_period_end, s.trial_end, s.cancel_at,
                s.past_due_since, s.pause_mode, f.feature, f.usage_limit, f.is_per_seat, f.period
         FROM entitlement_subscriptions s
         LEFT JOIN entitlement_plan_features f ON f.plan_id = s.plan_id AND f.feature {in_texts:$2}
         WHERE s.organization_id = $1 AND s.status IN ('active', 'trialing', 'past_due', 'paused')
         UNION ALL
         SELECT NULL, NULL, 1, NULL, NULL, NULL, NULL, NULL, NULL, f.feature, f.usage_limit, f.is_per_seat, f.period
         FROM entitlement_plans p
         JOIN entitlement_plan_features f ON f.plan_id = p.id AND f.feature {in_texts:$2}
         WHERE p.key = $3",
        args![organization, json!(features), default_plan],
    )
    .await
}

/// The same of all features.
pub(super) async fn list_all_grants(
    db: &mut impl Executor,
    organization: OrganizationId,
    default_plan: Option<&str>,
) -> Result<Vec<Grant>, DbError> {
    db.fetch_all(
        "SELECT s.id, s.status, s.quantity, s.current_period_start, s.current_period_end, s.trial_end, s.cancel_at,
                s.past_due_since, s.pause_mode, f.feature, f.usage_limit, f.is_per_seat, f.period
         FROM entitlement_subscriptions s
         LEFT JOIN entitlement_plan_features f ON f.plan_id = s.plan_id
         WHERE s.organization_id = $1 AND s.status IN ('active', 'trialing', 'past_due', 'paused')
         UNION ALL
         SELECT NULL, NULL, 1, NULL, NULL, NULL, NULL, NULL, NULL, f.feature, f.usage_limit, f.is_per_seat, f.period
         FROM entitlement_plans p
         JOIN entitlement_plan_features f ON f.plan_id = p.id
         WHERE p.key = $2",
        args![organization, default_plan],
    )
    .await
}

/// Features that staff decided about for the organization or for all, and those that it has credits of.
pub(super) async fn list_other_features(
    db: &mut impl Executor,
    organization: OrganizationId,
    now: Timestamp,
) -> Result<Vec<String>, DbError> {
    db.fetch_all(
        "SELECT feature FROM entitlement_overrides WHERE organization_id = $1
         UNION
         SELECT feature FROM entitlement_flags
         UNION
         SELECT feature FROM usage_credits
         WHERE organization_id = $1 AND remaining > 0 AND (expires_at IS NULL OR expires_at > $2)",
        args![organization, now],
    )
    .await
}

/// A feature, and when it is counted in each kind of period.
pub(super) struct Asked<'a> {
    pub(super) feature: &'a FeatureKey,
    pub(super) period: Period,
    pub(super) starts: [Period; 4],
}

/// Everything about features besides plans. What staff decided also decides which counter counts.
pub(super) async fn list_known(
    db: &mut impl Executor,
    organization: OrganizationId,
    asked: &[Asked<'_>],
    now: Timestamp,
) -> Result<Vec<Known>, DbError> {
    let asked: Vec<Value> = asked.iter().map(Asked::to_json).collect();
    db.fetch_all(
        "SELECT each.value->>'feature', o.is_enabled, o.usage_limit, o.period, g.is_enabled, g.rollout_percent,
                EXISTS (SELECT 1 FROM entitlement_flag_organizations l
                        WHERE l.feature = g.feature AND l.organization_id = $1),
                EXISTS (SELECT 1 FROM entitlement_plan_features f WHERE f.feature = g.feature),
                c.used, c.credited, c.reserved,
                (SELECT CAST(sum(r.from_limit) AS bigint) FROM usage_reservations r
                 WHERE r.organization_id = $1 AND r.feature = c.feature AND r.period = c.period
                    AND r.period_start = c.period_start AND r.status = 'open' AND r.expires_at <= $3),
                (SELECT CAST(sum(k.remaining) AS bigint) FROM usage_credits k
                 WHERE k.organization_id = $1 AND k.feature = each.value->>'feature' AND k.remaining > 0
                    AND (k.expires_at IS NULL OR k.expires_at > $3))
         FROM {each:$2}
         LEFT JOIN entitlement_overrides o ON o.organization_id = $1 AND o.feature = each.value->>'feature'
            AND (o.expires_at IS NULL OR o.expires_at > $3)
         LEFT JOIN entitlement_flags g ON g.feature = each.value->>'feature'
         LEFT JOIN usage_counters c ON c.organization_id = $1 AND c.feature = each.value->>'feature'
            AND c.period = coalesce(o.period, each.value->>'period')
            AND c.period_start = (each.value->>coalesce(o.period, each.value->>'period')){timestamptz}",
        args![organization, Value::from(asked), now],
    )
    .await
}

impl Asked<'_> {
    fn to_json(&self) -> Value {
        let starts = self.starts.iter();
        let starts = starts.map(|period| (period.kind.as_str(), json!(period.start.to_micros_text())));
        let asked = [
            ("feature", json!(self.feature)),
            ("period", json!(self.period.kind)),
        ];
        let asked = asked.into_iter().chain(starts);
        asked.map(|(name, value)| (name.to_owned(), value)).collect()
    }
}

/// Whether there is such an organization.
pub(super) async fn find_organization(
    db: &mut impl Executor,
    organization: OrganizationId,
) -> Result<Option<OrganizationId>, DbError> {
    db.fetch_optional("SELECT id FROM organizations WHERE id = $1", args![organization])
        .await
}
