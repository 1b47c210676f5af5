//! Notifications: what people are told inside the product, each in a feed of their own.
//!
//! Tables: `notifications`, `notification_feeds`, `notification_preferences`, `notification_categories`,
//! `notification_digests`, `push_keys`, `push_subscriptions`. Of `users`, where mail goes; of `user_org`
//! and `organizations` it is read who is a member, and what an organization is called; of `user_settings`, what people hear of.
//!
//! | module | holds |
//! |---|---|
//! | `error` | [`NotificationError`] |
//! | `machinery` | [`Machinery`]: what the service works with |
//! | `model` | [`Notification`], what it says and where it leads |
//! | `store`, `service` | [`Notifications`]: sending, listing, reading and deleting them |
//! | [`preferences`] | [`Preferences`]: who hears of what by which ways |
//! | `stream` | [`Streams`]: what happens in a feed, told while it happens |
//! | [`digest`] | [`Digests`]: mails that sum up what was not read |
//! | [`push`] | [`PushSubscriptions`]: the browsers that show messages, and sending them |
//! | `letter` | mails about single notifications |
//! | `jobs` | [`DeleteOld`]: what was put away long ago is deleted |
//! | `subscribers` | [`TellMembers`]: hears what happens to members, and tells them |
//! | `routes` | [`routes()`]: a person's feed, and how an organization's programs write into it |

mod config;
pub mod digest;
mod error;
mod jobs;
mod letter;
mod machinery;
mod model;
pub mod preferences;
pub mod push;
mod routes;
mod service;
mod store;
mod stream;
mod subscribers;

#[cfg(test)]
mod tests;

pub use config::PushEndpoints;
pub use digest::{Digest, Digests, Frequency, Rhythm, SendDigests, SendDigestsHandler};
pub use error::NotificationError;
pub use jobs::{DeleteOld, DeleteOldHandler};
pub use machinery::{Machinery, MachineryParts};
pub use model::{
    Category, Channel, Content, FeedFilter, Link, NewNotification, Notification, RawContent, Sent, Told,
    UnreadCount,
};
pub use preferences::{Choice, Preference, Preferences, PreferencesOf};
pub use push::{PushSubscriptions, SendPush, SendPushHandler};
pub use routes::routes;
pub use service::Notifications;
pub use stream::{Holding, Listener, SessionCheck, StreamConfig, Streams};
pub use subscribers::TellMembers;
