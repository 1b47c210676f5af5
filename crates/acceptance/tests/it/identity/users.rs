//! `/users`: accounts, by their owners and by staff.

use std::time::Duration;

use mainstay_acceptance::{Person, TestApp};
use serde_json::{Value, json};

fn emails(list: &Value) -> Vec<&str> {
    let data = list["data"].as_array().unwrap().iter();
    data.map(|user| user["email"].as_str().unwrap()).collect()
}

/// All of a list, `limit` at a time.
async fn all(person: &Person, path: &str, limit: u32) -> Vec<String> {
    let mut found = Vec::new();
    let mut cursor = String::new();
    loop {
        let page = person
            .get(&format!("{path}limit={limit}{cursor}"))
            .await
            .expect(200);
        let page = page.json();
        found.extend(emails(&page).into_iter().map(str::to_owned));
        match page["next_cursor"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => return found,
        }
    }
}

#[tokio::test]
async fn a_person_sees_their_account_and_nobody_elses() {
    let app = TestApp::start().await;
    let (ada, eve) = (app.person("ada").await, app.person("eve").await);
    let me = ada.get("/users/me").await.expect(200);
    assert_eq!(me.header("etag").chars().next(), Some('"'));
    let names: Vec<_> = me.json().as_object().unwrap().keys().cloned().collect();
    for name in [
        "id",
        "email",
        "email_verified",
        "name",
        "locale",
        "status",
        "created_at",
        "updated_at",
    ] {
        assert!(names.contains(&name.to_owned()), "{name} is not in {names:?}");
    }
    let same = ada.get(&format!("/users/{}", ada.id)).await.expect(200).json();
    assert_eq!(same, me.json());
    let hers = eve.get(&format!("/users/{}", ada.id)).await;
    let hers = hers.expect_problem(404, "not_found").json();
    let nobodys = eve.get("/users/usr_01h455vb4pex5vsknk084sn02q").await;
    let nobodys = nobodys.expect_problem(404, "not_found").json();
    assert_eq!(hers["detail"], nobodys["detail"]);
    eve.get("/users/org_01h455vb4pex5vsknk084sn02q")
        .await
        .expect_problem(400, "wrong_id_type");
    eve.get("/users").await.expect_problem(403, "forbidden");
    app.nobody().get("/users/me").await.expect(401);
}

#[tokio::test]
async fn a_person_changes_name_and_language_and_nothing_else() {
    let app = TestApp::start().await;
    let ada = app.person("ada").await;
    let before = ada.get("/users/me").await.expect(200);
    for field in [
        "email",
        "email_verified",
        "verified_at",
        "status",
        "sec_epoch",
        "role",
        "platform_role",
        "id",
        "created_at",
    ] {
        let body = json!({ "name": "Eve", "locale": "de", field: "owner" });
        ada.put("/users/me", body)
            .await
            .expect_field(&format!("/{field}"));
    }
    ada.put("/users/me", json!({ "name": "a\r\nBcc: eve" }))
        .await
        .expect_field("/name");
    let after = ada.get("/users/me").await.expect(200);
    assert_eq!(after.bytes, before.bytes);
    let body = json!({ "name": "Ada Lovelace", "locale": "pt-br" });
    let put = ada
        .ask(reqwest::Method::PUT, "/users/me")
        .header("if-match", before.header("etag"));
    let changed = put.json(body.clone()).send().await.expect(200);
    assert_eq!(changed.at("/name"), "Ada Lovelace");
    assert_eq!(changed.at("/locale"), "pt-BR");
    let lost = ada
        .ask(reqwest::Method::PUT, "/users/me")
        .header("if-match", before.header("etag"));
    lost.json(body)
        .send()
        .await
        .expect_problem(412, "version_mismatch");
    let now = ada.get("/users/me").await.expect(200);
    assert_eq!(now.bytes, changed.bytes);
    assert_eq!(now.header("etag"), changed.header("etag"));
    let had = ada
        .ask(reqwest::Method::GET, "/users/me")
        .header("if-none-match", now.header("etag"));
    had.send().await.expect(304);
    let none = ada.put("/users/me", json!({})).await.expect(200).json();
    assert_eq!((&none["name"], &none["locale"]), (&Value::Null, &json!("en")));
}

