//! Where payments stand, as it is told.

use std::time::Duration;

use ports::payments::ObjectKind;

use crate::model::event::Fact;
use crate::model::payment::{Payment, PaymentStatus};

/// How long money takes that does not come at once.
pub(super) const SLOW: Duration = Duration::from_mins(1);

/// What is told about where a payment stands.
pub(super) fn stands(payment: &Payment) -> Fact {
    let event_type = match payment.status {
        PaymentStatus::RequiresAction => "payment.requires_action",
        PaymentStatus::Processing => "payment.processing",
        PaymentStatus::Succeeded => "payment.succeeded",
        PaymentStatus::Failed => "payment.failed",
        PaymentStatus::Canceled => "payment.canceled",
    };
    Fact::of(
        event_type,
        ObjectKind::Payment,
        &payment.id,
        payment.reference.as_deref(),
    )
}
