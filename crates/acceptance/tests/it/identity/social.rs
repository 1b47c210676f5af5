//! Signing in with an account at a provider: npm's certified OpenID provider.

use mainstay_acceptance::{Answer, Browser, CLIENT_ID, CLIENT_SECRET, OpenIdProvider, Setup, TestApp};
use reqwest::{Method, Url};
use serde_json::json;

/// Where an app of ours elsewhere takes people back itself.
const APP: &str = "https://app.example.com/back";

/// An app with a provider that knows it.
async fn start() -> Option<(TestApp, OpenIdProvider)> {
    let mut provider = OpenIdProvider::start()?;
    let setup = with_provider(Setup::default(), &provider.issuer);
    let app = TestApp::with(setup.set("redirect_origins", "https://app.example.com")).await;
    let own = format!("{}/auth/social-login/acme/callback", app.base);
    provider.register(&[own, APP.to_owned()]);
    Some((app, provider))
}

/// With the provider `acme` at this issuer.
pub(crate) fn with_provider(setup: Setup, issuer: &str) -> Setup {
    setup
        .set("social_providers", "acme")
        .set("social_acme_issuer", issuer)
        .set("social_acme_client_id", CLIENT_ID)
        .set("social_acme_client_secret", CLIENT_SECRET)
        .set("social_acme_name", "Acme")
        .set("outbound_allow_private", "yes")
}

/// What a browser is sent to the provider with.
pub(crate) async fn depart(browser: &mut Browser) -> String {
    let sent = browser.get("/login/with/acme").await.expect(303);
    sent.header("location").to_owned()
}

/// The path that a person comes back to.
pub(crate) fn back(place: &Url) -> String {
    format!("{}?{}", place.path(), place.query().unwrap())
}

async fn come_in(app: &TestApp, provider: &OpenIdProvider, name: &str) -> (Browser, Answer) {
    let mut browser = app.named(name).browser();
    let place = provider.sign_in(&depart(&mut browser).await, name).await;
    let answer = browser.get(&back(&place)).await;
    (browser, answer)
}

#[tokio::test]
async fn a_newcomer_gets_an_account_and_finds_it_again() {
    let Some((app, provider)) = start().await else {
        return;
    };
    let (mut browser, answer) = come_in(&app, &provider, "ada").await;
    assert_eq!(answer.expect(303).header("location"), "/account");
    let account = browser.get("/account").await.expect(200);
    assert!(account.text().contains("ada@example.com"), "{account}");
    let (mut again, answer) = come_in(&app, &provider, "ada").await;
    answer.expect(303);
    assert!(again.is_in().await && browser.is_in().await);
    let staff = app.staff("olga", "owner").await;
    let people = staff.get("/users?q=ada@example.com").await.expect(200).json();
    let people = people["data"].as_array().unwrap();
    assert_eq!(people.len(), 1, "{people:?}");
    assert_eq!(people[0]["email_verified"], true, "{people:?}");
}

#[tokio::test]
async fn a_way_is_bound_to_the_browser_that_began_it_and_ends_once() {
    let Some((app, provider)) = start().await else {
        return;
    };
    let mut browser = app.named("ada").browser();
    let place = provider.sign_in(&depart(&mut browser).await, "ada").await;
    let mut stranger = app.named("eve").browser();
    let other_way = depart(&mut stranger).await;
    for path in [
        back(&place),
        back(&place).replace("state=", "state=x"),
        "/auth/social-login/acme/callback?code=x".into(),
    ] {
        stranger.get(&path).await.expect(400);
        assert!(!stranger.is_in().await, "{path}");
    }
    browser.get(&back(&place)).await.expect(303);
    assert!(browser.is_in().await);
    browser.get(&back(&place)).await.expect(400);
    // Sign-in CSRF: somebody else's code in this browser.
    let theirs = provider.sign_in(&other_way, "eve").await;
    let mut victim = app.named("ben").browser();
    depart(&mut victim).await;
    victim.get(&back(&theirs)).await.expect(400);
    assert!(!victim.is_in().await);
}

#[tokio::test]
async fn what_a_person_is_sent_with_is_made_for_this_way_alone() {
    let Some((app, _provider)) = start().await else {
        return;
    };
    let mut seen = std::collections::BTreeSet::new();
    for _ in 0..2 {
        let mut browser = app.nobody().browser();
        let url: Url = depart(&mut browser).await.parse().unwrap();
        let parameters: std::collections::BTreeMap<_, _> = url.query_pairs().into_owned().collect();
        assert_eq!(parameters["response_type"], "code");
        assert_eq!(parameters["code_challenge_method"], "S256");
        assert_eq!(parameters["client_id"], CLIENT_ID);
        assert_eq!(
            parameters["redirect_uri"],
            format!("{}/auth/social-login/acme/callback", app.base)
        );
        for own in ["state", "nonce", "code_challenge"] {
            assert!(seen.insert(parameters[own].clone()), "{own} twice");
        }
    }
}

