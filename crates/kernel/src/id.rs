//! Typed ids: a UUIDv7 in the database, a [TypeID 0.3](https://github.com/jetify-com/typeid) text outside
//! (`org_01h455vb4pex5vsknk084sn02q`): a prefix that says what it names, then 26 characters of
//! Crockford base32. They sort by the time they were made.

mod any;

use std::borrow::Cow;
use std::cmp::Ordering;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::marker::PhantomData;
use std::str::FromStr;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use uuid::Uuid;

pub use any::AnyId;

use crate::time::Timestamp;

/// What an id names. One type for each kind of thing, so that ids can't be mixed up.
pub trait Kind: 'static {
    /// The text before the underscore: `org`.
    const PREFIX: &'static str;
    /// The thing in words, for messages to people: `organization`.
    const NOUN: &'static str;
}

/// An id of a thing of kind `K`.
pub struct Id<K> {
    uuid: Uuid,
    kind: PhantomData<fn() -> K>,
}

/// Makes the random part of new ids; tests give one that repeats.
pub trait IdSource: Send + Sync {
    /// A UUIDv7 for something made at `now`.
    fn uuid_v7(&self, now: Timestamp) -> Uuid;
}

/// Why a text is not the id that was asked for.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum IdError {
    /// A well-formed id of another kind.
    #[error("this is the id of a different kind of thing ({found}_…); {expected}_… is expected")]
    WrongType {
        /// The prefix that was asked for.
        expected: &'static str,
        /// The prefix that was given.
        found: String,
    },
    /// Not an id at all.
    #[error("this is not an id; {expected}_… is expected")]
    Malformed {
        /// The prefix that was asked for.
        expected: &'static str,
    },
}

impl<K: Kind> Id<K> {
    /// The next id from `ids`.
    pub fn new(ids: &dyn IdSource, now: Timestamp) -> Self {
        Self::from_uuid(ids.uuid_v7(now))
    }

    /// Wraps what the database holds.
    pub const fn from_uuid(uuid: Uuid) -> Self {
        Self {
            uuid,
            kind: PhantomData,
        }
    }

    /// What the database holds.
    pub const fn uuid(self) -> Uuid {
        self.uuid
    }
}

impl<K> Clone for Id<K> {
    fn clone(&self) -> Self {
        *self
    }
}
impl<K> Copy for Id<K> {}
impl<K> PartialEq for Id<K> {
    fn eq(&self, other: &Self) -> bool {
        self.uuid == other.uuid
    }
}
impl<K> Eq for Id<K> {}
impl<K> PartialOrd for Id<K> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}
impl<K> Ord for Id<K> {
    fn cmp(&self, other: &Self) -> Ordering {
        self.uuid.cmp(&other.uuid)
    }
}
impl<K> Hash for Id<K> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.uuid.hash(state);
    }
}
impl<K: Kind> fmt::Debug for Id<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl<K: Kind> fmt::Display for Id<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&text_of(K::PREFIX, self.uuid))
    }
}

/// The text of an id, in one piece: writing it letter by letter costs more than finding the letters.
fn text_of(prefix: &str, uuid: Uuid) -> String {
    let mut text = String::with_capacity(prefix.len() + 1 + SUFFIX);
    text.push_str(prefix);
    text.push('_');
    text.extend(suffix(uuid.as_u128()).map(char::from));
    text
}

/// Characters of five bits, the highest first.
fn suffix(value: u128) -> [u8; SUFFIX] {
    let mut digits = [b'0'; SUFFIX];
    let mut rest = value;
    for digit in digits.iter_mut().rev() {
        let place = usize::try_from(rest & 31).unwrap_or_default();
        *digit = ALPHABET.get(place).copied().unwrap_or(b'0');
        rest >>= 5;
    }
    digits
}

impl<K: Kind> FromStr for Id<K> {
    type Err = IdError;

