//! Ways to a provider and back. Who is let in is in `entry`, linked accounts are in `linking`, ID tokens that
//! apps got by themselves in `id_token`.
//!
//! A way is bound to the provider, to what it was begun for and to who began it. The way back uses it up
//! before the provider is asked anything, so of many that come with the same code one is heard.

mod entry;
mod id_token;
mod linking;
mod refusal;

use std::ops::Deref;
use std::sync::Arc;
use std::time::Duration;

use crypto::{OpaqueToken, Sealer};
use db::{DbError, Tx};
use guard::Limit;
use kernel::{FieldError, RequestContext, Secret, Timestamp};
use ports::social::{AuthorizationRequest, CodeGrant, SocialProvider};
use url::Url;

use self::entry::Guest;
use super::model::{
    Arrived, Begun, Callback, Departed, Departure, FLOW_LIFETIME, Flow, FlowSecrets, Intent, Linker, Outcome,
    ProviderInfo, Reception, SocialAccount,
};
use super::store::{self, Claim, Marks};
use crate::admission::service::SignUpGate;
use crate::destination::Destination;
use crate::entrance::model::Entered;
use crate::entrance::service::Entrances;
use crate::error::IdentityError;
use crate::machinery::Machinery;
use crate::network;
use crate::password::service::Passwords;
use crate::session::model::SessionKind;
use crate::session::service::{Held, Sessions};
use crate::user::service::Users;

const STATE_PREFIX: &str = "ms_state";
const FLOW_PREFIX: &str = "ms_of";

/// How often ways are begun from one network, which may be that of a school.
const DEPARTURES: Limit = Limit {
    name: "social_departure",
    max: 60,
    window: Duration::from_mins(10),
};

/// How often one person begins to link an account: each that is linked is told by mail.
const LINKS: Limit = Limit {
    name: "social_link",
    max: 20,
    window: Duration::from_hours(1),
};

/// Signing in with accounts at providers, and linking them. Cheap to clone.
#[derive(Clone)]
pub struct SocialSignIns(Arc<Shared>);

/// What signing in with accounts at providers is made of.
pub struct SocialSignInsParts {
    /// The platform's machines.
    pub machinery: Machinery,
    /// Accounts.
    pub users: Users,
    /// Passwords.
    pub passwords: Passwords,
    /// Sessions.
    pub sessions: Sessions,
    /// The door behind every first factor.
    pub entrances: Entrances,
    /// Who may sign up.
    pub gate: SignUpGate,
    /// The providers, in the order in which people see them.
    pub providers: Vec<Arc<dyn SocialProvider>>,
}

/// The parts, and what is derived from them.
pub struct Shared {
    parts: SocialSignInsParts,
    sealer: Sealer,
}

impl Deref for SocialSignIns {
    type Target = SocialSignInsParts;

    fn deref(&self) -> &SocialSignInsParts {
        &self.0.parts
    }
}

impl SocialSignIns {
    /// Over these parts.
    pub fn new(parts: SocialSignInsParts) -> Self {
        let sealer = parts.machinery.master_key.sealer("way to a provider");
        Self(Arc::new(Shared { parts, sealer }))
    }

    /// The providers that people may choose from.
    pub fn providers(&self) -> Vec<ProviderInfo> {
        let providers = self.providers.iter();
        providers
            .map(|provider| ProviderInfo {
                id: provider.id().to_owned(),
                name: provider.name().to_owned(),
                takes_id_tokens: provider.takes_id_tokens(),
            })
            .collect()
    }

    /// Where the person is sent in the end, when people may be sent there; `pointer` is its field.
    pub fn destination(&self, text: &str, pointer: &'static str) -> Result<Destination, IdentityError> {
        Destination::require(text, pointer, &self.machinery.config).map_err(IdentityError::invalid)
    }

    /// An app's own page for the way back; `pointer` is its field.
    pub fn callback(&self, text: &str, pointer: &'static str) -> Result<Url, IdentityError> {
        let url = match self.destination(text, pointer)? {
            Destination::Away(url) => Some(url),
            Destination::Here(path) => self.machinery.config.public_url.join(&path).ok(),
        };
        // RFC 6749 §3.1.2: what is behind a hash never comes back.
        let url = url.filter(|url| url.fragment().is_none());
        url.ok_or_else(|| {
            let detail = "a page without a fragment is expected";
            IdentityError::invalid(FieldError::new(pointer, "not_allowed", detail))
        })
    }

