//! Reports as mail servers write them.

use mail::ReportKind;
use proptest::prelude::*;

use super::read;

const ID: &str = "msg_01h455vb4pex5vsknk084sn02q";

/// As Postfix writes it (RFC 3464).
fn bounce(action: &str, status: &str, returned: &str) -> String {
    format!(
        "Return-Path: <>\r\nDate: Tue, 01 Dec 2026 10:00:00 +0100\r\nFrom: MAILER-DAEMON@mx.example.com\r\n\
         Subject: Undelivered Mail Returned to Sender\r\nMIME-Version: 1.0\r\n\
         Content-Type: multipart/report; report-type=delivery-status;\r\n\tboundary=\"B/1.example\"\r\n\r\n\
         This is a MIME-encapsulated message.\r\n\r\n--B/1.example\r\nContent-Type: text/plain\r\n\r\n\
         I'm sorry. Message-ID: <msg_00000000000000000000000000@example.com>\r\n\r\n--B/1.example\r\n\
         Content-Description: Delivery report\r\nContent-Type: message/delivery-status\r\n\r\n\
         Reporting-MTA: dns; mx.example.com\r\nArrival-Date: Tue,  1 Dec 2026 09:59:58 +0100\r\n\r\n\
         Final-Recipient: rfc822; ada+1@example.com\r\nOriginal-Recipient: rfc822;Ada@example.com\r\n\
         Action: {action}\r\nStatus: {status}\r\nRemote-MTA: dns; in.example.com\r\n\
         Diagnostic-Code: smtp; 550 5.1.1 <ada@example.com>:\r\n    No such user\r\n\r\n--B/1.example\r\n{returned}\
         \r\n--B/1.example--\r\n"
    )
}

fn whole(id: &str) -> String {
    format!(
        "Content-Type: message/rfc822\r\n\r\nFrom: app@example.org\r\nMessage-ID: <{id}@app.example.org>\r\n\
         Subject: Hi\r\n\r\nHello\r\n"
    )
}

#[test]
fn reads_a_mail_that_came_back() {
    let reports = read(bounce("failed", "5.1.1", &whole(ID)).as_bytes());
    let [report] = reports.as_slice() else {
        panic!("{reports:?}");
    };
    assert_eq!(report.kind, Some(ReportKind::BounceHard));
    assert_eq!(report.message.unwrap().to_string(), ID);
    assert_eq!(report.recipient.as_ref().unwrap().as_str(), "Ada@example.com");
    assert_eq!(
        report.detail,
        "5.1.1 smtp; 550 5.1.1 <ada@example.com>: No such user"
    );
    assert_eq!(
        report.occurred_at.unwrap().to_string(),
        "2026-12-01T09:00:00.000Z"
    );
    let fields =
        format!("Content-Type: text/rfc822-headers\r\n\r\nmessage-id:\r\n <{ID}@app.example.org>\r\n");
    assert_eq!(read(bounce("failed", "5.1.1", &fields).as_bytes()), reports);
}

#[test]
fn only_a_mailbox_that_is_not_there_is_gone_for_good() {
    for (action, status, kind) in [
        ("Failed", "5.2.1", Some(ReportKind::BounceHard)),
        (
            "failed",
            "5.1.1 (bad destination mailbox)",
            Some(ReportKind::BounceHard),
        ),
        ("failed", "5.2.2", Some(ReportKind::BounceSoft)),
        ("failed", "5.7.1", Some(ReportKind::BounceSoft)),
        ("failed", "4.4.7", Some(ReportKind::BounceSoft)),
        ("failed", "", Some(ReportKind::BounceSoft)),
        ("delayed", "4.1.1", None),
        ("delivered", "2.0.0", None),
        ("expanded", "2.0.0", None),
    ] {
        let reports = read(bounce(action, status, &whole(ID)).as_bytes());
        assert_eq!(reports.len(), 1, "{action} {status}");
        assert_eq!(reports[0].kind, kind, "{action} {status}");
    }
}

#[test]
fn what_names_no_mail_of_ours_reports_nothing() {
    for returned in [
        whole("1234"),
        whole("usr_01h455vb4pex5vsknk084sn02q"),
        "Content-Type: text/plain\r\n\r\nMessage-ID: <msg_01h455vb4pex5vsknk084sn02q@app.example.org>".into(),
        String::new(),
    ] {
        let mail = bounce("failed", "5.1.1", &returned);
        assert!(read(mail.as_bytes()).is_empty(), "{returned}");
    }
    assert!(read(b"").is_empty());
    assert!(read(whole(ID).as_bytes()).is_empty());
}

/// As RFC 5965 shows it, in its appendix B.
fn complaint(feedback: &str) -> String {
    format!(
        "From: <abusedesk@example.com>\nDate: Thu, 8 Mar 2005 17:40:36 EDT\nSubject: FW: Earn money\n\
         MIME-Version: 1.0\nContent-Type: multipart/report; report-type=feedback-report;\n     \
         boundary=\"part1_13d.2e68ed54_boundary\"\n\n--part1_13d.2e68ed54_boundary\n\
         Content-Type: text/plain; charset=\"US-ASCII\"\nContent-Transfer-Encoding: 7bit\n\n\
         This is an email abuse report.\n\n--part1_13d.2e68ed54_boundary\nContent-Type: message/feedback-report\n\n\
         Feedback-Type: {feedback}\nUser-Agent: SomeGenerator/1.0\nVersion: 1\nOriginal-Mail-From: <a@example.net>\n\
         Original-Rcpt-To: <ada@example.com>\nSource-IP: 192.0.2.1\n\n--part1_13d.2e68ed54_boundary\n\
         Content-Type: message/rfc822\nContent-Disposition: inline\n\nMessage-ID: <{ID}@app.example.org>\n\
         Subject: Earn money\n\nSpam Spam Spam\n\n--part1_13d.2e68ed54_boundary--\n"
    )
}

#[test]
fn reads_complaints_of_readers() {
    let reports = read(complaint("abuse").as_bytes());
    assert_eq!(reports.len(), 1);
    assert_eq!(reports[0].kind, Some(ReportKind::Complaint));
    assert_eq!(reports[0].message.unwrap().to_string(), ID);
    assert_eq!(reports[0].recipient.as_ref().unwrap().as_str(), "ada@example.com");
    assert_eq!(reports[0].detail, "abuse SomeGenerator/1.0");
    assert_eq!(read(complaint("not-spam").as_bytes())[0].kind, None);
}

proptest! {
    #[test]
    fn no_mail_is_too_odd(cut in 0..2000_usize, place in 0..2000_usize, byte: u8, noise: Vec<u8>) {
        let mut mail = bounce("failed", "5.1.1", &whole(ID)).into_bytes();
        mail.truncate(cut);
        if let Some(found) = mail.get_mut(place) {
            *found = byte;
        }
        prop_assert!(read(&mail).len() <= 2);
        mail.extend(&noise);
        prop_assert!(read(&mail).len() <= 20);
        prop_assert!(read(&noise).is_empty());
    }
}

#[test]
fn nothing_is_followed_into_the_depth() {
    let deep = b"Content-Type: message/rfc822\n\n".repeat(30_000);
    assert!(read(&deep).is_empty());
    let wide = [
        "Content-Type: multipart/report; boundary=x\n\n",
        &"--x\n".repeat(200_000),
    ]
    .concat();
    assert!(read(wide.as_bytes()).is_empty());
}
