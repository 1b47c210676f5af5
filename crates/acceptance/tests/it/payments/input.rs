//! Orders that can't be meant.

use mainstay_acceptance::TestApp;
use serde_json::{Value, json};

use super::order;

#[tokio::test]
async fn what_can_not_be_meant_is_refused_field_by_field() {
    let app = TestApp::start().await;
    let (ada, organization) = app.owner("ada").await;
    let long = "x".repeat(501);
    let keys: serde_json::Map<String, Value> = (0..21).map(|key| (key.to_string(), json!("x"))).collect();
    let cases = [
        ("amount", json!(0)),
        ("amount", json!(-1)),
        ("amount", json!(1_000_000_000_000_i64)),
        ("amount", json!(10.5)),
        ("amount", json!("1000")),
        ("amount", Value::Null),
        ("currency", json!("usd")),
        ("currency", json!("US")),
        ("currency", json!("XAU")),
        ("currency", json!("BTC")),
        ("currency", json!(840)),
        ("description", json!("")),
        ("description", json!("a\nb")),
        ("description", json!(long)),
        ("success_url", json!("javascript:alert(1)")),
        ("success_url", json!("/paid")),
        ("success_url", json!("https://ada:secret@example.com/")),
        ("cancel_url", json!("https://example.com\\@evil.example/")),
        ("customer_email", json!("nobody")),
        ("metadata", json!({ "k": long })),
        ("metadata", json!({ "": "x" })),
        ("metadata", json!({ "k".repeat(41): "x" })),
        ("metadata", Value::Object(keys)),
        ("no_such_field", json!(1)),
        ("price", json!("prc_01h455vb4pex5vsknk084sn02q")),
    ];
    for (field, value) in cases {
        let mut body = order(&organization);
        body[field] = value.clone();
        let answer = ada.post("/payments/sandbox", body).await;
        assert_eq!(answer.status, 422, "{field} {value}: {answer}");
        let pointer = answer.json()["errors"][0]["pointer"].as_str().unwrap().to_owned();
        assert!(
            pointer.starts_with(&format!("/{field}")),
            "{field} {value}: {answer}"
        );
    }
    let mut odd = order(&organization);
    odd["metadata"] = json!({ "k": 1 });
    assert_eq!(ada.post("/payments/sandbox", odd).await.status, 422);
    let list = ada
        .get(&format!("/payments?organization_id={organization}"))
        .await;
    assert_eq!(list.json()["data"], json!([]));
    ada.post("/payments/flutterwave", order(&organization))
        .await
        .expect_problem(409, "payment_provider_not_configured");
    for path in ["/payments/paypal", "/payments/providers"] {
        let answer = ada.post(path, order(&organization)).await;
        assert!(matches!(answer.status, 404 | 405), "{answer}");
    }
    ada.get("/payments/usr_01h455vb4pex5vsknk084sn02q")
        .await
        .expect_problem(403, "forbidden");
}
