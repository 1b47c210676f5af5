//! The lists: what happened in an organization, and what happened anywhere.

use std::net::IpAddr;

use axum::extract::State;
use garde::Validate;
use kernel::event::Outcome;
use kernel::id::{ActivityId, AnyId};
use kernel::permission::{ReadAudit, ReadPlatformAudit};
use kernel::{Actor, OrganizationId, Timestamp, UserId};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use web::{Api, ApiResult, Doc, Operator, PageBody, Paging, Query, Routes, Tenant};

use crate::model::Listed;
use crate::model::{ActivityFilter, ActorFilter};
use crate::service::ActivityLog;

/// The routes of the activity log.
pub fn routes(log: ActivityLog) -> Api {
    Routes::new("activity")
        .about("Who did what, when and from where.")
        .get(
            "/organizations/{orgId}/activity",
            list_organization_activity,
            Doc::new(
                "List what happened in an organization",
                "The latest first. Every change is here, and every refusal that security wants to know of.",
            ),
        )
        .get(
            "/activity-logs",
            list_activity_logs,
            Doc::new(
                "List what happened anywhere",
                "The latest first, over all organizations and the platform itself. For staff of the platform.",
            ),
        )
        .with_state(log)
}

async fn list_organization_activity(
    State(log): State<ActivityLog>,
    tenant: Tenant<ReadAudit>,
    Query(query): Query<ActivityQuery>,
    paging: Paging,
) -> ApiResult<PageBody<ActivityLogBody>> {
    let page = log
        .list_of_organization(tenant.organization, query.into(), paging.request().clone())
        .await?;
    Ok(paging.page(page.map(ActivityLogBody::from)))
}

async fn list_activity_logs(
    State(log): State<ActivityLog>,
    _: Operator<ReadPlatformAudit>,
    Query(query): Query<ActivityQuery>,
    paging: Paging,
) -> ApiResult<PageBody<ActivityLogBody>> {
    let page = log.list(query.into(), paging.request().clone()).await?;
    Ok(paging.page(page.map(ActivityLogBody::from)))
}

/// Which entries are asked for.
#[derive(Debug, Deserialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
struct ActivityQuery {
    /// Only what this one did: the id of a user or of an API key, `system` or `anonymous`.
    #[garde(skip)]
    actor: Option<ActorFilter>,
    /// Only this action.
    #[garde(length(min = 1, max = 100))]
    #[schemars(example = "member.joined")]
    action: Option<String>,
    /// Only what happened to this: an id of any kind.
    #[garde(skip)]
    target: Option<AnyId>,
    /// Only at this moment or later.
    #[garde(skip)]
    since: Option<Timestamp>,
    /// Only before this moment.
    #[garde(skip)]
    until: Option<Timestamp>,
    /// Only from this address.
    #[garde(skip)]
    ip: Option<IpAddr>,
}

impl From<ActivityQuery> for ActivityFilter {
    fn from(query: ActivityQuery) -> Self {
        Self {
            actor: query.actor,
            action: query.action,
            target: query.target,
            since: query.since,
            until: query.until,
            ip: query.ip,
        }
    }
}

/// Something that happened.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct ActivityLogBody {
    /// The entry.
    id: ActivityId,
    /// Where it happened; null when it concerns the platform.
    organization_id: Option<OrganizationId>,
    /// Who acted.
    actor: ActorBody,
    /// The person in whose name staff acted, when it did.
    on_behalf_of: Option<UserId>,
    /// What happened.
    #[schemars(example = "member.joined")]
    action: String,
    /// What it happened to.
    target: Option<TargetBody>,
    /// Whether it came about.
    outcome: OutcomeBody,
    /// What else there is to know; which fields depends on the action.
    #[schemars(with = "std::collections::BTreeMap<String, serde_json::Value>")]
    data: serde_json::Value,
    /// The caller's address.
    #[schemars(example = "192.0.2.1")]
    ip: Option<String>,
    /// The caller's program.
    #[schemars(example = "Mozilla/5.0 (X11; Linux x86_64)")]
    user_agent: Option<String>,
    /// The request that caused it.
    #[schemars(example = &"01k9q3v8x4f0r9y7t2m5n6p8w1")]
    request_id: Option<String>,
    /// When it happened.
    occurred_at: Timestamp,
}

/// Who acted.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct ActorBody {
    /// What it is.
    kind: ActorKind,
    /// Its id; null when it has none.
    #[schemars(example = &"usr_01k9q3v8x4f0r9y7t2m5n6p8w1")]
    id: Option<String>,
    /// The name of a user, as it is now.
    #[schemars(example = "Ada Lovelace")]
    name: Option<String>,
}

#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
enum ActorKind {
    User,
    ApiKey,
    System,
    Anonymous,
}

#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
enum OutcomeBody {
    Success,
    Failure,
}

/// What something happened to.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct TargetBody {
    /// What it is.
    #[schemars(example = &"user")]
    kind: String,
    /// Its id.
    #[schemars(example = &"usr_01k9q3v8x4f0r9y7t2m5n6p8w1")]
    id: String,
}

impl From<Listed> for ActivityLogBody {
    fn from(listed: Listed) -> Self {
        let Listed { activity, actor_name } = listed;
        Self {
            id: activity.id,
            organization_id: activity.organization,
            actor: ActorBody::of(activity.actor, actor_name),
            on_behalf_of: activity.on_behalf_of,
            action: activity.action,
            target: activity.target.map(|target| TargetBody {
                id: target.text(),
                kind: target.kind,
            }),
            outcome: match activity.outcome {
                Outcome::Success => OutcomeBody::Success,
                Outcome::Failure => OutcomeBody::Failure,
            },
            data: activity.data,
            ip: activity.ip,
            user_agent: activity.user_agent,
            request_id: activity.request_id,
            occurred_at: activity.occurred_at,
        }
    }
}

impl ActorBody {
    fn of(actor: Actor, name: Option<String>) -> Self {
        let (kind, id) = match actor {
            Actor::User(id) => (ActorKind::User, Some(id.to_string())),
            Actor::ApiKey(id) => (ActorKind::ApiKey, Some(id.to_string())),
            Actor::System => (ActorKind::System, None),
            Actor::Anonymous => (ActorKind::Anonymous, None),
        };
        Self { kind, id, name }
    }
}
