//! The authorization matrix: every operation, tried by everybody.
//!
//! A key of the organization that may do all that keys can tries as well: where a row does not name it, it is
//! told that keys are not accepted, whatever its scopes.
//!
//! A row says who may, and what they are answered: the requests are made so that they pass authorization
//! and then fail or change nothing. Everybody else must be refused in the way that the operation's kind asks
//! for. An operation without a row fails the test, so nothing is served that nobody thought about.

mod rows;

use std::collections::{BTreeMap, BTreeSet};

use mainstay_acceptance::{Answer, Person, TestApp};
use reqwest::Method;
use rows::{ROWS, Row};
use serde_json::json;
use web::{AccessRule, OperationInfo};

/// An id that names nothing.
const NOTHING: &str = "01h455vb4pex5vsknk084sn02q";

struct World {
    organization: String,
    role: String,
    people: Vec<(&'static str, Person)>,
}

#[tokio::test]
async fn every_operation_has_a_row_and_every_row_an_operation() {
    let app = TestApp::start().await;
    let operations: BTreeSet<_> = app
        .app()
        .operations()
        .into_iter()
        .map(|operation| operation.id)
        .collect();
    let rows: BTreeSet<_> = ROWS.iter().map(|row| row.operation.to_owned()).collect();
    let missing: Vec<_> = operations.difference(&rows).collect();
    let stale: Vec<_> = rows.difference(&operations).collect();
    assert!(
        missing.is_empty() && stale.is_empty(),
        "without a row: {missing:?}; without an operation: {stale:?}"
    );
}

#[tokio::test]
async fn everybody_gets_what_their_row_says() {
    let app = TestApp::start().await;
    let world = World::make(&app).await;
    let operations: BTreeMap<_, _> = app
        .app()
        .operations()
        .into_iter()
        .map(|operation| (operation.id.clone(), operation))
        .collect();
    let mut wrong = Vec::new();
    for row in ROWS {
        let Some(operation) = operations.get(row.operation) else {
            continue;
        };
        for (who, person) in &world.people {
            let answer = world.probe(person, operation, true).await;
            let expected = expected(row, operation, who);
            let is_told_why = *who != "key"
                || row.may(who)
                || matches!(operation.access, AccessRule::Scope(..))
                || answer.json()["code"] == "api_key_not_accepted";
            if !expected.contains(&answer.status) || !is_told_why {
                wrong.push(format!(
                    "{} by {who}: {expected:?} expected, {answer}",
                    row.operation
                ));
            }
            // A key means its own organization when it names none.
            if !matches!(operation.access, AccessRule::Scope(..)) || *who == "key" {
                continue;
            }
            let answer = world.probe(person, operation, false).await;
            let expected = match *who {
                "anonymous" => vec![401],
                staff if row.may_for_the_platform(staff) => row.answers.to_vec(),
                _ => vec![403],
            };
            if !expected.contains(&answer.status) {
                wrong.push(format!(
                    "{} for the platform by {who}: {expected:?} expected, {answer}",
                    row.operation
                ));
            }
        }
    }
    assert!(wrong.is_empty(), "\n{}\n", wrong.join("\n"));
}

fn expected(row: &Row, operation: &OperationInfo, who: &str) -> Vec<u16> {
    let is_inside = matches!(who, "viewer" | "member" | "billing" | "admin" | "owner");
    if row.may(who) {
        return row.answers.to_vec();
    }
    vec![match operation.access {
        AccessRule::Public => panic!("{} is public, so its row says everybody", row.operation),
        _ if who == "anonymous" => 401,
        _ if who == "key" => 403,
        AccessRule::Authenticated => panic!("{} is for all who are signed in", row.operation),
        AccessRule::Member(_) | AccessRule::Scope(..) if is_inside => 403,
        AccessRule::Member(_) | AccessRule::Account(_) | AccessRule::Scope(..) => 404,
        AccessRule::Operator(_) | AccessRule::Key(_) => 403,
    }]
}

/// A program with a key of the organization that has every scope there is for keys.
async fn key_of(owner: &Person, organization: &str) -> Person {
    let scopes: Vec<_> = api_keys::GRANTABLE.names().collect();
    let body = json!({ "name": "Program", "scopes": scopes });
    let path = format!("/organizations/{organization}/api-keys");
    let made = owner.post(&path, body).await.expect(201);
    owner.with_token(&made.at("/token"))
}

impl World {
    async fn make(app: &TestApp) -> Self {
        let (owner, organization) = app.owner("owner").await;
        let (outsider, _) = app.owner("outsider").await;
        let body = json!({ "key": "spare", "name": "Spare", "permissions": [] });
        let role = owner
            .post(&format!("/organizations/{organization}/roles"), body)
            .await
            .expect(201);
        let mut people = vec![("anonymous", app.nobody()), ("outsider", outsider)];
        for name in ["viewer", "member", "billing", "admin"] {
            people.push((name, app.member(name, &owner, &organization, name).await));
        }
        people.push(("key", key_of(&owner, &organization).await));
        people.push(("owner", owner));
        for role in ["support", "admin", "owner"] {
            let name = match role {
                "support" => "staff_support",
                "admin" => "staff_admin",
                _ => "staff_owner",
            };
            people.push((name, app.staff(name, role).await));
        }
        Self {
            organization,
            role: role.at("/id"),
            people,
        }
    }

