//! Buyers who want money back from the bank.

use kernel::Money;
use ports::payments::{DisputeSnapshot, DisputeState};

use super::{Unreadable, at, money};
use crate::api::{self, Dispute};

/// In our words; `payment` is the payment of the disputed charge where the dispute does not name it.
pub(crate) fn dispute(dispute: &Dispute, payment: Option<String>) -> Result<DisputeSnapshot, Unreadable> {
    Ok(DisputeSnapshot {
        id: dispute.id.clone(),
        payment: api::id_of(dispute.payment_intent.as_ref()).or(payment),
        amount: money(dispute.amount, &dispute.currency)?,
        withdrawn: withdrawn(dispute)?,
        state: state(&dispute.status),
        reason: dispute.reason.clone(),
        due_at: at(dispute
            .evidence_details
            .as_ref()
            .and_then(|details| details.due_by)),
        created_at: at(dispute.created),
    })
}

/// What was taken out of the account's balance, less what was put back. The balance may be in another currency than
/// the dispute; then it was all of the amount, or nothing.
fn withdrawn(dispute: &Dispute) -> Result<Money, Unreadable> {
    let none = money(0, &dispute.currency)?;
    let transactions = &dispute.balance_transactions;
    let is_same = transactions
        .iter()
        .all(|transaction| transaction.currency == dispute.currency);
    if is_same {
        let taken = transactions
            .iter()
            .try_fold(0_i64, |sum, transaction| sum.checked_sub(transaction.amount));
        let taken = taken.ok_or(Unreadable::Missing("a dispute", "amounts that can be counted"))?;
        return Ok(if taken > 0 {
            money(taken, &dispute.currency)?
        } else {
            none
        });
    }
    let is_taken = transactions.iter().any(|transaction| transaction.amount < 0);
    let is_returned = transactions.iter().any(|transaction| transaction.amount > 0);
    if is_taken && !is_returned {
        return money(dispute.amount, &dispute.currency);
    }
    Ok(none)
}

fn state(status: &str) -> DisputeState {
    match status {
        "needs_response" | "warning_needs_response" | "appeal_needs_response" => DisputeState::NeedsResponse,
        "under_review" | "warning_under_review" | "appeal_under_review" => DisputeState::UnderReview,
        "won" => DisputeState::Won,
        "lost" => DisputeState::Lost,
        "warning_closed" | "prevented" => DisputeState::Closed,
        word => DisputeState::Unknown(word.to_owned()),
    }
}
