//! What the operator decides.

use std::time::Duration;

use kernel::OrganizationId;
use kernel::feature::FeatureKey;
use url::Url;

/// Settings of this domain.
#[derive(Debug, Clone)]
pub struct EntitlementsConfig {
    /// For how long a subscription whose payment is missing is as good as paid.
    pub grace: Duration,
    /// For how long after that people may still look at what is there.
    pub read_only: Duration,
    /// The key of the plan of those who have no subscription.
    pub default_plan: Option<String>,
    /// Where people go to get more.
    pub upgrade_url: Option<UpgradeUrl>,
}

/// Where people go to get more: an address in which `{organization_id}` and `{feature}` stand for what is meant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UpgradeUrl(String);

/// The text is no such address.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("an http or https address is expected, in which {{organization_id}} and {{feature}} may stand")]
pub struct UpgradeUrlError;

/// For how long those may go on whose payment is missing.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Patience {
    /// With everything.
    pub grace: Duration,
    /// After that, only looking.
    pub read_only: Duration,
}

impl EntitlementsConfig {
    pub(crate) const fn patience(&self) -> Patience {
        Patience {
            grace: self.grace,
            read_only: self.read_only,
        }
    }
}

impl UpgradeUrl {
    /// Reads the address.
    pub fn parse(text: &str) -> Result<Self, UpgradeUrlError> {
        let template = Self(text.trim().to_owned());
        let filled = template.0.replace(ORGANIZATION, "o").replace(FEATURE, "f");
        let is_address =
            Url::parse(&filled).is_ok_and(|url| matches!(url.scheme(), "http" | "https") && url.has_host());
        if is_address && !filled.contains(['{', '}']) {
            return Ok(template);
        }
        Err(UpgradeUrlError)
    }

    /// For an organization that lacks a feature. Neither needs to be escaped.
    pub(crate) fn of(&self, organization: OrganizationId, feature: &FeatureKey) -> String {
        let url = self.0.replace(ORGANIZATION, &organization.to_string());
        url.replace(FEATURE, feature.as_str())
    }
}

const ORGANIZATION: &str = "{organization_id}";
const FEATURE: &str = "{feature}";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_filled_in_and_others_refused() {
        let url = UpgradeUrl::parse("https://app.example.com/{organization_id}/buy?for={feature}").unwrap();
        let organization: OrganizationId = "org_01h455vb4pex5vsknk084sn02q".parse().unwrap();
        assert_eq!(
            url.of(organization, &"api_calls".parse().unwrap()),
            "https://app.example.com/org_01h455vb4pex5vsknk084sn02q/buy?for=api_calls"
        );
        for text in [
            "",
            "buy",
            "/buy",
            "javascript:alert(1)",
            "https://a.example/{user}",
            "https://",
        ] {
            assert_eq!(UpgradeUrl::parse(text), Err(UpgradeUrlError), "{text}");
        }
    }
}
