//! What a provider says of itself, and its keys.

use super::*;

fn document() -> String {
    format!("{ISSUER}/.well-known/openid-configuration")
}

fn metadata_with(name: &str, value: Value) -> Answer {
    let mut metadata = metadata();
    metadata[name] = value;
    Answer::Json(200, metadata)
}

#[tokio::test]
async fn refuses_a_document_that_speaks_for_somebody_else() {
    let signer = Signer::p256("k");
    for (name, value, problem) in [
        ("issuer", json!(format!("{ISSUER}/")), "issuer is another"),
        ("issuer", json!("https://id.example.com"), "issuer is another"),
        ("issuer", Value::Null, "issuer is another"),
        (
            "jwks_uri",
            json!("https://evil.example/keys"),
            "jwks_uri is on another host",
        ),
        (
            "jwks_uri",
            json!("https://id.example.com:8443/keys"),
            "jwks_uri is on another host",
        ),
        (
            "jwks_uri",
            json!("https://id.example.com.evil.example/keys"),
            "jwks_uri is on another host",
        ),
        (
            "jwks_uri",
            json!("https://www.googleapis.com/keys"),
            "jwks_uri is on another host",
        ),
        (
            "jwks_uri",
            json!("http://id.example.com/keys"),
            "jwks_uri is no https URL",
        ),
        (
            "jwks_uri",
            json!("http://127.0.0.1/keys"),
            "jwks_uri is no https URL",
        ),
        (
            "jwks_uri",
            json!("file:///etc/passwd"),
            "jwks_uri is no https URL",
        ),
        (
            "token_endpoint",
            json!("http://localhost/token"),
            "token_endpoint is no https URL",
        ),
        ("token_endpoint", Value::Null, "token_endpoint is no https URL"),
        (
            "userinfo_endpoint",
            json!("http://id.example.com/u"),
            "userinfo_endpoint is no https URL",
        ),
        (
            "authorization_endpoint",
            json!("javascript:alert(1)"),
            "authorization_endpoint is no https URL",
        ),
        (
            "id_token_signing_alg_values_supported",
            json!(["RS256", "none"]),
            "ID tokens may be unsigned",
        ),
        (
            "id_token_signing_alg_values_supported",
            json!(["HS256"]),
            "signed with none of",
        ),
        (
            "id_token_signing_alg_values_supported",
            Value::Null,
            "signed with none of",
        ),
    ] {
        let world = World::new(&[&signer]);
        world.say(&document(), metadata_with(name, value.clone()));
        world.hand_out(&signer.sign(&claims()));
        match acme(&world).exchange(&grant()).await {
            Err(SocialError::Refused(said)) if said.contains(problem) => {}
            other => panic!("{name}: {value}: {other:?}"),
        }
        assert_eq!(world.count(&format!("{ISSUER}/token")), 0);
        assert!(acme(&world).authorization_url(&request()).await.is_err());
    }
}

#[tokio::test]
async fn refuses_an_algorithm_that_the_provider_does_not_use() {
    let signers = [Signer::p256("p"), Signer::ed25519("e")];
    let world = World::new(&signers.each_ref());
    let only = metadata_with("id_token_signing_alg_values_supported", json!(["ES256"]));
    world.say(&document(), only);
    let acme = acme(&world);
    world.hand_out(&signers[1].sign(&claims()));
    assert!(matches!(
        acme.exchange(&grant()).await,
        Err(SocialError::Refused(_))
    ));
    world.hand_out(&signers[0].sign(&claims()));
    assert!(acme.exchange(&grant()).await.is_ok());
}

#[tokio::test]
async fn takes_keys_from_hosts_that_a_preset_names() {
    let signer = Signer::rsa("k", 0);
    let world = World::new(&[]);
    let google = "https://accounts.google.com";
    world.say(
        &format!("{google}/.well-known/openid-configuration"),
        Answer::Json(
            200,
            json!({
                "issuer": google,
                "authorization_endpoint": "https://accounts.google.com/o/oauth2/v2/auth",
                "token_endpoint": "https://oauth2.googleapis.com/token",
                "jwks_uri": "https://www.googleapis.com/oauth2/v3/certs",
                "id_token_signing_alg_values_supported": ["RS256"],
            }),
        ),
    );
    let keys = json!({ "keys": [signer.jwk()] });
    world.say(
        "https://www.googleapis.com/oauth2/v3/certs",
        Answer::Json(200, keys),
    );
    let id_token = signer.sign(&claims_with(&[("iss", json!(google))]));
    let tokens = json!({ "access_token": "access", "token_type": "Bearer", "id_token": id_token });
    world.say("https://oauth2.googleapis.com/token", Answer::Json(200, tokens));
    let profile = provider(settings("google"), &world)
        .exchange(&grant())
        .await
        .unwrap();
    assert_eq!(profile.issuer, google);
    let form = form(&world.last("https://oauth2.googleapis.com/token"));
    assert_eq!(form["client_secret"], "s3cret & more");
}

