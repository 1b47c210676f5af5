//! The statements of mail.

mod attachment;
mod attempt;
mod captured;
mod change;
mod event;
mod message;
mod retention;
mod suppression;

use db::{Args, DbError, args};
use kernel::{PageRequest, Timestamp};

pub(crate) use attachment::{delete_unneeded_attachments, insert_attachment, list_attachments};
pub(crate) use attempt::{update_answered, update_captured, update_for_attempt, update_suppressed};
pub(crate) use captured::{find_captured, find_published, list_captured};
pub(crate) use change::{
    find_latest_to, find_reported, lock_for_retry, update_cancelled, update_for_retry, update_reported,
};
pub(crate) use event::{insert_event_once, insert_events, list_events};
pub(crate) use message::{find, insert_all, list};
pub(crate) use retention::delete_old;
pub(crate) use suppression::{
    delete_suppression, delete_unsubscribed, find_suppressed, find_suppression, find_suppression_of,
    insert_suppression, list_of, list_suppressed, list_suppressions,
};

fn after(page: &PageRequest) -> Result<Option<Args>, DbError> {
    let Some(position) = &page.after else {
        return Ok(None);
    };
    let created_at: Timestamp = position.key.parse().map_err(DbError::internal)?;
    Ok(Some(args![created_at, position.id]))
}
