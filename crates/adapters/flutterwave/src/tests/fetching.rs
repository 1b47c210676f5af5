//! What objects are, and what hangs on them.

use ports::payments::{PaymentSnapshot, PaymentState, ProviderError, RefundSnapshot, RefundState, Snapshot};

use super::*;

async fn fetch(world: &Arc<World>, kind: ObjectKind, id: &str) -> Result<Vec<Snapshot>, ProviderError> {
    provider(world).fetch(&object(kind, id)).await
}

async fn payment_of(changes: &Value) -> Result<PaymentSnapshot, ProviderError> {
    let world = World::new();
    let said = transaction(changes);
    verified(&world, &said);
    if said["status"] == "successful" {
        refunded(&world, &[]);
    }
    let found = fetch(&world, ObjectKind::Payment, "288").await?;
    assert!(world.is_done());
    match found.as_slice() {
        [Snapshot::Payment(payment)] => Ok(payment.clone()),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_transaction_is_a_payment() {
    let payment = payment_of(&json!({})).await.unwrap();
    let at = Some(time("2026-07-15T14:31:16Z"));
    assert_eq!(
        payment,
        PaymentSnapshot {
            reference: Some("pay_01hx".to_owned()),
            checkout: None,
            id: Some("288".to_owned()),
            subscription: None,
            invoice: None,
            customer: Some("21".to_owned()),
            customer_email: Some("a@b.co".to_owned()),
            state: PaymentState::Succeeded,
            amount: money(10_000, "NGN"),
            total: money(10_140, "NGN"),
            tax: None,
            fee: Some(money(140, "NGN")),
            refunded: money(0, "NGN"),
            refunds: Vec::new(),
            paid_at: at,
            created_at: at,
        }
    );
}

#[tokio::test]
async fn a_try_is_found_by_what_it_was_called() {
    for (kind, id) in [
        (ObjectKind::Reference, "pay_01hx-2"),
        (ObjectKind::Checkout, "pay_01hx-2 https://checkout.test/1"),
    ] {
        let world = World::new();
        let at = "/transactions/verify_by_reference?tx_ref=pay_01hx-2";
        world.get(at, success(&transaction(&json!({}))));
        refunded(&world, &[]);
        let found = fetch(&world, kind, id).await.unwrap();
        assert!(
            matches!(found.as_slice(), [Snapshot::Payment(payment)] if payment.id.as_deref() == Some("288"))
        );
        let other = transaction(&json!({ "tx_ref": "pay_01hx-1" }));
        world.get(at, success(&other));
        let found = fetch(&world, kind, id).await;
        assert!(matches!(found, Err(ProviderError::Unavailable(_))));
        world.expect(
            HttpMethod::Get,
            at,
            None,
            Answer::Json(400, error("No transaction was found for this id")),
        );
        let found = fetch(&world, kind, id).await;
        assert!(matches!(found, Err(ProviderError::NotFound)));
        assert!(world.is_done());
    }
}

#[tokio::test]
async fn words_are_known_or_unknown_and_never_success() {
    let failed = |code: &str| PaymentState::Failed {
        code: code.to_owned(),
    };
    for (status, response, expected) in [
        ("successful", json!("Approved"), PaymentState::Succeeded),
        ("pending", json!(null), PaymentState::Processing),
        (
            "failed",
            json!("Insufficient\u{7} funds"),
            failed("Insufficient funds"),
        ),
        ("failed", json!(null), failed("failed")),
        ("cancelled", json!(null), PaymentState::Canceled),
        (
            "success",
            json!(null),
            PaymentState::Unknown("success".to_owned()),
        ),
        (
            "succeeded",
            json!(null),
            PaymentState::Unknown("succeeded".to_owned()),
        ),
        (
            "Successful",
            json!(null),
            PaymentState::Unknown("Successful".to_owned()),
        ),
        ("", json!(null), PaymentState::Unknown(String::new())),
    ] {
        let changes = json!({ "status": status, "processor_response": response });
        let payment = payment_of(&changes).await.unwrap();
        assert_eq!(payment.state, expected);
        assert_eq!(payment.paid_at.is_some(), expected == PaymentState::Succeeded);
    }
}

/// As they are written, because a reader of numbers would not keep them.
#[tokio::test]
async fn amounts_are_read_to_the_letter() {
    for (amount, charged, fee, currency, expected) in [
        ("19.99", "19.99", "0", "NGN", Some((1999, 1999, Some(0)))),
        (
            "0.30",
            "0.30000000000000004",
            "0.0175",
            "NGN",
            Some((30, 30, Some(1))),
        ),
        (
            "100",
            "101.5015",
            "1.5015",
            "NGN",
            Some((10_000, 10_150, Some(150))),
        ),
        ("100", "99", "1", "NGN", Some((10_000, 10_000, Some(100)))),
        ("\"100\"", "null", "null", "NGN", Some((10_000, 10_000, None))),
        ("5e3", "5.0E3", "\"?\"", "UGX", Some((5000, 5000, None))),
        ("1999e-2", "2e1", "1", "NGN", Some((1999, 2000, Some(100)))),
        (
            "92233720368547758.07",
            "1",
            "1",
            "NGN",
            Some((i64::MAX, i64::MAX, Some(100))),
        ),
        ("0.30000000000000004", "1", "1", "NGN", None),
        ("5.05", "6", "1", "UGX", None),
        ("92233720368547758.08", "1", "1", "NGN", None),
        ("1", "1e30", "1", "NGN", None),
        ("null", "1", "1", "NGN", None),
        ("true", "1", "1", "NGN", None),
        ("1", "1", "1", "NGNX", None),
        ("1", "1", "1", "ngn", None),
    ] {
        let world = World::new();
        let answer = format!(
            r#"{{"status":"success","message":"","data":{{"id":288,"tx_ref":"x","amount":{amount},
                "currency":"{currency}","charged_amount":{charged},"app_fee":{fee},"status":"pending"}}}}"#
        );
        let answer = Answer::Text(200, vec![], answer);
        world.expect(HttpMethod::Get, "/transactions/288/verify", None, answer);
        match (fetch(&world, ObjectKind::Payment, "288").await, expected) {
            (Ok(found), Some((amount, total, fee))) => {
                let [Snapshot::Payment(payment)] = found.as_slice() else {
                    panic!("{found:?}");
                };
                assert_eq!(payment.amount, money(amount, currency));
                assert_eq!(payment.total, money(total, currency));
                assert_eq!(payment.fee, fee.map(|fee| money(fee, currency)));
                assert_eq!(payment.reference, None);
            }
            (Err(ProviderError::Unavailable(_)), None) => {}
            (other, _) => panic!("{amount} {charged} {currency}: {other:?}"),
        }
    }
}

