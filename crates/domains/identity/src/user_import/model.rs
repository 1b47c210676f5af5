//! An import, its rows, and what is wrong with them.

use crypto::{FirebaseParameters, ForeignHash, ForeignHashError};
use kernel::{EmailAddress, Locale, Secret, Timestamp, UserId, UserImportId};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::admission::model::{Admitted, Voucher};
use crate::user::model::{NewUser, PersonName};

/// The most rows of one import.
pub(crate) const MOST_ROWS: i64 = 1_000_000;

/// People who come along together.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct UserImport {
    /// Its id.
    pub id: UserImportId,
    /// How far it is.
    pub status: ImportStatus,
    /// Whether it makes accounts, or only says what would go wrong.
    pub mode: ImportMode,
    /// How many rows it has.
    pub rows_total: i64,
    /// How many of them were looked at, from the first on.
    pub rows_done: i64,
    /// How many accounts it made.
    pub rows_created: i64,
    /// How many rows have an error.
    pub rows_failed: i64,
    /// The member of staff who began it; `None` for the command line.
    pub created_by: Option<UserId>,
    /// When it was begun.
    pub created_at: Timestamp,
    /// When its rows were complete.
    pub started_at: Option<Timestamp>,
    /// When the last row was done, or it was cancelled.
    pub finished_at: Option<Timestamp>,
}

/// How far an import is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ImportStatus {
    /// Rows are being added.
    Open,
    /// Rows are being worked on.
    Running,
    /// All were.
    Done,
    /// Somebody stopped it. Accounts that were made stay.
    Cancelled,
}

/// What an import is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum ImportMode {
    /// To make accounts.
    Import,
    /// To see what would go wrong.
    DryRun,
}

/// What an import begins with.
#[derive(Debug, Clone)]
pub struct NewUserImport {
    /// What it is for.
    pub mode: ImportMode,
    /// Needed when rows have hashes of Firebase.
    pub firebase: Option<FirebaseParameters>,
}

/// One person, as the other system wrote them down. Nothing of it has been looked at.
#[derive(Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ImportRow {
    /// Their address.
    pub email: String,
    /// Whether the other system knows that it is theirs.
    #[serde(default)]
    pub email_verified: bool,
    /// What they are called.
    #[serde(default)]
    pub name: Option<String>,
    /// The language they read.
    #[serde(default)]
    pub locale: Option<String>,
    /// The hash of their password, in its own format.
    #[serde(default)]
    pub password_hash: Option<String>,
    /// What goes with a hash of Firebase.
    #[serde(default)]
    pub password_salt: Option<String>,
    /// When they signed up there.
    #[serde(default)]
    pub created_at: Option<String>,
}

/// What is wrong with a row. Never says anything of the hash.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct RowFault {
    pub(crate) pointer: &'static str,
    pub(crate) code: &'static str,
    pub(crate) detail: String,
}

/// What is wrong with a row, as it is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RowError {
    /// Which row; the first is 1.
    pub position: i64,
    /// The field, as a JSON Pointer into the row.
    pub pointer: String,
    /// Stable code.
    pub code: String,
    /// What to do.
    pub detail: String,
}

/// A row that can become an account, as far as it can say itself.
pub(crate) struct Candidate {
    pub(crate) user: NewUser,
    pub(crate) hash: Option<ForeignHash>,
    pub(crate) created_at: Option<Timestamp>,
}

/// Whether there is more to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Progress {
    /// There is.
    More,
    /// The import is over, or gone.
    Over,
}

impl UserImport {
    /// Whether nothing happens any more.
    pub const fn is_over(&self) -> bool {
        matches!(self.status, ImportStatus::Done | ImportStatus::Cancelled)
    }
}

impl ImportStatus {
    /// As the database and the API spell it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Running => "running",
            Self::Done => "done",
            Self::Cancelled => "cancelled",
        }
    }
}

impl std::str::FromStr for ImportStatus {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, &'static str> {
        let all = [Self::Open, Self::Running, Self::Done, Self::Cancelled];
        let found = all.into_iter().find(|status| status.as_str() == text);
        found.ok_or("a status of an import is expected")
    }
}

impl ImportRow {
    /// What rows of the same person have in common.
    pub(crate) fn address(&self) -> String {
        match self.email.trim().parse::<EmailAddress>() {
            Ok(email) => email.normalized().to_owned(),
            Err(_) => self.email.trim().to_lowercase(),
        }
    }

