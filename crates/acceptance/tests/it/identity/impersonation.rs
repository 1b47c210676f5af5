//! `/users/{userId}/impersonation`: staff who act as somebody.

use std::time::Duration;

use mainstay_acceptance::{Answer, Person, TestApp};
use reqwest::Method;
use serde_json::{Value, json};

/// Ada with her organization, and Grace of the staff.
struct World {
    app: TestApp,
    ada: Person,
    organization: String,
    grace: Person,
}

impl World {
    async fn new() -> Self {
        let app = TestApp::start().await;
        let (ada, organization) = app.owner("ada").await;
        let grace = app.staff("grace", "admin").await;
        Self {
            app,
            ada,
            organization,
            grace,
        }
    }

    fn path(&self) -> String {
        format!("/users/{}/impersonation", self.ada.id)
    }

    async fn start(&self, body: Value) -> (Person, Answer) {
        let answer = self.grace.post(&self.path(), body).await.expect(200);
        let mut acting = self.ada.with_token(&answer.at("/tokens/access_token"));
        acting.refresh_token = answer.at("/tokens/refresh_token");
        (acting, answer)
    }

    async fn look(&self) -> Person {
        self.start(json!({ "reason": "Ticket 4711" })).await.0
    }

    async fn change(&self) -> Person {
        self.start(json!({ "reason": "Ticket 4711", "is_read_only": false }))
            .await
            .0
    }
}

#[tokio::test]
async fn staff_look_as_the_person_and_change_nothing() {
    let world = World::new().await;
    let acting = world.look().await;
    let me = acting.get("/users/me").await.expect(200);
    assert_eq!(me.at("/id"), world.ada.id);
    let organization = format!("/organizations/{}", world.organization);
    acting.get(&organization).await.expect(200);
    acting.get("/auth/sessions").await.expect(200);
    let body = json!({ "name": "Other", "slug": "other" });
    let code = "impersonation_read_only";
    acting.put(&organization, body).await.expect_problem(403, code);
    let body = json!({ "name": "New" });
    acting
        .post("/organizations", body)
        .await
        .expect_problem(403, code);
    acting.delete("/auth/sessions").await.expect_problem(403, code);
    world.ada.get("/users/me").await.expect(200);
}

#[tokio::test]
async fn a_change_was_agreed_on_and_names_who_made_it() {
    let world = World::new().await;
    let acting = world.change().await;
    let organization = format!("/organizations/{}", world.organization);
    let body = json!({ "name": "Renamed by Grace", "slug": "renamed" });
    acting.put(&organization, body).await.expect(200);
    let log = world
        .ada
        .get(&format!("{organization}/activity"))
        .await
        .expect(200)
        .json();
    let entry = |action: &str| {
        let entries = log["data"].as_array().unwrap();
        let found = entries.iter().find(|entry| entry["action"] == action);
        found.unwrap_or_else(|| panic!("no {action} in {log}")).clone()
    };
    let updated = entry("organization.updated");
    assert_eq!(updated["actor"]["id"], world.grace.id.as_str());
    assert_eq!(updated["on_behalf_of"], world.ada.id.as_str());
    let started = entry("member.impersonated");
    assert_eq!(started["actor"]["id"], world.grace.id.as_str());
    assert_eq!(started["data"]["reason"], "Ticket 4711");
}

#[tokio::test]
async fn what_is_the_persons_own_is_out_of_reach() {
    let world = World::new().await;
    let acting = world.change().await;
    let code = "impersonation_not_allowed";
    let body = json!({ "current_password": world.ada.password, "new_password": "a long new secret 77" });
    acting
        .post("/auth/change-password", body)
        .await
        .expect_problem(403, code);
    acting.delete("/auth/sessions").await.expect_problem(403, code);
    acting
        .delete("/users/me/sessions")
        .await
        .expect_problem(403, code);
    acting.delete("/users/me").await.expect_problem(403, code);
    let organization = format!("/organizations/{}", world.organization);
    acting.delete(&organization).await.expect_problem(403, code);
    acting.get("/users").await.expect_problem(403, code);
    let body = json!({ "reason": "further" });
    acting
        .post(&format!("/users/{}/impersonation", world.ada.id), body)
        .await
        .expect_problem(403, code);
    let mut again = world.ada.clone();
    again.sign_in().await;
}

