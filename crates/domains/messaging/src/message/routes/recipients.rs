//! `to`: one address, or a list of addresses and of people with what is theirs alone.

use std::fmt;

use garde::Validate;
use kernel::{EmailAddress, Locale, UserId};
use schemars::JsonSchema;
use serde::de::value::MapAccessDeserializer;
use serde::de::{self, Deserializer, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::error::MessagingError;
use crate::message::model::{MOST_RECIPIENTS, Metadata, Recipient, Shape, bounded_metadata};

/// Who gets a mail: one address, or a list of up to 1,000.
#[derive(Debug, JsonSchema)]
#[schemars(untagged)]
pub(super) enum To {
    /// One address.
    One(EmailAddress),
    /// Each of them gets a mail of their own. No address may be there twice.
    List(#[schemars(length(min = 1, max = 1000))] Vec<Addressee>),
}

/// An address, or somebody with what is theirs alone.
#[derive(Debug, JsonSchema)]
#[schemars(untagged)]
pub(super) enum Addressee {
    /// The address alone.
    Address(EmailAddress),
    // The address, and what is theirs. In the description of the API it has no words of its own: a reference with words beside
    // it is another type to some generators of clients.
    Person(RecipientBody),
}

/// Somebody who gets a mail.
#[derive(Debug, Serialize, Deserialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "EmailRecipient")]
pub(super) struct RecipientBody {
    /// The address.
    #[garde(skip)]
    email: EmailAddress,
    /// What the template is told for them, on top of `variables` of the request.
    #[serde(default)]
    #[garde(skip)]
    #[schemars(extend("example" = { "first_name": "Ada" }))]
    variables: Map<String, Value>,
    /// The language that they read; `locale` of the request when absent.
    #[garde(skip)]
    locale: Option<Locale>,
    /// What you want to remember about this mail, on top of `metadata` of the request. Together at most 2,048 bytes
    /// of JSON.
    #[serde(default)]
    #[garde(skip)]
    #[schemars(extend("example" = { "invoice": "2026-0031" }))]
    metadata: Metadata,
    /// The account that the mail is about, a member's: it is in their export, and goes when they do.
    #[garde(skip)]
    user_id: Option<UserId>,
}

impl<'de> Deserialize<'de> for To {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Read;

        impl<'de> Visitor<'de> for Read {
            type Value = To;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an e-mail address, or a list of recipients")
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<To, E> {
                text.parse().map(To::One).map_err(E::custom)
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<To, A::Error> {
                let mut addressees = Vec::new();
                while let Some(addressee) = list.next_element()? {
                    // The list is judged when it is read; what is far too much need not be kept for that.
                    if addressees.len() <= MOST_RECIPIENTS {
                        addressees.push(addressee);
                    }
                }
                Ok(To::List(addressees))
            }
        }

        deserializer.deserialize_any(Read)
    }
}

impl<'de> Deserialize<'de> for Addressee {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Read;

        impl<'de> Visitor<'de> for Read {
            type Value = Addressee;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an e-mail address, or an object with one")
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<Addressee, E> {
                text.parse().map(Addressee::Address).map_err(E::custom)
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Addressee, A::Error> {
                RecipientBody::deserialize(MapAccessDeserializer::new(map)).map(Addressee::Person)
            }
        }

        deserializer.deserialize_any(Read)
    }
}

impl To {
    /// How recipients were named, and who they are. What the request remembers is remembered of each.
    pub(super) fn into_recipients(
        self,
        metadata: Metadata,
    ) -> Result<(Shape, Vec<Recipient>), MessagingError> {
        let metadata = bounded_metadata(metadata, "/metadata")?;
        let to = match self {
            Self::One(email) => {
                let recipient = Recipient {
                    metadata,
                    ..Recipient::new(email)
                };
                return Ok((Shape::One, vec![recipient]));
            }
            Self::List(to) => to,
        };
        let recipients = to.into_iter().enumerate().map(|(place, addressee)| {
            let mut recipient = match addressee {
                Addressee::Address(email) => Recipient::new(email),
                Addressee::Person(person) => person.into(),
            };
            let mut all = metadata.clone();
            all.append(&mut recipient.metadata);
            recipient.metadata = bounded_metadata(all, format!("/to/{place}/metadata"))?;
            Ok(recipient)
        });
        let recipients: Result<Vec<Recipient>, MessagingError> = recipients.collect();
        Ok((Shape::List, recipients?))
    }
}

impl From<RecipientBody> for Recipient {
    fn from(body: RecipientBody) -> Self {
        Self {
            email: body.email,
            user: body.user_id,
            locale: body.locale,
            variables: body.variables,
            metadata: body.metadata,
        }
    }
}
