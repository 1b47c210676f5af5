use std::process::Command;

use ring::signature::{Ed25519KeyPair, KeyPair as _};

use super::*;

/// `openssl genpkey`, as docs/mail-delivery.md tells to.
fn key(args: &[&str]) -> String {
    let made = Command::new("openssl")
        .arg("genpkey")
        .args(args)
        .output()
        .unwrap();
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    String::from_utf8(made.stdout).unwrap()
}

fn ed25519() -> String {
    key(&["-algorithm", "ed25519"])
}

fn rsa(bits: u32) -> String {
    key(&[
        "-algorithm",
        "RSA",
        "-pkeyopt",
        &format!("rsa_keygen_bits:{bits}"),
    ])
}

/// RFC 8463, appendix A.
const MAIL: &str = "From: Joe SixPack <joe@football.example.com>\r\n\
To: Suzie Q <suzie@shopping.example.net>\r\n\
Subject: Is dinner ready?\r\n\
Date: Fri, 11 Jul 2003 21:00:37 -0700 (PDT)\r\n\
Message-ID: <20030712040037.46341.5F8J@football.example.com>\r\n\
\r\n\
Hi.\r\n\
\r\n\
We lost the game.  Are you hungry yet?\r\n\
\r\n\
Joe.\r\n";

#[test]
fn signs_as_the_rfc_does() {
    let unsigned = " v=1; a=ed25519-sha256; c=relaxed/relaxed;\r\n \
        d=football.example.com; i=@football.example.com;\r\n \
        q=dns/txt; s=brisbane; t=1528637909; h=from : to :\r\n \
        subject : date : message-id : from : subject : date;\r\n \
        bh=2jUSOH9NhtVGCQWNr9BrIAPreKQjO6Sn7XIkfJVOzv8=;\r\n \
        b=";
    let (head, body) = canonical::split(MAIL.as_bytes());
    assert_eq!(
        BASE64.encode(digest(&SHA256, &canonical::body(body))),
        "2jUSOH9NhtVGCQWNr9BrIAPreKQjO6Sn7XIkfJVOzv8="
    );
    let seed = BASE64
        .decode("nWGxne/9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A=")
        .unwrap();
    let pair = Ed25519KeyPair::from_seed_unchecked(&seed).unwrap();
    assert_eq!(
        BASE64.encode(pair.public_key().as_ref()),
        "11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo="
    );
    let names = [
        "from",
        "to",
        "subject",
        "date",
        "message-id",
        "from",
        "subject",
        "date",
    ];
    let text = signed_text(&canonical::fields(head), &names, unsigned);
    let signature = Key::Ed25519(Box::new(pair)).sign(&text).unwrap();
    assert_eq!(
        BASE64.encode(signature),
        "/gCrinpcQOoIfuHNQIbq4pgh9kyIK3AQUdt9OdqQehSwhEIug4D11BusFa3bT3FY5OsU7ZbnKELq+eXdp1Q1Dw=="
    );
}

#[test]
fn nothing_that_matters_can_be_added_or_taken_away() {
    let dkim = Dkim::new("football.example.com", "brisbane", &ed25519()).unwrap();
    let at = "2026-11-24T22:04:05Z".parse().unwrap();
    let header = dkim.sign(MAIL.as_bytes(), at).unwrap();
    assert_eq!(dkim.sign(MAIL.as_bytes(), at).unwrap(), header);
    assert!(header.starts_with("DKIM-Signature: v=1; a=ed25519-sha256; c=relaxed/relaxed; d=football.example.com;\r\n s=brisbane; t=1795557845;\r\n h="), "{header}");
    assert!(
        header.ends_with("\r\n") && header.lines().all(|line| line.len() <= 90),
        "{header}"
    );
    let plain = header.replace("\r\n ", "");
    assert!(
        plain.contains("h=From:From:Reply-To:To:To:Subject:Subject:Date:Date:Message-ID:Message-ID;"),
        "{plain}"
    );
}

#[test]
fn tells_what_to_publish() {
    let rsa = rsa(2048);
    let dkim = Dkim::new("Bücher.example.", "Mail-1", &rsa).unwrap();
    assert_eq!(dkim.record_name(), "mail-1._domainkey.xn--bcher-kva.example");
    let record = dkim.record();
    let published = record.strip_prefix("v=DKIM1; k=rsa; p=").unwrap();
    // OpenSSL says the same of the key.
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("key.pem");
    std::fs::write(&path, rsa).unwrap();
    let told = Command::new("openssl")
        .args(["pkey", "-pubout", "-outform", "DER", "-in"])
        .arg(&path)
        .output()
        .unwrap();
    assert!(told.status.success());
    assert_eq!(BASE64.decode(published).unwrap(), told.stdout);
    assert_eq!(
        format!("{dkim:?}"),
        "Dkim(mail-1._domainkey.xn--bcher-kva.example, rsa)"
    );
    let dkim = Dkim::new("example.com", "a.b", &ed25519()).unwrap();
    let record = dkim.record();
    let published = record.strip_prefix("v=DKIM1; k=ed25519; p=").unwrap();
    assert_eq!(BASE64.decode(published).unwrap().len(), 32);
}

#[test]
fn says_what_is_wrong() {
    let good = ed25519();
    let of =
        |domain: &str, selector: &str, pem: &str| Dkim::new(domain, selector, pem).map(drop).unwrap_err();
    for domain in [
        "",
        "localhost",
        "a b.example",
        "127.0.0.1",
        "-a.example",
        "https://example.com",
    ] {
        assert_eq!(of(domain, "mail", &good), DkimError::Domain, "{domain}");
    }
    for selector in ["", "a b", "mail.", "a;b", "ä", "_x", &"a".repeat(64)] {
        assert_eq!(
            of("example.com", selector, &good),
            DkimError::Selector,
            "{selector}"
        );
    }
    for pem in ["", "nonsense", &good.replace("PRIVATE KEY", "RSA PRIVATE KEY")] {
        assert_eq!(of("example.com", "mail", pem), DkimError::Pem, "{pem}");
    }
    let ec = key(&["-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:prime256v1"]);
    for pem in [rsa(1024), ec] {
        assert_eq!(of("example.com", "mail", &pem), DkimError::Key);
    }
}
