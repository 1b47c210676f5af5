//! Changes of subscriptions, as recorded and as the provider's library asks for them.

use ports::payments::{
    CancelMoment, PauseMode, Proration, ProviderError, SubscriptionChange, SubscriptionSnapshot,
    SubscriptionState,
};

use super::*;

const RECORDED_STORE: u64 = 51385;

fn to(price: Option<&str>, quantity: Option<u32>, proration: Proration, id: &str) -> SubscriptionChange {
    SubscriptionChange {
        target: target(id),
        item: Some("5".to_owned()),
        price: price.map(str::to_owned),
        quantity,
        proration,
    }
}

/// One recorded exchange, expected as it was; product ids, which were needed then, are left out.
fn expect_recorded(world: &World, file: &str) -> Option<Value> {
    let path = recordings()?.join("ls-cassettes").join(file);
    let (method, url, body, status, answer) = recording(&path).pop().unwrap();
    let method = match method.as_str() {
        "GET" => HttpMethod::Get,
        "POST" => HttpMethod::Post,
        "PATCH" => HttpMethod::Patch,
        "DELETE" => HttpMethod::Delete,
        other => panic!("{other}"),
    };
    let body = body.map(|mut body| {
        let attributes = body["data"]["attributes"].as_object_mut().unwrap();
        attributes.remove("product_id");
        if let Some(until) = attributes
            .get_mut("pause")
            .and_then(|pause| pause.get_mut("resumes_at"))
        {
            *until = json!("2024-02-01T00:00:00Z");
        }
        body
    });
    let at = format!("{}?{}", url.path(), url.query().unwrap_or_default());
    let answered = Answer::Json(status, answer.clone());
    world.expect(method, at.strip_prefix("/v1").unwrap(), body, answered);
    Some(answer)
}

/// One subscription through its life, against what was recorded of it.
#[tokio::test]
async fn a_recorded_life_is_lived_again() {
    let world = World::new();
    let provider = of_store(&world, RECORDED_STORE);
    let id = "176705";
    let Some(_) = expect_recorded(&world, "subscription_update.json") else {
        return;
    };
    let change = to(Some("149092"), None, Proration::Now, id);
    let gold = provider.change_subscription(&change).await.unwrap();
    assert_eq!(gold.price.as_deref(), Some("149092"));
    assert_eq!((gold.state, gold.quantity), (SubscriptionState::Active, Some(2)));

    let paused_body = expect_recorded(&world, "subscription_pause.json").unwrap();
    let until = Some(time("2024-02-01T00:00:00Z"));
    let paused = provider
        .pause_subscription(&target(id), PauseMode::Void, until)
        .await
        .unwrap();
    assert_eq!(paused.state, SubscriptionState::Paused);
    let pause = paused.pause.unwrap();
    assert_eq!((pause.mode, pause.resumes_at), (PauseMode::Void, until));

    world.get("/subscriptions/176705", paused_body);
    expect_recorded(&world, "subscription_unpause.json").unwrap();
    let resumed = provider.resume_subscription(&target(id)).await.unwrap();
    assert_eq!((resumed.state, resumed.pause), (SubscriptionState::Active, None));

    expect_recorded(&world, "subscription_change_plan.json").unwrap();
    let change = to(Some("149091"), None, Proration::NextInvoice, id);
    let silver = provider.change_subscription(&change).await.unwrap();
    // The item in that answer names the price of before.
    assert_eq!(silver.price.as_deref(), Some("149091"));

    let cancelled_body = expect_recorded(&world, "subscription_cancel.json").unwrap();
    let end = time("2024-02-07T21:51:08Z");
    let cancelled = provider
        .cancel_subscription(&target(id), CancelMoment::PeriodEnd)
        .await
        .unwrap();
    assert_eq!(cancelled.state, SubscriptionState::Active);
    assert_eq!(cancelled.cancel_at, Some(end));
    assert_eq!(
        (cancelled.current_period_end, cancelled.ended_at),
        (Some(end), None)
    );

    world.get("/subscriptions/176705", cancelled_body);
    expect_recorded(&world, "subscription_uncancel.json").unwrap();
    let taken_back = provider.resume_subscription(&target(id)).await.unwrap();
    assert_eq!(
        (taken_back.state, taken_back.cancel_at),
        (SubscriptionState::Active, None)
    );
    assert!(world.is_done());
}

