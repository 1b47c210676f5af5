//! `/disputes`: buyers who want their money back from the bank.

use axum::extract::State;
use garde::Validate;
use kernel::permission::{ReadPayments, ReadPlatformPayments};
use kernel::{Currency, DisputeId, OrganizationId, PaymentId, Timestamp};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use web::{Api, ApiResult, Doc, EveryOrganization, PageBody, Paging, Query, Routes, Scope};

use super::model::{Dispute, DisputeFilter, DisputeStatus};
use super::service::Disputes;

pub(crate) fn routes(disputes: Disputes) -> Api {
    Routes::new("payments")
        .get(
            "/disputes",
            list_disputes,
            Doc::new(
                "List disputes",
                "Those of an organization, for staff of all; the newest first. Evidence is given at the provider.",
            ),
        )
        .with_state(disputes)
}

/// Which disputes.
#[derive(Debug, Deserialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
struct DisputeQuery {
    /// Whose; a key's own organization when absent, and else, for staff, everybody's.
    #[garde(skip)]
    #[expect(dead_code, reason = "Scope reads it")]
    organization_id: Option<OrganizationId>,
    /// Only those about this payment.
    #[garde(skip)]
    payment_id: Option<PaymentId>,
    /// Only those that stand there.
    #[garde(skip)]
    status: Option<DisputeStatus>,
}

/// A dispute.
#[derive(Debug, Serialize, JsonSchema)]
struct DisputeBody {
    /// Its id.
    id: DisputeId,
    /// Whose payment it is about.
    organization_id: OrganizationId,
    /// The payment.
    payment_id: PaymentId,
    /// Through whom it was paid.
    #[schemars(extend("example" = "stripe"))]
    provider: String,
    /// How much is disputed, in the minor unit of the currency.
    #[schemars(extend("example" = 1999))]
    amount: i64,
    /// How much the provider has taken back by now, less what was returned.
    #[schemars(extend("example" = 1999))]
    amount_withdrawn: i64,
    /// Of what.
    currency: Currency,
    /// Where it stands.
    status: DisputeStatus,
    /// The bank's reason.
    #[schemars(extend("example" = "fraudulent"))]
    reason: Option<String>,
    /// Until when it can be answered.
    due_at: Option<Timestamp>,
    /// When we heard of it.
    created_at: Timestamp,
    /// When it changed last.
    updated_at: Timestamp,
}

async fn list_disputes(
    State(disputes): State<Disputes>,
    scope: Scope<ReadPayments, ReadPlatformPayments, EveryOrganization>,
    Query(query): Query<DisputeQuery>,
    paging: Paging,
) -> ApiResult<PageBody<DisputeBody>> {
    let filter = DisputeFilter {
        organization: scope.organization,
        payment: query.payment_id,
        status: query.status,
    };
    let page = disputes.list(filter, paging.request().clone()).await?;
    Ok(paging.page(page.map(DisputeBody::from)))
}

impl From<Dispute> for DisputeBody {
    fn from(dispute: Dispute) -> Self {
        Self {
            id: dispute.id,
            organization_id: dispute.organization,
            payment_id: dispute.payment,
            provider: dispute.provider,
            amount: dispute.amount,
            amount_withdrawn: dispute.withdrawn,
            currency: dispute.currency,
            status: dispute.status,
            reason: dispute.reason,
            due_at: dispute.due_at,
            created_at: dispute.created_at,
            updated_at: dispute.updated_at,
        }
    }
}
