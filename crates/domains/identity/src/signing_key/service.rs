//! Keeping the keys: at hand, published, and renewed in time.

use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use crypto::{AccessClaims, Expected, PublicKey, Sealer, SigningKey, jwt};
use db::{ReadTx, Tx};
use kernel::{Secret, Timestamp};

use super::model::{Due, KeyRing, Terms, TimedKey};
use super::store::{self, SealedKey};
use crate::config::{IdentityConfig, KEY_NOTICE};
use crate::error::IdentityError;
use crate::machinery::Machinery;

/// How old the keys at hand may be. New ones are public for a day before they are used, so minutes do.
const RELOAD_AFTER: Duration = Duration::from_mins(5);
/// How often a token with a key that nobody knows may make us look again.
const LOOK_AGAIN_AFTER: Duration = Duration::from_secs(10);

/// The keys that access tokens are signed with. Cheap to clone.
#[derive(Clone)]
pub struct SigningKeys {
    machinery: Machinery,
    sealer: Sealer,
    at_hand: Arc<RwLock<AtHand>>,
}

#[derive(Default)]
struct AtHand {
    ring: Arc<KeyRing>,
    loaded_at: Option<Timestamp>,
}

impl SigningKeys {
    /// Over `machinery`.
    pub fn new(machinery: Machinery) -> Self {
        let sealer = machinery.master_key.sealer("signing key");
        Self {
            machinery,
            sealer,
            at_hand: Arc::default(),
        }
    }

    /// The signed form of `claims`.
    pub async fn sign(&self, claims: &AccessClaims) -> Result<Secret<String>, IdentityError> {
        let ring = self.ring_with(|ring| ring.signing(claims.iat).is_some()).await?;
        let key = ring
            .signing(claims.iat)
            .ok_or(IdentityError::SigningKey("there is none to sign with"))?;
        Ok(Secret::new(jwt::sign(key, claims)))
    }

    /// The claims of a token that one of our keys signed.
    pub async fn verify(&self, token: &str, now: Timestamp) -> Result<AccessClaims, IdentityError> {
        let issuer = self.machinery.config.issuer();
        let expected = Expected {
            iss: issuer,
            aud: issuer,
            now,
        };
        let verify = |ring: &KeyRing| jwt::verify(token, &|kid: &str| ring.public(kid), &expected);
        let verified = verify(&*self.ring_with(|_| true).await?);
        if !matches!(verified, Err(jwt::JwtError::UnknownKey)) || !self.may_look_again(now) {
            return verified.map_err(|_| IdentityError::InvalidToken);
        }
        verify(&*self.load(now).await?).map_err(|_| IdentityError::InvalidToken)
    }

    /// The keys that others may check tokens with.
    pub async fn published(&self) -> Result<Vec<PublicKey>, IdentityError> {
        Ok(self.ring_with(|_| true).await?.published())
    }

    pub(crate) fn config(&self) -> &IdentityConfig {
        &self.machinery.config
    }

    /// Makes the next key and retires what nobody needs any more, when that is due. Twice is harmless, on
    /// any number of nodes.
    pub async fn rotate(&self) -> Result<(), IdentityError> {
        let now = self.machinery.now();
        let ring = self.load(now).await?;
        let due = ring.due(now, self.terms());
        if due.next_from.is_none() && due.retired.is_empty() {
            return Ok(());
        }
        let next = due
            .next_from
            .map(|active_from| self.seal(&SigningKey::generate(), active_from));
        let next = next.map(Arc::new);
        let Due { retired, .. } = due;
        self.machinery
            .db
            .write(async move |tx: &mut Tx| -> Result<(), IdentityError> {
                if let Some(next) = &next {
                    store::insert(tx, next, now).await?;
                }
                for kid in &retired {
                    store::update_retired(tx, kid, now).await?;
                }
                Ok(())
            })
            .await?;
        self.load(now).await.map(drop)
    }

    /// The ring at hand when it is young and `suits`, otherwise a fresh one, with a first key if need be.
    async fn ring_with(&self, suits: impl Fn(&KeyRing) -> bool) -> Result<Arc<KeyRing>, IdentityError> {
        let now = self.machinery.now();
        {
            let at_hand = self.at_hand.read().unwrap_or_else(PoisonError::into_inner);
            let is_young = at_hand.loaded_at.is_some_and(|at| now.since(at) < RELOAD_AFTER);
            if is_young && suits(&at_hand.ring) {
                return Ok(Arc::clone(&at_hand.ring));
            }
        }
        let ring = self.load(now).await?;
        if ring.signing(now).is_some() {
            return Ok(ring);
        }
        Box::pin(self.rotate()).await?;
        self.load(now).await
    }

    fn may_look_again(&self, now: Timestamp) -> bool {
        let at_hand = self.at_hand.read().unwrap_or_else(PoisonError::into_inner);
        at_hand
            .loaded_at
            .is_none_or(|at| now.since(at) >= LOOK_AGAIN_AFTER)
    }

