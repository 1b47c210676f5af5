//! Mails in words of one's own: those of the product, worded by staff, and those of organizations.

use mainstay_acceptance::{Answer, Person, TestApp};
use serde_json::{Value, json};

#[tokio::test]
async fn staff_word_a_mail_publish_it_and_take_it_back() {
    let app = TestApp::start().await;
    let admin = app.staff("admin", "admin").await;
    let subject = async |email: &str| {
        app.nobody()
            .post("/auth/reset-password", json!({ "email": email }))
            .await
            .expect(202);
        app.mail_to(email).await.subject
    };
    let ada = app.person("ada").await;
    let text = |subject: &str| {
        json!({
            "key": "reset_password", "locale": "en", "subject": subject,
            "text": "Choose here: {{ link }}\n", "html": "<p><a href=\"{{ link }}\">Choose</a></p>",
        })
    };
    let mut wrong = text("Hello");
    wrong["html"] = json!("<p>{{ no_such_thing }}</p>");
    let refused = admin.post("/messages/templates", wrong).await.expect(422);
    assert_eq!(refused.json()["errors"][0]["pointer"], "/html");
    let mut endless = text("Hello");
    endless["text"] = json!("{% for a in range(9999) %}{% for b in range(9999) %}x{% endfor %}{% endfor %}");
    let refused = admin.post("/messages/templates", endless).await.expect(422);
    assert_eq!(refused.json()["errors"][0]["pointer"], "/text");
    admin
        .post("/messages/templates", text("First words"))
        .await
        .expect(201);
    admin
        .post("/messages/templates", text("Second words"))
        .await
        .expect(201);
    assert!(
        !subject(&ada.email).await.contains("words"),
        "a draft is no text yet"
    );
    let publish = |version: u32| format!("/messages/templates/reset_password/versions/{version}/publish");
    for (version, words) in [(2, "Second words"), (1, "First words")] {
        admin
            .post(&publish(version), json!({ "locale": "en" }))
            .await
            .expect(200);
        assert!(subject(&ada.email).await.contains(words), "{words}");
    }
    admin
        .post(
            "/messages/templates/reset_password/reset",
            json!({ "locale": "en" }),
        )
        .await
        .expect(204);
    assert!(!subject(&ada.email).await.contains("words"));
    let versions = admin
        .get("/messages/templates/reset_password/versions?locale=en")
        .await
        .expect(200)
        .json();
    assert_eq!(versions["data"].as_array().unwrap().len(), 2);
}

/// An organization's template, changed in one part.
fn welcome(organization: &str, part: &str, value: Value) -> Value {
    let mut body = json!({
        "organization_id": organization,
        "key": "welcome",
        "locale": "en",
        "name": "Welcome",
        "category": "product_news",
        "variables": [
            { "name": "first_name", "type": "string", "required": true, "sample": "Ada" },
            { "name": "link", "type": "url" },
            { "name": "things", "type": "list", "sample": [{ "name": "Pen" }] },
        ],
        "subject": "Welcome, {{ first_name }}",
        "preheader": "Three things",
        "text": "{{ first_name }}{% for thing in things %} {{ thing.name }}{% endfor %}",
        "html": "<p>{{ first_name }}</p>{% if link %}<a href=\"{{ link }}\">Go</a>{% endif %}",
    });
    body[part] = value;
    body
}

async fn write(person: &Person, organization: &str, part: &str, value: Value) -> Answer {
    person
        .post("/messages/templates", welcome(organization, part, value))
        .await
}

