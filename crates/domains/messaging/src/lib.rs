//! Templates of mails: staff put texts of their own in the place of those that the product brings along.
//!
//! Tables: `email_templates`, of which mail reads what is published.
//!
//! | module | holds |
//! |---|---|
//! | `error` | [`MessagingError`] |
//! | `machinery` | [`Machinery`]: what the service works with |
//! | `model` | [`TemplateText`], [`NewText`] and what is listed |
//! | `store`, `service` | [`Templates`]: writing, publishing, taking back |
//! | `routes` | [`routes()`]: `/messages/templates` |

mod error;
mod machinery;
mod model;
mod routes;
mod service;
mod store;

#[cfg(test)]
mod tests;

pub use error::MessagingError;
pub use machinery::{Machinery, MachineryParts};
pub use model::{NewText, Status, TemplateOverview, TemplateText, TextInLanguage};
pub use routes::routes;
pub use service::Templates;