    /// Case does not matter (TypeID 0.3 asks for lower case on the way out only).
    fn from_str(text: &str) -> Result<Self, IdError> {
        let malformed = IdError::Malformed { expected: K::PREFIX };
        let (prefix, suffix) = text.rsplit_once('_').ok_or(malformed.clone())?;
        let uuid = decode(suffix).ok_or(malformed.clone())?;
        if prefix.eq_ignore_ascii_case(K::PREFIX) {
            return Ok(Self::from_uuid(uuid));
        }
        let is_prefix =
            (1..=63).contains(&prefix.len()) && prefix.bytes().all(|byte| byte.is_ascii_lowercase());
        Err(if is_prefix {
            IdError::WrongType {
                expected: K::PREFIX,
                found: prefix.to_owned(),
            }
        } else {
            malformed
        })
    }
}

/// How many characters of five bits 128 bits take.
const SUFFIX: usize = 26;
const ALPHABET: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";

/// 26 characters of five bits hold 130 bits, so the first may be 7 at most.
fn decode(suffix: &str) -> Option<Uuid> {
    if suffix.len() != SUFFIX || suffix.bytes().next()? > b'7' {
        return None;
    }
    let mut value: u128 = 0;
    for byte in suffix.bytes() {
        value = (value << 5) | u128::from(digit(byte.to_ascii_lowercase())?);
    }
    Some(Uuid::from_u128(value))
}

/// The place of a character in [`ALPHABET`].
const fn digit(character: u8) -> Option<u8> {
    Some(match character {
        b'0'..=b'9' => character - b'0',
        b'a'..=b'h' => character - b'a' + 10,
        b'j' | b'k' => character - b'j' + 18,
        b'm' | b'n' => character - b'm' + 20,
        b'p'..=b't' => character - b'p' + 22,
        b'v'..=b'z' => character - b'v' + 27,
        _ => return None,
    })
}

impl<K: Kind> Serialize for Id<K> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&text_of(K::PREFIX, self.uuid))
    }
}

impl<'de, K: Kind> Deserialize<'de> for Id<K> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = Cow::<'de, str>::deserialize(deserializer)?;
        text.parse().map_err(de::Error::custom)
    }
}

impl<K: Kind> JsonSchema for Id<K> {
    fn inline_schema() -> bool {
        true
    }
    fn schema_name() -> Cow<'static, str> {
        Cow::Owned(format!("{}_id", K::PREFIX))
    }
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "string",
            "description": format!("Id of the {}.", K::NOUN),
            "pattern": format!("^{}_[0-7][0-9a-hjkmnp-tv-z]{{25}}$", K::PREFIX),
            "example": format!("{}_01k9q3v8x4f0r9y7t2m5n6p8w1", K::PREFIX),
        })
    }
}

/// The register: each kind of id of the product, one line each.
macro_rules! ids {
    ($($alias:ident = $kind:ident, $prefix:literal, $noun:literal;)*) => {
        $(
            #[doc = concat!("Marks the id of the ", $noun, ".")]
            pub enum $kind {}
            impl Kind for $kind {
                const PREFIX: &'static str = $prefix;
                const NOUN: &'static str = $noun;
            }
            #[doc = concat!("The id of the ", $noun, ": `", $prefix, "_…`.")]
            pub type $alias = Id<$kind>;
        )*
        /// Prefix and noun of each kind.
        const REGISTER: &[(&str, &str)] = &[$(($prefix, $noun)),*];
    };
}

