//! What is sent and answered about subscriptions.

use std::collections::BTreeMap;

use garde::Validate;
use kernel::{Currency, EmailAddress, OrganizationId, PlanId, PriceId, SubscriptionId, Timestamp, UserId};
use ports::payments::{ChangePreview, Proration};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::subscription::model::{
    CancelTime, ChangeWish, PauseKind, Status, Subscription, SubscriptionFilter, SubscriptionWish,
};

/// A subscription to be started.
#[derive(Debug, Deserialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
pub(super) struct StartSubscription {
    /// Who subscribes; a key's own organization when absent.
    #[serde(default)]
    #[garde(skip)]
    #[expect(dead_code, reason = "read by the extractor before the rest of the body")]
    organization_id: Option<OrganizationId>,
    /// At which price.
    #[garde(skip)]
    price_id: PriceId,
    /// Through whom.
    #[garde(length(bytes, min = 1, max = 64))]
    #[schemars(extend("example" = "stripe"))]
    provider: String,
    /// How many, where the provider has quantities; 1 when absent.
    #[garde(inner(range(min = 1, max = 100_000)))]
    #[schemars(extend("example" = 5))]
    quantity: Option<u32>,
    /// Whether there are to be as many as the organization has members, from now on.
    #[serde(default)]
    #[garde(skip)]
    quantity_follows_members: bool,
    /// Whether it begins with the plan's days that cost nothing. When absent: if there are any, the provider can, and the
    /// organization has not tried the plan before.
    #[garde(skip)]
    trial: Option<bool>,
    /// Where the buyer comes back to, with https; the server's own address when absent.
    #[garde(skip)]
    #[schemars(extend("example" = "https://app.example.com/subscribed"))]
    success_url: Option<String>,
    /// Where a buyer comes back to who did not pay; the server's own address when absent.
    #[garde(skip)]
    #[schemars(extend("example" = "https://app.example.com/plans"))]
    cancel_url: Option<String>,
    /// Where receipts go. Some providers ask the buyer, others want to know it: Flutterwave does.
    #[garde(skip)]
    customer_email: Option<EmailAddress>,
    /// What you want to remember: up to 20 keys of 40 characters, with values of 500. The provider sees it too.
    #[serde(default)]
    #[garde(skip)]
    #[schemars(extend("example" = { "order": "2026-0031" }))]
    metadata: BTreeMap<String, String>,
}

/// Another price or quantity.
#[derive(Debug, Deserialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
pub(super) struct ChangeSubscription {
    /// Whose it is; a key's own organization when absent.
    #[serde(default)]
    #[garde(skip)]
    #[expect(dead_code, reason = "read by the extractor before the rest of the body")]
    organization_id: Option<OrganizationId>,
    /// At which price from now on.
    #[garde(skip)]
    price_id: Option<PriceId>,
    /// How many from now on.
    #[garde(inner(range(min = 1, max = 100_000)))]
    #[schemars(extend("example" = 5))]
    quantity: Option<u32>,
    /// How the rest of the period is settled; with the next invoice when absent, if the provider can.
    #[garde(skip)]
    proration: Option<ProrationChoice>,
}

/// How the rest of the period is settled.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
enum ProrationChoice {
    /// With the next invoice.
    NextInvoice,
    /// At once.
    Now,
    /// Not at all.
    None,
}

/// When it ends.
#[derive(Debug, Deserialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
pub(super) struct CancelSubscription {
    /// Whose it is; a key's own organization when absent.
    #[serde(default)]
    #[garde(skip)]
    #[expect(dead_code, reason = "read by the extractor before the rest of the body")]
    organization_id: Option<OrganizationId>,
    /// With the period that is paid for, or now. Nothing is paid back by that.
    #[garde(skip)]
    pub(super) at: CancelTime,
}

/// Whose it is.
#[derive(Debug, Deserialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
pub(super) struct ResumeSubscription {
    /// Whose it is; a key's own organization when absent.
    #[serde(default)]
    #[garde(skip)]
    #[expect(dead_code, reason = "read by the extractor before the rest of the body")]
    organization_id: Option<OrganizationId>,
}

