//! The endpoints, and what is told to them.

mod endpoints;
mod records;
mod replaying;
mod secrets;
mod sending;
mod waking;
mod writing;

use crate::machinery::Machinery;
use crate::model::url::Schemes;

/// Webhooks out. Cheap to clone.
#[derive(Clone)]
pub struct Webhooks {
    machinery: Machinery,
}

impl Webhooks {
    /// Webhooks kept by `machinery`.
    pub const fn new(machinery: Machinery) -> Self {
        Self { machinery }
    }

    /// What the URLs of endpoints may begin with.
    pub(crate) fn schemes(&self) -> Schemes {
        self.machinery.schemes
    }
}
