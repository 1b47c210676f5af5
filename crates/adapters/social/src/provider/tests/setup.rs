//! What the operator can get wrong.

use super::*;

fn refused(settings: ProviderSettings) -> &'static str {
    match ProviderConfig::new(settings) {
        Err(error) => error.setting,
        Ok(config) => panic!("this was taken: {config:?}"),
    }
}

#[test]
fn says_which_setting_is_wrong() {
    let issued = |issuer: &str| ProviderSettings {
        issuer: Some(issuer.to_owned()),
        ..settings("acme")
    };
    assert!(ProviderConfig::new(issued("https://id.example.com")).is_ok());
    assert!(ProviderConfig::new(issued("http://127.0.0.1:8080/realms/main")).is_ok());
    for issuer in [
        "http://id.example.com",
        "id.example.com",
        "https://id.example.com/?tenant=1",
        "https://id.example.com/#main",
        "https://me:pw@id.example.com",
        "ftp://id.example.com",
    ] {
        assert_eq!(refused(issued(issuer)), "issuer", "{issuer}");
    }
    let good = || issued("https://id.example.com");
    assert_eq!(refused(settings("acme")), "issuer");
    for id in ["", "Acme", "9acme", "ac_me", "ac-me", "ä", &"a".repeat(33)] {
        let settings = ProviderSettings {
            id: id.to_owned(),
            ..good()
        };
        assert_eq!(refused(settings), "id", "{id}");
    }
    for (settings, setting) in [
        (
            ProviderSettings {
                client_id: None,
                ..good()
            },
            "client_id",
        ),
        (
            ProviderSettings {
                client_secret: None,
                ..good()
            },
            "client_secret",
        ),
        (
            ProviderSettings {
                name: Some("a\nb".to_owned()),
                ..good()
            },
            "name",
        ),
        (
            ProviderSettings {
                scopes: vec!["email".to_owned()],
                ..good()
            },
            "scopes",
        ),
        (
            ProviderSettings {
                link_domains: vec!["localhost".to_owned()],
                ..good()
            },
            "link_domains",
        ),
        (
            ProviderSettings {
                link_domains: vec!["10.0.0.1".to_owned()],
                ..good()
            },
            "link_domains",
        ),
        (
            ProviderSettings {
                team_id: Some("TEAM".to_owned()),
                ..good()
            },
            "team_id",
        ),
        (
            ProviderSettings {
                issuer: Some(ISSUER.to_owned()),
                ..settings("google")
            },
            "issuer",
        ),
        (settings("microsoft"), "issuer"),
    ] {
        assert_eq!(refused(settings), setting);
    }
}

#[test]
fn microsoft_is_one_tenant() {
    let tenant = |tenant: &str| ProviderSettings {
        issuer: Some(format!("https://login.microsoftonline.com/{tenant}/v2.0")),
        ..settings("microsoft")
    };
    assert!(ProviderConfig::new(tenant("9188040d-6c67-4c5b-b112-36a304b66dad")).is_ok());
    for all in ["common", "organizations", "consumers", "{tenantid}"] {
        assert_eq!(refused(tenant(all)), "issuer", "{all}");
    }
}

#[test]
fn apple_needs_a_key_of_its_own_kind() {
    let apple = |pem: &str| ProviderSettings {
        client_secret: None,
        team_id: Some("TEAM".to_owned()),
        key_id: Some("KEY".to_owned()),
        private_key: Some(Secret::new(pem.to_owned())),
        ..settings("apple")
    };
    for pem in [
        "",
        "secret",
        "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----",
        "-----BEGIN EC PRIVATE KEY-----\nAAAA\n-----END EC PRIVATE KEY-----",
    ] {
        assert_eq!(refused(apple(pem)), "private_key", "{pem}");
    }
    let secret = ProviderSettings {
        client_secret: Some(Secret::new("secret".to_owned())),
        ..apple("")
    };
    assert_eq!(refused(secret), "client_secret");
}

#[test]
fn knows_whose_domains_are_the_providers() {
    let settings = ProviderSettings {
        issuer: Some(ISSUER.to_owned()),
        link_domains: vec!["Example.COM".to_owned(), "@bücher.example".to_owned()],
        ..settings("acme")
    };
    let acme = provider(settings, &World::new(&[]));
    assert!(acme.is_authoritative_for("example.com"));
    assert!(acme.is_authoritative_for("xn--bcher-kva.example"));
    assert!(!acme.is_authoritative_for("sub.example.com") && !acme.is_authoritative_for(""));
    assert_eq!((acme.id(), acme.name(), acme.issuer()), ("acme", "acme", ISSUER));
    assert_eq!(
        provider(self::settings("github"), &World::new(&[])).name(),
        "GitHub"
    );
}

#[test]
fn shows_no_secret() {
    let config = ProviderConfig::new(settings("google")).unwrap();
    assert!(!format!("{config:?}").contains("s3cret"));
}
