//! Nobody learns who has an account.

use std::time::{Duration, Instant};

use mainstay_acceptance::{Answer, Person, TestApp};
use serde_json::{Value, json};

/// Everything that an answer says but for the time, the request's own id and secrets of its own.
#[derive(Debug, PartialEq)]
struct Said {
    status: u16,
    headers: Vec<(String, String)>,
    body: String,
}

fn said(answer: &Answer) -> Said {
    let own = ["date", "x-request-id", "ratelimit", "set-cookie"];
    let mut headers: Vec<_> = answer
        .headers
        .iter()
        .filter(|(name, _)| !own.contains(&name.as_str()))
        .map(|(name, value)| (name.to_string(), value.to_str().unwrap().to_owned()))
        .collect();
    headers.sort();
    let mut body = answer.json();
    for own in ["request_id", "flow"] {
        if let Some(value) = body.get_mut(own) {
            value.take();
        }
    }
    Said {
        status: answer.status,
        headers,
        body: body.to_string(),
    }
}

async fn same(app: &TestApp, path: &str, bodies: impl IntoIterator<Item = Value>) -> u16 {
    let mut first: Option<Said> = None;
    for body in bodies {
        let answer = app.nobody().post(path, body.clone()).await;
        let said = said(&answer);
        match &first {
            Some(first) => assert_eq!(*first, said, "{body}"),
            None => first = Some(said),
        }
    }
    first.unwrap().status
}

/// An account in each state that strangers must not tell apart, and none.
async fn addresses(app: &TestApp) -> (Person, Vec<String>) {
    let ada = app.person("ada").await;
    let open = app.named("open");
    let body = json!({ "email": open.email, "password": open.password });
    open.post("/auth/signup", body).await.expect(202);
    let root = app.staff("root", "owner").await;
    let emails = [&ada.email, &open.email, &root.email].map(Clone::clone);
    let mut emails = emails.to_vec();
    emails.extend(["ghost@example.com".to_owned(), "ADA@example.com".to_owned()]);
    (ada, emails)
}

#[tokio::test]
async fn a_wrong_password_is_a_wrong_password() {
    let app = TestApp::start().await;
    let (_, emails) = addresses(&app).await;
    let bodies = emails
        .iter()
        .map(|email| json!({ "email": email, "password": "not the password at all" }));
    assert_eq!(same(&app, "/auth/login", bodies).await, 401);
}

#[tokio::test]
async fn signing_up_answers_the_same() {
    let app = TestApp::start().await;
    let (_, emails) = addresses(&app).await;
    let bodies = emails
        .iter()
        .map(|email| json!({ "email": email, "password": "seven violet tandems to Porto" }));
    assert_eq!(same(&app, "/auth/signup", bodies).await, 202);
    let weak = emails
        .iter()
        .map(|email| json!({ "email": email, "password": "password" }));
    assert_eq!(same(&app, "/auth/signup", weak).await, 422);
    let invited = emails.iter().map(|email| {
        json!({ "email": email, "password": "seven violet tandems to Porto", "invite_token": "ms_inv_x" })
    });
    let status = same(&app, "/auth/signup", invited).await;
    assert!(matches!(status, 401 | 404 | 422), "{status}");
}

#[tokio::test]
async fn mails_that_are_asked_for_are_answered_the_same() {
    let app = TestApp::start().await;
    let (_, emails) = addresses(&app).await;
    for path in [
        "/auth/resend-verification",
        "/auth/reset-password",
        "/auth/magic-link",
    ] {
        if app.nobody().get(path).await.status == 404 {
            continue;
        }
        let bodies = emails.iter().map(|email| json!({ "email": email }));
        assert_eq!(same(&app, path, bodies).await, 202, "{path}");
    }
}

#[tokio::test]
async fn codes_and_links_tell_nothing() {
    let app = TestApp::start().await;
    let (_, emails) = addresses(&app).await;
    let bodies = emails
        .iter()
        .map(|email| json!({ "email": email, "code": "00000000" }));
    assert_eq!(same(&app, "/auth/verify-email", bodies).await, 401);
    let bob = app.named("bob");
    let body = json!({ "email": bob.email, "password": bob.password });
    bob.post("/auth/signup", body).await.expect(202);
    let used = app.mail_to(&bob.email).await.link_token();
    bob.post("/auth/verify-email", json!({ "token": used }))
        .await
        .expect(204);
    let carl = app.named("carl");
    let body = json!({ "email": carl.email, "password": carl.password });
    carl.post("/auth/signup", body).await.expect(202);
    let over = app.mail_to(&carl.email).await.link_token();
    app.clock
        .advance(Duration::from_hours(24) + Duration::from_secs(1));
    let bodies = [used.as_str(), &over, "ms_ott_unknown", "nonsense"].map(|token| json!({ "token": token }));
    assert_eq!(same(&app, "/auth/verify-email", bodies).await, 401);
}

#[tokio::test]
async fn inviting_answers_the_same_for_everybody() {
    let app = TestApp::start().await;
    let (_, emails) = addresses(&app).await;
    let (owner, organization) = app.owner("olga").await;
    let path = format!("/organizations/{organization}/invites");
    let mut first = None;
    for email in &emails[..4] {
        let answer = owner
            .post(&path, json!({ "email": email, "role": "member" }))
            .await
            .expect(201);
        let mut body = answer.json();
        for own in [
            "id",
            "email",
            "created_at",
            "updated_at",
            "expires_at",
            "last_sent_at",
        ] {
            body[own].take();
        }
        assert_eq!(*first.get_or_insert_with(|| body.clone()), body, "{email}");
    }
}

/// What it takes when nothing gets in the way: the machine has other things to do, and they take time too.
fn quickest(times: Vec<Duration>) -> Duration {
    times.into_iter().min().unwrap()
}

#[tokio::test]
async fn the_clock_tells_no_more_than_the_answer() {
    const ROUNDS: usize = 30;
    let app = TestApp::start().await;
    let ada = app.person("ada").await;
    let nobody = app.nobody();
    for path in ["/auth/login", "/auth/signup"] {
        let (mut known, mut unknown) = (Vec::new(), Vec::new());
        for round in 0..ROUNDS {
            let ghost = format!("ghost{round}@example.com");
            for (email, times) in [(&ada.email, &mut known), (&ghost, &mut unknown)] {
                let body = json!({ "email": email, "password": "seven violet tandems to Porto" });
                let asked = Instant::now();
                nobody.post(path, body).await;
                times.push(asked.elapsed());
            }
        }
        let (known, unknown) = (quickest(known), quickest(unknown));
        let difference = known.abs_diff(unknown);
        let is_small = difference < Duration::from_millis(5) || difference * 4 < known.max(unknown);
        assert!(is_small, "{path}: {known:?} with an account, {unknown:?} without");
    }
}
