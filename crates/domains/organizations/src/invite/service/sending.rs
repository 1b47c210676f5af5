//! Making invites and mailing them.

use crypto::OpaqueToken;
use db::Tx;
use kernel::event::organization::{InviteCreated, InviteResent};
use kernel::{EmailAddress, InviteId, OrganizationId, RequestContext, Secret, Timestamp};
use mail::{Mail, Template};
use url::Url;

use super::super::model::{
    Addressee, BulkAnswer, BulkOutcome, CreatedLink, Invite, InvitedRole, LinkTerms, NewInvite, NewInvites,
    NewLink,
};
use super::super::store;
use super::{Invites, TOKEN_PREFIX};
use crate::error::OrganizationError;
use crate::organization::model::Settings;
use crate::role::model::Role;

/// What every invite of one request has in common.
struct Occasion<'a> {
    context: &'a RequestContext,
    organization: OrganizationId,
    settings: Settings,
    now: Timestamp,
}

impl Invites {
    /// Invites one person, once per idempotency key.
    pub async fn create(
        &self,
        context: &RequestContext,
        organization: OrganizationId,
        new: NewInvite,
    ) -> Result<Invite, OrganizationError> {
        let (this, context) = (self.clone(), context.clone());
        let now = self.machinery.clock.now();
        let work = async move |tx: &mut Tx| {
            let invite = async |tx: &mut Tx| {
                let occasion = this.occasion(tx, &context, organization, now).await?;
                let acting = this.inviting(tx, &context, organization).await?;
                let role = this.invitable_role(tx, &acting, organization, &new.role).await?;
                this.invite_in(tx, &occasion, &new.email, &role).await
            };
            let keys = &this.machinery.idempotency;
            keys.once(tx, &context, now, invite).await
        };
        self.machinery.db.write(work).await
    }

    /// Invites many, and says of each what became of it; once per idempotency key.
    pub async fn create_many(
        &self,
        context: &RequestContext,
        organization: OrganizationId,
        new: NewInvites,
    ) -> Result<Vec<BulkAnswer>, OrganizationError> {
        let (this, context) = (self.clone(), context.clone());
        let now = self.machinery.clock.now();
        let work = async move |tx: &mut Tx| {
            let invite = async |tx: &mut Tx| {
                let occasion = this.occasion(tx, &context, organization, now).await?;
                let acting = this.inviting(tx, &context, organization).await?;
                let role = this.invitable_role(tx, &acting, organization, &new.role).await?;
                let mut answers = Vec::with_capacity(new.emails.len());
                for email in &new.emails {
                    answers.push(this.answer_for(tx, &occasion, email, &role).await?);
                }
                Ok::<_, OrganizationError>(answers)
            };
            let keys = &this.machinery.idempotency;
            keys.once(tx, &context, now, invite).await
        };
        self.machinery.db.write(work).await
    }

    /// Makes a link that is handed on by hand; once per idempotency key.
    pub async fn create_link(
        &self,
        context: &RequestContext,
        organization: OrganizationId,
        new: NewLink,
    ) -> Result<CreatedLink, OrganizationError> {
        let (this, context) = (self.clone(), context.clone());
        let now = self.machinery.clock.now();
        let work = async move |tx: &mut Tx| {
            let make = async |tx: &mut Tx| {
                let occasion = this.occasion(tx, &context, organization, now).await?;
                let acting = this.inviting(tx, &context, organization).await?;
                let role = this.invitable_role(tx, &acting, organization, &new.role).await?;
                let terms = LinkTerms {
                    email_domain: new.email_domain.clone(),
                    max_uses: new.max_uses,
                    uses: 0,
                };
                let invite = this.draft(&occasion, Addressee::Link(terms), &role);
                let token = this.insert(tx, &occasion, &invite).await?;
                let url = link(&this.post.public_url, &token);
                Ok::<_, OrganizationError>(CreatedLink { invite, url })
            };
            let keys = &this.machinery.idempotency;
            keys.once(tx, &context, now, make).await
        };
        self.machinery.db.write(work).await
    }

