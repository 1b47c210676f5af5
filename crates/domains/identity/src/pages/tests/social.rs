//! The way to a provider and back, as a browser goes it.

use super::*;

/// Follows the link to the provider, and answers the state that it was sent along with.
async fn depart(browser: &mut Browser<'_>, path: &str) -> String {
    let seen = browser.get(path).await;
    assert_eq!(seen.status, StatusCode::SEE_OTHER);
    let url: url::Url = seen.location.unwrap().parse().unwrap();
    assert_eq!(url.host_str(), Some("google.test"));
    let mut pairs = url.query_pairs();
    pairs.find(|(name, _)| name == "state").unwrap().1.into_owned()
}

fn back(state: &str, code: &str) -> String {
    format!("/auth/social-login/google/callback?code={code}&state={state}&scope=openid")
}

#[tokio::test]
async fn a_person_comes_back_from_a_provider_and_is_in() {
    let identity = Identity::strict().await;
    let (mut browser, mut other) = (Browser::new(&identity), Browser::new(&identity));
    let state = depart(&mut browser, "/login/with/google?return_to=/welcome").await;
    let code = "1+ada%40example.com";
    let elsewhere = other.get(&back(&state, code)).await;
    assert_eq!(elsewhere.status, StatusCode::BAD_REQUEST);
    assert!(other.cookie("__Host-ms_session").is_none());
    depart(&mut other, "/login/with/google").await;
    let elsewhere = other.get(&back(&state, code)).await;
    assert_eq!(elsewhere.status, StatusCode::BAD_REQUEST);
    let seen = browser.get(&back(&state, code)).await;
    assert_eq!(seen.location.as_deref(), Some("/welcome"), "{}", seen.page);
    assert!(browser.cookie("__Host-ms_session").is_some());
    assert!(browser.cookie("__Host-of").is_none());
    let again = browser.get(&back(&state, code)).await;
    assert_eq!(again.status, StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn a_provider_s_form_becomes_the_same_address() {
    let identity = Identity::strict().await;
    let mut browser = Browser::new(&identity);
    let state = depart(&mut browser, "/login/with/google").await;
    let form = format!("code=1+ada%40example.com&state={state}&user=%7B%7D");
    let request = Request::post("/auth/social-login/google/callback")
        .header("content-type", "application/x-www-form-urlencoded")
        .header("sec-fetch-site", "cross-site");
    let seen = browser.send(request, Body::from(form)).await;
    assert_eq!(seen.status, StatusCode::SEE_OTHER);
    let location = seen.location.unwrap();
    assert!(!location.contains("user="), "{location}");
    let seen = browser.get(&location).await;
    assert_eq!(seen.location.as_deref(), Some("/account"), "{}", seen.page);
}

#[tokio::test]
async fn a_person_who_went_back_is_told_so() {
    let identity = Identity::strict().await;
    let mut browser = Browser::new(&identity);
    let state = depart(&mut browser, "/login/with/google").await;
    let path = format!("/auth/social-login/google/callback?error=access_denied&state={state}");
    let cookie = browser.cookies.clone();
    let seen = browser.get(&path).await;
    assert_eq!(seen.status, StatusCode::BAD_REQUEST);
    assert!(seen.page.contains("/login"), "{}", seen.page);
    browser.cookies = cookie;
    let late = browser.get(&back(&state, "1+ada%40example.com")).await;
    assert_eq!(late.status, StatusCode::BAD_REQUEST);
    let unknown = browser.get("/login/with/nobody").await;
    assert_eq!(unknown.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn refusals_have_their_status() {
    let identity = Identity::open().await;
    identity.person(ADA).await;
    for (code, status) in [
        ("1+ada%40example.com", 409),
        ("1+ada%40example.com+unconfirmed", 403),
        ("refused", 401),
        ("denied", 400),
        ("failed", 502),
    ] {
        let mut browser = Browser::new(&identity);
        let state = depart(&mut browser, "/login/with/google").await;
        let seen = browser.get(&back(&state, code)).await;
        assert_eq!(seen.status.as_u16(), status, "{code}");
        assert!(browser.cookie("__Host-ms_session").is_none());
    }
}
