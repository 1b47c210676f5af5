//! Messages to browsers. The browser's half is played by libraries that are not ours; the push service by a server
//! here, because those of browser vendors can't be asked from a test.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use mainstay_acceptance::{Person, Setup, TestApp, ask_python};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

const PATH: &str = "/notifications/push/subscriptions";
/// The browser of RFC 8291, section 5.
const P256DH: &str =
    "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4";
const AUTH: &str = "BTBZMqHH6r4Tts7J_aSIgg";

/// What a push service was asked.
#[derive(Debug, Clone)]
struct Asked {
    path: String,
    headers: BTreeMap<String, String>,
    body: Vec<u8>,
}

/// A push service that answers as it is told.
struct PushService {
    address: SocketAddr,
    asked: Arc<Mutex<Vec<Asked>>>,
    answer: Arc<Mutex<String>>,
}

impl PushService {
    async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (asked, answer) = (Arc::default(), Arc::new(Mutex::new("201 Created\r\n".to_owned())));
        let (all, how) = (Arc::clone(&asked), Arc::clone(&answer));
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                serve(stream, &all, &how).await;
            }
        });
        Self {
            address,
            asked,
            answer,
        }
    }

    fn endpoint(&self, name: &str) -> String {
        format!("http://{}/{name}", self.address)
    }

    /// The status line, and further lines.
    fn answers(&self, answer: &str) {
        *self.answer.lock().unwrap() = format!("{answer}\r\n");
    }

    fn asked(&self) -> Vec<Asked> {
        std::mem::take(&mut *self.asked.lock().unwrap())
    }
}

async fn serve(mut stream: TcpStream, all: &Mutex<Vec<Asked>>, how: &Mutex<String>) {
    let (mut received, mut piece) = (Vec::new(), [0; 8192]);
    let asked = loop {
        let length = stream.read(&mut piece).await.unwrap();
        assert!(length > 0, "the request broke off");
        received.extend_from_slice(&piece[..length]);
        let Some(end) = received.windows(4).position(|four| four == b"\r\n\r\n") else {
            continue;
        };
        let head = std::str::from_utf8(&received[..end]).unwrap();
        let (line, rest) = head.split_once("\r\n").unwrap();
        let headers: BTreeMap<String, String> = rest
            .split("\r\n")
            .filter_map(|line| line.split_once(": "))
            .map(|(name, value)| (name.to_lowercase(), value.to_owned()))
            .collect();
        let body = &received[end + 4..];
        if body.len() == headers["content-length"].parse::<usize>().unwrap() {
            let path = line.split(' ').nth(1).unwrap().to_owned();
            break Asked {
                path,
                headers,
                body: body.to_vec(),
            };
        }
    };
    all.lock().unwrap().push(asked);
    let answer = how.lock().unwrap().clone();
    let answer = format!("HTTP/1.1 {answer}content-length: 0\r\nconnection: close\r\n\r\n");
    stream.write_all(answer.as_bytes()).await.unwrap();
}

async fn app() -> TestApp {
    TestApp::with(Setup::default().set("outbound_allow_private", "yes")).await
}

fn subscription(endpoint: &str) -> Value {
    json!({ "endpoint": endpoint, "keys": { "p256dh": P256DH, "auth": AUTH } })
}

async fn subscribe(person: &Person, endpoint: &str) -> String {
    person
        .post(PATH, subscription(endpoint))
        .await
        .expect(201)
        .at("/id")
}

async fn tell(owner: &Person, organization: &str, who: &Person, category: &str) -> Value {
    let body = json!({
        "user_ids": [who.id], "category": category, "title": "Grüße 🦀", "body": "x".repeat(2000),
        "link": "/news", "channels": ["in_app", "push"],
    });
    let path = format!("/organizations/{organization}/notifications");
    owner.post(&path, body).await.expect(202).json()
}

async fn endpoints(person: &Person) -> Vec<String> {
    let list = person.get(PATH).await.expect(200).json();
    let data = list["data"].as_array().unwrap().iter();
    data.map(|one| one["endpoint"].as_str().unwrap().to_owned())
        .collect()
}

