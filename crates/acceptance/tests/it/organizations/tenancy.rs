//! Nobody reaches another organization's things, by any id, in any place.

use mainstay_acceptance::{Answer, TestApp};
use reqwest::Method;
use serde_json::json;

/// What two answers must agree in: everything but the request's own id.
fn bytes(answer: &Answer) -> String {
    let mut body = answer.json();
    body["request_id"].take();
    format!("{} {body}", answer.status)
}

#[tokio::test]
async fn what_is_somebody_elses_looks_like_nothing_at_all() {
    let app = TestApp::start().await;
    let (ada, hers) = app.owner("ada").await;
    let (eve, theirs) = app.owner("eve").await;
    let bob = app.member("bob", &ada, &hers, "member").await;
    let role = json!({ "key": "recruiter", "name": "Recruiter", "permissions": ["invites:read"] });
    let role = ada
        .post(&format!("/organizations/{hers}/roles"), role)
        .await
        .expect(201)
        .at("/id");
    let invite = json!({ "email": "carl@example.com", "role": "member" });
    let invite = ada
        .post(&format!("/organizations/{hers}/invites"), invite)
        .await
        .expect(201)
        .at("/id");
    let absent = "01h455vb4pex5vsknk084sn02q";
    for (method, real, made_up) in [
        (
            Method::GET,
            format!("/organizations/{hers}"),
            format!("/organizations/org_{absent}"),
        ),
        (
            Method::GET,
            format!("/organizations/{hers}/members"),
            format!("/organizations/org_{absent}/members"),
        ),
        (
            Method::GET,
            format!("/organizations/{hers}/activity"),
            format!("/organizations/org_{absent}/activity"),
        ),
        (
            Method::GET,
            format!("/organizations/{theirs}/members/{}", bob.id),
            format!("/organizations/{theirs}/members/usr_{absent}"),
        ),
        (
            Method::DELETE,
            format!("/organizations/{theirs}/members/{}", bob.id),
            format!("/organizations/{theirs}/members/usr_{absent}"),
        ),
        (
            Method::GET,
            format!("/organizations/{theirs}/roles/{role}"),
            format!("/organizations/{theirs}/roles/rol_{absent}"),
        ),
        (
            Method::DELETE,
            format!("/organizations/{theirs}/roles/{role}"),
            format!("/organizations/{theirs}/roles/rol_{absent}"),
        ),
        (
            Method::DELETE,
            format!("/organizations/{theirs}/invites/{invite}"),
            format!("/organizations/{theirs}/invites/inv_{absent}"),
        ),
        (
            Method::DELETE,
            format!("/organizations/{hers}/invites/{invite}"),
            format!("/organizations/{hers}/invites/inv_{absent}"),
        ),
        (
            Method::GET,
            format!("/users/{}", ada.id),
            format!("/users/usr_{absent}"),
        ),
    ] {
        let real = eve.ask(method.clone(), &real).send().await;
        let made_up = eve.ask(method, &made_up).send().await;
        assert_eq!(real.status, 404, "{real}");
        assert_eq!(bytes(&real), bytes(&made_up), "{real}");
    }
    let body = json!({ "roles": ["recruiter"] });
    eve.put(&format!("/organizations/{theirs}/members/me"), body)
        .await
        .expect_field("/roles");
    ada.get(&format!("/organizations/{hers}/roles/{role}"))
        .await
        .expect(200);
    let invites = ada
        .get(&format!("/organizations/{hers}/invites"))
        .await
        .expect(200)
        .json();
    assert_eq!(invites["data"][0]["status"], "pending");
}

#[tokio::test]
async fn lists_and_searches_stay_inside() {
    let app = TestApp::start().await;
    let (ada, hers) = app.owner("ada").await;
    let (eve, theirs) = app.owner("eve").await;
    for (person, own, foreign) in [(&ada, &hers, &theirs), (&eve, &theirs, &hers)] {
        for path in [
            "/organizations",
            "/organizations?q=a",
            "/organizations?q=eve",
            "/invites",
        ] {
            let text = person.get(path).await.expect(200).text();
            assert!(!text.contains(foreign.as_str()), "{path}: {text}");
        }
        let log = person
            .get(&format!("/organizations/{own}/activity"))
            .await
            .expect(200)
            .text();
        assert!(!log.contains(foreign.as_str()), "{log}");
        person
            .get("/organizations?all=true")
            .await
            .expect_problem(403, "forbidden");
    }
}
