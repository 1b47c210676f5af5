//! How what a provider says moves a payment on. Nothing here reads or writes anything.
//!
//! A snapshot is the state at the provider at some moment, with amounts counted up until then, so any of them may be
//! missed, come twice or come late: what follows from the newest is the same. Once the money came nothing takes that
//! back; what is open follows the provider; what was given up or ran out waits for nothing but money.

use kernel::{Money, Timestamp};
use ports::payments::{PaymentSnapshot, PaymentState, RefundState};

use super::PaymentStatus;

/// Reasons of ours, beside the codes of providers.
pub(crate) mod reason {
    /// Another amount was paid than was asked for.
    pub(crate) const AMOUNT: &str = "amount_differs";
    /// Another currency was paid than was asked for.
    pub(crate) const CURRENCY: &str = "currency_differs";
    /// The provider says a word that is not known here.
    pub(crate) const UNKNOWN: &str = "unknown_status";
    /// The provider takes it for fraud, or the like.
    pub(crate) const SUSPICIOUS: &str = "suspicious";
    /// The same was paid a second time.
    pub(crate) const TWICE: &str = "paid_twice";
    /// The money came after it had been given up.
    pub(crate) const LATE: &str = "paid_late";
    /// Staff have looked, and do not take it.
    pub(crate) const REJECTED: &str = "rejected";
    /// Staff have looked, and take what was paid for what was asked for.
    pub(crate) const ACCEPTED: &str = "accepted";
    /// A dispute is in another currency than the payment.
    pub(crate) const DISPUTE: &str = "dispute_differs";
}

/// Where a payment stands, as far as a provider can move it. Amounts are in the minor unit of its currency.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Standing {
    pub(crate) status: PaymentStatus,
    /// The provider's code, or one of [`reason`].
    pub(crate) reason: Option<String>,
    pub(crate) paid: i64,
    pub(crate) refunded: i64,
    pub(crate) disputed: i64,
    pub(crate) tax: i64,
    pub(crate) fee: i64,
    pub(crate) paid_at: Option<Timestamp>,
}

/// What follows from a move, once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Effect {
    /// The money came, with what [`Standing`] says of it.
    Paid,
    /// The provider's fee is known, or another: the difference.
    Fee(i64),
    /// So much more was given back; or less, where it turned out that a refund did not work.
    Refunded(i64),
    /// It did not work.
    Failed(String),
    /// It was given up, or ran out.
    Closed,
    /// Somebody has to look.
    ReviewNeeded(&'static str),
}

/// A standing, and what follows from how it came about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Advance {
    pub(crate) standing: Standing,
    pub(crate) effects: Vec<Effect>,
}

impl Standing {
    /// Nobody has paid yet.
    pub(crate) const fn begun() -> Self {
        Self {
            status: PaymentStatus::Pending,
            reason: None,
            paid: 0,
            refunded: 0,
            disputed: 0,
            tax: 0,
            fee: 0,
            paid_at: None,
        }
    }

    /// Where it stands after the provider has said what is `seen`, where `asked` was asked for.
    pub(crate) fn advance(&self, asked: Money, seen: &PaymentSnapshot, now: Timestamp) -> Advance {
        if self.status.is_paid() {
            return self.settled(seen);
        }
        if self.is(PaymentStatus::NeedsReview, reason::TWICE) {
            return self.unmoved();
        }
        match &seen.state {
            PaymentState::Succeeded => self.succeeded(asked, seen, now),
            PaymentState::Suspicious { .. } => self.review(reason::SUSPICIOUS),
            PaymentState::Unknown(_) if !self.is_closed() => self.review(reason::UNKNOWN),
            _ if self.is_closed() => self.unmoved(),
            PaymentState::Open => self.moved(PaymentStatus::Pending, None, Vec::new()),
            PaymentState::RequiresAction => self.moved(PaymentStatus::RequiresAction, None, Vec::new()),
            PaymentState::Processing => self.moved(PaymentStatus::Processing, None, Vec::new()),
            PaymentState::Failed { code } => self.fail(code),
            PaymentState::Canceled => self.close(PaymentStatus::Canceled),
            PaymentState::Expired => self.close(PaymentStatus::Expired),
            PaymentState::Unknown(_) => self.unmoved(),
        }
    }

    /// It did not work, for this reason.
    pub(crate) fn fail(&self, code: &str) -> Advance {
        if self.is(PaymentStatus::Failed, code) {
            return self.unmoved();
        }
        let effects = vec![Effect::Failed(code.to_owned())];
        self.moved(PaymentStatus::Failed, Some(code), effects)
    }

    /// It was given up, or ran out.
    pub(crate) fn close(&self, status: PaymentStatus) -> Advance {
        let effects = if self.status == status {
            Vec::new()
        } else {
            vec![Effect::Closed]
        };
        self.moved(status, None, effects)
    }

    /// So much of it is disputed at this moment.
    pub(crate) fn with_disputed(&self, disputed: i64) -> Self {
        let mut standing = self.clone();
        standing.disputed = disputed;
        if standing.status.is_paid() {
            standing.status = standing.paid_status();
        }
        standing
    }

