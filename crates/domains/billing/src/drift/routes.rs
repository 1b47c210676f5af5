//! `/payments/drifts`, for staff.

use axum::extract::State;
use garde::Validate;
use kernel::permission::{ReadPlatformPayments, WritePlatformPayments};
use kernel::{PaymentDriftId, Timestamp, UserId};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use web::{Api, ApiResult, Context, Doc, NoContent, Operator, PageBody, Paging, Path, Query, Routes};

use super::model::{Drift, DriftKind, DriftStatus};
use super::service::Drifts;

pub(crate) fn routes(drifts: Drifts) -> Api {
    Routes::new("payments")
        .get(
            "/payments/drifts",
            list_payment_drifts,
            Doc::new(
                "List what does not agree",
                "Where a provider says something else than this server after it was asked again, and where the books \
                 don't agree with themselves; the newest first. Nothing of it is mended by itself.",
            ),
        )
        .post(
            "/payments/drifts/{paymentDriftId}/resolve",
            resolve_payment_drift,
            Doc::new(
                "Settle what did not agree",
                "Somebody has looked and done what was to be done. Should it still be there, it is found again.",
            ),
        )
        .with_state(drifts)
}

/// Which drift.
#[derive(Debug, Deserialize, JsonSchema)]
struct PaymentDriftPath {
    /// The drift.
    #[serde(rename = "paymentDriftId")]
    id: PaymentDriftId,
}

/// Which drifts are asked for.
#[derive(Debug, Deserialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
struct PaymentDriftsQuery {
    /// Only those that are open, or only those that were settled.
    #[garde(skip)]
    status: Option<DriftStatus>,
}

/// Something that does not agree.
#[derive(Debug, Serialize, JsonSchema)]
struct PaymentDriftBody {
    /// Its id.
    id: PaymentDriftId,
    /// What is wrong.
    kind: DriftKind,
    /// The provider that says something else; null where it is about the books alone.
    provider: Option<String>,
    /// The account there.
    provider_account: Option<String>,
    /// What it is about: a payment, a transfer, a day with its account and currency, or the provider's id of something.
    #[schemars(extend("example" = "pay_01k9q3v8x4f0r9y7t2m5n6p8w1"))]
    subject: String,
    /// What differs.
    #[schemars(extend("example" = "500 were given back at the provider, 0 here"))]
    detail: String,
    /// When it was first found.
    found_at: Timestamp,
    /// When it was last found.
    seen_at: Timestamp,
    /// When somebody settled it.
    resolved_at: Option<Timestamp>,
    /// Who did.
    resolved_by: Option<UserId>,
}

impl From<Drift> for PaymentDriftBody {
    fn from(drift: Drift) -> Self {
        Self {
            id: drift.id,
            kind: drift.kind,
            provider: drift.provider,
            provider_account: drift.account,
            subject: drift.subject,
            detail: drift.detail,
            found_at: drift.found_at,
            seen_at: drift.seen_at,
            resolved_at: drift.resolved_at,
            resolved_by: drift.resolved_by,
        }
    }
}

async fn list_payment_drifts(
    State(drifts): State<Drifts>,
    _: Operator<ReadPlatformPayments>,
    Query(query): Query<PaymentDriftsQuery>,
    paging: Paging,
) -> ApiResult<PageBody<PaymentDriftBody>> {
    let page = drifts.list(query.status, paging.request().clone()).await?;
    Ok(paging.page(page.map(PaymentDriftBody::from)))
}

async fn resolve_payment_drift(
    State(drifts): State<Drifts>,
    operator: Operator<WritePlatformPayments>,
    Path(path): Path<PaymentDriftPath>,
    context: Context,
) -> ApiResult<NoContent> {
    drifts.resolve(&context, path.id, operator.principal.user).await?;
    Ok(NoContent)
}
