use ports::payments::WebhookError;

use super::*;

async fn due(world: &World) {
    world
        .execute("UPDATE jobs SET run_at = {after:-1 seconds}", args![])
        .await;
}

#[tokio::test]
async fn events_are_told_as_somebody_chose() {
    for (delivery, at_once, later) in [
        (Delivery::Normal, 2, 0),
        (Delivery::Twice, 4, 0),
        (Delivery::Lost, 0, 0),
        (Delivery::Late, 0, 2),
        (Delivery::Reordered, 0, 2),
    ] {
        let world = World::new().await;
        let page = world.page().await;
        world.sandbox.act(&page, Act::Pay, delivery).await.unwrap();
        world.work().await;
        assert_eq!(world.heard().len(), at_once, "{delivery:?}");
        due(&world).await;
        world.work().await;
        let heard = world.heard();
        assert_eq!(heard.len(), later, "{delivery:?}");
        // Whatever is told, everything is listed, and under the same keys.
        let listed = world.listed().await;
        assert_eq!(listed.len(), 2);
        assert!(heard.iter().all(|event| listed.contains(event)), "{heard:?}");
    }
}

#[tokio::test]
async fn what_is_not_taken_is_told_again_and_then_given_up() {
    let world = World::new().await;
    let page = world.page().await;
    world
        .sandbox
        .act(&page, Act::Decline, Delivery::Normal)
        .await
        .unwrap();
    *world.hearer.answers.lock().unwrap() = vec![500, 302, 404, 503, 429, 500, 500];
    for attempt in 1..=6 {
        let drained = world.work().await;
        assert_eq!(drained.failed.len(), usize::from(attempt < 6), "{attempt}");
        assert_eq!(world.heard().len(), 1);
        let wait = world
            .count(
                "SELECT CASE WHEN EXISTS (SELECT 1 FROM jobs WHERE run_at > {after:4 seconds}) THEN 1 ELSE 0 END",
            )
            .await;
        assert_eq!(wait, i64::from(attempt < 6));
        due(&world).await;
    }
    world.work().await;
    assert_eq!(world.heard(), []);
    assert_eq!(world.count("SELECT count(*) FROM jobs").await, 0);
    assert_eq!(world.count("SELECT count(*) FROM dead_jobs").await, 0);
    assert_eq!(world.count("SELECT attempts FROM sandbox_events").await, 6);
}

#[tokio::test]
async fn the_list_has_pages() {
    let world = World::new().await;
    let page = world.page().await;
    for _ in 0..205 {
        world
            .sandbox
            .act(&page, Act::Decline, Delivery::Lost)
            .await
            .unwrap();
    }
    let mut keys: Vec<String> = world.listed().await.into_iter().map(|event| event.key).collect();
    keys.sort();
    keys.dedup();
    assert_eq!(keys.len(), 205);
    let since = world.now().plus(Duration::from_secs(1));
    let none = RecentRequest { since, cursor: None };
    assert_eq!(world.sandbox.list_recent(&none).await.unwrap().events, []);
    let cursor = Some("nonsense".to_owned());
    let wrong = RecentRequest { since, cursor };
    assert!(world.sandbox.list_recent(&wrong).await.is_err());
}

#[tokio::test]
async fn only_its_own_webhooks_are_taken() {
    let world = World::new().await;
    let page = world.page().await;
    world
        .sandbox
        .act(&page, Act::Pay, Delivery::Normal)
        .await
        .unwrap();
    world.work().await;
    let request = world.hearer.heard.lock().unwrap().pop().unwrap();
    let signature = request.headers.last().unwrap().1.clone();
    let verify = |headers: &[(&str, &str)], body: &[u8], now| {
        let headers: Vec<(String, String)> = headers
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect();
        let webhook = InboundWebhook {
            headers: &headers,
            body,
        };
        world.sandbox.verify_webhook(&webhook, now)
    };
    let own = ("sandbox-signature", signature.as_str());
    let (body, now) = (request.body.as_slice(), world.now());
    verify(&[own], body, now).unwrap();
    for headers in [&[][..], &[own, own], &[("stripe-signature", signature.as_str())]] {
        assert_eq!(verify(headers, body, now), Err(WebhookError::BadSignature));
    }
    let late = now.plus(Duration::from_secs(301));
    assert_eq!(verify(&[own], body, late), Err(WebhookError::Stale));
    let mut longer = body.to_vec();
    longer.push(b' ');
    assert_eq!(verify(&[own], &longer, now), Err(WebhookError::BadSignature));
    // What is signed and makes no sense is no event.
    let nonsense = crate::signature::sign(&MasterKey::from_bytes([7; 32]).mac("payment sandbox"), b"[]", now);
    assert_eq!(
        verify(&[("sandbox-signature", &nonsense)], b"[]", now),
        Err(WebhookError::Malformed)
    );
}
