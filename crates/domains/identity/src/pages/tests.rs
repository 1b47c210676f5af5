//! The pages as a browser sees them.

mod passkey;
mod second_factor;
mod social;

use std::sync::Arc;

use async_trait::async_trait;
use axum::body::{Body, to_bytes};
use axum::http::{Request, StatusCode, header};
use kernel::{OrganizationId, PermissionSet, Timestamp};
use tower::ServiceExt as _;
use web::{Access, ApiError, Authorize, Principal};

use super::{PageServices, account_pages};
use crate::authenticate::Authenticator;
use crate::email_change::model::NewAddress;
use crate::email_change::service::EmailChanges;
use crate::magic_link::service::MagicLinks;
use crate::password_change::service::PasswordChanges;
use crate::password_reset::service::PasswordResets;
use crate::testing::{Identity, PASSWORD, code_in, context, sign_up, token_in};

const ADA: &str = "ada@example.com";
const OTHER: &str = "noisy badgers fold 7 umbrellas";

struct Nobody;

#[async_trait]
impl Authorize for Nobody {
    async fn permissions(&self, _: &Principal, _: OrganizationId) -> Result<Option<PermissionSet>, ApiError> {
        Ok(None)
    }
}

struct Clock(Timestamp);

impl kernel::Clock for Clock {
    fn now(&self) -> Timestamp {
        self.0
    }
}

/// A browser: it keeps cookies, and says where it comes from.
struct Browser<'a> {
    identity: &'a Identity,
    cookies: Vec<(String, String)>,
}

struct Seen {
    status: StatusCode,
    location: Option<String>,
    page: String,
}

fn services(identity: &Identity) -> PageServices {
    let (machinery, users) = (identity.machinery.clone(), identity.users.clone());
    let (passwords, sessions) = (identity.passwords.clone(), identity.sessions.clone());
    let email_changes = EmailChanges::new(
        machinery.clone(),
        users.clone(),
        passwords.clone(),
        sessions.clone(),
    );
    PageServices {
        config: Arc::clone(&machinery.config),
        password_resets: PasswordResets::new(
            machinery.clone(),
            users.clone(),
            passwords.clone(),
            sessions.clone(),
            email_changes.clone(),
        ),
        password_changes: PasswordChanges::new(
            machinery.clone(),
            users.clone(),
            passwords.clone(),
            sessions.clone(),
            email_changes.clone(),
        ),
        enrolments: identity.enrolments.clone(),
        step_ups: identity.step_ups.clone(),
        passkeys: identity.passkeys.clone(),
        magic_links: MagicLinks::new(
            machinery,
            users.clone(),
            passwords.clone(),
            sessions.clone(),
            identity.entrances.clone(),
        ),
        users,
        sessions,
        passwords,
        email_changes,
        second_steps: identity.second_steps.clone(),
        social: identity.social(vec![identity.google.clone()]),
    }
}

impl<'a> Browser<'a> {
    fn new(identity: &'a Identity) -> Self {
        let cookies = Vec::new();
        Self { identity, cookies }
    }

    async fn get(&mut self, path: &str) -> Seen {
        self.send(Request::get(path), Body::empty()).await
    }

    async fn post(&mut self, path: &str, fields: &[(&str, &str)]) -> Seen {
        let mut form = url::form_urlencoded::Serializer::new(String::new());
        form.extend_pairs(fields);
        let request = Request::post(path)
            .header("content-type", "application/x-www-form-urlencoded")
            .header("sec-fetch-site", "same-origin");
        self.send(request, Body::from(form.finish())).await
    }

    /// What a script of our pages asks.
    async fn ask(&mut self, path: &str, body: &serde_json::Value) -> Seen {
        let request = Request::post(path)
            .header("content-type", "application/json")
            .header("sec-fetch-site", "same-origin");
        self.send(request, Body::from(body.to_string())).await
    }

    async fn sign_in(&mut self) {
        let seen = self
            .post("/login", &[("email", ADA), ("password", PASSWORD)])
            .await;
        assert_eq!(seen.location.as_deref(), Some("/account"), "{}", seen.page);
    }

    fn cookie(&self, name: &str) -> Option<&str> {
        let mut cookies = self.cookies.iter();
        cookies
            .find(|(known, _)| known == name)
            .map(|(_, value)| value.as_str())
    }

