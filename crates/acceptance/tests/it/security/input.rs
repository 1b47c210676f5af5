//! Bodies that are none: every operation refuses them with a problem, and nothing changes.

use std::collections::BTreeSet;

use mainstay_acceptance::{Answer, Person, TestApp};
use reqwest::Method;
use serde_json::{Value, json};
use web::OperationInfo;

/// An id that names nothing.
const NOTHING: &str = "01h455vb4pex5vsknk084sn02q";

/// Somebody who may do everything, and what there is to be changed.
pub(super) struct World {
    pub(super) root: Person,
    organization: String,
}

/// A body, and what it is answered.
struct Case {
    what: &'static str,
    content_type: &'static str,
    body: Vec<u8>,
    status: u16,
}

impl World {
    pub(super) async fn make(app: &TestApp) -> Self {
        let root = app.staff("root", "owner").await;
        let body = json!({ "name": "Root and friends" });
        let organization = root.post("/organizations", body).await.expect(201).at("/id");
        app.member("mia", &root, &organization, "member").await;
        Self { root, organization }
    }

    /// A path that leads to what there is, or to nothing where a method could take it away.
    pub(super) fn path(&self, operation: &OperationInfo) -> String {
        let is_deadly = operation.method == Method::DELETE || !operation.path.ends_with('}');
        let mut path = operation.path.to_owned();
        for (name, prefix, real) in [
            ("{orgId}", "org", Some(&self.organization)),
            ("{userId}", "usr", Some(&self.root.id)),
            ("{roleId}", "rol", None),
            ("{inviteId}", "inv", None),
            ("{sessionId}", "ses", None),
            ("{apiKeyId}", "key", None),
            ("{passkeyId}", "pky", None),
            ("{socialAccountId}", "soc", None),
            ("{admissionId}", "adm", None),
            ("{userImportId}", "imp", None),
            ("{invoiceId}", "ivc", None),
            ("{subscriptionId}", "sub", None),
            ("{planId}", "pln", None),
            ("{priceId}", "prc", None),
            ("{jobId}", "job", None),
            ("{notificationId}", "ntf", None),
            ("{messageId}", "msg", None),
            ("{senderId}", "snd", None),
            ("{webhookEndpointId}", "whe", None),
            ("{webhookDeliveryId}", "whd", None),
            ("{suppressionId}", "sup", None),
            ("{pushSubscriptionId}", "psh", None),
            ("{reservationId}", "rsv", None),
            ("{paymentId}", "pay", None),
            ("{refundId}", "rfd", None),
            ("{paymentEventId}", "pev", None),
            ("{paymentDriftId}", "dft", None),
        ] {
            let nothing = format!("{prefix}_{NOTHING}");
            let is_last = path.ends_with(name);
            let id = real.filter(|_| !(is_deadly && is_last && operation.method == Method::DELETE));
            path = path.replace(name, id.unwrap_or(&nothing));
        }
        path.replace("{namespace}", "notes")
            .replace("{key}", "probe")
            .replace("{feature}", "probe")
            .replace("{templateKey}", "invite")
            .replace("{version}", "999999")
            .replace("{provider}", "nowhere")
    }

    /// What could have been changed.
    pub(super) async fn state(&self) -> Vec<Value> {
        let organization = format!("/organizations/{}", self.organization);
        let mut state = Vec::new();
        for path in [
            "/organizations".to_owned(),
            organization.clone(),
            format!("{organization}/settings"),
            format!("{organization}/members"),
            format!("{organization}/roles"),
            format!("{organization}/invites"),
            format!("{organization}/activity?limit=200"),
            "/activity-logs?limit=200".to_owned(),
        ] {
            state.push(self.root.get(&path).await.expect(200).json());
        }
        state
    }
}

/// A problem that says nothing about the inside.
#[track_caller]
pub(super) fn expect_problem(answer: &Answer) {
    assert!((400..500).contains(&answer.status), "{answer}");
    assert_eq!(
        answer.header("content-type"),
        "application/problem+json",
        "{answer}"
    );
    let problem = answer.json();
    assert_eq!(problem["status"], answer.status, "{answer}");
    for member in ["type", "title", "code", "detail", "request_id"] {
        assert!(
            problem[member].as_str().is_some_and(|text| !text.is_empty()),
            "{member}: {answer}"
        );
    }
    assert_eq!(problem["request_id"], answer.header("x-request-id"), "{answer}");
    for inside in [
        ".rs", "panicked", "SELECT", "INSERT", "sqlite", "postgres", "/home/",
    ] {
        assert!(!answer.text().contains(inside), "{inside}: {answer}");
    }
}

