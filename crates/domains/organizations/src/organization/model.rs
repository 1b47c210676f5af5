//! An organization and its settings.

use std::str::FromStr;

use kernel::{EmailAddress, Locale, OrganizationId, Timestamp, UserId};
use serde::{Deserialize, Serialize};

use crate::error::OrganizationError;
use crate::label::Label;
use crate::listing::Search;
use crate::slug::Slug;

/// What an organization is called.
pub type OrganizationName = Label<200>;

/// How many domains the list of those from which people may come can hold.
const MOST_DOMAINS: usize = 50;

/// People who work together, and what is theirs together.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Organization {
    /// Its id.
    pub id: OrganizationId,
    /// What it is called.
    pub name: String,
    /// What it goes by in addresses.
    pub slug: Slug,
    /// Counts its changes.
    pub version: i64,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub updated_at: Timestamp,
    /// From when on members without a second factor are kept out; none when they are not.
    #[serde(default)]
    pub mfa_required_from: Option<Timestamp>,
}

/// An organization in somebody's list, and the time that the list goes by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListedOrganization {
    /// The organization.
    pub organization: Organization,
    /// When the person joined, or when it was made.
    pub since: Timestamp,
}

/// An organization to be made.
#[derive(Debug, Clone)]
pub struct NewOrganization {
    /// What it is called.
    pub name: OrganizationName,
    /// Its slug; made from its name when there is none.
    pub slug: Option<Slug>,
}

/// What its members may change about it.
#[derive(Debug, Clone)]
pub struct OrganizationContent {
    /// What it is called.
    pub name: OrganizationName,
    /// What it goes by in addresses.
    pub slug: Slug,
}

/// Whose organizations are listed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Whose {
    /// Those of one person, the last joined first.
    Of(UserId),
    /// Everybody's, the newest first.
    Everybodys,
}

/// Which organizations are asked for.
#[derive(Debug, Clone)]
pub struct OrganizationFilter {
    /// Whose.
    pub whose: Whose,
    /// The start of their name or slug.
    pub search: Option<Search>,
}

/// How an organization wants things to be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Settings {
    /// The language of mails to people who have not chosen one.
    pub locale: Locale,
    /// Only addresses of these domains are invited; empty for all.
    pub allowed_email_domains: Vec<Domain>,
}

/// Settings with what goes along: how many may be in, which copy this is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CurrentSettings {
    /// The settings.
    pub settings: Settings,
    /// How many members there can be; none for no limit.
    pub seat_limit: Option<u32>,
    /// From when on members without a second factor are kept out; none when they are not.
    pub mfa_required_from: Option<Timestamp>,
    /// Counts the changes of the organization.
    pub version: i64,
    /// When the organization was last changed.
    pub updated_at: Timestamp,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            locale: Locale::ENGLISH,
            allowed_email_domains: Vec::new(),
        }
    }
}

impl Settings {
    /// Settings with these domains, each once.
    pub fn new(locale: Locale, domains: &[String]) -> Result<Self, OrganizationError> {
        let mut allowed_email_domains = Vec::with_capacity(domains.len());
        for domain in domains {
            let domain = Domain::parse(domain, "/allowed_email_domains")?;
            if !allowed_email_domains.contains(&domain) {
                allowed_email_domains.push(domain);
            }
        }
        if allowed_email_domains.len() > MOST_DOMAINS {
            let detail = "at most 50 domains";
            return Err(OrganizationError::field(
                "/allowed_email_domains",
                "too_long",
                detail,
            ));
        }
        Ok(Self {
            locale,
            allowed_email_domains,
        })
    }

    /// Whether an address of this domain may be invited.
    pub fn allows(&self, domain: &str) -> bool {
        let allowed = &self.allowed_email_domains;
        allowed.is_empty() || allowed.iter().any(|known| known.as_str() == domain)
    }
}

/// The domain of addresses, in ASCII and lower case.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Domain(String);

/// The text is no domain that mail is sent to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the domain of an e-mail address is expected, like example.com")]
pub struct DomainError;

impl Domain {
    /// Reads the field at `pointer`: what may stand behind the @ of an address.
    pub fn parse(raw: &str, pointer: &'static str) -> Result<Self, OrganizationError> {
        let domain = raw.trim().parse();
        domain.map_err(|error: DomainError| OrganizationError::field(pointer, "invalid", error.to_string()))
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Domain {
    type Err = DomainError;

    fn from_str(text: &str) -> Result<Self, DomainError> {
        let address: EmailAddress = format!("postmaster@{text}").parse().map_err(|_| DomainError)?;
        Ok(Self(address.domain().to_owned()))
    }
}

impl From<&Domain> for db::Value {
    fn from(domain: &Domain) -> Self {
        Self::Text(domain.0.clone())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_know_each_domain_once_and_in_ascii() {
        let domains = ["Example.com", " bücher.example ", "example.COM"].map(String::from);
        let settings = Settings::new(Locale::ENGLISH, &domains).unwrap();
        assert_eq!(settings.allowed_email_domains.len(), 2);
        assert!(settings.allows("example.com") && settings.allows("xn--bcher-kva.example"));
        assert!(!settings.allows("evil.test") && !settings.allows("sub.example.com"));
        assert!(Settings::default().allows("anywhere.test"));
        for domain in ["", "localhost", "a@example.com", "evil test", "x.com@example.com"] {
            assert!(Domain::parse(domain, "/email_domain").is_err(), "{domain}");
        }
    }

    #[test]
    fn settings_of_before_are_read() {
        let settings: Settings = serde_json::from_value(serde_json::json!({})).unwrap();
        assert_eq!(settings, Settings::default());
    }
}
