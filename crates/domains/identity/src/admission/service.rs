//! Addresses that staff admit.

mod gate;

use std::time::Duration;

use db::{DbError, ReadTx, Tx};
use guard::Limit;
use kernel::event::admission::{AdmissionCreated, AdmissionDeleted};
use kernel::{Actor, AdmissionId, EmailAddress, Page, PageRequest, RequestContext, Timestamp};
use mail::{Mail, Template};
use serde_json::json;

use super::model::{Admission, NewAdmission, Recorded};
use super::store;
use crate::error::IdentityError;
use crate::machinery::Machinery;

pub use gate::SignUpGate;

/// An address that is admitted, removed and admitted again is not told each time.
const MAILS: Limit = Limit {
    name: "admission_mail",
    max: 3,
    window: Duration::from_hours(24),
};

/// Who may sign up while that is not open to everybody. Cheap to clone.
#[derive(Clone)]
pub struct Admissions {
    machinery: Machinery,
}

impl Admissions {
    /// Over `machinery`.
    pub const fn new(machinery: Machinery) -> Self {
        Self { machinery }
    }

    /// Admitted addresses, the newest first, or the one.
    pub async fn list(
        &self,
        email: Option<EmailAddress>,
        page: PageRequest,
    ) -> Result<Page<Admission>, DbError> {
        let work = async move |tx: &mut ReadTx| store::list(tx, email.as_ref(), &page).await;
        self.machinery.db.read(work).await
    }

    /// Admits an address and mails its owner the way to sign up, once.
    pub async fn create(
        &self,
        context: &RequestContext,
        new: NewAdmission,
    ) -> Result<Recorded, IdentityError> {
        let (this, context, now) = (self.clone(), context.clone(), self.machinery.now());
        self.machinery
            .db
            .write(async move |tx: &mut Tx| {
                let work = async |tx: &mut Tx| this.create_in(tx, &context, &new, now).await;
                this.machinery.idempotency.once(tx, &context, now, work).await
            })
            .await
    }

    /// Takes an address off the list. An account that was made meanwhile stays.
    pub async fn delete(&self, context: &RequestContext, id: AdmissionId) -> Result<(), IdentityError> {
        let (this, context) = (self.clone(), context.clone());
        self.machinery
            .db
            .write(async move |tx: &mut Tx| {
                let email = store::delete(tx, id).await?.ok_or(IdentityError::NotFound)?;
                let deleted = AdmissionDeleted {
                    admission_id: id,
                    email,
                };
                this.machinery.events.publish(tx, &context, &deleted).await?;
                Ok(())
            })
            .await
    }

    async fn create_in(
        &self,
        tx: &mut Tx,
        context: &RequestContext,
        new: &NewAdmission,
        now: Timestamp,
    ) -> Result<Recorded, IdentityError> {
        let admission = Admission {
            id: AdmissionId::new(&*self.machinery.ids, now),
            email: new.email.clone(),
            created_by: match context.actor {
                Actor::User(user) => Some(user),
                _ => None,
            },
            created_at: now,
        };
        if store::insert(tx, &admission).await? == 0 {
            // Deleted between the two statements: the caller tries again.
            let known = store::find_by_email(tx, &new.email).await?;
            return known.map(Recorded::Known).ok_or(DbError::Busy.into());
        }
        let created = AdmissionCreated {
            admission_id: admission.id,
            email: admission.email.clone(),
        };
        self.machinery.events.publish(tx, context, &created).await?;
        self.tell_in(tx, new, now).await?;
        Ok(Recorded::Created(admission))
    }

    async fn tell_in(&self, tx: &mut Tx, new: &NewAdmission, now: Timestamp) -> Result<(), IdentityError> {
        let limits = &self.machinery.limits;
        let standing = limits.hit_in(tx, &MAILS, new.email.normalized(), now).await?;
        standing.require(now)?;
        let mail = Mail {
            to: &new.email,
            template: Template::Admitted,
            locale: &new.locale,
            user: None,
            organization: None,
            variables: json!({ "sign_up_link": self.machinery.config.page("/signup") }),
        };
        self.machinery.mailer.send(tx, mail).await?;
        Ok(())
    }
}

#[cfg(test)]
mod tests;
