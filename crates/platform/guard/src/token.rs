//! Links and codes that work once: confirm an address, reset a password, sign in by mail.
//!
//! A link holds 256 random bits and needs no counting. A code has eight digits to be typed, so it is kept
//! as an HMAC, may be tried a few times and dies with its token. A token that is bound to a flow opens only
//! in the browser that asked for it.

mod store;

use std::sync::Arc;
use std::time::Duration;

use crypto::{Mac, MasterKey, OpaqueToken, numeric_code};
use db::{DbError, Executor, FromRow, Row, Tx};
use kernel::id::OneTimeToken;
use kernel::{Id, IdSource, Secret, Timestamp, UserId};
use uuid::Uuid;

/// The id of a one-time token.
pub type OneTimeTokenId = Id<OneTimeToken>;

const PREFIX: &str = "ms_ott";
const MAX_ATTEMPTS: i64 = 5;

/// What a token is for. It opens nothing else.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Purpose {
    /// Confirm an address; not a way to sign in.
    Verify,
    /// Set a new password.
    Reset,
    /// Sign in by mail.
    MagicLink,
    /// Agree to a new address, as the owner of the old one.
    EmailChangeOld,
    /// Agree to a new address, as its owner.
    EmailChangeNew,
    /// Take a change of address back. It outlives changes of the password and later changes of the
    /// address, since whoever took the account over makes those.
    EmailUndo,
    /// Become the first owner of an installation.
    Setup,
    /// Show that mail may be from an address.
    Sender,
}

/// Issues and takes one-time tokens. Cheap to clone.
#[derive(Clone)]
pub struct OneTimeTokens {
    ids: Arc<dyn IdSource>,
    codes: Mac,
}

/// A token to be issued.
#[derive(Debug, Clone)]
pub struct NewToken {
    /// What it is for.
    pub purpose: Purpose,
    /// Whose it is, once there is an account.
    pub user: Option<UserId>,
    /// The address that it is sent to, in its normal form.
    pub email_norm: Option<String>,
    /// What it is about: the change of address, the invite.
    pub subject: Option<Uuid>,
    /// How long it works.
    pub valid_for: Duration,
    /// Whether it also gets a code to type.
    pub with_code: bool,
    /// The hash of the secret of the browser that asks, when only that one may use it.
    pub flow: Option<[u8; 32]>,
}

/// What to send out. The database has only its hashes.
#[derive(Debug, Clone)]
pub struct Issued {
    /// For the link.
    pub token: Secret<String>,
    /// To be typed.
    pub code: Option<Secret<String>>,
}

/// What a token stands for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TokenClaim {
    /// The token.
    pub id: OneTimeTokenId,
    /// Whose it is.
    pub user: Option<UserId>,
    /// The address that it was sent to.
    pub email_norm: Option<String>,
    /// What it is about.
    pub subject: Option<Uuid>,
}

/// Whose code is tried.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Lookup {
    /// The open token of this person.
    User(UserId),
    /// The newest open token sent to this address, in its normal form.
    Email(String),
    /// The newest open token that was asked for by the browser with the secret of this hash.
    Flow([u8; 32]),
    /// The newest open token that is about this.
    Subject(Uuid),
}

/// What came of trying a code.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CodeOutcome {
    /// It is right, and is used up by this.
    Match(TokenClaim),
    /// It is wrong, and may be tried again.
    Wrong,
    /// It is wrong for the last time, or there is none to try: unknown, used, expired and tried out alike.
    Dead,
}

impl OneTimeTokens {
    /// Tokens of the installation with this key.
    pub fn new(master: &MasterKey, ids: Arc<dyn IdSource>) -> Self {
        Self {
            ids,
            codes: master.mac("one-time codes"),
        }
    }

    /// Issues a token. The open one of the same person and purpose stops working; so do those of the same
    /// address, subject and purpose when there is no person yet.
    pub async fn issue(&self, tx: &mut Tx, new: NewToken, now: Timestamp) -> Result<Issued, DbError> {
        let (token, secret_hash) = OpaqueToken::generate(PREFIX);
        let code = new.with_code.then(numeric_code);
        let row = store::NewRow {
            id: Id::new(&*self.ids, now),
            secret_hash,
            code_hash: code
                .as_ref()
                .map(|code| self.code_hash(new.purpose, code.expose())),
            max_attempts: MAX_ATTEMPTS,
            created_at: now,
            expires_at: now.plus(new.valid_for),
            new,
        };
        if row.new.user.is_none() {
            store::revoke_unowned(tx, &row.new, now).await?;
        }
        store::insert(tx, &row).await?;
        Ok(Issued { token, code })
    }

