//! Templates of mails: staff put texts of their own in the place of those that the product brings along, and
//! organizations and the platform make templates of their own.
//!
//! Tables: `email_templates`, of which mail reads what is published, and `mail_senders`. The names of
//! `organizations` are read.
//!
//! | module | holds |
//! |---|---|
//! | `error` | [`MessagingError`] |
//! | `machinery` | [`Machinery`]: what the service works with |
//! | `sender` | [`Senders`]: addresses that mail of organizations may be from |
//! | `template` | [`Templates`]: texts of mails, written, published and taken back |

mod error;
mod machinery;
mod sender;
mod template;

pub use error::MessagingError;
pub use machinery::{Machinery, MachineryParts};
pub use sender::model::{NewSender, Sender, SenderCode, SenderName};
pub use sender::routes::routes as sender_routes;
pub use sender::service::Senders;
pub use template::model::{
    NewText, ShownText, Status, TemplateName, TemplateOverview, TemplateText, TextInLanguage, Translation,
    TranslationState, Translations,
};
pub use template::routes::routes;
pub use template::service::{NewPreview, ResolvedTemplate, ResolvedText, Templates, Tested, Tester};
