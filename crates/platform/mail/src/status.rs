//! Where a mail is on its way, and the steps of its time line.

use std::fmt;
use std::str::FromStr;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A word of the database that this version does not know.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not known here")]
pub struct UnknownWord(String);

macro_rules! words {
    ($(#[$doc:meta])* $name:ident { $($(#[$variant_doc:meta])* $variant:ident = $word:literal,)* }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
        #[serde(rename_all = "snake_case")]
        pub enum $name {
            $($(#[$variant_doc])* $variant,)*
        }

        impl $name {
            /// As it is stored and told.
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$variant => $word,)*
                }
            }
        }

        impl FromStr for $name {
            type Err = UnknownWord;

            fn from_str(text: &str) -> Result<Self, UnknownWord> {
                match text {
                    $($word => Ok(Self::$variant),)*
                    _ => Err(UnknownWord(text.to_owned())),
                }
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(self.as_str())
            }
        }
    };
}

words! {
    /// Where a mail is on its way.
    MessageStatus {
        /// Its time has not come.
        Scheduled = "scheduled",
        /// It will be handed over, or handed over again.
        Queued = "queued",
        /// A mail server took it.
        Sent = "sent",
        /// It is in the development mailbox, and goes no further.
        Mailbox = "mailbox",
        /// A mail server refused it, or none took it for too long. It can be tried again.
        Failed = "failed",
        /// There is no such mailbox.
        Bounced = "bounced",
        /// Its reader said that it is spam.
        Complained = "complained",
        /// The address is on the list of those that get no mail.
        Suppressed = "suppressed",
        /// Somebody took it back before it was handed over.
        Cancelled = "cancelled",
    }
}

words! {
    /// A step in the life of a mail.
    MessageEventKind {
        /// It was accepted for later.
        Scheduled = "scheduled",
        /// It was accepted, or somebody had it tried again.
        Queued = "queued",
        /// It was not taken, or nobody knows whether it was; it will be tried again.
        Deferred = "deferred",
        /// A mail server took it.
        Sent = "sent",
        /// It was put into the development mailbox.
        Mailbox = "mailbox",
        /// It was given up.
        Failed = "failed",
        /// There is no such mailbox.
        Bounced = "bounced",
        /// Its reader said that it is spam.
        Complained = "complained",
        /// The address is on the list of those that get no mail.
        Suppressed = "suppressed",
        /// Somebody took it back.
        Cancelled = "cancelled",
    }
}
