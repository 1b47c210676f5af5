//! What payments and subscriptions are called, here and there.

use ports::payments::CheckoutRequest;

/// The longest reference that Flutterwave takes.
const LONGEST: usize = 100;

/// What a try to pay is called there, which has to be another name each time; none where it is too long.
pub(crate) fn of_attempt(request: &CheckoutRequest) -> Option<String> {
    let reference = format!("{}-{}", request.reference, request.attempt);
    is_reference(&reference).then_some(reference)
}

/// What can be asked for.
pub(crate) fn is_reference(text: &str) -> bool {
    (1..=LONGEST).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_graphic())
}

/// The id of our payment or subscription in what a try was called; none where it was not us who called it so.
pub(crate) fn ours(tx_ref: &str) -> Option<&str> {
    let (reference, attempt) = tx_ref.rsplit_once('-')?;
    let is_attempt = (1..=10).contains(&attempt.len()) && attempt.bytes().all(|byte| byte.is_ascii_digit());
    let (kind, id) = reference.split_once('_')?;
    let is_id = !id.is_empty() && id.bytes().all(|byte| byte.is_ascii_alphanumeric());
    (is_attempt && is_id && matches!(kind, "pay" | "sub")).then_some(reference)
}

/// Whether the id is that of a subscription of ours.
pub(crate) fn is_subscription(reference: &str) -> bool {
    reference.starts_with("sub_")
}

/// A page, which has no number there: the try that it is for, and its address.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct CheckoutId<'a> {
    pub(crate) tx_ref: &'a str,
    pub(crate) link: &'a str,
}

impl<'a> CheckoutId<'a> {
    pub(crate) fn read(text: &'a str) -> Option<Self> {
        let (tx_ref, link) = text.split_once(' ')?;
        is_reference(tx_ref).then_some(Self { tx_ref, link })
    }

    pub(crate) fn text(self) -> String {
        format!("{} {}", self.tx_ref, self.link)
    }
}

/// A subscription. There it can't be asked for by its number, only by plan and address, so all of them are its id.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct SubscriptionId<'a> {
    pub(crate) number: &'a str,
    pub(crate) plan: &'a str,
    pub(crate) email: &'a str,
}

impl<'a> SubscriptionId<'a> {
    /// Reads `4147/3657/user@example.com`.
    pub(crate) fn read(text: &'a str) -> Option<Self> {
        let mut parts = text.splitn(3, '/');
        let id = Self {
            number: parts.next()?,
            plan: parts.next()?,
            email: parts.next()?,
        };
        let is_id =
            crate::api::is_number(id.number) && crate::api::is_number(id.plan) && id.email.contains('@');
        is_id.then_some(id)
    }

    /// As it is told to others. Addresses are alike in small letters.
    pub(crate) fn text(self) -> String {
        format!("{}/{}/{}", self.number, self.plan, self.email.to_lowercase())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_we_called_so_is_ours() {
        for (tx_ref, expected) in [
            ("pay_01hx-1", Some("pay_01hx")),
            ("sub_01hx-12", Some("sub_01hx")),
            ("pay_01hx-1-2", None),
            ("pay_01hx", None),
            ("pay_01hx-", None),
            ("pay_01hx-x", None),
            ("pay_01hx-99999999999", None),
            ("pay_-1", None),
            ("inv_01hx-1", None),
            ("Links-616626414629", None),
            ("6c644038-0579-4c4b-b4a7-0d14778747d2", None),
            ("", None),
        ] {
            assert_eq!(ours(tx_ref), expected, "{tx_ref}");
        }
    }

    #[test]
    fn ids_are_read_as_they_are_told() {
        let id = CheckoutId {
            tx_ref: "pay_1-1",
            link: "https://x.test/a",
        };
        assert_eq!(CheckoutId::read(&id.text()), Some(id));
        assert_eq!(CheckoutId::read("pay_1-1"), None);
        let id = SubscriptionId {
            number: "4147",
            plan: "3657",
            email: "a/b@c.co",
        };
        assert_eq!(SubscriptionId::read(&id.text()), Some(id));
        let loud = SubscriptionId {
            email: "A/b@C.co",
            ..id
        };
        assert_eq!(loud.text(), id.text());
        for text in ["4147", "4147/3657", "4147/3657/", "x/1/a@b", "1/../a@b", "/1/a@b"] {
            assert_eq!(SubscriptionId::read(text), None, "{text}");
        }
    }
}
