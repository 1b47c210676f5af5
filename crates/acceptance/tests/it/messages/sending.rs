//! Mail over the API: what is accepted, what is refused, and what its readers get.

use std::collections::BTreeSet;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use mainstay_acceptance::{Answer, MailServer, Person, Setup, TestApp};
use reqwest::Method;
use serde_json::{Value, json};

const EMAIL: &str = "/messages/email";

/// A mail in words of its own, with what `more` says on top.
fn words(organization: &str, to: Value, more: Value) -> Value {
    let mut body = json!({
        "organization_id": organization, "subject": "Ink is here", "text": "Come and get it.\n",
    });
    let fields = body.as_object_mut().unwrap();
    fields.insert("to".into(), to);
    let Value::Object(more) = more else {
        panic!("{more} is no object");
    };
    fields.extend(more);
    fields.retain(|_, value| !value.is_null());
    body
}

async fn send(person: &Person, organization: &str, to: Value, more: Value) -> Answer {
    person.post(EMAIL, words(organization, to, more)).await
}

async fn with_server(server: &MailServer) -> TestApp {
    let setup = Setup::default()
        .set("smtp_url", &server.url())
        .set("mail_from", "Quillwork <hello@example.com>");
    TestApp::with(setup).await
}

async fn one(person: &Person, organization: &str, answer: &Answer) -> Answer {
    let path = format!(
        "/messages/{}?organization_id={organization}",
        answer.at("/messages/0/id")
    );
    person.get(&path).await.expect(200)
}

#[tokio::test]
async fn each_recipient_gets_a_mail_of_their_own_in_the_order_asked_for() {
    let app = TestApp::start().await;
    let (owner, organization) = app.owner("owner").await;
    let to = json!(["Ada@Example.com", { "email": "bob@example.com", "metadata": { "invoice": "7" } }, "cleo@example.com"]);
    let more = json!({ "html": "<p>Come &amp; get it.</p>", "metadata": { "campaign": "spring" } });
    let sent = send(&owner, &organization, to, more).await.expect(202);
    let messages = sent.json()["messages"].clone();
    let addresses: Vec<_> = messages
        .as_array()
        .unwrap()
        .iter()
        .map(|one| &one["to"])
        .collect();
    assert_eq!(
        addresses,
        ["Ada@Example.com", "bob@example.com", "cleo@example.com"]
    );
    assert!(
        messages
            .as_array()
            .unwrap()
            .iter()
            .all(|one| one["status"] == "mailbox")
    );
    for email in ["ada@example.com", "bob@example.com", "cleo@example.com"] {
        let mail = app.mail_to(email).await;
        assert_eq!(mail.to.to_lowercase(), email);
        assert_eq!(
            (mail.subject.as_str(), mail.text.as_str(), mail.html.as_str()),
            ("Ink is here", "Come and get it.\n", "<p>Come &amp; get it.</p>")
        );
    }
    let list = format!("/messages?organization_id={organization}");
    let listed = owner
        .get(&format!("{list}&to=BOB@example.com"))
        .await
        .expect(200)
        .json();
    let bob = &listed["data"][0];
    assert_eq!(listed["data"].as_array().unwrap().len(), 1);
    assert_eq!(bob["metadata"], json!({ "campaign": "spring", "invoice": "7" }));
    assert_eq!(
        (&bob["template"], &bob["category"]),
        (&Value::Null, &json!("transactional"))
    );
    let batch = bob["batch_id"].as_str().unwrap();
    let together = owner
        .get(&format!("{list}&batch_id={batch}&limit=2"))
        .await
        .expect(200)
        .json();
    assert_eq!(together["data"].as_array().unwrap().len(), 2);
    let cursor = together["next_cursor"].as_str().unwrap();
    let rest = owner
        .get(&format!("{list}&batch_id={batch}&limit=2&cursor={cursor}"))
        .await
        .expect(200)
        .json();
    assert_eq!(rest["data"].as_array().unwrap().len(), 1);
    let shown = one(&owner, &organization, &sent).await.json();
    assert_eq!(shown["events"][0]["kind"], "mailbox");
    assert!(
        !shown.to_string().contains("Come"),
        "what a mail says is not shown: {shown}"
    );
    let activity = owner
        .get(&format!("/organizations/{organization}/activity"))
        .await
        .expect(200)
        .text();
    assert!(activity.contains("messages.queued") && !activity.contains("cleo@example.com"));
}

