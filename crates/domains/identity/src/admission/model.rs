//! Newcomers, those who are let in, and addresses that staff admit.

mod challenge;

use kernel::{AdmissionId, EmailAddress, Locale, Secret, Timestamp, UserId};
use serde::{Deserialize, Serialize};

use crate::invite::OpenInvite;

#[cfg(test)]
pub(crate) use challenge::solve;
pub use challenge::{Challenge, Solution};
pub(crate) use challenge::{Challenges, Work};

/// Somebody who wants an account.
#[derive(Debug, Clone)]
pub struct Newcomer {
    /// The address that it is to have.
    pub email: EmailAddress,
    /// How they come.
    pub way: Way,
    /// The token of an invite that brought them here.
    pub invite_token: Option<Secret<String>>,
}

/// How a newcomer comes.
#[derive(Debug, Clone)]
pub enum Way {
    /// With a password of their own; the address is anybody's until a mail was read.
    Password(Approach),
    /// With an account elsewhere, whose provider has shown that the address is theirs.
    Social,
}

/// What was looked at before the transaction of a sign-up: the caller was counted, and their work is good.
#[derive(Debug, Clone)]
pub struct Approach {
    pub(in crate::admission) work: Option<Work>,
}

/// An address that may have an account. Nothing else makes one.
#[derive(Debug, Clone)]
pub struct Admitted {
    email: EmailAddress,
    ground: Ground,
}

/// Why an address may have an account.
#[derive(Debug, Clone, Copy)]
enum Ground {
    Gate(Option<OpenInvite>),
    Vouched(Voucher),
}

/// Who vouches for a person who did not come through the gate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Voucher {
    /// A member of staff, who makes the account.
    Staff,
    /// The operator, by a command or by the link of the first start.
    Operator,
    /// An import from another system.
    Import,
}

impl Admitted {
    /// Of the gate.
    pub(in crate::admission) const fn through_gate(email: EmailAddress, invite: Option<OpenInvite>) -> Self {
        Self {
            email,
            ground: Ground::Gate(invite),
        }
    }

    /// Past the gate: for accounts that are made for somebody, never for what strangers may ask for.
    pub const fn vouched(email: EmailAddress, voucher: Voucher) -> Self {
        Self {
            email,
            ground: Ground::Vouched(voucher),
        }
    }

    /// The address.
    pub const fn email(&self) -> &EmailAddress {
        &self.email
    }

    /// The invite that brought the person here.
    pub const fn invite(&self) -> Option<OpenInvite> {
        match self.ground {
            Ground::Gate(invite) => invite,
            Ground::Vouched(_) => None,
        }
    }

    /// Who vouches for the person; nobody for those who came through the gate.
    pub const fn voucher(&self) -> Option<Voucher> {
        match self.ground {
            Ground::Gate(_) => None,
            Ground::Vouched(voucher) => Some(voucher),
        }
    }

    /// The address, for the account.
    pub(crate) fn into_email(self) -> EmailAddress {
        self.email
    }
}

/// An address that staff admitted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Admission {
    /// Its id.
    pub id: AdmissionId,
    /// The address.
    pub email: EmailAddress,
    /// Who admitted it; absent when that account is gone.
    pub created_by: Option<UserId>,
    /// When.
    pub created_at: Timestamp,
}

/// An address to be admitted.
#[derive(Debug, Clone)]
pub struct NewAdmission {
    /// The address.
    pub email: EmailAddress,
    /// The language of the mail that tells its owner.
    pub locale: Locale,
}

/// What comes of admitting an address.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Recorded {
    /// It was not admitted before.
    Created(Admission),
    /// It was.
    Known(Admission),
}
