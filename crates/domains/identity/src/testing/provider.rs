//! A provider that says what its codes say.

use async_trait::async_trait;
use ports::social::{
    AuthorizationRequest, CodeGrant, IdTokenGrant, SocialError, SocialProfile, SocialProvider,
};
use std::collections::HashMap;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};
use url::Url;

/// Its codes and ID tokens are `subject address`, with `unconfirmed` behind them perhaps, or the name of a
/// failure.
pub(crate) struct FakeProvider {
    id: &'static str,
    issuer: String,
    authority: Option<&'static str>,
    /// The verifiers and addresses that ways were begun with, by their nonces.
    begun: Mutex<HashMap<String, (String, String)>>,
    exchanges: AtomicU32,
}

impl FakeProvider {
    pub(crate) fn new(id: &'static str) -> Arc<Self> {
        Self::with_authority(id, None)
    }

    /// One that gives out the addresses of a domain.
    pub(crate) fn with_authority(id: &'static str, authority: Option<&'static str>) -> Arc<Self> {
        Arc::new(Self {
            id,
            issuer: format!("https://{id}.test"),
            authority,
            begun: Mutex::default(),
            exchanges: AtomicU32::new(0),
        })
    }

    /// How often it was asked about a code.
    pub(crate) fn exchanges(&self) -> u32 {
        self.exchanges.load(Ordering::Relaxed)
    }

    fn profile(&self, code: &str) -> Result<SocialProfile, SocialError> {
        let failure = String::from("as it was asked to");
        let mut words = code.split(' ');
        let subject = match words.next().unwrap() {
            "mixed_up" => return Err(SocialError::MixedUp(failure)),
            "refused" => return Err(SocialError::Refused(failure)),
            "denied" => return Err(SocialError::Denied(failure)),
            "failed" => return Err(SocialError::Failed(failure)),
            subject => subject.to_owned(),
        };
        Ok(SocialProfile {
            issuer: self.issuer.clone(),
            subject,
            email: words.next().map(|email| email.parse().unwrap()),
            is_email_verified: words.next() != Some("unconfirmed"),
            name: Some(String::from("Ada Lovelace")),
        })
    }
}

#[async_trait]
impl SocialProvider for FakeProvider {
    fn id(&self) -> &str {
        self.id
    }

    fn name(&self) -> &str {
        self.id
    }

    fn issuer(&self) -> &str {
        &self.issuer
    }

    fn is_authoritative_for(&self, domain: &str) -> bool {
        self.authority == Some(domain)
    }

    fn takes_id_tokens(&self) -> bool {
        self.id != "plain"
    }

    async fn authorization_url(&self, request: &AuthorizationRequest<'_>) -> Result<Url, SocialError> {
        let way = (request.code_verifier.to_owned(), request.redirect_uri.to_owned());
        self.begun.lock().unwrap().insert(request.nonce.to_owned(), way);
        let mut url: Url = format!("{}/authorize", self.issuer).parse().unwrap();
        url.query_pairs_mut()
            .append_pair("state", request.state)
            .append_pair("redirect_uri", request.redirect_uri);
        Ok(url)
    }

    async fn exchange(&self, grant: &CodeGrant<'_>) -> Result<SocialProfile, SocialError> {
        self.exchanges.fetch_add(1, Ordering::Relaxed);
        let way = (grant.code_verifier.to_owned(), grant.redirect_uri.to_owned());
        assert_eq!(self.begun.lock().unwrap().get(grant.nonce), Some(&way));
        self.profile(grant.code)
    }

    async fn verify_id_token(&self, grant: &IdTokenGrant<'_>) -> Result<SocialProfile, SocialError> {
        self.profile(grant.id_token.expose())
    }
}
