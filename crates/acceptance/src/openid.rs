//! OpenID providers that we did not write: a certified one, and one that lies.

use reqwest::Url;
use reqwest::header::LOCATION;
use serde_json::{Value, json};

use crate::tool::NodeScript;

/// What providers know the app by.
pub const CLIENT_ID: &str = "mainstay";
/// What the app shows them.
pub const CLIENT_SECRET: &str = "a secret of tests";

/// npm's oidc-provider. Anybody signs in there with any name: see `openid_provider.mjs`.
pub struct OpenIdProvider {
    /// Its issuer.
    pub issuer: String,
    script: NodeScript,
}

/// npm's oauth2-mock-server, turned hostile: see `hostile_provider.mjs`.
pub struct HostileProvider {
    /// Its issuer.
    pub issuer: String,
    script: NodeScript,
}

impl OpenIdProvider {
    /// Starts one. `None` where the tools are not installed, which in CI they are.
    pub fn start() -> Option<Self> {
        let mut script = NodeScript::start("openid_provider.mjs", &[])?;
        let issuer = script.line();
        Some(Self { issuer, script })
    }

    /// Tells it of the app, once, before anybody is sent to it.
    pub fn register(&mut self, redirect_uris: &[String]) {
        let client = json!({
            "client_id": CLIENT_ID,
            "client_secret": CLIENT_SECRET,
            "redirect_uris": redirect_uris,
        });
        assert_eq!(self.script.ask(&client.to_string()), "ready");
    }

    /// What a person does there: signs in, agrees, and is sent back. The address that they are sent to.
    pub async fn sign_in(&self, authorization_url: &str, name: &str) -> Url {
        let browser = reqwest::Client::builder().cookie_store(true);
        let browser = browser
            .redirect(reqwest::redirect::Policy::none())
            .build()
            .unwrap();
        let mut answer = browser.get(authorization_url).send().await.unwrap();
        for _ in 0..10 {
            let here = answer.url().clone();
            if let Some(place) = answer.headers().get(LOCATION) {
                let place = here.join(place.to_str().unwrap()).unwrap();
                if !place.as_str().starts_with(&self.issuer) {
                    return place;
                }
                answer = browser.get(place).send().await.unwrap();
                continue;
            }
            let page = answer.text().await.unwrap();
            let step = if page.contains("value=\"login\"") {
                "login"
            } else {
                "consent"
            };
            assert!(page.contains("method=\"post\""), "{here}: {page}");
            let fields = [("prompt", step), ("login", name), ("password", "anything")];
            answer = browser.post(here).form(&fields).send().await.unwrap();
        }
        panic!("{authorization_url} leads nowhere");
    }
}

impl HostileProvider {
    /// Starts one. `None` where the tools are not installed, which in CI they are.
    pub fn start() -> Option<Self> {
        let mut script = NodeScript::start("hostile_provider.mjs", &[])?;
        let issuer = script.line();
        Some(Self { issuer, script })
    }

    /// What is wrong with it from now on.
    pub fn misbehave(&mut self, fault: &str) {
        assert_eq!(self.script.ask(&json!({ "fault": fault }).to_string()), "ok");
    }

    /// Whom it speaks of from now on.
    pub fn speak_of(&mut self, claims: &Value) {
        assert_eq!(self.script.ask(&json!({ "claims": claims }).to_string()), "ok");
    }

    /// How often somebody followed it to where it redirects.
    pub fn hits(&mut self) -> u32 {
        self.script.ask(r#"{"hits": true}"#).parse().unwrap()
    }

    /// It signs everybody in without a question. The address that they are sent to.
    pub async fn sign_in(&self, authorization_url: &str) -> Url {
        let browser = reqwest::Client::builder();
        let browser = browser
            .redirect(reqwest::redirect::Policy::none())
            .build()
            .unwrap();
        let answer = browser.get(authorization_url).send().await.unwrap();
        let place = answer.headers()[LOCATION].to_str().unwrap();
        place.parse().unwrap()
    }
}
