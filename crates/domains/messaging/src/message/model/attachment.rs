//! Files that mails carry.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use kernel::FieldError;
use ports::mail::Attachment;

use super::refuse;
use crate::error::MessagingError;
use crate::sender::model::breaks_a_line;

/// The most files of one mail.
const MOST: usize = 10;
/// The most bytes of all of them together.
const MOST_BYTES: usize = 5 * 1024 * 1024;
/// The longest name, in bytes: as long as file systems take it.
const LONGEST_NAME: usize = 255;
/// The longest media type, in bytes (RFC 6838 §4.2: 127 for each of its two names).
const LONGEST_TYPE: usize = 255;

/// A file as it was sent.
#[derive(Debug)]
pub(crate) struct RawAttachment {
    pub(crate) filename: String,
    pub(crate) content_type: String,
    pub(crate) content: String,
}

/// Reads `/attachments`; everything that is wrong with it is told at once.
pub(crate) fn read(raw: Vec<RawAttachment>) -> Result<Vec<Attachment>, MessagingError> {
    if raw.len() > MOST {
        return Err(MessagingError::field(
            "/attachments",
            "too_long",
            "at most 10 files",
        ));
    }
    let (mut read, mut faults, mut bytes) = (Vec::with_capacity(raw.len()), Vec::new(), 0_usize);
    for (place, one) in raw.into_iter().enumerate() {
        let fault = |field: &str, code, detail: &'static str| {
            FieldError::new(format!("/attachments/{place}/{field}"), code, detail)
        };
        if !is_name(&one.filename) {
            let detail = "the name of a file is expected, in one line and without a path";
            faults.push(fault("filename", "invalid_value", detail));
        }
        if !is_media_type(&one.content_type) {
            let detail = "a media type like application/pdf is expected, without parameters";
            faults.push(fault("content_type", "invalid_value", detail));
        }
        if let Ok(content) = STANDARD.decode(&one.content) {
            bytes = bytes.saturating_add(content.len());
            read.push(Attachment {
                filename: one.filename,
                content_type: one.content_type,
                content,
            });
        } else {
            let detail = "base64 is expected (RFC 4648 section 4), padded and in one line";
            faults.push(fault("content", "invalid_format", detail));
        }
    }
    if bytes > MOST_BYTES {
        let detail = "at most 5242880 bytes together";
        faults.push(FieldError::new("/attachments", "too_large", detail));
    }
    refuse(faults)?;
    Ok(read)
}

/// What reads as a path somewhere, or as no name at all, is none.
fn is_name(name: &str) -> bool {
    let is_blank = name.trim_matches([' ', '.']).is_empty();
    (1..=LONGEST_NAME).contains(&name.len())
        && !is_blank
        && !name
            .chars()
            .any(|letter| breaks_a_line(letter) || matches!(letter, '/' | '\\' | ':'))
}

/// Two restricted names (RFC 6838 §4.2). What holds further mails or parts is the mail's own business.
fn is_media_type(text: &str) -> bool {
    let Some((kind, subtype)) = text.split_once('/') else {
        return false;
    };
    let is_composite = ["multipart", "message"]
        .iter()
        .any(|composite| kind.eq_ignore_ascii_case(composite));
    text.len() <= LONGEST_TYPE && !is_composite && is_restricted_name(kind) && is_restricted_name(subtype)
}

fn is_restricted_name(name: &str) -> bool {
    let is_letter = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$&-^_.+".contains(&byte);
    name.len() <= 127
        && name
            .bytes()
            .next()
            .is_some_and(|first| first.is_ascii_alphanumeric())
        && name.bytes().all(is_letter)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn raw(filename: &str, content_type: &str, content: &str) -> RawAttachment {
        RawAttachment {
            filename: filename.into(),
            content_type: content_type.into(),
            content: content.into(),
        }
    }

    fn pointers(raw: Vec<RawAttachment>) -> Vec<String> {
        match read(raw) {
            Ok(_) => Vec::new(),
            Err(MessagingError::Invalid(faults)) => faults
                .into_iter()
                .map(|fault| fault.pointer.into_owned())
                .collect(),
            Err(other) => panic!("{other}"),
        }
    }

    #[test]
    fn a_file_has_a_name_a_type_and_its_bytes() {
        let good = raw("Rechnung März.pdf", "application/pdf", "AAECgP8=");
        let read = read(vec![good]).unwrap();
        assert_eq!(read[0].content, [0, 1, 2, 0x80, 0xff]);
        for name in [
            "",
            ".",
            "..",
            " ",
            "a/b",
            "..\\b",
            "C:b",
            "a\r\nX: y",
            "a\u{202e}fdp.exe",
            &"x".repeat(256),
        ] {
            assert_eq!(
                pointers(vec![raw(name, "text/plain", "")]),
                ["/attachments/0/filename"],
                "{name:?}"
            );
        }
        for kind in [
            "",
            "text",
            "/plain",
            "text/",
            "text/plain; charset=utf-8",
            "text/plain\r\nX: y",
            "multipart/mixed",
            "Message/rfc822",
            "text/a/b",
            "text/pläin",
        ] {
            assert_eq!(
                pointers(vec![raw("a", kind, "")]),
                ["/attachments/0/content_type"],
                "{kind:?}"
            );
        }
        for content in ["A", "AAEC gP8=", "AAECgP8", "AAECgP8=\n", "_-8=", "é"] {
            assert_eq!(
                pointers(vec![raw("a", "text/plain", content)]),
                ["/attachments/0/content"],
                "{content:?}"
            );
        }
    }

    #[test]
    fn files_are_few_and_not_too_large_together() {
        let of = |bytes: usize| raw("a", "text/plain", &STANDARD.encode(vec![7; bytes]));
        let half = MOST_BYTES / 2;
        assert_eq!(pointers(vec![of(half), of(half)]), [""; 0]);
        assert_eq!(pointers(vec![of(half), of(half + 1)]), ["/attachments"]);
        assert_eq!(pointers((0..11).map(|_| of(0)).collect()), ["/attachments"]);
        let all = pointers(vec![raw("/", "x", "A"), of(1), raw("b", "text/plain", "A")]);
        assert_eq!(
            all,
            [
                "/attachments/0/filename",
                "/attachments/0/content_type",
                "/attachments/0/content",
                "/attachments/2/content"
            ]
        );
    }
}
