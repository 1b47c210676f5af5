//! Tags that show where something came from: HMAC-SHA256.

use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;
use subtle::ConstantTimeEq as _;
use zeroize::Zeroizing;

/// Tags values under one key. [`crate::MasterKey::mac`] makes them.
#[derive(Clone)]
pub struct Mac(Zeroizing<[u8; 32]>);

impl Mac {
    /// A tagger under a key of its own, such as that of a session.
    pub fn new(key: &[u8; 32]) -> Self {
        Self(Zeroizing::new(*key))
    }

    /// The tag of `parts`. Each goes in with its length, so that `["ab", "c"]` is not `["a", "bc"]`.
    pub fn tag(&self, parts: &[&[u8]]) -> [u8; 32] {
        let mut mac = keyed(&*self.0);
        for part in parts {
            mac.update(&u64::try_from(part.len()).unwrap_or(u64::MAX).to_be_bytes());
            mac.update(part);
        }
        mac.finalize().into_bytes().into()
    }

    /// Whether `tag` is the whole tag of `parts`, in constant time.
    pub fn verify(&self, parts: &[&[u8]], tag: &[u8]) -> bool {
        self.tag(parts).as_slice().ct_eq(tag).into()
    }
}

impl std::fmt::Debug for Mac {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Mac([redacted])")
    }
}

/// HMAC fills short keys up with zeros to the hash's block of 64 bytes, so doing that here can't fail. Keys are no
/// longer than that.
pub(crate) fn keyed(key: &[u8]) -> Hmac<Sha256> {
    let mut block = Zeroizing::new([0_u8; 64]);
    for (place, byte) in block.iter_mut().zip(key) {
        *place = *byte;
    }
    Hmac::new((&*block).into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn is_hmac_as_rfc_4231_has_it() {
        // Test case 3 has a key of 20 bytes 0xaa, which zeros fill up to our 32.
        let mut key = [0; 32];
        key[..20].fill(0xaa);
        let mut mac = keyed(&key);
        mac.update(&[0xdd; 50]);
        let tag: [u8; 32] = mac.finalize().into_bytes().into();
        let expected = "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe";
        assert_eq!(Some(tag.to_vec()), crate::hexadecimal::decode(expected));
    }

    #[test]
    fn keeps_parts_apart() {
        let mac = Mac::new(&[7; 32]);
        let tag = mac.tag(&[b"ab", b"c"]);
        assert!(mac.verify(&[b"ab", b"c"], &tag));
        assert!(!mac.verify(&[b"a", b"bc"], &tag));
        assert!(!mac.verify(&[b"abc"], &tag));
        assert!(!mac.verify(&[b"ab", b"c", b""], &tag));
        assert!(!Mac::new(&[8; 32]).verify(&[b"ab", b"c"], &tag));
    }

    #[test]
    fn takes_no_part_of_a_tag() {
        let mac = Mac::new(&[7; 32]);
        let tag = mac.tag(&[b"x"]);
        for length in 0..32 {
            assert!(!mac.verify(&[b"x"], &tag[..length]), "{length}");
        }
        let mut longer = tag.to_vec();
        longer.push(0);
        assert!(!mac.verify(&[b"x"], &longer));
    }
}
