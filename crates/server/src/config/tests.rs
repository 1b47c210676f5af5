use std::time::Duration;

use identity::config::email_domain::EmailDomain;
use identity::config::sign_up::{ChallengeBits, SignUpMode};

use super::*;

fn sources(file: &str, environment: &[(&str, &str)], flags: &[(&str, &str)]) -> Sources {
    let pairs = |pairs: &[(&str, &str)]| -> Vec<(String, String)> {
        pairs
            .iter()
            .map(|(key, value)| ((*key).to_owned(), (*value).to_owned()))
            .collect()
    };
    Sources {
        file: Some(("mainstay.toml".into(), file.to_owned())),
        environment: pairs(environment).into_iter().collect(),
        flags: pairs(flags),
    }
}

fn refusal(sources: &Sources) -> String {
    match Config::load(sources) {
        Ok(_) => panic!("this was accepted"),
        Err(error) => error.to_string(),
    }
}

const MASTER_KEY: (&str, &str) = (
    "MAINSTAY_MASTER_KEY",
    "8f1d6a2be94c07f35d21b8e6c4a09f7713e5d2c86b40a9f1e7d3528cb6f90a14",
);

#[test]
fn an_empty_secret_is_refused_and_any_other_empty_value_is_none() {
    let said = refusal(&sources("", &[("MAINSTAY_MASTER_KEY", " ")], &[]));
    assert!(
        said.contains("MAINSTAY_MASTER_KEY") && said.contains("empty"),
        "{said}"
    );
    assert!(Config::load(&sources("", &[("MAINSTAY_PUBLIC_URL", "")], &[])).is_ok());
}

#[test]
fn starts_without_a_word() {
    let config = Config::load(&Sources::default()).unwrap();
    assert!(config.is_development());
    assert_eq!(config.bind.to_string(), "127.0.0.1:8080");
    assert_eq!(
        config.database.url.to_string(),
        "sqlite://./mainstay-data/mainstay.db"
    );
    assert!(!config.identity.confirm_email);
    assert_eq!(config.http.layers.requests_per_minute.get(), 60_000);
    assert_eq!(config.telemetry.log_format, LogFormat::Human);
    assert_eq!(config.mail.pace, PaceConfig::default());
}

#[test]
fn the_nearer_source_counts() {
    let file = "bind = \"0.0.0.0:1\"\nproduct_name = \"File\"\nmax_sessions = 5\nconfirm_email = true\ntrusted_proxies = [\"10.0.0.0/8\", \"::1\"]";
    let config = Config::load(&sources(
        file,
        &[
            ("MAINSTAY_BIND", "0.0.0.0:2"),
            ("MAINSTAY_PRODUCT_NAME", "Environment"),
        ],
        &[("bind", "0.0.0.0:3")],
    ))
    .unwrap();
    assert_eq!(config.bind.port(), 3);
    assert_eq!(config.identity.product_name, "Environment");
    assert_eq!(config.identity.max_sessions, 5);
    assert!(config.identity.confirm_email);
    assert_eq!(config.http.layers.trusted_proxies.len(), 2);
}

