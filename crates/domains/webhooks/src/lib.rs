//! Webhooks out: what happens, signed and told to the servers of organizations and of the platform, by Standard
//! Webhooks 1.0.0.
//!
//! An event is written down in the transaction that publishes it, with a delivery to each endpoint that hears of
//! it. One job at a time works for an endpoint: it sends what is due in the order of the events. What fails
//! is tried again later and holds up nothing else; an endpoint that fails again and again is asked rarely,
//! and after five days no more.
//!
//! What is told is the event's own fields, who acted, where and when; never the caller's address or program.
//! An organization hears of what happened in it, the platform of everything.
//!
//! Tables: `webhook_endpoints`, `webhook_secrets`, `webhook_events`, `webhook_deliveries`, `webhook_attempts`.
//!
//! | module | holds |
//! |---|---|
//! | `error` | [`WebhookError`] |
//! | `catalogue` | the events in the description of the API |
//! | `machinery` | [`Machinery`]: what the service works with |
//! | `model` | endpoints, what they hear, deliveries and attempts |
//! | `pace` | how long to wait after which failure |
//! | `store`, `service` | [`Webhooks`]: endpoints, writing events down, sending them |
//! | `listener` | [`WriteWebhooks`]: hears every event |
//! | `work`, `jobs` | what is done in the background |
//! | `routes` | [`routes()`]: endpoints, deliveries and the catalogue of events |

mod catalogue;
mod error;
mod jobs;
mod listener;
mod machinery;
mod model;
mod pace;
mod routes;
mod service;
mod store;
mod work;

pub use crate::jobs::{
    DeleteOldWebhooksHandler, DeliverWebhooksHandler, ReplayWebhooksHandler, WakeWebhooksHandler,
};
pub use catalogue::describe_events;
pub use error::WebhookError;
pub use listener::WriteWebhooks;
pub use machinery::{Machinery, MachineryParts};
pub use model::delivery::{Attempt, Delivery, DeliveryFilter, DeliveryStatus, DetailedDelivery};
pub use model::endpoint::{
    Description, DisabledReason, Endpoint, EndpointContent, EndpointStatus, IssuedEndpoint, SecretText,
};
pub use model::event_types::EventTypes;
pub use model::replay::{Replay, ReplayWish};
pub use model::url::{EndpointUrl, Schemes};
pub use routes::routes;
pub use service::Webhooks;
pub use work::{DeleteOldWebhooks, DeliverWebhooks, ReplayWebhooks, WakeWebhooks};