fn cases() -> Vec<Case> {
    const JSON: &str = "application/json";
    let case = |what, status, body: &[u8]| Case {
        what,
        content_type: JSON,
        body: body.to_vec(),
        status,
    };
    let typed = |what, content_type, status, body: &[u8]| Case {
        what,
        content_type,
        body: body.to_vec(),
        status,
    };
    let deep = |open: &str, close: &str| [open.repeat(100_000), close.repeat(100_000)].concat();
    let packed = [
        0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3, 0xab, 0xae, 5, 0, 0x43, 0xbf, 0xa6, 0xa3, 2, 0, 0, 0,
    ];
    let utf16: Vec<u8> = "{\"name\":\"x\"}"
        .encode_utf16()
        .flat_map(u16::to_le_bytes)
        .collect();
    vec![
        case("nothing", 400, b""),
        case("spaces", 400, b"  \n"),
        case("words", 400, b"nonsense"),
        case("half an object", 400, b"{\"name\":"),
        case("more after the end", 400, b"{} {}"),
        case("single quotes", 400, b"{'name':'x'}"),
        case("a comma too many", 400, b"{\"name\":\"x\",}"),
        case("a comment", 400, b"{/* x */}"),
        case("NaN", 400, b"{\"name\":NaN}"),
        case("a number beyond all", 400, b"{\"name\":1e999}"),
        case("a zero in front", 400, b"{\"name\":01}"),
        case("a byte order mark", 400, b"\xef\xbb\xbf{}"),
        case("UTF-16", 400, &utf16),
        case("no UTF-8", 400, b"{\"name\":\"\xff\xfe\"}"),
        case("overlong UTF-8", 400, b"{\"name\":\"\xc0\xaf\"}"),
        case("half a pair", 400, b"{\"name\":\"\\ud800\"}"),
        case("half a pair and a letter", 400, b"{\"name\":\"\\ud800x\"}"),
        case("the other half", 400, b"{\"name\":\"\\udc00\"}"),
        case("a control character", 400, b"{\"name\":\"a\x01b\"}"),
        case("U+0000 raw", 400, b"{\"name\":\"a\0b\"}"),
        case("U+0000 escaped", 422, b"{\"name\":\"a\\u0000b\"}"),
        case("U+0000 in a name", 422, b"{\"na\\u0000me\":\"x\"}"),
        case("deep lists", 400, deep("[", "]").as_bytes()),
        case("deep objects", 400, deep("{\"a\":", "}").as_bytes()),
        case("open lists", 400, "[".repeat(100_000).as_bytes()),
        case("a name twice", 400, b"{\"name\":\"a\",\"name\":\"b\"}"),
        case(
            "a name twice, spelled otherwise",
            400,
            b"{\"name\":\"a\",\"n\\u0061me\":\"b\"}",
        ),
        case("an unknown field", 422, b"{\"no_such_field\":1}"),
        case("a prototype", 422, b"{\"__proto__\":{\"role\":\"owner\"}}"),
        case("null", 422, b"null"),
        case("a text", 422, b"\"name\""),
        case("a number", 422, b"17"),
        case("a huge number", 422, "9".repeat(300).as_bytes()),
        case("a list", 422, b"[]"),
        case("a list of objects", 422, b"[{\"name\":\"x\"}]"),
        case(
            "the values without their names",
            422,
            b"[\"a\",\"b\",\"c\",\"d\",\"e\",\"f\"]",
        ),
        case("much too much", 413, &vec![b' '; 2 * 1024 * 1024]),
        typed("text", "text/plain", 415, b"{}"),
        typed("a form", "application/x-www-form-urlencoded", 415, b"name=x"),
        typed("parts", "multipart/form-data; boundary=x", 415, b"--x--"),
        typed("XML", "application/xml", 415, b"<name/>"),
        typed(
            "JSON in Latin-1",
            "application/json; charset=iso-8859-1",
            415,
            b"{}",
        ),
        typed("nearly JSON", "application/jsonx", 415, b"{}"),
        typed("nothing of the kind", "?", 415, b"{}"),
        typed("packed", JSON, 400, &packed),
    ]
}

/// Operations whose body is read once its sender has shown that they know the secret.
const READ_WHEN_PROVEN: [&str; 2] = ["receiveMailReports", "receivePaymentWebhook"];

