//! Sending, listing, reading and deleting notifications.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use db::{DbError, ReadTx, Tx};
use kernel::event::notification::NotificationsSent;
use kernel::{
    FieldError, NotificationId, OrganizationId, Page, PageRequest, RequestContext, Timestamp, UserId,
};

use crate::digest::Digests;
use crate::error::NotificationError;
use crate::letter::Letters;
use crate::machinery::Machinery;
use crate::model::{Channel, Content, FeedFilter, NewNotification, Notification, Sent, Told, UnreadCount};
use crate::preferences::Preferences;
use crate::push::PushSubscriptions;
use crate::store;
use crate::stream::hub::Hub;
use crate::stream::model::{SessionCheck, StreamConfig};
use crate::stream::service::Streams;

/// How many are marked as read in one unit of work, so that nobody waits long for it.
const READ_BATCH: u32 = 1000;
/// How long what was put away is kept.
const ARCHIVED_KEPT: Duration = Duration::from_hours(90 * 24);
/// Callers know times to the millisecond, and mean all of it.
const MILLISECOND: Duration = Duration::from_millis(1);

/// What people are told inside the product. Cheap to clone.
#[derive(Clone)]
pub struct Notifications {
    machinery: Machinery,
    preferences: Preferences,
    hub: Hub,
    letters: Letters,
    push: PushSubscriptions,
}

impl Notifications {
    /// Notifications kept by `machinery`.
    pub fn new(machinery: Machinery) -> Self {
        Self {
            preferences: Preferences::new(machinery.clone()),
            hub: Hub::new(),
            letters: Letters::new(machinery.clone()),
            push: PushSubscriptions::new(machinery.clone()),
            machinery,
        }
    }

    /// Mails that sum up.
    pub fn digests(&self) -> Digests {
        Digests::new(self.machinery.clone(), self.preferences.clone())
    }

    /// The browsers that show messages.
    pub const fn push(&self) -> &PushSubscriptions {
        &self.push
    }

    /// Who hears of what by which ways.
    pub const fn preferences(&self) -> &Preferences {
        &self.preferences
    }

    /// What happens in the feeds, told while it happens.
    pub fn streams(&self, sessions: Arc<dyn SessionCheck>, config: StreamConfig) -> Streams {
        Streams::new(self.machinery.clone(), self.hub.clone(), sessions, config)
    }

    /// Tells members of an organization something, once per idempotency key: all of them, or nobody.
    pub async fn send(
        &self,
        context: &RequestContext,
        organization: OrganizationId,
        users: Vec<UserId>,
        message: Content,
    ) -> Result<Told, NotificationError> {
        let (this, context, now) = (self.clone(), context.clone(), self.machinery.clock.now());
        let work = async move |tx: &mut Tx| {
            let send = async |tx: &mut Tx| {
                require_members(tx, organization, &users).await?;
                this.preferences
                    .remember_in(tx, organization, &message.category)
                    .await?;
                let (told, recipients) = this.deliver_in(tx, Some(organization), &users, &message).await?;
                let event = NotificationsSent {
                    organization_id: organization,
                    category: message.category.as_str().to_owned(),
                    recipients,
                };
                this.machinery.events.publish(tx, &context, &event).await?;
                Ok(told)
            };
            this.machinery.idempotency.once(tx, &context, now, send).await
        };
        self.machinery.db.write(work).await
    }

    /// Tells somebody something, exactly when the transaction comes about; `None` when they chose not to hear of
    /// it.
    pub async fn notify_in(
        &self,
        tx: &mut Tx,
        new: NewNotification,
    ) -> Result<Option<NotificationId>, DbError> {
        let users = [new.user];
        let told = self.deliver_in(tx, new.organization, &users, &new.content);
        Ok(told.await?.0.sent.first().map(|sent| sent.id))
    }

    /// A person's notifications, the newest first.
    pub async fn list(
        &self,
        user: UserId,
        filter: FeedFilter,
        page: PageRequest,
    ) -> Result<Page<Notification>, NotificationError> {
        let work = async move |tx: &mut ReadTx| Ok(store::list(tx, user, &filter, &page).await?);
        self.machinery.db.read(work).await
    }

    /// How many of a person's notifications wait to be read; beyond 100 nobody counts.
    pub async fn count_unread(
        &self,
        user: UserId,
        organization: Option<OrganizationId>,
    ) -> Result<UnreadCount, NotificationError> {
        let work = async move |tx: &mut ReadTx| store::count_unread(tx, user, organization).await;
        let counted: Result<u32, DbError> = self.machinery.db.read(work).await;
        Ok(UnreadCount::of(counted?))
    }

    /// Marks one as read. Reading it again changes nothing.
    pub async fn read(&self, user: UserId, id: NotificationId) -> Result<Notification, NotificationError> {
        let (this, now) = (self.clone(), self.machinery.clock.now());
        let work = async move |tx: &mut Tx| {
            let found = store::update_read(tx, user, id, now).await?;
            let found = found.ok_or(NotificationError::NotFound)?;
            this.tell_changed_in(tx, user).await?;
            Ok(found)
        };
        self.machinery.db.write(work).await
    }

    /// Marks one as not read.
    pub async fn unread(&self, user: UserId, id: NotificationId) -> Result<Notification, NotificationError> {
        let this = self.clone();
        let work = async move |tx: &mut Tx| {
            let found = store::update_unread(tx, user, id).await?;
            let found = found.ok_or(NotificationError::NotFound)?;
            this.tell_changed_in(tx, user).await?;
            Ok(found)
        };
        self.machinery.db.write(work).await
    }