/// How it is paused.
#[derive(Debug, Deserialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
pub(super) struct PauseSubscription {
    /// Whose it is; a key's own organization when absent.
    #[serde(default)]
    #[garde(skip)]
    #[expect(dead_code, reason = "read by the extractor before the rest of the body")]
    organization_id: Option<OrganizationId>,
    /// Whether the service goes on.
    #[garde(skip)]
    pub(super) mode: PauseKind,
    /// When the pause ends by itself; when somebody resumes it, if absent.
    #[garde(skip)]
    pub(super) resumes_at: Option<Timestamp>,
}

/// A page for customers at the provider.
#[derive(Debug, Deserialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
pub(super) struct OpenBillingPortal {
    /// Whose it is; a key's own organization when absent.
    #[serde(default)]
    #[garde(skip)]
    #[expect(dead_code, reason = "read by the extractor before the rest of the body")]
    organization_id: Option<OrganizationId>,
    /// At which provider; where the organization subscribed last, when absent.
    #[garde(inner(length(bytes, min = 1, max = 64)))]
    #[schemars(extend("example" = "stripe"))]
    pub(super) provider: Option<String>,
    /// Where the customer comes back to, with https; the server's own address when absent.
    #[garde(skip)]
    #[schemars(extend("example" = "https://app.example.com/billing"))]
    pub(super) return_url: Option<String>,
}

/// Where the page is.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct BillingPortalBody {
    /// Its address. Send the customer there now; it is not kept.
    #[schemars(extend("example" = "https://billing.stripe.com/p/session/test_YWNjdF8x"))]
    url: String,
}

impl BillingPortalBody {
    pub(super) fn at(url: &url::Url) -> Self {
        Self { url: url.to_string() }
    }
}

/// Which subscriptions.
#[derive(Debug, Deserialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
pub(super) struct SubscriptionQuery {
    /// Whose; a key's own organization when absent, and else, for staff, everybody's.
    #[garde(skip)]
    #[expect(dead_code, reason = "Scope reads it")]
    organization_id: Option<OrganizationId>,
    /// Only those that stand there.
    #[garde(skip)]
    status: Option<Status>,
    /// Only those to this plan.
    #[garde(skip)]
    plan_id: Option<PlanId>,
}

/// Something that an organization pays for again and again.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct SubscriptionBody {
    /// Its id.
    id: SubscriptionId,
    /// Whose.
    organization_id: OrganizationId,
    /// To which plan.
    plan_id: PlanId,
    /// At which price.
    price_id: PriceId,
    /// Through whom it is paid.
    #[schemars(extend("example" = "stripe"))]
    provider: String,
    /// Where it stands.
    status: Status,
    /// Why, where that needs to be said: `unknown_price`, `subscribed_twice`, `refused` and the like.
    #[schemars(extend("example" = null))]
    status_reason: Option<String>,
    /// How many.
    #[schemars(extend("example" = 5))]
    quantity: u32,
    /// Whether there are as many as the organization has members.
    quantity_follows_members: bool,
    /// A price that was asked for, and that the provider has not confirmed.
    pending_price_id: Option<PriceId>,
    /// A quantity that was asked for, and that the provider has not confirmed.
    #[schemars(extend("example" = null))]
    pending_quantity: Option<u32>,
    /// When the present period began.
    current_period_start: Option<Timestamp>,
    /// When it ends.
    current_period_end: Option<Timestamp>,
    /// When the days end that cost nothing.
    trial_end: Option<Timestamp>,
    /// When it will end.
    cancel_at: Option<Timestamp>,
    /// When it was canceled.
    canceled_at: Option<Timestamp>,
    /// When it was over.
    ended_at: Option<Timestamp>,
    /// Since when a payment is missing.
    past_due_since: Option<Timestamp>,
    /// While it is paused: whether the service goes on.
    pause_mode: Option<PauseKind>,
    /// When the pause ends by itself.
    resumes_at: Option<Timestamp>,
    /// Where it is paid for the first time, while nobody has.
    checkout_url: Option<String>,
    /// When that page is closed.
    expires_at: Option<Timestamp>,
    /// Where receipts go.
    #[schemars(extend("example" = "ada@example.com"))]
    customer_email: Option<String>,
    /// What whoever started it wants to remember.
    #[schemars(extend("example" = { "order": "2026-0031" }))]
    metadata: BTreeMap<String, String>,
    /// Who started it.
    created_by: Option<UserId>,
    /// When it was started.
    created_at: Timestamp,
    /// When it changed last.
    updated_at: Timestamp,
}

