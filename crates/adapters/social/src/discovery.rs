//! What an OpenID provider says of itself (OpenID Connect Discovery 1.0), and its keys. Both are remembered
//! as long as the provider says, within bounds. What can't be fetched anew is not used any longer: a key
//! that was taken back must not live on because its provider is down.

mod remembered;

use std::sync::Arc;
use std::time::Duration;

use ports::http::HttpClient;
use ports::social::SocialError;
use serde_json::{Map, Value};
use url::Url;

use crate::ask;
use crate::claims::Claims;
use crate::config::is_safe;
use crate::discovery::remembered::{Fetched, Remembered};
use crate::jose::{Algorithm, Jws, KeySet, Unproven, json};

/// A key that nobody knows is looked for this often at most: anybody can send tokens that name one.
const LOOK_AGAIN: Duration = Duration::from_mins(1);

/// An OpenID provider.
pub(crate) struct Discovery {
    http: Arc<dyn HttpClient>,
    issuer: String,
    key_hosts: &'static [&'static str],
    metadata: Remembered<Metadata>,
    keys: Remembered<KeySet>,
}

/// What it says of itself, as far as it is needed, checked.
#[derive(Debug)]
pub(crate) struct Metadata {
    pub(crate) authorization: Url,
    pub(crate) token: Url,
    pub(crate) userinfo: Option<Url>,
    keys: Url,
    algorithms: Vec<Algorithm>,
    /// Whether it takes a secret in the body of a request only.
    pub(crate) takes_post_only: bool,
    /// Whether it names itself beside each code (RFC 9207).
    pub(crate) sends_issuer: bool,
}

impl Discovery {
    pub(crate) fn new(http: Arc<dyn HttpClient>, issuer: String, key_hosts: &'static [&'static str]) -> Self {
        Self {
            http,
            issuer,
            key_hosts,
            metadata: Remembered::default(),
            keys: Remembered::default(),
        }
    }

    pub(crate) async fn metadata(&self) -> Result<Arc<Metadata>, SocialError> {
        self.metadata.get(|| self.fetch_metadata()).await
    }

    /// What a token says, once a key of the provider has proven it. A key that is unknown may be a new one,
    /// so the keys are fetched once more, now and then.
    pub(crate) async fn prove(&self, token: &str) -> Result<(Algorithm, Claims), SocialError> {
        let refused = |problem: &str| SocialError::Refused(problem.to_owned());
        let metadata = self.metadata().await?;
        let token = Jws::parse(token).map_err(refused)?;
        if !metadata.algorithms.contains(&token.algorithm) {
            return Err(refused("the provider does not sign with this algorithm"));
        }
        let fetch = || self.fetch_keys(&metadata.keys);
        let keys = self.keys.get(fetch).await?;
        let mut proven = keys.prove(&token);
        if proven == Err(Unproven::UnknownKey) {
            let keys = self.keys.get_newer(LOOK_AGAIN, fetch).await?;
            proven = keys.prove(&token);
        }
        match proven {
            Ok(()) => Ok((token.algorithm, token.into_payload())),
            Err(Unproven::UnknownKey) => Err(refused("no key of the provider has this id")),
            Err(Unproven::WrongSignature) => Err(refused("the token's signature does not hold")),
        }
    }

    async fn fetch_metadata(&self) -> Result<Fetched<Metadata>, SocialError> {
        let text = format!(
            "{}/.well-known/openid-configuration",
            self.issuer.trim_end_matches('/')
        );
        let url = Url::parse(&text).map_err(|_| SocialError::Misconfigured(format!("{text} is no URL")))?;
        let answer = ask::get(&*self.http, &url, Vec::new()).await?;
        let document = json::object(&answer.body);
        let read = document
            .ok_or("it is no JSON object")
            .and_then(|document| self.read(&document));
        match read {
            Ok(metadata) => Ok(Fetched {
                value: metadata,
                max_age: answer.max_age,
            }),
            Err(problem) => Err(SocialError::Refused(format!("{}: {problem}", ask::place(&url)))),
        }
    }

    async fn fetch_keys(&self, url: &Url) -> Result<Fetched<KeySet>, SocialError> {
        let answer = ask::get(&*self.http, url, Vec::new()).await?;
        let keys = KeySet::read(&answer.body)
            .ok_or_else(|| SocialError::Failed(format!("{} holds no keys", ask::place(url))))?;
        Ok(Fetched {
            value: keys,
            max_age: answer.max_age,
        })
    }

    fn read(&self, document: &Map<String, Value>) -> Result<Metadata, &'static str> {
        let text = |name: &str| document.get(name).and_then(Value::as_str);
        if text("issuer") != Some(&self.issuer) {
            return Err("issuer is another than the one that was set");
        }
        let issuer = Url::parse(&self.issuer).map_err(|_| "issuer is no URL")?;
        // Over an unprotected line nothing is sent, but to a provider on this machine as a whole.
        let endpoint = |name: &str| {
            let url = Url::parse(text(name)?).ok()?;
            (is_safe(&url) && (url.scheme() == "https" || issuer.scheme() == "http")).then_some(url)
        };
        let keys = endpoint("jwks_uri").ok_or("jwks_uri is no https URL")?;
        let is_own =
            keys.host() == issuer.host() && keys.port_or_known_default() == issuer.port_or_known_default();
        let is_listed = keys.scheme() == "https"
            && keys.port().is_none()
            && keys.host_str().is_some_and(|host| self.key_hosts.contains(&host));
        if !is_own && !is_listed {
            return Err("jwks_uri is on another host than the issuer");
        }
        let has_userinfo = document.contains_key("userinfo_endpoint");
        let userinfo = endpoint("userinfo_endpoint");
        if has_userinfo && userinfo.is_none() {
            return Err("userinfo_endpoint is no https URL");
        }
        Ok(Metadata {
            authorization: endpoint("authorization_endpoint")
                .ok_or("authorization_endpoint is no https URL")?,
            token: endpoint("token_endpoint").ok_or("token_endpoint is no https URL")?,
            userinfo,
            keys,
            algorithms: algorithms(document)?,
            takes_post_only: takes_post_only(document),
            sends_issuer: document.get("authorization_response_iss_parameter_supported")
                == Some(&Value::Bool(true)),
        })
    }
}

/// Those that both sides know.
fn algorithms(document: &Map<String, Value>) -> Result<Vec<Algorithm>, &'static str> {
    let named = texts(document, "id_token_signing_alg_values_supported");
    if named.contains(&"none") {
        return Err("ID tokens may be unsigned");
    }
    let known: Vec<Algorithm> = named.into_iter().filter_map(Algorithm::of_name).collect();
    if known.is_empty() {
        return Err("ID tokens are signed with none of RS256, ES256 and EdDSA");
    }
    Ok(known)
}

/// Without a word on it, a provider takes `client_secret_basic`.
fn takes_post_only(document: &Map<String, Value>) -> bool {
    let methods = texts(document, "token_endpoint_auth_methods_supported");
    methods.contains(&"client_secret_post") && !methods.contains(&"client_secret_basic")
}

fn texts<'a>(document: &'a Map<String, Value>, name: &str) -> Vec<&'a str> {
    let items = document.get(name).and_then(Value::as_array);
    items.into_iter().flatten().filter_map(Value::as_str).collect()
}