    /// Puts one away. Doing so again changes nothing.
    pub async fn archive(&self, user: UserId, id: NotificationId) -> Result<Notification, NotificationError> {
        let (this, now) = (self.clone(), self.machinery.clock.now());
        let work = async move |tx: &mut Tx| {
            let found = store::update_archived(tx, user, id, now).await?;
            let found = found.ok_or(NotificationError::NotFound)?;
            this.tell_changed_in(tx, user).await?;
            Ok(found)
        };
        self.machinery.db.write(work).await
    }

    /// Marks as read what was sent by `before`, or by now, and answers how many it were.
    pub async fn read_all(
        &self,
        user: UserId,
        organization: Option<OrganizationId>,
        before: Option<Timestamp>,
    ) -> Result<u64, NotificationError> {
        let now = self.machinery.clock.now();
        let until = before.map_or(now, |before| before.plus(MILLISECOND).min(now));
        let mut marked = 0;
        loop {
            let this = self.clone();
            let work = async move |tx: &mut Tx| {
                let batch = store::update_all_read(tx, user, organization, (until, now), READ_BATCH).await?;
                if batch > 0 {
                    this.tell_changed_in(tx, user).await?;
                }
                Ok(batch)
            };
            let batch: Result<u64, DbError> = self.machinery.db.write(work).await;
            let batch = batch?;
            marked += batch;
            if batch < u64::from(READ_BATCH) {
                return Ok(marked);
            }
        }
    }

    /// Deletes what was put away more than 90 days ago.
    pub async fn delete_old(&self) -> Result<(), DbError> {
        let until = self.machinery.clock.now().minus(ARCHIVED_KEPT);
        let delete = async move |tx: &mut Tx, most| store::delete_archived(tx, until, most).await;
        self.machinery.db.delete_in_batches(delete).await
    }

    /// Tells somebody what happened to them in an organization, in words made from its name.
    pub(crate) async fn tell_member_in(
        &self,
        tx: &mut Tx,
        (organization, user): (OrganizationId, UserId),
        words: impl FnOnce(&str) -> Content,
    ) -> Result<(), DbError> {
        let Some(name) = store::find_organization_name(tx, organization).await? else {
            return Ok(());
        };
        let new = NewNotification {
            user,
            organization: Some(organization),
            content: words(&name),
        };
        self.notify_in(tx, new).await.map(drop)
    }

    /// Tells each of these people by the ways that the sender asks for and they want, and answers how many hear of
    /// it by any.
    async fn deliver_in(
        &self,
        tx: &mut Tx,
        organization: Option<OrganizationId>,
        users: &[UserId],
        content: &Content,
    ) -> Result<(Told, u32), DbError> {
        let audience = self
            .preferences
            .audience_in(tx, organization, &content.category, users)
            .await?;
        let by = |channel| {
            let is_asked_for = content.channels.contains(&channel);
            let users = is_asked_for.then(|| audience.by(channel, users));
            users.unwrap_or_default()
        };
        let sent = self
            .send_in(tx, organization, &by(Channel::InApp), content)
            .await?;
        let mailed = self
            .letters
            .send_in(tx, organization, &by(Channel::Email), content)
            .await?;
        let pushed = self
            .push
            .send_in(tx, organization, &by(Channel::Push), (content, &sent))
            .await?;
        let mut reached: HashSet<UserId> = sent.iter().map(|sent| sent.user).collect();
        reached.extend(mailed.iter().chain(&pushed));
        let count = |number: usize| u32::try_from(number).unwrap_or(u32::MAX);
        let told = Told {
            mailed: count(mailed.len()),
            pushed: count(pushed.len()),
            sent,
        };
        Ok((told, count(reached.len())))
    }

    /// Writes the same into the feed of each of these people, in as many statements as for one.
    async fn send_in(
        &self,
        tx: &mut Tx,
        organization: Option<OrganizationId>,
        users: &[UserId],
        content: &Content,
    ) -> Result<Vec<Sent>, DbError> {
        let (now, mut told) = (self.machinery.clock.now(), HashSet::new());
        let sent: Vec<Sent> = users
            .iter()
            .copied()
            .filter(|user| told.insert(*user))
            .map(|user| Sent {
                id: NotificationId::new(&*self.machinery.ids, now),
                user,
            })
            .collect();
        let numbers = store::update_feeds(tx, sent.iter().map(|sent| sent.user)).await?;
        store::insert(tx, &sent, &numbers, (organization, content), now).await?;
        let (hub, told) = (self.hub.clone(), told);
        tx.after_commit(move || told.iter().for_each(|user| hub.look_at(*user)));
        Ok(sent)
    }

    /// To be called by whatever changes what a person has not read.
    async fn tell_changed_in(&self, tx: &mut Tx, user: UserId) -> Result<(), DbError> {
        let hub = self.hub.clone();
        tx.after_commit(move || hub.look_at(user));
        store::update_feed_changed(tx, user).await
    }
}

/// Everybody must be a member; those who are not are named, all at once.
async fn require_members(
    tx: &mut Tx,
    organization: OrganizationId,
    users: &[UserId],
) -> Result<(), NotificationError> {
    let members = store::list_members(tx, organization, users).await?;
    let members: HashSet<UserId> = members.into_iter().collect();
    let strangers = users
        .iter()
        .enumerate()
        .filter(|(_, user)| !members.contains(user));
    let faults: Vec<FieldError> = strangers
        .map(|(place, _)| {
            let detail = "there is no such member in this organization";
            FieldError::new(format!("/user_ids/{place}"), "not_a_member", detail)
        })
        .collect();
    if faults.is_empty() {
        return Ok(());
    }
    Err(NotificationError::Invalid(faults))
}
