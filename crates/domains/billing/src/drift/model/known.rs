//! What is known of a payment, beside what a provider says.

use kernel::{Currency, PaymentId, Timestamp};
use ports::payments::{PaymentSnapshot, PaymentState};

/// A payment, as far as a provider can say the same.
#[derive(Debug, Clone)]
pub(crate) struct Known {
    pub(crate) id: PaymentId,
    pub(crate) provider_reference: Option<String>,
    pub(crate) status: String,
    pub(crate) currency: Currency,
    pub(crate) paid: i64,
    pub(crate) refunded: i64,
    pub(crate) synced_at: Option<Timestamp>,
}

impl Known {
    /// In what a provider contradicts us about money, in words; none where it does not. What somebody has to look at
    /// anyway is no news.
    pub(crate) fn difference(&self, told: &PaymentSnapshot) -> Option<String> {
        let is_other = matches!(
            (&self.provider_reference, &told.id),
            (Some(known), Some(told)) if known != told
        );
        if is_other || self.status == "needs_review" {
            return None;
        }
        let has_money = told.state == PaymentState::Succeeded;
        if has_money != self.is_paid() && !matches!(told.state, PaymentState::Suspicious { .. }) {
            let state = word(&told.state);
            return Some(format!("the provider says {state}, here it is {}", self.status));
        }
        if !has_money {
            return None;
        }
        if told.total.currency() != self.currency {
            let theirs = told.total.currency();
            return Some(format!(
                "it is in {theirs} at the provider, here in {}",
                self.currency
            ));
        }
        let (total, refunded) = (told.total.minor(), told.refunded.minor());
        if total != self.paid {
            return Some(format!("{total} were paid at the provider, {} here", self.paid));
        }
        let ours = self.refunded;
        (refunded != ours).then(|| format!("{refunded} were given back at the provider, {ours} here"))
    }

    fn is_paid(&self) -> bool {
        matches!(
            self.status.as_str(),
            "succeeded" | "refunded" | "partially_refunded" | "disputed"
        )
    }
}

/// A state, for people.
fn word(state: &PaymentState) -> &str {
    match state {
        PaymentState::Open => "open",
        PaymentState::RequiresAction => "requires_action",
        PaymentState::Processing => "processing",
        PaymentState::Succeeded => "succeeded",
        PaymentState::Failed { .. } => "failed",
        PaymentState::Canceled => "canceled",
        PaymentState::Expired => "expired",
        PaymentState::Suspicious { .. } => "suspicious",
        PaymentState::Unknown(word) => word,
    }
}
