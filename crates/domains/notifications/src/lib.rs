//! Notifications: what people are told inside the product, each in a feed of their own.
//!
//! Tables: `notifications`, `notification_feeds`, `notification_preferences`, `notification_categories`. Of `user_org`
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
//! | `jobs` | [`DeleteOld`]: what was put away long ago is deleted |
//! | `subscribers` | [`TellMembers`]: hears what happens to members, and tells them |
//! | `routes` | [`routes()`]: a person's feed, and how an organization's programs write into it |

mod error;
mod jobs;
mod machinery;
mod model;
pub mod preferences;
mod routes;
mod service;
mod store;
mod stream;
mod subscribers;

#[cfg(test)]
mod tests;

pub use error::NotificationError;
pub use jobs::{DeleteOld, DeleteOldHandler};
pub use machinery::{Machinery, MachineryParts};
pub use model::{
    Category, Content, FeedFilter, Link, NewNotification, Notification, RawContent, Sent, UnreadCount,
};
pub use preferences::{Channel, Choice, Preference, Preferences, PreferencesOf};
pub use routes::routes;
pub use service::Notifications;
pub use stream::{Holding, Listener, SessionCheck, StreamConfig, Streams};
pub use subscribers::TellMembers;
