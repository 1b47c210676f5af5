//! Who listens, and what they are told.

use std::sync::Arc;

use async_trait::async_trait;
use kernel::{OrganizationId, SessionId, Timestamp, UserId};

use crate::error::NotificationError;
use crate::model::{Notification, UnreadCount};

/// How many streams there may be.
#[derive(Debug, Clone, Copy)]
pub struct StreamConfig {
    /// On this node.
    pub most: usize,
    /// Of one person on this node.
    pub most_of_person: usize,
}

/// Who listens, and by which right.
#[derive(Debug, Clone)]
pub struct Listener {
    /// The person.
    pub user: UserId,
    /// The session that they listen in.
    pub session: SessionId,
    /// What their access token says; `None` for a browser with a cookie, which holds as long as the session.
    pub token: Option<TokenBounds>,
}

/// How long an access token is good for.
#[derive(Debug, Clone, Copy)]
pub struct TokenBounds {
    /// Until then.
    pub expires_at: Timestamp,
    /// As long as its session is not raised above this level (NIST SP 800-63B).
    pub aal: u8,
}

/// A session that holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Holding {
    /// The session.
    pub session: SessionId,
    /// The level that it has been raised to.
    pub aal: u8,
}

/// Tells which sessions still hold: for all that listen at once, a few times a minute.
#[async_trait]
pub trait SessionCheck: Send + Sync {
    /// Those of `sessions` that hold now.
    async fn holding(&self, sessions: Vec<SessionId>) -> Result<Vec<Holding>, NotificationError>;
}

/// Where a stream begins, and what it is about.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Begin {
    /// After this place; `None` begins with what happens from now on.
    pub(crate) after: Option<i64>,
    /// Only what is about this organization.
    pub(crate) organization: Option<OrganizationId>,
}

/// What listeners are told. Each but the last comes with the place in the feed up to which they have heard
/// everything.
#[derive(Debug, Clone)]
pub(crate) enum StreamEvent {
    /// A new notification.
    Notification(i64, Arc<Notification>),
    /// So many wait to be read.
    Unread(i64, UnreadCount),
    /// Too much has happened to be told one by one: the list has it.
    Reset(i64),
    /// Nothing; it keeps the connection open.
    Beat,
}

impl Listener {
    /// Whether the right to listen holds at `now`, as far as the listener itself tells.
    pub(crate) fn holds_at(&self, now: Timestamp) -> bool {
        self.token.is_none_or(|token| now < token.expires_at)
    }

    /// Whether the session that holds still lets this listener in.
    pub(crate) fn is_let_in_by(&self, holding: &Holding) -> bool {
        self.token.is_none_or(|token| holding.aal <= token.aal)
    }
}
