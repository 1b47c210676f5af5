//! A passkey and what it is used for.

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use kernel::{PasskeyId, Timestamp, UserId};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::answer::RegistrationCredential;
use crate::enrolment::model::{Asking, Enrolled, Enrolment};
use crate::user::model::User;

/// For how long a challenge is good. Browsers are told the same.
pub const CHALLENGE_LIFETIME: Duration = Duration::from_mins(5);

/// How many passkeys a person may have.
pub const MOST_PASSKEYS: i64 = 20;

/// A passkey as its owner sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Passkey {
    /// Its id.
    pub id: PasskeyId,
    /// What its owner calls it.
    pub name: String,
    /// How browsers reach the authenticator, as they say.
    pub transports: Vec<String>,
    /// Whether there is a copy of the key, in the cloud of its maker for example.
    pub is_backed_up: bool,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was last used.
    pub last_used_at: Option<Timestamp>,
}

/// A passkey as it is checked with.
#[derive(Debug, Clone)]
pub(crate) struct Kept {
    pub(crate) id: PasskeyId,
    pub(crate) user_id: UserId,
    pub(crate) public_key: Vec<u8>,
    pub(crate) sign_count: u32,
}

/// A passkey that browsers are told of.
#[derive(Debug, Clone)]
pub(crate) struct Known {
    pub(crate) credential_id: Vec<u8>,
    pub(crate) transports: Vec<String>,
}

/// What an owner calls a passkey: 1 to 100 characters on one line.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct PasskeyName(String);

/// There can be no such name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PasskeyNameError;

/// A passkey that a person adds.
#[derive(Debug, Clone)]
pub struct NewPasskey {
    /// What they call it.
    pub name: Option<PasskeyName>,
    /// What their browser answered.
    pub credential: RegistrationCredential,
}

/// A passkey that counts from now on, and what that does to the session.
#[derive(Debug)]
pub struct Added {
    /// The passkey.
    pub passkey: Passkey,
    /// The session as it goes on, and codes to be written down when there were none.
    pub enrolled: Enrolled,
}

/// What a challenge was given out for. An answer is taken for the same, and for the same person, ticket and
/// session only.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Purpose {
    pub(crate) ceremony: Ceremony,
    pub(crate) user: Option<UserId>,
    /// The session or the ticket.
    pub(crate) subject: Option<Uuid>,
}

/// What is done with a passkey.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ceremony {
    Registration,
    SignIn,
    SecondFactor,
    StepUp,
}

/// A passkey that was used, and it was right.
#[derive(Debug)]
pub(crate) struct Used {
    pub(crate) user: User,
    pub(crate) asserted: webauthn::Asserted,
}

/// What comes of adding a passkey. It is kept for when the request is repeated.
#[derive(Serialize, Deserialize)]
pub(crate) enum Addition {
    Added(PasskeyId, Enrolment),
    Refused,
    Taken,
    TooMany,
}

/// What comes of signing in. It is kept for when the request is repeated.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) enum Admission<S> {
    In(S),
    Unverified,
    Refused,
}

impl Ceremony {
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Registration => "registration",
            Self::SignIn => "sign_in",
            Self::SecondFactor => "second_factor",
            Self::StepUp => "step_up",
        }
    }
}

impl Purpose {
    /// A person whom nobody knows yet signs in.
    pub(crate) const SIGN_IN: Self = Self {
        ceremony: Ceremony::SignIn,
        user: None,
        subject: None,
    };

    /// A person who is signed in does something.
    pub(crate) const fn of(ceremony: Ceremony, asking: Asking) -> Self {
        Self {
            ceremony,
            user: Some(asking.user),
            subject: Some(asking.session.uuid()),
        }
    }

    /// How the person who uses a passkey is known.
    pub(crate) const fn identified(&self) -> webauthn::Identified {
        match self.user {
            Some(_) => webauthn::Identified::Before,
            None => webauthn::Identified::ByAnswer,
        }
    }
}

impl Used {
    /// RFC 8176: a key that stays in its device is `hwk`, one that may be copied to others `swk`.
    pub(crate) const fn amr(&self) -> &'static str {
        if self.asserted.is_backup_eligible {
            "swk"
        } else {
            "hwk"
        }
    }
}

impl PasskeyName {
    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Default for PasskeyName {
    fn default() -> Self {
        Self(String::from("Passkey"))
    }
}

impl FromStr for PasskeyName {
    type Err = PasskeyNameError;

    fn from_str(text: &str) -> Result<Self, PasskeyNameError> {
        let name = text.trim();
        let is_name = (1..=100).contains(&name.chars().count()) && !name.chars().any(char::is_control);
        is_name.then(|| Self(name.to_owned())).ok_or(PasskeyNameError)
    }
}

impl TryFrom<String> for PasskeyName {
    type Error = PasskeyNameError;

    fn try_from(text: String) -> Result<Self, PasskeyNameError> {
        text.parse()
    }
}

impl JsonSchema for PasskeyName {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "PasskeyName".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "minLength": 1, "maxLength": 100, "example": "Laptop" })
    }
}

impl fmt::Display for PasskeyNameError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a name of 1 to 100 characters on one line is expected")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_something_on_one_line() {
        assert_eq!(
            " Key of Ada ".parse::<PasskeyName>().unwrap().as_str(),
            "Key of Ada"
        );
        assert!("x".repeat(100).parse::<PasskeyName>().is_ok());
        for wrong in ["", "  ", "a\nb", &"x".repeat(101)] {
            assert_eq!(wrong.parse::<PasskeyName>(), Err(PasskeyNameError), "{wrong:?}");
        }
    }
}
