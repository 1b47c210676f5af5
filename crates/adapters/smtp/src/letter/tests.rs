use std::sync::Arc;

use ports::mail::Attachment;

use super::*;

fn mail(to: &str, subject: &str) -> OutgoingMail {
    OutgoingMail {
        message_id: "msg_1@app.example.com".into(),
        composed_at: "2026-11-24T22:04:05Z".parse().unwrap(),
        to: to.parse().unwrap(),
        subject: subject.into(),
        text: "Grüße\n".into(),
        html: "<p>Grüße</p>".into(),
        from: None,
        reply_to: None,
        attachments: Arc::default(),
        unsubscribe: None,
    }
}

fn from(name: &str, address: &str) -> ports::mail::Mailbox {
    ports::mail::Mailbox {
        name: name.into(),
        address: address.parse().unwrap(),
    }
}

fn letter(mail: &OutgoingMail) -> Result<Letter, LetterError> {
    Letter::new(mail, &"Quillwork <hello@example.com>".parse().unwrap(), None)
}

fn content(mail: &OutgoingMail) -> String {
    String::from_utf8(letter(mail).unwrap().content).unwrap()
}

/// Header lines as they are on the wire, with their folds undone.
fn headers(mail: &OutgoingMail) -> Vec<String> {
    let content = content(mail);
    let (head, _) = content.split_once("\r\n\r\n").unwrap();
    head.replace("\r\n ", " ")
        .split("\r\n")
        .map(str::to_owned)
        .collect()
}

fn header(mail: &OutgoingMail, name: &str) -> Option<String> {
    let prefix = format!("{name}: ");
    let mut values = headers(mail)
        .into_iter()
        .filter_map(|line| line.strip_prefix(&prefix).map(str::to_owned))
        .collect::<Vec<_>>();
    assert!(values.len() < 2, "{values:?}");
    values.pop()
}

#[test]
fn is_the_same_on_every_try_but_for_its_boundary() {
    let mail = mail("Ada.L@Bücher.example", "Grüße");
    let letter = letter(&mail).unwrap();
    let to: &str = letter.to.as_ref();
    assert_eq!(to, "Ada.L@xn--bcher-kva.example");
    assert!(!letter.needs_utf8() && letter.content.is_ascii());
    let content = content(&mail);
    for line in [
        "From: Quillwork <hello@example.com>\r\n",
        "To: Ada.L@xn--bcher-kva.example\r\n",
        "Message-ID: <msg_1@app.example.com>\r\n",
        "Date: Tue, 24 Nov 2026 22:04:05 +0000\r\n",
        "Auto-Submitted: auto-generated\r\n",
        "Content-Type: multipart/alternative;",
    ] {
        assert!(content.contains(line), "{content}");
    }
    for absent in ["Sender", "Reply-To", "List-Unsubscribe", "List-Unsubscribe-Post"] {
        assert_eq!(header(&mail, absent), None, "{absent}");
    }
}

#[test]
fn whoever_writes_for_somebody_else_says_so() {
    let mut mail = mail("ada@example.com", "Hello");
    mail.from = Some(from("Quill News", "news@example.com"));
    mail.reply_to = Some("team@elsewhere.example".parse().unwrap());
    assert_eq!(
        header(&mail, "From").unwrap(),
        "\"Quill News\" <news@example.com>"
    );
    assert_eq!(header(&mail, "Reply-To").unwrap(), "team@elsewhere.example");
    assert_eq!(header(&mail, "Sender"), None);
    mail.from = Some(from("", "news@customer.example"));
    assert_eq!(header(&mail, "From").unwrap(), "news@customer.example");
    assert_eq!(header(&mail, "Sender").unwrap(), "Quillwork <hello@example.com>");
    let envelope = letter(&mail).unwrap().from;
    assert_eq!(AsRef::<str>::as_ref(&envelope), "hello@example.com");
}

#[test]
fn what_people_write_stays_in_its_header() {
    let attack = "Hello\r\nBcc: eve@example.com\r\n\r\nbody\u{0}\u{7}";
    let mut mail = mail("ada@example.com", attack);
    mail.from = Some(from(attack, "news@example.com"));
    mail.attachments = Arc::new([Attachment {
        filename: attack.into(),
        content_type: "text/plain".into(),
        content: b"x".to_vec(),
    }]);
    let content = content(&mail);
    assert!(!content.contains("\nBcc:"), "{content}");
    assert!(content.is_ascii());
    assert!(headers(&mail).iter().all(|line| line.contains(": ")), "{content}");
}

#[test]
fn can_be_unsubscribed_from_with_one_click() {
    let mut mail = mail("ada@example.com", "News");
    let url = format!("https://app.example.com/unsubscribe/{}", "t".repeat(300));
    mail.unsubscribe = Some(url.clone());
    assert_eq!(
        header(&mail, "List-Unsubscribe").unwrap().trim(),
        format!("<{url}>")
    );
    assert_eq!(
        header(&mail, "List-Unsubscribe-Post").unwrap(),
        "List-Unsubscribe=One-Click"
    );
    for injected in [
        "https://app.example.com/a>\r\nBcc: eve@example.com",
        "https://app.example.com/?a=<b>, <mailto:x@y>",
    ] {
        mail.unsubscribe = Some(injected.into());
        assert!(!content(&mail).contains("\nBcc:"));
        let value = header(&mail, "List-Unsubscribe").unwrap();
        assert_eq!(
            (value.matches('<').count(), value.matches('>').count()),
            (1, 1),
            "{value}"
        );
    }
    let long = format!("https://app.example.com/{}", "t".repeat(LONGEST_URL));
    for text in [
        "",
        "nonsense",
        "mailto:x@example.com",
        "javascript:alert(1)",
        &long,
    ] {
        mail.unsubscribe = Some(text.into());
        assert!(matches!(letter(&mail), Err(LetterError::Unsubscribe)), "{text}");
    }
}

#[test]
fn a_mail_without_html_is_one_part() {
    let mut mail = mail("ada@example.com", "Hello");
    mail.html.clear();
    mail.text = "one\rtwo\r\nthree\n".into();
    assert_eq!(
        header(&mail, "Content-Type").unwrap(),
        "text/plain; charset=utf-8"
    );
    assert!(content(&mail).ends_with("\r\n\r\none\r\ntwo\r\nthree\r\n"));
}

#[test]
fn a_wrong_media_type_stops_the_mail() {
    let mut mail = mail("ada@example.com", "Hello");
    mail.attachments = Arc::new([Attachment {
        filename: "a".into(),
        content_type: "pdf".into(),
        content: Vec::new(),
    }]);
    assert!(matches!(letter(&mail), Err(LetterError::MediaType(_))));
}

#[test]
fn an_address_beyond_ascii_needs_a_server_that_knows_them() {
    assert!(letter(&mail("büro@example.com", "x")).unwrap().needs_utf8());
    let mut mail = mail("ada@example.com", "x");
    mail.reply_to = Some("büro@example.com".parse().unwrap());
    assert!(letter(&mail).unwrap().needs_utf8());
}