#[tokio::test]
async fn only_the_browser_reads_the_message_and_the_service_knows_the_sender() {
    let Some(browser) = ask_python("push_receiver.py", &json!({})) else {
        return;
    };
    let (app, service) = (app().await, PushService::start().await);
    let (owner, acme) = app.owner("owner").await;
    let mia = app.member("mia", &owner, &acme, "member").await;
    let endpoint = service.endpoint("mia");
    let body = json!({
        "endpoint": endpoint, "keys": { "p256dh": browser["p256dh"], "auth": browser["auth"] },
    });
    mia.post(PATH, body).await.expect(201);
    let told = tell(&owner, &acme, &mia, "news").await;
    assert_eq!(told["pushed"], 1);
    app.work().await;
    let asked = service.asked();
    assert_eq!(asked.len(), 1);
    let asked = &asked[0];
    assert_eq!(asked.path, "/mia");
    for (name, value) in [
        ("content-encoding", "aes128gcm"),
        ("ttl", "259200"),
        ("urgency", "normal"),
    ] {
        assert_eq!(asked.headers[name], value);
    }
    assert_eq!(asked.headers["topic"].len(), 32);
    let audience = format!("http://{}", service.address);
    let read = ask_python(
        "push_receiver.py",
        &json!({
            "private": browser["private"], "auth": browser["auth"], "body": URL_SAFE_NO_PAD.encode(&asked.body),
            "authorization": asked.headers["authorization"], "audience": audience,
        }),
    );
    let read = read.unwrap();
    let plain: Value = serde_json::from_str(read["plain"].as_str().unwrap()).unwrap();
    assert_eq!(
        plain,
        json!({
            "id": told["notifications"][0]["id"], "category": "news", "title": "Grüße 🦀", "body": "x".repeat(2000),
            "link": "/news", "organization_id": acme,
        })
    );
    let key = mia.get("/notifications/push/key").await.expect(200).json();
    assert_eq!(read["key"], key["public_key"]);
    assert_eq!(
        read["claims"]["sub"].as_str().unwrap().trim_end_matches('/'),
        app.base
    );
    let list = mia.get(PATH).await.expect(200).json();
    assert!(list["data"][0]["last_used_at"].is_string(), "{list}");
}

#[tokio::test]
async fn what_a_push_service_answers_is_heeded() {
    let (app, service) = (app().await, PushService::start().await);
    let (owner, acme) = app.owner("owner").await;
    let mia = app.member("mia", &owner, &acme, "member").await;
    subscribe(&mia, &service.endpoint("mia")).await;
    service.answers("429 Too Many Requests\r\nretry-after: 7200");
    tell(&owner, &acme, &mia, "security").await;
    app.work().await;
    let first = service.asked();
    assert_eq!((first.len(), first[0].headers["urgency"].as_str()), (1, "high"));
    app.work().await;
    assert!(service.asked().is_empty(), "it waits for as long as it was told");
    assert_eq!(endpoints(&mia).await.len(), 1);
    for gone in ["410 Gone", "404 Not Found"] {
        service.answers(gone);
        subscribe(&mia, &service.endpoint("mia")).await;
        tell(&owner, &acme, &mia, "news").await;
        app.work().await;
        assert_eq!(service.asked().len(), 1);
        assert!(endpoints(&mia).await.is_empty(), "{gone}");
        assert_eq!(tell(&owner, &acme, &mia, "news").await["pushed"], 0);
    }
}

#[tokio::test]
async fn who_switched_it_off_gets_no_message() {
    let (app, service) = (app().await, PushService::start().await);
    let (owner, acme) = app.owner("owner").await;
    let mia = app.member("mia", &owner, &acme, "member").await;
    subscribe(&mia, &service.endpoint("mia")).await;
    let choice = json!({ "preferences": [{ "category": "news", "channel": "push", "is_enabled": false }] });
    mia.put("/notifications/preferences", choice).await.expect(200);
    let told = tell(&owner, &acme, &mia, "news").await;
    assert_eq!(
        (told["notifications"].as_array().unwrap().len(), &told["pushed"]),
        (1, &json!(0))
    );
    app.work().await;
    assert!(service.asked().is_empty());
}

