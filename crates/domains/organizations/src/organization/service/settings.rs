//! How an organization wants things to be, and how many may be in it.

use db::{Executor, ReadTx, Tx};
use kernel::event::organization::OrganizationMfaPolicyChanged;
use kernel::{OrganizationId, RequestContext, Timestamp};

use super::super::model::{CurrentSettings, Settings};
use super::super::store;
use super::{Organizations, lock};
use crate::error::OrganizationError;

impl Organizations {
    /// The settings of an organization.
    pub async fn settings(&self, id: OrganizationId) -> Result<CurrentSettings, OrganizationError> {
        let this = self.clone();
        let work = async move |tx: &mut ReadTx| this.settings_in(tx, id).await;
        self.machinery.db.read(work).await
    }

    /// The settings as a transaction sees them.
    pub(crate) async fn settings_in(
        &self,
        tx: &mut impl Executor,
        id: OrganizationId,
    ) -> Result<CurrentSettings, OrganizationError> {
        let settings = store::find_settings(tx, id).await?;
        settings.ok_or(OrganizationError::NotFound)
    }

    /// Replaces the settings; `version` is that of the copy that the caller changed, if they say so.
    pub async fn update_settings(
        &self,
        context: &RequestContext,
        id: OrganizationId,
        settings: Settings,
        version: Option<i64>,
    ) -> Result<CurrentSettings, OrganizationError> {
        let (this, context) = (self.clone(), context.clone());
        let now = self.machinery.clock.now();
        let work = async move |tx: &mut Tx| {
            lock(tx, id, version).await?;
            let before = this.settings_in(tx, id).await?;
            if before.settings == settings {
                return Ok(before);
            }
            store::update_settings(tx, id, &settings, now).await?;
            let changed = changed_fields(&before.settings, &settings);
            this.updated(tx, &context, id, changed).await?;
            this.settings_in(tx, id).await
        };
        self.machinery.db.write(work).await
    }

    /// Says how many members there can be; those who are in stay, even when they are more.
    pub async fn set_seat_limit(
        &self,
        context: &RequestContext,
        id: OrganizationId,
        seat_limit: Option<u32>,
    ) -> Result<CurrentSettings, OrganizationError> {
        let (this, context) = (self.clone(), context.clone());
        let now = self.machinery.clock.now();
        let work = async move |tx: &mut Tx| {
            if store::update_seat_limit(tx, id, seat_limit, now).await? == 0 {
                return Err(OrganizationError::NotFound);
            }
            let changed = vec![String::from("seat_limit")];
            this.updated(tx, &context, id, changed).await?;
            this.settings_in(tx, id).await
        };
        self.machinery.db.write(work).await
    }

    /// Says from when on members without a second factor are kept out; none lets all of them in. Who asks for
    /// one has signed in with one, at assurance level `aal`, so nobody locks themselves out.
    pub async fn set_mfa_policy(
        &self,
        context: &RequestContext,
        id: OrganizationId,
        (mfa_required_from, aal): (Option<Timestamp>, u8),
        version: Option<i64>,
    ) -> Result<CurrentSettings, OrganizationError> {
        if mfa_required_from.is_some() && aal < 2 {
            return Err(OrganizationError::MfaRequired);
        }
        let (this, context) = (self.clone(), context.clone());
        let now = self.machinery.clock.now();
        let work = async move |tx: &mut Tx| {
            lock(tx, id, version).await?;
            let before = this.settings_in(tx, id).await?;
            if before.mfa_required_from == mfa_required_from {
                return Ok(before);
            }
            store::update_mfa_required_from(tx, id, mfa_required_from, now).await?;
            this.standings.forget(tx, id);
            let event = OrganizationMfaPolicyChanged {
                organization_id: id,
                mfa_required_from,
            };
            this.machinery.events.publish(tx, &context, &event).await?;
            this.settings_in(tx, id).await
        };
        self.machinery.db.write(work).await
    }
}

fn changed_fields(before: &Settings, after: &Settings) -> Vec<String> {
    let mut changed = Vec::new();
    if before.locale != after.locale {
        changed.push(String::from("settings.locale"));
    }
    if before.allowed_email_domains != after.allowed_email_domains {
        changed.push(String::from("settings.allowed_email_domains"));
    }
    changed
}
