//! A provider as the operator has set it up: a preset and what only the operator can know.

use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use kernel::Secret;
use ports::http::is_loopback;
use ring::rand::SystemRandom;
use ring::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair};
use url::{Host, Url};

use crate::presets::{Authentication, Issuer, Preset, Protocol};

/// The longest id of a provider.
const MAX_ID: usize = 32;

/// What the operator says.
#[derive(Debug, Clone, Default)]
pub struct ProviderSettings {
    /// Which provider: one with a preset, or any name for an OpenID provider.
    pub id: String,
    /// As people know it.
    pub name: Option<String>,
    /// Who says so.
    pub issuer: Option<String>,
    /// What the provider calls us.
    pub client_id: Option<String>,
    /// The secret that the provider gave us.
    pub client_secret: Option<Secret<String>>,
    /// What the provider calls our apps, which get ID tokens by themselves.
    pub app_client_ids: Vec<String>,
    /// What is asked for, where that is not the usual.
    pub scopes: Vec<String>,
    /// Domains whose addresses the provider itself gives out.
    pub link_domains: Vec<String>,
    /// Apple: the team.
    pub team_id: Option<String>,
    /// Apple: the name of the key.
    pub key_id: Option<String>,
    /// Apple: the key, in PEM.
    pub private_key: Option<Secret<String>>,
}

/// A provider that can be asked.
#[derive(Debug, Clone)]
pub struct ProviderConfig {
    pub(crate) id: String,
    pub(crate) name: String,
    /// As pinned, to the letter.
    pub(crate) issuer: String,
    pub(crate) preset: &'static Preset,
    pub(crate) client_id: String,
    pub(crate) credential: Credential,
    pub(crate) app_client_ids: Vec<String>,
    pub(crate) scopes: Vec<String>,
    pub(crate) link_domains: Vec<String>,
}

/// What we prove with who we are.
#[derive(Debug, Clone)]
pub enum Credential {
    /// A secret that both sides know.
    Secret(Secret<String>),
    /// A key that signs secrets which hold for minutes.
    SigningKey(AppleKey),
}

/// A key as Apple gives it out.
#[derive(Debug, Clone)]
pub struct AppleKey {
    pub(crate) team_id: String,
    pub(crate) key_id: String,
    pub(crate) key: Arc<EcdsaKeyPair>,
}

/// What the operator said can't work.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{problem}")]
pub struct SetupError {
    /// Which of the settings, by the name of its field.
    pub setting: &'static str,
    /// What is wrong.
    pub problem: String,
    /// A value that would do.
    pub example: &'static str,
}

impl SetupError {
    fn new(setting: &'static str, problem: impl Into<String>, example: &'static str) -> Self {
        Self {
            setting,
            problem: problem.into(),
            example,
        }
    }
}

impl ProviderConfig {
    /// Checks what the operator said.
    ///
    /// # Errors
    /// The first setting that can't work.
    pub fn new(said: ProviderSettings) -> Result<Self, SetupError> {
        if !is_id(&said.id) {
            let problem = "a provider's name is a small letter, then small letters and digits";
            return Err(SetupError::new("id", problem, "google"));
        }
        let preset = Preset::find(&said.id);
        let credential = credential(preset, &said)?;
        let name = match (said.name, preset.name) {
            (Some(name), _) if name.chars().count() > 60 || name.chars().any(char::is_control) => {
                return Err(SetupError::new(
                    "name",
                    "at most 60 characters are expected",
                    "Acme",
                ));
            }
            (Some(name), _) => name,
            (None, "") => said.id.clone(),
            (None, name) => name.to_owned(),
        };
        let client_id = said.client_id.ok_or_else(|| {
            SetupError::new(
                "client_id",
                "this is needed",
                "what the provider calls the application",
            )
        })?;
        let scopes = match said.scopes {
            scopes if scopes.is_empty() => preset.scopes.iter().map(|scope| (*scope).to_owned()).collect(),
            scopes => scopes,
        };
        let is_openid = matches!(preset.protocol, Protocol::OpenId(_));
        if is_openid && !scopes.iter().any(|scope| scope == "openid") {
            return Err(SetupError::new(
                "scopes",
                "openid has to be among them",
                "openid, email",
            ));
        }
        Ok(Self {
            issuer: issuer(preset, said.issuer)?,
            link_domains: said
                .link_domains
                .iter()
                .map(|domain| ascii(domain))
                .collect::<Result<_, _>>()?,
            id: said.id,
            name,
            preset,
            client_id,
            credential,
            app_client_ids: said.app_client_ids,
            scopes,
        })
    }
}

/// Ids stand in addresses and in the names of variables.
fn is_id(id: &str) -> bool {
    let mut letters = id.bytes();
    id.len() <= MAX_ID
        && letters.next().is_some_and(|letter| letter.is_ascii_lowercase())
        && letters.all(|letter| letter.is_ascii_lowercase() || letter.is_ascii_digit())
}