    async fn send(&mut self, request: axum::http::request::Builder, body: Body) -> Seen {
        let cookies: Vec<String> = self
            .cookies
            .iter()
            .map(|(name, value)| format!("{name}={value}"))
            .collect();
        let mut request = request.header("cookie", cookies.join("; ")).body(body).unwrap();
        let identity = self.identity;
        let authenticator = Authenticator::new(
            identity.machinery.clone(),
            identity.sessions.clone(),
            identity.signing_keys.clone(),
        );
        let clock = Arc::new(Clock(identity.machinery.now()));
        let access = Access::new(Arc::new(authenticator), Arc::new(Nobody), clock);
        request.extensions_mut().insert(access);
        let answer = account_pages(services(identity)).oneshot(request).await.unwrap();
        for cookie in answer.headers().get_all(header::SET_COOKIE) {
            let line = cookie.to_str().unwrap();
            let (name, value) = line.split_once(';').unwrap().0.split_once('=').unwrap();
            self.cookies.retain(|(known, _)| known != name);
            if !line.contains("Max-Age=0;") {
                self.cookies.push((name.to_owned(), value.to_owned()));
            }
        }
        let location = answer.headers().get(header::LOCATION);
        Seen {
            status: answer.status(),
            location: location.map(|place| place.to_str().unwrap().to_owned()),
            page: {
                let body = to_bytes(answer.into_body(), usize::MAX).await.unwrap();
                String::from_utf8(body.to_vec()).unwrap()
            },
        }
    }
}

