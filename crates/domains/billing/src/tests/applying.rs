//! What providers say, and what becomes of it.

use ports::payments::PaymentState;

use super::provider::Fault;
use super::*;

fn declined() -> PaymentState {
    PaymentState::Failed {
        code: "card_declined".into(),
    }
}

#[tokio::test]
async fn a_payment_is_found_by_its_id_its_page_and_its_reference() {
    let world = World::new().await;
    let payment = world.start().await;
    world.heard();
    world.provider.pay("page_1", "pi_1", PaymentState::Processing);
    world.provider.change("pi_1", |payment| payment.reference = None);
    world.tell("pi_1").await;
    let known = world.get(payment.id).await;
    assert_eq!(known.standing.status, PaymentStatus::Processing);
    assert_eq!(known.provider_reference.as_deref(), Some("pi_1"));
    world.provider.change("pi_1", |payment| {
        payment.checkout = None;
        payment.state = PaymentState::Succeeded;
        payment.fee = Some(usd(59));
    });
    world.tell("pi_1").await;
    let paid = world.get(payment.id).await;
    assert_eq!((paid.standing.paid, paid.standing.fee), (1000, 59));
    assert_eq!(paid.standing.paid_at, Some(world.now()));
    assert_eq!(paid.next_sync_at, None);
    assert_eq!(world.heard(), ["payment.succeeded"]);

    let other = world.start().await;
    world.provider.pay("page_2", "pi_2", PaymentState::Succeeded);
    world.provider.change("pi_2", |payment| payment.checkout = None);
    world.tell("pi_2").await;
    assert_eq!(world.status(other.id).await, PaymentStatus::Succeeded);

    // What only the event tells is believed where nothing else is known.
    let third = world.start().await;
    world.provider.pay("page_3", "order_3", PaymentState::Succeeded);
    world.provider.change("order_3", |payment| {
        (payment.checkout, payment.reference) = (None, None);
    });
    world.tell("order_3").await;
    assert_eq!(world.status(third.id).await, PaymentStatus::Pending);
    let mut answer = world.asked(ObjectKind::Payment, "order_3").await;
    answer.source.reference = Some(third.id.to_string());
    world.apply(&answer).await;
    assert_eq!(world.status(third.id).await, PaymentStatus::Succeeded);
}

#[tokio::test]
async fn payments_of_others_are_left_alone() {
    let world = World::new().await;
    let payment = world.start().await;
    world.provider.pay("page_1", "pi_1", PaymentState::Succeeded);
    let answer = world.asked(ObjectKind::Payment, "pi_1").await;
    for (provider, account) in [("stub", "another"), ("stripe", "test")] {
        let mut elsewhere = answer.clone();
        elsewhere.source.provider = provider;
        elsewhere.source.account = account.into();
        world.apply(&elsewhere).await;
    }
    assert_eq!(world.status(payment.id).await, PaymentStatus::Pending);
    world.provider.change("pi_1", |payment| {
        payment.checkout = None;
        payment.reference = Some("order 17 of another shop".into());
    });
    world.tell("pi_1").await;
    assert_eq!(world.rows().await, 1);
    assert_eq!(world.status(payment.id).await, PaymentStatus::Pending);
}

#[tokio::test]
async fn answers_that_cross_each_other_end_as_the_newest_says() {
    let world = World::new().await;
    let payment = world.start().await;
    world.provider.pay("page_1", "pi_1", declined());
    let mut answers = Vec::new();
    for step in 0..4 {
        world.advance(Duration::from_secs(1));
        world.provider.change("pi_1", |payment| match step {
            0 => {}
            1 => payment.state = PaymentState::Succeeded,
            2 => payment.refunded = usd(300),
            _ => payment.refunded = usd(1000),
        });
        answers.push(world.asked(ObjectKind::Payment, "pi_1").await);
    }
    world.heard();
    for order in [[3, 2, 1, 0], [3, 0, 3, 1], [3, 3, 2, 0]] {
        for place in order {
            world.apply(&answers[place]).await;
            assert_eq!(world.status(payment.id).await, PaymentStatus::Refunded);
        }
    }
    assert_eq!(world.heard(), ["payment.succeeded", "payment.refunded"]);
}