#[tokio::test]
async fn staff_make_an_account_whose_owner_sets_the_password() {
    let app = TestApp::start().await;
    let admin = app.staff("adam", "admin").await;
    let body = json!({ "email": "New@Example.com", "name": "New Person", "locale": "fr" });
    let made = admin.post("/users", body.clone()).await.expect(201);
    assert_eq!(made.header("location"), format!("/users/{}", made.at("/id")));
    assert_eq!(made.json()["email_verified"], false);
    admin
        .post("/users", body)
        .await
        .expect_problem(409, "email_taken");
    let token = app.mail_to("New@Example.com").await.link_token();
    app.clock.advance(Duration::from_hours(24));
    let mut person = app.named("new");
    let body = json!({ "token": token, "new_password": person.password });
    person
        .post("/auth/reset-password/confirm", body)
        .await
        .expect(204);
    person.sign_in().await;
    let me = person.get("/users/me").await.expect(200).json();
    assert_eq!(me["email_verified"], true);
}

#[tokio::test]
async fn staff_vouch_for_an_address_or_its_owner_confirms_it() {
    let app = TestApp::start().await;
    let admin = app.staff("adam", "admin").await;
    let (mut ada, bob) = (app.named("ada"), app.named("bob"));
    let body = json!({ "email": ada.email, "password": ada.password, "email_verified": true });
    admin.post("/users", body).await.expect(201);
    ada.sign_in().await;
    let body = json!({ "email": bob.email, "password": bob.password });
    admin.post("/users", body.clone()).await.expect(201);
    bob.post("/auth/login", body)
        .await
        .expect_problem(403, "email_not_verified");
    app.mail_to(&bob.email).await.code();
    let weak = json!({ "email": "eve@example.com", "password": "short" });
    admin.post("/users", weak).await.expect_field("/password");
    let above = json!({ "email": "eve@example.com", "platform_role": "owner" });
    admin.post("/users", above).await.expect_field("/platform_role");
    for person in [app.person("cleo").await, app.staff("sue", "support").await] {
        let body = json!({ "email": "eve@example.com" });
        person.post("/users", body).await.expect_problem(403, "forbidden");
    }
}

#[tokio::test]
async fn an_account_is_made_once_for_a_key() {
    let app = TestApp::start().await;
    let admin = app.staff("adam", "admin").await;
    let body = json!({ "email": "new@example.com" });
    let ask = |body: Value| {
        admin
            .ask(reqwest::Method::POST, "/users")
            .header("idempotency-key", "one")
            .json(body)
            .send()
    };
    let first = ask(body.clone()).await.expect(201);
    let second = ask(body).await.expect(201);
    assert_eq!(first.bytes, second.bytes);
    assert_eq!(second.header("idempotency-replayed"), "true");
    assert_eq!(app.mails_to("new@example.com").await.len(), 1);
    ask(json!({ "email": "other@example.com" }))
        .await
        .expect_problem(422, "idempotency_key_reused");
}