    /// Begins a way that lets somebody in.
    pub async fn depart(
        &self,
        context: &RequestContext,
        provider: &str,
        departure: Departure,
    ) -> Result<Departed, IdentityError> {
        self.begin(context, provider, Intent::SignIn, departure).await
    }

    /// Begins a way that links another account to that of a person who is signed in.
    pub async fn depart_to_link(
        &self,
        context: &RequestContext,
        linker: Linker,
        provider: &str,
        departure: Departure,
    ) -> Result<Departed, IdentityError> {
        let now = self.machinery.now();
        let subject = linker.user.to_string();
        let standing = self.machinery.limits.hit(&LINKS, &subject, now).await?;
        standing.require(now)?;
        self.begin(context, provider, Intent::Link(linker), departure)
            .await
    }

    /// Ends a way.
    pub async fn arrive(
        &self,
        context: &RequestContext,
        callback: Callback,
        reception: Reception,
    ) -> Result<Arrived, IdentityError> {
        let provider = self.provider(&callback.provider)?;
        let claim = claim(&callback.provider, &callback.state, &callback.flow, &reception)?;
        let flow = self.claim(claim).await?.ok_or(IdentityError::SocialFlowInvalid)?;
        // The operator has set up another provider under this name meanwhile.
        if flow.issuer != provider.issuer() {
            return Err(IdentityError::SocialFlowInvalid);
        }
        let secrets = self.open(&flow)?;
        let grant = CodeGrant {
            code: callback.code.expose(),
            nonce: &secrets.nonce,
            code_verifier: &secrets.code_verifier,
            redirect_uri: &flow.redirect_uri,
            iss: callback.iss.as_deref(),
            now: self.machinery.now(),
        };
        let profile = match provider.exchange(&grant).await {
            Ok(profile) => profile,
            Err(error) => return Err(self.refuse(context, provider.id(), error).await?),
        };
        let guest = Guest {
            provider,
            profile,
            kind: flow.kind,
            locale: reception.locale,
            invite_token: secrets.invite_token.map(Secret::new),
        };
        let outcome = match flow.intent {
            Intent::SignIn => Outcome::Entered(self.let_in(context, guest).await?),
            Intent::Link(linker) => Outcome::Linked(self.link(context, linker, guest).await?),
        };
        Ok(Arrived {
            outcome,
            return_to: flow.return_to,
        })
    }

    /// Ends a way that links an account.
    pub async fn arrive_to_link(
        &self,
        context: &RequestContext,
        callback: Callback,
        reception: Reception,
    ) -> Result<SocialAccount, IdentityError> {
        let arrived = self.arrive(context, callback, reception).await?;
        arrived.outcome.linked().ok_or(IdentityError::SocialFlowInvalid)
    }

    /// Ends a way that the person went back on, or that the provider refused. One that is over already, or
    /// somebody else's, is no error.
    pub async fn call_off(
        &self,
        provider: &str,
        state: &Secret<String>,
        flow: &Secret<String>,
        reception: &Reception,
    ) -> Result<(), IdentityError> {
        match claim(provider, state, flow, reception) {
            Ok(claim) => self.claim(claim).await.map(drop),
            Err(_) => Ok(()),
        }
    }

    /// What a client of the API gets for a person who is in.
    pub async fn hold(&self, entered: Entered) -> Result<Entered<Held>, IdentityError> {
        Ok(match entered {
            Entered::In(opened) => Entered::In(Held {
                tokens: self.sessions.tokens(&opened).await?,
                user: opened.user,
            }),
            Entered::SecondFactor(ticket) => Entered::SecondFactor(ticket),
        })
    }

    fn provider(&self, id: &str) -> Result<Arc<dyn SocialProvider>, IdentityError> {
        let mut providers = self.providers.iter();
        let provider = providers.find(|provider| provider.id() == id);
        provider.map(Arc::clone).ok_or(IdentityError::NotFound)
    }