ids! {
    UserId = User, "usr", "user";
    SessionId = Session, "ses", "session";
    OrganizationId = Organization, "org", "organization";
    RoleId = Role, "rol", "role";
    InviteId = Invite, "inv", "invite";
    UserDataId = UserData, "dat", "user data document";
    ActivityId = Activity, "act", "activity log entry";
    MessageId = Message, "msg", "message";
    TemplateId = Template, "tpl", "template of mails";
    MessageBatchId = MessageBatch, "bat", "batch of messages";
    MessageEventId = MessageEvent, "mev", "event in the life of a message";
    SenderId = Sender, "snd", "address that mail may be from";
    SuppressionId = Suppression, "sup", "suppressed address";
    PushSubscriptionId = PushSubscription, "psh", "subscription to pushed notifications";
    WebhookEndpointId = WebhookEndpoint, "whe", "webhook endpoint";
    WebhookSecretId = WebhookSecret, "whs", "secret of a webhook endpoint";
    WebhookDeliveryId = WebhookDelivery, "whd", "delivery to a webhook endpoint";
    NotificationId = Notification, "ntf", "notification";
    JobId = Job, "job", "job";
    EventId = EventKind, "evt", "event";
    ApiKeyId = ApiKey, "key", "API key";
    OneTimeTokenId = OneTimeToken, "ott", "one-time token";
    PasskeyId = Passkey, "pky", "passkey";
    SocialAccountId = SocialAccount, "soc", "account at a provider";
    AdmissionId = Admission, "adm", "admission";
    UserImportId = UserImport, "imp", "import of users";
    EmailChangeId = EmailChange, "emc", "change of e-mail address";
    PaymentId = Payment, "pay", "payment";
    RefundId = Refund, "rfd", "refund";
    DisputeId = Dispute, "dsp", "dispute";
    PaymentCustomerId = PaymentCustomer, "pcu", "customer at a payment provider";
    PaymentEventId = PaymentEvent, "pev", "event of a payment provider";
    PaymentDriftId = PaymentDrift, "dft", "drift from a payment provider";
    LedgerTransferId = LedgerTransfer, "ltr", "transfer in the ledger";
    PlanId = Plan, "pln", "plan";
    PriceId = Price, "prc", "price of a plan";
    SubscriptionId = Subscription, "sub", "subscription";
    InvoiceId = Invoice, "ivc", "invoice";
    EntitlementOverrideId = EntitlementOverride, "eov", "override of an entitlement";
    CreditId = Credit, "crd", "credit";
    UsageReservationId = UsageReservation, "rsv", "reservation of usage";
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn writes_and_reads_the_vectors_of_the_typeid_specification() {
        // https://github.com/jetify-com/typeid/blob/main/spec/valid.yml
        for (text, uuid) in [
            (
                "usr_00000000000000000000000000",
                "00000000-0000-0000-0000-000000000000",
            ),
            (
                "usr_00000000000000000000000001",
                "00000000-0000-0000-0000-000000000001",
            ),
            (
                "usr_0000000000000000000000000g",
                "00000000-0000-0000-0000-000000000010",
            ),
            (
                "usr_7zzzzzzzzzzzzzzzzzzzzzzzzz",
                "ffffffff-ffff-ffff-ffff-ffffffffffff",
            ),
            (
                "usr_0123456789abcdefghjkmnpqrs",
                "0110c853-1d09-52d8-d73e-1194e95b5f19",
            ),
            (
                "usr_01h455vb4pex5vsknk084sn02q",
                "01890a5d-ac96-774b-bcce-b302099a8057",
            ),
        ] {
            let id = UserId::from_uuid(uuid.parse().unwrap());
            assert_eq!(id.to_string(), text);
            assert_eq!(text.parse::<UserId>().unwrap(), id);
            assert_eq!(text.to_uppercase().parse::<UserId>().unwrap(), id);
        }
    }

    #[test]
    fn every_character_has_its_place() {
        for byte in 0..=u8::MAX {
            let place = ALPHABET.iter().position(|letter| *letter == byte);
            assert_eq!(digit(byte).map(usize::from), place, "{byte}");
        }
    }

    #[test]
    fn names_the_kind_when_another_is_given() {
        let error = "org_01h455vb4pex5vsknk084sn02q".parse::<UserId>().unwrap_err();
        assert_eq!(
            error,
            IdError::WrongType {
                expected: "usr",
                found: "org".into()
            }
        );
    }

    #[test]
    fn refuses_what_is_no_id() {
        for text in [
            "",
            "usr",
            "usr_",
            "usr_8zzzzzzzzzzzzzzzzzzzzzzzzz",
            "usr_01h455vb4pex5vsknk084sn02",
            "usr_01h455vb4pex5vsknk084sn02qq",
            "usr_01h455vb4pex5vsknk084sn02u",
            "01890a5d-ac96-774b-bcce-b302099a8057",
            "usr_01h455vb4pex5vsknk084sn0é",
            "\0_01h455vb4pex5vsknk084sn02q",
        ] {
            assert_eq!(
                text.parse::<UserId>(),
                Err(IdError::Malformed { expected: "usr" }),
                "{text}"
            );
        }
    }
}
