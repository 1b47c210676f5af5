//! Every answer that was recorded or is an example elsewhere can be read.

use crate::api::{self, Attributes, Checkout, Customer, Invoice, Item, Order, Price, Resource, Subscription};
use crate::snapshot;

use super::*;

/// How many of each kind were read.
type Counts = BTreeMap<String, usize>;

/// Reads what is in an answer, and counts it.
fn read(body: &Value, counts: &mut Counts) {
    let data = match body.get("data") {
        Some(Value::Array(all)) => all.clone(),
        Some(Value::Object(_)) => vec![body["data"].clone()],
        _ => {
            // Answers about pages and usage have no data, and those to a deletion nothing.
            assert!(body.is_null() || body.get("meta").is_some(), "{body}");
            *counts.entry("other answers".to_owned()).or_default() += 1;
            return;
        }
    };
    for data in data {
        let kind = data["type"].as_str().unwrap().to_owned();
        let one = json!({ "data": data }).to_string();
        match kind.as_str() {
            Order::KIND => {
                let order: Resource<Order> = parsed(&one);
                snapshot::order(&order).unwrap();
                snapshot::order_refunded(&order).unwrap();
            }
            Invoice::KIND => {
                let invoice: Resource<Invoice> = parsed(&one);
                snapshot::invoice(&invoice).unwrap();
                snapshot::invoice_refunded(&invoice).unwrap();
            }
            Subscription::KIND => {
                snapshot::subscription(&parsed(&one)).unwrap();
            }
            Item::KIND => drop(parsed::<Item>(&one)),
            Checkout::KIND => drop(parsed::<Checkout>(&one)),
            Customer::KIND => drop(parsed::<Customer>(&one)),
            Price::KIND => drop(parsed::<Price>(&one)),
            // What we have nothing to do with is not looked into.
            _ => {}
        }
        *counts.entry(kind).or_default() += 1;
    }
}

fn parsed<A: Attributes>(body: &str) -> Resource<A> {
    api::one(body.as_bytes()).unwrap_or_else(|| panic!("{body}"))
}

#[test]
fn every_answer_is_read() {
    let Some(folder) = recordings() else {
        return;
    };
    let mut counts = Counts::new();
    let mut answers = 0;
    for (folder, is_all) in [
        (folder.join("ls-cassettes"), true),
        (folder.join("cassettes"), false),
    ] {
        for file in std::fs::read_dir(folder).unwrap() {
            let path = file.unwrap().path();
            let name = path.file_name().unwrap().to_str().unwrap().to_owned();
            if !is_all && !name.contains("lemon_squeezy") {
                continue;
            }
            for (_, _, _, _, answer) in recording(&path) {
                read(&answer, &mut counts);
                answers += 1;
            }
        }
    }
    assert!(answers >= 58, "{answers}");
    let stubs = json_at(&folder.join("ls-go-stubs.json"));
    for stub in stubs.as_object().unwrap().values() {
        read(stub, &mut counts);
        answers += 1;
    }
    for file in std::fs::read_dir(folder.join("ls-webhooks")).unwrap() {
        let path = file.unwrap().path();
        let body = json_at(&path);
        // One was made to hold nothing.
        if body["data"]["attributes"] != json!({}) {
            read(&body, &mut counts);
            answers += 1;
        }
    }
    println!("{answers} answers: {counts:?}");
    for (kind, least) in [
        (Order::KIND, 14),
        (Invoice::KIND, 25),
        (Subscription::KIND, 25),
        (Item::KIND, 7),
        (Checkout::KIND, 5),
        (Customer::KIND, 10),
        (Price::KIND, 14),
    ] {
        assert!(counts[kind] >= least, "{kind}: {counts:?}");
    }
}

