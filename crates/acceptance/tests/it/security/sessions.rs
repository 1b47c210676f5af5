//! Sessions begin anew, end at once, and stay their owner's: the SES list.

use std::time::Duration;

use mainstay_acceptance::{Answer, Person, Setup, TestApp};
use reqwest::Method;
use serde_json::json;

/// What only somebody who is signed in gets.
const DOOR: &str = "/auth/sessions";

async fn refresh(person: &Person) -> Answer {
    person
        .without_token()
        .post("/auth/refresh", json!({ "refresh_token": person.refresh_token }))
        .await
}

async fn expect_out(person: &Person) {
    person.get(DOOR).await.expect(401);
    refresh(person).await.expect(401);
}

async fn actions(staff: &Person) -> Vec<String> {
    let log = staff.get("/activity-logs?limit=200").await.expect(200).json();
    let entries = log["data"].as_array().unwrap().iter();
    entries
        .map(|entry| entry["action"].as_str().unwrap().to_owned())
        .collect()
}

#[tokio::test]
async fn a_planted_session_is_nobodys() {
    let app = TestApp::start().await;
    let ada = app.confirmed("ada").await;
    let planted = "ms_session_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
    let ask = ada
        .ask(Method::POST, "/auth/login")
        .header("cookie", &format!("__Host-ms_session={planted}"));
    let answer = ask
        .json(json!({ "email": ada.email, "password": ada.password }))
        .send()
        .await
        .expect(200);
    assert!(!answer.text().contains(planted));
    for cookie in answer.headers.get_all("set-cookie") {
        assert!(!cookie.to_str().unwrap().contains(planted), "{cookie:?}");
    }
    let with_planted = ada
        .ask(Method::GET, DOOR)
        .header("cookie", &format!("__Host-ms_session={planted}"));
    with_planted.send().await.expect(401);
    let (mut first, mut second) = (ada.clone(), ada.clone());
    first.sign_in().await;
    second.sign_in().await;
    assert_ne!(first.refresh_token, second.refresh_token);
}

#[tokio::test]
async fn cookies_belong_to_this_host_alone() {
    let app = TestApp::start().await;
    let ada = app.confirmed("ada").await;
    let body = json!({ "email": ada.email, "password": ada.password });
    let answer = ada.post("/auth/login", body).await.expect(200);
    let mut cookies = answer.headers.get_all("set-cookie").iter().peekable();
    assert!(cookies.peek().is_some());
    for cookie in cookies {
        let cookie = cookie.to_str().unwrap();
        assert!(cookie.starts_with("__Host-"), "{cookie}");
        let attributes: Vec<String> = cookie.split(';').map(|part| part.trim().to_lowercase()).collect();
        for needed in ["secure", "httponly", "path=/", "samesite=lax"] {
            assert!(attributes.contains(&needed.to_owned()), "{needed}: {cookie}");
        }
        assert!(
            !attributes.iter().any(|attribute| attribute.starts_with("domain")),
            "{cookie}"
        );
    }
}

#[tokio::test]
async fn signing_out_is_at_once_and_for_good() {
    let app = TestApp::start().await;
    let ada = app.person("ada").await;
    let answer = ada
        .post("/auth/logout", json!({ "refresh_token": ada.refresh_token }))
        .await
        .expect(204);
    assert!(answer.header("clear-site-data").contains("\"storage\""));
    expect_out(&ada).await;
    ada.post("/auth/logout", json!({ "refresh_token": ada.refresh_token }))
        .await
        .expect(204);
    expect_out(&ada).await;
}

#[tokio::test]
async fn a_session_that_rests_too_long_is_over() {
    let app = TestApp::start().await;
    let (ada, bob) = (app.person("ada").await, app.person("bob").await);
    app.clock
        .advance(Duration::from_hours(14 * 24) - Duration::from_secs(5));
    refresh(&ada).await.expect(200);
    app.clock.advance(Duration::from_secs(6));
    expect_out(&bob).await;
}

