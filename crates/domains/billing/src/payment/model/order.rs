//! What somebody wants to be paid, as it is asked for.

use kernel::{EmailAddress, Money, OrganizationId, PriceId};
use url::Url;

use crate::buyer::bounded;
pub(crate) use crate::buyer::{Metadata, ReturnRule};
use crate::error::BillingError;

/// What is paid for.
#[derive(Debug, Clone)]
pub(crate) enum Subject {
    /// Something that costs so much.
    Amount(Money),
    /// So many of what is sold at a price.
    Price {
        /// The price.
        price: PriceId,
        /// How many.
        quantity: u32,
    },
}

/// As it was said.
#[derive(Debug, Clone)]
pub(crate) struct PaymentWish {
    pub(crate) organization: OrganizationId,
    pub(crate) subject: Subject,
    pub(crate) description: Option<String>,
    pub(crate) success_url: Option<String>,
    pub(crate) cancel_url: Option<String>,
    pub(crate) customer_email: Option<EmailAddress>,
    pub(crate) metadata: Metadata,
}

/// What is to be paid.
#[derive(Debug, Clone)]
pub(crate) struct PaymentOrder {
    pub(crate) organization: OrganizationId,
    pub(crate) subject: Subject,
    pub(crate) description: Option<String>,
    pub(crate) success_url: Url,
    pub(crate) cancel_url: Url,
    pub(crate) customer_email: Option<EmailAddress>,
    pub(crate) metadata: Metadata,
}

impl PaymentWish {
    /// The order, or what is wrong with it.
    pub(crate) fn read(self, rule: &ReturnRule) -> Result<PaymentOrder, BillingError> {
        let description = self.description.map(|text| described(&text)).transpose()?;
        Ok(PaymentOrder {
            organization: self.organization,
            subject: self.subject,
            description,
            success_url: rule.read("/success_url", self.success_url)?,
            cancel_url: rule.read("/cancel_url", self.cancel_url)?,
            customer_email: self.customer_email,
            metadata: bounded(self.metadata)?,
        })
    }
}

/// What the buyer reads, in one line.
fn described(text: &str) -> Result<String, BillingError> {
    const FIELD: &str = "/description";
    let text = text.trim();
    if !(1..=500).contains(&text.chars().count()) {
        return Err(BillingError::field(
            FIELD,
            "invalid_length",
            "1 to 500 characters are expected",
        ));
    }
    if text.chars().any(char::is_control) {
        let detail = "line breaks and other control characters are not allowed";
        return Err(BillingError::field(FIELD, "invalid", detail));
    }
    Ok(text.to_owned())
}

#[cfg(test)]
mod tests {
    use kernel::Failure as _;

    use super::*;

    fn rule(allows_plain: bool) -> ReturnRule {
        ReturnRule {
            home: "https://app.example.com/".parse().unwrap(),
            allows_plain,
        }
    }

    fn wish() -> PaymentWish {
        PaymentWish {
            organization: OrganizationId::from_uuid(uuid::Uuid::nil()),
            subject: Subject::Amount(Money::new(1, "USD".parse().unwrap())),
            description: None,
            success_url: None,
            cancel_url: None,
            customer_email: None,
            metadata: Metadata::new(),
        }
    }

    #[test]
    fn a_fault_is_told_where_it_is() {
        let order = wish().read(&rule(false)).unwrap();
        assert_eq!(order.success_url.as_str(), "https://app.example.com/");
        let wrong = PaymentWish {
            cancel_url: Some("nonsense".into()),
            ..wish()
        };
        assert_eq!(
            wrong.read(&rule(true)).unwrap_err().fields()[0].pointer,
            "/cancel_url"
        );
    }

    #[test]
    fn descriptions_are_a_line() {
        for (text, expected) in [
            (" Credits ", Some("Credits")),
            ("", None),
            ("  ", None),
            ("a\nb", None),
        ] {
            assert_eq!(described(text).ok().as_deref(), expected, "{text:?}");
        }
        assert!(described(&"ü".repeat(500)).is_ok() && described(&"ü".repeat(501)).is_err());
    }
}