#[tokio::test]
async fn a_recorded_quantity_is_set_again() {
    let world = World::new();
    let provider = of_store(&world, RECORDED_STORE);
    let Some(folder) = recordings() else {
        return;
    };
    let mut found = recording(&folder.join("ls-cassettes/subscription_item_update.json"));
    let (_, _, asked, status, answer) = found.pop().unwrap();
    // Both ways of settling are said, as the provider's library says them.
    let mut asked = asked.unwrap();
    asked["data"]["attributes"]["invoice_immediately"] = json!(false);
    asked["data"]["attributes"]["disable_prorations"] = json!(false);
    let at = "/subscription-items/139332";
    world.expect(HttpMethod::Patch, at, Some(asked), Answer::Json(status, answer));
    let file = folder.join("ls-cassettes/subscription_retrieve.json");
    let (_, _, _, _, subscription) = recording(&file).pop().unwrap();
    let before = subscription["data"]["attributes"]["first_subscription_item"]["quantity"].clone();
    world.get("/subscriptions/176706", subscription);
    let change = SubscriptionChange {
        item: Some("139332".to_owned()),
        ..to(None, Some(2), Proration::NextInvoice, "176706")
    };
    let changed = provider.change_subscription(&change).await.unwrap();
    assert_eq!(changed.quantity, Some(2));
    println!("the subscription says {before}");
    assert!(world.is_done());
}

async fn asked_like(body: Value) -> bool {
    let attributes = body["data"]["attributes"].clone();
    let has = |name: &str| attributes.get(name).is_some();
    let world = World::new();
    let provider = of_store(&world, 51385);
    let at = format!(
        "/{}/{}",
        body["data"]["type"].as_str().unwrap(),
        body["data"]["id"].as_str().unwrap()
    );
    let same = subscription(&json!({}));
    let patch = |answer: Value| {
        world.expect(
            HttpMethod::Patch,
            &at,
            Some(body.clone()),
            Answer::Json(200, answer),
        );
    };
    let answer: Result<SubscriptionSnapshot, ProviderError> = if has("variant_id") {
        patch(same);
        let proration = match (has("invoice_immediately"), has("disable_prorations")) {
            (true, _) => Proration::Now,
            (_, true) => Proration::None,
            _ => Proration::NextInvoice,
        };
        let price = attributes["variant_id"].to_string();
        provider
            .change_subscription(&to(Some(&price), None, proration, "1"))
            .await
    } else if has("quantity") {
        patch(resource(
            "subscription-items",
            "5",
            &json!({ "subscription_id": 1, "quantity": 7 }),
        ));
        world.get("/subscriptions/1", same);
        provider
            .change_subscription(&to(None, Some(7), Proration::Now, "1"))
            .await
    } else if attributes.get("cancelled") == Some(&json!(false)) {
        let cancelled =
            json!({ "status": "cancelled", "cancelled": true, "ends_at": "2026-03-01T00:00:00Z" });
        world.get("/subscriptions/1", subscription(&cancelled));
        patch(same);
        provider.resume_subscription(&target("1")).await
    } else if attributes.get("pause") == Some(&json!(null)) {
        let paused = json!({ "status": "paused", "pause": { "mode": "void" } });
        world.get("/subscriptions/1", subscription(&paused));
        patch(same);
        provider.resume_subscription(&target("1")).await
    } else if has("pause") {
        patch(same);
        let until = Some(time("2026-12-01T00:00:00Z"));
        provider
            .pause_subscription(&target("1"), PauseMode::Void, until)
            .await
    } else {
        // We never cancel by this, and never move the day of renewal or the end of a trial.
        return false;
    };
    answer.unwrap();
    assert!(world.is_done());
    true
}

#[tokio::test]
async fn it_asks_as_the_provider_s_library_does() {
    let Some(requests) = sdk_requests() else {
        return;
    };
    let (mut same, mut deletes) = (0, 0);
    for (method, url, body) in requests {
        match method.as_str() {
            "PATCH" => same += usize::from(asked_like(body).await),
            "DELETE" => {
                assert_eq!(url.path(), "/v1/subscriptions/1");
                let world = World::new();
                let ended =
                    json!({ "status": "cancelled", "cancelled": true, "ends_at": "2026-03-01T00:00:00Z" });
                let answer = Answer::Json(200, subscription(&ended));
                world.expect(HttpMethod::Delete, "/subscriptions/1", None, answer);
                let target = target("1");
                let provider = provider(&world);
                let ended = provider
                    .cancel_subscription(&target, CancelMoment::PeriodEnd)
                    .await;
                ended.unwrap();
                deletes += 1;
            }
            _ => {}
        }
    }
    println!("{same} changes asked alike");
    assert_eq!((same, deletes), (7, 1));
}

