//! Payments as they are asked for, and as they are shown.

use garde::Validate;
use kernel::{
    Currency, EmailAddress, Money, OrganizationId, PaymentId, PriceId, SubscriptionId, Timestamp, UserId,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::error::BillingError;
use crate::payment::model::order::{Metadata, PaymentWish, Subject};
use crate::payment::model::{Payment, PaymentFilter, PaymentKind, PaymentStatus};

/// A payment to be started.
#[derive(Debug, Deserialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
pub(super) struct StartPayment {
    /// Who pays.
    #[garde(skip)]
    organization_id: OrganizationId,
    /// How much, in the minor unit of the currency: 1999 of USD are $19.99, 1999 of JPY are ¥1999. Unless there is a
    /// `price_id`, amount and currency are needed.
    #[garde(range(min = 1, max = 999_999_999_999_i64))]
    #[schemars(extend("example" = 1999))]
    amount: Option<i64>,
    /// Of what.
    #[garde(skip)]
    currency: Option<Currency>,
    /// A price that is paid once, instead of an amount.
    #[garde(skip)]
    #[schemars(extend("example" = null))]
    price_id: Option<PriceId>,
    /// How many of that; 1 when absent.
    #[garde(range(min = 1, max = 10_000))]
    #[schemars(extend("example" = 1))]
    quantity: Option<u32>,
    /// What the buyer reads; the product's name when absent. One line of up to 500 characters.
    #[garde(skip)]
    #[schemars(extend("example" = "100 credits"))]
    description: Option<String>,
    /// Where the buyer comes back to, with https; the server's own address when absent.
    #[garde(skip)]
    #[schemars(extend("example" = "https://app.example.com/paid"))]
    success_url: Option<String>,
    /// Where a buyer comes back to who did not pay; the server's own address when absent.
    #[garde(skip)]
    #[schemars(extend("example" = "https://app.example.com/not-paid"))]
    cancel_url: Option<String>,
    /// Where receipts go. Some providers ask the buyer, others want to know it: Flutterwave does.
    #[garde(skip)]
    customer_email: Option<EmailAddress>,
    /// What you want to remember: up to 20 keys of 40 characters, with values of 500. The provider sees it too.
    #[serde(default)]
    #[garde(skip)]
    #[schemars(extend("example" = { "order": "2026-0031" }))]
    metadata: Metadata,
}

/// Which payment.
#[derive(Debug, Deserialize, JsonSchema)]
pub(crate) struct PaymentPath {
    /// The payment.
    #[serde(rename = "paymentId")]
    pub(crate) id: PaymentId,
}

/// Which payments.
#[derive(Debug, Deserialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
pub(super) struct PaymentQuery {
    /// Whose; a key's own organization when absent, and else, for staff, everybody's.
    #[garde(skip)]
    #[expect(dead_code, reason = "Scope reads it")]
    organization_id: Option<OrganizationId>,
    /// Only those that stand there.
    #[garde(skip)]
    status: Option<PaymentStatus>,
    /// Only those through this provider.
    #[garde(inner(length(chars, min = 1, max = 50)))]
    provider: Option<String>,
    /// Only those of this kind.
    #[garde(skip)]
    kind: Option<PaymentKind>,
    /// Only those that were started then or later.
    #[garde(skip)]
    created_after: Option<Timestamp>,
    /// Only those that were started before then.
    #[garde(skip)]
    created_before: Option<Timestamp>,
}

/// A payment.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct PaymentBody {
    /// Its id.
    id: PaymentId,
    /// Who pays.
    organization_id: OrganizationId,
    /// Through whom.
    #[schemars(extend("example" = "stripe"))]
    provider: String,
    /// Why.
    kind: PaymentKind,
    /// What was asked for, in the minor unit of the currency.
    #[schemars(extend("example" = 1999))]
    amount: i64,
    /// What was paid in all, with taxes that the provider adds.
    #[schemars(extend("example" = 1999))]
    amount_paid: i64,
    /// What was given back until now.
    #[schemars(extend("example" = 0))]
    amount_refunded: i64,
    /// What the buyer wants back from the bank.
    #[schemars(extend("example" = 0))]
    amount_disputed: i64,
    /// The taxes in what was paid, where the provider adds and pays them.
    #[schemars(extend("example" = 0))]
    tax_amount: i64,
    /// Of what.
    currency: Currency,
    /// Where it stands.
    status: PaymentStatus,
    /// Why it stands there: the provider's code, or `amount_differs`, `paid_twice`, `paid_late` and the like.
    #[schemars(extend("example" = null))]
    status_reason: Option<String>,
    /// What the buyer reads.
    #[schemars(extend("example" = "100 credits"))]
    description: Option<String>,
    /// Where the buyer pays.
    checkout_url: Option<String>,
    /// When that page is closed.
    expires_at: Option<Timestamp>,
    /// Where receipts go.
    customer_email: Option<String>,
    /// The subscription that it is for.
    subscription_id: Option<SubscriptionId>,
    /// The price that it is for.
    price_id: Option<PriceId>,
    /// How many of that.
    #[schemars(extend("example" = 1))]
    quantity: i64,
    /// What whoever started it wants to remember.
    #[schemars(extend("example" = { "order": "2026-0031" }))]
    metadata: serde_json::Value,
    /// Who started it.
    created_by: Option<UserId>,
    /// When the buyer paid.
    paid_at: Option<Timestamp>,
    /// When it was started.
    created_at: Timestamp,
    /// When it changed last.
    updated_at: Timestamp,
}