/// What a change would cost.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct SubscriptionChangeBody {
    /// What the next invoice would say in all, in the minor unit of the currency; negative where money is left over.
    #[schemars(extend("example" = 2499))]
    total: i64,
    /// The part that settles the rest of the period.
    #[schemars(extend("example" = 500))]
    prorated: i64,
    /// Of what.
    currency: Currency,
}

impl StartSubscription {
    pub(super) fn wish(self, organization: OrganizationId) -> SubscriptionWish {
        SubscriptionWish {
            organization,
            price: self.price_id,
            provider: self.provider,
            quantity: self.quantity,
            follows_members: self.quantity_follows_members,
            trial: self.trial,
            success_url: self.success_url,
            cancel_url: self.cancel_url,
            customer_email: self.customer_email,
            metadata: self.metadata,
        }
    }
}

impl ChangeSubscription {
    pub(super) fn wish(&self) -> ChangeWish {
        ChangeWish {
            price: self.price_id,
            quantity: self.quantity,
            proration: self.proration.map(Into::into),
        }
    }
}

impl From<ProrationChoice> for Proration {
    fn from(choice: ProrationChoice) -> Self {
        match choice {
            ProrationChoice::NextInvoice => Self::NextInvoice,
            ProrationChoice::Now => Self::Now,
            ProrationChoice::None => Self::None,
        }
    }
}

impl SubscriptionQuery {
    pub(super) fn filter(&self, organization: Option<OrganizationId>) -> SubscriptionFilter {
        SubscriptionFilter {
            organization,
            status: self.status,
            plan: self.plan_id,
        }
    }
}

impl From<Subscription> for SubscriptionBody {
    fn from(subscription: Subscription) -> Self {
        let (state, checkout) = (subscription.state, subscription.checkout);
        let is_open = state.status == Status::Incomplete;
        Self {
            id: subscription.id,
            organization_id: subscription.organization,
            plan_id: state.plan,
            price_id: state.price,
            provider: subscription.provider,
            status: state.status,
            status_reason: state.reason,
            quantity: state.quantity,
            quantity_follows_members: subscription.follows_members,
            pending_price_id: state.pending_price,
            pending_quantity: state.pending_quantity,
            current_period_start: state.current_period_start,
            current_period_end: state.current_period_end,
            trial_end: state.trial_end,
            cancel_at: state.cancel_at,
            canceled_at: state.canceled_at,
            ended_at: state.ended_at,
            past_due_since: state.past_due_since,
            pause_mode: state.pause.map(|pause| pause.mode),
            resumes_at: state.pause.and_then(|pause| pause.resumes_at),
            checkout_url: checkout.url.filter(|_| is_open),
            expires_at: checkout.expires_at.filter(|_| is_open),
            customer_email: state.customer_email,
            metadata: subscription.metadata,
            created_by: subscription.created_by,
            created_at: subscription.created_at,
            updated_at: subscription.updated_at,
        }
    }
}

impl From<ChangePreview> for SubscriptionChangeBody {
    fn from(preview: ChangePreview) -> Self {
        Self {
            total: preview.total.minor(),
            prorated: preview.prorated.minor(),
            currency: preview.total.currency(),
        }
    }
}