    /// The account that the row asks for, or the first thing that is wrong with it.
    pub(crate) fn candidate(
        &self,
        firebase: Option<&FirebaseParameters>,
        now: Timestamp,
    ) -> Result<Candidate, RowFault> {
        let email = self.email.trim().parse::<EmailAddress>();
        let name = filled(self.name.as_ref())
            .map(str::parse::<PersonName>)
            .transpose();
        let locale = filled(self.locale.as_ref()).map(str::parse::<Locale>).transpose();
        let email = email.map_err(|error| RowFault::invalid("/email", error))?;
        let user = NewUser {
            admitted: Admitted::vouched(email, Voucher::Import),
            is_verified: self.email_verified,
            name: name.map_err(|error| RowFault::invalid("/name", error))?,
            locale: locale
                .map_err(|error| RowFault::invalid("/locale", error))?
                .unwrap_or_default(),
        };
        Ok(Candidate {
            user,
            hash: self.hash(firebase)?,
            created_at: self.created_at(now)?,
        })
    }

    fn hash(&self, firebase: Option<&FirebaseParameters>) -> Result<Option<ForeignHash>, RowFault> {
        let hash = filled(self.password_hash.as_ref());
        let parsed = match (hash, filled(self.password_salt.as_ref()), firebase) {
            (None, None, _) => return Ok(None),
            (Some(hash), None, _) => hash.parse(),
            (Some(hash), Some(salt), Some(firebase)) => ForeignHash::firebase(firebase, salt, hash),
            (None, Some(_), _) => {
                let detail = "a salt is of no use without a hash";
                return Err(RowFault::new("/password_salt", "invalid", detail));
            }
            (Some(_), Some(_), None) => {
                let detail = "only hashes of Firebase have a salt of their own; begin the import with its \
                              parameters, or put the salt where the format of the hash has it";
                return Err(RowFault::new("/password_salt", "firebase_missing", detail));
            }
        };
        parsed.map(Some).map_err(RowFault::from)
    }

    fn created_at(&self, now: Timestamp) -> Result<Option<Timestamp>, RowFault> {
        let Some(text) = filled(self.created_at.as_ref()) else {
            return Ok(None);
        };
        let detail = "a past date and time of RFC 3339 is expected, like 2026-01-31T12:00:00Z";
        let fault = || RowFault::new("/created_at", "invalid", detail);
        let at: Timestamp = text.parse().map_err(|_| fault())?;
        if at > now { Err(fault()) } else { Ok(Some(at)) }
    }
}

/// Nothing and blanks are the same: many systems export empty texts.
fn filled(text: Option<&String>) -> Option<&str> {
    text.map(|text| text.trim()).filter(|text| !text.is_empty())
}

impl RowFault {
    pub(crate) fn new(pointer: &'static str, code: &'static str, detail: impl Into<String>) -> Self {
        Self {
            pointer,
            code,
            detail: detail.into(),
        }
    }

    fn invalid(pointer: &'static str, error: impl std::fmt::Display) -> Self {
        Self::new(pointer, "invalid", error.to_string())
    }

    pub(crate) fn email_taken() -> Self {
        let detail = "there is an account with this address; it was left as it is";
        Self::new("/email", "email_taken", detail)
    }

    pub(crate) fn repeated() -> Self {
        Self::new(
            "/email",
            "repeated",
            "an earlier row of this import has the same address",
        )
    }
}

impl From<ForeignHashError> for RowFault {
    fn from(error: ForeignHashError) -> Self {
        Self::new("/password_hash", error.code(), error.to_string())
    }
}

/// The parameters of Firebase while the import is not over. They are only kept sealed.
#[derive(Serialize, Deserialize)]
pub(crate) struct KeptFirebase {
    signer_key: String,
    salt_separator: String,
    rounds: u32,
    mem_cost: u32,
}

impl From<&FirebaseParameters> for KeptFirebase {
    fn from(parameters: &FirebaseParameters) -> Self {
        Self {
            signer_key: parameters.signer_key.expose().clone(),
            salt_separator: parameters.salt_separator.clone(),
            rounds: parameters.rounds,
            mem_cost: parameters.mem_cost,
        }
    }
}

impl From<KeptFirebase> for FirebaseParameters {
    fn from(kept: KeptFirebase) -> Self {
        Self {
            signer_key: Secret::new(kept.signer_key),
            salt_separator: kept.salt_separator,
            rounds: kept.rounds,
            mem_cost: kept.mem_cost,
        }
    }
}

impl RowError {
    /// What the cells of [`RowError::line`] are.
    pub const COLUMNS: [&'static str; 4] = ["position", "pointer", "code", "detail"];

    /// The error as a line of a file.
    pub fn line(&self) -> String {
        let position = self.position.to_string();
        web::csv::line(&[&position, &self.pointer, &self.code, &self.detail])
    }
}
