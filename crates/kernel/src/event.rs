//! The published language: one struct for each fact that another domain, a webhook or the activity
//! log may want to hear of. Names are past and dotted (`user.registered`); payloads only grow.

pub mod admission;
pub mod api_key;
pub mod auth;
pub mod job;
pub mod message;
pub mod notification;
pub mod organization;
pub mod template;
pub mod user;

use serde::Serialize;
use uuid::Uuid;

use crate::id::{Id, Kind, OrganizationId};

/// A fact that was established in a transaction.
pub trait Event: Serialize + Send + Sync + 'static {
    /// `organization.created`; never changed once released.
    const NAME: &'static str;

    /// The organization that it happened in; `None` when it concerns the platform.
    fn organization(&self) -> Option<OrganizationId> {
        None
    }

    /// What it happened to.
    fn target(&self) -> Option<Target> {
        None
    }

    /// Whether what was tried came about. Failures are events too where security wants to know.
    fn outcome(&self) -> Outcome {
        Outcome::Success
    }
}

/// What an event happened to, without its type.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Target {
    /// `user`, `invite`, …
    pub kind: &'static str,
    /// Its id.
    pub id: Uuid,
}

/// Whether something came about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// It did.
    Success,
    /// It was refused.
    Failure,
}

impl<K: Kind> From<Id<K>> for Target {
    fn from(id: Id<K>) -> Self {
        Self {
            kind: K::NOUN,
            id: id.uuid(),
        }
    }
}

/// Declares events: `Name = "name" { fields } [in organization field | within optional organization field]
/// [on target field] [as outcome]`.
macro_rules! events {
    ($($(#[$doc:meta])* $name:ident = $text:literal { $($(#[$field_doc:meta])* $field:ident: $type:ty),* $(,)? }
        $(in $organization:ident)? $(within $perhaps:ident)? $(on $target:ident)? $(as $outcome:ident)?;)*) => {
        $(
            $(#[$doc])*
            #[derive(Debug, Clone, serde::Serialize, serde::Deserialize)]
            pub struct $name { $($(#[$field_doc])* pub $field: $type),* }
            impl $crate::event::Event for $name {
                const NAME: &'static str = $text;
                $(fn organization(&self) -> Option<$crate::id::OrganizationId> { Some(self.$organization) })?
                $(fn organization(&self) -> Option<$crate::id::OrganizationId> { self.$perhaps })?
                $(fn target(&self) -> Option<$crate::event::Target> { Some(self.$target.into()) })?
                $(fn outcome(&self) -> $crate::event::Outcome { $crate::event::Outcome::$outcome })?
            }
        )*
    };
}
pub(crate) use events;