#[tokio::test]
async fn mail_is_from_a_verified_sender_or_from_the_product() {
    let Some(server) = MailServer::start() else { return };
    let app = with_server(&server).await;
    let (owner, organization) = in_mailbox(&app, &server).await;
    let from = json!({ "from": "desk@ink.example" });
    let refused = send(&owner, &organization, json!("ada@example.com"), from.clone()).await;
    assert_eq!(
        refused.json()["errors"][0]["code"],
        "sender_not_verified",
        "{refused}"
    );
    refused.expect_field("/from");
    let body = json!({ "organization_id": organization, "email": "desk@ink.example", "name": "Ink & Quill" });
    let sender = owner.post("/messages/senders", body).await.expect(201);
    send(&owner, &organization, json!("ada@example.com"), from.clone())
        .await
        .expect_field("/from");
    app.work().await;
    let text = server.mails_to("desk@ink.example")[0]["text"]
        .as_str()
        .unwrap()
        .to_owned();
    let path = format!(
        "/messages/senders/{}/verify?organization_id={organization}",
        sender.at("/id")
    );
    owner
        .post(&path, json!({ "code": code_in(&text) }))
        .await
        .expect(200);
    let (stranger, elsewhere) = app_owner(&app, &server, "stranger").await;
    send(&stranger, &elsewhere, json!("ada@example.com"), from.clone())
        .await
        .expect_field("/from");
    let more = json!({ "from": "Desk@INK.example", "reply_to": "answers@ink.example" });
    send(
        &owner,
        &organization,
        json!(["ada@example.com", "bob@example.com"]),
        more,
    )
    .await
    .expect(202);
    send(&owner, &organization, json!("cleo@example.com"), json!({}))
        .await
        .expect(202);
    app.work().await;
    for email in ["ada@example.com", "bob@example.com"] {
        let mails = server.mails_to(email);
        let headers = &mails[0]["headers"];
        assert_eq!(mails.len(), 1);
        assert_eq!(mails[0]["to"], json!([email]), "nobody sees another");
        assert!(
            headers["from"].as_str().unwrap().contains("desk@ink.example"),
            "{headers}"
        );
        assert!(
            headers["from"].as_str().unwrap().contains("Ink & Quill"),
            "{headers}"
        );
        assert_eq!(headers["reply-to"], "answers@ink.example");
        assert!(headers.get("cc").is_none() && headers.get("bcc").is_none());
    }
    let own = &server.mails_to("cleo@example.com")[0]["headers"]["from"];
    assert!(own.as_str().unwrap().contains("hello@example.com"), "{own}");
    owner
        .delete(&format!(
            "/messages/senders/{}?organization_id={organization}",
            sender.at("/id")
        ))
        .await
        .expect(204);
    send(&owner, &organization, json!("ada@example.com"), from)
        .await
        .expect_field("/from");
}

/// The first eight digits of a text.
fn code_in(text: &str) -> String {
    let mut words = text.split(|letter: char| !letter.is_ascii_alphanumeric());
    let is_code = |word: &&str| word.len() == 8 && word.bytes().all(|byte| byte.is_ascii_digit());
    words.find(is_code).unwrap().to_owned()
}

async fn in_mailbox(app: &TestApp, server: &MailServer) -> (Person, String) {
    app_owner(app, server, "owner").await
}

/// Somebody with an organization, where mail goes to a server.
async fn app_owner(app: &TestApp, server: &MailServer, name: &str) -> (Person, String) {
    let mut person = app.named(name);
    let body = json!({ "email": person.email, "password": person.password });
    person.post("/auth/signup", body).await.expect(202);
    app.work().await;
    let text = server.mails_to(&person.email)[0]["text"]
        .as_str()
        .unwrap()
        .to_owned();
    let body = json!({ "email": person.email, "code": code_in(&text) });
    person.post("/auth/verify-email", body).await.expect(204);
    person.sign_in().await;
    let body = json!({ "name": format!("{name} and friends") });
    let organization = person.post("/organizations", body).await.expect(201).at("/id");
    (person, organization)
}

