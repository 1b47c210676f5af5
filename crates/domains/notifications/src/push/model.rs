//! A browser that takes messages, and what it is told.

use crypto::{LONGEST_PUSH, PushError, PushReceiver};
use jobs::{Job, Lane};
use kernel::{FieldError, NotificationId, OrganizationId, PushSubscriptionId, Timestamp};
use serde::{Deserialize, Serialize};
use url::Url;

use crate::config::PushEndpoints;
use crate::error::NotificationError;
use crate::model::{Content, Link};

/// How many bytes an endpoint may have; those of browsers have some hundreds.
const LONGEST_ENDPOINT: usize = 1024;
/// How many characters are kept of what a browser calls itself.
const LONGEST_USER_AGENT: usize = 400;
/// Room for `"id":"ntf_…",` in a message.
const ID: usize = 48;
const ELLIPSIS: &str = "…";

/// A browser's subscription, as it was given.
#[derive(Debug, Clone)]
pub struct NewPushSubscription {
    /// Where messages go.
    pub endpoint: String,
    /// What they are encrypted for, in base64url.
    pub p256dh: String,
    /// The secret that goes into that, in base64url.
    pub auth: String,
    /// What the browser calls itself.
    pub user_agent: Option<String>,
}

/// A browser that takes messages.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PushSubscription {
    /// The subscription.
    pub id: PushSubscriptionId,
    /// Where messages go.
    pub endpoint: String,
    /// What the browser calls itself.
    pub user_agent: Option<String>,
    /// When it began.
    pub created_at: Timestamp,
    /// When a message was last handed over.
    pub last_used_at: Option<Timestamp>,
}

/// What is sealed of a subscription.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Address {
    pub(crate) endpoint: Url,
    p256dh: String,
    auth: String,
}

/// What a browser is told.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct PushMessage {
    category: String,
    title: String,
    body: String,
    link: Option<String>,
    organization_id: Option<OrganizationId>,
}

#[derive(Serialize)]
struct Payload<'a> {
    id: Option<NotificationId>,
    #[serde(flatten)]
    message: &'a PushMessage,
}

/// Hands a message over to a push service. Twice is harmless: both have one topic, and the later takes the place of
/// the earlier while that was not shown.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct SendPush {
    /// Which browser.
    pub subscription: PushSubscriptionId,
    /// What it is about, where it is in the feed.
    pub notification: Option<NotificationId>,
    /// The organization that it is about.
    pub organization: Option<OrganizationId>,
    /// What is said, sealed, in base64.
    pub sealed_message: String,
    /// Whether it wakes a device that saves its battery.
    pub is_urgent: bool,
}

impl Job for SendPush {
    const NAME: &'static str = "notifications.send_push";
    const MAX_ATTEMPTS: u32 = 8;
    const PRIORITY: i32 = 3;
    const LANE: Lane = Lane::new("push", 32);

    fn organization(&self) -> Option<OrganizationId> {
        self.organization
    }
}

impl NewPushSubscription {
    /// Names every field at fault.
    pub(crate) fn parse(&self, endpoints: PushEndpoints) -> Result<Address, NotificationError> {
        let mut faults = Vec::new();
        let endpoint = endpoint(&self.endpoint, endpoints);
        if endpoint.is_none() {
            let detail = "the URL that the browser gave is expected: https, 1024 bytes at most";
            faults.push(FieldError::new("/endpoint", "invalid", detail));
        }
        if let Err(error) = PushReceiver::parse(&self.p256dh, &self.auth) {
            let pointer = match error {
                PushError::Secret => "/keys/auth",
                _ => "/keys/p256dh",
            };
            faults.push(FieldError::new(pointer, "invalid", error.to_string()));
        }
        endpoint
            .filter(|_| faults.is_empty())
            .map(|endpoint| Address {
                endpoint,
                p256dh: self.p256dh.clone(),
                auth: self.auth.clone(),
            })
            .ok_or(NotificationError::Invalid(faults))
    }

    /// As much of it as is kept.
    pub(crate) fn short_user_agent(&self) -> Option<String> {
        let shorten = |name: &String| name.chars().take(LONGEST_USER_AGENT).collect();
        self.user_agent.as_ref().map(shorten)
    }
}

