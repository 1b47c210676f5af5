//! Giving money back.

use ports::payments::{ProviderError, RefundRequest, RefundState};

use super::*;

fn give_back(minor: i64, code: &str) -> RefundRequest {
    RefundRequest {
        reference: "rfd_2".to_owned(),
        payment: "288".to_owned(),
        amount: money(minor, code),
        is_rest: false,
        idempotency_key: "key".to_owned(),
    }
}

fn asked(world: &World, answer: Answer) {
    let body = json!({ "amount": 20.5, "comments": "rfd_2" });
    world.expect(HttpMethod::Post, "/transactions/288/refund", Some(body), answer);
}

#[tokio::test]
async fn an_amount_is_always_said() {
    for (status, expected) in [
        ("completed", RefundState::Succeeded),
        ("completed-offline", RefundState::Succeeded),
        ("pending-momo", RefundState::Pending),
        ("failed", RefundState::Failed),
        ("new", RefundState::Unknown("new".to_owned())),
    ] {
        for is_rest in [false, true] {
            let world = World::new();
            verified(&world, &transaction(&json!({})));
            refunded(
                &world,
                &[
                    refund(&json!({})),
                    refund(&json!({ "tx_id": 1, "comments": "rfd_2" })),
                ],
            );
            let made = refund(&json!({
                "id": 76, "amount_refunded": 20.5, "status": status, "comments": null,
                "created_at": "2026-07-17T00:00:00.000Z",
            }));
            asked(&world, Answer::Json(200, success(&made)));
            let request = RefundRequest {
                is_rest,
                ..give_back(2050, "NGN")
            };
            let made = provider(&world).refund(&request).await.unwrap();
            assert!(world.is_done());
            assert_eq!(made.state, expected);
            assert_eq!(made.id.as_deref(), Some("76"));
            assert_eq!(made.reference.as_deref(), Some("rfd_2"));
            assert_eq!(made.amount, money(2050, "NGN"));
            assert_eq!(made.created_at, Some(time("2026-07-17T00:00:00Z")));
            let sent = String::from_utf8(world.asked()[2].body.clone()).unwrap();
            assert!(sent.contains("\"amount\":20.5,"), "{sent}");
        }
    }
}

/// The first asking ran into the 28 seconds, and it did happen.
#[tokio::test]
async fn what_is_known_already_is_not_asked_for_again() {
    let world = World::new();
    let provider = provider(&world);
    verified(&world, &transaction(&json!({})));
    refunded(&world, &[]);
    let late = Answer::Json(503, error("An error occurred. Please contact support"));
    asked(&world, late);
    let first = provider.refund(&give_back(2050, "NGN")).await;
    assert!(matches!(first, Err(ProviderError::OutcomeUnknown(_))));
    assert_eq!(world.asked().len(), 3);
    verified(&world, &transaction(&json!({})));
    let happened = refund(&json!({ "id": 76, "amount_refunded": 20.5, "comments": "rfd_2" }));
    refunded(&world, &[happened]);
    let second = provider.refund(&give_back(2050, "NGN")).await.unwrap();
    assert_eq!(second.id.as_deref(), Some("76"));
    assert!(world.is_done());
}

#[tokio::test]
async fn one_on_its_way_that_may_be_the_same_is_waited_for() {
    let pending = json!({ "id": 76, "amount_refunded": 20.5, "status": "pending-bank", "comments": null });
    for (changes, is_waited_for) in [
        (json!({}), true),
        (json!({ "comments": "by hand" }), true),
        (json!({ "comments": "rfd_1" }), false),
        (json!({ "amount_refunded": 20 }), false),
        (json!({ "status": "failed" }), false),
        (json!({ "status": "completed" }), false),
    ] {
        let world = World::new();
        verified(&world, &transaction(&json!({})));
        refunded(&world, &[refund(&merged(pending.clone(), &changes))]);
        if !is_waited_for {
            let made = refund(&json!({ "id": 77, "amount_refunded": 20.5, "comments": "rfd_2" }));
            asked(&world, Answer::Json(200, success(&made)));
        }
        let answer = provider(&world).refund(&give_back(2050, "NGN")).await;
        match answer {
            Err(ProviderError::Unavailable(_)) => assert!(is_waited_for, "{changes}"),
            Ok(made) => assert_eq!((made.id.as_deref(), is_waited_for), (Some("77"), false)),
            Err(error) => panic!("{changes}: {error:?}"),
        }
        assert!(world.is_done());
    }
}

#[tokio::test]
async fn without_a_look_nothing_is_given_back() {
    let at = "/refunds?from=2026-07-15&page=1";
    let (no_list, no_answer) = (Answer::Json(404, json!({})), Answer::TimedOut);
    for answer in [no_list, no_answer] {
        let world = World::new();
        verified(&world, &transaction(&json!({})));
        world.expect(HttpMethod::Get, at, None, answer);
        let refused = provider(&world).refund(&give_back(2050, "NGN")).await;
        assert!(matches!(refused, Err(ProviderError::Unavailable(_))));
        assert!(world.is_done());
    }
    for said in [
        json!({ "status": "failed" }),
        json!({ "status": "pending" }),
        json!({ "currency": "GHS" }),
    ] {
        let world = World::new();
        verified(&world, &transaction(&said));
        let refused = provider(&world).refund(&give_back(2050, "NGN")).await;
        assert!(matches!(refused, Err(ProviderError::Refused { .. })), "{said}");
    }
    for minor in [0, -1] {
        let world = World::new();
        verified(&world, &transaction(&json!({})));
        refunded(&world, &[]);
        let refused = provider(&world).refund(&give_back(minor, "NGN")).await;
        assert!(matches!(refused, Err(ProviderError::Refused { .. })));
    }
    let world = World::new();
    for payment in ["", "chg_1", "288/verify"] {
        let request = RefundRequest {
            payment: payment.to_owned(),
            ..give_back(1, "NGN")
        };
        let missing = provider(&world).refund(&request).await;
        assert!(matches!(missing, Err(ProviderError::NotFound)));
    }
    assert!(world.asked().is_empty());
}

#[tokio::test]
async fn an_answer_that_says_nothing_is_not_taken_for_a_refusal() {
    for answer in [
        Answer::Json(200, error("Refund could not be completed")),
        Answer::Json(200, success(&json!(null))),
        Answer::Json(200, success(&refund(&json!({ "amount_refunded": 0.001 })))),
        Answer::Json(200, success(&refund(&json!({ "amount_refunded": null })))),
        Answer::Json(200, json!({ "status": "pending", "data": refund(&json!({})) })),
        Answer::Json(408, json!({})),
        Answer::Json(500, json!({})),
        Answer::Text(502, vec![], "<html>".to_owned()),
        Answer::TimedOut,
        Answer::Broken,
        Answer::TooLong,
    ] {
        let world = World::new();
        verified(&world, &transaction(&json!({})));
        refunded(&world, &[]);
        asked(&world, answer);
        let unknown = provider(&world).refund(&give_back(2050, "NGN")).await;
        assert!(
            matches!(unknown, Err(ProviderError::OutcomeUnknown(_))),
            "{unknown:?}"
        );
        // Once.
        assert_eq!(world.asked().len(), 3);
    }
    let world = World::new();
    verified(&world, &transaction(&json!({})));
    refunded(&world, &[]);
    asked(&world, Answer::Json(400, error("Insufficient balance")));
    let refused = provider(&world).refund(&give_back(2050, "NGN")).await;
    assert!(
        matches!(refused, Err(ProviderError::Refused { code, message }) if code == "400" && message == "Insufficient balance")
    );
}
