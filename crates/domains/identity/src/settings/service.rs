//! Reading and changing settings.

use db::{ReadTx, Tx};
use kernel::event::user::UserSettingsUpdated;
use kernel::{RequestContext, UserId};

use super::model::{CurrentSettings, SettingsContent};
use super::store;
use crate::error::IdentityError;
use crate::machinery::Machinery;
use crate::user::model::Acting;
use crate::user::service::Users;

/// People's settings. Cheap to clone.
#[derive(Clone)]
pub struct UserSettings {
    machinery: Machinery,
    users: Users,
}

impl UserSettings {
    /// Over the service that keeps accounts.
    pub const fn new(machinery: Machinery, users: Users) -> Self {
        Self { machinery, users }
    }

    /// A person's settings; the defaults, when they have not said anything.
    pub async fn get(&self, user: UserId) -> Result<CurrentSettings, IdentityError> {
        let work = async move |tx: &mut ReadTx| store::find(tx, user).await;
        let found = self.machinery.db.read(work).await?;
        found.ok_or(IdentityError::NotFound)
    }

    /// Replaces a person's settings, and their language when one is given; `version` is that of the copy that
    /// the caller changed, if they say so.
    pub async fn update(
        &self,
        context: &RequestContext,
        acting: Acting,
        user: UserId,
        wanted: SettingsContent,
        version: Option<i64>,
    ) -> Result<CurrentSettings, IdentityError> {
        let (this, context, now) = (self.clone(), context.clone(), self.machinery.now());
        self.machinery
            .db
            .write(async move |tx: &mut Tx| {
                let account = this.users.lock_in(tx, user).await?;
                let mut account = account.ok_or(IdentityError::NotFound)?;
                if !acting.may_change(&account) {
                    return Err(IdentityError::Outranked);
                }
                let before = store::find(tx, user).await?.ok_or(IdentityError::NotFound)?;
                if version.is_some_and(|version| version != before.version) {
                    return Err(IdentityError::Outdated);
                }
                if let Some(locale) = &wanted.locale {
                    this.users
                        .set_locale_in(tx, &context, &mut account, locale, now)
                        .await?;
                }
                if before.settings != wanted.settings {
                    store::upsert(tx, user, &wanted.settings, now).await?;
                    let updated = UserSettingsUpdated { user_id: user };
                    this.machinery.events.publish(tx, &context, &updated).await?;
                }
                store::find(tx, user).await?.ok_or(IdentityError::NotFound)
            })
            .await
    }
}
