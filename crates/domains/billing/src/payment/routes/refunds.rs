//! What staff do about payments: giving money back, and settling what needs a person.

use axum::extract::State;
use garde::Validate;
use kernel::permission::{ReadPayments, ReadPlatformPayments, WritePlatformPayments};
use kernel::{Currency, OrganizationId, PaymentId, RefundId, Timestamp, UserId};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use web::{Api, ApiResult, Context, Created, Doc, EveryOrganization, Json, Operator, Path, Routes, Scope};

use super::bodies::{PaymentBody, PaymentPath};
use crate::payment::service::{Payments, RefundWish, Resolution};
use crate::refund::model::{Refund, RefundStatus};

pub(super) fn routes(payments: Payments) -> Api {
    const REFUNDS: &str = "/payments/{paymentId}/refunds";
    Routes::new("payments")
        .post(
            REFUNDS,
            create_refund,
            Doc::new(
                "Give money back",
                "All that is left of a payment, or a part of it. It is written down, and the provider asked in the \
                 background; listen to `payment.refunded` and `refund.failed`. What is disputed is not given back.",
            ),
        )
        .get(
            REFUNDS,
            list_refunds,
            Doc::new(
                "List the refunds of a payment",
                "Those asked for here, and those made at the provider; the oldest first, up to 1,000.",
            ),
        )
        .post(
            "/payments/{paymentId}/resolve",
            resolve_payment,
            Doc::new(
                "Settle a payment that needs a review",
                "Takes what the provider says was paid for what was asked for, or does not take it.",
            ),
        )
        .post(
            "/payments/{paymentId}/refunds/{refundId}/resolve",
            resolve_refund,
            Doc::new(
                "Settle a refund that needs a review",
                "After a look at the provider's console: it happened, or it did not. Nothing is asked or given back by this.",
            ),
        )
        .with_state(payments)
}

/// Which refund.
#[derive(Debug, Deserialize, JsonSchema)]
struct RefundPath {
    /// The payment.
    #[serde(rename = "paymentId")]
    payment: PaymentId,
    /// The refund.
    #[serde(rename = "refundId")]
    id: RefundId,
}

/// Money to be given back.
#[derive(Debug, Deserialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
struct CreateRefund {
    /// How much, in the minor unit of the payment's currency; all that is left when absent.
    #[garde(range(min = 1))]
    #[schemars(extend("example" = 500))]
    amount: Option<i64>,
    /// Why, for those who look at it later.
    #[garde(inner(length(chars, min = 1, max = 500)))]
    #[schemars(extend("example" = "Ordered twice."))]
    reason: Option<String>,
}

/// What staff decide.
#[derive(Debug, Deserialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
struct ResolvePayment {
    /// What becomes of it.
    #[garde(skip)]
    outcome: Resolution,
    /// Why; it is in the activity log.
    #[garde(length(chars, min = 1, max = 500))]
    #[schemars(extend("example" = "The bank took its fee from the transfer."))]
    reason: String,
}

/// A refund.
#[derive(Debug, Serialize, JsonSchema)]
struct RefundBody {
    /// Its id.
    id: RefundId,
    /// Who gets it.
    organization_id: OrganizationId,
    /// Of which payment.
    payment_id: PaymentId,
    /// How much, in the minor unit of the currency.
    #[schemars(extend("example" = 500))]
    amount: i64,
    /// Of what.
    currency: Currency,
    /// Where it stands.
    status: RefundStatus,
    /// Why it stands there: the provider's code.
    #[schemars(extend("example" = null))]
    status_reason: Option<String>,
    /// Why it was asked for.
    #[schemars(extend("example" = "Ordered twice."))]
    reason: Option<String>,
    /// Who asked for it; null where it was made at the provider.
    requested_by: Option<UserId>,
    /// When it was asked for, or heard of.
    created_at: Timestamp,
    /// When it changed last.
    updated_at: Timestamp,
}

/// The refunds of a payment.
#[derive(Debug, Serialize, JsonSchema)]
struct RefundsBody {
    /// All of them.
    data: Vec<RefundBody>,
}

async fn create_refund(
    State(payments): State<Payments>,
    _: Operator<WritePlatformPayments>,
    Path(path): Path<PaymentPath>,
    context: Context,
    Json(body): Json<CreateRefund>,
) -> ApiResult<Created<RefundBody>> {
    let wish = RefundWish {
        amount: body.amount,
        reason: body.reason,
    };
    let refund = payments.refund(&context, path.id, wish).await?;
    Ok(Created::at(
        format!("/payments/{}/refunds", path.id),
        refund.into(),
    ))
}

async fn list_refunds(
    State(payments): State<Payments>,
    scope: Scope<ReadPayments, ReadPlatformPayments, EveryOrganization>,
    Path(path): Path<PaymentPath>,
) -> ApiResult<Json<RefundsBody>> {
    let refunds = payments.list_refunds(scope.organization, path.id).await?;
    let data = refunds.into_iter().map(RefundBody::from).collect();
    Ok(Json(RefundsBody { data }))
}

async fn resolve_payment(
    State(payments): State<Payments>,
    _: Operator<WritePlatformPayments>,
    Path(path): Path<PaymentPath>,
    context: Context,
    Json(body): Json<ResolvePayment>,
) -> ApiResult<Json<PaymentBody>> {
    let decided = (body.outcome, body.reason);
    Ok(Json(payments.resolve(&context, path.id, decided).await?.into()))
}

async fn resolve_refund(
    State(payments): State<Payments>,
    _: Operator<WritePlatformPayments>,
    Path(path): Path<RefundPath>,
    context: Context,
    Json(body): Json<ResolvePayment>,
) -> ApiResult<Json<RefundBody>> {
    let which = (path.payment, path.id);
    let decided = (body.outcome, body.reason);
    Ok(Json(
        payments.resolve_refund(&context, which, decided).await?.into(),
    ))
}

impl From<Refund> for RefundBody {
    fn from(refund: Refund) -> Self {
        Self {
            id: refund.id,
            organization_id: refund.organization,
            payment_id: refund.payment,
            amount: refund.amount,
            currency: refund.currency,
            status: refund.status,
            status_reason: refund.status_reason,
            reason: refund.reason,
            requested_by: refund.requested_by,
            created_at: refund.created_at,
            updated_at: refund.updated_at,
        }
    }
}