#[tokio::test]
async fn a_browser_belongs_to_who_has_it_now() {
    let (app, service) = (app().await, PushService::start().await);
    let (ada, mia) = (app.person("ada").await, app.person("mia").await);
    let endpoint = service.endpoint("shared");
    let first = subscribe(&ada, &endpoint).await;
    assert_eq!(subscribe(&ada, &endpoint).await, first, "again is the same");
    let second = subscribe(&mia, &endpoint).await;
    assert_ne!(first, second);
    assert!(endpoints(&ada).await.is_empty());
    assert_eq!(endpoints(&mia).await, [endpoint]);
    ada.delete(&format!("{PATH}/{second}")).await.expect(404);
    mia.delete(&format!("{PATH}/{second}")).await.expect(204);
    mia.delete(&format!("{PATH}/{second}")).await.expect(404);
    assert!(endpoints(&mia).await.is_empty());
}

#[tokio::test]
async fn twenty_browsers_are_the_most_however_many_ask_at_once() {
    let (app, service) = (app().await, PushService::start().await);
    let ada = app.person("ada").await;
    for number in 0..18 {
        subscribe(&ada, &service.endpoint(&number.to_string())).await;
    }
    let answers = app
        .at_once(6, |number| {
            let (ada, endpoint) = (ada.clone(), service.endpoint(&format!("more{number}")));
            async move { ada.post(PATH, subscription(&endpoint)).await }
        })
        .await;
    let made = answers.iter().filter(|answer| answer.status == 201).count();
    assert_eq!(made, 2);
    let refused = answers.into_iter().find(|answer| answer.status != 201).unwrap();
    assert_eq!(refused.expect(409).json()["code"], "too_many_push_subscriptions");
    subscribe(&ada, &service.endpoint("0")).await;
    let page = ada.get(&format!("{PATH}?limit=15")).await.expect(200).json();
    let next = page["next_cursor"].as_str().unwrap();
    let rest = ada
        .get(&format!("{PATH}?limit=15&cursor={next}"))
        .await
        .expect(200)
        .json();
    assert_eq!(rest["data"].as_array().unwrap().len(), 5);
    assert!(rest["next_cursor"].is_null());
}

#[tokio::test]
async fn endpoints_and_keys_that_are_none_are_refused() {
    let app = TestApp::start().await;
    let ada = app.person("ada").await;
    let fine = "https://push.example.net/a";
    for wrong in [
        "http://push.example.net/a",
        "http://127.0.0.1/a",
        "https://me:secret@push.example.net/a",
        "https://push.example.net/#a",
        "javascript:alert(1)",
        "push.example.net",
        "//push.example.net",
    ] {
        let refused = ada.post(PATH, subscription(wrong)).await.expect(422);
        assert_eq!(refused.json()["errors"][0]["pointer"], "/endpoint", "{wrong}");
    }
    let mut wrong = subscription(fine);
    wrong["keys"]["p256dh"] = json!(P256DH.replace("BCV", "BCW"));
    let refused = ada.post(PATH, wrong).await.expect(422);
    assert_eq!(refused.json()["errors"][0]["pointer"], "/keys/p256dh");
    let mut wrong = subscription(fine);
    wrong["keys"]["auth"] = json!("AAAA");
    let refused = ada.post(PATH, wrong).await.expect(422);
    assert_eq!(refused.json()["errors"][0]["pointer"], "/keys/auth");
    ada.post(PATH, subscription(fine)).await.expect(201);
}

#[tokio::test]
async fn nobody_is_made_to_ask_our_own_network() {
    let app = TestApp::start().await;
    let (owner, acme) = app.owner("owner").await;
    let mia = app.member("mia", &owner, &acme, "member").await;
    subscribe(&mia, "https://127.0.0.1:9/a").await;
    subscribe(&mia, "https://[::1]:9/a").await;
    tell(&owner, &acme, &mia, "news").await;
    app.work().await;
    assert!(
        endpoints(&mia).await.is_empty(),
        "a message can never be delivered there"
    );
}

#[tokio::test]
async fn the_key_is_made_once_and_outlives_a_restart() {
    let mut app = TestApp::start().await;
    let ada = app.person("ada").await;
    let keys = app
        .at_once(8, |_| {
            let ada = ada.clone();
            async move {
                let key = ada.get("/notifications/push/key").await.expect(200);
                key.at("/public_key")
            }
        })
        .await;
    assert!(keys.iter().all(|key| *key == keys[0]), "{keys:?}");
    assert_eq!(URL_SAFE_NO_PAD.decode(&keys[0]).unwrap().len(), 65);
    app.restart().await;
    let again = ada
        .get("/notifications/push/key")
        .await
        .expect(200)
        .at("/public_key");
    assert_eq!(again, keys[0]);
}
