use ports::payments::{
    CancelMoment, InvoiceState, PauseMode, PaymentState, PortalRequest, PriceRequest, Proration,
    ProviderError, SubscriptionChange, SubscriptionSnapshot, SubscriptionState, SubscriptionTarget,
};

use super::*;
use crate::model::subscription::Turn;

const DAY: Duration = Duration::from_hours(24);

fn target(subscription: &str, key: &str) -> SubscriptionTarget {
    SubscriptionTarget {
        subscription: subscription.to_owned(),
        idempotency_key: key.to_owned(),
    }
}

impl World {
    async fn price(&self, minor: i64, key: &str) -> String {
        let request = PriceRequest {
            reference: format!("prc_{key}"),
            name: "Pro".to_owned(),
            amount: usd(minor),
            interval: "month",
            interval_count: 1,
            idempotency_key: key.to_owned(),
        };
        self.sandbox.create_price(&request).await.unwrap()
    }

    /// A page where ten seats at 3.00 USD a month are subscribed to.
    async fn plan_page(&self, trial_days: Option<u32>) -> String {
        let price = self.price(300, "price").await;
        let mut request = self.request("subscribe");
        request.reference = "sub_1".to_owned();
        request.purpose = Purpose::Subscription {
            price,
            amount: usd(300),
            quantity: 10,
            trial_days,
        };
        self.sandbox.create_checkout(&request).await.unwrap().id.unwrap()
    }

    async fn subscribed(&self) -> String {
        let page = self.plan_page(None).await;
        self.sandbox.act(&page, Act::Pay, Delivery::Lost).await.unwrap();
        self.state(ObjectKind::Checkout, &page).await.0.id
    }

    /// The subscription, where its last bill stands, and how much was paid of it.
    async fn state(&self, kind: ObjectKind, id: &str) -> (SubscriptionSnapshot, Option<(InvoiceState, i64)>) {
        let (mut subscription, mut invoice) = (None, None);
        for snapshot in self.fetch(kind, id).await {
            match snapshot {
                Snapshot::Subscription(found) => subscription = Some(found),
                Snapshot::Invoice(found) => invoice = Some((found.state, found.paid.minor())),
                _ => {}
            }
        }
        (subscription.unwrap(), invoice)
    }

    async fn of(&self, id: &str) -> (SubscriptionState, Option<(InvoiceState, i64)>) {
        let (subscription, invoice) = self.state(ObjectKind::Subscription, id).await;
        (subscription.state, invoice)
    }

    async fn tick_after(&self, time: Duration) {
        self.pass(time);
        self.sandbox.tick().await.unwrap();
    }
}

#[tokio::test]
async fn a_subscription_renews_by_itself() {
    let world = World::new().await;
    let id = world.subscribed().await;
    let (begun, invoice) = world.state(ObjectKind::Subscription, &id).await;
    assert_eq!(begun.state, SubscriptionState::Active);
    assert_eq!(begun.reference.as_deref(), Some("sub_1"));
    assert_eq!(invoice, Some((InvoiceState::Paid, 3000)));
    assert_eq!(
        begun.current_period_end,
        Some("2026-04-05T17:30:00Z".parse().unwrap())
    );
    let before = world.listed().await.len();
    world.tick_after(DAY * 30).await;
    assert_eq!(world.listed().await.len(), before);
    world.pass(DAY);
    let (one, other) = tokio::join!(world.sandbox.tick(), world.sandbox.tick());
    one.and(other).unwrap();
    // Half a year without anybody who looks is made up for.
    world.tick_after(DAY * 150).await;
    let (renewed, _) = world.state(ObjectKind::Subscription, &id).await;
    assert_eq!(
        renewed.current_period_start,
        Some("2026-08-05T17:30:00Z".parse().unwrap())
    );
    assert_eq!(world.count("SELECT count(*) FROM sandbox_invoices").await, 6);
    assert_eq!(
        world
            .count("SELECT count(*) FROM sandbox_payments WHERE status = 'succeeded'")
            .await,
        6
    );
}

#[tokio::test]
async fn free_days_come_before_the_first_bill() {
    let world = World::new().await;
    let page = world.plan_page(Some(14)).await;
    world
        .sandbox
        .act(&page, Act::Decline, Delivery::Normal)
        .await
        .unwrap();
    world
        .sandbox
        .act(&page, Act::Pay, Delivery::Normal)
        .await
        .unwrap();
    let (begun, invoice) = world.state(ObjectKind::Checkout, &page).await;
    assert_eq!((begun.state, invoice), (SubscriptionState::Trialing, None));
    assert_eq!(begun.trial_end, begun.current_period_end);
    world.tick_after(DAY * 14).await;
    assert_eq!(
        world.of(&begun.id).await,
        (SubscriptionState::Active, Some((InvoiceState::Paid, 3000)))
    );
}