    /// Takes a token that is bound to no browser. Of any number of calls with the same one, one gets the
    /// claim.
    pub async fn consume(
        &self,
        tx: &mut Tx,
        purpose: Purpose,
        token: &str,
        now: Timestamp,
    ) -> Result<Option<TokenClaim>, DbError> {
        match OpaqueToken::parse(PREFIX, token) {
            Some(hash) => store::consume(tx, purpose, hash, now).await,
            None => Ok(None),
        }
    }

    /// Takes a token that is bound to the browser with the secret of this hash. When its code was tried too
    /// often, the link is dead as well: both attempts came from that browser.
    pub async fn consume_with_flow(
        &self,
        tx: &mut Tx,
        purpose: Purpose,
        token: &str,
        flow_hash: [u8; 32],
        now: Timestamp,
    ) -> Result<Option<TokenClaim>, DbError> {
        match OpaqueToken::parse(PREFIX, token) {
            Some(hash) => store::consume_with_flow(tx, purpose, hash, flow_hash, now).await,
            None => Ok(None),
        }
    }

    /// What a token stands for while it works, for the page that asks to confirm. Takes nothing, and asks
    /// for no browser: mail scanners and other devices may look.
    pub async fn peek(
        &self,
        tx: &mut impl Executor,
        purpose: Purpose,
        token: &str,
        now: Timestamp,
    ) -> Result<Option<TokenClaim>, DbError> {
        match OpaqueToken::parse(PREFIX, token) {
            Some(hash) => store::find(tx, purpose, hash, now).await,
            None => Ok(None),
        }
    }

    /// What the open token stands for that the browser with the secret of this hash asked for. Takes nothing.
    pub async fn peek_flow(
        &self,
        tx: &mut impl Executor,
        purpose: Purpose,
        flow_hash: [u8; 32],
        now: Timestamp,
    ) -> Result<Option<TokenClaim>, DbError> {
        store::find_by_flow(tx, purpose, flow_hash, now).await
    }

    /// Tries a code. Commit whatever comes of it: a try that is rolled back was not counted.
    pub async fn try_code(
        &self,
        tx: &mut Tx,
        purpose: Purpose,
        lookup: Lookup,
        code: &str,
        now: Timestamp,
    ) -> Result<CodeOutcome, DbError> {
        let hash = self.code_hash(purpose, code);
        let tried = match lookup {
            Lookup::User(user) => store::try_code_of_user(tx, purpose, user, hash, now).await?,
            Lookup::Email(email) => store::try_code_of_email(tx, purpose, email, hash, now).await?,
            Lookup::Flow(flow) => store::try_code_of_flow(tx, purpose, flow, hash, now).await?,
            Lookup::Subject(subject) => store::try_code_of_subject(tx, purpose, subject, hash, now).await?,
        };
        Ok(match tried {
            Some(tried) if tried.is_match => CodeOutcome::Match(tried.claim),
            Some(tried) if tried.attempts_left > 0 => CodeOutcome::Wrong,
            _ => CodeOutcome::Dead,
        })
    }

    /// Ends the person's open token of one purpose.
    pub async fn revoke(
        &self,
        tx: &mut Tx,
        user: UserId,
        purpose: Purpose,
        now: Timestamp,
    ) -> Result<u64, DbError> {
        store::revoke(tx, user, purpose, now).await
    }

    /// Ends all open tokens of a person but those of [`Purpose::EmailUndo`].
    pub async fn revoke_all(&self, tx: &mut Tx, user: UserId, now: Timestamp) -> Result<u64, DbError> {
        store::revoke_all(tx, user, now).await
    }

    /// Deletes up to [`crate::BATCH`] tokens that have run out, used or not.
    pub async fn delete_expired(&self, tx: &mut Tx, now: Timestamp) -> Result<u64, DbError> {
        store::delete_expired(tx, now).await
    }

    fn code_hash(&self, purpose: Purpose, code: &str) -> [u8; 32] {
        self.codes.tag(&[purpose.as_str().as_bytes(), code.as_bytes()])
    }
}

impl Purpose {
    /// The word for it in the database.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Verify => "verify",
            Self::Reset => "reset",
            Self::MagicLink => "magic_link",
            Self::EmailChangeOld => "email_change_old",
            Self::EmailChangeNew => "email_change_new",
            Self::EmailUndo => "email_undo",
            Self::Setup => "setup",
            Self::Sender => "sender",
        }
    }
}

impl FromRow for TokenClaim {
    fn from_row(row: &mut Row<'_>) -> Result<Self, DbError> {
        Ok(Self {
            id: row.column()?,
            user: row.column()?,
            email_norm: row.column()?,
            subject: row.column()?,
        })
    }
}

#[cfg(test)]
mod tests;
