//! A file that a mail carries, as a part of it.

use lettre::message::header::{ContentDisposition, ContentTransferEncoding, ContentType};
use lettre::message::{Body, SinglePart};
use ports::mail::Attachment;

/// The longest name that is kept, in characters.
const LONGEST_NAME: usize = 150;

/// The longest media type with its parameters, in bytes.
const LONGEST_TYPE: usize = 255;

/// The text is no media type of an attachment.
#[derive(Debug, thiserror::Error)]
#[error("`{0}` is no media type of an attachment")]
pub(crate) struct NoMediaType(String);

/// Always base64: what a file holds must arrive to the byte, and line ends are the first to suffer.
pub(crate) fn part(file: &Attachment) -> Result<SinglePart, NoMediaType> {
    let media_type = media_type(&file.content_type)?;
    let content = file.content.clone();
    let body = Body::new_with_encoding(content, ContentTransferEncoding::Base64);
    let body = body.map_err(|_| NoMediaType(file.content_type.clone()))?;
    Ok(SinglePart::builder()
        .header(ContentDisposition::attachment(&name(&file.filename)))
        .header(media_type)
        .body(body))
}

/// A mail inside a mail may not be encoded as files are (RFC 2046 §5.2.1), so it goes as plain bytes.
fn media_type(text: &str) -> Result<ContentType, NoMediaType> {
    let unknown = || NoMediaType(text.chars().take(80).collect());
    let is_plain = text.len() <= LONGEST_TYPE && text.bytes().all(|byte| matches!(byte, b' '..=b'~'));
    let parsed = ContentType::parse(text).map_err(|_| unknown())?;
    let essence = text.split(';').next().unwrap_or_default().trim_end();
    let (kind, subtype) = essence.split_once('/').unwrap_or_default();
    let is_plain = is_plain && !kind.is_empty() && !subtype.is_empty();
    let is_container = ["multipart", "message"]
        .iter()
        .any(|container| kind.eq_ignore_ascii_case(container));
    match (is_plain, is_container) {
        (false, _) => Err(unknown()),
        (true, true) => ContentType::parse("application/octet-stream").map_err(|_| unknown()),
        (true, false) => Ok(parsed),
    }
}

/// Without folders and line ends: mail programs write files under the names that mails give them.
fn name(text: &str) -> String {
    let last = text.rsplit(['/', '\\']).next().unwrap_or_default();
    let shown: String = last
        .chars()
        .filter(|letter| !letter.is_control())
        .take(LONGEST_NAME)
        .collect();
    let shown = shown.trim();
    if matches!(shown, "" | "." | "..") {
        return "attachment".to_owned();
    }
    shown.to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_has_no_folder_and_is_one_line() {
        for (given, kept) in [
            ("invoice.pdf", "invoice.pdf"),
            ("../../etc/passwd", "passwd"),
            ("C:\\Temp\\a.txt", "a.txt"),
            ("a\r\nBcc: eve@example.com", "aBcc: eve@example.com"),
            ("", "attachment"),
            ("folder/", "attachment"),
            ("..", "attachment"),
            ("Übersicht 数.csv", "Übersicht 数.csv"),
        ] {
            assert_eq!(name(given), kept, "{given}");
        }
        assert_eq!(name(&"ä".repeat(400)).chars().count(), LONGEST_NAME);
    }

    #[test]
    fn a_media_type_is_one() {
        for text in ["application/pdf", "text/csv; charset=utf-8", "image/svg+xml"] {
            assert_eq!(media_type(text).unwrap(), ContentType::parse(text).unwrap());
        }
        for text in ["message/rfc822", "multipart/mixed; boundary=x", "MESSAGE/partial"] {
            let bytes = ContentType::parse("application/octet-stream").unwrap();
            assert_eq!(media_type(text).unwrap(), bytes, "{text}");
        }
        let long = format!("text/plain; x={}", "a".repeat(400));
        for text in [
            "",
            "pdf",
            "text/",
            "a b/c",
            "text/plain\r\nBcc: eve@example.com",
            "text/plain; x=\"\r\n\r\nhello\"",
            "text/plain; x=\"ä\"",
            &long,
        ] {
            assert!(media_type(text).is_err(), "{text}");
        }
    }
}