#[test]
fn says_in_one_line_what_is_wrong_where_and_what_to_do() {
    for (file, variable, line) in [
        (
            "bnd = 1",
            ("MAINSTAY_LOG", "info"),
            "bnd in mainstay.toml: there is no such setting; did you mean bind?",
        ),
        (
            "",
            ("MAINSTAY_SMPT_URL", "smtp://x"),
            "MAINSTAY_SMPT_URL: there is no such setting; did you mean MAINSTAY_SMTP_URL?",
        ),
        (
            "",
            ("MAINSTAY_BIND", "8080"),
            "MAINSTAY_BIND: invalid socket address syntax; for example: 0.0.0.0:8080",
        ),
        (
            "[smtp]\nurl = \"smtp://x\"",
            ("MAINSTAY_LOG", "info"),
            "smtp in mainstay.toml: a text, a number, yes or no, or a list of texts is expected; keys are not grouped in sections",
        ),
        (
            "redirect_origins = [\"https://www.example.com\", \"https://ada@example.com\"]",
            ("MAINSTAY_LOG", "info"),
            "redirect_origins in mainstay.toml: origins are expected, like https://www.example.com; for example: https://www.example.com",
        ),
        (
            "max_sessions = 0",
            ("MAINSTAY_LOG", "info"),
            "max_sessions in mainstay.toml: a whole number between 1 and 10000 is expected; for example: 50",
        ),
        (
            "",
            ("MAINSTAY_SESSION_LIFETIME", "soon"),
            "MAINSTAY_SESSION_LIFETIME: a duration is expected, like 30s, 10m, 12h or 14d; for example: 30d",
        ),
        (
            "",
            ("MAINSTAY_PUBLIC_URL", "https://example.com/app"),
            "MAINSTAY_PUBLIC_URL: only scheme, name and port are expected; for example: https://app.example.com",
        ),
        (
            "",
            (
                "MAINSTAY_SMTP_FALLBACK_URLS",
                "smtp://mail.example.com, smtps://mail.example.net",
            ),
            "MAINSTAY_SMTP_FALLBACK_URLS: they stand in for the mail server of smtp_url, and there is none; set MAINSTAY_SMTP_URL to the first of them",
        ),
        (
            "",
            ("MAINSTAY_METRICS_TOKEN_FILE", "/nowhere/token"),
            "MAINSTAY_METRICS_TOKEN_FILE: /nowhere/token can't be read: No such file or directory (os error 2); name a file that this process can read",
        ),
    ] {
        assert_eq!(refusal(&sources(file, &[variable], &[])), line);
    }
    let broken = refusal(&sources("bind = ", &[], &[]));
    assert!(
        broken.starts_with("mainstay.toml: ") && !broken.contains('\n'),
        "{broken}"
    );
}

#[test]
fn production_refuses_what_is_for_development() {
    let needed = [
        ("MAINSTAY_ENV", "production"),
        ("MAINSTAY_PUBLIC_URL", "https://app.example.com"),
        ("MAINSTAY_SMTP_URL", "smtp://mail.example.com"),
        MASTER_KEY,
    ];
    let config = Config::load(&sources("", &needed, &[])).unwrap();
    assert!(config.identity.confirm_email);
    assert_eq!(config.http.layers.requests_per_minute.get(), 600);
    assert_eq!(config.telemetry.log_format, LogFormat::Json);
    for (missing, key) in [
        (1, "MAINSTAY_PUBLIC_URL"),
        (2, "MAINSTAY_SMTP_URL"),
        (3, "MAINSTAY_MASTER_KEY_FILE"),
    ] {
        let mut rest = needed.to_vec();
        rest.remove(missing);
        let line = refusal(&sources("", &rest, &[]));
        assert!(line.starts_with(key), "{line}");
    }
    let bare = [
        needed[0],
        ("MAINSTAY_PUBLIC_URL", "http://app.example.com"),
        needed[2],
        needed[3],
    ];
    assert!(refusal(&sources("", &bare, &[])).contains("https only"));
    let weak = [needed[0], needed[1], needed[2], ("MAINSTAY_MASTER_KEY", "secret")];
    assert!(refusal(&sources("", &weak, &[])).starts_with("MAINSTAY_MASTER_KEY: "));
}

#[test]
fn secrets_come_from_files_too_and_are_never_printed() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("token");
    std::fs::write(&path, "canary-canary-canary\n").unwrap();
    let path = path.to_str().unwrap();
    let environment = [
        ("MAINSTAY_METRICS_TOKEN_FILE", path),
        (
            "MAINSTAY_DATABASE_URL",
            "postgres://me:canary@db.example.com/x?password=canary",
        ),
        ("MAINSTAY_SMTP_URL", "smtp://me:canary@mail.example.com"),
        MASTER_KEY,
    ];
    let sources = sources(
        "product_name = \"Quill\"",
        &environment,
        &[("env", "development")],
    );
    let config = Config::load(&sources).unwrap();
    assert_eq!(
        config.telemetry.metrics_token.unwrap().expose(),
        "canary-canary-canary"
    );
    let printed = describe(&sources).unwrap();
    assert!(
        !printed.contains("canary") && !printed.contains(MASTER_KEY.1),
        "{printed}"
    );
    for line in [
        "product_name = \"Quill\"",
        "# mainstay.toml",
        "database_url = \"postgres://…@db.example.com/x\"",
        "metrics_token = \"[hidden]\"",
        "# --env",
        "# public_url =",
        &format!("# MAINSTAY_METRICS_TOKEN_FILE ({path})"),
    ] {
        assert!(printed.contains(line), "{line} is missing in\n{printed}");
    }
    let twice = [
        ("MAINSTAY_METRICS_TOKEN", "canary-canary-canary-2"),
        ("MAINSTAY_METRICS_TOKEN_FILE", path),
    ];
    assert!(refusal(&self::sources("", &twice, &[])).contains("keep one of the two"));
}

