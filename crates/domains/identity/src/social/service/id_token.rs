//! ID tokens that apps got by themselves, with the provider's own library.

use std::time::Duration;

use crypto::hash_secret;
use db::Tx;
use guard::Limit;
use kernel::{FieldError, Locale, RequestContext, Timestamp};
use ports::social::{IdTokenGrant, SocialProfile, SocialProvider};
use serde::{Deserialize, Serialize};

use super::SocialSignIns;
use super::entry::{Admittance, Guest};
use crate::entrance::model::{Entered, Entry};
use crate::error::IdentityError;
use crate::network;
use crate::session::model::SessionKind;
use crate::session::service::Held;
use crate::social::model::{Flow, IdToken, Intent};
use crate::social::store::{self, Marks};

const ID_TOKENS: Limit = Limit {
    name: "social_id_token",
    max: 30,
    window: Duration::from_mins(1),
};

/// For how long it is remembered that a nonce was used: longer than any provider's ID tokens hold.
const SPENT_FOR: Duration = Duration::from_hours(7 * 24);

/// What stays of a sign-in for when it is repeated. It is kept sealed.
#[derive(Serialize, Deserialize)]
enum Answered {
    Entered(Entry),
    EmailUnverified,
    LinkRequired,
    Spent,
}

impl From<&Admittance> for Answered {
    fn from(admittance: &Admittance) -> Self {
        match admittance {
            Admittance::Entered(entered) => Self::Entered(Entry::from(&**entered)),
            Admittance::EmailUnverified => Self::EmailUnverified,
            Admittance::LinkRequired => Self::LinkRequired,
        }
    }
}

impl SocialSignIns {
    /// Lets in a client of the API that has an ID token. Each is good once, whatever comes of it. Repeated
    /// with the same `Idempotency-Key` it answers the same again.
    pub async fn sign_in_by_id_token(
        &self,
        context: &RequestContext,
        presented: IdToken,
        locale: Locale,
    ) -> Result<Entered<Held>, IdentityError> {
        let (provider, now) = (self.provider(&presented.provider)?, self.machinery.now());
        let limits = &self.machinery.limits;
        let standing = limits.hit(&ID_TOKENS, &network::of(context), now).await?;
        standing.require(now)?;
        let profile = self.verified(context, &*provider, &presented, now).await?;
        let spent = self.spent(&*provider, &profile, &presented, now);
        let guest = Guest {
            provider,
            profile,
            kind: SessionKind::Api,
            locale,
            invite_token: presented.invite_token,
        };
        let (this, context) = (self.clone(), context.clone());
        let answered = self
            .machinery
            .db
            .write(async move |tx: &mut Tx| {
                let work = async |tx: &mut Tx| {
                    if store::insert_spent(tx, &spent.0, &spent.1).await? == 0 {
                        return Ok(Answered::Spent);
                    }
                    let admittance = this.admit_in(tx, &context, &guest, now).await?;
                    Ok::<_, IdentityError>(Answered::from(&admittance))
                };
                this.machinery.idempotency.once(tx, &context, now, work).await
            })
            .await?;
        match answered {
            Answered::Entered(entry) => self.entrances.again(entry).await,
            Answered::EmailUnverified => Err(IdentityError::SocialEmailUnverified),
            Answered::LinkRequired => Err(IdentityError::AccountExistsLinkRequired),
            Answered::Spent => Err(IdentityError::SocialTokenInvalid),
        }
    }

    /// The note that this nonce was used for this account. It is not the token's own bytes: some signatures
    /// can be written in more than one way.
    fn spent(
        &self,
        provider: &dyn SocialProvider,
        profile: &SocialProfile,
        presented: &IdToken,
        now: Timestamp,
    ) -> (Flow, Marks) {
        let nonce = presented.nonce.expose();
        let names = [
            provider.id(),
            profile.issuer.as_str(),
            profile.subject.as_str(),
            nonce.as_str(),
        ];
        let mac = self.machinery.master_key.mac("used ID tokens");
        let flow = Flow {
            id: self.machinery.ids.uuid_v7(now),
            provider: provider.id().to_owned(),
            issuer: profile.issuer.clone(),
            sealed_secrets: Vec::new(),
            redirect_uri: String::new(),
            intent: Intent::SignIn,
            kind: SessionKind::Api,
            return_to: None,
        };
        let marks = Marks {
            state_hash: mac.tag(&names.map(str::as_bytes)),
            browser_hash: hash_secret(nonce.as_bytes()),
            created_at: now,
            expires_at: now.plus(SPENT_FOR),
        };
        (flow, marks)
    }
}

impl SocialSignIns {
    async fn verified(
        &self,
        context: &RequestContext,
        provider: &dyn SocialProvider,
        presented: &IdToken,
        now: Timestamp,
    ) -> Result<SocialProfile, IdentityError> {
        if !provider.takes_id_tokens() {
            let detail = "this provider issues no ID tokens; begin at its page instead";
            return Err(IdentityError::invalid(FieldError::new(
                "/id_token",
                "not_supported",
                detail,
            )));
        }
        let grant = IdTokenGrant {
            id_token: &presented.token,
            nonce: presented.nonce.expose(),
            now,
        };
        match provider.verify_id_token(&grant).await {
            Ok(profile) => Ok(profile),
            Err(error) => Err(match self.refuse(context, provider.id(), error).await? {
                failed @ IdentityError::ProviderFailed(_) => failed,
                _ => IdentityError::SocialTokenInvalid,
            }),
        }
    }
}