    /// Mails an invite again, with a new link; the one before leads nowhere from then on.
    pub async fn resend(
        &self,
        context: &RequestContext,
        organization: OrganizationId,
        id: InviteId,
    ) -> Result<Invite, OrganizationError> {
        let (this, context) = (self.clone(), context.clone());
        let now = self.machinery.clock.now();
        let work = async move |tx: &mut Tx| {
            let send = async |tx: &mut Tx| {
                let occasion = this.occasion(tx, &context, organization, now).await?;
                this.resend_in(tx, &occasion, id).await
            };
            let keys = &this.machinery.idempotency;
            keys.once(tx, &context, now, send).await
        };
        self.machinery.db.write(work).await
    }

    async fn resend_in(
        &self,
        tx: &mut Tx,
        occasion: &Occasion<'_>,
        id: InviteId,
    ) -> Result<Invite, OrganizationError> {
        let Occasion {
            context,
            organization,
            now,
            ..
        } = *occasion;
        let acting = self.inviting(tx, context, organization).await?;
        let invite = store::find(tx, organization, id).await?;
        let invite = invite.ok_or(OrganizationError::NotFound)?;
        let email = invite.email().ok_or(OrganizationError::InviteNotMailed)?;
        allowed(occasion, email)?;
        let role = self
            .neighbors
            .roles
            .get_in(tx, organization, invite.role.id)
            .await?;
        if !role.is_grantable_by(&acting) {
            return Err(OrganizationError::RoleNotGrantable);
        }
        self.count(tx, occasion, email).await?;
        let (token, hash) = OpaqueToken::generate(TOKEN_PREFIX);
        let expires_at = now.plus(self.terms.valid_for);
        if store::update_sent(tx, &invite, hash, expires_at, now).await? == 0 {
            return Err(OrganizationError::InviteClosed);
        }
        let invitee = store::find_invitee(tx, organization, email, now).await?;
        self.mail(tx, occasion, &invite, (&token, invitee)).await?;
        let event = InviteResent {
            organization_id: organization,
            invite_id: id,
        };
        self.machinery.events.publish(tx, context, &event).await?;
        let sent = store::find(tx, organization, id).await?;
        sent.ok_or(OrganizationError::NotFound)
    }

