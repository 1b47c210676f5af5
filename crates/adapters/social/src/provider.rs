//! The provider, as the rest of the program sees it.

#[cfg(test)]
mod tests;

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ports::http::HttpClient;
use ports::social::{
    AuthorizationRequest, CodeGrant, IdTokenGrant, SocialError, SocialProfile, SocialProvider,
};
use ring::digest::{SHA256, digest};
use url::Url;

use crate::claims::{self, Claims, Expected, Issued, Nonce};
use crate::code::{self, Tokens};
use crate::config::ProviderConfig;
use crate::credential::Place;
use crate::discovery::{Discovery, Metadata};
use crate::presets::{Authentication, OAuth2, OpenId, Protocol};
use crate::{ask, person};

/// How long everything together may take: nobody waits longer in front of a page.
const DEADLINE: Duration = Duration::from_secs(9);

/// A provider, set up.
pub struct Provider {
    config: ProviderConfig,
    http: Arc<dyn HttpClient>,
    discovery: Discovery,
}

impl Provider {
    /// A provider that is asked by way of `http`. Nothing is asked before somebody signs in.
    pub fn new(config: ProviderConfig, http: Arc<dyn HttpClient>) -> Self {
        let key_hosts = match config.preset.protocol {
            Protocol::OpenId(openid) => openid.key_hosts,
            Protocol::OAuth2(_) => &[],
        };
        Self {
            discovery: Discovery::new(Arc::clone(&http), config.issuer.clone(), key_hosts),
            config,
            http,
        }
    }

    async fn by_openid(&self, openid: OpenId, grant: &CodeGrant<'_>) -> Result<SocialProfile, SocialError> {
        let metadata = self.discovery.metadata().await?;
        check_sender(grant.iss, &self.config.issuer, metadata.sends_issuer)?;
        let place = self.place(metadata.takes_post_only);
        let tokens = code::redeem(&*self.http, &self.config, &metadata.token, place, grant).await?;
        let id_token = tokens.id_token.as_ref();
        let id_token = id_token.ok_or_else(|| SocialError::Failed("there is no ID token".to_owned()))?;
        let (algorithm, claims) = self.discovery.prove(id_token.expose()).await?;
        let expected = Expected {
            issuer: &self.config.issuer,
            clients: &[&self.config.client_id],
            nonce: if openid.returns_nonce {
                Nonce::Required(grant.nonce)
            } else {
                Nonce::IfPresent(grant.nonce)
            },
            issued: Issued::Now,
            now: grant.now,
        };
        claims::check(&claims, &expected)
            .and_then(|()| claims::check_access_token(&claims, algorithm, tokens.access_token.expose()))
            .map_err(refused)?;
        let claims = self.completed(claims, &metadata, &tokens).await?;
        person::of_claims(&self.config.issuer, &claims, openid)
    }

    /// Some tell the address at the userinfo endpoint only.
    async fn completed(
        &self,
        claims: Claims,
        metadata: &Metadata,
        tokens: &Tokens,
    ) -> Result<Claims, SocialError> {
        let wants_email = self.config.scopes.iter().any(|scope| scope == "email");
        let Some(url) = &metadata.userinfo else {
            return Ok(claims);
        };
        if claims.contains_key("email") || !wants_email {
            return Ok(claims);
        }
        let subject = claims::subject(&claims).map_err(refused)?.to_owned();
        let more = person::userinfo(&*self.http, url, &tokens.access_token, &subject).await?;
        // What was signed counts.
        let mut all = more;
        all.extend(claims);
        Ok(all)
    }

    async fn by_oauth(&self, api: &OAuth2, grant: &CodeGrant<'_>) -> Result<SocialProfile, SocialError> {
        check_sender(grant.iss, api.answers_as.unwrap_or(&self.config.issuer), false)?;
        let endpoint = endpoint(api.token)?;
        let place = self.place(false);
        let tokens = code::redeem(&*self.http, &self.config, &endpoint, place, grant).await?;
        let (issuer, scopes) = (&self.config.issuer, &self.config.scopes);
        person::of_api(&*self.http, issuer, api, scopes, &tokens.access_token).await
    }

    fn place(&self, takes_post_only: bool) -> Place {
        match self.config.preset.authentication {
            Authentication::Basic => Place::Header,
            Authentication::AsDiscovered if !takes_post_only => Place::Header,
            Authentication::AsDiscovered | Authentication::Post | Authentication::SignedSecret => Place::Form,
        }
    }