/// Operations that have a body in JSON; a few take forms, as RFCs will have it.
fn with_body(document: &Value) -> BTreeSet<String> {
    let paths = document["paths"].as_object().unwrap().values();
    let operations = paths.flat_map(|path| path.as_object().unwrap().values());
    let with_body = operations.filter(|operation| {
        operation
            .pointer("/requestBody/content/application~1json")
            .is_some()
    });
    with_body
        .map(|operation| operation["operationId"].as_str().unwrap().to_owned())
        .filter(|operation| !READ_WHEN_PROVEN.contains(&operation.as_str()))
        .collect()
}

#[tokio::test]
async fn bodies_that_can_not_be_read_change_nothing() {
    let app = TestApp::start().await;
    let world = World::make(&app).await;
    let with_body = with_body(&app.nobody().get("/openapi.json").await.expect(200).json());
    let before = world.state().await;
    let mut wrong = Vec::new();
    let mut tried = 0;
    for operation in app.app().operations() {
        if !with_body.contains(&operation.id) {
            continue;
        }
        for case in cases() {
            let ask = world.root.ask(operation.method.clone(), &world.path(&operation));
            let answer = ask.body(case.content_type, case.body).send().await;
            tried += 1;
            // Mail with files may be that large, and is no JSON then.
            let is_mail = operation.id == "sendEmail" && case.status == 413;
            if answer.status == if is_mail { 400 } else { case.status } {
                expect_problem(&answer);
            } else {
                wrong.push(format!(
                    "{} {}: {} expected, {answer}",
                    operation.id, case.what, case.status
                ));
            }
        }
    }
    assert!(wrong.is_empty(), "\n{}\n", wrong.join("\n"));
    assert!(tried > 500, "{tried}");
    assert_eq!(world.state().await, before);
    app.nobody().get("/readyz").await.expect(200);
}

#[tokio::test]
async fn bodies_without_an_announced_length_have_the_same_limit() {
    let app = TestApp::start().await;
    let ada = app.person("ada").await;
    let token = ada.access_token.as_ref().unwrap();
    let head = format!(
        "POST /organizations HTTP/1.1\r\nhost: localhost\r\nauthorization: Bearer {token}\r\n\
         content-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n"
    );
    let chunk = format!("10000\r\n{}\r\n", " ".repeat(0x1_0000));
    let raw = app.raw(format!("{head}{}0\r\n\r\n", chunk.repeat(40))).await;
    assert!(matches!(raw.status(), 413 | 0), "{raw:?}");
    for odd in [
        "zz\r\n{}\r\n0\r\n\r\n",
        "-1\r\n{}\r\n0\r\n\r\n",
        "ffffffffffffffffff\r\n{}",
        "2;x={}\r\n{}\n0\r\n\r\n",
    ] {
        let raw = app.raw(format!("{head}{odd}")).await;
        assert!(matches!(raw.status(), 400 | 422 | 0), "{odd}: {raw:?}");
    }
    ada.post("/organizations", json!({ "name": "Acme" }))
        .await
        .expect(201);
    assert_eq!(
        ada.get("/organizations").await.json()["data"]
            .as_array()
            .unwrap()
            .len(),
        1
    );
}

#[tokio::test]
async fn fields_of_the_wrong_kind_are_named() {
    let app = TestApp::start().await;
    let world = World::make(&app).await;
    let document = app.nobody().get("/openapi.json").await.expect(200).json();
    let with_body = with_body(&document);
    let before = world.state().await;
    let mut tried = 0;
    for operation in app.app().operations() {
        if !with_body.contains(&operation.id) {
            continue;
        }
        for field in fields(&document, &operation) {
            for odd in [json!({ "$ne": null }), json!([[]]), json!(-1.5e300)] {
                let ask = world.root.ask(operation.method.clone(), &world.path(&operation));
                let answer = ask.json(json!({ &field: odd })).send().await;
                assert_eq!(answer.status, 422, "{} {field}: {answer}", operation.id);
                expect_problem(&answer);
                tried += 1;
            }
        }
    }
    assert!(tried > 50, "{tried}");
    assert_eq!(world.state().await, before);
}

/// The names of the fields of an operation's body that have a shape of their own.
fn fields(document: &Value, operation: &OperationInfo) -> Vec<String> {
    let method = operation.method.as_str().to_lowercase();
    let schema =
        &document["paths"][operation.path][method]["requestBody"]["content"]["application/json"]["schema"];
    let schema = match schema["$ref"].as_str() {
        Some(name) => document.pointer(name.trim_start_matches('#')).unwrap(),
        None => schema,
    };
    let fields = schema["properties"].as_object().into_iter().flatten();
    let shaped = fields.filter(|(_, schema)| schema.get("type").is_some() || schema.get("$ref").is_some());
    shaped.map(|(name, _)| name.clone()).collect()
}
