//! `/usage/reservations`.

use std::time::Duration;

use axum::extract::State;
use garde::Validate;
use kernel::permission::{CheckEntitlements, ReadOrganizations, WriteEntitlements, WriteUsage};
use kernel::{FeatureKey, FeaturePeriod, OrganizationId, Timestamp, UsageReservationId};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use web::{Api, ApiResult, Context, Created, Doc, EveryOrganization, Json, Path, Routes, Scope, Scoped};

use super::model::{NewReservation, Reservation, ReservationStatus};
use super::service::Reservations;
use crate::credit::model::LARGEST;
use crate::entitlement::routes::organization_of;
use crate::entitlement::service::Entitlements;

/// Who uses.
type Users = Scope<WriteUsage, WriteEntitlements, EveryOrganization>;

type Services = (Reservations, Entitlements);

/// The routes of reservations.
pub(crate) fn routes(reservations: Reservations, entitlements: Entitlements) -> Api {
    Routes::new("usage")
        .post(
            "/usage/reservations",
            reserve_usage,
            Doc::new(
                "Reserve usage",
                "Sets so much of a feature aside before it is used, of what the plan grants and then of credits. Of \
                 any number that are asked for at once, none goes beyond the limit: those that don't fit are refused \
                 with `not_entitled`. It is given back by itself when nobody commits or releases it in time.",
            ),
        )
        .get(
            "/usage/reservations/{reservationId}",
            get_usage_reservation,
            Doc::new(
                "Get a reservation",
                "Closed ones can be looked at for 30 days.",
            ),
        )
        .post(
            "/usage/reservations/{reservationId}/commit",
            commit_usage_reservation,
            Doc::new(
                "Commit a reservation",
                "Says how much was used in the end, up to what was reserved. The rest is given back. Saying the same \
                 again is harmless.",
            ),
        )
        .post(
            "/usage/reservations/{reservationId}/release",
            release_usage_reservation,
            Doc::new(
                "Release a reservation",
                "Gives all of it back. Doing so again is harmless.",
            ),
        )
        .with_state((reservations, entitlements))
}

/// What is to be set aside.
#[derive(Debug, Deserialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
struct ReserveUsage {
    /// For whom; a key's own organization when absent.
    #[garde(skip)]
    #[serde(rename = "organization_id")]
    _organization_id: Option<OrganizationId>,
    /// Of what.
    #[garde(skip)]
    feature: FeatureKey,
    /// How much; 1 when absent.
    #[serde(default = "one")]
    #[garde(range(min = 1, max = LARGEST))]
    #[schemars(extend("example" = 1))]
    amount: i64,
    /// For how many seconds, up to a day; 10 minutes when absent.
    #[serde(default = "ten_minutes")]
    #[garde(range(min = 1, max = 86_400))]
    #[schemars(extend("example" = 600))]
    expires_in: u32,
}

/// What was used in the end.
#[derive(Debug, Deserialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
struct CommitReservation {
    /// How much; all that was reserved when absent.
    #[garde(range(min = 0, max = LARGEST))]
    #[schemars(extend("example" = 1))]
    amount: Option<i64>,
}

const fn one() -> i64 {
    1
}

const fn ten_minutes() -> u32 {
    600
}

/// Which reservation.
#[derive(Debug, Deserialize, JsonSchema)]
struct ReservationPath {
    /// The reservation.
    #[serde(rename = "reservationId")]
    id: UsageReservationId,
}

/// So much of a feature that is set aside.
#[derive(Debug, Serialize, JsonSchema)]
struct UsageReservationBody {
    /// Its id.
    id: UsageReservationId,
    /// Whose it is.
    organization_id: OrganizationId,
    /// Of what.
    feature: FeatureKey,
    /// How much.
    #[schemars(extend("example" = 1))]
    amount: i64,
    /// How much of that is of credits.
    #[schemars(extend("example" = 0))]
    from_credits: i64,
    /// What became of it.
    status: ReservationStatus,
    /// How much was used in the end; null before.
    #[schemars(extend("example" = 1))]
    committed_amount: Option<i64>,
    /// In which kind of period it counts.
    period: FeaturePeriod,
    /// When that began.
    period_start: Timestamp,
    /// When it is given back by itself.
    expires_at: Timestamp,
    /// When it was made.
    created_at: Timestamp,
    /// When it was closed; null before.
    closed_at: Option<Timestamp>,
}

impl From<Reservation> for UsageReservationBody {
    fn from(reservation: Reservation) -> Self {
        Self {
            id: reservation.id,
            organization_id: reservation.organization,
            feature: reservation.feature,
            amount: reservation.amount,
            from_credits: reservation.amount.saturating_sub(reservation.from_limit),
            status: reservation.status,
            committed_amount: reservation.committed_amount,
            period: reservation.period,
            period_start: reservation.period_start,
            expires_at: reservation.expires_at,
            created_at: reservation.created_at,
            closed_at: reservation.closed_at,
        }
    }
}

async fn reserve_usage(
    State((reservations, entitlements)): State<Services>,
    scoped: Scoped<WriteUsage, WriteEntitlements, ReserveUsage, EveryOrganization>,
) -> ApiResult<Created<UsageReservationBody>> {
    let Scoped { scope, context, body } = scoped;
    let organization = organization_of(&entitlements, &scope, "/organization_id").await?;
    let wish = NewReservation {
        feature: body.feature,
        amount: body.amount,
        lasts: Duration::from_secs(body.expires_in.into()),
    };
    let reservation = reservations.reserve(&context, organization, wish).await?;
    let location = format!(
        "/usage/reservations/{}?organization_id={organization}",
        reservation.id
    );
    Ok(Created::at(location, reservation.into()))
}

async fn get_usage_reservation(
    State((reservations, entitlements)): State<Services>,
    scope: Scope<CheckEntitlements, ReadOrganizations, EveryOrganization>,
    Path(path): Path<ReservationPath>,
) -> ApiResult<Json<UsageReservationBody>> {
    let organization = organization_of(&entitlements, &scope, "organization_id").await?;
    Ok(Json(reservations.get(organization, path.id).await?.into()))
}

async fn commit_usage_reservation(
    State((reservations, entitlements)): State<Services>,
    scope: Users,
    Path(path): Path<ReservationPath>,
    context: Context,
    Json(body): Json<CommitReservation>,
) -> ApiResult<Json<UsageReservationBody>> {
    let organization = organization_of(&entitlements, &scope, "organization_id").await?;
    let committed = reservations.commit(&context, organization, path.id, body.amount);
    Ok(Json(committed.await?.into()))
}

async fn release_usage_reservation(
    State((reservations, entitlements)): State<Services>,
    scope: Users,
    Path(path): Path<ReservationPath>,
    context: Context,
) -> ApiResult<Json<UsageReservationBody>> {
    let organization = organization_of(&entitlements, &scope, "organization_id").await?;
    Ok(Json(
        reservations
            .release(&context, organization, path.id)
            .await?
            .into(),
    ))
}
