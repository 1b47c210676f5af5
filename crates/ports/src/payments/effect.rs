//! What is known of a question that was not answered.

use super::ProviderError;

/// Whether a call may have changed something that must not be changed twice.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Effect {
    /// It changes nothing, or nothing that matters.
    None,
    /// It does.
    Some,
}

impl Effect {
    /// The error for what is known of a call that was sent and whose outcome is not.
    pub fn unclear(self, message: String) -> ProviderError {
        match self {
            Self::None => ProviderError::Unavailable(message),
            Self::Some => ProviderError::OutcomeUnknown(message),
        }
    }
}

/// What somebody else wrote, fit for a log: no control characters, and no more than `most` others.
pub fn printable(text: &str, most: usize) -> String {
    let letters = text.chars().filter(|letter| !letter.is_control());
    letters.take(most).collect()
}