    async fn begin(
        &self,
        context: &RequestContext,
        provider: &str,
        intent: Intent,
        departure: Departure,
    ) -> Result<Departed, IdentityError> {
        let (provider, now) = (self.provider(provider)?, self.machinery.now());
        let limits = &self.machinery.limits;
        let standing = limits.hit(&DEPARTURES, &network::of(context), now).await?;
        standing.require(now)?;
        let (state, state_hash) = OpaqueToken::generate(STATE_PREFIX);
        let (browser, browser_hash) = OpaqueToken::generate(FLOW_PREFIX);
        let secrets = FlowSecrets {
            nonce: OpaqueToken::generate("ms_nonce").0.expose().clone(),
            code_verifier: OpaqueToken::generate("ms_pkce").0.expose().clone(),
            invite_token: departure.invite_token.map(|token| token.expose().clone()),
        };
        let (kind, redirect_uri) = self.way_back(provider.id(), departure.callback.as_ref());
        let hint = departure.login_hint.as_ref();
        let request = AuthorizationRequest {
            state: state.expose(),
            nonce: &secrets.nonce,
            code_verifier: &secrets.code_verifier,
            redirect_uri: &redirect_uri,
            login_hint: hint.map(kernel::EmailAddress::as_str),
        };
        let begun = Begun {
            // Nothing of the person's is in here yet, so whatever is wrong is the provider's.
            authorization_url: provider
                .authorization_url(&request)
                .await
                .map_err(IdentityError::ProviderFailed)?
                .into(),
            flow: browser.expose().clone(),
        };
        let id = self.machinery.ids.uuid_v7(now);
        let flow = Flow {
            id,
            provider: provider.id().to_owned(),
            issuer: provider.issuer().to_owned(),
            sealed_secrets: self.seal(id, &secrets)?,
            redirect_uri,
            intent,
            kind,
            return_to: departure.destination.map(|place| place.as_str().to_owned()),
        };
        let marks = Marks {
            state_hash,
            browser_hash,
            created_at: now,
            expires_at: now.plus(FLOW_LIFETIME),
        };
        self.keep(context, flow, marks, begun).await
    }

    async fn keep(
        &self,
        context: &RequestContext,
        flow: Flow,
        marks: Marks,
        begun: Begun,
    ) -> Result<Departed, IdentityError> {
        let (this, context, now) = (self.clone(), context.clone(), marks.created_at);
        let begun: Begun = self
            .machinery
            .db
            .write(async move |tx: &mut Tx| {
                let work = async |tx: &mut Tx| {
                    store::insert_flow(tx, &flow, &marks).await?;
                    Ok::<_, IdentityError>(begun.clone())
                };
                this.machinery.idempotency.once(tx, &context, now, work).await
            })
            .await?;
        Ok(Departed {
            authorization_url: begun.authorization_url,
            flow: Secret::new(begun.flow),
        })
    }

    /// Where the person comes back to, and who takes them in there.
    fn way_back(&self, provider: &str, callback: Option<&Url>) -> (SessionKind, String) {
        if let Some(url) = callback {
            return (SessionKind::Api, url.to_string());
        }
        let path = format!("/auth/social-login/{provider}/callback");
        (SessionKind::Browser, self.machinery.config.page(&path))
    }

    /// Uses a way up, whatever comes of it.
    async fn claim(&self, claim: Claim) -> Result<Option<Flow>, IdentityError> {
        let now = self.machinery.now();
        self.machinery
            .db
            .write(async move |tx: &mut Tx| Ok(store::update_flow_consumed(tx, &claim, now).await?))
            .await
    }

    fn seal(&self, id: uuid::Uuid, secrets: &FlowSecrets) -> Result<Vec<u8>, IdentityError> {
        let json = serde_json::to_vec(secrets).map_err(DbError::internal)?;
        Ok(self.0.sealer.seal(&json, id.as_bytes()))
    }

    fn open(&self, flow: &Flow) -> Result<FlowSecrets, IdentityError> {
        let json = self.0.sealer.open(&flow.sealed_secrets, flow.id.as_bytes());
        let secrets = json.and_then(|json| serde_json::from_slice(&json).ok());
        secrets.ok_or(IdentityError::SocialFlowInvalid)
    }
}

/// Reads what a way is claimed with.
fn claim(
    provider: &str,
    state: &Secret<String>,
    flow: &Secret<String>,
    reception: &Reception,
) -> Result<Claim, IdentityError> {
    let state_hash = OpaqueToken::parse(STATE_PREFIX, state.expose());
    let browser_hash = OpaqueToken::parse(FLOW_PREFIX, flow.expose());
    let (Some(state_hash), Some(browser_hash)) = (state_hash, browser_hash) else {
        return Err(IdentityError::SocialFlowInvalid);
    };
    Ok(Claim {
        state_hash,
        browser_hash,
        provider: provider.to_owned(),
        kind: reception.kind,
        expected: reception.expected,
    })
}

/// Deletes ways that are over, a batch at a time.
pub(crate) async fn delete_expired(machinery: &Machinery, now: Timestamp) -> Result<(), DbError> {
    machinery
        .db
        .delete_in_batches(async move |tx: &mut Tx, most| store::delete_expired_flows(tx, now, most).await)
        .await
}

#[cfg(test)]
mod tests;
