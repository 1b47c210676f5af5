use super::*;

async fn reserve(person: &Person, organization: &str, amount: i64) -> Answer {
    let body = json!({ "organization_id": organization, "feature": "api_calls", "amount": amount });
    person.post("/usage/reservations", body).await
}

fn path_of(reservation: &Answer, what: &str, organization: &str) -> String {
    let id = reservation.at("/id");
    format!("/usage/reservations/{id}{what}?organization_id={organization}")
}

#[tokio::test]
async fn a_program_tells_what_was_used_and_again_when_it_is_not_sure() {
    let app = app().await;
    let (ada, organization) = subscribed(&app, "ada", &[("api_calls", limited(10))]).await;
    let program = program(&ada, &organization).await;
    let body = json!({ "events": [
        { "feature": "api_calls", "amount": 3, "idempotency_key": "req_1" },
        { "feature": "api_calls", "amount": 4, "idempotency_key": "req_2" },
    ] });
    let told_first = program.post("/usage", body.clone()).await.expect(200).json();
    assert_eq!(
        (&told_first["recorded"], &told_first["duplicates"]),
        (&json!(2), &json!(0))
    );
    let again = program.post("/usage", body).await.expect(200).json();
    assert_eq!((&again["recorded"], &again["duplicates"]), (&json!(0), &json!(2)));
    assert_eq!(again["data"][1]["status"], "duplicate");
    assert_eq!(
        told(
            &check(&program, &organization, "api_calls", 3).await,
            ["used", "remaining"]
        ),
        [json!(7), json!(3)]
    );
    let listed = ada.get(&format!("/usage?organization_id={organization}")).await;
    let counter = &listed.expect(200).json()["data"][0];
    assert_eq!(
        (&counter["used"], &counter["period"]),
        (&json!(7), &json!("billing"))
    );
    let path = format!("/usage/events?organization_id={organization}&feature=api_calls&limit=1");
    let first = ada.get(&path).await.expect(200).json();
    let next = first["next_cursor"].as_str().unwrap();
    let second = ada.get(&format!("{path}&cursor={next}")).await.expect(200).json();
    assert_eq!(second["next_cursor"], Value::Null);
    assert_ne!(
        first["data"][0]["idempotency_key"],
        second["data"][0]["idempotency_key"]
    );
}

#[tokio::test]
async fn what_can_not_be_meant_is_named_event_by_event() {
    let app = app().await;
    let (ada, organization) = subscribed(&app, "ada", &[("api_calls", limited(10))]).await;
    let event = |amount: Value, key: &str| json!({ "feature": "api_calls", "amount": amount, "idempotency_key": key });
    let many: Vec<_> = (0..1001)
        .map(|number| event(json!(1), &number.to_string()))
        .collect();
    let mut old = event(json!(1), "old");
    old["occurred_at"] = json!("2020-01-01T00:00:00Z");
    for (events, pointer) in [
        (json!([]), "/events"),
        (json!(many), "/events"),
        (
            json!([event(json!(1), "a"), event(json!(-1), "b")]),
            "/events/1/amount",
        ),
        (json!([event(json!(1.5), "a")]), "/events/0/amount"),
        (
            json!([event(json!(2_000_000_000_000_i64), "a")]),
            "/events/0/amount",
        ),
        (json!([event(json!(1), "")]), "/events/0/idempotency_key"),
        (json!([old]), "/events/0/occurred_at"),
    ] {
        let body = json!({ "organization_id": organization, "events": events });
        ada.post("/usage", body).await.expect_field(pointer);
    }
    assert_eq!(
        told(&check(&ada, &organization, "api_calls", 1).await, ["used"]),
        [json!(0)]
    );
}

#[tokio::test]
async fn a_limit_holds_to_the_last_unit_however_many_ask() {
    let app = app().await;
    let (ada, organization) = subscribed(&app, "ada", &[("api_calls", limited(5))]).await;
    let program = program(&ada, &organization).await;
    let answers = app
        .at_once(24, |_| {
            let (program, organization) = (program.clone(), organization.clone());
            async move { reserve(&program, &organization, 1).await }
        })
        .await;
    let (granted, refused): (Vec<_>, Vec<_>) = answers.into_iter().partition(|answer| answer.status == 201);
    assert_eq!(granted.len(), 5);
    for answer in refused {
        answer.expect_problem(409, "not_entitled");
    }
    let commit = path_of(&granted[0], "/commit", &organization);
    let committed = program.post(&commit, json!({})).await.expect(200).json();
    assert_eq!(
        (&committed["status"], &committed["committed_amount"]),
        (&json!("committed"), &json!(1))
    );
    program.post(&commit, json!({ "amount": 1 })).await.expect(200);
    program
        .post(&commit, json!({ "amount": 0 }))
        .await
        .expect_problem(409, "reservation_closed");
    let release = path_of(&granted[1], "/release", &organization);
    let released = program.post(&release, json!({})).await.expect(200).json();
    assert_eq!(released["status"], "released");
    let names = ["used", "reserved", "remaining"];
    assert_eq!(
        told(&check(&program, &organization, "api_calls", 1).await, names),
        [json!(1), json!(3), json!(1)]
    );
    app.clock.advance(std::time::Duration::from_mins(11));
    assert_eq!(
        told(&check(&program, &organization, "api_calls", 1).await, names),
        [json!(1), json!(0), json!(4)]
    );
    let seen = program.get(&path_of(&granted[2], "", &organization)).await;
    assert_eq!(seen.expect(200).json()["status"], "expired");
    reserve(&program, &organization, 4).await.expect(201);
}