#[tokio::test]
async fn files_arrive_byte_for_byte_and_a_line_of_its_own_is_what_a_subject_has() {
    let Some(server) = MailServer::start() else { return };
    let app = with_server(&server).await;
    let (owner, organization) = in_mailbox(&app, &server).await;
    let all_bytes: Vec<u8> = (0..=255).cycle().take(70_000).collect();
    let large = vec![0x0d; 3 * 1024 * 1024];
    let file = |name: &str, kind: &str, content: &[u8]| json!({ "filename": name, "content_type": kind, "content": STANDARD.encode(content) });
    let more = json!({
        "subject": "Grüße = ünïcødé ✉ \"quoted\"",
        "text": ".\r\n..\r\nFrom here\nGrüße",
        "html": "<p>.</p>",
        "attachments": [
            file("Rechnung \"März\"; x.pdf", "application/pdf", &all_bytes),
            file("large.bin", "application/octet-stream", &large),
            file("empty.txt", "text/plain", b""),
        ],
    });
    send(
        &owner,
        &organization,
        json!(["ada@example.com", "bob@example.com"]),
        more,
    )
    .await
    .expect(202);
    app.work().await;
    for email in ["ada@example.com", "bob@example.com"] {
        let mail = &server.mails_to(email)[0];
        assert_eq!(mail["headers"]["subject"], "Grüße = ünïcødé ✉ \"quoted\"");
        assert_eq!(mail["defects"], json!([]));
        let files = mail["attachments"].as_array().unwrap();
        let names: Vec<_> = files.iter().map(|file| &file["filename"]).collect();
        assert_eq!(names, ["Rechnung \"März\"; x.pdf", "large.bin", "empty.txt"]);
        let contents: Vec<_> = files
            .iter()
            .map(|file| STANDARD.decode(file["content"].as_str().unwrap()).unwrap())
            .collect();
        assert_eq!(contents[0], all_bytes);
        assert_eq!(contents[1], large);
        assert!(contents[2].is_empty());
    }
}

#[tokio::test]
async fn hostile_words_are_refused_or_stay_words() {
    let app = TestApp::start().await;
    let (owner, organization) = app.owner("owner").await;
    let file = |name: &str, kind: &str, content: &str| json!({ "attachments": [{ "filename": name, "content_type": kind, "content": content }] });
    let ada = || json!("ada@example.com");
    for (to, more, pointer) in [
        (
            ada(),
            json!({ "subject": "Hi\r\nBcc: eve@example.com" }),
            "/subject",
        ),
        (ada(), json!({ "subject": "Hi\u{2028}there" }), "/subject"),
        (ada(), json!({ "subject": "   " }), "/subject"),
        (ada(), json!({ "subject": "x".repeat(201) }), "/subject"),
        (ada(), json!({ "subject": null }), "/subject"),
        (ada(), json!({ "text": null }), "/text"),
        (ada(), json!({ "text": "x".repeat(102_401) }), "/text"),
        (
            ada(),
            json!({ "reply_to": "a@example.com\r\nBcc: eve@example.com" }),
            "/reply_to",
        ),
        (ada(), json!({ "from": "Ink <a@example.com>" }), "/from"),
        (ada(), json!({ "category": "No Slug" }), "/category"),
        (ada(), json!({ "variables": { "a": 1 } }), "/variables"),
        (ada(), json!({ "template": "invoice" }), "/subject"),
        (ada(), json!({ "metadata": { "a": 1 } }), "/metadata/a"),
        (
            ada(),
            json!({ "metadata": { "a": "x".repeat(2048) } }),
            "/metadata",
        ),
        (ada(), json!({ "send_at": "tomorrow" }), "/send_at"),
        (ada(), json!({ "send_at": "2199-01-01T00:00:00Z" }), "/send_at"),
        (ada(), json!({ "bcc": "eve@example.com" }), "/bcc"),
        (
            ada(),
            file("a\r\nX: y", "text/plain", ""),
            "/attachments/0/filename",
        ),
        (ada(), file("../a", "text/plain", ""), "/attachments/0/filename"),
        (
            ada(),
            file("a", "text/plain\r\nX: y", ""),
            "/attachments/0/content_type",
        ),
        (
            ada(),
            file("a", "multipart/mixed", ""),
            "/attachments/0/content_type",
        ),
        (ada(), file("a", "text/plain", "%%%"), "/attachments/0/content"),
        (json!("ada@example.com, eve@example.com"), json!({}), "/to"),
        (json!("ada@example.com\r\nBcc: eve@example.com"), json!({}), "/to"),
        (json!([]), json!({}), "/to"),
        (json!({ "email": "ada@example.com" }), json!({}), "/to"),
        (json!(["ada@example.com", 7]), json!({}), "/to/1"),
        (json!(["ada@example.com", "no address"]), json!({}), "/to/1"),
        (json!([["ada@example.com"]]), json!({}), "/to/0"),
        (
            json!(["a@example.com", { "email": "no address" }]),
            json!({}),
            "/to/1/email",
        ),
        (
            json!([{ "email": "a@example.com", "bcc": "b@example.com" }]),
            json!({}),
            "/to/0/bcc",
        ),
        (json!([{ "locale": "en" }]), json!({}), "/to/0/email"),
        (
            json!(["a@example.com", "b@example.com", "A@EXAMPLE.com"]),
            json!({}),
            "/to/2",
        ),
        (
            json!([{ "email": "a@example.com", "metadata": { "a": "x".repeat(2048) } }]),
            json!({}),
            "/to/0/metadata",
        ),
    ] {
        send(&owner, &organization, to, more).await.expect_field(pointer);
    }
    let list = format!("/messages?organization_id={organization}");
    assert_eq!(owner.get(&list).await.expect(200).json()["data"], json!([]));
    let words = "{{ product_name }} {% for a in range(9) %}x{% endfor %} <script>alert(1)</script>";
    let more = json!({ "subject": words, "text": words, "html": null });
    send(&owner, &organization, ada(), more).await.expect(202);
    let mail = app.mail_to("ada@example.com").await;
    assert_eq!(
        (mail.subject.as_str(), mail.text.as_str()),
        (words, words),
        "nothing is a template"
    );
    let more =
        json!({ "text": null, "html": "<style>p{color:red}</style><h1>Hello</h1><p>Ada &amp; Bob</p>" });
    send(&owner, &organization, ada(), more).await.expect(202);
    let mail = app.mail_to("ada@example.com").await;
    assert_eq!(mail.text.trim_end(), "Hello\n\nAda & Bob");
    assert!(mail.html.contains("<p style=\"color:red\">"), "{}", mail.html);
}

