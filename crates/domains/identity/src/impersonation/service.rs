//! Beginning to act as somebody, and ending it.

use std::time::Duration;

use db::Tx;
use guard::Limit;
use kernel::event::auth::ImpersonationStarted;
use kernel::{RequestContext, Timestamp, UserId};
use mail::{Mail, Template};
use serde_json::json;

use super::model::{Impersonated, StaffMember, Started, Terms};
use crate::error::IdentityError;
use crate::factor::Factors;
use crate::machinery::Machinery;
use crate::session::model::{Impersonation, Session};
use crate::session::service::{Sessions, StaffSession, may_impersonate};
use crate::user::model::{Acting, User};
use crate::user::service::Users;

/// Each mails somebody. Counted for each member of the staff.
const STARTS: Limit = Limit {
    name: "impersonation",
    max: 30,
    window: Duration::from_hours(1),
};

/// Staff who act as somebody. Cheap to clone.
#[derive(Clone)]
pub struct Impersonations {
    machinery: Machinery,
    users: Users,
    sessions: Sessions,
}

impl Impersonations {
    /// Over the services that keep accounts and sessions.
    pub const fn new(machinery: Machinery, users: Users, sessions: Sessions) -> Self {
        Self {
            machinery,
            users,
            sessions,
        }
    }

    /// Lets a member of the staff act as `user`, once per idempotency key. The person is mailed; everybody who
    /// subscribes hears of it in the same transaction.
    pub async fn start(
        &self,
        context: &RequestContext,
        staff: StaffMember,
        user: UserId,
        terms: Terms,
    ) -> Result<Impersonated, IdentityError> {
        let now = self.machinery.now();
        let limits = &self.machinery.limits;
        limits
            .hit(&STARTS, &staff.user.to_string(), now)
            .await?
            .require(now)?;
        let (this, context) = (self.clone(), context.clone());
        let started = self
            .machinery
            .db
            .write(async move |tx: &mut Tx| {
                let work = async |tx: &mut Tx| this.start_in(tx, &context, staff, user, &terms, now).await;
                this.machinery.idempotency.once(tx, &context, now, work).await
            })
            .await?;
        let held = self.sessions.tokens_again(started.session).await?;
        Ok(Impersonated { started, held })
    }

    /// Ends what `staff` began as `user`.
    pub async fn end(
        &self,
        context: &RequestContext,
        staff: UserId,
        user: UserId,
    ) -> Result<(), IdentityError> {
        let (this, context, now) = (self.clone(), context.clone(), self.machinery.now());
        self.machinery
            .db
            .write(async move |tx: &mut Tx| {
                let whose = (staff, Some(user));
                let sessions = &this.sessions;
                match sessions
                    .end_acting_in(tx, &context, whose, "ended_by_staff", now)
                    .await?
                {
                    0 => Err(IdentityError::NotFound),
                    _ => Ok(()),
                }
            })
            .await
    }

    async fn start_in(
        &self,
        tx: &mut Tx,
        context: &RequestContext,
        staff: StaffMember,
        user: UserId,
        terms: &Terms,
        now: Timestamp,
    ) -> Result<Started, IdentityError> {
        let person = self.users.lock_in(tx, user).await?;
        let person = person.ok_or(IdentityError::NotFound)?;
        self.require_allowed_in(tx, staff, &person).await?;
        let new = StaffSession {
            impersonation: Impersonation {
                by: staff.user,
                is_read_only: terms.is_read_only,
            },
            aal: staff.aal,
            reason: terms.reason.as_str(),
            expires_at: now.plus(terms.lasts),
        };
        let session = self
            .sessions
            .open_for_staff(tx, context, &person, &new, now)
            .await?;
        self.tell_in(tx, context, &person, (&session, &new), now).await?;
        Ok(Started {
            session: session.id,
            reason: terms.reason.as_str().to_owned(),
            is_read_only: terms.is_read_only,
            expires_at: session.expires_at,
        })
    }

    /// Staff act as those who stand below them and may sign in themselves. What the session of the staff was
    /// given for may be over on another node, so their standing is read again.
    async fn require_allowed_in(
        &self,
        tx: &mut Tx,
        staff: StaffMember,
        person: &User,
    ) -> Result<(), IdentityError> {
        if staff.user == person.id {
            let detail = "you are this person; nobody acts as themselves";
            return Err(IdentityError::ImpersonationNotAllowed(detail));
        }
        let member = self.users.find_in(tx, staff.user).await?.filter(may_impersonate);
        let Some(member) = member else {
            let detail = "you are no member of the staff any more who may do this";
            return Err(IdentityError::ImpersonationNotAllowed(detail));
        };
        if !Acting::Staff(member.platform_role).stands_above(person) {
            return Err(IdentityError::Outranked);
        }
        if !person.is_active() {
            let detail = "the account is suspended; nobody acts as its owner";
            return Err(IdentityError::ImpersonationNotAllowed(detail));
        }
        let factors = Factors.held_in(tx, staff.user).await?;
        if factors.is_second_due() && staff.aal < 2 {
            return Err(IdentityError::StepUpRequired);
        }
        Ok(())
    }

    async fn tell_in(
        &self,
        tx: &mut Tx,
        context: &RequestContext,
        person: &User,
        (session, new): (&Session, &StaffSession<'_>),
        now: Timestamp,
    ) -> Result<(), IdentityError> {
        let started = ImpersonationStarted {
            user_id: person.id,
            session_id: session.id,
            by: new.impersonation.by,
            reason: new.reason.to_owned(),
            is_read_only: new.impersonation.is_read_only,
            expires_at: session.expires_at,
        };
        self.machinery.events.publish(tx, context, &started).await?;
        let mail = Mail {
            to: &person.email,
            template: Template::ImpersonationStarted,
            locale: &person.locale,
            user: Some(person.id),
            organization: None,
            variables: json!({ "when": now, "until": session.expires_at, "reason": new.reason }),
        };
        self.machinery.mailer.send(tx, mail).await?;
        Ok(())
    }
}

#[cfg(test)]
mod tests;
