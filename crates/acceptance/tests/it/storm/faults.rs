//! A provider that does not answer as it should: whatever goes wrong, there is one page, one charge and one refund.

use db::{DbError, Executor as _, Tx, args};
use mainstay_acceptance::{Person, Setup, TestApp};
use serde_json::{Value, json};

use super::provider::{Asked, Fault, KEY, Provider};
use super::world::{Step, text};

const FAULTS: [Fault; 6] = [
    Fault::Down,
    Fault::Slow,
    Fault::Busy,
    Fault::DoneAndFailed,
    Fault::DoneAndDown,
    Fault::DoneAndGarbage,
];

/// The first `times` requests that change something go wrong.
fn at_first(fault: Fault, times: usize) -> impl FnMut(&Asked) -> Fault + Send + 'static {
    let mut left = times;
    move |asked| {
        if asked.method != "POST" || left == 0 {
            return Fault::None;
        }
        left -= 1;
        fault
    }
}

async fn app(provider: &Provider) -> TestApp {
    TestApp::with(
        Setup::default()
            .set("outbound_allow_private", "yes")
            .set("stripe_secret_key", KEY)
            .set("stripe_webhook_secrets", "whsec_faults")
            .set("stripe_api_url", &provider.url()),
    )
    .await
}

/// Does what is due, and lets it come due again when it failed.
async fn work(app: &TestApp) {
    for _ in 0..6 {
        app.work().await;
        let due = async |tx: &mut Tx| {
            tx.execute("UPDATE jobs SET run_at = {after:-1 seconds}", args![])
                .await
        };
        app.app().db().write::<_, DbError>(due).await.unwrap();
    }
    app.work().await;
}

/// Asks with one key until it is made, as clients do; how often it took.
async fn until_made(person: &Person, path: &str, key: &str, body: &Value) -> (Value, usize) {
    for asked in 1..10 {
        let ask = person.ask(reqwest::Method::POST, path);
        let answer = ask.header("idempotency-key", key).json(body.clone()).send().await;
        match answer.status {
            201 => return (answer.json(), asked),
            503 => {}
            status => panic!("{status} {}", answer.text()),
        }
    }
    panic!("{path} is never made");
}

#[tokio::test(flavor = "multi_thread")]
async fn whatever_goes_wrong_there_is_one_page_one_charge_and_one_refund() {
    let provider = Provider::start().await;
    let app = app(&provider).await;
    let (ada, organization) = app.owner("ada").await;
    let staff = app.staff("grace", "owner").await;
    for fault in FAULTS {
        for times in [1, 4] {
            let name = format!("{fault:?}-{times}");
            let body = json!({ "organization_id": organization, "amount": 5_000, "currency": "USD" });
            provider.misbehave(at_first(fault, times));
            let (payment, _) = until_made(&ada, "/payments/stripe", &name, &body).await;
            let id = payment["id"].as_str().unwrap().to_owned();
            let page = {
                let mut world = provider.world();
                assert_eq!(world.pages[&id].len(), 1, "{name}");
                let page = world.pages[&id][0].clone();
                world.step(&page, Step::Pay);
                page
            };
            let sync = format!("/payments/{id}/sync?organization_id={organization}");
            let synced = ada.post(&sync, json!({})).await.expect(200).json();
            assert_eq!(synced["status"], "succeeded", "{name}");

            provider.misbehave(at_first(fault, times));
            let refunds = format!("/payments/{id}/refunds");
            let (_, asked) = until_made(&staff, &refunds, &name, &json!({ "amount": 2_000 })).await;
            assert_eq!(asked, 1, "the provider is not waited for: {name}");
            work(&app).await;
            {
                let world = provider.world();
                let intent = text(&world.get(&page), "payment_intent").to_owned();
                let made = world.objects.values().filter(|object| {
                    text(object, "object") == "refund" && text(object, "payment_intent") == intent
                });
                assert_eq!(made.count(), 1, "{name}");
                assert_eq!(world.charge_of(&intent)["amount_refunded"], 2_000, "{name}");
                assert_eq!(world.intents_of(&id), 1, "{name}");
            }
            let get = format!("/payments/{id}?organization_id={organization}");
            let known = ada.get(&get).await.expect(200).json();
            assert_eq!(
                (&known["status"], &known["amount_refunded"]),
                (&json!("partially_refunded"), &json!(2_000)),
                "{name}"
            );
        }
    }
}
