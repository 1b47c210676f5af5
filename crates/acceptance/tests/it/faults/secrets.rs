//! Nothing that opens a door is written where it does not belong: not in the log, not in the database.

use std::path::Path;

use mainstay_acceptance::{Program, Running};
use reqwest::{Client, Method};
use serde_json::{Value, json};

use super::program;

const PASSWORD: &str = "canary violet tandems to Porto";
const WRONG: &str = "canary password that is wrong";

struct Visitor<'a> {
    http: Client,
    server: &'a Running,
}

impl Visitor<'_> {
    async fn ask(&self, method: Method, path: &str, token: &str, body: Value) -> Value {
        let ask = self.http.request(method, format!("{}{path}", self.server.base));
        let answer = ask.bearer_auth(token).json(&body).send().await.unwrap();
        let text = answer.text().await.unwrap();
        serde_json::from_str(&text).unwrap_or_default()
    }

    async fn post(&self, path: &str, token: &str, body: Value) -> Value {
        self.ask(Method::POST, path, token, body).await
    }

    /// The newest mail to an address, and the token and code in it.
    async fn mail(&self, to: &str) -> Vec<String> {
        for _ in 0..200 {
            let list = self
                .ask(Method::GET, &format!("/dev/mailbox?to={to}"), "x", Value::Null)
                .await;
            if let Some(id) = list["data"][0]["id"].as_str() {
                let mail = self
                    .ask(Method::GET, &format!("/dev/mailbox/{id}"), "x", Value::Null)
                    .await;
                return secrets_in(mail["text"].as_str().unwrap());
            }
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        }
        panic!("no mail to {to}: {}", self.server.said());
    }
}

fn secrets_in(text: &str) -> Vec<String> {
    let words = text.split(|letter: char| !letter.is_ascii_alphanumeric() && letter != '_' && letter != '-');
    let is_secret = |word: &&str| {
        word.starts_with("ms_") || word.len() == 8 && word.bytes().all(|byte| byte.is_ascii_digit())
    };
    words.filter(is_secret).map(str::to_owned).collect()
}

/// Goes in, out and astray; answers what must not be found afterwards.
async fn visit(server: &Running) -> Vec<String> {
    let visitor = Visitor {
        http: Client::new(),
        server,
    };
    let person = json!({ "email": "ada@example.com", "password": PASSWORD });
    visitor.post("/auth/signup", "x", person.clone()).await;
    let mut secrets = visitor.mail("ada@example.com").await;
    let code = secrets
        .iter()
        .find(|secret| !secret.starts_with("ms_"))
        .unwrap()
        .clone();
    visitor
        .post(
            "/auth/verify-email",
            "x",
            json!({ "email": "ada@example.com", "code": code }),
        )
        .await;
    visitor
        .post(
            "/auth/login",
            "x",
            json!({ "email": "ada@example.com", "password": WRONG }),
        )
        .await;
    let held = visitor.post("/auth/login", "x", person).await;
    let (access, refresh) = (
        held["access_token"].as_str().unwrap(),
        held["refresh_token"].as_str().unwrap(),
    );
    let next = visitor
        .post("/auth/refresh", "x", json!({ "refresh_token": refresh }))
        .await;
    let made = visitor
        .post("/organizations", access, json!({ "name": "Acme" }))
        .await;
    let invites = format!("/organizations/{}/invites", made["id"].as_str().unwrap());
    visitor
        .post(
            &invites,
            access,
            json!({ "email": "bob@example.com", "role": "member" }),
        )
        .await;
    let invite = visitor.mail("bob@example.com").await;
    visitor
        .ask(
            Method::GET,
            &format!("/accept-invite?token={}", invite[0]),
            "x",
            Value::Null,
        )
        .await;
    visitor
        .post(
            "/auth/login",
            "x",
            json!({ "email": WRONG, "password": [PASSWORD], PASSWORD: WRONG }),
        )
        .await;
    visitor
        .post("/auth/refresh", &invite[0], json!({ "refresh_token": access }))
        .await;
    secrets.extend(invite);
    secrets.extend([PASSWORD, WRONG, access, refresh].map(str::to_owned));
    secrets.push(next["refresh_token"].as_str().unwrap().to_owned());
    // The signature alone would do as well.
    secrets.push(access.rsplit('.').next().unwrap().to_owned());
    secrets
}

fn files(folder: &Path) -> Vec<std::path::PathBuf> {
    let entries = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path());
    entries
        .flat_map(|path| if path.is_dir() { files(&path) } else { vec![path] })
        .collect()
}

fn contains(haystack: &[u8], needle: &str) -> bool {
    haystack
        .windows(needle.len())
        .any(|window| window == needle.as_bytes())
}

async fn log_of(program: &Program) -> (String, Vec<String>) {
    let mut server = program.serve(0).await;
    let secrets = visit(&server).await;
    server.terminate();
    assert!(server.ended().await.success());
    (server.said(), secrets)
}

#[tokio::test]
async fn secrets_are_neither_in_the_log_nor_in_the_database() {
    for format in ["human", "json"] {
        let program = program().await.set("MAINSTAY_CONFIRM_EMAIL", "yes");
        let program = program
            .set("MAINSTAY_LOG", "trace")
            .set("MAINSTAY_LOG_FORMAT", format);
        let (log, secrets) = log_of(&program).await;
        assert!(
            log.contains("/auth/login") && log.lines().count() > 20,
            "nothing is proven: {log}"
        );
        assert!(secrets.len() >= 9, "{secrets:?}");
        for secret in &secrets {
            let line = log.lines().find(|line| line.contains(secret.as_str()));
            assert!(line.is_none(), "{secret} is in the log: {line:?}");
        }
        if !program.is_embedded() {
            continue;
        }
        let files = files(program.data_dir());
        assert!(
            files.iter().any(|file| file.ends_with("mainstay.db")),
            "{files:?}"
        );
        let read: Vec<_> = files.iter().map(|file| std::fs::read(file).unwrap()).collect();
        assert!(
            read.iter().any(|bytes| contains(bytes, "ada@example.com")),
            "nothing is proven"
        );
        // Eight digits may be part of anything.
        for secret in secrets.iter().filter(|secret| secret.len() > 8) {
            let place = read.iter().position(|bytes| contains(bytes, secret));
            assert!(
                place.is_none(),
                "{secret} is in {:?}",
                place.map(|place| &files[place])
            );
        }
    }
}
