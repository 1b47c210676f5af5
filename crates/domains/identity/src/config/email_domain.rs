//! Domains that people have their addresses in.

use std::borrow::Borrow;
use std::fmt;
use std::str::FromStr;

use kernel::EmailAddress;

/// The domain of addresses, in ASCII and lower case, as [`EmailAddress::domain`] has it.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct EmailDomain(String);

/// The text is no domain that mail is sent to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EmailDomainError;

impl EmailDomain {
    /// The domain.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for EmailDomainError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a domain is expected, like example.com")
    }
}

impl Borrow<str> for EmailDomain {
    fn borrow(&self) -> &str {
        &self.0
    }
}

/// By the rules for addresses, so that the two are always the same when they look the same.
impl FromStr for EmailDomain {
    type Err = EmailDomainError;

    fn from_str(text: &str) -> Result<Self, EmailDomainError> {
        if text.contains('@') {
            return Err(EmailDomainError);
        }
        let address: EmailAddress = format!("x@{text}").parse().map_err(|_| EmailDomainError)?;
        Ok(Self(address.domain().to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn domains_are_read_as_those_of_addresses() {
        let domain = |text: &str| text.parse::<EmailDomain>().map(|domain| domain.0);
        assert_eq!(domain("Example.COM").as_deref(), Ok("example.com"));
        assert_eq!(domain("bücher.example").as_deref(), Ok("xn--bcher-kva.example"));
        for text in [
            "",
            "localhost",
            "@example.com",
            "a@example.com",
            "exa mple.com",
            "1.2.3.4",
        ] {
            assert_eq!(domain(text), Err(EmailDomainError), "{text:?}");
        }
    }
}