#[tokio::test]
async fn an_organization_makes_a_template_of_its_own() {
    let app = TestApp::start().await;
    let (owner, organization) = app.owner("owner").await;
    let query = format!("organization_id={organization}");
    let one = format!("/messages/templates/welcome?{query}");
    let made = write(&owner, &organization, "name", json!("Welcome"))
        .await
        .expect(201);
    assert_eq!(made.at("/organization_id"), organization);
    assert_eq!(
        (made.at("/version"), made.at("/status")),
        ("1".into(), "draft".into())
    );
    assert_eq!(made.at("/category"), "product_news");
    owner.get(made.header("location")).await.expect(200);
    let publish = |version: u32| format!("/messages/templates/welcome/versions/{version}/publish?{query}");
    owner
        .post(&publish(1), json!({ "locale": "en" }))
        .await
        .expect(200);
    let seen = owner.get(&one).await.expect(200);
    assert_eq!(seen.at("/status"), "published");
    let tag = seen.header("etag").to_owned();
    let mut next = welcome(&organization, "subject", json!("Hello, {{ first_name }}"));
    next.as_object_mut()
        .unwrap()
        .retain(|name, _| name != "key" && name != "organization_id");
    let put = |tag: &str| {
        owner
            .ask(reqwest::Method::PUT, &one)
            .header("if-match", tag)
            .json(next.clone())
    };
    let second = put(&tag).send().await.expect(200);
    assert_eq!(
        (second.at("/version"), second.at("/status")),
        ("2".into(), "draft".into())
    );
    put(&tag).send().await.expect_problem(412, "version_mismatch");
    owner
        .post(&publish(2), json!({ "locale": "en" }))
        .await
        .expect(200);
    owner
        .post(&publish(1), json!({ "locale": "en" }))
        .await
        .expect(200);
    assert_eq!(
        owner.get(&one).await.expect(200).at("/version"),
        "1",
        "rolled back"
    );
    let versions = format!("/messages/templates/welcome/versions?limit=1&{query}");
    let first = owner.get(&versions).await.expect(200);
    assert_eq!(first.at("/data/0/version"), "2");
    let rest = owner
        .get(&format!("{versions}&cursor={}", first.at("/next_cursor")))
        .await
        .expect(200);
    assert_eq!(rest.at("/data/0/version"), "1");
    let list = owner
        .get(&format!("/messages/templates?{query}"))
        .await
        .expect(200);
    assert_eq!(list.at("/data/0/key"), "welcome");
    assert_eq!(list.json()["data"].as_array().unwrap().len(), 1);
    let report = owner
        .get(&format!("/messages/templates/welcome/translations?{query}"))
        .await
        .expect(200);
    assert_eq!(report.at("/locales/0/state"), "up_to_date");
    assert_eq!(report.json()["missing_locales"], json!([]));
    owner.delete(&one).await.expect(204);
    owner.delete(&one).await.expect_problem(404, "not_found");
    owner.get(&one).await.expect_problem(404, "not_found");
}

#[tokio::test]
async fn nobody_sees_the_templates_of_others() {
    let app = TestApp::start().await;
    let (owner, organization) = app.owner("owner").await;
    let (stranger, elsewhere) = app.owner("stranger").await;
    let admin = app.staff("admin", "admin").await;
    write(&owner, &organization, "name", json!("Secret"))
        .await
        .expect(201);
    let of = |id: &str| format!("/messages/templates/welcome?organization_id={id}");
    for (person, path) in [
        (&stranger, of(&organization)),
        (&stranger, of(&elsewhere)),
        (&admin, of(&organization)),
        (&admin, "/messages/templates/welcome".to_owned()),
    ] {
        person.get(&path).await.expect_problem(404, "not_found");
        person.delete(&path).await.expect_problem(404, "not_found");
    }
    write(&stranger, &organization, "name", json!("Mine"))
        .await
        .expect_problem(404, "not_found");
    write(&owner, &organization, "key", json!("invite"))
        .await
        .expect_field("/key");
    owner
        .get(&format!(
            "/messages/templates/invite?organization_id={organization}"
        ))
        .await
        .expect_problem(404, "not_found");
    admin
        .delete("/messages/templates/invite")
        .await
        .expect_problem(409, "template_built_in");
    owner
        .post(
            &format!("/messages/templates/welcome/reset?organization_id={organization}"),
            json!({ "locale": "en" }),
        )
        .await
        .expect_problem(409, "template_not_built_in");
    // A key means its own organization.
    let keys = format!("/organizations/{organization}/api-keys");
    let key = json!({ "name": "Program", "scopes": ["templates:write"] });
    let key = owner.with_token(&owner.post(&keys, key).await.expect(201).at("/token"));
    assert_eq!(
        key.get("/messages/templates/welcome")
            .await
            .expect(200)
            .at("/name"),
        "Secret"
    );
    key.get(&of(&elsewhere)).await.expect_problem(404, "not_found");
    let mut own = welcome(&organization, "key", json!("by_key"));
    own.as_object_mut().unwrap().remove("organization_id");
    let made = key.post("/messages/templates", own).await.expect(201);
    assert_eq!(made.at("/organization_id"), organization);
}

