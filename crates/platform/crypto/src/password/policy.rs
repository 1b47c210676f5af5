//! Which passwords are good enough. Length and guessability count; there are no rules about which
//! characters must occur (NIST SP 800-63B-4, section 3.1.1.2).

use std::borrow::Cow;

use kernel::FieldError;
use serde::Deserialize;
use zeroize::Zeroizing;
use zxcvbn::{Score, zxcvbn};

use super::normalise;

/// What is asked of a new password. Passwords that are in use are never judged again.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct PasswordPolicy {
    /// Fewest characters; never less than 8, whatever is configured.
    pub min_length: usize,
    /// Most characters; never less than 64, whatever is configured.
    pub max_length: usize,
    /// zxcvbn's score at least: 3 is "safely unguessable" offline behind a slow hash.
    pub min_score: u8,
}

/// What a new password lacks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PasswordFault {
    /// Too few characters.
    #[error("use at least {min} characters; a few unrelated words are easy to remember")]
    TooShort {
        /// The fewest that are taken.
        min: usize,
    },
    /// Too many characters.
    #[error("use at most {max} characters")]
    TooLong {
        /// The most that are taken.
        max: usize,
    },
    /// Others would think of it.
    #[error("this is too easy to guess; add unrelated words, and leave out your name and address")]
    TooWeak,
}

impl Default for PasswordPolicy {
    fn default() -> Self {
        Self {
            min_length: 12,
            max_length: 128,
            min_score: 3,
        }
    }
}

impl PasswordPolicy {
    /// Judges a new password. `context` is what a guesser would try first: the person's name and
    /// address, the names of the organization and of the product.
    pub fn check(&self, password: &str, context: &[&str]) -> Result<(), PasswordFault> {
        let (min, max) = (self.min_length.max(8), self.max_length.max(64));
        // NFKC makes 18 characters of one at most, and no characters of many only by combining few.
        if password.len() > max.saturating_mul(64) {
            return Err(PasswordFault::TooLong { max });
        }
        let password = normalise(password);
        let length = password.expose().chars().count();
        if length < min {
            return Err(PasswordFault::TooShort { min });
        }
        if length > max {
            return Err(PasswordFault::TooLong { max });
        }
        let words = words(context);
        let is_guessable = zxcvbn(beginning(password.expose()), &words).score() < self.score();
        if is_guessable || is_made_of(password.expose(), words) {
            return Err(PasswordFault::TooWeak);
        }
        Ok(())
    }

    fn score(&self) -> Score {
        Score::try_from(self.min_score).unwrap_or(Score::Four)
    }
}

impl PasswordFault {
    /// Stable code of the fault.
    pub const fn code(self) -> &'static str {
        match self {
            Self::TooShort { .. } => "too_short",
            Self::TooLong { .. } => "too_long",
            Self::TooWeak => "too_weak",
        }
    }

    /// The fault as one of the field at `pointer`.
    pub fn at(self, pointer: impl Into<Cow<'static, str>>) -> FieldError {
        FieldError::new(pointer, self.code(), self.to_string())
    }
}

/// As much as is judged. A password is no easier to guess than its beginning, and zxcvbn takes a tenth of a
/// second over 100 characters that somebody chose for that.
fn beginning(password: &str) -> &str {
    let end = password
        .char_indices()
        .nth(64)
        .map_or(password.len(), |(place, _)| place);
    password.get(..end).unwrap_or(password)
}

/// Each text as a whole and each of its words, so that `alice.liddell@wonder.example` also means "liddell".
fn words<'a>(context: &[&'a str]) -> Vec<&'a str> {
    let parts = context
        .iter()
        .flat_map(|text| text.split(|letter: char| !letter.is_alphanumeric()));
    let mut words: Vec<&str> = context.iter().copied().chain(parts).collect();
    words.retain(|word| word.chars().count() >= 3);
    words
}

/// Whether next to nothing is left of the password without those words. zxcvbn takes any three words in a
/// row for hard to guess, even if they are the person's name.
fn is_made_of(password: &str, mut words: Vec<&str>) -> bool {
    const LEAST: usize = 6;
    words.sort_by_key(|word| std::cmp::Reverse(word.len()));
    let mut rest = Zeroizing::new(password.to_lowercase());
    for word in words {
        rest = Zeroizing::new(rest.replace(&word.to_lowercase(), " "));
    }
    rest.chars().filter(|letter| letter.is_alphanumeric()).count() < LEAST
        && rest.as_str() != password.to_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(password: &str) -> Result<(), PasswordFault> {
        PasswordPolicy::default().check(
            password,
            &["alice.liddell@wonder.example", "Alice Liddell", "Mainstay"],
        )
    }

    #[test]
    fn takes_good_passwords() {
        for password in [
            "plinth-osprey-vagary",
            "correct horse battery staple",
            "kV9$tq2!mW7zR",
            "пять рыжих котов поют",
            "🦊🐙🌋🛶🎻🧶🪐🥨🦚🧭🪁🫖",
        ] {
            assert_eq!(check(password), Ok(()), "{password}");
        }
    }

    #[test]
    fn refuses_what_others_would_think_of() {
        for password in [
            "password1234",
            "aaaaaaaaaaaaaaaa",
            "qwertyuiop12",
            "123456789012",
            "alice.liddell@wonder.example",
            "AliceLiddell1",
            "mainstaymainstay",
            "liddell wonder",
            "Alice+Liddell=2026",
            "Wonder.Alice.12!",
        ] {
            assert_eq!(check(password), Err(PasswordFault::TooWeak), "{password}");
        }
    }

    #[test]
    fn counts_characters_after_normalisation() {
        assert_eq!(check(""), Err(PasswordFault::TooShort { min: 12 }));
        assert_eq!(check("kV9$tq2!mW7"), Err(PasswordFault::TooShort { min: 12 }));
        // Twelve code points in the composed form, twenty-four as typed.
        let accents = "e\u{301}o\u{302}u\u{308}a\u{300}i\u{302}u\u{300}";
        assert_eq!(check(accents), Err(PasswordFault::TooShort { min: 12 }));
        let long = |count: usize| "plinth-osprey ".chars().cycle().take(count).collect::<String>();
        assert_ne!(check(&long(128)), Err(PasswordFault::TooLong { max: 128 }));
        assert_eq!(check(&long(129)), Err(PasswordFault::TooLong { max: 128 }));
        assert_eq!(check(&long(1_000_000)), Err(PasswordFault::TooLong { max: 128 }));
        // One character that NFKC makes eighteen of.
        assert_eq!(
            check(&"\u{fdfa}".repeat(8)),
            Err(PasswordFault::TooLong { max: 128 })
        );
    }

    #[test]
    fn no_configuration_goes_below_eight() {
        let lax = PasswordPolicy {
            min_length: 1,
            max_length: 1,
            min_score: 0,
        };
        assert_eq!(lax.check("1234567", &[]), Err(PasswordFault::TooShort { min: 8 }));
        assert_eq!(lax.check("12345678", &[]), Ok(()));
        assert_eq!(lax.check(&"a".repeat(64), &[]), Ok(()));
    }

    #[test]
    fn faults_name_their_field() {
        let error = PasswordFault::TooShort { min: 12 }.at("/password");
        assert_eq!((error.pointer.as_ref(), error.code), ("/password", "too_short"));
    }
}
