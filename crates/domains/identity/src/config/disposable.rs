//! Domains of mailboxes that are made to be thrown away.

use std::collections::HashSet;
use std::fmt;
use std::sync::{Arc, LazyLock};

use kernel::EmailAddress;

use super::email_domain::EmailDomain;

/// What the program brings along; `data/SOURCE.md` says from where.
const BUILT_IN: &str = include_str!("../../data/disposable_domains.txt");

static BUILT_IN_DOMAINS: LazyLock<DisposableDomains> =
    LazyLock::new(|| DisposableDomains::parse(BUILT_IN).unwrap_or_else(|_| DisposableDomains::none()));

/// A list of domains. Cheap to clone.
#[derive(Clone)]
pub struct DisposableDomains(Arc<HashSet<EmailDomain>>);

/// A line that is no domain.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DisposableDomainsError {
    /// Which line, from 1.
    pub line: usize,
}

impl DisposableDomains {
    /// What the program brings along.
    pub fn built_in() -> Self {
        BUILT_IN_DOMAINS.clone()
    }

    /// No domain at all.
    pub fn none() -> Self {
        Self(Arc::default())
    }

    /// One domain a line; what follows a `#` is a comment.
    pub fn parse(text: &str) -> Result<Self, DisposableDomainsError> {
        let mut domains = HashSet::new();
        for (number, line) in text.lines().enumerate() {
            let line = line.split('#').next().unwrap_or_default().trim();
            if !line.is_empty() {
                let fault = |_| DisposableDomainsError { line: number + 1 };
                domains.insert(line.parse().map_err(fault)?);
            }
        }
        Ok(Self(Arc::new(domains)))
    }

    /// Whether the domain of `email` is on the list, or lies below one that is.
    pub fn cover(&self, email: &EmailAddress) -> bool {
        let domain = email.domain();
        let parents = domain
            .match_indices('.')
            .filter_map(|(dot, _)| domain.get(dot + 1..));
        std::iter::once(domain)
            .chain(parents)
            .any(|domain| self.0.contains(domain))
    }
}

impl Default for DisposableDomains {
    fn default() -> Self {
        Self::built_in()
    }
}

impl fmt::Debug for DisposableDomains {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} domains", self.0.len())
    }
}

impl fmt::Display for DisposableDomainsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {} is no domain", self.line)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn covers(domains: &DisposableDomains, email: &str) -> bool {
        domains.cover(&email.parse().unwrap())
    }

    #[test]
    fn the_list_that_is_brought_along_is_read_whole() {
        let built_in = DisposableDomains::parse(BUILT_IN).unwrap();
        assert_eq!(built_in.0.len(), BUILT_IN.lines().count());
        assert!(covers(&built_in, "a@mailinator.com"));
        for kept in ["gmail.com", "outlook.com", "web.de", "orange.fr", "example.com"] {
            assert!(!covers(&built_in, &format!("a@{kept}")), "{kept}");
        }
    }

    #[test]
    fn what_lies_below_a_domain_is_covered_and_what_only_ends_like_it_is_not() {
        let domains =
            DisposableDomains::parse("# mine\n\n Throw.Away  # the worst\nbücher.example\n").unwrap();
        assert_eq!(domains.0.len(), 2);
        for email in [
            "a@throw.away",
            "a@deep.in.THROW.away",
            "a@xn--bcher-kva.example",
            "a@x.bücher.example",
        ] {
            assert!(covers(&domains, email), "{email}");
        }
        for email in ["a@nothrow.away", "a@away.example", "a@throw.away.example"] {
            assert!(!covers(&domains, email), "{email}");
        }
    }

    #[test]
    fn a_line_that_is_no_domain_is_named() {
        let fault = DisposableDomains::parse("a.example\n\nno domain\n").unwrap_err();
        assert_eq!(fault.to_string(), "line 3 is no domain");
    }
}
