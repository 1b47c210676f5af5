//! A notification: what it says, where it leads, and whether it was read.

use std::borrow::Cow;

use kernel::{NotificationId, OrganizationId, Timestamp, UserId};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::error::NotificationError;

/// How many characters a title may have.
const LONGEST_TITLE: usize = 200;
/// How many characters a body may have.
const LONGEST_BODY: usize = 2000;
/// How many bytes a link may have.
const LONGEST_LINK: usize = 2048;
/// How many bytes a category may have.
const LONGEST_CATEGORY: usize = 50;
/// How many bytes the data may have as JSON.
const LARGEST_DATA: usize = 4096;

/// Something that a person was told.
#[derive(Debug, Clone, PartialEq)]
pub struct Notification {
    /// The notification.
    pub id: NotificationId,
    /// The organization that it is about; `None` when it is about none.
    pub organization: Option<OrganizationId>,
    /// What kind of thing it tells: `invoice`.
    pub category: String,
    /// It in one line.
    pub title: String,
    /// The rest; may be empty.
    pub body: String,
    /// Where it leads: a URL, or a path in the product.
    pub link: Option<String>,
    /// What programs want to know with it.
    pub data: Map<String, Value>,
    /// When it was sent.
    pub created_at: Timestamp,
    /// When it was first read.
    pub read_at: Option<Timestamp>,
    /// When it was put away.
    pub archived_at: Option<Timestamp>,
}

/// What kind of thing a notification tells: small letters, digits and `_`, a letter first, 50 at most.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Category(Cow<'static, str>);

/// A way by which people hear of things.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Channel {
    /// The feed inside the product.
    InApp,
    /// Mail.
    Email,
    /// Messages to the browsers that the person allowed to show them.
    Push,
}

impl Channel {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::InApp, Self::Email, Self::Push];

    /// The word.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::InApp => "in_app",
            Self::Email => "email",
            Self::Push => "push",
        }
    }

    /// The channel of this word.
    pub(crate) fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|channel| channel.as_str() == word)
    }
}

/// Where a notification leads: a URL of `https` or `http`, or a path in the product.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Link(String);

/// What is to be said, in words that were not checked yet.
#[derive(Debug, Clone, Default)]
pub struct RawContent {
    /// What kind of thing it tells.
    pub category: String,
    /// It in one line.
    pub title: String,
    /// The rest; may be empty.
    pub body: String,
    /// Where it leads.
    pub link: Option<String>,
    /// What programs want to know with it.
    pub data: Map<String, Value>,
    /// By which ways people are to hear of it, if they want to; in the feed when empty.
    pub channels: Vec<Channel>,
}

/// What is said, as it may be said.
#[derive(Debug, Clone, PartialEq)]
pub struct Content {
    pub(crate) category: Category,
    pub(crate) title: String,
    pub(crate) body: String,
    pub(crate) link: Option<Link>,
    pub(crate) data: Map<String, Value>,
    pub(crate) channels: Vec<Channel>,
}

/// What somebody is to be told.
#[derive(Debug, Clone)]
pub struct NewNotification {
    /// Who.
    pub user: UserId,
    /// The organization that it is about, if any.
    pub organization: Option<OrganizationId>,
    /// What.
    pub content: Content,
}

/// What was sent to whom.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sent {
    /// The notification.
    pub id: NotificationId,
    /// Whose feed it is in.
    pub user: UserId,
}

/// Who was told by which ways.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Told {
    /// What is in whose feed.
    pub sent: Vec<Sent>,
    /// How many get a mail.
    pub mailed: u32,
    /// How many browsers get a message.
    pub pushed: u32,
}

/// Which notifications are asked for.
#[derive(Debug, Clone, Default)]
pub struct FeedFilter {
    /// About this organization.
    pub organization: Option<OrganizationId>,
    /// Not read yet, or read.
    pub is_unread: Option<bool>,
    /// Of this category.
    pub category: Option<String>,
    /// Those that were put away, instead of those that were not.
    pub is_archived: bool,
}