#[tokio::test]
async fn a_person_signs_in_looks_at_their_sessions_and_signs_out() {
    let identity = Identity::open().await;
    identity.person(ADA).await;
    let mut browser = Browser::new(&identity);
    let seen = browser.get("/account").await;
    assert_eq!(seen.location.as_deref(), Some("/login?return_to=%2Faccount"));
    let seen = browser
        .post("/login", &[("email", ADA), ("password", "wrong")])
        .await;
    assert_eq!(seen.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(seen.page.contains("don’t match"), "{}", seen.page);
    assert!(browser.cookie("__Host-ms_session").is_none());
    browser.sign_in().await;
    let seen = browser.get("/account").await;
    assert!(seen.page.contains("This browser"), "{}", seen.page);
    assert_eq!(seen.page.matches("/account/sessions/end\"").count(), 1);
    browser.post("/account/sessions/end-others", &[]).await;
    let seen = browser.get("/account").await;
    assert_eq!(seen.page.matches("/account/sessions/end\"").count(), 0);
    let cookie = browser.cookie("__Host-ms_session").unwrap().to_owned();
    let seen = browser.post("/logout", &[]).await;
    assert_eq!(seen.location.as_deref(), Some("/login"));
    assert!(browser.cookie("__Host-ms_session").is_none());
    browser.cookies.push(("__Host-ms_session".to_owned(), cookie));
    let seen = browser.get("/account").await;
    assert_eq!(seen.status, StatusCode::SEE_OTHER);
}

#[tokio::test]
async fn a_session_that_was_planted_ends_when_its_browser_signs_in() {
    let identity = Identity::open().await;
    identity.person(ADA).await;
    let mut browser = Browser::new(&identity);
    browser.sign_in().await;
    let planted = browser.cookie("__Host-ms_session").unwrap().to_owned();
    browser.sign_in().await;
    assert_ne!(browser.cookie("__Host-ms_session"), Some(planted.as_str()));
    let mut other = Browser::new(&identity);
    other.cookies.push(("__Host-ms_session".to_owned(), planted));
    assert_eq!(other.get("/account").await.status, StatusCode::SEE_OTHER);
}

#[tokio::test]
async fn people_are_sent_to_our_own_pages_only() {
    let identity = Identity::open().await;
    identity.person(ADA).await;
    for (wanted, sent_to) in [
        ("/accept-invite?token=x", "/accept-invite?token=x"),
        ("//evil.test", "/account"),
        ("https://evil.test/", "/account"),
        ("/\\evil.test", "/account"),
    ] {
        let mut browser = Browser::new(&identity);
        let fields = [("email", ADA), ("password", PASSWORD), ("return_to", wanted)];
        let seen = browser.post("/login", &fields).await;
        assert_eq!(seen.location.as_deref(), Some(sent_to));
        identity.clock.advance(std::time::Duration::from_mins(1));
    }
}

#[tokio::test]
async fn forms_of_other_sites_and_what_is_only_opened_do_nothing() {
    let identity = Identity::open().await;
    identity.person(ADA).await;
    let mut browser = Browser::new(&identity);
    let form = Request::post("/login")
        .header("content-type", "application/x-www-form-urlencoded")
        .header("sec-fetch-site", "cross-site");
    let body = Body::from(format!("email={ADA}&password={PASSWORD}"));
    let seen = browser.send(form, body).await;
    assert_eq!(seen.status, StatusCode::FORBIDDEN);
    assert!(browser.cookies.is_empty());
}

#[tokio::test]
async fn a_person_signs_up_and_confirms_by_the_code() {
    let identity = Identity::strict().await;
    let mut browser = Browser::new(&identity);
    let fields = [("name", "Ada"), ("email", "no address"), ("password", PASSWORD)];
    let seen = browser.post("/signup", &fields).await;
    assert!(seen.page.contains("Type an email address"), "{}", seen.page);
    let fields = [("name", ""), ("email", ADA), ("password", "short")];
    let seen = browser.post("/signup", &fields).await;
    assert!(seen.page.contains("at least 12 characters"), "{}", seen.page);
    let fields = [("name", "Ada <b>"), ("email", ADA), ("password", PASSWORD)];
    let seen = browser.post("/signup", &fields).await;
    assert!(seen.page.contains("Check your inbox"), "{}", seen.page);
    let seen = browser
        .post("/login", &[("email", ADA), ("password", PASSWORD)])
        .await;
    assert!(seen.page.contains("Confirm your address first"), "{}", seen.page);
    let mail = identity.mail_to(ADA).await.unwrap();
    let link = format!("/verify-email?token={}", token_in(&mail).expose());
    let seen = browser.get(&link).await;
    assert!(seen.page.contains("Is ada@example.com your address?"));
    let fields = [("email", ADA), ("code", "0000 0000")];
    let seen = browser.post("/verify-email", &fields).await;
    assert!(seen.page.contains("That code is not right"), "{}", seen.page);
    let code = code_in(&mail);
    let fields = [("email", ADA), ("code", code.expose().as_str())];
    let seen = browser.post("/verify-email", &fields).await;
    assert!(seen.page.contains("Your address is confirmed"), "{}", seen.page);
    assert!(browser.get(&link).await.page.contains("does not work any more"));
    browser.sign_in().await;
}

#[tokio::test]
async fn the_mailed_link_signs_in_the_browser_that_asked_and_no_other() {
    let identity = Identity::open().await;
    identity.person(ADA).await;
    let mut browser = Browser::new(&identity);
    let fields = [("email", ADA), ("return_to", "/welcome")];
    let seen = browser.post("/login/link", &fields).await;
    assert!(seen.page.contains("Check your inbox"), "{}", seen.page);
    let mail = identity.mail_to(ADA).await.unwrap();
    let token = token_in(&mail).expose().clone();
    let (token, _) = token.split_once('&').unwrap();
    let link = format!("/magic-link?token={token}&return_to=%2Fwelcome");
    assert!(mail.text.contains(&link), "{}", mail.text);

    let mut other = Browser::new(&identity);
    for _ in 0..3 {
        let seen = other.get(&link).await;
        assert!(
            seen.page.contains("Type the code where you started"),
            "{}",
            seen.page
        );
        assert!(other.cookies.is_empty());
    }
    other
        .post("/login/link", &[("email", "nobody@example.com")])
        .await;
    let seen = other.post("/magic-link", &[("token", token)]).await;
    assert!(seen.page.contains("Type the code where you started"));
    let code = code_in(&mail);
    let seen = other
        .post("/check-email", &[("code", code.expose().as_str())])
        .await;
    assert!(seen.page.contains("That code is not right"), "{}", seen.page);
    assert!(other.cookie("__Host-ms_session").is_none());

    assert!(browser.get(&link).await.page.contains("action=\"/magic-link\""));
    let fields = [("token", token), ("return_to", "/welcome")];
    let seen = browser.post("/magic-link", &fields).await;
    assert_eq!(seen.location.as_deref(), Some("/welcome"), "{}", seen.page);
    assert!(browser.cookie("__Host-ms_session").is_some());
    assert!(browser.cookie("__Host-ml").is_none());
    let seen = browser.post("/magic-link", &fields).await;
    assert_eq!(seen.status, StatusCode::UNPROCESSABLE_ENTITY);
}

#[tokio::test]
async fn a_forgotten_password_is_set_on_its_page() {
    let identity = Identity::open().await;
    identity.person(ADA).await;
    let mut browser = Browser::new(&identity);
    assert!(browser.get("/reset-password").await.page.contains("Forgot your"));
    let seen = browser.post("/reset-password", &[("email", ADA)]).await;
    assert!(seen.page.contains("Check your inbox"), "{}", seen.page);
    let token = token_in(&identity.mail_to(ADA).await.unwrap());
    let link = format!("/reset-password?token={}", token.expose());
    assert!(browser.get(&link).await.page.contains("Choose a new password"));
    let fields = [("token", token.expose().as_str()), ("new_password", "short")];
    let seen = browser.post("/reset-password", &fields).await;
    assert!(seen.page.contains("at least 12 characters"), "{}", seen.page);
    let fields = [("token", token.expose().as_str()), ("new_password", OTHER)];
    let seen = browser.post("/reset-password", &fields).await;
    assert!(seen.page.contains("Your password is set"), "{}", seen.page);
    let seen = browser.post("/reset-password", &fields).await;
    assert!(seen.page.contains("does not work any more"), "{}", seen.page);
    identity.sign_in(ADA, OTHER).await.unwrap();
}

#[tokio::test]
async fn a_change_of_address_is_agreed_to_and_taken_back_on_its_pages() {
    const NEW: &str = "ada@example.org";
    let identity = Identity::open().await;
    let user = identity.person(ADA).await.user;
    let new = NewAddress {
        email: NEW.parse().unwrap(),
        password: None,
    };
    let email_changes = services(&identity).email_changes;
    email_changes.request(&context(), user.id, new).await.unwrap();
    let mut browser = Browser::new(&identity);
    for (mailbox, answer) in [(NEW, "One more mailbox"), (ADA, "Your address is changed")] {
        let token = token_in(&identity.mail_to(mailbox).await.unwrap());
        let link = format!("/change-email?token={}", token.expose());
        let seen = browser.get(&link).await;
        assert!(
            seen.page
                .contains("moves from ada@example.com to ada@example.org"),
            "{}",
            seen.page
        );
        let fields = [("token", token.expose().as_str())];
        let seen = browser.post("/change-email", &fields).await;
        assert!(seen.page.contains(answer), "{}", seen.page);
        assert!(browser.get(&link).await.page.contains("does not work any more"));
    }
    let token = token_in(&identity.mail_to(ADA).await.unwrap());
    let link = format!("/undo-email-change?token={}", token.expose());
    let seen = browser.get(&link).await;
    assert!(seen.page.contains("returns to ada@example.com"), "{}", seen.page);
    let fields = [("token", token.expose().as_str())];
    let seen = browser.post("/undo-email-change", &fields).await;
    assert!(seen.page.contains("The change is taken back"), "{}", seen.page);
    let seen = browser.post("/undo-email-change", &fields).await;
    assert_eq!(seen.status, StatusCode::UNPROCESSABLE_ENTITY);
}

#[tokio::test]
async fn every_page_is_there_in_every_language_and_none_has_a_script_of_its_own() {
    let identity = Identity::strict().await;
    let mut browser = Browser::new(&identity);
    identity
        .passwords
        .sign_up(&context(), sign_up(ADA))
        .await
        .unwrap();
    let pages = [
        "/login",
        "/login/link",
        "/signup",
        "/check-email",
        "/verify-email",
        "/verify-email/again",
        "/verify-email?token=x",
        "/reset-password",
        "/reset-password?token=x",
        "/magic-link?token=x",
        "/change-email?token=x",
        "/undo-email-change?token=x",
    ];
    for page in pages {
        for locale in ["en", "de", "fr"] {
            let separator = if page.contains('?') { "&" } else { "?" };
            let seen = browser.get(&format!("{page}{separator}locale={locale}")).await;
            assert_eq!(seen.status, StatusCode::OK, "{page}");
            assert!(seen.page.contains(&format!("<html lang=\"{locale}\">")), "{page}");
            let scripts = seen.page.matches("<script").count();
            assert_eq!(seen.page.matches("<script src=\"/").count(), scripts, "{page}");
            assert!(
                !seen.page.contains("style=") && !seen.page.contains("onclick"),
                "{page}"
            );
        }
    }
}
