//! Each call that is made of Stripe, made once or more, as it was sent.

use ports::payments::{
    CancelMoment, ObjectKind, ObjectRef, PauseMode, PaymentProvider as _, PortalRequest, Proration,
    RecentRequest, SubscriptionChange,
};
use serde_json::{Value, json};

use super::checkouts::{self, session};
use super::stub::{Asked, NOW, Stub, at};
use super::subscriptions::{change, subscribed, target};

/// What was asked while `ask` ran against these answers.
async fn asked<F, T, E>(answers: Vec<Value>, ask: F) -> Vec<Asked>
where
    F: AsyncFnOnce(crate::Stripe) -> Result<T, E>,
    E: std::fmt::Display,
{
    let stub = Stub::of(answers);
    if let Err(error) = ask(stub.stripe()).await {
        panic!("{error}");
    }
    stub.asked()
}

fn none() -> Value {
    json!({"data": [], "has_more": false})
}

fn refund() -> Value {
    json!({"id": "re_1", "amount": 500, "currency": "usd", "status": "succeeded", "payment_intent": "pi_1"})
}

fn intent() -> Value {
    json!({"id": "pi_1", "status": "succeeded", "amount": 1999, "currency": "usd", "latest_charge": "ch_1"})
}

fn invoice() -> Value {
    json!({"id": "in_1", "status": "draft", "currency": "usd", "total": 5, "amount_paid": 0,
        "lines": {"data": [], "has_more": false}})
}

pub(crate) async fn checkouts() -> Vec<Asked> {
    let mut all = Vec::new();
    all.extend(
        asked(vec![session()], async |stripe| {
            stripe.create_checkout(&checkouts::payment()).await
        })
        .await,
    );
    all.extend(
        asked(vec![session()], async |stripe| {
            stripe.create_checkout(&checkouts::subscription()).await
        })
        .await,
    );
    let mut closed = session();
    closed["status"] = json!("expired");
    all.extend(asked(vec![closed], async |stripe| stripe.expire_checkout("cs_1").await).await);
    for is_rest in [true, false] {
        let request = checkouts::refund(is_rest);
        all.extend(asked(vec![refund()], async |stripe| stripe.refund(&request).await).await);
    }
    let price = json!({"id": "price_1"});
    all.extend(
        asked(vec![price], async |stripe| {
            stripe.create_price(&checkouts::price()).await
        })
        .await,
    );
    let portal = PortalRequest {
        customer: Some("cus_1".to_owned()),
        subscription: None,
        return_url: "https://app.test/billing".parse().unwrap(),
    };
    let page = json!({"url": "https://billing.stripe.com/p/1"});
    all.extend(asked(vec![page], async |stripe| stripe.portal(&portal).await).await);
    for cursor in [None, Some("0:evt_1".to_owned()), Some("1:".to_owned())] {
        let request = RecentRequest {
            since: at(NOW),
            cursor,
        };
        all.extend(asked(vec![none()], async |stripe| stripe.list_recent(&request).await).await);
    }
    all
}

pub(crate) async fn fetches() -> Vec<Asked> {
    let mut all = Vec::new();
    let dispute = json!({"id": "dp_1", "status": "lost", "amount": 1, "currency": "usd", "charge": "ch_1",
        "balance_transactions": []});
    let charge = json!({"id": "ch_1", "amount_refunded": 0, "currency": "usd", "payment_intent": "pi_1"});
    let payment = || vec![intent(), none(), none()];
    let after = |first: Vec<Value>| [first, payment()].concat();
    let payments = json!({"status": "paid", "invoice": "in_1"});
    for (kind, id, answers) in [
        (ObjectKind::Checkout, "cs_1", vec![session()]),
        (ObjectKind::Payment, "pi_1", payment()),
        (ObjectKind::Refund, "re_1", after(vec![refund()])),
        (ObjectKind::Dispute, "dp_1", after(vec![dispute, charge])),
        (ObjectKind::Subscription, "sub_1", vec![subscribed(&json!({}))]),
        (ObjectKind::Invoice, "in_1", vec![invoice()]),
        (ObjectKind::Invoice, "inpay_1", vec![payments, invoice()]),
    ] {
        let object = ObjectRef {
            kind,
            id: id.to_owned(),
        };
        all.extend(asked(answers, async |stripe| stripe.fetch(&object).await).await);
    }
    all
}

pub(crate) async fn subscriptions() -> Vec<Asked> {
    let mut all = Vec::new();
    let one = || vec![subscribed(&json!({}))];
    for proration in [Proration::NextInvoice, Proration::Now, Proration::None] {
        let change = change(proration);
        all.extend(asked(one(), async |stripe| stripe.change_subscription(&change).await).await);
        all.extend(
            asked(vec![invoice()], async |stripe| {
                stripe.preview_change(&change).await
            })
            .await,
        );
    }
    let only_price = SubscriptionChange {
        quantity: None,
        ..change(Proration::Now)
    };
    all.extend(
        asked(one(), async |stripe| {
            stripe.change_subscription(&only_price).await
        })
        .await,
    );
    for moment in [CancelMoment::PeriodEnd, CancelMoment::Now] {
        all.extend(
            asked(one(), async |stripe| {
                stripe.cancel_subscription(&target(), moment).await
            })
            .await,
        );
    }
    for mode in [PauseMode::Free, PauseMode::Void] {
        for until in [None, Some(at(NOW))] {
            all.extend(
                asked(one(), async |stripe| {
                    stripe.pause_subscription(&target(), mode, until).await
                })
                .await,
            );
        }
    }
    for changes in [
        json!({"cancel_at_period_end": true, "pause_collection": {"behavior": "void"}}),
        json!({"cancel_at": NOW}),
        json!({"status": "paused"}),
    ] {
        let answers = vec![subscribed(&changes), subscribed(&json!({}))];
        all.extend(
            asked(answers, async |stripe| {
                stripe.resume_subscription(&target()).await
            })
            .await,
        );
    }
    all
}

pub(crate) async fn all() -> Vec<Asked> {
    [checkouts().await, fetches().await, subscriptions().await].concat()
}