#[tokio::test]
async fn a_reservation_is_made_once_under_a_key_and_is_its_organizations() {
    let app = app().await;
    let (ada, organization) = subscribed(&app, "ada", &[("api_calls", limited(5))]).await;
    let body = json!({ "organization_id": organization, "feature": "api_calls", "amount": 2 });
    let ask = async || {
        let ask = ada
            .ask(reqwest::Method::POST, "/usage/reservations")
            .json(body.clone());
        ask.header("idempotency-key", "once").send().await.expect(201)
    };
    let (first, again) = (ask().await, ask().await);
    assert_eq!(first.at("/id"), again.at("/id"));
    assert_eq!(again.header("idempotency-replayed"), "true");
    assert_eq!(
        told(&check(&ada, &organization, "api_calls", 1).await, ["reserved"]),
        [json!(2)]
    );
    let (eve, elsewhere) = app.owner("eve").await;
    for what in ["/commit", "/release"] {
        let path = path_of(&first, what, &elsewhere);
        eve.post(&path, json!({})).await.expect_problem(404, "not_found");
    }
    let viewer = app.member("vic", &ada, &organization, "viewer").await;
    reserve(&viewer, &organization, 1)
        .await
        .expect_problem(403, "forbidden");
}

#[tokio::test]
async fn credits_are_used_once_the_limit_is() {
    let app = app().await;
    let (ada, organization) = subscribed(&app, "ada", &[("api_calls", limited(2))]).await;
    let staff = app.staff("sam", "admin").await;
    let body = json!({ "organization_id": organization, "feature": "api_calls", "amount": 5, "reason": "Sorry for Tuesday" });
    let granted = staff
        .post("/entitlements/credits", body.clone())
        .await
        .expect(201);
    assert_eq!(granted.json()["remaining"], json!(5));
    ada.post("/entitlements/credits", body)
        .await
        .expect_problem(403, "forbidden");
    let names = ["allowed", "reason", "credits", "remaining"];
    assert_eq!(
        told(&check(&ada, &organization, "api_calls", 7).await, names),
        [json!(true), json!("credits"), json!(5), json!(7)]
    );
    let reserved = reserve(&ada, &organization, 3).await.expect(201);
    assert_eq!(reserved.json()["from_credits"], json!(1));
    let event = json!({ "feature": "api_calls", "amount": 1, "idempotency_key": "k" });
    let commit = path_of(&reserved, "/commit", &organization);
    ada.post(&commit, json!({})).await.expect(200);
    let body = json!({ "organization_id": organization, "events": [event] });
    ada.post("/usage", body).await.expect(200);
    let path = format!("/entitlements/credits?organization_id={organization}");
    let listed = ada.get(&path).await.expect(200).json();
    assert_eq!(listed["data"][0]["remaining"], json!(3));
    let log = ada
        .get(&format!("/organizations/{organization}/activity"))
        .await
        .expect(200);
    for event in ["credit.granted", "usage.limit_reached"] {
        assert!(log.text().contains(event), "{event}");
    }
    for (change, pointer) in [
        (json!({ "amount": 0 }), "/amount"),
        (json!({ "reason": "" }), "/reason"),
        (json!({ "expires_at": "2020-01-01T00:00:00Z" }), "/expires_at"),
    ] {
        let mut body =
            json!({ "organization_id": organization, "feature": "api_calls", "amount": 1, "reason": "x" });
        body.as_object_mut()
            .unwrap()
            .extend(change.as_object().unwrap().clone());
        staff
            .post("/entitlements/credits", body)
            .await
            .expect_field(pointer);
    }
}

#[tokio::test]
async fn what_an_organization_used_goes_with_it() {
    let app = app().await;
    let (mut ada, organization) = subscribed(&app, "ada", &[("api_calls", limited(5))]).await;
    let staff = app.staff("sam", "admin").await;
    let event = json!({ "feature": "api_calls", "amount": 1, "idempotency_key": "k" });
    let body = json!({ "organization_id": organization, "events": [event] });
    ada.post("/usage", body).await.expect(200);
    reserve(&ada, &organization, 1).await.expect(201);
    ada.sign_in().await;
    ada.delete(&format!("/organizations/{organization}"))
        .await
        .expect(204);
    app.work().await;
    let path = format!("/usage?organization_id={organization}");
    staff.get(&path).await.expect_problem(404, "not_found");
    let left: Result<i64, DbError> = app
        .app()
        .db()
        .read(async |tx: &mut db::ReadTx| {
            use db::Executor as _;
            tx.fetch_one(
                "SELECT (SELECT count(*) FROM usage_events) + (SELECT count(*) FROM usage_counters)
                    + (SELECT count(*) FROM usage_reservations) + (SELECT count(*) FROM entitlement_subscriptions)",
                db::args![],
            )
            .await
        })
        .await;
    assert_eq!(left.unwrap(), 0);
}
