//! Starting payments, and giving them up.

use super::provider::Fault;
use super::*;
use crate::payment::work::ExpirePayments;

fn down() -> ports::payments::ProviderError {
    ports::payments::ProviderError::Unavailable("down".into())
}

fn unknown() -> ports::payments::ProviderError {
    ports::payments::ProviderError::OutcomeUnknown("time-out".into())
}

fn refused() -> ports::payments::ProviderError {
    ports::payments::ProviderError::Refused {
        code: "amount_too_small".into(),
        message: "no".into(),
    }
}

#[tokio::test]
async fn a_payment_is_written_down_and_gets_a_page() {
    let world = World::new().await;
    let payment = world.start().await;
    assert_eq!(payment.standing.status, PaymentStatus::Pending);
    assert_eq!(
        payment.checkout_url.as_deref(),
        Some("https://pay.example/page_1")
    );
    assert_eq!(
        payment.next_sync_at,
        Some(world.now().plus(Duration::from_mins(10)))
    );
    assert_eq!(payment.created_by, somebody().user());
    assert_eq!(world.heard(), ["payment.created"]);
    let request = world.provider.state().checkouts["page_1"].clone();
    assert_eq!(request.reference, payment.id.to_string());
    assert_eq!(request.success_url.as_str(), "https://app.example.com/");
    assert_eq!(payment.expires_at, Some(request.expires_at));
}

#[tokio::test]
async fn a_request_that_broke_off_goes_on_with_the_same_payment() {
    for fault in [
        Fault::Before(down()),
        Fault::Before(unknown()),
        Fault::After(unknown()),
    ] {
        let world = World::new().await;
        world.provider.fail(fault);
        let context = once("k");
        let broken = world.payments.start(&context, "stub", wish(1000)).await;
        assert_eq!(code(broken), "payment_provider_unavailable");
        assert_eq!(world.rows().await, 1);
        world.advance(Duration::from_mins(3));
        let payment = world.payments.start(&context, "stub", wish(1000)).await.unwrap();
        assert_eq!(
            payment.checkout_url.as_deref(),
            Some("https://pay.example/page_1")
        );
        assert_eq!(world.rows().await, 1);
        // Asked under the same key in the same words, the provider has made one page.
        assert_eq!(world.provider.state().checkouts.len(), 1);
        let again = world.payments.start(&context, "stub", wish(1000)).await.unwrap();
        assert_eq!(again.id, payment.id);
        assert_eq!(world.provider.state().asked, 2);
        assert_eq!(world.heard(), ["payment.created"]);
    }
}

#[tokio::test]
async fn without_idempotency_keys_each_page_is_another_attempt() {
    let world = World::with(TestProvider::plain()).await;
    world.provider.fail(Fault::After(unknown()));
    let context = once("k");
    assert_eq!(
        code(world.payments.start(&context, "stub", wish(1000)).await),
        "payment_provider_unavailable"
    );
    let payment = world.payments.start(&context, "stub", wish(1000)).await.unwrap();
    assert_eq!(
        payment.checkout_url.as_deref(),
        Some("https://pay.example/page_2")
    );
    let attempts: Vec<u32> = world
        .provider
        .state()
        .checkouts
        .values()
        .map(|request| request.attempt)
        .collect();
    assert_eq!(attempts, [1, 2]);
    // Somebody pays on the page that nobody was told of.
    world
        .provider
        .pay("page_1", "pi_1", ports::payments::PaymentState::Succeeded);
    world.tell("pi_1").await;
    assert_eq!(world.status(payment.id).await, PaymentStatus::Succeeded);
}