#[tokio::test]
async fn the_same_answer_at_once_has_its_effects_once() {
    let world = Arc::new(World::new().await);
    let payment = world.start().await;
    world.provider.pay("page_1", "pi_1", PaymentState::Succeeded);
    world
        .provider
        .change("pi_1", |payment| payment.refunded = usd(1000));
    world.heard();
    let answer = world.asked(ObjectKind::Payment, "pi_1").await;
    let tasks: Vec<_> = (0..16)
        .map(|_| {
            let (world, answer) = (Arc::clone(&world), answer.clone());
            tokio::spawn(async move { world.apply(&answer).await })
        })
        .collect();
    for task in tasks {
        task.await.unwrap();
    }
    assert_eq!(world.status(payment.id).await, PaymentStatus::Refunded);
    assert_eq!(world.heard(), ["payment.succeeded", "payment.refunded"]);
}

#[tokio::test]
async fn another_card_on_the_same_page_is_the_same_payment() {
    let world = World::new().await;
    let payment = world.start().await;
    world.provider.pay("page_1", "pi_1", declined());
    world.tell("pi_1").await;
    assert_eq!(world.status(payment.id).await, PaymentStatus::Failed);
    world.provider.pay("page_1", "pi_2", PaymentState::Succeeded);
    // The answer about the first card was asked for later, and says nothing about the second.
    let second = world.asked(ObjectKind::Payment, "pi_2").await;
    world.advance(Duration::from_secs(1));
    world.tell("pi_1").await;
    world.apply(&second).await;
    world.tell("pi_1").await;
    let paid = world.get(payment.id).await;
    assert_eq!(paid.standing.status, PaymentStatus::Succeeded);
    assert_eq!(paid.provider_reference.as_deref(), Some("pi_2"));
    assert_eq!(world.rows().await, 1);
}

#[tokio::test]
async fn money_that_comes_twice_is_not_lost() {
    let world = World::new().await;
    let payment = world.start().await;
    world.heard();
    for id in ["pi_1", "pi_2"] {
        world.provider.pay("page_1", id, PaymentState::Succeeded);
    }
    for id in ["pi_1", "pi_2", "pi_2", "pi_1"] {
        world.tell(id).await;
    }
    assert_eq!(world.heard(), ["payment.succeeded", "payment.review_needed"]);
    assert_eq!(world.status(payment.id).await, PaymentStatus::Succeeded);
    let all = world.all().await;
    assert_eq!(all.len(), 2);
    let second = all.iter().find(|one| one.id != payment.id).unwrap();
    assert_eq!(second.standing.status, PaymentStatus::NeedsReview);
    assert_eq!(second.standing.reason.as_deref(), Some("paid_twice"));
    assert_eq!(second.provider_reference.as_deref(), Some("pi_2"));
    assert_eq!(second.organization, organization());
}

#[tokio::test]
async fn what_is_asked_now_is_answered_now() {
    let world = World::new().await;
    let payment = world.start().await;
    let sync = async || world.sync(Some(organization()), payment.id).await;
    // The provider knows of nothing yet.
    assert_eq!(sync().await.unwrap().standing.status, PaymentStatus::Pending);
    world.provider.pay("page_1", "pi_1", PaymentState::Succeeded);
    world
        .provider
        .fail(Fault::Before(ports::payments::ProviderError::Unavailable(
            "down".into(),
        )));
    assert_eq!(code(sync().await), "payment_provider_unavailable");
    assert_eq!(sync().await.unwrap().standing.status, PaymentStatus::Succeeded);
    let other = Some(OrganizationId::from_uuid(Uuid::from_u128(2)));
    assert_eq!(code(world.sync(other, payment.id).await), "not_found");
    for _ in 0..17 {
        sync().await.unwrap();
    }
    assert_eq!(code(sync().await), "rate_limited");
}

#[tokio::test]
async fn an_open_page_is_closed_by_an_answer_that_comes_after_its_end() {
    let world = World::new().await;
    let payment = world.start().await;
    world.provider.pay("page_1", "pi_1", PaymentState::Open);
    world.tell("pi_1").await;
    assert_eq!(world.status(payment.id).await, PaymentStatus::Pending);
    world.advance(Duration::from_hours(24));
    world.tell("pi_1").await;
    assert_eq!(world.status(payment.id).await, PaymentStatus::Expired);
    assert_eq!(world.get(payment.id).await.next_sync_at, None);
}