    async fn occasion<'a>(
        &self,
        tx: &mut Tx,
        context: &'a RequestContext,
        organization: OrganizationId,
        now: Timestamp,
    ) -> Result<Occasion<'a>, OrganizationError> {
        let organizations = &self.neighbors.organizations;
        let current = organizations.settings_in(tx, organization).await?;
        Ok(Occasion {
            context,
            organization,
            settings: current.settings,
            now,
        })
    }

    /// One address among many: what is wrong with it concerns no other.
    async fn answer_for(
        &self,
        tx: &mut Tx,
        occasion: &Occasion<'_>,
        typed: &str,
        role: &Role,
    ) -> Result<BulkAnswer, OrganizationError> {
        let invited = match typed.parse::<EmailAddress>() {
            Ok(email) => self.invite_in(tx, occasion, &email, role).await.map(Some),
            Err(_) => Ok(None),
        };
        let (outcome, invite) = match invited {
            Ok(Some(invite)) => (BulkOutcome::Invited, Some(invite)),
            Ok(None) => (BulkOutcome::InvalidEmail, None),
            Err(OrganizationError::DomainNotAllowed) => (BulkOutcome::EmailDomainNotAllowed, None),
            Err(OrganizationError::AlreadyMember) => (BulkOutcome::AlreadyMember, None),
            Err(OrganizationError::InvitePending) => (BulkOutcome::InvitePending, None),
            Err(OrganizationError::RateLimited(_)) => (BulkOutcome::RateLimited, None),
            Err(error) => return Err(error),
        };
        Ok(BulkAnswer {
            email: typed.to_owned(),
            outcome,
            invite,
        })
    }

    /// Whatever may be wrong with one address is found before anything is written for it.
    async fn invite_in(
        &self,
        tx: &mut Tx,
        occasion: &Occasion<'_>,
        email: &EmailAddress,
        role: &Role,
    ) -> Result<Invite, OrganizationError> {
        let (organization, now) = (occasion.organization, occasion.now);
        allowed(occasion, email)?;
        let invitee = store::find_invitee(tx, organization, email, now).await?;
        if invitee.is_member {
            return Err(OrganizationError::AlreadyMember);
        }
        if invitee.has_open_invite {
            return Err(OrganizationError::InvitePending);
        }
        self.count(tx, occasion, email).await?;
        store::update_expired(tx, organization, email.normalized(), now).await?;
        let invite = self.draft(occasion, Addressee::Address(email.clone()), role);
        let token = self.insert(tx, occasion, &invite).await?;
        self.mail(tx, occasion, &invite, (&token, invitee)).await?;
        Ok(invite)
    }

    /// Mails cost: those of an organization are counted, and those that one address gets.
    async fn count(
        &self,
        tx: &mut Tx,
        occasion: &Occasion<'_>,
        email: &EmailAddress,
    ) -> Result<(), OrganizationError> {
        let (limits, now) = (&self.post.limits, occasion.now);
        let address = email.normalized();
        let counted = limits.hit_in(tx, &self.terms.per_address, address, now).await?;
        counted.require(now)?;
        let organization = occasion.organization.to_string();
        let counted = limits.hit_in(tx, &self.terms.per_day, &organization, now).await?;
        counted.require(now)?;
        Ok(())
    }

    fn draft(&self, occasion: &Occasion<'_>, addressee: Addressee, role: &Role) -> Invite {
        let now = occasion.now;
        let is_mailed = matches!(addressee, Addressee::Address(_));
        Invite {
            id: InviteId::new(&*self.machinery.ids, now),
            organization: occasion.organization,
            addressee,
            role: InvitedRole {
                id: role.id,
                key: role.key.clone(),
                name: role.name.clone(),
            },
            invited_by: occasion.context.user(),
            sent_count: u32::from(is_mailed),
            last_sent_at: is_mailed.then_some(now),
            created_at: now,
            expires_at: now.plus(self.terms.valid_for),
            closed: None,
        }
    }

    async fn insert(
        &self,
        tx: &mut Tx,
        occasion: &Occasion<'_>,
        invite: &Invite,
    ) -> Result<Secret<String>, OrganizationError> {
        let (token, hash) = OpaqueToken::generate(TOKEN_PREFIX);
        if store::insert(tx, invite, hash).await? == 0 {
            return Err(OrganizationError::InvitePending);
        }
        let event = InviteCreated {
            organization_id: invite.organization,
            invite_id: invite.id,
            role: invite.role.key.to_string(),
        };
        let events = &self.machinery.events;
        events.publish(tx, occasion.context, &event).await?;
        Ok(token)
    }

    async fn mail(
        &self,
        tx: &mut Tx,
        occasion: &Occasion<'_>,
        invite: &Invite,
        (token, reader): (&Secret<String>, store::Invitee),
    ) -> Result<(), OrganizationError> {
        let Some(to) = invite.email() else {
            return Ok(());
        };
        let organizations = &self.neighbors.organizations;
        let organization = organizations.get_in(tx, invite.organization).await?;
        let inviter = match occasion.context.user() {
            Some(user) => store::find_name(tx, user).await?,
            None => None,
        };
        let variables = serde_json::json!({
            "organization": organization.name,
            "inviter": inviter,
            "role": invite.role.name,
            "link": link(&self.post.public_url, token),
            "expires_in": self.terms.valid_for.as_secs(),
        });
        let locale = reader.locale.as_ref().unwrap_or(&occasion.settings.locale);
        let mail = Mail {
            to,
            template: Template::Invite,
            locale,
            user: reader.user,
            organization: Some(invite.organization),
            variables,
        };
        self.post.mailer.send(tx, mail).await?;
        Ok(())
    }
}

fn allowed(occasion: &Occasion<'_>, email: &EmailAddress) -> Result<(), OrganizationError> {
    if occasion.settings.allows(email.domain()) {
        Ok(())
    } else {
        Err(OrganizationError::DomainNotAllowed)
    }
}

/// The page on which an invite is answered.
fn link(public_url: &Url, token: &Secret<String>) -> String {
    let mut url = public_url.clone();
    if let Ok(mut path) = url.path_segments_mut() {
        path.pop_if_empty().push("accept-invite");
    }
    url.query_pairs_mut().append_pair("token", token.expose());
    url.into()
}
