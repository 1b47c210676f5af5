//! Templates of mails: staff put texts of their own in the place of those that the product brings along.
//!
//! Tables: `email_templates`, of which mail reads what is published.
//!
//! | module | holds |
//! |---|---|
//! | `error` | [`MessagingError`] |
//! | `machinery` | [`Machinery`]: what the service works with |
//! | `template` | [`Templates`]: texts of mails, written, published and taken back |

mod error;
mod machinery;
mod template;

pub use error::MessagingError;
pub use machinery::{Machinery, MachineryParts};
pub use template::model::{NewText, Status, TemplateOverview, TemplateText, TextInLanguage};
pub use template::routes::routes;
pub use template::service::Templates;
