//! Bytes as hexadecimal digits: how operators and test vectors write them.

/// The bytes of pairs of digits, in either case.
pub(crate) fn decode(text: &str) -> Option<Vec<u8>> {
    let mut digits = text.chars().map(|digit| digit.to_digit(16));
    let mut bytes = Vec::with_capacity(text.len() / 2);
    while let Some(high) = digits.next() {
        bytes.push(u8::try_from(high? * 16 + digits.next()??).ok()?);
    }
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_pairs_of_digits_only() {
        assert_eq!(decode("00fFa0"), Some(vec![0, 255, 160]));
        assert_eq!(decode(""), Some(vec![]));
        for text in ["0", "000", "0g", "g0", " 00", "0x00", "é0"] {
            assert_eq!(decode(text), None, "{text}");
        }
    }
}