#[tokio::test]
async fn price_and_quantity_are_two_changes() {
    let world = World::new();
    let provider = provider(&world);
    let patch_price = |answer| {
        let asked = json!({ "variant_id": 33, "disable_prorations": true });
        let asked = resource("subscriptions", "9", &asked);
        world.expect(HttpMethod::Patch, "/subscriptions/9", Some(asked), answer);
    };
    let patch_quantity = |answer| {
        let asked = json!({ "quantity": 4, "invoice_immediately": false, "disable_prorations": true });
        let asked = resource("subscription-items", "5", &asked);
        world.expect(HttpMethod::Patch, "/subscription-items/5", Some(asked), answer);
    };
    let change = SubscriptionChange {
        item: None,
        ..to(Some("33"), Some(4), Proration::None, "9")
    };
    let item = json!({ "subscription_id": 9, "quantity": 4 });
    world.get("/subscriptions/9", subscription(&json!({})));
    patch_price(Answer::Json(200, subscription(&json!({}))));
    patch_quantity(Answer::Json(200, resource("subscription-items", "5", &item)));
    world.get("/subscriptions/9", subscription(&json!({})));
    let changed = provider.change_subscription(&change).await.unwrap();
    assert_eq!(
        (changed.quantity, changed.price.as_deref()),
        (Some(4), Some("33"))
    );

    // What is refused first changes nothing; what is refused then leaves a half.
    world.get("/subscriptions/9", subscription(&json!({})));
    patch_price(Answer::Json(422, json!({})));
    let refused = provider.change_subscription(&change).await;
    assert!(matches!(refused, Err(ProviderError::Refused { .. })));
    world.get("/subscriptions/9", subscription(&json!({})));
    patch_price(Answer::Json(200, subscription(&json!({}))));
    patch_quantity(Answer::Json(422, json!({})));
    let half = provider.change_subscription(&change).await;
    assert!(matches!(half, Err(ProviderError::OutcomeUnknown(_))));

    // The quantity is set, and what it is now can't be read.
    let only = to(None, Some(4), Proration::None, "9");
    patch_quantity(Answer::Json(200, resource("subscription-items", "5", &item)));
    world.expect(HttpMethod::Get, "/subscriptions/9", None, Answer::TimedOut);
    let unknown = provider.change_subscription(&only).await;
    assert!(matches!(unknown, Err(ProviderError::OutcomeUnknown(_))));

    // Nothing to change is a look.
    world.get("/subscriptions/9", subscription(&json!({})));
    let same = provider
        .change_subscription(&to(None, None, Proration::None, "9"))
        .await;
    assert_eq!(same.unwrap().quantity, Some(3));
    assert!(world.is_done());
}

#[tokio::test]
async fn a_change_that_can_t_be_meant_is_not_asked_for() {
    let world = World::new();
    let provider = provider(&world);
    let change = to(Some("pri_1"), None, Proration::Now, "9");
    assert!(matches!(
        provider.change_subscription(&change).await,
        Err(ProviderError::Refused { .. })
    ));
    let change = SubscriptionChange {
        item: Some("../1".to_owned()),
        ..to(None, Some(1), Proration::Now, "9")
    };
    assert!(matches!(
        provider.change_subscription(&change).await,
        Err(ProviderError::Refused { .. })
    ));
    for id in ["", "sub_1", "9/refund"] {
        let missing = provider
            .cancel_subscription(&target(id), CancelMoment::PeriodEnd)
            .await;
        assert!(matches!(missing, Err(ProviderError::NotFound)), "{id}");
    }
    assert!(world.asked().is_empty());
}

#[tokio::test]
async fn what_is_over_is_not_resumed_and_what_goes_on_is_left_alone() {
    let world = World::new();
    let provider = provider(&world);
    let expired = json!({ "status": "expired", "cancelled": true, "ends_at": "2026-01-01T00:00:00Z" });
    world.get("/subscriptions/9", subscription(&expired));
    let refused = provider.resume_subscription(&target("9")).await;
    assert!(matches!(refused, Err(ProviderError::Refused { .. })));
    world.get("/subscriptions/9", subscription(&json!({})));
    let same = provider.resume_subscription(&target("9")).await.unwrap();
    assert_eq!(same.state, SubscriptionState::Active);
    // Of another store, or of the other mode.
    world.get("/subscriptions/9", subscription(&json!({ "store_id": 2 })));
    let missing = provider.resume_subscription(&target("9")).await;
    assert!(matches!(missing, Err(ProviderError::NotFound)));
    world.get("/subscriptions/9", subscription(&json!({ "test_mode": false })));
    let refused = provider.resume_subscription(&target("9")).await;
    assert!(matches!(refused, Err(ProviderError::Refused { .. })));
    // A cancellation that does not say when it takes effect, after it was made.
    let endless = subscription(&json!({ "status": "cancelled", "cancelled": true }));
    world.expect(
        HttpMethod::Delete,
        "/subscriptions/9",
        None,
        Answer::Json(200, endless),
    );
    let unknown = provider
        .cancel_subscription(&target("9"), CancelMoment::PeriodEnd)
        .await;
    assert!(matches!(unknown, Err(ProviderError::OutcomeUnknown(_))));
    assert!(world.is_done());
}
