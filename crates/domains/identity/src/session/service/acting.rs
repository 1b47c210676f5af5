//! Sessions in which staff act as somebody, and telling that sessions ended.

use db::Tx;
use kernel::event::auth::{ImpersonationEnded, SessionEnded};
use kernel::permission::ImpersonateUsers;
use kernel::{Permission as _, RequestContext, Timestamp, UserId};

use super::Sessions;
use crate::error::IdentityError;
use crate::session::model::{Impersonation, NewSession, Session, SessionKind};
use crate::session::store::{self, EndedSession};
use crate::user::model::User;

/// A session that a member of the staff begins as somebody else.
#[derive(Debug)]
pub(crate) struct StaffSession<'a> {
    /// The member of staff, and whether they may only look.
    pub(crate) impersonation: Impersonation,
    /// How surely they showed who they are themselves.
    pub(crate) aal: u8,
    /// Why they do it.
    pub(crate) reason: &'a str,
    /// When it ends, however much it is used.
    pub(crate) expires_at: Timestamp,
}

impl Sessions {
    /// Begins a session in which staff act as `user`, whose row is locked. It is no sign-in of theirs: it ends
    /// none of their own sessions, and the places that they are known from stay as they are.
    pub(crate) async fn open_for_staff(
        &self,
        tx: &mut Tx,
        context: &RequestContext,
        user: &User,
        new: &StaffSession<'_>,
        now: Timestamp,
    ) -> Result<Session, IdentityError> {
        let as_owner = NewSession {
            user_id: user.id,
            kind: SessionKind::Api,
            method: String::from("impersonation"),
            // Nobody showed anything of the person's.
            amr: Vec::new(),
            aal: new.aal,
        };
        let mut session = self.session(user, context, &as_owner, now);
        session.impersonation = Some(new.impersonation);
        session.expires_at = session.expires_at.min(new.expires_at);
        session.idle_expires_at = session.idle_expires_at.min(session.expires_at);
        let (_, secrets) = self.secrets(&session);
        store::insert(tx, &session, secrets, Some(new.reason)).await?;
        Ok(session)
    }

    /// Ends the sessions in which `staff` acts as `user`, or as anybody; how many there were.
    pub(crate) async fn end_acting_in(
        &self,
        tx: &mut Tx,
        context: &RequestContext,
        (staff, user): (UserId, Option<UserId>),
        reason: &'static str,
        now: Timestamp,
    ) -> Result<usize, IdentityError> {
        let ended = store::update_acting_ended(tx, staff, user, reason, now).await?;
        for session in &ended {
            self.tell_ended(tx, context, session, reason).await?;
        }
        Ok(ended.len())
    }

    /// Whether who acts in a session is still a member of the staff who may: looked at for each request, since
    /// the session is another person's and does not end with the standing of the staff.
    pub(super) async fn check_staff(
        &self,
        impersonation: Option<Impersonation>,
    ) -> Result<(), IdentityError> {
        let Some(impersonation) = impersonation else {
            return Ok(());
        };
        let staff = self.users.remembered(impersonation.by).await?;
        match staff {
            Some(staff) if may_impersonate(&staff) => Ok(()),
            _ => Err(IdentityError::SessionRevoked),
        }
    }

    pub(super) async fn tell_ended(
        &self,
        tx: &mut Tx,
        context: &RequestContext,
        ended: &EndedSession,
        reason: &'static str,
    ) -> Result<(), IdentityError> {
        self.forget_in(tx, ended.id);
        let told = SessionEnded {
            user_id: ended.user,
            session_id: ended.id,
            reason: reason.to_owned(),
        };
        self.machinery.events.publish(tx, context, &told).await?;
        self.tell_acting_ended(tx, context, ended, reason).await
    }

    pub(super) async fn tell_acting_ended(
        &self,
        tx: &mut Tx,
        context: &RequestContext,
        ended: &EndedSession,
        reason: &'static str,
    ) -> Result<(), IdentityError> {
        let Some(by) = ended.impersonator else {
            return Ok(());
        };
        let told = ImpersonationEnded {
            user_id: ended.user,
            session_id: ended.id,
            by,
            reason: reason.to_owned(),
        };
        self.machinery.events.publish(tx, context, &told).await?;
        Ok(())
    }
}

/// Whether a person is staff who may act as others.
pub(crate) fn may_impersonate(user: &User) -> bool {
    let permissions = user.platform_role.map(kernel::PlatformRole::permissions);
    user.is_active() && permissions.is_some_and(|held| held.contains(ImpersonateUsers::SET))
}
