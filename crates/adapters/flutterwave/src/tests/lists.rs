//! What happened lately.

use ports::payments::{ProviderError, RecentPage, RecentRequest};

use super::*;

async fn list(world: &Arc<World>, cursor: Option<&str>) -> Result<RecentPage, ProviderError> {
    let request = RecentRequest {
        since: time("2026-07-15T12:00:00Z"),
        cursor: cursor.map(str::to_owned),
    };
    provider(world).list_recent(&request).await
}

#[tokio::test]
async fn days_are_read_page_by_page() {
    let world = World::new();
    let first = [
        transaction(&json!({})),
        transaction(&json!({ "id": "287", "status": "failed", "created_at": null })),
        transaction(&json!({ "id": 286, "created_at": "2026-07-15T11:59:59.000Z" })),
    ];
    world.get("/transactions?from=2026-07-15&page=1", page(&first, 2));
    let found = list(&world, None).await.unwrap();
    assert_eq!(found.next_cursor.as_deref(), Some("2"));
    let keys: Vec<&str> = found.events.iter().map(|event| event.key.as_str()).collect();
    assert_eq!(
        keys,
        [
            "transaction:288:successful",
            "transaction:287:failed",
            "transaction:286:successful",
        ]
    );
    assert_eq!(found.events[0].object, Some(object(ObjectKind::Payment, "288")));
    assert_eq!(found.events[0].occurred_at, Some(time("2026-07-15T14:31:16Z")));
    let long = transaction(&json!({ "status": "w".repeat(500) }));
    world.get("/transactions?from=2026-07-15&page=2", page(&[long], 2));
    let found = list(&world, Some("2")).await.unwrap();
    assert_eq!(found.next_cursor, None);
    assert!(found.events[0].key.len() <= 128);
    assert!(world.is_done());
}

#[tokio::test]
async fn a_list_that_can_t_be_followed_is_an_error() {
    let world = World::new();
    for cursor in ["", "0", "-1", "x", "1.5", "99999999999999999999"] {
        let refused = list(&world, Some(cursor)).await;
        assert!(matches!(refused, Err(ProviderError::Refused { .. })), "{cursor}");
    }
    for answer in [
        success(&json!({})),
        success(&json!(null)),
        page(&[json!({ "id": 1 })], 1),
        page(&[json!({ "status": "successful" })], 1),
    ] {
        world.get("/transactions?from=2026-07-15&page=1", answer.clone());
        let answered = list(&world, None).await;
        assert!(matches!(answered, Err(ProviderError::Unavailable(_))), "{answer}");
    }
    assert!(world.is_done());
}