#[tokio::test]
async fn nothing_that_is_needed_is_made_up() {
    for missing in ["id", "tx_ref", "amount", "currency", "status"] {
        let mut said = transaction(&json!({}));
        said.as_object_mut().unwrap().remove(missing);
        let world = World::new();
        verified(&world, &said);
        let found = fetch(&world, ObjectKind::Payment, "288").await;
        assert!(matches!(found, Err(ProviderError::Unavailable(_))), "{missing}");
    }
    let other = payment_of(&json!({ "id": 289 })).await;
    assert!(matches!(other, Err(ProviderError::Unavailable(_))));
    let bare = json!({
        "customer": [], "created_at": "lately", "meta": [], "processor_response": null, "status": "pending",
        "charged_amount": null, "app_fee": null, "plan": null,
    });
    let bare = payment_of(&bare).await.unwrap();
    assert_eq!(
        (bare.customer, bare.customer_email, bare.created_at),
        (None, None, None)
    );
}

#[tokio::test]
async fn what_was_given_back_is_the_sum_of_what_arrived() {
    let world = World::new();
    verified(&world, &transaction(&json!({})));
    let first = [
        refund(&json!({})),
        refund(&json!({ "id": 76, "tx_id": 1, "amount_refunded": 5 })),
        refund(&json!({ "id": "77", "tx_id": "288", "amount_refunded": "20.5", "comments": "by hand" })),
    ];
    let second = [
        refund(&json!({ "id": 78, "status": "completed-momo", "amount_refunded": 1 })),
        refund(&json!({ "id": 79, "status": "pending-bank" })),
        refund(&json!({ "id": 80, "status": "failed" })),
        refund(&json!({ "id": 81, "status": "completedish", "comments": null, "created_at": null })),
    ];
    world.get("/refunds?from=2026-07-15&page=1", page(&first, 2));
    world.get("/refunds?from=2026-07-15&page=2", page(&second, 2));
    let found = fetch(&world, ObjectKind::Payment, "288").await.unwrap();
    assert!(world.is_done());
    let [Snapshot::Payment(payment)] = found.as_slice() else {
        panic!("{found:?}");
    };
    assert_eq!(payment.refunded, money(5150, "NGN"));
    let states: Vec<&RefundState> = payment.refunds.iter().map(|refund| &refund.state).collect();
    assert_eq!(
        states,
        [
            &RefundState::Succeeded,
            &RefundState::Succeeded,
            &RefundState::Succeeded,
            &RefundState::Pending,
            &RefundState::Failed,
            &RefundState::Unknown("completedish".to_owned()),
        ]
    );
    assert_eq!(
        payment.refunds[0],
        RefundSnapshot {
            id: Some("75".to_owned()),
            reference: Some("rfd_1".to_owned()),
            amount: money(3000, "NGN"),
            state: RefundState::Succeeded,
            created_at: Some(time("2026-07-16T14:31:16Z")),
        }
    );
    assert_eq!(payment.refunds[1].reference, None);
}

