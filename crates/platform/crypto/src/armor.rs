//! How secrets are written down: `prefix_` + base64url + six characters of checksum. The prefix tells
//! scanners of leaked secrets what they found, the checksum that it is no accident; a text of any
//! other form is refused before a database is asked.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use kernel::Secret;
use zeroize::Zeroizing;

const CHECKSUM: usize = 6;

/// The text of `bytes`.
pub(crate) fn write(prefix: &str, bytes: &[u8]) -> Secret<String> {
    let mut text = format!("{prefix}_");
    URL_SAFE_NO_PAD.encode_string(bytes, &mut text);
    let checksum = checksum(&text);
    text.push_str(&checksum);
    Secret::new(text)
}

/// The bytes of a text with this prefix; any other spelling of the same bytes is refused.
pub(crate) fn read<const N: usize>(prefix: &str, text: &str) -> Option<Zeroizing<[u8; N]>> {
    let (signed, found) = text.split_at_checked(text.len().checked_sub(CHECKSUM)?)?;
    if found != checksum(signed) {
        return None;
    }
    let body = signed.strip_prefix(prefix)?.strip_prefix('_')?;
    if body.len() != (N * 4).div_ceil(3) {
        return None;
    }
    let mut bytes = Zeroizing::new([0; N]);
    let length = URL_SAFE_NO_PAD.decode_slice(body, bytes.as_mut_slice()).ok()?;
    (length == N).then_some(bytes)
}

fn checksum(text: &str) -> String {
    URL_SAFE_NO_PAD.encode(crc32(text.as_bytes()).to_be_bytes())
}

/// CRC-32 as Ethernet and zip have it.
fn crc32(bytes: &[u8]) -> u32 {
    let mut crc = u32::MAX;
    for byte in bytes {
        crc ^= u32::from(*byte);
        for _ in 0..8 {
            crc = (crc >> 1) ^ if crc & 1 == 1 { 0xedb8_8320 } else { 0 };
        }
    }
    !crc
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn checksum_is_the_known_one() {
        assert_eq!(crc32(b"123456789"), 0xcbf4_3926);
        assert_eq!(crc32(b""), 0);
    }

    #[test]
    fn reads_what_it_writes_and_nothing_else() {
        let bytes = *crate::random::bytes::<41>();
        let text = write("mrt", &bytes);
        let text = text.expose();
        assert_eq!(*read::<41>("mrt", text).unwrap(), bytes);
        assert!(read::<41>("ms_ott", text).is_none());
        assert!(read::<41>("mr", text).is_none());
        assert!(read::<40>("mrt", text).is_none());
        assert!(read::<42>("mrt", text).is_none());
        for other in ["", "_", "mrt_", "mrt", "é", "mrt_é", "mrt_ééééééééé"] {
            assert!(read::<41>("mrt", other).is_none(), "{other}");
        }
        assert!(read::<41>("mrt", &format!("{text}=")).is_none());
        assert!(read::<41>("mrt", &format!("{text} ")).is_none());
        assert!(read::<41>("mrt", &format!(" {text}")).is_none());
    }
}
