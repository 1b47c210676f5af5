//! A mail in its parts (RFC 5322, RFC 2046), one level deep: nothing in it is followed further, so that none is too
//! deep, and all of it is looked at once.

use mail_parser::{Message, MessageParser, MimeHeaders as _};

/// The most parts that are looked at; a report has three.
const MOST_PARTS: usize = 20;
/// The longest boundary (RFC 2046 §5.1.1).
const LONGEST_BOUNDARY: usize = 70;

/// Fields above a blank line.
pub(super) struct Fields<'a>(Option<Message<'a>>);

/// Fields, and what stands below them.
pub(super) struct Part<'a> {
    pub(super) fields: Fields<'a>,
    pub(super) body: &'a [u8],
}

impl<'a> Fields<'a> {
    pub(super) fn read(block: &'a [u8]) -> Self {
        Self(MessageParser::new().parse_headers(block))
    }

    /// The first field of this name, in one line.
    pub(super) fn get(&self, name: &str) -> Option<String> {
        let mut fields = self.0.as_ref()?.headers_raw();
        let (_, value) = fields.find(|(found, _)| found.eq_ignore_ascii_case(name))?;
        let value = value.split_whitespace().collect::<Vec<_>>().join(" ");
        (!value.is_empty()).then_some(value)
    }

    /// The media type in small letters; a text where nothing is said.
    pub(super) fn media_type(&self) -> String {
        let kind = self.0.as_ref().and_then(Message::content_type);
        kind.map_or_else(
            || "text/plain".to_owned(),
            |kind| format!("{}/{}", kind.ctype(), kind.subtype().unwrap_or_default()).to_ascii_lowercase(),
        )
    }

    /// What stands between its parts.
    fn boundary(&self) -> Option<&str> {
        self.0.as_ref()?.content_type()?.attribute("boundary")
    }

    /// The `Message-ID` without its brackets.
    pub(super) fn message_id(&self) -> Option<&str> {
        self.0.as_ref()?.message_id()
    }

    /// The `Date`, as RFC 3339 has it.
    pub(super) fn date(&self) -> Option<String> {
        self.0.as_ref()?.date().map(mail_parser::DateTime::to_rfc3339)
    }
}

impl<'a> Part<'a> {
    pub(super) fn read(bytes: &'a [u8]) -> Self {
        let (head, body) = split_at_blank_line(bytes);
        Self {
            fields: Fields::read(head),
            body,
        }
    }

    /// Its parts; none when it is no multipart.
    pub(super) fn parts(&self) -> Vec<Part<'a>> {
        let boundary = self.fields.boundary().unwrap_or_default();
        if !(1..=LONGEST_BOUNDARY).contains(&boundary.len()) {
            return Vec::new();
        }
        let pieces = split_at_boundary(self.body, boundary);
        pieces.into_iter().map(Part::read).collect()
    }
}

/// Texts with blank lines between them.
pub(super) fn paragraphs(mut bytes: &[u8], most: usize) -> Vec<&[u8]> {
    let mut found = Vec::new();
    while !bytes.is_empty() && found.len() < most {
        let (paragraph, rest) = split_at_blank_line(bytes);
        if !paragraph.trim_ascii().is_empty() {
            found.push(paragraph);
        }
        bytes = rest;
    }
    found
}

/// What stands above the first blank line, with the end of its last line, and what stands below it.
fn split_at_blank_line(bytes: &[u8]) -> (&[u8], &[u8]) {
    let mut offset = 0;
    for line in bytes.split_inclusive(|byte| *byte == b'\n') {
        let next = offset + line.len();
        if matches!(line, b"\n" | b"\r\n") {
            return (
                bytes.get(..offset).unwrap_or_default(),
                bytes.get(next..).unwrap_or_default(),
            );
        }
        offset = next;
    }
    (bytes, &[])
}

fn split_at_boundary<'a>(body: &'a [u8], boundary: &str) -> Vec<&'a [u8]> {
    let delimiter = [b"--", boundary.as_bytes()].concat();
    let (mut pieces, mut begin, mut offset) = (Vec::new(), None, 0);
    for line in body.split_inclusive(|byte| *byte == b'\n') {
        let next = offset + line.len();
        let rest = line
            .strip_prefix(delimiter.as_slice())
            .map(<[u8]>::trim_ascii_end);
        if let Some(rest @ (b"" | b"--")) = rest {
            pieces.extend(begin.and_then(|begin| body.get(begin..offset)));
            begin = rest.is_empty().then_some(next);
            if begin.is_none() || pieces.len() >= MOST_PARTS {
                return pieces;
            }
        }
        offset = next;
    }
    pieces.extend(begin.and_then(|begin| body.get(begin..)));
    pieces
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const MAIL: &[u8] =
        b"Message-ID: <a@b>\r\nContent-Type: multipart/mixed;\r\n boundary=\"x y\"\r\n\r\nbefore\r\n\
        --x y\r\n\r\none\r\n--x y \t\r\nContent-Type: Text/HTML\r\n\r\ntwo\r\n--x yz\r\n--x y--\r\nafter";

    #[test]
    fn a_mail_comes_apart_at_its_boundaries() {
        let mail = Part::read(MAIL);
        assert_eq!(mail.fields.message_id(), Some("a@b"));
        let parts = mail.parts();
        let found: Vec<_> = parts
            .iter()
            .map(|part| (part.fields.media_type(), part.body))
            .collect();
        let expected: [(String, &[u8]); 2] = [
            ("text/plain".into(), b"one\r\n"),
            ("text/html".into(), b"two\r\n--x yz\r\n"),
        ];
        assert_eq!(found, expected);
        assert_eq!(Part::read(b"no: mail").parts().len(), 0);
        let broken = MAIL.strip_suffix(b"--x y--\r\nafter").unwrap();
        assert_eq!(Part::read(broken).parts().len(), 2, "one that broke off");
        let many = [MAIL, b"\r\n--x y\r\n".repeat(1000).as_slice()].concat();
        let many = many.replace_first(b"--x y--", b"--x y--z");
        assert_eq!(Part::read(&many).parts().len(), MOST_PARTS);
    }

    #[test]
    fn paragraphs_stand_between_blank_lines() {
        assert_eq!(
            paragraphs(b"\r\na\r\nb\r\n\r\n\n\nc", 9),
            [&b"a\r\nb\r\n"[..], b"c"]
        );
        assert_eq!(paragraphs(b"a\n\nb\n\nc", 2).len(), 2);
        assert_eq!(paragraphs(b"", 9).len(), 0);
    }

    trait ReplaceFirst {
        fn replace_first(&self, from: &[u8], to: &[u8]) -> Vec<u8>;
    }

    impl ReplaceFirst for Vec<u8> {
        fn replace_first(&self, from: &[u8], to: &[u8]) -> Vec<u8> {
            let at = self
                .windows(from.len())
                .position(|window| window == from)
                .unwrap();
            [&self[..at], to, &self[at + from.len()..]].concat()
        }
    }

    proptest! {
        #[test]
        fn no_bytes_are_too_odd(bytes: Vec<u8>, head in "[ -~\r\n\t]{0,200}") {
            for bytes in [bytes.clone(), [head.as_bytes(), b"\r\n\r\n", &bytes].concat()] {
                let part = Part::read(&bytes);
                prop_assert!(part.parts().len() <= MOST_PARTS);
                let _ = (part.fields.media_type(), part.fields.date(), part.fields.get("status"));
                prop_assert!(paragraphs(&bytes, 7).len() <= 7);
            }
        }
    }
}