#[tokio::test]
async fn a_card_that_fails_is_tried_three_times_more() {
    let world = World::new().await;
    let id = world.subscribed().await;
    world.sandbox.turn(&id, Turn::BreakCard).await.unwrap();
    world.sandbox.turn(&id, Turn::RenewNow).await.unwrap();
    for days in [1, 3, 5] {
        assert_eq!(
            world.of(&id).await,
            (SubscriptionState::PastDue, Some((InvoiceState::Open, 0)))
        );
        world.tick_after(DAY * days).await;
    }
    assert_eq!(
        world.of(&id).await,
        (SubscriptionState::Unpaid, Some((InvoiceState::Uncollectible, 0)))
    );
    // One payment was tried four times.
    assert_eq!(world.count("SELECT count(*) FROM sandbox_payments").await, 2);
    assert!(world.sandbox.turn(&id, Turn::RenewNow).await.is_err());
    world.sandbox.turn(&id, Turn::MendCard).await.unwrap();
    assert_eq!(
        world.of(&id).await,
        (SubscriptionState::Active, Some((InvoiceState::Paid, 3000)))
    );
}

#[tokio::test]
async fn money_that_is_slow_makes_a_subscription_late_or_never() {
    for (act, expected) in [
        (Act::PaySlowly, SubscriptionState::Active),
        (Act::FailSlowly, SubscriptionState::Canceled),
    ] {
        let world = World::new().await;
        let page = world.plan_page(None).await;
        world.sandbox.act(&page, act, Delivery::Normal).await.unwrap();
        let (begun, _) = world.state(ObjectKind::Checkout, &page).await;
        assert_eq!(begun.state, SubscriptionState::Incomplete);
        world.tick_after(Duration::from_mins(1)).await;
        let (settled, _) = world.state(ObjectKind::Reference, "sub_1").await;
        assert_eq!(settled.state, expected);
        let payment = world.payment(ObjectKind::Reference, "sub_1").await;
        assert_eq!(payment.subscription, Some(begun.id));
        assert_eq!(
            payment.state == PaymentState::Succeeded,
            expected == SubscriptionState::Active
        );
    }
}

#[tokio::test]
async fn it_ends_at_once_or_with_its_period_and_is_resumed_before() {
    let world = World::new().await;
    let id = world.subscribed().await;
    let cancel = |key: &'static str, moment| {
        let (sandbox, id) = (world.sandbox.clone(), id.clone());
        async move { sandbox.cancel_subscription(&target(&id, key), moment).await }
    };
    let later = cancel("later", CancelMoment::PeriodEnd).await.unwrap();
    assert_eq!(later.cancel_at, later.current_period_end);
    let resumed = world.sandbox.resume_subscription(&target(&id, "resume")).await;
    assert_eq!(resumed.unwrap().cancel_at, None);
    // What was asked for before is not done again, though it would mean something now.
    let again = cancel("later", CancelMoment::PeriodEnd).await.unwrap();
    assert_eq!(again.cancel_at, None);
    let reused = cancel("later", CancelMoment::Now).await;
    assert!(matches!(reused, Err(ProviderError::Refused { .. })), "{reused:?}");
    cancel("later again", CancelMoment::PeriodEnd).await.unwrap();
    world.tick_after(DAY * 31).await;
    let (state, _) = world.of(&id).await;
    assert_eq!(state, SubscriptionState::Canceled);
    assert_eq!(world.count("SELECT count(*) FROM sandbox_invoices").await, 1);
    assert!(cancel("over", CancelMoment::Now).await.is_err());
    world.tick_after(DAY * 365).await;
    assert_eq!(world.count("SELECT count(*) FROM sandbox_invoices").await, 1);
}

#[tokio::test]
async fn a_pause_costs_nothing_and_ends_by_itself() {
    let world = World::new().await;
    let id = world.subscribed().await;
    let until = world.now().plus(DAY * 40);
    let target = target(&id, "pause");
    let paused = world
        .sandbox
        .pause_subscription(&target, PauseMode::Free, Some(until));
    let pause = paused.await.unwrap().pause.unwrap();
    assert_eq!((pause.mode, pause.resumes_at), (PauseMode::Free, Some(until)));
    world.tick_after(DAY * 35).await;
    assert_eq!(world.count("SELECT count(*) FROM sandbox_invoices").await, 1);
    world.tick_after(DAY * 5).await;
    assert_eq!(world.state(ObjectKind::Subscription, &id).await.0.pause, None);
    world.tick_after(DAY * 25).await;
    assert_eq!(world.count("SELECT count(*) FROM sandbox_invoices").await, 2);
}

