//! Ways to a provider and back, and what comes of them.

use std::time::Duration;

use kernel::id::SocialAccountId;
use kernel::{EmailAddress, Locale, Secret, SessionId, Timestamp, UserId};
use serde::{Deserialize, Serialize};
use url::Url;
use uuid::Uuid;

use crate::destination::Destination;
use crate::entrance::model::Entered;
use crate::session::model::{OpenedSession, SessionKind};

/// For how long a person may be at the provider.
pub const FLOW_LIFETIME: Duration = Duration::from_mins(10);

/// A provider, as people choose it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProviderInfo {
    /// As it is named in addresses.
    pub id: String,
    /// As people know it.
    pub name: String,
    /// Whether apps can hand in an ID token that they got by themselves.
    pub takes_id_tokens: bool,
}

/// What a way to a provider is begun with.
#[derive(Debug, Clone, Default)]
pub struct Departure {
    /// Where the person is sent in the end.
    pub destination: Option<Destination>,
    /// The app's own page, where the app takes the code itself.
    pub callback: Option<Url>,
    /// The address that the person is expected to sign in with.
    pub login_hint: Option<EmailAddress>,
    /// The token of an invite that brought a newcomer here.
    pub invite_token: Option<Secret<String>>,
}

/// A way that was begun.
#[derive(Debug, Clone)]
pub struct Departed {
    /// Where the person goes.
    pub authorization_url: String,
    /// What binds the way back to who began it.
    pub flow: Secret<String>,
}

/// What stays of a beginning for when it is repeated. It is kept sealed.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct Begun {
    pub(crate) authorization_url: String,
    pub(crate) flow: String,
}

/// What a person comes back with.
#[derive(Debug, Clone)]
pub struct Callback {
    /// The provider whose callback it is.
    pub provider: String,
    /// The code.
    pub code: Secret<String>,
    /// What we sent along.
    pub state: Secret<String>,
    /// The `iss` parameter beside the code (RFC 9207).
    pub iss: Option<String>,
    /// What the one that began the way keeps.
    pub flow: Secret<String>,
}

/// What an app got by itself.
#[derive(Debug, Clone)]
pub struct IdToken {
    /// The provider.
    pub provider: String,
    /// The ID token.
    pub token: Secret<String>,
    /// The nonce that the app asked for it with. No other sign-in may have it.
    pub nonce: Secret<String>,
    /// The token of an invite that brought a newcomer here.
    pub invite_token: Option<Secret<String>>,
}

/// Who takes a person in who comes back.
#[derive(Debug, Clone)]
pub struct Reception {
    /// What a session is to be held by.
    pub kind: SessionKind,
    /// The language that a newcomer reads.
    pub locale: Locale,
    /// What the way may have been begun for.
    pub expected: Expected,
}

/// What a way may have been begun for, where a person is taken in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Expected {
    /// To be let in.
    SignIn,
    /// To link an account in this session.
    Link(SessionId),
    /// Either, for who may be in this session.
    Either(Option<SessionId>),
}

/// What comes of a way.
#[derive(Debug)]
pub struct Arrived<S = OpenedSession> {
    /// What the person is now.
    pub outcome: Outcome<S>,
    /// Where they wanted to go, to be read again.
    pub return_to: Option<String>,
}

/// What a person is who came back.
#[derive(Debug)]
pub enum Outcome<S = OpenedSession> {
    /// They are in, or owe a second factor.
    Entered(Entered<S>),
    /// Their account at the provider is linked.
    Linked(SocialAccount),
}

/// What a way was begun for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Intent {
    /// To be let in.
    SignIn,
    /// To link another account.
    Link(Linker),
}

/// Who links an account.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Linker {
    /// The person.
    pub user: UserId,
    /// The session in which they said so.
    pub session: SessionId,
}

/// A way to a provider, as it is kept.
#[derive(Debug, Clone)]
pub(crate) struct Flow {
    pub(crate) id: Uuid,
    pub(crate) provider: String,
    pub(crate) issuer: String,
    pub(crate) sealed_secrets: Vec<u8>,
    pub(crate) redirect_uri: String,
    pub(crate) intent: Intent,
    pub(crate) kind: SessionKind,
    pub(crate) return_to: Option<String>,
}

/// What only we know of a way.
#[derive(Serialize, Deserialize)]
pub(crate) struct FlowSecrets {
    pub(crate) nonce: String,
    pub(crate) code_verifier: String,
    pub(crate) invite_token: Option<String>,
}

/// An account at a provider with which a person signs in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SocialAccount {
    /// The link between the two.
    pub id: SocialAccountId,
    /// Whose it is.
    pub user_id: UserId,
    /// The provider, as addresses name it.
    pub provider: String,
    /// Who says so: the provider's own name for itself.
    pub issuer: String,
    /// The provider's name for the account.
    pub subject: String,
    /// The address that the account had at last; for people to tell accounts apart.
    pub email: Option<EmailAddress>,
    /// When it was linked.
    pub created_at: Timestamp,
    /// When somebody last signed in with it.
    pub last_used_at: Option<Timestamp>,
}

impl Expected {
    /// Whether a way that lets somebody in is taken.
    pub(crate) const fn takes_sign_in(self) -> bool {
        matches!(self, Self::SignIn | Self::Either(_))
    }

    /// The session in which an account may be linked.
    pub(crate) const fn session(self) -> Option<SessionId> {
        match self {
            Self::SignIn => None,
            Self::Link(session) => Some(session),
            Self::Either(session) => session,
        }
    }
}

impl Intent {
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::SignIn => "sign_in",
            Self::Link(_) => "link",
        }
    }

    pub(crate) const fn linker(self) -> Option<Linker> {
        match self {
            Self::SignIn => None,
            Self::Link(linker) => Some(linker),
        }
    }
}

impl<S> Outcome<S> {
    /// The entrance, for a way that was begun to be let in.
    pub fn entered(self) -> Option<Entered<S>> {
        match self {
            Self::Entered(entered) => Some(entered),
            Self::Linked(_) => None,
        }
    }

    /// The account, for a way that was begun to link one.
    pub fn linked(self) -> Option<SocialAccount> {
        match self {
            Self::Entered(_) => None,
            Self::Linked(account) => Some(account),
        }
    }
}
