//! A change of address and what it still waits for.

use kernel::id::EmailChangeId;
use kernel::{EmailAddress, Secret, Timestamp, UserId};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::user::model::User;

/// A change of address.
#[derive(Debug, Clone)]
pub struct EmailChange {
    /// Its id.
    pub id: EmailChangeId,
    /// Whose address.
    pub user_id: UserId,
    /// The address when it was asked for.
    pub old_email: EmailAddress,
    /// The address that it is to be.
    pub new_email: EmailAddress,
    /// When the owner of the old mailbox agreed.
    pub old_confirmed_at: Option<Timestamp>,
    /// When the owner of the new mailbox agreed.
    pub new_confirmed_at: Option<Timestamp>,
    /// When it was asked for.
    pub created_at: Timestamp,
    /// Until when both have to agree.
    pub expires_at: Timestamp,
    /// When it came about.
    pub completed_at: Option<Timestamp>,
    /// When it was dropped.
    pub cancelled_at: Option<Timestamp>,
    /// When it was taken back.
    pub undone_at: Option<Timestamp>,
}

/// Whose mailbox a link was in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Mailbox {
    /// That of the old address.
    Old,
    /// That of the new address.
    New,
}

/// What came of a confirmation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Confirmed {
    /// The account has the new address.
    Changed,
    /// The owner of this mailbox has to agree as well.
    WaitsFor(Mailbox),
}

/// What a person asks for who wants another address.
#[derive(Debug, Clone)]
pub struct NewAddress {
    /// The address.
    pub email: EmailAddress,
    /// The password, where the client asks for it anew.
    pub password: Option<Secret<String>>,
}

impl EmailChange {
    /// Whether it can still come about.
    pub fn is_pending(&self, now: Timestamp) -> bool {
        self.completed_at.is_none() && self.cancelled_at.is_none() && now < self.expires_at
    }

    /// Whether it came about and still stands.
    pub fn can_be_undone(&self) -> bool {
        self.completed_at.is_some() && self.undone_at.is_none()
    }

    /// Takes note that the owner of a mailbox agrees.
    pub fn confirm(&mut self, mailbox: Mailbox, now: Timestamp) {
        let confirmed_at = match mailbox {
            Mailbox::Old => &mut self.old_confirmed_at,
            Mailbox::New => &mut self.new_confirmed_at,
        };
        confirmed_at.get_or_insert(now);
    }

    /// The mailbox whose owner has not agreed yet. An old address that nobody has shown to be theirs has no
    /// say: it may be a stranger's.
    pub fn waits_for(&self, user: &User) -> Option<Mailbox> {
        if self.new_confirmed_at.is_none() {
            Some(Mailbox::New)
        } else if self.old_confirmed_at.is_none() && user.is_verified() {
            Some(Mailbox::Old)
        } else {
            None
        }
    }
}
