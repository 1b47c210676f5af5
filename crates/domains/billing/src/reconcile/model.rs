//! What is asked about by the clock.

use ports::payments::{ObjectKind, ObjectRef};

/// A payment or subscription that is to be asked about.
#[derive(Debug, Clone)]
pub(crate) struct Due {
    /// Its id, as the provider was told it: `pay_…`.
    pub(crate) reference: String,
    /// The provider.
    pub(crate) provider: String,
    /// Its account.
    pub(crate) account: String,
    /// The provider's id of it.
    pub(crate) provider_reference: Option<String>,
    /// The provider's id of the page where it is paid.
    pub(crate) checkout_reference: Option<String>,
    /// The number of the last page.
    pub(crate) attempt: i64,
}

impl Due {
    /// What its provider is asked for: the most precise that there is.
    pub(crate) fn object(&self, kind: ObjectKind) -> ObjectRef {
        match (&self.provider_reference, &self.checkout_reference) {
            (Some(id), _) => ObjectRef { kind, id: id.clone() },
            (None, Some(page)) => ObjectRef {
                kind: ObjectKind::Checkout,
                id: page.clone(),
            },
            // Providers that give pages no ids were told the number of the page with the reference.
            (None, None) => ObjectRef {
                kind: ObjectKind::Reference,
                id: format!("{}-{}", self.reference, self.attempt),
            },
        }
    }
}
