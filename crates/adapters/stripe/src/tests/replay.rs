//! Recorded conversations, held again with this client: it has to ask what was asked, and understand what was
//! answered. Each thing in which it differs on purpose is said.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use ports::http::{HttpClient, HttpError, HttpMethod, HttpRequest, HttpResponse};
use ports::payments::{
    CancelMoment, ObjectKind, ObjectRef, Pause, PauseMode, PaymentProvider as _, PaymentState, Proration,
    RefundRequest, RefundState, Snapshot, SubscriptionChange, SubscriptionSnapshot, SubscriptionState,
    SubscriptionTarget,
};
use serde_json::{Value, json};

use super::checkouts::money;
use super::shared_data::{self, Interaction};
use super::stub::{Asked, answer, at, params, stripe};
use crate::Stripe;

type Params = BTreeMap<String, String>;

/// Answers what is in one recording, each answer once, to who asks the same: method, path and parameters. What is
/// expanded does not count, for it only adds to the answer.
struct Replay {
    recorded: Vec<(String, Params, u16, Value)>,
    state: Mutex<State>,
    /// What the recording lacks.
    added: HashMap<String, Value>,
    /// Parameters of ours that the recording lacks.
    ours: &'static [&'static str],
}

#[derive(Default)]
struct State {
    used: Vec<usize>,
    /// What an object was last said to be.
    objects: HashMap<String, Value>,
}

fn without_expansions(params: Params) -> Params {
    params
        .into_iter()
        .filter(|(name, _)| !name.starts_with("expand["))
        .collect()
}

fn is_of(interaction: &Interaction, cassette: &str) -> bool {
    interaction.cassette.strip_suffix(".json") == Some(cassette)
}

impl Replay {
    /// `edit` takes the recorded parameters to what is sent here instead.
    fn of(cassette: &str, edit: impl Fn(&mut Params)) -> Option<Self> {
        let interactions = shared_data::interactions();
        let interactions = interactions
            .iter()
            .filter(|interaction| is_of(interaction, cassette));
        let recorded: Vec<_> = interactions
            .map(|interaction| {
                let line = format!("{} {}", interaction.method, interaction.url.path());
                let form = match interaction.method.as_str() {
                    "POST" => interaction.request_body.as_str(),
                    // `expand[]` comes more than once.
                    _ => interaction
                        .url
                        .query()
                        .unwrap_or_default()
                        .split("expand")
                        .next()
                        .unwrap(),
                };
                let mut params = without_expansions(params(form.as_bytes()));
                edit(&mut params);
                (line, params, interaction.status, interaction.answer.clone())
            })
            .collect();
        (!recorded.is_empty()).then(|| Self {
            recorded,
            state: Mutex::default(),
            added: HashMap::new(),
            ours: &[],
        })
    }

    fn adding(mut self, line: &str, answer: Value) -> Self {
        self.added.insert(line.to_owned(), answer);
        self
    }

    fn sending(self, ours: &'static [&'static str]) -> Self {
        Self { ours, ..self }
    }

    fn stripe(self) -> Stripe {
        stripe(Arc::new(self))
    }

    /// The first object of this kind that the recording begins with, made by others than this client.
    fn made(&self, line: &str) -> Value {
        let made = self
            .recorded
            .iter()
            .find(|(recorded, _, status, _)| recorded == line && *status == 200);
        made.unwrap().3.clone()
    }
}

#[async_trait]
impl HttpClient for Replay {
    async fn send(&self, request: HttpRequest) -> Result<HttpResponse, HttpError> {
        let asked = Asked::read(&request);
        let line = asked.line();
        let mut params = without_expansions(asked.params);
        for name in self.ours {
            params.remove(*name);
        }
        let mut state = self.state.lock().unwrap();
        let found = self
            .recorded
            .iter()
            .enumerate()
            .find(|(place, (recorded, wanted, ..))| {
                !state.used.contains(place) && *recorded == line && *wanted == params
            });
        if let Some((place, (_, _, status, body))) = found {
            state.used.push(place);
            if let Some(id) = body["id"].as_str() {
                state.objects.insert(id.to_owned(), body.clone());
            }
            return Ok(answer(*status, body));
        }
        if let Some(body) = self.added.get(&line) {
            return Ok(answer(200, body));
        }
        // A look at what was changed before is no part of the recordings.
        let id = asked.path.rsplit('/').next().unwrap_or_default();
        if let Some(body) = state.objects.get(id).filter(|_| asked.method == HttpMethod::Get) {
            return Ok(answer(200, body));
        }
        let near: Vec<_> = self
            .recorded
            .iter()
            .filter(|(recorded, ..)| *recorded == line)
            .collect();
        panic!("{line} {params:?} was not recorded, but {near:?}")
    }
}