#[test]
fn reads_durations() {
    for (text, seconds) in [("30s", 30), ("10m", 600), ("12h", 43_200), ("14d", 1_209_600)] {
        assert_eq!(values::duration(text), Ok(Duration::from_secs(seconds)));
    }
    for text in ["", "s", "10", "0s", "-1s", "10 w", "99999999999999d"] {
        assert!(values::duration(text).is_err(), "{text}");
    }
}

#[test]
fn who_may_sign_up_is_said_in_words_that_are_checked() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("domains.txt");
    std::fs::write(&path, "# ours\nthrow.away\n").unwrap();
    let list = path.display().to_string();
    let load = |flags: &[(&str, &str)]| Config::load(&sources("", &[], flags));
    let usual = load(&[]).unwrap().identity.sign_up;
    assert_eq!(usual.mode, SignUpMode::Open);
    assert!(usual.domains.is_empty() && usual.challenge.is_none());
    assert!(usual.disposable.cover(&"a@mailinator.com".parse().unwrap()));
    let set = load(&[
        ("sign_up_mode", "waitlist"),
        ("sign_up_domains", "Example.com, bücher.example"),
        ("disposable_domains_file", &list),
        ("sign_up_challenge", "on"),
        ("sign_up_challenge_bits", "20"),
    ]);
    let set = set.unwrap().identity.sign_up;
    assert_eq!(set.mode, SignUpMode::Waitlist);
    let domains: Vec<&str> = set.domains.iter().map(EmailDomain::as_str).collect();
    assert_eq!(domains, ["example.com", "xn--bcher-kva.example"]);
    assert_eq!(set.challenge.map(ChallengeBits::get), Some(20));
    assert!(set.disposable.cover(&"a@throw.away".parse().unwrap()));
    assert!(!set.disposable.cover(&"a@mailinator.com".parse().unwrap()));
    let off = load(&[("sign_up_refuse_disposable", "no")])
        .unwrap()
        .identity
        .sign_up;
    assert!(!off.disposable.cover(&"a@mailinator.com".parse().unwrap()));

    std::fs::write(&path, "throw.away\nnot a domain\n").unwrap();
    for (key, value, problem) in [
        (
            "sign_up_mode",
            "closed",
            "open, invite_only or waitlist is expected",
        ),
        ("sign_up_domains", "a@example.com", "a domain is expected"),
        ("sign_up_refuse_disposable", "maybe", "yes or no is expected"),
        ("disposable_domains_file", &list, "line 2 is no domain"),
        ("disposable_domains_file", "/nowhere/list", "can't be read"),
        ("sign_up_challenge_bits", "7", "between 8 and 28"),
        ("sign_up_challenge_bits", "29", "between 8 and 28"),
    ] {
        let said = refusal(&sources("", &[], &[(key, value)]));
        assert!(
            said.contains(&key.replace('_', "-")) && said.contains(problem),
            "{said}"
        );
    }
}

#[test]
fn each_provider_has_settings_of_its_own() {
    let file = "social_providers = [\"google\", \"acme\"]\nsocial_acme_issuer = \"https://id.example.com\"\nsocial_acme_client_id = \"a\"";
    let environment = [
        ("MAINSTAY_SOCIAL_GOOGLE_CLIENT_ID", "g"),
        ("MAINSTAY_SOCIAL_GOOGLE_CLIENT_SECRET", "canary-1"),
        ("MAINSTAY_SOCIAL_ACME_CLIENT_SECRET", "canary-2"),
        ("MAINSTAY_SOCIAL_ACME_LINK_DOMAINS", "example.com, example.org"),
    ];
    let good = sources(file, &environment, &[]);
    assert_eq!(Config::load(&good).unwrap().social.len(), 2);
    let printed = describe(&good).unwrap();
    assert!(!printed.contains("canary"), "{printed}");
    for line in [
        "social_acme_client_id = \"a\"",
        "social_acme_client_secret = \"[hidden]\"",
        "social_google_client_id = \"g\"",
        "# social_providers",
    ] {
        assert_eq!(
            printed.contains(line),
            !line.starts_with('#'),
            "{line}:\n{printed}"
        );
    }
    assert!(Config::load(&Sources::default()).unwrap().social.is_empty());
}

