//! How often strangers may cause mail. It is counted by the address that is asked for, be there an account
//! or not, so that the refusal tells nothing.

use std::time::Duration;

use db::Tx;
use guard::{Limit, Limits};
use kernel::{EmailAddress, RequestContext, Timestamp};

use crate::error::IdentityError;
use crate::network;

const TO_ADDRESS_AT_ONCE: Limit = Limit {
    name: "mail_to_address_at_once",
    max: 1,
    window: Duration::from_mins(1),
};
const TO_ADDRESS: Limit = Limit {
    name: "mail_to_address",
    max: 3,
    window: Duration::from_hours(1),
};
const FROM_NETWORK: Limit = Limit {
    name: "mail_from_network",
    max: 30,
    window: Duration::from_hours(1),
};

/// Counts one mail to `email`, or says when the next may be asked for. Nothing stays counted when the
/// transaction fails, so a request that is repeated after a lost answer is not held against its caller.
pub(crate) async fn admit_in(
    tx: &mut Tx,
    limits: &Limits,
    context: &RequestContext,
    email: &EmailAddress,
    now: Timestamp,
) -> Result<(), IdentityError> {
    let network = network::of(context);
    for (limit, subject) in [
        (&TO_ADDRESS_AT_ONCE, email.normalized()),
        (&TO_ADDRESS, email.normalized()),
        (&FROM_NETWORK, &network),
    ] {
        limits.hit_in(tx, limit, subject, now).await?.require(now)?;
    }
    Ok(())
}