#[tokio::test]
async fn what_a_provider_refuses_has_failed() {
    let world = World::new().await;
    world.provider.fail(Fault::Before(refused()));
    let context = once("k");
    for _ in 0..2 {
        let outcome = world.payments.start(&context, "stub", wish(1)).await;
        assert_eq!(code(outcome), "payment_provider_refused");
    }
    assert_eq!((world.rows().await, world.provider.state().asked), (1, 1));
    assert_eq!(world.heard(), ["payment.created", "payment.failed"]);
    let all = world.all().await;
    let payment = &all[0];
    assert_eq!(payment.standing.status, PaymentStatus::Failed);
    assert_eq!(payment.standing.reason.as_deref(), Some("amount_too_small"));
    assert_eq!(payment.next_sync_at, None);
}

#[tokio::test]
async fn the_same_request_at_once_makes_one_payment() {
    for provider in [TestProvider::capable(), TestProvider::plain()] {
        let world = Arc::new(World::with(provider).await);
        let tasks: Vec<_> = (0..12)
            .map(|_| {
                let world = Arc::clone(&world);
                tokio::spawn(async move { world.payments.start(&once("k"), "stub", wish(1000)).await })
            })
            .collect();
        let mut urls = Vec::new();
        for task in tasks {
            match task.await.unwrap() {
                Ok(payment) => urls.push(payment.checkout_url.unwrap()),
                Err(error) => assert_eq!(kernel::Failure::code(&error), "idempotency_in_progress"),
            }
        }
        urls.dedup();
        assert_eq!((urls.len(), world.rows().await), (1, 1));
        assert_eq!(world.heard(), ["payment.created"]);
    }
}

#[tokio::test]
async fn nothing_is_written_for_what_can_not_be() {
    let world = World::new().await;
    let start = async |wish| world.payments.start(&somebody(), "stub", wish).await;
    let to_nobody = PaymentWish {
        organization: nowhere(),
        ..wish(1)
    };
    assert_eq!(code(start(to_nobody).await), "not_found");
    let plain = PaymentWish {
        success_url: Some("http://shop.example/".into()),
        ..wish(1)
    };
    assert_eq!(code(start(plain).await), "validation_failed");
    assert_eq!(
        code(world.payments.start(&somebody(), "stripe", wish(1)).await),
        "payment_provider_not_configured"
    );
    assert_eq!((world.rows().await, world.provider.state().asked), (0, 0));
    let fixed = World::with(TestProvider::of(&[])).await;
    assert_eq!(
        code(fixed.payments.start(&somebody(), "stub", wish(1)).await),
        "capability_not_supported"
    );
}

#[tokio::test]
async fn an_organization_starts_only_so_many() {
    let world = World::new().await;
    for _ in 0..300 {
        world.start().await;
    }
    let outcome = world.payments.start(&somebody(), "stub", wish(1000)).await;
    assert_eq!(code(outcome), "rate_limited");
    assert_eq!(world.rows().await, 300);
    world.advance(Duration::from_hours(1));
    world.start().await;
}

#[tokio::test]
async fn a_payment_is_given_up_with_its_page() {
    let world = World::new().await;
    let payment = world.start().await;
    world.heard();
    world.provider.fail(Fault::Before(down()));
    let cancel = async || {
        world
            .payments
            .cancel(&somebody(), Some(organization()), payment.id)
            .await
    };
    assert_eq!(code(cancel().await), "payment_provider_unavailable");
    for _ in 0..2 {
        assert_eq!(cancel().await.unwrap().standing.status, PaymentStatus::Canceled);
    }
    assert_eq!(world.provider.state().closed, ["page_1"]);
    assert_eq!(world.heard(), ["payment.canceled"]);
    let other = Some(OrganizationId::from_uuid(Uuid::from_u128(2)));
    assert_eq!(
        code(world.payments.cancel(&somebody(), other, payment.id).await),
        "not_found"
    );
    // Money that comes all the same is taken.
    world
        .provider
        .pay("page_1", "pi_1", ports::payments::PaymentState::Succeeded);
    world.tell("pi_1").await;
    let paid = world.get(payment.id).await;
    assert_eq!(paid.standing.status, PaymentStatus::Succeeded);
    assert_eq!(paid.standing.reason.as_deref(), Some("paid_late"));
}

