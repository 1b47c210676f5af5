//! From Stripe's JSON to our words.

mod dispute;
mod invoice;
mod payment;
mod refund;
mod subscription;

use kernel::{Money, Timestamp};
use ports::payments::PaymentSnapshot;

use crate::amount::{self, AmountError};
use crate::api::CheckoutSession;

pub(crate) use dispute::dispute;
pub(crate) use invoice::{Link, invoice, preview};
pub(crate) use payment::payment;
pub(crate) use refund::refund;
pub(crate) use subscription::{behavior, subscription};

/// Why an answer of Stripe's can't be told in our words.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Unreadable {
    #[error("Stripe answers {0} without {1}")]
    Missing(&'static str, &'static str),
    #[error("Stripe answers an amount that can't be counted: {0}")]
    Amount(#[from] AmountError),
    #[error("Stripe answers a list that is longer than can be read: {0}")]
    TooLong(&'static str),
}

/// The payment of a page; what is known of the payment itself comes with it, once there is one.
pub(crate) fn checkout(
    session: &CheckoutSession,
    paid: Option<PaymentSnapshot>,
) -> Result<PaymentSnapshot, Unreadable> {
    payment::of_checkout(session, paid)
}

fn money(amount: i64, currency: &str) -> Result<Money, Unreadable> {
    Ok(amount::from_wire(amount, currency)?)
}

/// Stripe's times are seconds since 1970; those that no calendar holds are left out.
fn at(seconds: Option<i64>) -> Option<Timestamp> {
    seconds.and_then(Timestamp::from_unix_seconds)
}
