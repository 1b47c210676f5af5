//! Against a real mail server, aiosmtpd, which misbehaves when the recipient asks for it.

use std::io::{BufRead as _, BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use ports::mail::{Attachment, Mailbox};
use serde_json::{Value, json};
use tempfile::TempDir;

use super::*;

struct Server {
    process: Child,
    folder: TempDir,
    port: u16,
}

/// The Python with aiosmtpd. Without one the test is skipped on a person's machine and fails in CI.
fn python() -> Option<PathBuf> {
    let tools = std::env::var_os("MAINSTAY_TEST_TOOLS");
    let python = tools.map(|tools| Path::new(&tools).join("venv/bin/python"));
    let python = python.filter(|python| python.is_file());
    assert!(
        python.is_some() || std::env::var_os("CI").is_none(),
        "run the tests with `cargo xtask test`, which brings the mail server"
    );
    python
}

impl Server {
    fn start(args: &[&str]) -> Option<Self> {
        let python = python()?;
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../xtask/tools/python/mail_server.py");
        let folder = tempfile::tempdir().unwrap();
        let mut process = Command::new(python)
            .arg(script)
            .arg("--out")
            .arg(folder.path().join("mails"))
            .args(args)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(process.stdout.take().unwrap())
            .read_line(&mut line)
            .unwrap();
        let port = line.trim().parse().unwrap();
        Some(Self {
            process,
            folder,
            port,
        })
    }

    fn smtp(&self, scheme: &str, credentials: &str, options: &str) -> Smtp {
        let url = format!("{scheme}://{credentials}localhost:{}?{options}", self.port);
        let config: SmtpConfig = url.parse().unwrap();
        Smtp::new(config, "Quillwork <hello@example.com>".parse().unwrap()).unwrap()
    }

    fn mails(&self) -> Vec<Value> {
        let lines = std::fs::read_to_string(self.folder.path().join("mails")).unwrap_or_default();
        lines
            .lines()
            .map(|line| serde_json::from_str(line).unwrap())
            .collect()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn mail(to: &str) -> OutgoingMail {
    OutgoingMail {
        message_id: "msg_01@app.example.com".into(),
        composed_at: "2026-11-24T22:04:05Z".parse().unwrap(),
        to: to.parse().unwrap(),
        subject: "Grüße aus Köln".into(),
        text: "Hallo,\n.\n..zwei Punkte\nÄÖÜ\n".into(),
        html: "<p>Hallo</p>".into(),
        from: None,
        reply_to: None,
        attachments: std::sync::Arc::default(),
        unsubscribe: None,
    }
}

#[tokio::test]
async fn a_mail_arrives_as_it_was_written() {
    let Some(server) = Server::start(&[]) else { return };
    let smtp = server.smtp("smtp", "", "tls=none");
    let accepted = smtp.send(&mail("Ada@Bücher.example")).await.unwrap();
    assert_eq!(accepted.reply, "250 2.0.0 OK queued as 1");
    let mails = server.mails();
    let [mail] = &mails[..] else { panic!("{mails:?}") };
    assert_eq!(mail["from"], "hello@example.com");
    assert_eq!(mail["to"][0], "Ada@xn--bcher-kva.example");
    assert_eq!(mail["headers"]["subject"], "Grüße aus Köln");
    assert_eq!(mail["headers"]["from"], "Quillwork <hello@example.com>");
    assert_eq!(mail["headers"]["message-id"], "<msg_01@app.example.com>");
    assert_eq!(
        mail["text"].as_str().unwrap().replace("\r\n", "\n"),
        "Hallo,\n.\n..zwei Punkte\nÄÖÜ\n"
    );
    assert_eq!(mail["html"].as_str().unwrap().trim(), "<p>Hallo</p>");
}

#[tokio::test]
async fn everything_a_mail_may_carry_arrives() {
    let Some(server) = Server::start(&[]) else { return };
    let smtp = server.smtp("smtp", "", "tls=none");
    let files: Vec<(&str, &str, Vec<u8>)> = vec![
        ("invoice.pdf", "application/pdf", (0..=255).collect()),
        (
            "Übersicht 数 🦆.csv",
            "text/csv; charset=utf-8",
            b"a;b\n\r\n\r.\r\n".to_vec(),
        ),
        ("a\"b;c='d' 100%.txt", "text/plain", b"\r\n.\r\n".to_vec()),
        ("a(b)<c>@d,e[f]?g=.txt", "text/plain", Vec::new()),
        ("no mail.eml", "message/rfc822", b"Subject: x\r\n\r\nx".to_vec()),
    ];
    let long = format!("{}.bin", "lang".repeat(35));
    let long = (long.as_str(), "application/octet-stream", vec![0; 100_000]);
    let files: Vec<_> = files.into_iter().chain([long]).collect();
    let attachments = files.iter().map(|(filename, content_type, content)| Attachment {
        filename: (*filename).to_owned(),
        content_type: (*content_type).to_owned(),
        content: content.clone(),
    });
    let mut carried = OutgoingMail {
        from: Some(Mailbox {
            name: "Ödegård, \"Ink\" & Co".into(),
            address: "news@kunde.example".parse().unwrap(),
        }),
        reply_to: Some("team@elsewhere.example".parse().unwrap()),
        attachments: attachments.collect(),
        unsubscribe: Some(format!(
            "https://app.example.com/unsubscribe/{}?a=1&b=2",
            "t".repeat(200)
        )),
        ..mail("ada@example.com")
    };
    smtp.send(&carried).await.unwrap();
    carried.html.clear();
    smtp.send(&carried).await.unwrap();
    carried.attachments = Arc::default();
    smtp.send(&carried).await.unwrap();
    let mails = server.mails();
    let [whole, without_html, text] = &mails[..] else {
        panic!("{mails:?}")
    };
    assert_eq!(whole["from"], "hello@example.com");
    let headers = &whole["headers"];
    assert_eq!(
        headers["from"],
        "\"Ödegård, \\\"Ink\\\" & Co\" <news@kunde.example>"
    );
    assert_eq!(headers["sender"], "Quillwork <hello@example.com>");
    assert_eq!(headers["reply-to"], "team@elsewhere.example");
    let unsubscribe = format!("<{}>", carried.unsubscribe.as_ref().unwrap());
    assert_eq!(headers["list-unsubscribe"].as_str().unwrap().trim(), unsubscribe);
    assert_eq!(headers["list-unsubscribe-post"], "List-Unsubscribe=One-Click");
    let structure = whole["structure"].as_array().unwrap();
    assert_eq!(
        structure[..4],
        [
            "multipart/mixed",
            "multipart/alternative",
            "text/plain",
            "text/html"
        ]
    );
    for mail in [whole, without_html] {
        let arrived = mail["attachments"].as_array().unwrap();
        assert_eq!(arrived.len(), files.len());
        for (file, (filename, content_type, content)) in arrived.iter().zip(&files) {
            assert_eq!(file["filename"], *filename);
            let content_type = match *content_type {
                "message/rfc822" => "application/octet-stream",
                other => other.split(';').next().unwrap(),
            };
            assert_eq!(file["content_type"], content_type);
            assert_eq!(file["content"], BASE64.encode(content));
        }
    }
    assert_eq!(without_html["structure"][1], "text/plain");
    assert_eq!(text["structure"], json!(["text/plain"]));
    for mail in &mails {
        assert_eq!(mail["defects"], json!([]));
        let lines = mail["text"].as_str().unwrap().replace("\r\n", "\n");
        assert_eq!(lines.trim_end(), "Hallo,\n.\n..zwei Punkte\nÄÖÜ");
    }
}

/// dkimpy, with the record that DNS would tell.
fn are_vouched_for(mails: &[Vec<u8>], dkim: &Dkim) -> Vec<bool> {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../xtask/tools/python/verify_dkim.py");
    let mut process = Command::new(python().unwrap())
        .arg(script)
        .args([dkim.record_name(), dkim.record()])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut input = process.stdin.take().unwrap();
    for mail in mails {
        writeln!(input, "{}", BASE64.encode(mail)).unwrap();
    }
    drop(input);
    let told = process.wait_with_output().unwrap();
    let words = String::from_utf8(told.stdout).unwrap();
    let verdicts: Vec<bool> = words.lines().map(|line| line == "good").collect();
    assert_eq!(verdicts.len(), mails.len(), "{words}");
    verdicts
}

/// The mail with one byte changed, at each place that matters, and with a line put before it.
fn altered(mail: &str) -> Vec<Vec<u8>> {
    let line_at = |prefix: &str| mail.find(prefix).map(|at| at + prefix.len());
    let body = mail.find("\r\n\r\n").unwrap() + 4;
    let word = mail[body..].find(|letter: char| letter.is_ascii_alphanumeric());
    let places = [
        "\nFrom: ",
        "\nTo: ",
        "\nMessage-ID: <",
        "\nList-Unsubscribe-Post: ",
    ];
    let places = places
        .into_iter()
        .filter_map(line_at)
        .chain([body + word.unwrap()]);
    let changed = places.map(|at| {
        let mut bytes = mail.as_bytes().to_vec();
        bytes[at] = if bytes[at] == b'Z' { b'Y' } else { b'Z' };
        bytes
    });
    let added = [
        "From: eve@example.com",
        "Subject: Hi",
        "Reply-To: eve@example.com",
    ];
    let added = added.map(|line| format!("{line}\r\n{mail}").into_bytes());
    changed.chain(added).collect()
}

#[tokio::test]
async fn a_signature_holds_until_a_byte_changes() {
    let Some(server) = Server::start(&[]) else { return };
    for args in [
        &["-algorithm", "ed25519"][..],
        &["-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048"],
        &["-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:4096"],
    ] {
        let key = Command::new("openssl")
            .arg("genpkey")
            .args(args)
            .output()
            .unwrap();
        let key = String::from_utf8(key.stdout).unwrap();
        let dkim = Arc::new(Dkim::new("example.com", "mail", &key).unwrap());
        let smtp = server.smtp("smtp", "", "tls=none");
        let smtp = smtp.signing(Some(Arc::clone(&dkim)));
        let attachment = Attachment {
            filename: "Übersicht.csv".into(),
            content_type: "text/csv".into(),
            content: vec![b'x'; 500],
        };
        let everything = OutgoingMail {
            from: Some(Mailbox {
                name: "Ödegård  Å".into(),
                address: "news@example.com".parse().unwrap(),
            }),
            reply_to: Some("team@elsewhere.example".parse().unwrap()),
            attachments: Arc::new([attachment]),
            unsubscribe: Some(format!("https://app.example.com/{}", "t".repeat(200))),
            ..mail("ada@example.com")
        };
        let bare = OutgoingMail {
            html: String::new(),
            text: " \r\n\ttwo  spaces \r and\n\n\n".into(),
            subject: String::new(),
            ..mail("ada@example.com")
        };
        let (mut good, mut bad) = (Vec::new(), Vec::new());
        for sent in [everything, bare, mail("Büro@example.com")] {
            smtp.send(&sent).await.unwrap();
            let last = server.mails().pop().unwrap();
            let raw = BASE64.decode(last["raw"].as_str().unwrap()).unwrap();
            let mail = String::from_utf8(raw).unwrap();
            bad.extend(altered(&mail));
            good.push(mail.replacen("\nTo: ", "\nTO:\r\n \t", 1).into_bytes());
            good.push(mail.into_bytes());
        }
        assert_eq!(are_vouched_for(&good, &dkim), [true; 6]);
        assert!(bad.len() > 20);
        let verdicts = are_vouched_for(&bad, &dkim);
        let passed = bad.iter().zip(verdicts).find(|(_, is_good)| *is_good);
        assert!(passed.is_none(), "{}", String::from_utf8_lossy(passed.unwrap().0));
    }
}

#[tokio::test]
async fn connections_are_used_again_and_replaced_when_they_are_gone() {
    let Some(server) = Server::start(&[]) else { return };
    let smtp = server.smtp("smtp", "", "tls=none&connections=1");
    for to in [
        "a@example.com",
        "refuse-rcpt@example.com",
        "b@example.com",
        "close@example.com",
    ] {
        let _ = smtp.send(&mail(to)).await;
    }
    tokio::time::sleep(Duration::from_millis(300)).await;
    smtp.send(&mail("c@example.com")).await.unwrap();
    let mails = server.mails();
    let peers: Vec<&Value> = mails.iter().map(|mail| &mail["peer"]).collect();
    assert_eq!(peers.len(), 4);
    assert!(
        peers[0] == peers[1] && peers[1] == peers[2] && peers[2] != peers[3],
        "{peers:?}"
    );
}

#[tokio::test]
async fn each_trouble_is_told_for_what_it_is() {
    let Some(server) = Server::start(&[]) else { return };
    let smtp = server.smtp("smtp", "", "tls=none&timeout=1");
    let error = async |to: &str| {
        smtp.send(&mail(&format!("{to}@example.com")))
            .await
            .expect_err(to)
    };
    let reply = "550 5.1.1 no such user here";
    assert!(matches!(error("refuse-rcpt").await, MailError::NoMailbox { reply: said } if said == reply));
    assert!(matches!(error("refuse-data").await, MailError::Refused { reply } if reply.starts_with("554")));
    assert!(
        matches!(error("defer-rcpt").await, MailError::Deferred { reply } if reply.starts_with("451 4.7.1 grey"))
    );
    assert!(matches!(error("defer-data").await, MailError::Deferred { reply } if reply.starts_with("452")));
    assert!(
        matches!(error("hang").await, MailError::Unreachable { reason } if reason == "no answer within 1 s")
    );
    assert!(matches!(error("drop").await, MailError::Unreachable { .. }));
    assert!(server.mails().is_empty());
    assert!(matches!(
        error("lose-answer").await,
        MailError::OutcomeUnknown { .. }
    ));
    assert!(matches!(
        error("hang-answer").await,
        MailError::OutcomeUnknown { .. }
    ));
    assert_eq!(server.mails().len(), 2);
    smtp.send(&mail("well@example.com")).await.unwrap();
}

#[tokio::test]
async fn an_absent_server_can_not_be_reached() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    drop(listener);
    let config: SmtpConfig = format!("smtp://127.0.0.1:{port}?tls=none").parse().unwrap();
    let smtp = Smtp::new(config, "hello@example.com".parse().unwrap()).unwrap();
    assert!(matches!(
        smtp.send(&mail("ada@example.com")).await,
        Err(MailError::Unreachable { .. })
    ));
    assert!(smtp.check().await.is_err());
}

/// A certificate for `localhost`, signed by itself, as a certificate authority of its own.
fn certificate(folder: &Path) -> (String, String) {
    let path = |name: &str| folder.join(name).display().to_string();
    let (certificate, key) = (path("certificate.pem"), path("key.pem"));
    let made = Command::new("openssl")
        .args([
            "req",
            "-x509",
            "-newkey",
            "ec",
            "-pkeyopt",
            "ec_paramgen_curve:prime256v1",
            "-nodes",
        ])
        .args([
            "-subj",
            "/CN=localhost",
            "-addext",
            "subjectAltName=DNS:localhost",
            "-days",
            "2",
        ])
        .args([
            "-addext",
            "basicConstraints=critical,CA:FALSE",
            "-keyout",
            &key,
            "-out",
            &certificate,
        ])
        .output()
        .unwrap();
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    (certificate, key)
}

#[tokio::test]
async fn the_line_is_protected_and_the_certificate_looked_at() {
    let folder = tempfile::tempdir().unwrap();
    for (mode, scheme) in [("starttls", "smtp"), ("implicit", "smtps")] {
        if python().is_none() {
            return;
        }
        let (certificate, key) = certificate(folder.path());
        let args = [
            "--tls",
            mode,
            "--certificate",
            &certificate,
            "--key",
            &key,
            "--user",
            "me",
            "--password",
            "p@ss",
        ];
        let Some(server) = Server::start(&args) else {
            return;
        };
        let trusted = server.smtp(scheme, "me:p%40ss@", &format!("ca={certificate}"));
        trusted.check().await.unwrap();
        trusted.send(&mail("ada@example.com")).await.unwrap();
        let mails = server.mails();
        assert_eq!(
            (&mails[0]["tls"], &mails[0]["user"]),
            (&Value::Bool(true), &"me".into())
        );
        let stranger = server.smtp(scheme, "me:p%40ss@", "");
        let error = stranger.send(&mail("ada@example.com")).await.unwrap_err();
        assert!(matches!(error, MailError::Unreachable { .. }), "{error}");
        // A password that has been changed bounces no mail.
        let wrong = server.smtp(scheme, "me:old@", &format!("ca={certificate}"));
        let error = wrong.send(&mail("ada@example.com")).await.unwrap_err();
        assert!(
            matches!(&error, MailError::Unreachable { reason } if reason.starts_with("535")),
            "{error}"
        );
        assert_eq!(server.mails().len(), 1);
    }
}

#[tokio::test]
async fn a_server_without_tls_gets_nothing_unless_that_was_asked_for() {
    let Some(server) = Server::start(&[]) else { return };
    let strict = server.smtp("smtp", "", "");
    let error = strict.send(&mail("ada@example.com")).await.unwrap_err();
    assert!(matches!(&error, MailError::Unreachable { .. }), "{error}");
    assert!(server.mails().is_empty());
    let lenient = server.smtp("smtp", "", "tls=opportunistic");
    lenient.send(&mail("ada@example.com")).await.unwrap();
    assert_eq!(server.mails()[0]["tls"], false);
}
