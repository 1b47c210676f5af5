//! Against providers that answer what they are told to, honest and other.

mod discovery;
mod exchange;
mod id_token;
mod oauth;
mod setup;
mod signer;

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use kernel::{Secret, Timestamp};
use ports::http::{HttpError, HttpRequest, HttpResponse};
use serde_json::{Value, json};
use url::form_urlencoded;

use self::signer::Signer;
use super::*;
use crate::config::ProviderSettings;

const ISSUER: &str = "https://id.example.com/main";
const REDIRECT: &str = "https://app.example.com/auth/social/acme/callback";

/// What one address answers.
#[derive(Clone)]
enum Answer {
    Json(u16, Value),
    Text(u16, &'static str, String),
    TimedOut,
    TooLong,
    Never,
}

/// A provider, and everybody else that might be asked.
#[derive(Default)]
struct World {
    answers: Mutex<BTreeMap<String, Answer>>,
    asked: Mutex<Vec<HttpRequest>>,
}

impl World {
    /// An OpenID provider with the keys of `signers`.
    fn new(signers: &[&Signer]) -> Arc<Self> {
        let world = Arc::new(Self::default());
        world.publish(signers);
        world.say(
            &format!("{ISSUER}/.well-known/openid-configuration"),
            Answer::Json(200, metadata()),
        );
        world
    }

    fn say(&self, url: &str, answer: Answer) {
        let mut answers = self.answers.lock().unwrap_or_else(PoisonError::into_inner);
        answers.insert(url.to_owned(), answer);
    }

    fn publish(&self, signers: &[&Signer]) {
        let keys: Vec<Value> = signers.iter().map(|signer| signer.jwk()).collect();
        self.say(
            &format!("{ISSUER}/keys"),
            Answer::Json(200, json!({ "keys": keys })),
        );
    }

    /// The token endpoint hands out `id_token`.
    fn hand_out(&self, id_token: &str) {
        let tokens = json!({ "access_token": "access", "token_type": "Bearer", "id_token": id_token });
        self.say(&format!("{ISSUER}/token"), Answer::Json(200, tokens));
    }

    /// How often `url` was asked.
    fn count(&self, url: &str) -> usize {
        let asked = self.asked.lock().unwrap_or_else(PoisonError::into_inner);
        asked.iter().filter(|request| request.url.as_str() == url).count()
    }

    /// The last request to `url`.
    fn last(&self, url: &str) -> HttpRequest {
        let asked = self.asked.lock().unwrap_or_else(PoisonError::into_inner);
        let mut requests = asked.iter().rev();
        requests
            .find(|request| request.url.as_str() == url)
            .unwrap()
            .clone()
    }

    fn hosts(&self) -> Vec<String> {
        let asked = self.asked.lock().unwrap_or_else(PoisonError::into_inner);
        let hosts = asked.iter().filter_map(|request| request.url.host_str());
        hosts.map(str::to_owned).collect()
    }
}

#[async_trait]
impl HttpClient for World {
    async fn send(&self, request: HttpRequest) -> Result<HttpResponse, HttpError> {
        let answer = {
            let answers = self.answers.lock().unwrap_or_else(PoisonError::into_inner);
            answers.get(request.url.as_str()).cloned()
        };
        self.asked
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push(request);
        let (status, kind, body) = match answer {
            Some(Answer::Json(status, body)) => (status, "application/json", body.to_string()),
            Some(Answer::Text(status, kind, body)) => (status, kind, body),
            Some(Answer::TimedOut) => return Err(HttpError::TimedOut),
            Some(Answer::TooLong) => return Err(HttpError::TooLong),
            Some(Answer::Never) => std::future::pending().await,
            None => (404, "application/json", "{}".to_owned()),
        };
        Ok(HttpResponse {
            status,
            content_type: Some(kind.to_owned()),
            max_age: None,
            headers: Vec::new(),
            body: body.into_bytes(),
        })
    }
}

fn metadata() -> Value {
    json!({
        "issuer": ISSUER,
        "authorization_endpoint": format!("{ISSUER}/authorize"),
        "token_endpoint": format!("{ISSUER}/token"),
        "userinfo_endpoint": format!("{ISSUER}/userinfo"),
        "jwks_uri": format!("{ISSUER}/keys"),
        "id_token_signing_alg_values_supported": ["RS256", "ES256", "EdDSA", "HS256"],
    })
}

fn now() -> Timestamp {
    "2026-01-02T03:04:05Z".parse().unwrap()
}

/// What an honest ID token says.
fn claims() -> Value {
    json!({
        "iss": ISSUER,
        "aud": "client",
        "sub": "account-1",
        "iat": now().unix_seconds(),
        "exp": now().unix_seconds() + 300,
        "nonce": "nonce",
        "email": "Ada@Example.com",
        "email_verified": true,
        "name": "Ada Lovelace",
    })
}

/// The same, but `name` is `value`; `null` takes it away.
fn claims_with(changes: &[(&str, Value)]) -> Value {
    let mut claims = claims();
    for (name, value) in changes {
        let claims = claims.as_object_mut().unwrap();
        match value {
            Value::Null => drop(claims.remove(*name)),
            value => drop(claims.insert((*name).to_owned(), value.clone())),
        }
    }
    claims
}

fn settings(id: &str) -> ProviderSettings {
    ProviderSettings {
        id: id.to_owned(),
        client_id: Some("client".to_owned()),
        client_secret: Some(Secret::new("s3cret & more".to_owned())),
        ..ProviderSettings::default()
    }
}

fn acme(world: &Arc<World>) -> Provider {
    let settings = ProviderSettings {
        issuer: Some(ISSUER.to_owned()),
        app_client_ids: vec!["app".to_owned()],
        ..settings("acme")
    };
    provider(settings, world)
}

fn provider(settings: ProviderSettings, world: &Arc<World>) -> Provider {
    let http: Arc<dyn HttpClient> = world.clone();
    Provider::new(ProviderConfig::new(settings).unwrap(), http)
}

fn grant() -> CodeGrant<'static> {
    CodeGrant {
        code: "code",
        nonce: "nonce",
        code_verifier: "verifier",
        redirect_uri: REDIRECT,
        iss: None,
        now: now(),
    }
}

fn request() -> AuthorizationRequest<'static> {
    AuthorizationRequest {
        state: "state",
        nonce: "nonce",
        code_verifier: "verifier",
        redirect_uri: REDIRECT,
        login_hint: Some("ada@example.com"),
    }
}

/// The form of a request, by name.
fn form(request: &HttpRequest) -> BTreeMap<String, String> {
    form_urlencoded::parse(&request.body).into_owned().collect()
}

fn header<'a>(request: &'a HttpRequest, name: &str) -> Option<&'a str> {
    let found = request.headers.iter().find(|(header, _)| *header == name);
    found.map(|(_, value)| value.as_str())
}