fn target(subscription: &Value) -> SubscriptionTarget {
    SubscriptionTarget {
        subscription: subscription["id"].as_str().unwrap().to_owned(),
        idempotency_key: "k".to_owned(),
    }
}

#[tokio::test]
async fn changes_the_price_and_takes_the_difference_at_once() {
    let mut tried = 0;
    for cassette in [
        "stripe_can_swap_a_subscription",
        "stripe_can_swap_and_invoice_a_subscription",
    ] {
        let replay = Replay::of(cassette, |params| {
            // They take a cancellation back and end a trial along with it; `plan` is an old name of `price`.
            if params.remove("trial_end").is_some() {
                params.remove("cancel_at_period_end");
                let plan = params.remove("items[0][plan]").unwrap();
                params.insert("items[0][price]".to_owned(), plan);
            }
        });
        let Some(replay) = replay else { return };
        // Without this the change takes place even if it can't be paid.
        let replay = replay.sending(&["payment_behavior"]);
        let subscription = replay.made("POST /v1/subscriptions");
        let change = SubscriptionChange {
            target: target(&subscription),
            item: Some(
                subscription["items"]["data"][0]["id"]
                    .as_str()
                    .unwrap()
                    .to_owned(),
            ),
            price: Some("small-annual".to_owned()),
            quantity: Some(1),
            proration: Proration::Now,
        };
        let told = replay.stripe().change_subscription(&change).await.unwrap();
        assert_eq!(told.item, change.item);
        assert_eq!(
            (told.price.as_deref(), told.quantity),
            (Some("small-annual"), Some(1))
        );
        assert_eq!(told.state, SubscriptionState::Active);
        let year = told
            .current_period_end
            .unwrap()
            .since(told.current_period_start.unwrap());
        assert_eq!(year.as_secs(), 365 * 86_400);
        tried += 1;
    }
    assert_eq!(tried, 2);
}

#[tokio::test]
async fn ends_with_the_period_and_takes_that_back() {
    let replay = Replay::of("stripe_resume_on_grace_period", |params| {
        params.remove("trial_end");
    });
    let Some(replay) = replay else { return };
    let target = target(&replay.made("POST /v1/subscriptions"));
    let stripe = replay.stripe();
    let told = stripe
        .cancel_subscription(&target, CancelMoment::PeriodEnd)
        .await
        .unwrap();
    assert_eq!(
        (told.state, told.cancel_at),
        (SubscriptionState::Active, Some(at(1_765_391_185)))
    );
    assert_eq!((told.current_period_end, told.ended_at), (told.cancel_at, None));
    let told = stripe.resume_subscription(&target).await.unwrap();
    assert_eq!((told.state, told.cancel_at), (SubscriptionState::Active, None));
}

#[tokio::test]
async fn pauses_and_resumes() {
    let Some(replay) = Replay::of("stripe_can_pause_and_resume_a_subscription", |_| {}) else {
        return;
    };
    let target = target(&replay.made("POST /v1/subscriptions"));
    let stripe = replay.stripe();
    let until = Some(at(1_765_391_387));
    let told = stripe
        .pause_subscription(&target, PauseMode::Void, until)
        .await
        .unwrap();
    let pause = Pause {
        mode: PauseMode::Void,
        resumes_at: until,
    };
    assert_eq!((told.state, told.pause), (SubscriptionState::Active, Some(pause)));
    let told = stripe.resume_subscription(&target).await.unwrap();
    assert_eq!(told.pause, None);
}

