//! Refresh tokens. A token says which turn of which session it is, under a key that only this session
//! has; the row of the session knows the turn. So the last token can be told from older ones, which
//! were stolen, and from ones that never were, which anyone can write.

use kernel::{Secret, SessionId};
use uuid::Uuid;

use crate::armor;
use crate::mac::Mac;

const PREFIX: &str = "mrt";
const VERSION: u8 = 1;
const BODY: usize = 1 + 16 + 8;
const TAG: usize = 16;

/// One turn of a session.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RefreshToken {
    /// Whose token it is.
    pub session: SessionId,
    /// How often the session was refreshed before.
    pub counter: u64,
}

/// A token whose key is still to be looked up.
#[derive(Clone)]
pub struct Unverified {
    token: RefreshToken,
    tag: [u8; TAG],
}

impl RefreshToken {
    /// The text, which the session's own `key` signs.
    pub fn encode(&self, key: &[u8; 32]) -> Secret<String> {
        let mut bytes = Vec::with_capacity(BODY + TAG);
        bytes.push(VERSION);
        bytes.extend(self.session.uuid().as_bytes());
        bytes.extend(self.counter.to_be_bytes());
        bytes.extend(self.tag(key));
        armor::write(PREFIX, &bytes)
    }

    /// Reads a text, without knowing yet whether it is true.
    pub fn parse(text: &str) -> Option<Unverified> {
        let bytes = armor::read::<{ BODY + TAG }>(PREFIX, text)?;
        let (version, rest) = bytes.split_first()?;
        let (session, rest) = rest.split_first_chunk::<16>()?;
        let (counter, tag) = rest.split_first_chunk::<8>()?;
        if *version != VERSION {
            return None;
        }
        Some(Unverified {
            token: Self {
                session: SessionId::from_uuid(Uuid::from_bytes(*session)),
                counter: u64::from_be_bytes(*counter),
            },
            tag: tag.try_into().ok()?,
        })
    }

    /// Half of HMAC-SHA256, which is as much as the other secrets of a session are worth.
    fn tag(&self, key: &[u8; 32]) -> [u8; TAG] {
        let whole = Mac::new(key).tag(&[
            b"refresh token",
            &[VERSION],
            self.session.uuid().as_bytes(),
            &self.counter.to_be_bytes(),
        ]);
        let mut half = [0; TAG];
        for (place, byte) in half.iter_mut().zip(whole) {
            *place = byte;
        }
        half
    }
}

impl Unverified {
    /// The session whose key [`Unverified::verify`] needs. Do nothing to it before.
    pub const fn session(&self) -> SessionId {
        self.token.session
    }

    /// The turn that the text claims to be; means something after [`Unverified::verify`] only.
    pub const fn counter(&self) -> u64 {
        self.token.counter
    }

    /// Whether the session with this key made the token.
    pub fn verify(&self, key: &[u8; 32]) -> bool {
        subtle::ConstantTimeEq::ct_eq(self.token.tag(key).as_slice(), self.tag.as_slice()).into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn token() -> RefreshToken {
        RefreshToken {
            session: "ses_01h455vb4pex5vsknk084sn02q".parse().unwrap(),
            counter: 41,
        }
    }

    #[test]
    fn reads_what_it_writes() {
        let text = token().encode(&[9; 32]);
        assert!(text.expose().starts_with("mrt_"));
        let unverified = RefreshToken::parse(text.expose()).unwrap();
        assert_eq!(unverified.session(), token().session);
        assert_eq!(unverified.counter(), 41);
        assert!(unverified.verify(&[9; 32]));
        assert!(!unverified.verify(&[8; 32]));
        assert_eq!(text, token().encode(&[9; 32]), "the same turn is the same text");
    }

    #[test]
    fn forged_turns_and_sessions_do_not_verify() {
        let key = [9; 32];
        let true_tag = token().tag(&key);
        let forge = |token: RefreshToken| Unverified { token, tag: true_tag };
        assert!(forge(token()).verify(&key));
        assert!(
            !forge(RefreshToken {
                counter: 42,
                ..token()
            })
            .verify(&key)
        );
        assert!(
            !forge(RefreshToken {
                session: "ses_01h455vb4pex5vsknk084sn02r".parse().unwrap(),
                ..token()
            })
            .verify(&key)
        );
        for bit in 0..128 {
            let mut tag = true_tag;
            tag[bit / 8] ^= 1 << (bit % 8);
            assert!(!Unverified { token: token(), tag }.verify(&key));
        }
    }

    #[test]
    fn every_other_spelling_is_refused() {
        let text = token().encode(&[9; 32]);
        let text = text.expose().as_str();
        for length in 0..text.len() {
            assert!(RefreshToken::parse(&text[..length]).is_none());
        }
        assert!(RefreshToken::parse(&format!("{text}A")).is_none());
        for place in 0..text.len() {
            let mut bytes = text.as_bytes().to_vec();
            if bytes[place].is_ascii_alphabetic() {
                bytes[place] ^= 0x20;
                assert!(RefreshToken::parse(&String::from_utf8(bytes).unwrap()).is_none());
            }
        }
        let mut other_version = vec![2];
        other_version.extend([0; BODY + TAG - 1]);
        assert!(RefreshToken::parse(armor::write(PREFIX, &other_version).expose()).is_none());
    }
}
