//! Chance, for what must differ between processes and is no secret: names, owners, waiting times.

use std::hash::{BuildHasher as _, Hasher as _, RandomState};

/// Another number each time.
pub(crate) fn throw() -> u64 {
    RandomState::new().build_hasher().finish()
}