#[test]
fn says_which_setting_of_which_provider_is_wrong() {
    let google = [
        ("MAINSTAY_SOCIAL_PROVIDERS", "google"),
        ("MAINSTAY_SOCIAL_GOOGLE_CLIENT_ID", "g"),
        ("MAINSTAY_SOCIAL_GOOGLE_CLIENT_SECRET", "canary"),
    ];
    for (file, environment, line) in [
        (
            "",
            &google[..2],
            "MAINSTAY_SOCIAL_GOOGLE_CLIENT_SECRET: this is needed; for example: what the provider gave with the client id",
        ),
        (
            "",
            &google[1..2],
            "MAINSTAY_SOCIAL_GOOGLE_CLIENT_ID: google is not among social_providers; add it there, or leave this out",
        ),
        (
            "social_google_issuer = \"https://evil.example\"",
            &google[..],
            "social_google_issuer in mainstay.toml: Google has one issuer, which is known; for example: https://accounts.google.com",
        ),
        (
            "social_google_client_key = \"x\"",
            &google[..],
            "social_google_client_key in mainstay.toml: there is no such setting; `mainstay config print` shows what there is",
        ),
        (
            "social_providers = \"Google\"",
            &[],
            "social_providers in mainstay.toml: a provider's name is a small letter, then small letters and digits; for example: google",
        ),
        (
            "social_providers = \"\"\nsocial_google_private_key_file = \"/nowhere/key\"",
            &[],
            "social_google_private_key_file in mainstay.toml: /nowhere/key can't be read: No such file or directory (os error 2); name a file that this process can read",
        ),
    ] {
        assert_eq!(refusal(&sources(file, environment, &[])), line);
    }
    let twice = [
        ("MAINSTAY_SOCIAL_PROVIDERS", "google, google"),
        google[1],
        google[2],
    ];
    assert!(refusal(&sources("", &twice, &[])).contains("google is there twice"));
}

#[test]
fn signing_mail_needs_all_of_its_settings() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("dkim.pem");
    let made = std::process::Command::new("openssl")
        .args(["genpkey", "-algorithm", "ed25519", "-out"])
        .arg(&path)
        .status()
        .unwrap();
    assert!(made.success());
    let path = path.to_str().unwrap();
    let domain = ("MAINSTAY_DKIM_DOMAIN", "example.com");
    let selector = ("MAINSTAY_DKIM_SELECTOR", "mail");
    let key = ("MAINSTAY_DKIM_KEY_FILE", path);
    let config = Config::load(&sources("", &[domain, selector, key], &[])).unwrap();
    let dkim = config.mail.dkim.unwrap();
    assert_eq!(dkim.record_name(), "mail._domainkey.example.com");
    assert!(Config::load(&Sources::default()).unwrap().mail.dkim.is_none());
    for (environment, line) in [
        (
            &[domain, selector][..],
            "MAINSTAY_DKIM_KEY_FILE: signing mail needs domain, selector and key; set it, like MAINSTAY_DKIM_KEY_FILE=/etc/mainstay/dkim.pem",
        ),
        (
            &[key],
            "MAINSTAY_DKIM_DOMAIN: signing mail needs domain, selector and key; set it, like MAINSTAY_DKIM_DOMAIN=example.com",
        ),
        (
            &[domain, ("MAINSTAY_DKIM_SELECTOR", "a b"), key],
            "MAINSTAY_DKIM_SELECTOR: a selector of letters, digits, hyphens and dots is expected, like mail or 2026-01; see docs/mail-delivery.md",
        ),
        (
            &[domain, selector, ("MAINSTAY_DKIM_KEY", "nonsense")],
            "MAINSTAY_DKIM_KEY: a PEM file that begins with BEGIN PRIVATE KEY (PKCS#8) is expected; `openssl pkcs8 -topk8 -nodes` makes one of another; see docs/mail-delivery.md",
        ),
    ] {
        assert_eq!(refusal(&sources("", environment, &[])), line);
    }
}
