//! Addresses that may be asked.

use url::{Host, Url};

/// Whether a URL is of this machine: `localhost`, or a loopback address.
pub fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

/// Whether secrets may be sent to what is below a URL: TLS, or the same machine; without user, query and fragment.
pub fn is_safe_base(url: &Url) -> bool {
    let is_plain = url.username().is_empty()
        && url.password().is_none()
        && url.query().is_none()
        && url.fragment().is_none();
    is_plain && (url.scheme() == "https" || (url.scheme() == "http" && is_loopback(url)))
}

/// A place below a URL, each part of the path a name of its own whatever is in it; none where the URL can have
/// no path.
pub fn below(base: &Url, path: &[&str], query: &[(&str, String)]) -> Option<Url> {
    let mut url = base.clone();
    url.path_segments_mut().ok()?.pop_if_empty().extend(path);
    if !query.is_empty() {
        url.query_pairs_mut().extend_pairs(query);
    }
    Some(url)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_go_nowhere_in_the_clear() {
        for (url, is_safe) in [
            ("https://pay.example/v1", true),
            ("http://127.0.0.1:12111", true),
            ("http://[::1]:12111/v1", true),
            ("http://localhost:12111", true),
            ("http://pay.example", false),
            ("http://10.0.0.1", false),
            ("http://localhost.example", false),
            ("https://user@pay.example", false),
            ("https://:secret@pay.example", false),
            ("https://pay.example?x=1", false),
            ("https://pay.example#x", false),
            ("file:///etc", false),
            ("data:text/plain,x", false),
        ] {
            assert_eq!(is_safe_base(&url.parse().unwrap()), is_safe, "{url}");
        }
    }

    #[test]
    fn parts_of_a_path_lead_nowhere_else() {
        let of = |base: &str, path: &[&str], query: &[(&str, String)]| {
            below(&base.parse().unwrap(), path, query).map(String::from)
        };
        let query = [("page[size]", "100".to_owned()), ("q", "a&b".to_owned())];
        assert_eq!(
            of("https://pay.example/v1/", &["orders", "1"], &query).as_deref(),
            Some("https://pay.example/v1/orders/1?page%5Bsize%5D=100&q=a%26b")
        );
        assert_eq!(
            of("https://pay.example/v1", &["a/b", "c?d#e"], &[]).as_deref(),
            Some("https://pay.example/v1/a%2Fb/c%3Fd%23e")
        );
        assert_eq!(of("data:text/plain,x", &["a"], &[]), None);
    }
}