    async fn load(&self, now: Timestamp) -> Result<Arc<KeyRing>, IdentityError> {
        let sealed = self
            .machinery
            .db
            .read(async |tx: &mut ReadTx| store::list(tx).await)
            .await?;
        let keys = sealed
            .iter()
            .map(|key| self.open(key))
            .collect::<Result<_, _>>()?;
        let ring = Arc::new(KeyRing::new(keys));
        *self.at_hand.write().unwrap_or_else(PoisonError::into_inner) = AtHand {
            ring: Arc::clone(&ring),
            loaded_at: Some(now),
        };
        Ok(ring)
    }

    fn seal(&self, key: &SigningKey, active_from: Timestamp) -> SealedKey {
        SealedKey {
            kid: key.kid().to_owned(),
            sealed_seed: self.sealer.seal(&*key.seed(), key.kid().as_bytes()),
            public_key: key.public().to_bytes(),
            active_from,
        }
    }

    fn open(&self, sealed: &SealedKey) -> Result<TimedKey, IdentityError> {
        let foreign = IdentityError::SigningKey("one was sealed under another master key");
        let Some(seed) = self.sealer.open(&sealed.sealed_seed, sealed.kid.as_bytes()) else {
            return Err(foreign);
        };
        let Ok(seed) = <&[u8; 32]>::try_from(seed.as_slice()) else {
            return Err(foreign);
        };
        Ok(TimedKey {
            key: SigningKey::from_seed(seed),
            active_from: sealed.active_from,
        })
    }

    fn terms(&self) -> Terms {
        Terms {
            active: self.machinery.config.lifetimes.signing_key,
            notice: KEY_NOTICE,
            token: self.machinery.config.lifetimes.access_token,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::Identity;

    const HOUR: Duration = Duration::from_hours(1);

    async fn kids(identity: &Identity) -> Vec<String> {
        let published = identity.signing_keys.published().await.unwrap();
        published.into_iter().map(PublicKey::kid).collect()
    }

    fn kid_of(token: &Secret<String>) -> String {
        // The header is at the front of the token; kid and typ are told apart by the verifier's own tests.
        token.expose().split('.').next().unwrap().to_owned()
    }

    #[tokio::test]
    async fn a_key_is_public_before_it_signs_and_gone_after_its_last_token() {
        let identity = Identity::open().await;
        let held = identity.person("ada@example.com").await;
        let first = kids(&identity).await;
        assert_eq!(first.len(), 1);
        identity.signing_keys.rotate().await.unwrap();
        assert_eq!(kids(&identity).await, first, "nothing is due");

        identity.clock.advance(HOUR * 24 * 28);
        identity.signing_keys.rotate().await.unwrap();
        identity.signing_keys.rotate().await.unwrap();
        let both = kids(&identity).await;
        assert_eq!((both.len(), &both[..1]), (2, &first[..]));
        let old = identity
            .sign_in("ada@example.com", crate::testing::PASSWORD)
            .await
            .unwrap();
        assert_eq!(
            kid_of(&old.held.tokens.access_token),
            kid_of(&held.tokens.access_token)
        );

        identity.clock.advance(HOUR * 24 * 2);
        let new = identity
            .sign_in("ada@example.com", crate::testing::PASSWORD)
            .await
            .unwrap();
        assert_ne!(
            kid_of(&new.held.tokens.access_token),
            kid_of(&held.tokens.access_token)
        );
        let now = identity.machinery.now();
        assert!(
            identity
                .signing_keys
                .verify(new.held.tokens.access_token.expose(), now)
                .await
                .is_ok()
        );

        identity.clock.advance(HOUR * 25);
        identity.signing_keys.rotate().await.unwrap();
        assert_eq!(kids(&identity).await, both[1..]);
    }

    #[tokio::test]
    async fn two_nodes_that_start_at_once_agree_on_one_key() {
        let identity = Identity::open().await;
        let others: Vec<SigningKeys> = (0..8)
            .map(|_| SigningKeys::new(identity.machinery.clone()))
            .collect();
        let rotations = others.iter().map(|keys| {
            let keys = keys.clone();
            tokio::spawn(async move { keys.rotate().await })
        });
        let rotations: Vec<_> = rotations.collect();
        for rotation in rotations {
            rotation.await.unwrap().unwrap();
        }
        for keys in others {
            assert_eq!(keys.published().await.unwrap().len(), 1);
        }
    }

    #[tokio::test]
    async fn another_master_key_opens_nothing() {
        let identity = Identity::open().await;
        identity.signing_keys.rotate().await.unwrap();
        let mut parts = (*identity.machinery).clone();
        parts.master_key = Arc::new(crypto::MasterKey::generate());
        let error = SigningKeys::new(Machinery::new(parts))
            .published()
            .await
            .unwrap_err();
        assert!(matches!(error, IdentityError::SigningKey(_)), "{error}");
    }
}