#[tokio::test]
async fn a_session_of_staff_is_short() {
    let app = TestApp::start().await;
    let mut root = app.staff("root", "owner").await;
    app.clock.advance(Duration::from_mins(59));
    let answer = refresh(&root).await.expect(200);
    root.take_tokens(&answer);
    for _ in 0..11 {
        app.clock.advance(Duration::from_mins(59));
        let answer = refresh(&root).await.expect(200);
        root.take_tokens(&answer);
    }
    // Twelve hours after the sign-in, however much it is used.
    app.clock.advance(Duration::from_mins(13));
    expect_out(&root).await;
    let mut idle = root.clone();
    idle.sign_in().await;
    app.clock.advance(Duration::from_secs(3601));
    expect_out(&idle).await;
}

#[tokio::test]
async fn the_tokens_of_a_session_do_not_outlive_it() {
    let app = TestApp::start().await;
    let mut ada = app.person("ada").await;
    let day = Duration::from_hours(24);
    for _ in 0..3 {
        app.clock.advance(day * 9 + Duration::from_hours(23));
        let answer = refresh(&ada).await.expect(200);
        ada.take_tokens(&answer);
    }
    app.clock
        .advance(Duration::from_hours(3) - Duration::from_mins(1));
    let last = refresh(&ada).await.expect(200);
    assert!(last.json()["expires_in"].as_u64().unwrap() <= 60, "{last}");
    ada.take_tokens(&last);
    ada.get(DOOR).await.expect(200);
    app.clock.advance(Duration::from_secs(61));
    expect_out(&ada).await;
}

#[tokio::test]
async fn what_is_taken_away_is_gone_for_the_next_request() {
    let app = TestApp::start().await;
    let (ada, organization) = app.owner("ada").await;
    let bob = app.member("bob", &ada, &organization, "admin").await;
    let carl = app.member("carl", &ada, &organization, "member").await;
    let (members, invites) = (
        format!("/organizations/{organization}/members"),
        format!("/organizations/{organization}/invites"),
    );
    bob.get(&invites).await.expect(200);
    ada.put(&format!("{members}/{}", bob.id), json!({ "roles": ["viewer"] }))
        .await
        .expect(200);
    bob.get(&invites).await.expect_problem(403, "forbidden");
    bob.get(&members).await.expect(200);
    carl.get(&members).await.expect(200);
    ada.delete(&format!("{members}/{}", carl.id)).await.expect(204);
    carl.get(&members).await.expect_problem(404, "not_found");
    ada.delete(&format!("/organizations/{organization}"))
        .await
        .expect(204);
    for person in [&ada, &bob] {
        person.get(&members).await.expect_problem(404, "not_found");
        person.get(DOOR).await.expect(200);
    }
}

#[tokio::test]
async fn a_role_that_changes_changes_for_the_next_request() {
    let app = TestApp::start().await;
    let (ada, organization) = app.owner("ada").await;
    let roles = format!("/organizations/{organization}/roles");
    let body =
        |permissions: &[&str]| json!({ "key": "recruiter", "name": "Recruiter", "permissions": permissions });
    let role = ada.post(&roles, body(&["invites:read"])).await.expect(201);
    let bob = app.member("bob", &ada, &organization, "recruiter").await;
    let invites = format!("/organizations/{organization}/invites");
    bob.get(&invites).await.expect(200);
    let path = format!("{roles}/{}", role.at("/id"));
    let changed = ada
        .put(&path, json!({ "name": "Recruiter", "permissions": [] }))
        .await;
    changed.expect(200);
    bob.get(&invites).await.expect_problem(403, "forbidden");
}

#[tokio::test]
async fn staff_end_sessions_and_it_is_written_down() {
    let app = TestApp::start().await;
    let root = app.staff("root", "owner").await;
    let support = app.staff("sue", "support").await;
    let ada = app.person("ada").await;
    let mut phone = ada.clone();
    phone.sign_in().await;
    let all = format!("/users/{}/sessions", ada.id);
    let sessions = root.get(&all).await.expect(200).json();
    assert_eq!(sessions["data"].as_array().unwrap().len(), 2);
    let newest = sessions["data"][0]["id"].as_str().unwrap();
    support.delete(&format!("{all}/{newest}")).await.expect(404);
    phone.get(DOOR).await.expect(200);
    root.delete(&format!("{all}/{newest}")).await.expect(204);
    expect_out(&phone).await;
    ada.get(DOOR).await.expect(200);
    root.delete(&all).await.expect(204);
    expect_out(&ada).await;
    let written = actions(&root).await;
    for action in ["auth.session_ended", "auth.sessions_ended"] {
        assert!(
            written.iter().any(|one| one == action),
            "{action} is not in {written:?}"
        );
    }
    // Who stands above is not touched.
    let other = app.staff("olga", "owner").await;
    let admin = app.staff("adam", "admin").await;
    admin
        .delete(&format!("/users/{}/sessions", other.id))
        .await
        .expect_problem(403, "forbidden");
    other.get(DOOR).await.expect(200);
}

