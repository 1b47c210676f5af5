//! Subscribing browsers, and queueing what they are told.

mod delivering;
mod sender;

use std::collections::HashMap;
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use crypto::{Mac, Sealer};
use db::{DbError, ReadTx, Tx};
use kernel::{NotificationId, OrganizationId, Page, PageRequest, PushSubscriptionId, RequestContext, UserId};

use self::sender::Sender;
use super::model::{Address, NewPushSubscription, PushMessage, PushSubscription, SendPush};
use super::store::{self, SealedSubscription};
use crate::error::NotificationError;
use crate::machinery::Machinery;
use crate::model::{Content, Sent};

/// How many browsers a person may have.
const MOST_SUBSCRIPTIONS: i64 = 20;
/// What messages are sealed with, while they wait.
const WAITING: &[u8] = b"waiting";

/// The browsers that show messages. Cheap to clone.
#[derive(Clone)]
pub struct PushSubscriptions {
    machinery: Machinery,
    sender: Sender,
    addresses: Sealer,
    messages: Sealer,
    endpoints: Arc<Mac>,
}

impl PushSubscriptions {
    /// Kept by `machinery`.
    pub(crate) fn new(machinery: Machinery) -> Self {
        let master = &machinery.master_key;
        Self {
            addresses: master.sealer("push subscription"),
            messages: master.sealer("push message"),
            endpoints: Arc::new(master.mac("push endpoint")),
            sender: Sender::new(machinery.clone()),
            machinery,
        }
    }

    /// What browsers call `applicationServerKey`, in base64url.
    pub async fn public_key(&self) -> Result<String, NotificationError> {
        Ok(self.sender.key().await?.public_key())
    }

    /// Messages go to this browser from now on, once per idempotency key. A browser has one subscription, which
    /// moves to who has it now.
    pub async fn subscribe(
        &self,
        context: &RequestContext,
        user: UserId,
        new: NewPushSubscription,
    ) -> Result<PushSubscription, NotificationError> {
        let address = new.parse(self.machinery.push_endpoints)?;
        let (this, context, now) = (self.clone(), context.clone(), self.machinery.clock.now());
        let endpoint = address.endpoint.as_str();
        let hash = self.endpoints.tag(&[endpoint.as_bytes()]);
        let plain = serde_json::to_vec(&address).map_err(DbError::internal)?;
        let sealed = Arc::new(SealedSubscription {
            id: PushSubscriptionId::new(&*self.machinery.ids, now),
            endpoint_hash: hash,
            sealed: self.addresses.seal(&plain, &hash),
            user_agent: new.short_user_agent(),
            created_at: now,
            last_used_at: None,
        });
        let work = async move |tx: &mut Tx| -> Result<_, NotificationError> {
            let subscribe = async |tx: &mut Tx| {
                let locked = store::lock_user(tx, user).await?;
                locked.ok_or(NotificationError::NotFound)?;
                let id = store::upsert(tx, user, &sealed).await?;
                if store::count(tx, user, MOST_SUBSCRIPTIONS + 1).await? > MOST_SUBSCRIPTIONS {
                    return Err(NotificationError::TooManyPushSubscriptions);
                }
                Ok(id)
            };
            let idempotency = &this.machinery.idempotency;
            let id = idempotency.once(tx, &context, now, subscribe).await?;
            let kept = store::find(tx, id).await?;
            this.open(&kept.ok_or(NotificationError::NotFound)?)
        };
        self.machinery.db.write(work).await
    }

    /// A person's browsers, the newest first.
    pub async fn list(
        &self,
        user: UserId,
        page: PageRequest,
    ) -> Result<Page<PushSubscription>, NotificationError> {
        let work = async move |tx: &mut ReadTx| store::list(tx, user, &page).await;
        let sealed: Result<Page<SealedSubscription>, DbError> = self.machinery.db.read(work).await;
        let Page { items, next } = sealed?;
        let items: Result<Vec<_>, _> = items.iter().map(|kept| self.open(kept)).collect();
        Ok(Page { items: items?, next })
    }

    /// Nothing goes there any more.
    pub async fn delete(&self, user: UserId, id: PushSubscriptionId) -> Result<(), NotificationError> {
        let work = async move |tx: &mut Tx| match store::delete(tx, user, id).await? {
            0 => Err(NotificationError::NotFound),
            _ => Ok(()),
        };
        self.machinery.db.write(work).await
    }

    /// Queues it for the browsers of `users`, and answers whose they are, once for each browser.
    pub(crate) async fn send_in(
        &self,
        tx: &mut Tx,
        organization: Option<OrganizationId>,
        users: &[UserId],
        (content, sent): (&Content, &[Sent]),
    ) -> Result<Vec<UserId>, DbError> {
        if users.is_empty() {
            return Ok(Vec::new());
        }
        let subscriptions = store::list_of(tx, users).await?;
        if subscriptions.is_empty() {
            return Ok(Vec::new());
        }
        let ids: HashMap<UserId, NotificationId> = sent.iter().map(|sent| (sent.user, sent.id)).collect();
        let message = PushMessage::of(organization, content);
        let plain = serde_json::to_vec(&message).map_err(DbError::internal)?;
        let sealed_message = STANDARD.encode(self.messages.seal(&plain, WAITING));
        let jobs: Vec<SendPush> = subscriptions
            .iter()
            .map(|(subscription, user)| SendPush {
                subscription: *subscription,
                notification: ids.get(user).copied(),
                organization,
                sealed_message: sealed_message.clone(),
                is_urgent: content.category.is_mandatory(),
            })
            .collect();
        self.machinery.queue.enqueue_all(tx, &jobs, None).await?;
        Ok(subscriptions.into_iter().map(|(_, user)| user).collect())
    }

    fn address(&self, kept: &SealedSubscription) -> Result<Address, NotificationError> {
        let plain = self.addresses.open(&kept.sealed, &kept.endpoint_hash);
        let address = plain.and_then(|plain| serde_json::from_slice(&plain).ok());
        address.ok_or(NotificationError::Sealed)
    }

    fn open(&self, kept: &SealedSubscription) -> Result<PushSubscription, NotificationError> {
        Ok(PushSubscription {
            id: kept.id,
            endpoint: self.address(kept)?.endpoint.into(),
            user_agent: kept.user_agent.clone(),
            created_at: kept.created_at,
            last_used_at: kept.last_used_at,
        })
    }
}