fn endpoint(raw: &str, endpoints: PushEndpoints) -> Option<Url> {
    let url = Url::parse(raw).ok().filter(|_| raw.len() <= LONGEST_ENDPOINT)?;
    let is_fit = match (url.scheme(), endpoints) {
        ("https", _) | ("http", PushEndpoints::HttpToo) => url.host().is_some(),
        _ => false,
    };
    let is_bare = url.username().is_empty() && url.password().is_none() && url.fragment().is_none();
    (is_fit && is_bare).then_some(url)
}

impl Address {
    pub(crate) fn receiver(&self) -> Result<PushReceiver, PushError> {
        PushReceiver::parse(&self.p256dh, &self.auth)
    }
}

impl PushMessage {
    /// What is said, with as much of the body as push services take.
    pub(crate) fn of(organization: Option<OrganizationId>, content: &Content) -> Self {
        let mut message = Self {
            category: content.category.as_str().to_owned(),
            title: content.title.clone(),
            body: String::new(),
            link: content.link.as_ref().map(Link::as_str).map(str::to_owned),
            organization_id: organization,
        };
        let taken = message.payload(None).len() + ID;
        message.body = shortened(&content.body, LONGEST_PUSH.saturating_sub(taken));
        message
    }

    /// The bytes that are encrypted.
    pub(crate) fn payload(&self, id: Option<NotificationId>) -> Vec<u8> {
        serde_json::to_vec(&Payload { id, message: self }).unwrap_or_default()
    }
}

/// As much of `text` as fits into `room` bytes of JSON.
fn shortened(text: &str, room: usize) -> String {
    let width = |letter: char| serde_json::json!(letter).to_string().len().saturating_sub(2);
    if text.chars().map(width).sum::<usize>() <= room {
        return text.to_owned();
    }
    let mut left = room.saturating_sub(ELLIPSIS.len());
    let fits = |letter: &char| {
        let rest = left.checked_sub(width(*letter));
        left = rest.unwrap_or_default();
        rest.is_some()
    };
    let mut short: String = text.chars().take_while(fits).collect();
    short.push_str(ELLIPSIS);
    short
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::RawContent;

    fn content(body: &str, link: Option<String>) -> Content {
        let raw = RawContent {
            category: "c".repeat(50),
            title: "\"".repeat(200),
            body: body.to_owned(),
            link,
            ..RawContent::default()
        };
        Content::parse(raw).unwrap()
    }

    #[test]
    fn every_message_fits_into_what_push_services_take() {
        let id = Some(NotificationId::from_uuid(uuid::Uuid::max()));
        let organization = Some(OrganizationId::from_uuid(uuid::Uuid::max()));
        let longest_link = format!("/{}", "a".repeat(2047));
        for letter in ["x", "ä", "\u{1}", "🦀", "\\"] {
            for link in [None, Some("/a".to_owned()), Some(longest_link.clone())] {
                let message = PushMessage::of(organization, &content(&letter.repeat(2000), link));
                let payload = message.payload(id);
                assert!(payload.len() <= LONGEST_PUSH, "{letter:?}: {}", payload.len());
                let is_cut = message.body.ends_with(ELLIPSIS);
                assert!(is_cut || message.body == letter.repeat(2000));
                assert!(!is_cut || payload.len() > LONGEST_PUSH - 40, "{}", payload.len());
            }
        }
        let short = PushMessage::of(None, &content("Hello", None));
        assert_eq!(short.body, "Hello");
    }

    #[test]
    fn an_endpoint_is_a_url_without_anything_else() {
        for fine in ["https://push.example.net/a?b=c", "https://push.example.net:8443/"] {
            assert!(endpoint(fine, PushEndpoints::Https).is_some(), "{fine}");
        }
        let long = format!("https://a.example/{}", "x".repeat(1024));
        for refused in [
            "",
            "push.example.net",
            "//push.example.net/a",
            "http://push.example.net/a",
            "https://me@push.example.net/",
            "https://me:secret@push.example.net/",
            "https://push.example.net/#a",
            "ftp://push.example.net/",
            "file:///etc/passwd",
            "https://",
            &long,
        ] {
            assert!(endpoint(refused, PushEndpoints::Https).is_none(), "{refused}");
        }
        assert!(endpoint("http://127.0.0.1:1/a", PushEndpoints::HttpToo).is_some());
    }
}
