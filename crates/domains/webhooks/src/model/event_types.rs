//! What an endpoint hears.

use kernel::OrganizationId;
use kernel::event::{EventLevel, catalogue};
use serde::{Deserialize, Serialize};

use crate::error::WebhookError;

const FIELD: &str = "/event_types";

/// How many entries a list may have.
const MOST: usize = 100;

/// Names of events, and `organization.*` for all that begin so. An empty list is every event.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct EventTypes(Vec<String>);

impl EventTypes {
    /// Reads the field at `/event_types` for an endpoint of `organization`, or of the platform. What could never
    /// be heard there is a mistake.
    pub fn parse(names: &[String], organization: Option<OrganizationId>) -> Result<Self, WebhookError> {
        if names.len() > MOST {
            return Err(WebhookError::field(FIELD, "too_long", "at most 100 entries"));
        }
        let mut kept: Vec<String> = Vec::with_capacity(names.len());
        for (place, name) in names.iter().enumerate() {
            let mut meant = catalogue().filter(|event| matches(name, event.name)).peekable();
            let pointer = format!("{FIELD}/{place}");
            if meant.peek().is_none() {
                let detail = "there is no event of that name; GET /webhook-event-types lists them";
                return Err(WebhookError::field(pointer, "unknown_event_type", detail));
            }
            if organization.is_some() && meant.all(|event| event.level == EventLevel::Platform) {
                let detail =
                    "that never happens in an organization, so only endpoints of the platform hear of it";
                return Err(WebhookError::field(pointer, "not_for_organizations", detail));
            }
            if !kept.contains(name) {
                kept.push(name.clone());
            }
        }
        Ok(Self(kept))
    }

    /// Whether events of that name are heard.
    pub fn hear(&self, name: &str) -> bool {
        self.0.is_empty() || self.0.iter().any(|entry| matches(entry, name))
    }

    /// As they are shown.
    pub fn names(&self) -> &[String] {
        &self.0
    }
}

fn matches(entry: &str, name: &str) -> bool {
    match entry.strip_suffix('*') {
        Some(start) => start.len() > 1 && start.ends_with('.') && name.starts_with(start),
        None => entry == name,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(names: &[&str], organization: Option<OrganizationId>) -> Result<EventTypes, WebhookError> {
        let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
        EventTypes::parse(&names, organization)
    }

    #[test]
    fn hears_names_and_what_begins_so() {
        let every = parse(&[], None).unwrap();
        assert!(every.hear("organization.created") && every.hear("anything"));
        let some = parse(&["organization.*", "member.joined", "member.joined"], None).unwrap();
        assert_eq!(some.names(), ["organization.*", "member.joined"]);
        for (name, is_heard) in [
            ("organization.created", true),
            ("organization.deleted", true),
            ("organization_data.written", false),
            ("member.joined", true),
            ("member.left", false),
        ] {
            assert_eq!(some.hear(name), is_heard, "{name}");
        }
    }

    #[test]
    fn refuses_what_is_never_heard() {
        let organization = Some(OrganizationId::from_uuid(uuid::Uuid::nil()));
        for unknown in [
            "",
            "*",
            ".*",
            "organization",
            "organization.",
            "organization*",
            "nothing.*",
            "Member.joined",
        ] {
            assert!(parse(&[unknown], None).is_err(), "{unknown}");
            assert!(parse(&[unknown], organization).is_err(), "{unknown}");
        }
        assert!(parse(&["user.registered"], None).is_ok());
        assert!(parse(&["user.registered"], organization).is_err());
        assert!(parse(&["user.*"], organization).is_err());
        assert!(parse(&["api_key.created", "member.*"], organization).is_ok());
        assert!(parse(&["member.joined"; 101], None).is_err());
    }
}
