//! Choosing a rhythm, and sending what is due.

use db::{DbError, ReadTx, Tx};
use kernel::{EmailAddress, Timestamp, UserId};
use mail::{Mail, Post, Template};
use serde_json::{Value, json};

use super::model::{Digest, Due, LONGEST_DIGEST, Line, MOST_COUNTED, Rhythm};
use super::store;
use crate::error::NotificationError;
use crate::machinery::Machinery;
use crate::model::{Category, Channel};
use crate::preferences::Preferences;

/// How many are looked up at once.
const BATCH: u32 = 100;

/// Mails that sum up. Cheap to clone.
#[derive(Clone)]
pub struct Digests {
    machinery: Machinery,
    preferences: Preferences,
}

impl Digests {
    /// Kept by `machinery`.
    pub(crate) const fn new(machinery: Machinery, preferences: Preferences) -> Self {
        Self {
            machinery,
            preferences,
        }
    }

    /// A person's digests; `None` when they get none.
    pub async fn get(&self, user: UserId) -> Result<Option<Digest>, NotificationError> {
        let work = async move |tx: &mut ReadTx| Ok(store::find(tx, user).await?);
        self.machinery.db.read(work).await
    }

    /// From now on in this rhythm, or never. The first sums up what comes from now on.
    pub async fn set(
        &self,
        user: UserId,
        rhythm: Option<Rhythm>,
    ) -> Result<Option<Digest>, NotificationError> {
        let now = self.machinery.clock.now();
        let work = async move |tx: &mut Tx| {
            let Some(rhythm) = rhythm else {
                store::delete(tx, user).await?;
                return Ok(None);
            };
            let next_at = rhythm.next_after(now);
            let digest = Digest { rhythm, next_at };
            store::upsert(tx, user, digest, now).await?;
            Ok(Some(digest))
        };
        self.machinery.db.write(work).await
    }

    /// Sends all that are due, each in a unit of work of its own. One that can't be written holds up no other.
    ///
    /// # Errors
    /// The last of those that failed, when all others were sent.
    pub async fn send_due(&self) -> Result<(), DbError> {
        let now = self.machinery.clock.now();
        let (mut after, mut failed) = (None, Ok(()));
        loop {
            let work = async move |tx: &mut ReadTx| store::list_due(tx, now, after, BATCH).await;
            let due: Vec<Due> = self.machinery.db.read(work).await?;
            let Some(last) = due.last() else {
                return failed;
            };
            after = Some((last.digest.next_at, last.user));
            for due in due {
                if let Err(error) = self.send(due, now).await {
                    tracing::warn!(error = %error, "a digest could not be written");
                    failed = Err(error);
                }
            }
        }
    }

    async fn send(&self, due: Due, now: Timestamp) -> Result<(), DbError> {
        let this = self.clone();
        let work = async move |tx: &mut Tx| {
            let next_at = due.digest.rhythm.next_after(now);
            // Another node, or the person, was faster.
            let Some(until) = store::update_taken(tx, &due, next_at, now).await? else {
                return Ok(());
            };
            let Some(to) = due.to.as_ref() else {
                return Ok(());
            };
            let most = i64::try_from(LONGEST_DIGEST + MOST_COUNTED + 1).unwrap_or(i64::MAX);
            let unread = store::list_unread(tx, due.user, (due.last_seq, until), most).await?;
            if unread.is_empty() || !this.is_wanted_in(tx, due.user).await? {
                return Ok(());
            }
            this.post_in(tx, &due, to, &unread).await
        };
        self.machinery.db.write(work).await
    }

    async fn post_in(
        &self,
        tx: &mut Tx,
        due: &Due,
        to: &EmailAddress,
        unread: &[Line],
    ) -> Result<(), DbError> {
        let mailer = &self.machinery.mailer;
        let category = Category::DIGEST.as_str().parse().map_err(DbError::internal)?;
        let unsubscribe_url = mailer.unsubscribe_link(None, to, &category);
        let mail = Mail {
            to,
            template: Template::NotificationDigest,
            locale: &due.locale,
            user: Some(due.user),
            organization: None,
            variables: self.told(unread, unsubscribe_url.as_deref()),
        };
        let post = Post {
            organization: None,
            created_by: None,
            api_key: None,
            category,
            template: Some(Template::NotificationDigest.key().to_owned()),
            from: None,
            reply_to: None,
            send_at: None,
            attachments: Vec::new(),
            letters: mailer.compose(tx, &[mail]).await?,
        };
        mailer.post(tx, &post).await.map(drop)
    }

    async fn is_wanted_in(&self, tx: &mut Tx, user: UserId) -> Result<bool, DbError> {
        let audience = self
            .preferences
            .audience_in(tx, None, &Category::DIGEST, &[user])
            .await?;
        Ok(!audience.by(Channel::Email, &[user]).is_empty())
    }

    fn told(&self, unread: &[Line], unsubscribe_url: Option<&str>) -> Value {
        let lines = unread.iter().take(LONGEST_DIGEST).map(|line| {
            let link = line.link.as_deref();
            json!({
                "title": line.title,
                "link": link.map(|link| self.machinery.address_of(link)),
                "organization": line.organization,
            })
        });
        let lines: Vec<Value> = lines.collect();
        json!({ "notifications": lines, "more": more(unread.len()), "unsubscribe_url": unsubscribe_url })
    }
}

/// How many there are beside those that a digest names, in words: nobody counts beyond a hundred.
fn more(found: usize) -> Option<String> {
    match found.saturating_sub(LONGEST_DIGEST) {
        0 => None,
        more if more > MOST_COUNTED => Some(format!("{MOST_COUNTED}+")),
        more => Some(more.to_string()),
    }
}
