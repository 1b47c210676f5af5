//! A code of either kind.

use kernel::Secret;

use crate::recovery_code::model::CodeMatch;
use crate::session::model::Shown;
use crate::totp::model::{Match, TotpFactor};

/// What a person types.
#[derive(Debug, Clone)]
pub enum FactorCode {
    /// What their authenticator app shows.
    Totp(Secret<String>),
    /// One that they wrote down.
    Recovery(Secret<String>),
}

/// What is kept, for a code to be compared with.
#[derive(Debug, Clone)]
pub(crate) enum Kept {
    Totp(Option<TotpFactor>),
    Recovery(Option<String>),
}

/// A code that was right when it was compared.
#[derive(Debug, Clone)]
pub(crate) enum Proven {
    Totp(Match),
    Recovery(CodeMatch),
}

impl FactorCode {
    /// What it is.
    pub(crate) const fn shown(&self) -> Shown {
        match self {
            Self::Totp(_) => Shown::Totp,
            Self::Recovery(_) => Shown::RecoveryCode,
        }
    }

    /// What a person typed where either kind is taken: six digits are of an app.
    pub(crate) fn of_either(text: &str) -> Self {
        let typed: String = text.chars().filter(|sign| !sign.is_whitespace()).collect();
        let is_digits = typed.bytes().all(|byte| byte.is_ascii_digit());
        if is_digits && typed.len() <= 8 {
            Self::Totp(Secret::new(typed))
        } else {
            Self::Recovery(Secret::new(typed))
        }
    }
}
