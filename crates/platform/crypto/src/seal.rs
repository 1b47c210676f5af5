//! What must be read again: XChaCha20-Poly1305, whose nonces are long enough to draw at random.

use std::fmt;

use chacha20poly1305::aead::{Aead as _, Payload};
use chacha20poly1305::{KeyInit as _, XChaCha20Poly1305};
use zeroize::Zeroizing;

use crate::mac::Mac;
use crate::random;

/// The first byte of what is sealed, so that another form can follow one day.
const VERSION: u8 = 1;
const KEY_ID: usize = 4;
const NONCE: usize = 24;
const HEAD: usize = 1 + KEY_ID + NONCE;

/// Seals and opens values under one key. [`crate::MasterKey::sealer`] makes them.
#[derive(Clone)]
pub struct Sealer {
    cipher: XChaCha20Poly1305,
    key_id: [u8; KEY_ID],
}

impl Sealer {
    pub(crate) fn new(key: &[u8; 32]) -> Self {
        let [a, b, c, d, ..] = Mac::new(key).tag(&[b"key id"]);
        Self {
            cipher: XChaCha20Poly1305::new(key.into()),
            key_id: [a, b, c, d],
        }
    }

    /// Seals `plain`. It opens only with the same `associated`: say there what the value belongs to,
    /// so that it can't be moved to another row.
    ///
    /// # Panics
    /// Beyond 256 GiB.
    #[expect(
        clippy::expect_used,
        reason = "the cipher fails beyond 256 GiB, which no memory of ours holds"
    )]
    pub fn seal(&self, plain: &[u8], associated: &[u8]) -> Vec<u8> {
        let nonce = random::bytes::<NONCE>();
        let mut sealed = Vec::with_capacity(HEAD + plain.len() + 16);
        sealed.push(VERSION);
        sealed.extend(self.key_id);
        sealed.extend(*nonce);
        let payload = Payload {
            msg: plain,
            aad: &self.associated(associated),
        };
        let body = self.cipher.encrypt((&*nonce).into(), payload);
        sealed.extend(body.expect("less than 256 GiB"));
        sealed
    }

    /// Opens what [`Sealer::seal`] made with the same key and the same `associated`.
    pub fn open(&self, sealed: &[u8], associated: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
        let (head, body) = sealed.split_at_checked(HEAD)?;
        let (version, head) = head.split_first()?;
        let (key_id, nonce) = head.split_at_checked(KEY_ID)?;
        if *version != VERSION || key_id != self.key_id {
            return None;
        }
        let nonce: &[u8; NONCE] = nonce.try_into().ok()?;
        let payload = Payload {
            msg: body,
            aad: &self.associated(associated),
        };
        self.cipher
            .decrypt(nonce.into(), payload)
            .ok()
            .map(Zeroizing::new)
    }

    fn associated(&self, associated: &[u8]) -> Vec<u8> {
        [&[VERSION], self.key_id.as_slice(), associated].concat()
    }
}

impl fmt::Debug for Sealer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Sealer([redacted])")
    }
}

#[cfg(test)]
mod tests {
    use crate::MasterKey;

    #[test]
    fn opens_what_it_sealed() {
        let door = MasterKey::generate().sealer("mail");
        for plain in [b"".as_slice(), b"x", &[0; 10_000]] {
            let sealed = door.seal(plain, b"msg_1");
            assert_eq!(door.open(&sealed, b"msg_1").unwrap().as_slice(), plain);
            assert_ne!(sealed, door.seal(plain, b"msg_1"));
        }
    }

    #[test]
    fn opens_nothing_else() {
        let master = MasterKey::generate();
        let door = master.sealer("mail");
        let sealed = door.seal(b"hello", b"msg_1");
        assert!(door.open(&sealed, b"msg_2").is_none());
        assert!(master.sealer("codes").open(&sealed, b"msg_1").is_none());
        assert!(
            MasterKey::generate()
                .sealer("mail")
                .open(&sealed, b"msg_1")
                .is_none()
        );
        for place in 0..sealed.len() {
            let mut changed = sealed.clone();
            changed[place] ^= 1;
            assert!(door.open(&changed, b"msg_1").is_none(), "byte {place}");
            assert!(door.open(&sealed[..place], b"msg_1").is_none(), "cut at {place}");
        }
    }
}