#[tokio::test]
async fn the_person_is_told_sees_it_and_ends_it() {
    let world = World::new().await;
    let (acting, answer) = world
        .start(json!({ "reason": "Ticket 4711", "minutes": 5 }))
        .await;
    world.app.work().await;
    let mails = world.app.mails_to("ada@example.com").await;
    assert!(mails.iter().any(|mail| mail.text.contains("Ticket 4711")));
    let list = world.ada.get("/auth/sessions").await.expect(200).json();
    let sessions = list["data"].as_array().unwrap();
    let seen = sessions
        .iter()
        .find(|session| !session["impersonation"].is_null());
    let seen = seen.unwrap();
    assert_eq!(seen["id"], answer.at("/session_id").as_str());
    assert_eq!(seen["expires_at"], answer.at("/expires_at").as_str());
    assert_eq!(
        seen["impersonation"],
        json!({ "by": world.grace.id, "reason": "Ticket 4711", "is_read_only": true })
    );
    let path = format!("/auth/sessions/{}", answer.at("/session_id"));
    world.ada.delete(&path).await.expect(204);
    acting
        .get("/users/me")
        .await
        .expect_problem(401, "session_revoked");
}

#[tokio::test]
async fn staff_end_it_and_it_ends_with_their_role() {
    let world = World::new().await;
    let acting = world.look().await;
    world.grace.delete(&world.path()).await.expect(204);
    acting.get("/users/me").await.expect(401);
    world
        .grace
        .delete(&world.path())
        .await
        .expect_problem(404, "not_found");

    let acting = world.look().await;
    let owner = world.app.staff("root", "owner").await;
    let path = format!("/users/{}/platform-role", world.grace.id);
    owner.put(&path, json!({ "role": "support" })).await.expect(200);
    acting
        .get("/users/me")
        .await
        .expect_problem(401, "session_revoked");
    let body = json!({ "refresh_token": acting.refresh_token });
    acting
        .without_token()
        .post("/auth/refresh", body)
        .await
        .expect(401);
}

#[tokio::test]
async fn signing_out_ends_it_even_when_it_may_only_look() {
    let world = World::new().await;
    let acting = world.look().await;
    let body = json!({ "refresh_token": acting.refresh_token });
    acting.post("/auth/logout", body).await.expect(204);
    acting.get("/users/me").await.expect(401);
    world.ada.get("/users/me").await.expect(200);
}

#[tokio::test]
async fn the_minutes_are_the_end_of_it() {
    let world = World::new().await;
    let (acting, _) = world
        .start(json!({ "reason": "Ticket 4711", "minutes": 1 }))
        .await;
    world.app.clock.advance(Duration::from_secs(50));
    let body = json!({ "refresh_token": acting.refresh_token });
    let refreshed = acting
        .without_token()
        .post("/auth/refresh", body)
        .await
        .expect(200);
    let acting = acting.with_token(&refreshed.at("/access_token"));
    acting.get("/users/me").await.expect(200);
    world.app.clock.advance(Duration::from_secs(10));
    acting.get("/users/me").await.expect(401);
    let body = json!({ "refresh_token": refreshed.at("/refresh_token") });
    acting
        .without_token()
        .post("/auth/refresh", body)
        .await
        .expect(401);
}

#[tokio::test]
async fn who_may_not_and_what_makes_no_sense_is_refused() {
    let world = World::new().await;
    let body = json!({ "reason": "curious" });
    let support = world.app.staff("support", "support").await;
    support
        .post(&world.path(), body.clone())
        .await
        .expect_problem(403, "forbidden");
    world
        .ada
        .post(&world.path(), body.clone())
        .await
        .expect_problem(403, "forbidden");
    let equal = world.app.staff("equal", "admin").await;
    world
        .grace
        .post(&format!("/users/{}/impersonation", equal.id), body.clone())
        .await
        .expect_problem(403, "forbidden");
    world
        .grace
        .post("/users/me/impersonation", body.clone())
        .await
        .expect_problem(403, "impersonation_not_allowed");
    for body in [
        json!({}),
        json!({ "reason": "" }),
        json!({ "reason": "a\nb" }),
        json!({ "reason": "x".repeat(501) }),
        json!({ "reason": "x", "minutes": 0 }),
        json!({ "reason": "x", "minutes": 61 }),
        json!({ "reason": "x", "user_id": world.ada.id }),
    ] {
        world.grace.post(&world.path(), body).await.expect(422);
    }
    world.app.clock.advance(Duration::from_secs(601));
    let token = json!({ "refresh_token": world.grace.refresh_token });
    let answer = world.grace.without_token().post("/auth/refresh", token).await;
    world
        .grace
        .with_token(&answer.expect(200).at("/access_token"))
        .post(&world.path(), body)
        .await
        .expect_problem(401, "step_up_required");
}

#[tokio::test]
async fn asked_twice_with_a_key_it_begins_once() {
    let world = World::new().await;
    let ask = || {
        world
            .grace
            .ask(Method::POST, &world.path())
            .header("idempotency-key", "once")
            .json(json!({ "reason": "Ticket 4711" }))
            .send()
    };
    let first = ask().await.expect(200);
    let second = ask().await.expect(200);
    assert_eq!(first.at("/session_id"), second.at("/session_id"));
}
