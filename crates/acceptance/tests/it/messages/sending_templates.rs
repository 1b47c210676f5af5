//! Mail of templates: each letter is written for its reader.

use mainstay_acceptance::{Answer, Person, TestApp};
use serde_json::{Value, json};

const EMAIL: &str = "/messages/email";

/// A template in a language, published.
async fn publish(person: &Person, organization: &str, locale: &str, subject: &str) {
    let body = json!({
        "organization_id": organization, "key": "order_shipped", "locale": locale, "category": "order_news",
        "subject": subject, "text": "{{ name }}: {{ order }}\n", "html": "<p>{{ name }}: {{ order }}</p>",
        "variables": [
            { "name": "name", "type": "string", "required": true },
            { "name": "order", "type": "string", "required": true },
        ],
    });
    let made = person.post("/messages/templates", body).await.expect(201);
    let path = format!(
        "/messages/templates/order_shipped/versions/{}/publish?organization_id={organization}",
        made.at("/version")
    );
    person.post(&path, json!({ "locale": locale })).await.expect(200);
}

async fn send(person: &Person, organization: &str, to: Value, variables: Value) -> Answer {
    let body = json!({
        "organization_id": organization, "template": "order_shipped", "to": to, "variables": variables,
    });
    person.post(EMAIL, body).await
}

#[tokio::test]
async fn everybody_is_told_what_is_theirs_in_their_language() {
    let app = TestApp::start().await;
    let (owner, organization) = app.owner("owner").await;
    publish(&owner, &organization, "en", "{{ order }} is on its way").await;
    publish(&owner, &organization, "de", "{{ order }} ist unterwegs").await;
    let to = json!([
        { "email": "ada@example.com", "variables": { "name": "<b>Ada</b>\r\nBcc: eve@example.com" }, "locale": "de-AT" },
        { "email": "bob@example.com", "variables": { "name": "Bob", "order": "No. 9\r\nBcc: eve@example.com" } },
    ]);
    let sent = send(&owner, &organization, to, json!({ "order": "No. 7" }))
        .await
        .expect(202);
    let ada = app.mail_to("ada@example.com").await;
    assert_eq!(ada.subject, "No. 7 ist unterwegs");
    assert!(ada.text.starts_with("<b>Ada</b>"), "{}", ada.text);
    assert!(ada.html.contains("&lt;b&gt;Ada"), "{}", ada.html);
    let bob = app.mail_to("bob@example.com").await;
    assert_eq!(bob.subject, "No. 9 Bcc: eve@example.com is on its way");
    assert!(
        !bob.html.contains("Mainstay"),
        "it is the organization's mail: {}",
        bob.html
    );
    let path = format!(
        "/messages/{}?organization_id={organization}",
        sent.at("/messages/0/id")
    );
    let shown = owner.get(&path).await.expect(200).json();
    assert_eq!(
        (
            &shown["template"],
            &shown["template_version"],
            &shown["category"],
            &shown["locale"]
        ),
        (
            &json!("order_shipped"),
            &json!(1),
            &json!("order_news"),
            &json!("de")
        )
    );
    let list = format!("/messages?organization_id={organization}&template=order_shipped");
    let listed = owner.get(&list).await.expect(200).json();
    assert_eq!(listed["data"].as_array().unwrap().len(), 2);
}

#[tokio::test]
async fn what_a_template_is_not_told_or_told_too_much_is_named() {
    let app = TestApp::start().await;
    let (owner, organization) = app.owner("owner").await;
    let (other, elsewhere) = app.owner("other").await;
    let order = json!({ "order": "No. 7" });
    send(&owner, &organization, json!("ada@example.com"), order.clone())
        .await
        .expect(404);
    publish(&owner, &organization, "en", "Hello").await;
    send(&other, &elsewhere, json!("ada@example.com"), order.clone())
        .await
        .expect(404);
    let ada = |variables: Value| json!([{ "email": "ada@example.com", "variables": { "name": "Ada" } }, { "email": "bob@example.com", "variables": variables }]);
    for (to, variables, pointer) in [
        (ada(json!({})), order.clone(), "/to/1/variables/name"),
        (ada(json!({ "name": 7 })), order.clone(), "/to/1/variables/name"),
        (
            ada(json!({ "name": "Bob", "more": 1 })),
            order.clone(),
            "/to/1/variables/more",
        ),
        (
            ada(json!({ "name": "Bob" })),
            json!({ "order": 7 }),
            "/variables/order",
        ),
        (
            ada(json!({ "name": "Bob" })),
            json!({ "order": "1", "a/b": 7 }),
            "/variables/a~1b",
        ),
        (json!("ada@example.com"), order, "/variables/name"),
    ] {
        send(&owner, &organization, to, variables)
            .await
            .expect_field(pointer);
    }
    let list = format!("/messages?organization_id={organization}");
    assert_eq!(owner.get(&list).await.expect(200).json()["data"], json!([]));
}
