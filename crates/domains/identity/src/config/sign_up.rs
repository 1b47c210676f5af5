//! Who may sign up, as the operator says.

use std::fmt;
use std::str::FromStr;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::disposable::DisposableDomains;
use super::email_domain::EmailDomain;

/// Who may sign up. The defaults let everybody in who has a mailbox that stays.
#[derive(Debug, Clone, Default)]
pub struct SignUpConfig {
    /// Whether there is a list at the door.
    pub mode: SignUpMode,
    /// The only domains whose addresses may sign up without an invite; all when empty. Not their subdomains.
    pub domains: Vec<EmailDomain>,
    /// The domains whose addresses may not.
    pub disposable: DisposableDomains,
    /// How much work a browser does first, if any.
    pub challenge: Option<ChallengeBits>,
    /// The terms, for front ends to link to.
    pub terms_url: Option<String>,
    /// What is done with data, for front ends to link to.
    pub privacy_url: Option<String>,
}

/// Whether there is a list at the door.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum SignUpMode {
    /// There is none.
    #[default]
    Open,
    /// Those with an invite get in, and those whom staff admitted.
    InviteOnly,
    /// The same, and whoever is refused is told to wait.
    Waitlist,
}

/// There is no mode of that name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SignUpModeError;

impl fmt::Display for SignUpModeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("open, invite_only or waitlist is expected")
    }
}

impl FromStr for SignUpMode {
    type Err = SignUpModeError;

    fn from_str(text: &str) -> Result<Self, SignUpModeError> {
        match text {
            "open" => Ok(Self::Open),
            "invite_only" => Ok(Self::InviteOnly),
            "waitlist" => Ok(Self::Waitlist),
            _ => Err(SignUpModeError),
        }
    }
}

/// How many zero bits the hash of a solved challenge begins with; one more doubles the work.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct ChallengeBits(u8);

impl ChallengeBits {
    /// Nothing that anybody notices.
    pub const LEAST: u8 = 8;
    /// Minutes for a telephone.
    pub const MOST: u8 = 28;
    /// A quarter of a million hashes on average: a fraction of a second in a browser.
    pub const USUAL: Self = Self(18);

    /// `None` beyond the bounds.
    pub const fn new(bits: u8) -> Option<Self> {
        if bits >= Self::LEAST && bits <= Self::MOST {
            Some(Self(bits))
        } else {
            None
        }
    }

    /// The number.
    pub const fn get(self) -> u8 {
        self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn work_has_bounds() {
        assert_eq!(ChallengeBits::new(7), None);
        assert_eq!(ChallengeBits::new(29), None);
        assert_eq!(ChallengeBits::new(18), Some(ChallengeBits::USUAL));
    }
}
