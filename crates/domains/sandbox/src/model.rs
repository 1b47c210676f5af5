//! What a provider keeps.

pub(crate) mod checkout;
pub(crate) mod event;
pub(crate) mod payment;
pub(crate) mod subscription;

/// The database holds what this program did not write.
#[derive(Debug, Clone, Copy, thiserror::Error)]
#[error("an unknown word")]
pub(crate) struct UnknownWord;

/// The word among `all` that is spelled `text`.
fn spelled<T: Copy>(text: &str, all: &[T], spell: impl Fn(T) -> &'static str) -> Result<T, UnknownWord> {
    let mut all = all.iter().copied();
    all.find(|word| spell(*word) == text).ok_or(UnknownWord)
}