    fn asked_with(&self, mut url: Url, request: &AuthorizationRequest<'_>) -> Url {
        let preset = self.config.preset;
        let is_openid = matches!(preset.protocol, Protocol::OpenId(_));
        let mut query = url.query_pairs_mut();
        query
            .append_pair("response_type", "code")
            .append_pair("client_id", &self.config.client_id)
            .append_pair("redirect_uri", request.redirect_uri)
            .append_pair("scope", &self.config.scopes.join(" "))
            .append_pair("state", request.state);
        if is_openid {
            query.append_pair("nonce", request.nonce);
        }
        if preset.sends_challenge {
            let hash = digest(&SHA256, request.code_verifier.as_bytes());
            query
                .append_pair("code_challenge", &URL_SAFE_NO_PAD.encode(hash))
                .append_pair("code_challenge_method", "S256");
        }
        // Who asks for nothing about the person is answered by the address, as everywhere.
        let asks_for_more = self.config.scopes.iter().any(|scope| scope != "openid");
        if let Some(mode) = preset.response_mode.filter(|_| asks_for_more) {
            query.append_pair("response_mode", mode);
        }
        if let Some(hint) = request.login_hint.filter(|_| is_openid) {
            query.append_pair("login_hint", hint);
        }
        drop(query);
        url
    }
}

#[async_trait]
impl SocialProvider for Provider {
    fn id(&self) -> &str {
        &self.config.id
    }

    fn name(&self) -> &str {
        &self.config.name
    }

    fn issuer(&self) -> &str {
        &self.config.issuer
    }

    fn is_authoritative_for(&self, domain: &str) -> bool {
        self.config.link_domains.iter().any(|own| own == domain)
    }

    fn takes_id_tokens(&self) -> bool {
        // Without a nonce, a token that was seen once can be handed in again.
        matches!(self.config.preset.protocol, Protocol::OpenId(openid) if openid.returns_nonce)
    }

    async fn authorization_url(&self, request: &AuthorizationRequest<'_>) -> Result<Url, SocialError> {
        let endpoint = match self.config.preset.protocol {
            Protocol::OpenId(_) => within(self.discovery.metadata()).await?.authorization.clone(),
            Protocol::OAuth2(api) => endpoint(api.authorization)?,
        };
        Ok(self.asked_with(endpoint, request))
    }

    async fn exchange(&self, grant: &CodeGrant<'_>) -> Result<SocialProfile, SocialError> {
        match &self.config.preset.protocol {
            Protocol::OpenId(openid) => within(self.by_openid(*openid, grant)).await,
            Protocol::OAuth2(api) => within(self.by_oauth(api, grant)).await,
        }
    }

    async fn verify_id_token(&self, grant: &IdTokenGrant<'_>) -> Result<SocialProfile, SocialError> {
        let openid = match self.config.preset.protocol {
            Protocol::OpenId(openid) if openid.returns_nonce => openid,
            _ => return Err(refused("this provider gives no ID tokens to apps")),
        };
        let (_, claims) = within(self.discovery.prove(grant.id_token.expose())).await?;
        let apps = self.config.app_client_ids.iter().map(String::as_str);
        let clients: Vec<&str> = apps.chain([self.config.client_id.as_str()]).collect();
        let expected = Expected {
            issuer: &self.config.issuer,
            clients: &clients,
            nonce: Nonce::Required(grant.nonce),
            issued: Issued::BeforeExpiry,
            now: grant.now,
        };
        claims::check(&claims, &expected).map_err(refused)?;
        person::of_claims(&self.config.issuer, &claims, openid)
    }
}

/// That the code comes from the provider that the person was sent to (RFC 9207).
fn check_sender(said: Option<&str>, issuer: &str, is_needed: bool) -> Result<(), SocialError> {
    match said {
        Some(said) if said == issuer => Ok(()),
        Some(said) => Err(SocialError::MixedUp(format!(
            "the code comes from {}",
            ask::plain(said)
        ))),
        None if is_needed => Err(SocialError::MixedUp(
            "the code does not say where it comes from".to_owned(),
        )),
        None => Ok(()),
    }
}

async fn within<T>(work: impl Future<Output = Result<T, SocialError>>) -> Result<T, SocialError> {
    let late = || SocialError::Failed("it took too long".to_owned());
    tokio::time::timeout(DEADLINE, work).await.map_err(|_| late())?
}

fn endpoint(url: &str) -> Result<Url, SocialError> {
    Url::parse(url).map_err(|_| SocialError::Misconfigured(format!("{url} is no URL")))
}

fn refused(problem: &str) -> SocialError {
    SocialError::Refused(problem.to_owned())
}