#[tokio::test]
async fn a_list_of_refunds_that_can_t_be_read_is_not_an_empty_one() {
    let at = "/refunds?from=2026-07-15&page=1";
    for answer in [
        Answer::Json(503, error("An error occurred. Please contact support")),
        Answer::Json(200, error("An error occurred")),
        Answer::TimedOut,
        Answer::Json(200, success(&json!({}))),
        Answer::Json(200, page(&[refund(&json!({ "amount_refunded": 0.001 }))], 1)),
        Answer::Json(200, page(&[refund(&json!({ "status": null }))], 1)),
    ] {
        let world = World::new();
        verified(&world, &transaction(&json!({})));
        world.expect(HttpMethod::Get, at, None, answer);
        let found = fetch(&world, ObjectKind::Payment, "288").await;
        assert!(matches!(found, Err(ProviderError::Unavailable(_))), "{found:?}");
        assert!(world.is_done());
    }
    let world = World::new();
    verified(&world, &transaction(&json!({})));
    world.expect(
        HttpMethod::Get,
        at,
        None,
        Answer::Json(404, error("No refunds found")),
    );
    assert_eq!(fetch(&world, ObjectKind::Payment, "288").await.unwrap().len(), 1);
}

#[tokio::test]
async fn lists_that_don_t_say_their_length_end_with_a_page_that_is_not_full() {
    let world = World::new();
    verified(&world, &transaction(&json!({})));
    let full: Vec<Value> = (0..10).map(|id| refund(&json!({ "id": id }))).collect();
    let mut answer = page(&full, 1);
    answer["meta"] = json!([]);
    world.get("/refunds?from=2026-07-15&page=1", answer);
    world.get(
        "/refunds?from=2026-07-15&page=2",
        success(&json!([refund(&json!({}))])),
    );
    let found = fetch(&world, ObjectKind::Payment, "288").await.unwrap();
    assert!(matches!(found.as_slice(), [Snapshot::Payment(payment)] if payment.refunds.len() == 11));
    // And one without end is not read for ever.
    verified(&world, &transaction(&json!({})));
    for number in 1..=20 {
        let at = format!("/refunds?from=2026-07-15&page={number}");
        world.get(&at, page(&full, 1000));
    }
    let found = fetch(&world, ObjectKind::Payment, "288").await;
    assert!(matches!(found, Err(ProviderError::Unavailable(_))));
    assert!(world.is_done());
}

#[tokio::test]
async fn a_refund_brings_its_payment() {
    let world = World::new();
    for (listed, expected) in [(vec![], 3000), (vec![refund(&json!({}))], 3000)] {
        world.get("/refunds/75", success(&refund(&json!({}))));
        verified(&world, &transaction(&json!({})));
        refunded(&world, &listed);
        let found = fetch(&world, ObjectKind::Refund, "75").await.unwrap();
        let [Snapshot::Payment(payment)] = found.as_slice() else {
            panic!("{found:?}");
        };
        assert_eq!(payment.refunded, money(expected, "NGN"));
        assert_eq!(payment.refunds.len(), 1);
    }
    world.get("/refunds/75", success(&refund(&json!({ "id": 76 }))));
    let found = fetch(&world, ObjectKind::Refund, "75").await;
    assert!(matches!(found, Err(ProviderError::Unavailable(_))));
    assert!(world.is_done());
}

#[tokio::test]
async fn what_has_no_number_is_not_there() {
    let world = World::new();
    for (kind, id) in [
        (ObjectKind::Payment, "chg_1"),
        (ObjectKind::Payment, ""),
        (ObjectKind::Payment, "1/refund"),
        (ObjectKind::Refund, "rfd_1"),
        (ObjectKind::Checkout, "pay_1-1"),
        (ObjectKind::Reference, ""),
        (ObjectKind::Reference, "a b"),
        (ObjectKind::Subscription, "4147"),
    ] {
        let found = fetch(&world, kind, id).await;
        assert!(matches!(found, Err(ProviderError::NotFound)), "{kind:?} {id}");
    }
    assert!(world.asked().is_empty());
}