#[tokio::test]
async fn changes_are_settled_as_somebody_chose() {
    let dear = |price: String, quantity, proration, key: &str, id: &str| SubscriptionChange {
        target: target(id, key),
        item: None,
        price: Some(price),
        quantity,
        proration,
    };
    // Half of the period is left: 15.5 of 31 days.
    for (proration, now, next) in [
        (Proration::Now, 1500, 6000),
        (Proration::NextInvoice, 0, 7500),
        (Proration::None, 0, 6000),
    ] {
        let world = World::new().await;
        let id = world.subscribed().await;
        let price = world.price(600, "dear").await;
        world.pass(DAY * 31 / 2);
        let change = dear(price, None, proration, "change", &id);
        let preview = world.sandbox.preview_change(&change).await.unwrap();
        assert_eq!(
            preview.prorated.minor(),
            if proration == Proration::None { 0 } else { 1500 }
        );
        for _ in 0..2 {
            world.sandbox.change_subscription(&change).await.unwrap();
        }
        let total = "SELECT CAST(sum(total) AS bigint) FROM sandbox_invoices";
        assert_eq!(world.count(total).await, 3000 + now, "{proration:?}");
        world.tick_after(DAY * 16).await;
        assert_eq!(world.count(total).await, 3000 + now + next, "{proration:?}");
    }
    // What is left over is used up by the next bills.
    let world = World::new().await;
    let id = world.subscribed().await;
    let cheap = world.price(1, "cheap").await;
    let change = dear(cheap, Some(1), Proration::Now, "cheaper", &id);
    world.sandbox.change_subscription(&change).await.unwrap();
    world.tick_after(DAY * 62).await;
    let total = "SELECT CAST(sum(total) AS bigint) FROM sandbox_invoices";
    assert_eq!(world.count(total).await, 3000);
    let balance = "SELECT balance FROM sandbox_subscriptions";
    assert_eq!(world.count(balance).await, -2999 + 2);

    // A card that fails changes nothing.
    let world = World::new().await;
    let id = world.subscribed().await;
    let price = world.price(600, "dear").await;
    world.sandbox.turn(&id, Turn::BreakCard).await.unwrap();
    let change = dear(price, None, Proration::Now, "declined", &id);
    let declined = world.sandbox.change_subscription(&change).await;
    assert!(
        matches!(declined, Err(ProviderError::Declined { .. })),
        "{declined:?}"
    );
    world.sandbox.turn(&id, Turn::MendCard).await.unwrap();
    world.sandbox.change_subscription(&change).await.unwrap();
}

#[tokio::test]
async fn a_customer_has_a_page_for_an_hour() {
    let world = World::new().await;
    let id = world.subscribed().await;
    let request = |customer: Option<&str>, subscription: Option<&str>| PortalRequest {
        customer: customer.map(str::to_owned),
        subscription: subscription.map(str::to_owned),
        return_url: "https://shop.example/plan".parse().unwrap(),
    };
    let url = world.sandbox.portal(&request(None, Some(&id))).await.unwrap();
    let (status, page) = world.open(url.path()).await;
    assert_eq!(status.as_u16(), 200);
    assert!(
        page.contains("href=\"https://shop.example/plan\"") && page.contains(&id),
        "{page}"
    );
    let form = |turn: &str, id: &str| -> &'static str { format!("turn={turn}&subscription={id}").leak() };
    let press = |form| world.press(url.path(), form, "same-origin");
    let (status, ..) = press(form("cancel_later", &id)).await;
    assert_eq!(status.as_u16(), 303);
    let (status, ..) = press(form("cancel_now", "sb_sub_0")).await;
    assert_eq!(status.as_u16(), 404);
    let foreign = world
        .sandbox
        .portal(&request(Some("sb_cus_0"), None))
        .await
        .unwrap();
    let (status, ..) = world
        .press(foreign.path(), form("cancel_now", &id), "same-origin")
        .await;
    assert_eq!(status.as_u16(), 404);
    assert!(world.of(&id).await.0 == SubscriptionState::Active);
    let (status, ..) = world
        .press(
            &format!("/sandbox/subscriptions/{id}"),
            "turn=cancel_now",
            "same-origin",
        )
        .await;
    assert_eq!(status.as_u16(), 303);
    assert!(world.of(&id).await.0 == SubscriptionState::Canceled);
    assert!(world.open("/sandbox").await.1.contains("canceled"));
    world.tick_after(Duration::from_mins(61)).await;
    assert_eq!(world.open(url.path()).await.0.as_u16(), 404);
    assert!(world.sandbox.portal(&request(None, None)).await.is_err());
}
