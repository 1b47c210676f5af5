//! Mail that organizations and the platform send: what it says, and who gets none.
//!
//! Tables: `email_templates`, of which mail reads what is published, and `mail_senders`. Mail owns `messages` and
//! `suppressions`, which are changed through its services. The names of `organizations` are read.
//!
//! | module | holds |
//! |---|---|
//! | `error` | [`MessagingError`] |
//! | `machinery` | [`Machinery`]: what the service works with |
//! | `jobs` | [`DeleteOldMessages`]: what was sent long ago is deleted |
//! | `report` | [`MailReports`]: what others report about mails that were sent |
//! | `config` | [`MessagingConfig`]: how much mail there may be |
//! | `message` | [`Messages`]: sending mail, and what becomes of it |
//! | `sender` | [`Senders`]: addresses that mail of organizations may be from |
//! | `suppression` | [`SuppressedAddresses`]: who gets no mail |
//! | `template` | [`Templates`]: texts of mails, written, published and taken back |
//! | `unsubscription` | [`Unsubscriptions`]: readers who want no more mail, their links and their page |

mod config;
mod error;
mod jobs;
mod machinery;
mod message;
mod report;
mod sender;
mod suppression;
mod template;
mod unsubscription;

pub use config::MessagingConfig;
pub use error::MessagingError;
pub use jobs::{DeleteOldMessages, DeleteOldMessagesHandler};
pub use machinery::{Machinery, MachineryParts};
pub use message::model::{From as MailFrom, NewEmail, Recipient, Sent, Shape, Words};
pub use message::routes::routes as message_routes;
pub use message::service::Messages;
pub use report::model::{MailReport, ReportOutcome};
pub use report::routes::report_routes;
pub use report::service::MailReports;
pub use sender::model::{NewSender, Sender, SenderCode, SenderName};
pub use sender::routes::routes as sender_routes;
pub use sender::service::Senders;
pub use suppression::routes::suppression_routes;
pub use suppression::service::SuppressedAddresses;
pub use template::model::{
    NewText, ShownText, Status, TemplateName, TemplateOverview, TemplateText, TextInLanguage, Translation,
    TranslationState, Translations,
};
pub use template::routes::routes;
pub use template::service::{NewPreview, ResolvedTemplate, ResolvedText, Templates, Tested, Tester};
pub use unsubscription::model::UnsubscribeTokens;
pub use unsubscription::pages::unsubscribe_pages;
pub use unsubscription::routes::unsubscribe_routes;
pub use unsubscription::service::Unsubscriptions;