#[tokio::test]
async fn follows_no_answer_elsewhere() {
    let signer = Signer::p256("k");
    for path in ["keys", "token", "userinfo", ".well-known/openid-configuration"] {
        let world = World::new(&[&signer]);
        world.hand_out(&signer.sign(&claims_with(&[("email", Value::Null)])));
        let elsewhere = Answer::Text(302, "application/json", "{}".to_owned());
        world.say(&format!("{ISSUER}/{path}"), elsewhere);
        let failed = acme(&world).exchange(&grant()).await;
        assert!(
            matches!(failed, Err(SocialError::Failed(_))),
            "{path}: {failed:?}"
        );
        assert!(world.hosts().iter().all(|host| host == "id.example.com"));
    }
}

#[tokio::test(start_paused = true)]
async fn fails_closed_and_soon() {
    let signer = Signer::p256("k");
    let html = "<html>down</html>".to_owned();
    for answer in [
        Answer::Json(500, json!({})),
        Answer::Text(503, "text/html", html.clone()),
        Answer::Text(200, "text/html", html),
        Answer::Text(200, "application/json", "{".to_owned()),
        Answer::Text(200, "application/json", "{\"keys\":[],\"keys\":[]}".to_owned()),
        Answer::Json(200, json!([])),
        Answer::TimedOut,
        Answer::TooLong,
        Answer::Never,
    ] {
        for path in ["keys", "token", "userinfo", ".well-known/openid-configuration"] {
            let world = World::new(&[&signer]);
            world.hand_out(&signer.sign(&claims_with(&[("email", Value::Null)])));
            world.say(&format!("{ISSUER}/{path}"), answer.clone());
            let started = tokio::time::Instant::now();
            let failed = acme(&world).exchange(&grant()).await;
            assert!(
                matches!(failed, Err(SocialError::Failed(_) | SocialError::Refused(_))),
                "{path}: {failed:?}"
            );
            assert!(started.elapsed() < Duration::from_secs(10), "{path}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn looks_for_a_new_key_once_in_a_while() {
    let (old, new) = (Signer::p256("old"), Signer::p256("new"));
    let world = World::new(&[&old]);
    let (acme, keys) = (acme(&world), format!("{ISSUER}/keys"));
    world.hand_out(&old.sign(&claims()));
    for _ in 0..3 {
        acme.exchange(&grant()).await.unwrap();
    }
    assert_eq!((world.count(&keys), world.count(&document())), (1, 1));

    world.publish(&[&old, &new]);
    world.hand_out(&new.sign(&claims()));
    assert!(acme.exchange(&grant()).await.is_err());
    tokio::time::advance(Duration::from_mins(1)).await;
    acme.exchange(&grant()).await.unwrap();
    assert_eq!(world.count(&keys), 2);

    // Names that nobody has do not make us ask again and again.
    world.hand_out(&Signer::p256("made-up").sign(&claims()));
    tokio::time::advance(Duration::from_mins(1)).await;
    for _ in 0..20 {
        assert!(acme.exchange(&grant()).await.is_err());
    }
    assert_eq!(world.count(&keys), 3);
    world.hand_out(&old.sign(&claims()));
    assert!(acme.exchange(&grant()).await.is_ok());
}

#[tokio::test(start_paused = true)]
async fn forgets_keys_that_are_taken_back() {
    let (old, new) = (Signer::p256("old"), Signer::p256("new"));
    let world = World::new(&[&old]);
    let acme = acme(&world);
    world.hand_out(&old.sign(&claims()));
    acme.exchange(&grant()).await.unwrap();
    world.publish(&[&new]);
    tokio::time::advance(Duration::from_hours(1)).await;
    assert!(acme.exchange(&grant()).await.is_err());
}

#[tokio::test]
async fn asks_at_once_for_many_who_wait() {
    let signer = Signer::p256("k");
    let world = World::new(&[&signer]);
    world.hand_out(&signer.sign(&claims()));
    let acme = Arc::new(acme(&world));
    let many = (0..20).map(|_| {
        let acme = Arc::clone(&acme);
        tokio::spawn(async move { acme.exchange(&grant()).await.is_ok() })
    });
    for one in many.collect::<Vec<_>>() {
        assert!(one.await.unwrap());
    }
    assert_eq!(
        (world.count(&document()), world.count(&format!("{ISSUER}/keys"))),
        (1, 1)
    );
}
