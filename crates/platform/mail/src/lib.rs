//! Mail: rendered and queued inside the caller's transaction, sent by a job afterwards, so that a
//! mail goes out when what it tells has happened, and never otherwise.
//!
//! Owns `messages` and `message_events`: each mail with its time line; `mail_attachments`, the files of those
//! posted together; `suppressions`, the addresses that get no mail. What a mail says and carries is sealed
//! there, because links in it open doors, and it is wiped once a mail server has taken responsibility. Reads
//! `email_templates`, whose published rows of the platform take the place of the built-in texts.
//!
//! | module | holds |
//! |---|---|
//! | [`template`] | [`Template`]: the mails that exist, and what each is told |
//! | [`templates`] | [`Templates`]: their texts, built in and from the operator's folder |
//! | [`mailer`] | [`Mailer`], [`Mail`]: sending one |
//! | [`post`] | [`Post`]: mails that organizations send, in words of their own |
//! | [`send`] | [`SendMail`], [`SendMailHandler`]: the job that hands it over |
//! | [`message`] | [`Messages`]: where each is, and how it got there |
//! | [`suppression`], [`report`] | [`Suppressions`]: who gets no mail, and what others report about it |
//! | [`category`], [`status`] | what kind of mail it is, and where on its way |
//! | `attachments` | the files that mails carry |
//! | [`relays`] | [`Relays`]: several mail servers, asked in order |
//! | [`mailbox`] | [`Mailbox`]: where mail goes while there is no mail server |
//! | `parts` | [`MailerParts`], [`Delivery`]: what those three are made of |
//! | `built_in` | the texts in this program, from `templates/` |
//! | [`preview`] | [`Preview`]: what a text that somebody writes looks like, if it can be used |
//! | [`compiled`] | [`Compiled`]: a text of somebody's own, made into many letters |
//! | [`variables`] | [`Variables`]: what such a text is told, declared and checked |
//! | `pace` | how fast mail goes to one domain |
//! | [`html`] | [`html::prepare`], [`html::text`]: HTML made ready for mail programs, and its text |
//! | `error` | [`TemplateError`]: what is wrong with a text |
//! | `sandbox`, `frugal`, `names` | what every text is rendered in, what those of people do without, and what they may ask for |
//! | `source` | a text as its file or row holds it |
//! | `words` | durations and moments as each language writes them |
//! | `model`, `store` | the rows |

mod attachments;
mod built_in;
pub mod category;
pub mod compiled;
mod error;
mod frugal;
pub mod html;
pub mod mailbox;
pub mod mailer;
pub mod message;
mod model;
mod names;
mod pace;
mod parts;
pub mod post;
pub mod preview;
pub mod relays;
pub mod report;
mod sandbox;
pub mod send;
mod source;
pub mod status;
mod store;
pub mod suppression;
pub mod template;
pub mod templates;
#[cfg(test)]
mod testing;
pub mod variables;
mod words;

pub use category::{Category, CategoryError};
pub use compiled::{Allowance, Compiled, LetterTo, Rendered};
pub use error::TemplateError;
pub use mailbox::Mailbox;
pub use mailer::{Mail, Mailer};
pub use message::{Change, MessageHistory, Messages};
pub use model::{
    CapturedMail, CapturedSummary, MessageEvent, MessageFilter, MessageSummary, NewSuppression, Suppression,
    SuppressionFilter, SuppressionReason, UnknownReason,
};
pub use pace::PaceConfig;
pub use parts::{Delivery, MailerParts, UnsubscribeLinks};
pub use post::{NewLetter, Post, Posted};
pub use preview::Preview;
pub use relays::Relays;
pub use report::{Recorded, Report, ReportKind};
pub use send::{SendMail, SendMailHandler};
pub use source::{Owner, Source};
pub use status::{MessageEventKind, MessageStatus};
pub use suppression::{Added, Suppressions};
pub use template::{Template, Variable};
pub use templates::Templates;
pub use variables::{Declared, VariableType, Variables};