#[tokio::test]
async fn a_text_that_reaches_out_is_not_kept() {
    let app = TestApp::start().await;
    let (owner, organization) = app.owner("owner").await;
    for (text, code) in [
        ("{{ last_name }}", "undeclared_variable"),
        ("{% if false %}{{ env }}{% endif %}", "undeclared_variable"),
        ("{{ config.secret_key }}", "undeclared_variable"),
        ("{{ debug() }}", "template_error"),
        (
            "{{ first_name.__class__.__mro__[1].__subclasses__() }}",
            "template_error",
        ),
        ("{{ first_name.upper() }}", "template_error"),
        ("{{ things.append(1) }}", "template_error"),
        ("{% include '/etc/passwd' %}", "template_error"),
        ("{% include first_name %}", "template_error"),
        ("{% extends 'invite.en.html' %}", "template_error"),
        ("{% import 'welcome' as a %}", "template_error"),
        (
            "{% for a in range(99999) %}{% for b in range(99999) %}x{% endfor %}{% endfor %}",
            "template_error",
        ),
        (
            "{% for a in range(9999) %}{{ 'xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx' }}{% endfor %}",
            "template_error",
        ),
        (
            "{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}",
            "template_error",
        ),
        ("{{ 'x' * 99999999 }}", "template_error"),
        ("{{ [things, things] }}", "template_error"),
        ("{{ first_name|safe }}", "template_error"),
        (
            "{% autoescape false %}{{ first_name }}{% endautoescape %}",
            "template_error",
        ),
        ("{{ first_name", "template_error"),
    ] {
        for part in ["html", "text"] {
            let refused = write(&owner, &organization, part, json!(text)).await;
            let refused = refused.expect_problem(422, "validation_failed");
            assert_eq!(
                refused.at("/errors/0/pointer"),
                format!("/{part}"),
                "{text}: {refused}"
            );
            assert_eq!(refused.at("/errors/0/code"), code, "{text}: {refused}");
            let detail = refused.at("/errors/0/detail");
            assert!(
                !detail.contains("Ada") && !detail.contains(".rs"),
                "{text}: {detail}"
            );
        }
    }
    let declared = |value: Value| write(&owner, &organization, "variables", json!([value]));
    declared(json!({ "name": "recipient", "type": "string" }))
        .await
        .expect_field("/variables/0/name");
    declared(json!({ "name": "a", "type": "url", "sample": "javascript:alert(1)" }))
        .await
        .expect_field("/variables/0/sample");
    write(&owner, &organization, "category", json!("security"))
        .await
        .expect_field("/category");
    let list = owner
        .get(&format!("/messages/templates?organization_id={organization}"))
        .await
        .expect(200);
    assert_eq!(list.json()["data"], json!([]), "nothing was kept");
}

