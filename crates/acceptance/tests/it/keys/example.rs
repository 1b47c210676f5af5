//! The example for other services, as its README runs it.

use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use mainstay_acceptance::{Person, TestApp, python};
use serde_json::json;

use super::key_of;

/// The example while it runs.
struct Example {
    process: Child,
    base: String,
}

impl Example {
    /// `None` where the tools are not installed.
    fn start(app: &TestApp, key: &Person) -> Option<Self> {
        let program =
            Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples/verify-token-python/verify_token.py");
        let mut process = Command::new(python()?)
            .arg(program)
            .args([&format!("http://{}", app.address()), "--port", "0"])
            .env("MAINSTAY_API_KEY", key.access_token.as_ref().unwrap())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = String::new();
        let mut lines = BufReader::new(process.stdout.take().unwrap());
        lines.read_line(&mut line).unwrap();
        let base = line.trim().strip_prefix("listening on ").unwrap().to_owned();
        Some(Self { process, base })
    }

    async fn status(&self, door: &str, token: &str) -> u16 {
        let request = reqwest::Client::new().get(format!("{}{door}", self.base));
        request.bearer_auth(token).send().await.unwrap().status().as_u16()
    }
}

impl Drop for Example {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn another_service_lets_in_who_is_signed_in() {
    let app = TestApp::start().await;
    let (ada, organization) = app.owner("ada").await;
    let bob = app.member("bob", &ada, &organization, "member").await;
    let (_, key) = key_of(&ada, &organization, &["tokens:introspect"]).await;
    let Some(example) = Example::start(&app, &key) else {
        return;
    };
    let token = bob.access_token.clone().unwrap();
    let stranger = app.person("eve").await.access_token.unwrap();
    let (start, end) = token.split_at(token.len() - 10);
    let forged = format!("{start}{}", end.chars().rev().collect::<String>());
    for (door, token, status) in [
        ("/offline", token.as_str(), 200),
        ("/now", &token, 200),
        ("/offline", &stranger, 200),
        ("/now", &stranger, 401),
        ("/offline", &forged, 401),
        ("/now", &forged, 401),
        ("/offline", &bob.refresh_token, 401),
        ("/now", key.access_token.as_ref().unwrap(), 401),
    ] {
        assert_eq!(example.status(door, token).await, status, "{door} {token}");
    }
    bob.post("/auth/logout", json!({ "refresh_token": bob.refresh_token }))
        .await
        .expect(204);
    assert_eq!(example.status("/offline", &token).await, 200);
    assert_eq!(example.status("/now", &token).await, 401);
    ada.get("/users/me").await.expect(200);
}
