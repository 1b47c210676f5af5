//! What a person can show beside their first factor.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The second factors that a person has confirmed. Mail is none of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct HeldFactors {
    /// An authenticator app.
    pub has_totp: bool,
    /// A passkey, at least one.
    pub has_passkey: bool,
    /// How many recovery codes are left. They alone don't make a second factor.
    pub recovery_codes: u32,
}

/// A kind of second factor.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum FactorKind {
    /// A code of an authenticator app.
    Totp,
    /// A passkey.
    Passkey,
    /// One of the codes that were written down.
    RecoveryCode,
}

impl HeldFactors {
    /// Whether signing in takes a second step.
    pub const fn is_second_due(self) -> bool {
        self.has_totp || self.has_passkey
    }

    /// What the second step can be taken with.
    pub fn kinds(self) -> Vec<FactorKind> {
        let held = [
            (self.has_totp, FactorKind::Totp),
            (self.has_passkey, FactorKind::Passkey),
            (
                self.is_second_due() && self.recovery_codes > 0,
                FactorKind::RecoveryCode,
            ),
        ];
        held.into_iter()
            .filter(|(is_held, _)| *is_held)
            .map(|(_, kind)| kind)
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn recovery_codes_stand_in_for_a_factor_but_are_none() {
        let codes = HeldFactors {
            recovery_codes: 10,
            ..HeldFactors::default()
        };
        assert!(!codes.is_second_due() && codes.kinds().is_empty());
        let app = HeldFactors {
            has_totp: true,
            ..codes
        };
        assert_eq!(app.kinds(), [FactorKind::Totp, FactorKind::RecoveryCode]);
    }
}