#[tokio::test]
async fn what_was_just_paid_can_not_be_given_up() {
    let world = World::new().await;
    let payment = world.start().await;
    world
        .provider
        .pay("page_1", "pi_1", ports::payments::PaymentState::Succeeded);
    let outcome = world.payments.cancel(&somebody(), None, payment.id).await;
    assert_eq!(code(outcome), "wrong_state");
    assert_eq!(world.status(payment.id).await, PaymentStatus::Succeeded);
}

#[tokio::test]
async fn what_nobody_pays_expires() {
    let world = World::new().await;
    let (forgotten, failing) = (world.start().await, world.start().await);
    let declined = ports::payments::PaymentState::Failed {
        code: "card_declined".into(),
    };
    world.provider.pay("page_2", "pi_2", declined);
    world.tell("pi_2").await;
    world.heard();
    let expire = async || {
        let queue = world.machinery.queue.clone();
        let enqueue = async move |tx: &mut Tx| queue.enqueue(tx, &ExpirePayments {}).await.map(drop);
        let enqueued: Result<(), DbError> = world.machinery.db.write(enqueue).await;
        enqueued.unwrap();
        world.work().await;
    };
    world.advance(Duration::from_hours(24).saturating_sub(Duration::from_secs(1)));
    expire().await;
    assert_eq!(world.status(forgotten.id).await, PaymentStatus::Pending);
    world.advance(Duration::from_secs(1));
    for _ in 0..2 {
        expire().await;
    }
    assert_eq!(world.status(forgotten.id).await, PaymentStatus::Expired);
    assert_eq!(world.status(failing.id).await, PaymentStatus::Failed);
    assert_eq!(world.heard(), ["payment.canceled"]);
    for id in [forgotten.id, failing.id] {
        assert_eq!(world.get(id).await.next_sync_at, None);
    }
}

#[tokio::test]
async fn what_is_sold_at_a_price_costs_that() {
    use crate::plan::model::{Interval, NewPrice, Period, PlanContent};

    let world = World::new().await;
    let plans = &world.services.plans;
    let content = PlanContent {
        name: "Credits".into(),
        description: String::new(),
        features: std::collections::BTreeMap::new(),
        trial_days: 0,
        is_public: true,
        rank: 0,
    };
    let plan = plans
        .create(&somebody(), "credits".parse().unwrap(), content)
        .await
        .unwrap();
    let monthly = Period {
        interval: Interval::Month,
        count: 1,
    };
    let mut prices = Vec::new();
    for period in [None, Some(monthly)] {
        let new = NewPrice {
            amount: usd(250),
            period,
        };
        prices.push(plans.create_price(&somebody(), plan.id, new).await.unwrap().id);
    }
    let start = async |price, quantity| {
        let wish = PaymentWish {
            subject: Subject::Price { price, quantity },
            description: None,
            ..wish(1)
        };
        world.payments.start(&somebody(), "stub", wish).await
    };
    let payment = start(prices[0], 3).await.unwrap();
    assert_eq!((payment.amount, payment.quantity), (750, 3));
    assert_eq!(payment.price, Some(prices[0]));
    assert_eq!(payment.description.as_deref(), Some("Credits"));
    let faults = async |price, quantity| {
        let error = start(price, quantity).await.unwrap_err();
        kernel::Failure::fields(&error)[0].code
    };
    assert_eq!(faults(prices[1], 1).await, "recurring_price");
    assert_eq!(faults(prices[0], 0).await, "out_of_range");
    let nothing = kernel::PriceId::from_uuid(Uuid::nil());
    assert_eq!(faults(nothing, 1).await, "unknown_price");
    plans.deactivate_price(plan.id, prices[0]).await.unwrap();
    assert_eq!(faults(prices[0], 1).await, "inactive_price");
    assert_eq!(world.rows().await, 1);
}