#[tokio::test]
async fn one_session_too_many_ends_the_oldest() {
    let app = TestApp::with(Setup::default().set("max_sessions", "3")).await;
    let first = app.person("ada").await;
    let mut others = Vec::new();
    for _ in 0..3 {
        let mut other = first.clone();
        other.sign_in().await;
        others.push(other);
    }
    expect_out(&first).await;
    for other in &others {
        other.get(DOOR).await.expect(200);
    }
    let list = others[0].get(DOOR).await.expect(200).json();
    assert_eq!(list["data"].as_array().unwrap().len(), 3);
    let root = app.staff("root", "owner").await;
    assert!(
        actions(&root)
            .await
            .iter()
            .any(|action| action == "auth.session_ended")
    );
}

#[tokio::test]
async fn sessions_of_others_are_not_there() {
    let app = TestApp::start().await;
    let (ada, eve) = (app.person("ada").await, app.person("eve").await);
    let hers = ada.get(DOOR).await.expect(200).json();
    let id = hers["data"][0]["id"].as_str().unwrap();
    let theirs = eve.get(DOOR).await.expect(200).text();
    assert!(!theirs.contains(id));
    for path in [
        format!("/auth/sessions/{id}"),
        format!("/users/me/sessions/{id}"),
        format!("/users/{}/sessions/{id}", eve.id),
        format!("/users/{}/sessions/{id}", ada.id),
        format!("/users/{}/sessions", ada.id),
    ] {
        eve.delete(&path).await.expect_problem(404, "not_found");
    }
    eve.get(&format!("/users/{}/sessions", ada.id))
        .await
        .expect_problem(404, "not_found");
    ada.get(DOOR).await.expect(200);
    for secret in ["token", "refresh", "key", "hash"] {
        assert!(!hers.to_string().contains(secret), "{hers}");
    }
}

/// What asks for a sign-in from the last minutes is refused to one that is older, however it is refreshed.
#[tokio::test]
async fn what_matters_most_asks_for_a_recent_sign_in() {
    let app = TestApp::start().await;
    let mut root = app.staff("root", "owner").await;
    let made = root
        .post("/organizations", json!({ "name": "Acme" }))
        .await
        .expect(201);
    app.clock.advance(Duration::from_mins(11));
    let answer = refresh(&root).await.expect(200);
    root.take_tokens(&answer);
    let operations = app.app().operations();
    let fresh: Vec<_> = operations.iter().filter(|operation| operation.is_fresh).collect();
    for needed in ["deleteOrganization", "transferOrganization"] {
        assert!(fresh.iter().any(|operation| operation.id == needed), "{needed}");
    }
    for operation in fresh {
        let path = operation
            .path
            .replace("{orgId}", &made.at("/id"))
            .replace("{userId}", &root.id);
        let ask = root.ask(operation.method.clone(), &path).json(json!({}));
        let answer = ask.send().await.expect_problem(401, "step_up_required");
        let challenge = answer.header("www-authenticate");
        assert!(
            challenge.contains("insufficient_user_authentication"),
            "{challenge}"
        );
        assert!(challenge.contains("max_age=600"), "{challenge}");
    }
    root.get(&format!("/organizations/{}", made.at("/id")))
        .await
        .expect(200);
}

#[tokio::test]
async fn sessions_outlive_a_restart_and_so_do_their_ends() {
    let mut app = TestApp::start().await;
    let (ada, bob) = (app.person("ada").await, app.person("bob").await);
    bob.post("/auth/logout", json!({ "refresh_token": bob.refresh_token }))
        .await
        .expect(204);
    app.restart().await;
    ada.get(DOOR).await.expect(200);
    refresh(&ada).await.expect(200);
    expect_out(&bob).await;
}