#[tokio::test]
async fn staff_list_and_find_accounts() {
    let app = TestApp::start().await;
    let support = app.staff("sue", "support").await;
    let admin = app.staff("adam", "admin").await;
    for (email, name) in [
        ("zoe@example.com", "Ada Zoe"),
        ("ada@example.com", "Ada"),
        ("bob@example.com", "Bob"),
    ] {
        app.clock.advance(Duration::from_mins(1));
        let body = json!({ "email": email, "name": name, "email_verified": true });
        admin.post("/users", body).await.expect(201);
    }
    let newest = [
        "bob@example.com",
        "ada@example.com",
        "zoe@example.com",
        "adam@example.com",
        "sue@example.com",
    ];
    for limit in [1, 2, 200] {
        assert_eq!(all(&support, "/users?", limit).await, newest);
        let mut oldest = all(&support, "/users?sort=created_at&", limit).await;
        oldest.reverse();
        assert_eq!(oldest, newest);
        let found = all(&support, "/users?q=ADA&", limit).await;
        assert_eq!(found, ["zoe@example.com", "ada@example.com", "adam@example.com"]);
        let staff = all(&support, "/users?platform_role=admin&", limit).await;
        assert_eq!(staff, ["adam@example.com"]);
        assert!(all(&support, "/users?status=suspended&", limit).await.is_empty());
    }
    let zoe = support.get("/users?q=zoe").await.expect(200);
    let made = zoe.at("/data/0/created_at");
    let later = all(&support, &format!("/users?created_after={made}&"), 1).await;
    assert_eq!(later, newest[..3]);
    let before = all(&support, &format!("/users?created_before={made}&"), 1).await;
    assert_eq!(before, newest[3..]);
    for query in [
        "q=a&sort=created_at",
        "sort=name",
        "status=gone",
        "limit=0",
        "offset=3",
    ] {
        support.get(&format!("/users?{query}")).await.expect(422);
    }
    let page = support.get("/users?limit=1").await.expect(200);
    let cursor = page.at("/next_cursor");
    support
        .get(&format!("/users?status=active&limit=1&cursor={cursor}"))
        .await
        .expect_problem(400, "cursor_mismatch");
}

#[tokio::test]
async fn a_suspended_person_is_out_at_once_until_restored() {
    let app = TestApp::start().await;
    let admin = app.staff("adam", "admin").await;
    let mut ada = app.person("ada").await;
    ada.get("/users/me").await.expect(200);
    let path = format!("/users/{}", ada.id);
    ada.post(&format!("{path}/suspend"), json!({}))
        .await
        .expect_problem(403, "forbidden");
    let suspended = admin.ask(reqwest::Method::POST, &format!("{path}/suspend"));
    let suspended = suspended.send().await.expect(200);
    assert_eq!(suspended.at("/status"), "suspended");
    ada.get("/users/me").await.expect(401);
    let body = json!({ "refresh_token": ada.refresh_token });
    ada.without_token().post("/auth/refresh", body).await.expect(401);
    let body = json!({ "email": ada.email, "password": ada.password });
    ada.without_token()
        .post("/auth/login", body)
        .await
        .expect_problem(401, "invalid_credentials");
    assert_eq!(
        all(&admin, "/users?status=suspended&", 50).await,
        [ada.email.as_str()]
    );
    let restored = admin.post(&format!("{path}/restore"), json!({})).await;
    assert_eq!(restored.expect(200).at("/status"), "active");
    ada.get("/users/me").await.expect(401);
    ada.sign_in().await;
    ada.get("/users/me").await.expect(200);
}

#[tokio::test]
async fn staff_reach_those_below_them_and_the_platform_keeps_an_owner() {
    let app = TestApp::start().await;
    let owner = app.staff("olga", "owner").await;
    let admin = app.staff("adam", "admin").await;
    let ada = app.person("ada").await;
    for (who, target) in [(&admin, &owner), (&admin, &admin), (&owner, &owner)] {
        let path = format!("/users/{}/suspend", target.id);
        who.post(&path, json!({})).await.expect_problem(403, "forbidden");
    }
    admin
        .put(&format!("/users/{}", owner.id), json!({ "name": "Mallory" }))
        .await
        .expect_problem(403, "forbidden");
    admin
        .delete(&format!("/users/{}", owner.id))
        .await
        .expect_problem(403, "forbidden");
    let role = |person: &Person| format!("/users/{}/platform-role", person.id);
    admin
        .put(&role(&ada), json!({ "role": "support" }))
        .await
        .expect_problem(403, "forbidden");
    owner.put(&role(&ada), json!({})).await.expect_field("/role");
    let promoted = owner.put(&role(&ada), json!({ "role": "owner" })).await;
    assert_eq!(promoted.expect(200).at("/platform_role"), "owner");
    ada.get("/users/me").await.expect(401);
    owner.put(&role(&ada), json!({ "role": null })).await.expect(200);
    owner
        .put("/users/me/platform-role", json!({ "role": null }))
        .await
        .expect_problem(409, "last_owner");
    owner.delete("/users/me").await.expect_problem(409, "last_owner");
}