impl StartPayment {
    pub(super) fn into_wish(self) -> Result<PaymentWish, BillingError> {
        let subject = self.subject()?;
        Ok(PaymentWish {
            organization: self.organization_id,
            subject,
            description: self.description,
            success_url: self.success_url,
            cancel_url: self.cancel_url,
            customer_email: self.customer_email,
            metadata: self.metadata,
        })
    }

    /// The one or the other.
    fn subject(&self) -> Result<Subject, BillingError> {
        let needed = |pointer: &'static str| {
            BillingError::field(
                pointer,
                "required",
                "amount and currency, or a price_id, are needed",
            )
        };
        let Some(price) = self.price_id else {
            if self.quantity.is_some() {
                let detail = "a quantity is of a price; leave it out, or name the price";
                return Err(BillingError::field("/quantity", "one_of", detail));
            }
            let amount = self.amount.ok_or_else(|| needed("/amount"))?;
            let currency = self.currency.ok_or_else(|| needed("/currency"))?;
            return Ok(Subject::Amount(Money::new(amount, currency)));
        };
        if self.amount.is_some() || self.currency.is_some() {
            let detail = "the price says what it costs; leave one of them out";
            return Err(BillingError::field("/price_id", "one_of", detail));
        }
        Ok(Subject::Price {
            price,
            quantity: self.quantity.unwrap_or(1),
        })
    }
}

impl PaymentQuery {
    pub(super) fn into_filter(self, organization: Option<OrganizationId>) -> PaymentFilter {
        PaymentFilter {
            organization,
            status: self.status,
            provider: self.provider,
            kind: self.kind,
            created_after: self.created_after,
            created_before: self.created_before,
        }
    }
}

impl From<Payment> for PaymentBody {
    fn from(payment: Payment) -> Self {
        let standing = payment.standing;
        Self {
            id: payment.id,
            organization_id: payment.organization,
            provider: payment.provider,
            kind: payment.kind,
            amount: payment.amount,
            amount_paid: standing.paid,
            amount_refunded: standing.refunded,
            amount_disputed: standing.disputed,
            tax_amount: standing.tax,
            currency: payment.currency,
            status: standing.status,
            status_reason: standing.reason,
            description: payment.description,
            checkout_url: payment.checkout_url,
            expires_at: payment.expires_at,
            customer_email: payment.customer_email,
            subscription_id: payment.subscription,
            price_id: payment.price,
            quantity: payment.quantity,
            metadata: payment.metadata,
            created_by: payment.created_by,
            paid_at: standing.paid_at,
            created_at: payment.created_at,
            updated_at: payment.updated_at,
        }
    }
}