/// How many notifications wait to be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct UnreadCount {
    /// So many, 100 at most.
    pub unread: u32,
    /// Whether there are more.
    pub is_capped: bool,
}

impl UnreadCount {
    /// What is counted at most.
    pub(crate) const MOST: u32 = 100;

    /// Of rows that were counted one further than [`Self::MOST`].
    pub(crate) fn of(counted: u32) -> Self {
        Self {
            unread: counted.min(Self::MOST),
            is_capped: counted > Self::MOST,
        }
    }
}

impl Category {
    pub(crate) const ORGANIZATION_WORD: &str = "organization";
    pub(crate) const SECURITY_WORD: &str = "security";
    pub(crate) const DIGEST_WORD: &str = "digest";

    /// What happens to people as members.
    pub const ORGANIZATION: Self = Self(Cow::Borrowed(Self::ORGANIZATION_WORD));
    /// What concerns the safety of an account.
    pub const SECURITY: Self = Self(Cow::Borrowed(Self::SECURITY_WORD));
    /// Mails that sum up what was not read.
    pub const DIGEST: Self = Self(Cow::Borrowed(Self::DIGEST_WORD));

    /// Reads the field `/category`.
    pub fn parse(raw: &str) -> Result<Self, NotificationError> {
        let is_fit = raw.len() <= LONGEST_CATEGORY
            && raw.starts_with(|first: char| first.is_ascii_lowercase())
            && raw
                .bytes()
                .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_');
        if is_fit {
            return Ok(Self(Cow::Owned(raw.to_owned())));
        }
        let detail = "small letters, digits and _ are expected, a letter first, 50 at most";
        Err(NotificationError::field("/category", "invalid_format", detail))
    }

    /// The word.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether nobody can switch it off.
    pub fn is_mandatory(&self) -> bool {
        self.0 == Self::SECURITY_WORD
    }
}