#[tokio::test]
async fn owners_who_take_one_another_away_leave_one() {
    let app = TestApp::start().await;
    let mut owners = vec![app.staff("olga", "owner").await, app.staff("otto", "owner").await];
    for _ in 0..10 {
        let [olga, otto] = <[Person; 2]>::try_from(owners).unwrap();
        let pairs = [(olga.clone(), otto.clone()), (otto, olga)];
        let answers = app
            .at_once(2, |number| {
                let (who, whom) = pairs[number].clone();
                async move {
                    let path = format!("/users/{}/platform-role", whom.id);
                    who.put(&path, json!({ "role": null })).await.status
                }
            })
            .await;
        let left: Vec<usize> = answers
            .iter()
            .enumerate()
            .filter(|(_, status)| **status != 200)
            .map(|(number, _)| number)
            .collect();
        // Whoever was refused was demoted by the other, who stays; or both asked too late to be let in.
        assert_eq!(left.len(), 1, "{answers:?}");
        let mut stays = pairs[1 - left[0]].0.clone();
        let mut goes = pairs[1 - left[0]].1.clone();
        stays.sign_in().await;
        goes.sign_in().await;
        let path = format!("/users/{}/platform-role", goes.id);
        stays.put(&path, json!({ "role": "owner" })).await.expect(200);
        goes.sign_in().await;
        owners = vec![stays, goes];
    }
}

#[tokio::test]
async fn a_person_deletes_their_account_with_a_fresh_sign_in() {
    let app = TestApp::start().await;
    let mut ada = app.person("ada").await;
    ada.put("/users/me/data/notes/a", json!({ "value": 1 }))
        .await
        .expect(201);
    app.clock.advance(Duration::from_mins(11));
    let body = json!({ "refresh_token": ada.refresh_token });
    let refreshed = ada.without_token().post("/auth/refresh", body).await.expect(200);
    ada.take_tokens(&refreshed);
    let stale = ada.delete("/users/me").await.expect(401);
    assert!(
        stale
            .header("www-authenticate")
            .contains("insufficient_user_authentication")
    );
    ada.get("/users/me").await.expect(200);
    ada.sign_in().await;
    ada.delete("/users/me").await.expect(204);
    ada.get("/users/me").await.expect(401);
    let body = json!({ "email": ada.email, "password": ada.password });
    ada.without_token()
        .post("/auth/login", body)
        .await
        .expect_problem(401, "invalid_credentials");
    let mut again = app.person("ada").await;
    assert_ne!(again.id, ada.id);
    again.sign_in().await;
    again
        .get("/users/me/data/notes/a")
        .await
        .expect_problem(404, "not_found");
}

#[tokio::test]
async fn the_last_owner_of_an_organization_hands_it_over_first() {
    let app = TestApp::start().await;
    let (ada, organization) = app.owner("ada").await;
    let bob = app.member("bob", &ada, &organization, "member").await;
    ada.delete("/users/me").await.expect_problem(409, "last_owner");
    ada.get("/users/me").await.expect(200);
    let admin = app.staff("adam", "admin").await;
    admin
        .post(&format!("/users/{}/suspend", ada.id), json!({}))
        .await
        .expect_problem(409, "last_owner");
    ada.get("/users/me").await.expect(200);
    bob.delete("/users/me").await.expect(204);
    ada.delete("/users/me").await.expect(204);
    admin
        .get(&format!("/organizations/{organization}"))
        .await
        .expect_problem(404, "not_found");
}