#[tokio::test]
async fn an_app_elsewhere_hands_the_code_in_and_gets_tokens() {
    let Some((app, provider)) = start().await else {
        return;
    };
    let nobody = app.nobody();
    let evil = json!({ "callback_url": "https://evil.example/back" });
    nobody.post("/auth/social-login/acme", evil).await.expect(422);
    let wanted = json!({ "callback_url": APP });
    let begun = nobody.post("/auth/social-login/acme", wanted).await.expect(200);
    let place = provider.sign_in(&begun.at("/authorization_url"), "ada").await;
    assert!(place.as_str().starts_with(APP), "{place}");
    let mut sent: std::collections::BTreeMap<String, String> = place.query_pairs().into_owned().collect();
    let finish = "/auth/social-login/acme/finish";
    nobody.post(finish, json!(sent)).await.expect(400);
    sent.insert("flow".into(), begun.at("/flow"));
    let tokens = nobody.post(finish, json!(sent)).await.expect(200);
    assert_eq!(tokens.json()["user"]["email"], "ada@example.com");
    let ada = nobody.with_token(&tokens.at("/access_token"));
    ada.get("/users/me").await.expect(200);
    nobody.post(finish, json!(sent)).await.expect(400);
}

#[tokio::test]
async fn a_provider_does_not_open_a_confirmed_account_but_its_owner_may_link_it() {
    let Some((app, provider)) = start().await else {
        return;
    };
    let ada = app.confirmed("ada").await;
    let (mut stranger, answer) = come_in(&app, &provider, "ada").await;
    assert_eq!(answer.status, 409, "{answer}");
    assert!(!stranger.is_in().await);
    let mut browser = ada.browser();
    browser.sign_in().await.expect(303);
    let sent = browser
        .get("/account/security/accounts/connect/acme")
        .await
        .expect(303);
    let place = provider.sign_in(sent.header("location"), "ada").await;
    browser.get(&back(&place)).await.expect(303);
    let mail = app.mail_to(&ada.email).await;
    assert!(
        mail.text.contains("Acme") || mail.text.contains("account"),
        "{mail:?}"
    );
    let (mut through, answer) = come_in(&app, &provider, "ada").await;
    answer.expect(303);
    assert!(through.is_in().await);
}

#[tokio::test]
async fn an_address_that_nobody_has_confirmed_opens_nothing() {
    let Some((app, provider)) = start().await else {
        return;
    };
    for name in ["unproven-ada", "nameless-ada"] {
        let (mut browser, answer) = come_in(&app, &provider, name).await;
        assert_eq!(answer.status, 403, "{name}: {answer}");
        assert!(!browser.is_in().await, "{name}");
    }
}

#[tokio::test]
async fn whoever_signed_up_with_anothers_address_is_thrown_out() {
    let Some((app, provider)) = start().await else {
        return;
    };
    let setup = json!({ "email": "ada@example.com", "password": "a thief rides a violet tandem" });
    let thief = app.nobody();
    thief.post("/auth/signup", setup.clone()).await.expect(202);
    let link = app.mail_to("ada@example.com").await;
    let (mut browser, answer) = come_in(&app, &provider, "ada").await;
    answer.expect(303);
    assert!(browser.is_in().await);
    thief.post("/auth/login", setup).await.expect(401);
    let token = link.link().split("token=").nth(1).unwrap().to_owned();
    thief
        .post("/auth/verify-email", json!({ "token": token }))
        .await
        .expect(401);
}

#[tokio::test]
async fn a_way_that_comes_back_twenty_times_at_once_opens_one_session() {
    let Some((app, provider)) = start().await else {
        return;
    };
    let ada = app.confirmed("nobody-else").await;
    let mut browser = app.named("ada").browser();
    let place = provider.sign_in(&depart(&mut browser).await, "ada").await;
    let cookies: Vec<String> = browser
        .cookies
        .iter()
        .map(|(name, value)| format!("{name}={value}"))
        .collect();
    let answers = app
        .at_once(20, |_| {
            let ask = ada.without_token().ask(Method::GET, &back(&place));
            let ask = ask
                .header("cookie", &cookies.join("; "))
                .header("accept", "text/html");
            ask.send()
        })
        .await;
    let let_in = answers.iter().filter(|answer| answer.status == 303).count();
    assert_eq!(let_in, 1, "{answers:?}");
    assert!(
        answers.iter().all(|answer| [303, 400].contains(&answer.status)),
        "{answers:?}"
    );
}