fn issuer(preset: &Preset, said: Option<String>) -> Result<String, SetupError> {
    match (preset.issuer, said) {
        (Issuer::Fixed(issuer) | Issuer::Usual(issuer), None) => Ok(issuer.to_owned()),
        (Issuer::Fixed(issuer), Some(said)) if said == issuer => Ok(said),
        (Issuer::Fixed(issuer), Some(_)) => Err(SetupError::new(
            "issuer",
            format!("{} has one issuer, which is known", preset.name),
            issuer,
        )),
        (Issuer::Asked(example), None) => Err(SetupError::new("issuer", "this is needed", example)),
        (Issuer::Asked(example) | Issuer::Usual(example), Some(said)) => {
            let refused = |problem: &str| Err(SetupError::new("issuer", problem, example));
            let Some(url) = Url::parse(&said).ok().filter(is_safe) else {
                return refused("a URL that starts with https:// is expected");
            };
            let is_bare = url.query().is_none() && url.fragment().is_none();
            if !is_bare || !url.username().is_empty() || url.password().is_some() {
                return refused("only scheme, name and path are expected");
            }
            if preset.id == "microsoft" && !names_one_tenant(&url) {
                return refused("the issuer of one tenant is expected, by the tenant's id");
            }
            Ok(said)
        }
    }
}

/// Nobody listens in: TLS, or the same machine.
pub(crate) fn is_safe(url: &Url) -> bool {
    match url.scheme() {
        "https" => url.host().is_some(),
        "http" => is_loopback(url),
        _ => false,
    }
}

fn names_one_tenant(url: &Url) -> bool {
    let tenant = url.path_segments().and_then(|mut parts| parts.next());
    tenant.is_some_and(|tenant| {
        tenant.len() == 36
            && tenant
                .bytes()
                .all(|letter| letter.is_ascii_hexdigit() || letter == b'-')
    })
}

/// As addresses are compared: in ASCII and lower case.
fn ascii(domain: &str) -> Result<String, SetupError> {
    match Host::parse(domain.trim_start_matches('@')) {
        Ok(Host::Domain(name)) if name.contains('.') => Ok(name),
        _ => Err(SetupError::new(
            "link_domains",
            format!("{domain} is no domain of addresses"),
            "example.com",
        )),
    }
}

fn credential(preset: &Preset, said: &ProviderSettings) -> Result<Credential, SetupError> {
    let needed = |setting, example| SetupError::new(setting, "this is needed", example);
    if preset.authentication != Authentication::SignedSecret {
        for (setting, is_said) in [
            ("team_id", said.team_id.is_some()),
            ("key_id", said.key_id.is_some()),
            ("private_key", said.private_key.is_some()),
        ] {
            if is_said {
                return Err(SetupError::new(setting, "only Apple has this", "leave it out"));
            }
        }
        let secret = said.client_secret.clone();
        return secret
            .map(Credential::Secret)
            .ok_or_else(|| needed("client_secret", "what the provider gave with the client id"));
    }
    if said.client_secret.is_some() {
        let problem = "Apple's secret is made from team_id, key_id and private_key";
        return Err(SetupError::new("client_secret", problem, "leave it out"));
    }
    let pem = said.private_key.as_ref();
    let pem = pem.ok_or_else(|| needed("private_key", "the file AuthKey_….p8"))?;
    Ok(Credential::SigningKey(AppleKey {
        team_id: said
            .team_id
            .clone()
            .ok_or_else(|| needed("team_id", "DEF123GHIJ"))?,
        key_id: said
            .key_id
            .clone()
            .ok_or_else(|| needed("key_id", "ABC123DEFG"))?,
        key: Arc::new(private_key(pem)?),
    }))
}

fn private_key(pem: &Secret<String>) -> Result<EcdsaKeyPair, SetupError> {
    let refused = || {
        let problem = "a private key for P-256 in PEM (PKCS #8) is expected";
        SetupError::new("private_key", problem, "the file AuthKey_….p8")
    };
    let body = pem
        .expose()
        .trim()
        .strip_prefix("-----BEGIN PRIVATE KEY-----")
        .and_then(|rest| rest.strip_suffix("-----END PRIVATE KEY-----"))
        .ok_or_else(refused)?;
    // What stands on one line in a variable is often written with \n.
    let body = Secret::new(body.replace("\\n", ""));
    let body = Secret::new(body.expose().split_whitespace().collect::<String>());
    let der = Secret::new(STANDARD.decode(body.expose()).map_err(|_| refused())?);
    EcdsaKeyPair::from_pkcs8(
        &ECDSA_P256_SHA256_FIXED_SIGNING,
        der.expose(),
        &SystemRandom::new(),
    )
    .map_err(|_| refused())
}