#[tokio::test]
async fn gives_back_twice() {
    let replay = Replay::of(
        "stripe_performing_multiple_refunds_increments_total_refund_amount",
        |params| {
            // They name the charge.
            if params.remove("charge").is_some() {
                params.insert(
                    "payment_intent".to_owned(),
                    "pi_3SRzqkKXBGcbgpbZ1P6QNbvc".to_owned(),
                );
            }
        },
    );
    let Some(replay) = replay else { return };
    let stripe = replay.sending(&["metadata[refund_id]"]).stripe();
    for amount in [1000, 500] {
        let request = RefundRequest {
            reference: "rfd_1".to_owned(),
            payment: "pi_3SRzqkKXBGcbgpbZ1P6QNbvc".to_owned(),
            amount: money(amount, "USD"),
            is_rest: false,
            idempotency_key: "k".to_owned(),
        };
        let told = stripe.refund(&request).await.unwrap();
        assert_eq!(
            (told.amount, told.state),
            (money(amount, "USD"), RefundState::Succeeded)
        );
    }
}

fn none() -> Value {
    json!({"data": [], "has_more": false})
}

/// The ids of payments that were asked for, each with its recording.
fn asked_payments() -> Vec<(String, String)> {
    let interactions = shared_data::interactions().iter();
    let asked =
        interactions.filter(|interaction| interaction.url.path().starts_with("/v1/payment_intents/pi_"));
    let asked = asked.filter(|interaction| interaction.method == "GET");
    asked
        .map(|interaction| {
            let cassette = interaction.cassette.strip_suffix(".json").unwrap().to_owned();
            (cassette, interaction.answer["id"].as_str().unwrap().to_owned())
        })
        .collect()
}

#[tokio::test]
async fn payments_of_invoices_are_found_with_their_subscriptions() {
    let (mut linked, mut waiting) = (0, 0);
    let asked = asked_payments();
    for (cassette, id) in &asked {
        let replay = Replay::of(cassette, |params| {
            // They ask for what is paid; what is not paid is told here, too.
            params.remove("status");
        });
        let replay = replay
            .unwrap()
            .adding("GET /v1/refunds", none())
            .adding("GET /v1/invoice_payments", none());
        let object = ObjectRef {
            kind: ObjectKind::Payment,
            id: id.clone(),
        };
        let found = replay.stripe().fetch(&object).await.unwrap();
        let [Snapshot::Payment(payment)] = found.as_slice() else {
            panic!("{found:?}")
        };
        assert_eq!(payment.id.as_ref(), Some(id));
        match payment.state {
            PaymentState::Succeeded => {
                // One of these invoices is for no subscription.
                let is_single = cassette == "sync_stripe_invoice_discounts_and_coupons";
                assert_eq!(
                    payment.subscription.is_none(),
                    is_single,
                    "{cassette}: {payment:?}"
                );
                assert!(payment.invoice.is_some(), "{cassette}: {payment:?}");
                assert!(payment.refunded.minor() == 0 && payment.amount.minor() > 0);
                linked += 1;
            }
            PaymentState::RequiresAction => waiting += 1,
            _ => panic!("{cassette}: {payment:?}"),
        }
    }
    println!("{linked} payments of invoices, {waiting} that wait for the buyer");
    assert!(asked.is_empty() || (linked >= 14 && waiting >= 7));
}

#[tokio::test]
async fn subscriptions_are_told_as_they_were_recorded() {
    let interactions = shared_data::interactions();
    let mut told = 0;
    for interaction in interactions {
        let Some(id) = interaction.url.path().strip_prefix("/v1/subscriptions/sub_") else {
            continue;
        };
        if interaction.method != "GET" {
            continue;
        }
        let replay = Replay::of(interaction.cassette.strip_suffix(".json").unwrap(), |_| {}).unwrap();
        let object = ObjectRef {
            kind: ObjectKind::Subscription,
            id: format!("sub_{id}"),
        };
        let found = replay.stripe().fetch(&object).await.unwrap();
        let [Snapshot::Subscription(subscription)] = found.as_slice() else {
            panic!("{found:?}")
        };
        let SubscriptionSnapshot {
            state,
            price,
            quantity,
            current_period_end,
            ..
        } = subscription;
        assert_eq!(state, &SubscriptionState::Active);
        assert!(price.is_some() && quantity.is_some() && current_period_end.is_some());
        told += 1;
    }
    println!("{told} subscriptions");
    assert!(interactions.is_empty() || told >= 5);
}
