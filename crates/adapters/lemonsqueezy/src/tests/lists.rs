//! What happened lately.

use ports::payments::{ProviderError, RecentPage, RecentRequest};

use super::*;

const SINCE: &str = "2026-01-10T00:00:00Z";

async fn list(provider: &LemonSqueezy, cursor: Option<String>) -> Result<RecentPage, ProviderError> {
    let since = time(SINCE);
    provider.list_recent(&RecentRequest { since, cursor }).await
}

fn at(kind: &str, page: u64) -> String {
    format!("/{kind}?filter[store_id]=51385&page[number]={page}&page[size]=100")
}

fn paged(resources: &[Value], last: u64) -> Value {
    let mut listed = page(resources);
    listed["meta"]["page"]["lastPage"] = json!(last);
    listed
}

fn made(resource: fn(&Value) -> Value, id: &str, created_at: &str) -> Value {
    let mut resource = resource(&json!({ "created_at": created_at }));
    resource["data"]["id"] = json!(id);
    resource
}

#[tokio::test]
async fn lists_are_read_until_they_are_too_old() {
    let world = World::new();
    let provider = provider(&world);
    let mut other_mode = made(order, "90", "2026-01-12T00:00:00Z");
    other_mode["data"]["attributes"]["test_mode"] = json!(false);
    let first = [
        made(order, "4", "2026-01-12T00:00:00Z"),
        other_mode,
        made(order, "3", SINCE),
    ];
    let second = [made(order, "3", SINCE), made(order, "2", "2026-01-09T23:59:59Z")];
    world.get(&at("orders", 1), paged(&first, 7));
    world.get(&at("orders", 2), paged(&second, 7));
    world.get(
        &at("subscription-invoices", 1),
        paged(&[made(invoice, "8", SINCE)], 2),
    );
    world.get(
        &at("subscription-invoices", 2),
        paged(&[made(invoice, "7", SINCE)], 2),
    );
    let (mut keys, mut cursor) = (Vec::new(), None);
    loop {
        let page = list(&provider, cursor).await.unwrap();
        for event in &page.events {
            assert!(event.key.len() <= 128);
            let object = event.object.as_ref().unwrap();
            assert!(event.key.starts_with(&format!("{}:", object.id)));
            keys.push((object.kind, event.key.clone()));
        }
        cursor = page.next_cursor;
        if cursor.is_none() {
            break;
        }
    }
    assert!(world.is_done());
    assert_eq!(
        keys,
        [
            (ObjectKind::Payment, "order:4:paid:0".to_owned()),
            (ObjectKind::Payment, "order:3:paid:0".to_owned()),
            (ObjectKind::Payment, "order:3:paid:0".to_owned()),
            (ObjectKind::Invoice, "subscription_invoice:8:paid:0".to_owned()),
            (ObjectKind::Invoice, "subscription_invoice:7:paid:0".to_owned()),
        ]
    );
}

#[tokio::test]
async fn what_changed_has_another_key() {
    let mut keys = Vec::new();
    for changes in [
        json!({}),
        json!({ "status": "pending" }),
        json!({ "status": "partial_refund", "refunded_amount": 1 }),
        json!({ "status": "partial_refund", "refunded_amount": 2 }),
        json!({ "status": "w".repeat(500) }),
    ] {
        let world = World::new();
        world.get(&at("orders", 1), paged(&[order(&changes)], 1));
        let page = list(&provider(&world), None).await.unwrap();
        keys.extend(page.events.into_iter().map(|event| event.key));
    }
    assert!(keys.iter().all(|key| key.len() <= 128));
    keys.sort();
    keys.dedup();
    assert_eq!(keys.len(), 5);
}

#[tokio::test]
async fn a_list_that_can_t_be_followed_is_an_error() {
    let world = World::new();
    let provider = provider(&world);
    for cursor in [
        "",
        "orders",
        "orders 0",
        "orders -1",
        "orders x",
        "products 1",
        "orders 1 2",
    ] {
        let refused = list(&provider, Some(cursor.to_owned())).await;
        assert!(matches!(refused, Err(ProviderError::Refused { .. })), "{cursor}");
    }
    let mut endless = paged(&[], 1);
    endless["meta"] = json!([]);
    let undated = paged(&[order(&json!({ "created_at": null }))], 1);
    let unlisted = json!({ "data": {}, "meta": { "page": { "lastPage": 1 } } });
    let strange = paged(&[subscription(&json!({}))], 1);
    for answer in [endless, undated, unlisted, strange] {
        world.get(&at("orders", 1), answer.clone());
        let answered = list(&provider, None).await;
        assert!(matches!(answered, Err(ProviderError::Unavailable(_))), "{answer}");
    }
    assert!(world.is_done());
}