impl Link {
    /// Reads the field `/link`. Nothing may pass that a browser reads as another place than it looks like:
    /// browsers leave out line breaks, and read `\` as `/`.
    pub fn parse(raw: &str) -> Result<Self, NotificationError> {
        if raw.len() > LONGEST_LINK {
            let detail = "at most 2048 bytes";
            return Err(NotificationError::field("/link", "too_long", detail));
        }
        let is_clean = !raw.contains(|c: char| c.is_control() || c.is_whitespace() || c == '\\');
        if is_clean && (is_path(raw) || is_url(raw)) {
            return Ok(Self(raw.to_owned()));
        }
        let detail =
            "a URL that begins with https:// or http://, or a path that begins with one /, is expected";
        Err(NotificationError::field("/link", "invalid", detail))
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

fn is_path(raw: &str) -> bool {
    raw.starts_with('/') && !raw.starts_with("//")
}

fn is_url(raw: &str) -> bool {
    let rest = raw
        .strip_prefix("https://")
        .or_else(|| raw.strip_prefix("http://"));
    rest.is_some_and(|rest| !rest.is_empty() && !rest.starts_with(['/', '?', '#']))
}

impl Content {
    /// Reads what is to be said, or names every field at fault.
    pub fn parse(raw: RawContent) -> Result<Self, NotificationError> {
        let mut faults = Vec::new();
        let category = noted(Category::parse(&raw.category), &mut faults);
        let title = noted(title(&raw.title), &mut faults);
        let body = noted(body(raw.body), &mut faults);
        let link = noted(raw.link.as_deref().map(Link::parse).transpose(), &mut faults);
        let data = noted(data(raw.data), &mut faults);
        let (Some(category), Some(title), Some(body), Some(link), Some(data)) =
            (category, title, body, link, data)
        else {
            return Err(NotificationError::Invalid(faults));
        };
        Ok(Self {
            category,
            title,
            body,
            link,
            data,
            channels: if raw.channels.is_empty() {
                vec![Channel::InApp]
            } else {
                raw.channels
            },
        })
    }
}

fn noted<T>(read: Result<T, NotificationError>, faults: &mut Vec<kernel::FieldError>) -> Option<T> {
    match read {
        Ok(value) => Some(value),
        Err(NotificationError::Invalid(fields)) => {
            faults.extend(fields);
            None
        }
        Err(_) => None,
    }
}

fn title(raw: &str) -> Result<String, NotificationError> {
    const FIELD: &str = "/title";
    let title = raw.trim();
    if title.is_empty() {
        return Err(NotificationError::field(FIELD, "too_short", "say something"));
    }
    if title.chars().count() > LONGEST_TITLE {
        return Err(NotificationError::field(
            FIELD,
            "too_long",
            "at most 200 characters",
        ));
    }
    if title.chars().any(char::is_control) {
        let detail = "line breaks and other control characters are not allowed";
        return Err(NotificationError::field(FIELD, "invalid", detail));
    }
    Ok(title.to_owned())
}

fn body(raw: String) -> Result<String, NotificationError> {
    if raw.chars().count() > LONGEST_BODY {
        let detail = "at most 2000 characters";
        return Err(NotificationError::field("/body", "too_long", detail));
    }
    Ok(raw)
}

fn data(raw: Map<String, Value>) -> Result<Map<String, Value>, NotificationError> {
    let length = serde_json::to_vec(&raw).map_or(usize::MAX, |json| json.len());
    if length > LARGEST_DATA {
        let detail = "at most 4096 bytes as JSON";
        return Err(NotificationError::field("/data", "too_large", detail));
    }
    Ok(raw)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_leads_where_it_looks_like() {
        for link in [
            "/",
            "/invoices/7?x=1#y",
            "https://example.com/a",
            "http://localhost:3000",
        ] {
            assert_eq!(Link::parse(link).unwrap().as_str(), link);
        }
        let refused = [
            "",
            "//evil.example",
            "/\\evil.example",
            "/\t/evil.example",
            "javascript:alert(1)",
            "invoices/7",
            "https://",
            "https:///a",
            "ftp://example.com",
            " https://example.com",
            "data:text/html,x",
        ];
        for link in refused {
            assert!(Link::parse(link).is_err(), "{link:?}");
        }
        assert!(Link::parse(&format!("/{}", "a".repeat(2048))).is_err());
    }

    #[test]
    fn a_category_is_a_word() {
        for category in ["a", "invoice_2", &"a".repeat(50)] {
            assert_eq!(Category::parse(category).unwrap().as_str(), category);
        }
        for category in ["", "2a", "_a", "A", "a-b", "ä", &"a".repeat(51)] {
            assert!(Category::parse(category).is_err(), "{category:?}");
        }
    }

    #[test]
    fn every_field_at_fault_is_named() {
        let raw = RawContent {
            category: "No".into(),
            title: " ".into(),
            body: "b".repeat(2001),
            link: Some("//x".into()),
            data: Map::from_iter([("a".to_owned(), Value::from("x".repeat(4096)))]),
            channels: Vec::new(),
        };
        let Err(NotificationError::Invalid(faults)) = Content::parse(raw) else {
            unreachable!("nothing of it is right");
        };
        let faults: Vec<_> = faults.iter().map(|fault| &*fault.pointer).collect();
        assert_eq!(faults, ["/category", "/title", "/body", "/link", "/data"]);
    }

    #[test]
    fn a_count_ends_at_a_hundred() {
        assert_eq!(
            UnreadCount::of(100),
            UnreadCount {
                unread: 100,
                is_capped: false
            }
        );
        assert_eq!(
            UnreadCount::of(101),
            UnreadCount {
                unread: 100,
                is_capped: true
            }
        );
    }
}