#[tokio::test]
async fn a_mail_for_later_goes_out_then_or_is_taken_back() {
    let Some(server) = MailServer::start() else { return };
    let app = with_server(&server).await;
    let (mut owner, organization) = in_mailbox(&app, &server).await;
    let later = kernel::Clock::now(&app.clock).plus(Duration::from_hours(2));
    let more = json!({ "send_at": later });
    let to = json!(["ada@example.com", "bob@example.com"]);
    let sent = send(&owner, &organization, to, more).await.expect(202);
    assert_eq!(sent.at("/messages/0/status"), "scheduled");
    app.work().await;
    assert!(server.mails_to("ada@example.com").is_empty());
    let path = |number: usize, action: &str| {
        let id = sent.at(&format!("/messages/{number}/id"));
        format!("/messages/{id}{action}?organization_id={organization}")
    };
    let act = |person: &Person, path: String| person.ask(Method::POST, &path).send();
    let cancelled = act(&owner, path(0, "/cancel")).await.expect(200);
    assert_eq!(cancelled.at("/status"), "cancelled");
    act(&owner, path(0, "/cancel"))
        .await
        .expect_problem(409, "message_gone");
    act(&owner, path(0, "/retry"))
        .await
        .expect_problem(409, "message_not_failed");
    app.clock.advance(Duration::from_hours(3));
    hurry(&app).await;
    app.work().await;
    owner.sign_in().await;
    assert!(server.mails_to("ada@example.com").is_empty());
    assert_eq!(server.mails_to("bob@example.com").len(), 1);
    act(&owner, path(1, "/cancel"))
        .await
        .expect_problem(409, "message_gone");
    let kinds = |shown: Value| -> Vec<String> {
        let events = shown["events"].as_array().unwrap().iter();
        events
            .map(|event| event["kind"].as_str().unwrap().to_owned())
            .collect()
    };
    let shown = owner.get(&path(1, "")).await.expect(200).json();
    assert_eq!(kinds(shown), ["scheduled", "sent"]);
    // What was due before it was asked for goes out at once.
    let past = kernel::Clock::now(&app.clock).minus(Duration::from_hours(2));
    let sent = send(
        &owner,
        &organization,
        json!("cleo@example.com"),
        json!({ "send_at": past }),
    )
    .await;
    assert_eq!(sent.expect(202).at("/messages/0/status"), "queued");
    app.work().await;
    assert_eq!(server.mails_to("cleo@example.com").len(), 1);
}

/// What waits for its time need not wait any longer: the queue goes by the database's clock.
async fn hurry(app: &TestApp) {
    let work = async |tx: &mut db::Tx| {
        let sql = "UPDATE jobs SET run_at = {now} WHERE run_at > {now}";
        db::Executor::execute(tx, sql, db::args![]).await
    };
    let hurried: Result<u64, db::DbError> = app.app().db().write(work).await;
    hurried.unwrap();
}

