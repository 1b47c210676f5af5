//! From what is known about an organization to what it may use.

pub(crate) mod period;
pub(crate) mod plan;
pub(crate) mod verdict;
