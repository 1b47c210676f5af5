//! What a recovery code looks like: its position, and ten letters of base32 (RFC 4648), `3-KMXQ2-7PLRT`.

use kernel::Secret;

/// How many a person has.
pub(crate) const CODES: u8 = 10;

const LETTERS: usize = 10;
const ALPHABET: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

/// A code, read.
#[derive(Debug, Clone)]
pub(crate) struct RecoveryCode {
    pub(crate) position: u8,
    pub(crate) letters: Secret<String>,
}

/// A full set, with what is kept of each.
#[derive(Debug, Clone)]
pub(crate) struct NewCodes {
    pub(crate) codes: Vec<RecoveryCode>,
    pub(crate) hashes: Vec<String>,
}

/// A code that was right, by the hash that it was compared with.
#[derive(Debug, Clone)]
pub(crate) struct CodeMatch {
    pub(crate) position: u8,
    pub(crate) phc: String,
}

impl RecoveryCode {
    /// A new one for this position.
    pub(crate) fn generate(position: u8) -> Self {
        let bytes = crypto::random::bytes::<LETTERS>();
        let letters = bytes
            .iter()
            .filter_map(|byte| ALPHABET.get(usize::from(byte % 32)));
        Self {
            position,
            letters: Secret::new(letters.map(|letter| char::from(*letter)).collect()),
        }
    }

    /// What people type: groups, blanks and small letters don't matter, and digits that are no letters of base32
    /// are taken for those that look like them.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let mut signs = text.chars().filter(|sign| !sign.is_whitespace() && *sign != '-');
        let position = signs.next()?.to_digit(10)?;
        let letters: String = signs
            .map(|sign| match sign.to_ascii_uppercase() {
                '0' => 'O',
                '1' => 'I',
                '8' => 'B',
                sign => sign,
            })
            .collect();
        let is_sound = letters.len() == LETTERS && letters.bytes().all(|letter| ALPHABET.contains(&letter));
        is_sound.then_some(Self {
            position: u8::try_from(position).ok()?,
            letters: Secret::new(letters),
        })
    }

    /// As people write it down.
    pub(crate) fn to_text(&self) -> String {
        let letters = self.letters.expose();
        let (first, second) = letters.split_at_checked(LETTERS / 2).unwrap_or((letters, ""));
        format!("{}-{first}-{second}", self.position)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_read_however_it_is_typed() {
        let code = RecoveryCode::generate(7);
        let text = code.to_text();
        assert_eq!(text.len(), 13);
        for typed in [
            text.clone(),
            text.to_lowercase(),
            text.replace('-', ""),
            text.replace('-', " "),
        ] {
            let read = RecoveryCode::parse(&typed).unwrap();
            assert_eq!((read.position, read.letters.expose()), (7, code.letters.expose()));
        }
        let read = RecoveryCode::parse("0-01801-abcde").unwrap();
        assert_eq!((read.position, read.letters.expose().as_str()), (0, "OIBOIABCDE"));
    }

    #[test]
    fn other_texts_are_no_codes() {
        for text in [
            "",
            "3",
            "x-ABCDE-FGHIJ",
            "3-ABCDE-FGHI",
            "3-ABCDE-FGHIJK",
            "3-ABCDE-FGHI9",
            "3-ÄBCDE-FGHIJ",
        ] {
            assert!(RecoveryCode::parse(text).is_none(), "{text}");
        }
    }
}