/// The recorded order of 999 with a fifth on top.
#[tokio::test]
async fn a_recorded_order_is_the_price_and_its_taxes() {
    let Some(folder) = recordings() else {
        return;
    };
    let file = folder.join("ls-cassettes/order_retrieve.json");
    let (_, _, _, _, answer) = recording(&file).pop().unwrap();
    let world = World::new();
    let config = LemonSqueezyConfig {
        payment_variant: Some(211_541),
        ..config()
    };
    let provider = set_up(config, &world);
    world.get("/orders/1899988", answer);
    let paid = object(ObjectKind::Payment, "order:1899988");
    let found = provider.fetch(&paid).await.unwrap();
    let [ports::payments::Snapshot::Payment(payment)] = found.as_slice() else {
        panic!("{found:?}");
    };
    assert_eq!(payment.amount, money(999, "GBP"));
    assert_eq!(
        (payment.total, payment.tax),
        (money(1199, "GBP"), Some(money(200, "GBP")))
    );
}

/// The recorded order that began a subscription, with what was recorded of that.
#[tokio::test]
async fn a_recorded_order_of_a_subscription_is_no_payment_of_its_own() {
    let Some(folder) = recordings() else {
        return;
    };
    let folder = folder.join("ls-cassettes");
    let answer = |name: &str| recording(&folder.join(name)).pop().unwrap().4;
    let orders = answer("order_list.json");
    let order = orders["data"]
        .as_array()
        .unwrap()
        .iter()
        .find(|order| order["id"] == "1541086")
        .unwrap();
    let world = World::new();
    world.get("/orders/1541086", json!({ "data": order }));
    let begun = answer("subscription_list_by_order.json");
    let subscription = begun["data"][0]["id"].as_str().unwrap().to_owned();
    world.get("/subscriptions?filter[order_id]=1541086&page[size]=100", begun);
    let at = format!("/subscription-invoices?filter[subscription_id]={subscription}&page[size]=100");
    world.get(&at, answer("subscription_invoice_list.json"));
    let bought = object(ObjectKind::Payment, "order:1541086");
    let found = provider(&world).fetch(&bought).await.unwrap();
    assert!(world.is_done());
    let ids: Vec<Option<&str>> = found
        .iter()
        .filter_map(|found| match found {
            ports::payments::Snapshot::Payment(payment) => Some(payment.id.as_deref()),
            _ => None,
        })
        .collect();
    println!("{ids:?}");
    assert!(
        ids.iter()
            .all(|id| id.unwrap().starts_with("subscription_invoice:"))
    );
    assert_eq!(ids.len(), 1);
}

/// The recorded answer to a checkout of a subscription.
#[tokio::test]
async fn a_recorded_checkout_has_an_address() {
    let Some(folder) = recordings() else {
        return;
    };
    let file = folder.join("ls-cassettes/checkout_create.json");
    let (method, url, asked, status, answer) = recording(&file).pop().unwrap();
    assert_eq!((method.as_str(), url.path()), ("POST", "/v1/checkouts"));
    let request = checkout_of(Purpose::Subscription {
        price: "149091".to_owned(),
        amount: money(1000, "GBP"),
        quantity: 1,
        trial_days: None,
    });
    let world = World::new();
    let made = answer["data"]["attributes"].clone();
    // What was asked for then has no attributes; what it is about is the same.
    let mut ours = json!({ "data": {
        "type": "checkouts",
        "attributes": {
            "expires_at": "2026-11-24T00:00:00Z",
            "preview": true,
            "test_mode": true,
            "product_options": { "redirect_url": "https://app.test/ok", "enabled_variants": [149_091] },
            "checkout_options": { "embed": false },
            "checkout_data": {
                "email": "a@b.co", "name": "A",
                "custom": { "subscription_id": "sub_1", "organization_id": "org_1" },
                "variant_quantities": [{ "variant_id": 149_091, "quantity": 1 }],
            },
        },
    } });
    ours["data"]["relationships"] = asked.unwrap()["data"]["relationships"].clone();
    world.expect(
        HttpMethod::Post,
        "/checkouts",
        Some(ours),
        Answer::Json(status, answer),
    );
    let checkout = provider(&world).create_checkout(&request).await.unwrap();
    assert!(world.is_done());
    assert_eq!(checkout.url.as_str(), made["url"].as_str().unwrap());
    assert_eq!(
        checkout.id.as_deref(),
        Some("bbd5ae24-d022-4439-ae1e-7c0154610772")
    );
}
