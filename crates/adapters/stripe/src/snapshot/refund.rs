//! Money given back.

use ports::payments::{RefundSnapshot, RefundState};

use super::{Unreadable, at, money};
use crate::api::{self, Refund};

/// In our words.
pub(crate) fn refund(refund: &Refund) -> Result<RefundSnapshot, Unreadable> {
    let metadata = refund.metadata.as_ref();
    Ok(RefundSnapshot {
        id: Some(refund.id.clone()),
        reference: metadata.and_then(|metadata| metadata.get(api::REFUND)).cloned(),
        amount: money(refund.amount, &refund.currency)?,
        state: state(refund.status.as_deref()),
        created_at: at(refund.created),
    })
}

fn state(status: Option<&str>) -> RefundState {
    match status {
        Some("pending" | "requires_action") => RefundState::Pending,
        Some("succeeded") => RefundState::Succeeded,
        Some("failed") => RefundState::Failed,
        Some("canceled") => RefundState::Canceled,
        word => RefundState::Unknown(word.unwrap_or_default().to_owned()),
    }
}
