//! Everything that Stripe was recorded to answer, and its own example of each object, is understood.

use std::collections::BTreeMap;

use ports::payments::{DisputeState, InvoiceState, PaymentState, RefundState, SubscriptionState};
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::shared_data;
use crate::api;
use crate::snapshot::{self, Unreadable};

fn read<T: DeserializeOwned>(body: &Value) -> T {
    serde_json::from_value(body.clone()).unwrap_or_else(|error| panic!("{error}: {body}"))
}

/// Reads one object, if it is of a kind that is read here.
fn understood(body: &Value, counts: &mut BTreeMap<String, u32>) {
    let kind = body["object"].as_str().unwrap_or_default();
    match kind {
        "payment_intent" => {
            let intent: api::PaymentIntent = read(body);
            let told = snapshot::payment(&intent, &[], None).unwrap();
            assert!(!matches!(told.state, PaymentState::Unknown(_)), "{told:?}");
            assert_eq!(told.amount.minor(), body["amount"].as_i64().unwrap());
        }
        "charge" => {
            let charge: api::Charge = read(body);
            assert_eq!(charge.id, body["id"].as_str().unwrap());
        }
        "refund" => {
            let told = snapshot::refund(&read(body)).unwrap();
            assert!(!matches!(told.state, RefundState::Unknown(_)), "{told:?}");
        }
        "dispute" => {
            let told = snapshot::dispute(&read(body), None).unwrap();
            assert!(!matches!(told.state, DisputeState::Unknown(_)), "{told:?}");
        }
        "subscription" => {
            let told = snapshot::subscription(&read(body)).unwrap();
            assert!(!matches!(told.state, SubscriptionState::Unknown(_)), "{told:?}");
            assert!(told.item.is_some() && told.price.is_some() && told.current_period_end.is_some());
        }
        // One that is to come has no id yet.
        "invoice" if body["id"].is_null() => {
            let error = snapshot::invoice(&read(body)).unwrap_err();
            assert_eq!(error, Unreadable::Missing("an invoice", "its id"));
        }
        "invoice" => {
            let told = snapshot::invoice(&read(body)).unwrap();
            assert!(!matches!(told.state, InvoiceState::Unknown(_)), "{told:?}");
            assert_eq!(told.subtotal.checked_add(told.tax), Some(told.total));
        }
        "invoice_payment" => {
            let _: api::InvoicePayment = read(body);
        }
        "customer" => {
            let _: api::Customer = read(body);
        }
        "price" => {
            let _: api::Named = read(body);
        }
        "balance_transaction" => {
            let _: api::BalanceTransaction = read(body);
        }
        "checkout.session" => {
            let session: api::CheckoutSession = read(body);
            match snapshot::checkout(&session, None) {
                Ok(told) => assert!(!matches!(told.state, PaymentState::Unknown(_)), "{told:?}"),
                // One that asks for no amount: Stripe's own example is such a one.
                Err(error) => assert!(matches!(error, Unreadable::Missing(..)), "{error}"),
            }
        }
        _ => return,
    }
    *counts.entry(kind.to_owned()).or_default() += 1;
}

/// Reads every object in a body.
fn each(body: &Value, counts: &mut BTreeMap<String, u32>) {
    understood(body, counts);
    match body {
        Value::Object(fields) => fields.values().for_each(|field| each(field, counts)),
        Value::Array(items) => items.iter().for_each(|item| each(item, counts)),
        _ => {}
    }
}

fn assert_at_least(counts: &BTreeMap<String, u32>, least: &[(&str, u32)]) {
    println!("{counts:?}");
    for (kind, least) in least {
        assert!(
            counts.get(*kind).is_some_and(|count| count >= least),
            "{kind}: {counts:?}"
        );
    }
}

#[test]
fn recorded_answers_are_understood() {
    let interactions = shared_data::interactions();
    let mut counts = BTreeMap::new();
    for interaction in interactions
        .iter()
        .filter(|interaction| interaction.status == 200)
    {
        each(&interaction.answer, &mut counts);
    }
    println!("{} recorded answers", interactions.len());
    if !interactions.is_empty() {
        assert!(interactions.len() >= 380);
        let least = [
            ("payment_intent", 38),
            ("charge", 21),
            ("refund", 2),
            ("subscription", 33),
            ("invoice", 35),
            ("invoice_payment", 20),
            ("customer", 170),
            ("price", 30),
        ];
        assert_at_least(&counts, &least);
    }
}

#[test]
fn stripes_own_examples_are_understood() {
    let Some(fixtures) = shared_data::json("stripe-fixtures3.2026-07-29.dahlia.json") else {
        return;
    };
    let mut counts = BTreeMap::new();
    let resources = fixtures["resources"].as_object().unwrap();
    for kind in [
        "checkout.session",
        "payment_intent",
        "charge",
        "refund",
        "dispute",
        "subscription",
        "invoice",
        "invoice_payment",
        "price",
        "balance_transaction",
    ] {
        understood(&resources[kind], &mut counts);
    }
    println!("{counts:?} of {} examples", resources.len());
    assert_eq!(counts.values().sum::<u32>(), 10);
}

#[test]
fn objects_in_recorded_events_are_understood() {
    let mut counts = BTreeMap::new();
    for (_, event) in shared_data::files("stripe-events") {
        // Some of these are only the data of an event.
        let object = match event["object"].as_str() {
            Some("event") => &event["data"]["object"],
            _ if event["object"].is_object() => &event["object"],
            _ => &event,
        };
        understood(object, &mut counts);
    }
    if shared_data::payments().is_some() {
        let least = [
            ("checkout.session", 2),
            ("payment_intent", 4),
            ("refund", 3),
            ("dispute", 5),
            ("subscription", 3),
            ("invoice", 4),
            ("invoice_payment", 1),
        ];
        assert_at_least(&counts, &least);
    }
}
