//! The published language: one struct for each fact that another domain, a webhook or the activity
//! log may want to hear of. Names are past and dotted (`user.registered`); payloads only grow.

pub mod admission;
pub mod api_key;
pub mod auth;
pub mod entitlement;
pub mod job;
pub mod message;
pub mod notification;
pub mod organization;
pub mod payment;
pub mod subscription;
pub mod suppression;
pub mod template;
pub mod user;
pub mod webhook;

use schemars::{Schema, SchemaGenerator};
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

/// A kind of event, for those who want to know what they may hear of.
#[derive(Debug)]
pub struct EventType {
    /// `organization.created`.
    pub name: &'static str,
    /// Where it happens.
    pub level: EventLevel,
    /// The JSON Schema of its own fields; what it says about itself is the description.
    pub schema: fn(&mut SchemaGenerator) -> Schema,
}

/// Where events of a type happen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EventLevel {
    /// Always in an organization.
    Organization,
    /// Never in an organization.
    Platform,
    /// In an organization or not: an API key is an organization's or a person's.
    Either,
}

/// Every type of event, module by module.
pub fn catalogue() -> impl Iterator<Item = &'static EventType> {
    let modules = [
        admission::CATALOGUE,
        api_key::CATALOGUE,
        auth::CATALOGUE,
        entitlement::CATALOGUE,
        job::CATALOGUE,
        message::CATALOGUE,
        notification::CATALOGUE,
        organization::CATALOGUE,
        payment::CATALOGUE,
        subscription::CATALOGUE,
        suppression::CATALOGUE,
        template::CATALOGUE,
        user::CATALOGUE,
        webhook::CATALOGUE,
    ];
    modules.into_iter().flatten()
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
            #[derive(Debug, Clone, serde::Serialize, serde::Deserialize, schemars::JsonSchema)]
            pub struct $name { $($(#[$field_doc])* pub $field: $type),* }
            impl $crate::event::Event for $name {
                const NAME: &'static str = $text;
                $(fn organization(&self) -> Option<$crate::id::OrganizationId> { Some(self.$organization) })?
                $(fn organization(&self) -> Option<$crate::id::OrganizationId> { self.$perhaps })?
                $(fn target(&self) -> Option<$crate::event::Target> { Some(self.$target.into()) })?
                $(fn outcome(&self) -> $crate::event::Outcome { $crate::event::Outcome::$outcome })?
            }
        )*
        /// The events of this module.
        pub(super) const CATALOGUE: &[$crate::event::EventType] = &[$($crate::event::EventType {
            name: $text,
            level: $crate::event::level!($(in $organization)? $(within $perhaps)?),
            schema: <$name as schemars::JsonSchema>::json_schema,
        }),*];
    };
}
pub(crate) use events;

/// Where an event happens, as its declaration says.
macro_rules! level {
    (in $organization:ident) => {
        $crate::event::EventLevel::Organization
    };
    (within $perhaps:ident) => {
        $crate::event::EventLevel::Either
    };
    () => {
        $crate::event::EventLevel::Platform
    };
}
pub(crate) use level;

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    /// The names in the sources: `Name = "name" {`.
    fn declared() -> BTreeSet<String> {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/src/event");
        let files = std::fs::read_dir(folder).unwrap();
        let texts = files.map(|file| std::fs::read_to_string(file.unwrap().path()).unwrap());
        let mut names = BTreeSet::new();
        for text in texts {
            let lines = text.lines().filter_map(|line| line.strip_suffix("\" {"));
            names.extend(
                lines
                    .filter_map(|line| line.split_once(" = \""))
                    .map(|(_, name)| name.to_owned()),
            );
        }
        names
    }

    #[test]
    fn every_event_is_in_the_catalogue_once_and_says_what_it_is() {
        let names: Vec<_> = catalogue().map(|event| event.name.to_owned()).collect();
        let known: BTreeSet<_> = names.iter().cloned().collect();
        assert_eq!((known.len(), &known), (names.len(), &declared()));
        for event in catalogue() {
            let schema = (event.schema)(&mut SchemaGenerator::default());
            let description = schema.get("description").and_then(|text| text.as_str());
            assert!(description.is_some_and(|text| !text.is_empty()), "{}", event.name);
        }
    }

    #[test]
    fn tells_where_events_happen() {
        for (name, level) in [
            ("organization.created", EventLevel::Organization),
            ("api_key.created", EventLevel::Either),
            ("user.registered", EventLevel::Platform),
        ] {
            let event = catalogue().find(|event| event.name == name).unwrap();
            assert_eq!(event.level, level, "{name}");
        }
    }
}