    /// The money is there, whatever was asked for: staff have looked, or the provider's bill is what counts.
    pub(crate) fn accepted(&self, seen: &PaymentSnapshot, now: Timestamp) -> Advance {
        let currency = seen.total.currency();
        let ours = |money: Money| (money.currency() == currency).then_some(money.minor());
        let mut standing = self.clone();
        standing.reason = None;
        standing.paid = seen.total.minor().max(0);
        standing.tax = seen.tax.and_then(ours).unwrap_or(0).clamp(0, standing.paid);
        standing.paid_at = Some(seen.paid_at.unwrap_or(now));
        standing.status = PaymentStatus::Succeeded;
        let mut advance = standing.settled(seen);
        advance.effects.insert(0, Effect::Paid);
        advance
    }

    fn succeeded(&self, asked: Money, seen: &PaymentSnapshot, now: Timestamp) -> Advance {
        let currency = asked.currency();
        if seen.amount.currency() != currency || seen.total.currency() != currency {
            return self.review(reason::CURRENCY);
        }
        // Taxes that a provider adds make the total larger than what was asked for, and nothing makes it smaller.
        if seen.amount != asked || seen.total.minor() < asked.minor() {
            return self.review(reason::AMOUNT);
        }
        let mut advance = self.accepted(seen, now);
        if self.is_closed() && !self.is(PaymentStatus::Failed, reason::REJECTED) {
            advance.standing.reason = Some(reason::LATE.to_owned());
        }
        advance
    }

    /// The money came before. What was given back of it counts, and what the provider keeps.
    fn settled(&self, seen: &PaymentSnapshot) -> Advance {
        let mut standing = self.clone();
        let mut effects = Vec::new();
        if let Some(fee) = seen.fee.filter(|fee| fee.currency() == seen.total.currency()) {
            standing.fee = fee.minor();
            if standing.fee != self.fee {
                effects.push(Effect::Fee(standing.fee - self.fee));
            }
        }
        standing.refunded = self.refunded_now(seen);
        if standing.refunded != self.refunded {
            effects.push(Effect::Refunded(standing.refunded - self.refunded));
        }
        let doubt = match &seen.state {
            PaymentState::Suspicious { .. } => Some(reason::SUSPICIOUS),
            PaymentState::Unknown(_) => Some(reason::UNKNOWN),
            _ => None,
        };
        let is_doubted = |known: &str| known == reason::SUSPICIOUS || known == reason::UNKNOWN;
        match doubt {
            Some(doubt) => {
                if standing.reason.as_deref() != Some(doubt) {
                    effects.push(Effect::ReviewNeeded(doubt));
                }
                standing.reason = Some(doubt.to_owned());
            }
            None => standing.reason = standing.reason.filter(|known| !is_doubted(known)),
        }
        standing.status = standing.paid_status();
        Advance { standing, effects }
    }

    /// What was given back, never more than was paid. It grows; it shrinks only where the provider lists a refund that
    /// did not work, for then money came back.
    fn refunded_now(&self, seen: &PaymentSnapshot) -> i64 {
        let said = seen.refunded.minor().clamp(0, self.paid);
        let is_undone = |state: &RefundState| matches!(state, RefundState::Failed | RefundState::Canceled);
        if seen.refunds.iter().any(|refund| is_undone(&refund.state)) {
            said
        } else {
            said.max(self.refunded)
        }
    }

    const fn paid_status(&self) -> PaymentStatus {
        if self.disputed > 0 {
            PaymentStatus::Disputed
        } else if self.refunded == 0 {
            PaymentStatus::Succeeded
        } else if self.refunded < self.paid {
            PaymentStatus::PartiallyRefunded
        } else {
            PaymentStatus::Refunded
        }
    }

    /// Given up, run out, or looked at by staff who do not take it.
    fn is_closed(&self) -> bool {
        matches!(self.status, PaymentStatus::Canceled | PaymentStatus::Expired)
            || self.is(PaymentStatus::Failed, reason::REJECTED)
    }

    /// What staff have rejected stays rejected for what they have seen.
    fn review(&self, why: &'static str) -> Advance {
        if self.is(PaymentStatus::NeedsReview, why) || self.is(PaymentStatus::Failed, reason::REJECTED) {
            return self.unmoved();
        }
        let effects = vec![Effect::ReviewNeeded(why)];
        self.moved(PaymentStatus::NeedsReview, Some(why), effects)
    }

    fn is(&self, status: PaymentStatus, reason: &str) -> bool {
        self.status == status && self.reason.as_deref() == Some(reason)
    }

    fn moved(&self, status: PaymentStatus, reason: Option<&str>, effects: Vec<Effect>) -> Advance {
        let mut standing = self.clone();
        standing.status = status;
        standing.reason = reason.map(str::to_owned);
        Advance { standing, effects }
    }

    fn unmoved(&self) -> Advance {
        Advance {
            standing: self.clone(),
            effects: Vec::new(),
        }
    }
}

#[cfg(test)]
mod tests;