#[tokio::test]
async fn a_mail_that_was_given_up_is_tried_again() {
    let Some(server) = MailServer::start() else { return };
    let app = with_server(&server).await;
    let (owner, organization) = in_mailbox(&app, &server).await;
    let sent = send(&owner, &organization, json!("refuse-data@example.com"), json!({})).await;
    let sent = sent.expect(202);
    app.work().await;
    let failed = one(&owner, &organization, &sent).await.json();
    assert_eq!(failed["status"], "failed", "{failed}");
    assert!(failed["last_reply"].as_str().unwrap().contains("554"), "{failed}");
    let path = format!(
        "/messages/{}/retry?organization_id={organization}",
        sent.at("/messages/0/id")
    );
    let answers = app
        .at_once(10, |_| {
            let (owner, path) = (owner.clone(), path.clone());
            async move { owner.ask(Method::POST, &path).send().await.status }
        })
        .await;
    assert_eq!(
        answers.iter().filter(|status| **status == 200).count(),
        1,
        "{answers:?}"
    );
    assert!(
        answers.iter().all(|status| [200, 409].contains(status)),
        "{answers:?}"
    );
    app.work().await;
    let again = one(&owner, &organization, &sent).await.json();
    assert_eq!(
        (&again["status"], &again["attempts"]),
        (&json!("failed"), &json!(2)),
        "{again}"
    );
}

#[tokio::test]
async fn mail_is_its_organizations_alone() {
    let app = TestApp::start().await;
    let (owner, organization) = app.owner("owner").await;
    let (other, elsewhere) = app.owner("other").await;
    let staff = app.staff("staff", "admin").await;
    let mine = send(&owner, &organization, json!("ada@example.com"), json!({}))
        .await
        .expect(202);
    let id = mine.at("/messages/0/id");
    let platform = words("", json!("ada@example.com"), json!({ "organization_id": null }));
    owner.post(EMAIL, platform.clone()).await.expect(403);
    let theirs = staff.post(EMAIL, platform).await.expect(202).at("/messages/0/id");
    for action in ["", "/cancel", "/retry"] {
        for (person, query) in [
            (&other, format!("?organization_id={elsewhere}")),
            (&other, format!("?organization_id={organization}")),
            (&staff, String::new()),
            (&staff, format!("?organization_id={organization}")),
        ] {
            let method = if action.is_empty() {
                Method::GET
            } else {
                Method::POST
            };
            let path = format!("/messages/{id}{action}{query}");
            person.ask(method, &path).send().await.expect(404);
        }
    }
    staff.get(&format!("/messages/{theirs}")).await.expect(200);
    let query = format!("?organization_id={organization}");
    owner.get(&format!("/messages/{theirs}{query}")).await.expect(404);
    send(&other, &organization, json!("ada@example.com"), json!({}))
        .await
        .expect(404);
    let from = words(
        "",
        json!("ada@example.com"),
        json!({ "organization_id": null, "from": owner.email }),
    );
    staff.post(EMAIL, from).await.expect_field("/from");
    // Mail is in its subject's export, so nobody is named by strangers.
    let mia = app.member("mia", &owner, &organization, "member").await;
    let about = |user: &str| json!([{ "email": "ada@example.com", "user_id": user }]);
    let refused = send(&owner, &organization, about(&other.id), json!({})).await;
    assert_eq!(refused.json()["errors"][0]["code"], "not_a_member", "{refused}");
    refused.expect_field("/to/0/user_id");
    send(&owner, &organization, about(&mia.id), json!({}))
        .await
        .expect(202);
}

#[tokio::test]
async fn a_key_sends_for_its_own_organization() {
    let app = TestApp::start().await;
    let (owner, organization) = app.owner("owner").await;
    let key = |scopes: Value| {
        let path = format!("/organizations/{organization}/api-keys");
        let owner = owner.clone();
        async move {
            let made = owner
                .post(&path, json!({ "name": "Shop", "scopes": scopes }))
                .await
                .expect(201);
            (owner.with_token(&made.at("/token")), made.at("/api_key/id"))
        }
    };
    let (sender, id) = key(json!(["messages:send"])).await;
    let (reader, _) = key(json!(["members:read"])).await;
    let body = words("", json!("ada@example.com"), json!({ "organization_id": null }));
    reader
        .post(EMAIL, body.clone())
        .await
        .expect_problem(403, "scope_missing");
    let sent = sender.post(EMAIL, body).await.expect(202).at("/messages/0/id");
    let shown = sender.get(&format!("/messages/{sent}")).await.expect(200).json();
    assert_eq!(
        (&shown["api_key_id"], &shown["organization_id"]),
        (&json!(id), &json!(organization))
    );
    let ids: BTreeSet<String> = [sent].into();
    let listed = sender.get("/messages?status=mailbox").await.expect(200).json();
    let found: BTreeSet<String> = listed["data"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|one| one["template"].is_null())
        .map(|one| one["id"].as_str().unwrap().to_owned())
        .collect();
    assert_eq!(found, ids);
}