    /// Asks in a way that does no harm to those who may.
    async fn probe(&self, person: &Person, operation: &OperationInfo, names_organization: bool) -> Answer {
        let is_scoped = names_organization && matches!(operation.access, AccessRule::Scope(..));
        let viewer = self
            .people
            .iter()
            .find(|(who, _)| *who == "viewer")
            .map(|(_, viewer)| viewer.id.clone());
        let path = operation
            .path
            .replace("{orgId}", &self.organization)
            .replace("{userId}", &viewer.unwrap())
            .replace("{roleId}", &self.role)
            .replace("{apiKeyId}", &format!("key_{NOTHING}"))
            .replace("{inviteId}", &format!("inv_{NOTHING}"))
            .replace("{admissionId}", &format!("adm_{NOTHING}"))
            .replace("{provider}", "nowhere")
            .replace("{socialAccountId}", &format!("soc_{NOTHING}"))
            .replace("{sessionId}", &format!("ses_{NOTHING}"))
            .replace("{passkeyId}", &format!("pky_{NOTHING}"))
            .replace("{messageId}", &format!("msg_{NOTHING}"))
            .replace("{senderId}", &format!("snd_{NOTHING}"))
            // One that would begin would not end.
            .replace("/notifications/stream", "/notifications/stream?last_event_id=-1")
            .replace("{notificationId}", &format!("ntf_{NOTHING}"))
            .replace("{webhookEndpointId}", &format!("whe_{NOTHING}"))
            .replace("{webhookDeliveryId}", &format!("whd_{NOTHING}"))
            .replace("{suppressionId}", &format!("sup_{NOTHING}"))
            .replace("{pushSubscriptionId}", &format!("psh_{NOTHING}"))
            .replace("{paymentEventId}", &format!("pev_{NOTHING}"))
            .replace("{paymentDriftId}", &format!("dft_{NOTHING}"))
            .replace("{templateKey}", "invite")
            .replace("{version}", "999999")
            .replace("{paymentId}", &format!("pay_{NOTHING}"))
            .replace("{refundId}", &format!("rfd_{NOTHING}"))
            .replace("{invoiceId}", &format!("ivc_{NOTHING}"))
            .replace("{subscriptionId}", &format!("sub_{NOTHING}"))
            .replace("{planId}", &format!("pln_{NOTHING}"))
            .replace("{priceId}", &format!("prc_{NOTHING}"))
            .replace("{jobId}", &format!("job_{NOTHING}"))
            .replace("{userImportId}", &format!("imp_{NOTHING}"))
            .replace("{feature}", "probe")
            .replace("{reservationId}", &format!("rsv_{NOTHING}"))
            .replace("{namespace}", "notes")
            .replace("{key}", "probe");
        let path = if is_scoped {
            format!("{path}?organization_id={}", self.organization)
        } else {
            path
        };
        let method = operation.method.clone();
        let mut ask = person.ask(method.clone(), &path);
        // A change of a version that there never was is refused after authorization.
        if method != Method::GET {
            ask = ask.header("if-match", "\"v999999\"");
        }
        if method == Method::POST || method == Method::PUT || method == Method::PATCH {
            let mut body = json!({ "no_such_field": true });
            if is_scoped {
                body["organization_id"] = json!(self.organization);
            }
            ask = ask.json(body);
        }
        ask.send().await
    }
}