#[tokio::test]
async fn values_come_out_as_they_went_in() {
    let app = TestApp::start().await;
    let (owner, organization) = app.owner("owner").await;
    write(&owner, &organization, "name", json!("Welcome"))
        .await
        .expect(201);
    let path = format!("/messages/templates/welcome/preview?organization_id={organization}");
    let preview = |variables: Value| owner.post(&path, json!({ "variables": variables }));
    let shown = preview(json!({
        "first_name": "{{ 7*7 }}<script>\r\nBcc: eve@example.com",
        "link": "https://example.com/?a=1&b=\"><b>",
        "things": [{ "name": "=HYPERLINK(1)" }],
    }))
    .await
    .expect(200);
    assert_eq!(
        shown.at("/subject"),
        "Welcome, {{ 7*7 }}<script> Bcc: eve@example.com"
    );
    assert!(shown.at("/text").ends_with(" =HYPERLINK(1)"), "{shown}");
    let html = shown.at("/html");
    assert!(html.contains("{{ 7*7 }}&lt;script&gt;"), "{html}");
    assert!(html.contains("b=&quot;&gt;&lt;b&gt;\""), "{html}");
    assert!(html.contains("Three things"), "the preheader: {html}");
    assert!(!html.contains("Mainstay"), "{html}");
    for (variables, pointer) in [
        (json!({ "link": "javascript:alert(1)" }), "/variables/link"),
        (json!({ "things": "x" }), "/variables/things"),
        (json!({ "first_name": 7 }), "/variables/first_name"),
        (json!({ "first_name": null }), "/variables/first_name"),
        (json!({ "nobody": "x" }), "/variables/nobody"),
        (json!({ "first_name": "x".repeat(70_000) }), "/variables"),
    ] {
        preview(variables).await.expect_field(pointer);
    }
    let lists: Vec<Value> = vec![json!({ "name": "x" }); 3_000];
    let heavy = json!({
        "subject": "x",
        "html": "{% for a in things %}{% for b in things %}{% for c in things %}x{% endfor %}{% endfor %}{% endfor %}",
        "text": "x",
        "variables": { "things": lists },
    });
    owner.post(&path, heavy).await.expect_field("/html");
}

#[tokio::test]
async fn a_test_goes_to_who_asks_for_it_and_to_nobody_else() {
    let app = TestApp::start().await;
    let (owner, organization) = app.owner("owner").await;
    write(
        &owner,
        &organization,
        "text",
        json!("{{ first_name }} {{ recipient }}"),
    )
    .await
    .expect(201);
    let path = format!("/messages/templates/welcome/test-send?organization_id={organization}");
    let refused = json!({ "to": "victim@example.com" });
    owner.post(&path, refused).await.expect_field("/to");
    owner
        .post(&path, json!({ "variables": { "first_name": 7 } }))
        .await
        .expect_field("/variables/first_name");
    let sent = owner
        .ask(reqwest::Method::POST, &path)
        .header("idempotency-key", "once")
        .json(json!({ "variables": { "first_name": "Grace" } }));
    let sent = sent.send().await.expect(202);
    assert_eq!(
        (sent.at("/to"), sent.at("/status")),
        (owner.email.clone(), "mailbox".into())
    );
    let again = owner
        .ask(reqwest::Method::POST, &path)
        .header("idempotency-key", "once")
        .json(json!({ "variables": { "first_name": "Grace" } }));
    assert_eq!(
        again.send().await.expect(202).at("/message_id"),
        sent.at("/message_id")
    );
    let mail = app.mail_to(&owner.email).await;
    assert_eq!(mail.subject, "[Test] Welcome, Grace");
    assert_eq!(mail.text, format!("Grace {}", owner.email));
    assert_eq!(mail.template, "welcome");
    // A program has no address.
    let keys = format!("/organizations/{organization}/api-keys");
    let key = json!({ "name": "Program", "scopes": ["templates:write"] });
    let key = owner.with_token(&owner.post(&keys, key).await.expect(201).at("/token"));
    key.post("/messages/templates/welcome/test-send", json!({}))
        .await
        .expect_problem(409, "no_confirmed_address");
    let admin = app.staff("admin", "admin").await;
    admin
        .post("/messages/templates/invite/test-send", json!({ "locale": "de" }))
        .await
        .expect(202);
    assert!(app.mail_to(&admin.email).await.subject.starts_with("[Test] "));
}
