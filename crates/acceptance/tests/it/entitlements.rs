//! What organizations may use, asked over HTTP.

mod checks;
mod staff;
mod usage;

use std::collections::BTreeMap;

use db::{DbError, Tx};
use kernel::event::subscription::{PlanSaved, SubscriptionUpdated};
use kernel::{
    Clock as _, Event, FeatureGrant, FeaturePeriod, PlanId, RequestContext, SubscriptionId, Timestamp,
};
use mainstay_acceptance::{Answer, Person, Setup, TestApp};
use serde_json::{Value, json};

fn setup() -> Setup {
    Setup::default().set("entitlements_default_plan", "free").set(
        "entitlements_upgrade_url",
        "https://app.example.com/upgrade?organization={organization_id}&feature={feature}",
    )
}

async fn app() -> TestApp {
    TestApp::with(setup()).await
}

async fn publish<E: Event + Clone>(app: &TestApp, event: &E) {
    let (events, event) = (app.app().services().events.clone(), event.clone());
    let work = async move |tx: &mut Tx| {
        let published = events.publish(tx, &RequestContext::system(), &event).await;
        published.map_err(DbError::internal)
    };
    app.app().db().write(work).await.unwrap();
}

/// As much of a feature in a period of the subscription.
const fn limited(limit: i64) -> FeatureGrant {
    FeatureGrant {
        limit: Some(limit),
        is_per_seat: false,
        period: FeaturePeriod::Billing,
    }
}

/// A plan is sold from now on.
async fn plan(app: &TestApp, name: &str, features: &[(&str, FeatureGrant)]) -> PlanId {
    let plan = PlanId::new(&server::machine::RandomIds, app.clock.now());
    let features: BTreeMap<_, _> = features
        .iter()
        .map(|(feature, grant)| (feature.parse().unwrap(), *grant))
        .collect();
    publish(
        app,
        &PlanSaved {
            plan_id: plan,
            key: name.to_owned(),
            name: name.to_owned(),
            features,
            is_active: true,
        },
    )
    .await;
    plan
}

/// A subscription that was paid a day ago for a month.
fn subscription(app: &TestApp, organization: &str, plan: PlanId) -> SubscriptionUpdated {
    let now = app.clock.now();
    let day = std::time::Duration::from_hours(24);
    let in_seconds = |time: Timestamp| Timestamp::from_unix_seconds(time.unix_seconds()).unwrap();
    SubscriptionUpdated {
        subscription_id: SubscriptionId::new(&server::machine::RandomIds, now),
        organization_id: organization.parse().unwrap(),
        plan_id: plan,
        status: "active".to_owned(),
        quantity: 1,
        current_period_start: Some(in_seconds(now.minus(day))),
        current_period_end: Some(in_seconds(now.plus(day * 29))),
        trial_end: None,
        cancel_at: None,
        past_due_since: None,
        pause_mode: None,
        version: 1,
    }
}

/// A new owner whose organization has subscribed to a plan of these.
async fn subscribed(app: &TestApp, name: &str, features: &[(&str, FeatureGrant)]) -> (Person, String) {
    let (owner, organization) = app.owner(name).await;
    let plan = plan(app, &format!("plan_of_{name}"), features).await;
    publish(app, &subscription(app, &organization, plan)).await;
    (owner, organization)
}

/// A program of an organization that may do all that programs can.
async fn program(owner: &Person, organization: &str) -> Person {
    let body = json!({ "name": "Program", "scopes": ["entitlements:check", "usage:write"] });
    let path = format!("/organizations/{organization}/api-keys");
    let made = owner.post(&path, body).await.expect(201);
    owner.with_token(&made.at("/token"))
}

async fn check(person: &Person, organization: &str, feature: &str, amount: i64) -> Answer {
    let body = json!({ "organization_id": organization, "feature": feature, "amount": amount });
    person.post("/entitlements/check", body).await
}

/// What an answer says under these names.
fn told<const N: usize>(answer: &Answer, names: [&str; N]) -> [Value; N] {
    let body = answer.clone().expect(200).json();
    names.map(|name| body[name].clone())
}
