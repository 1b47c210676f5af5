//! Accepting invites and declining them.

use db::{Executor, Tx};
use kernel::event::organization::{InviteAccepted, InviteDeclined};
use kernel::{EmailAddress, RequestContext, Timestamp, UserId};
use mail::{Mail, Template};

use super::super::model::{Accepted, Addressee, Invite, InviteReference, ReceivedInvite};
use super::super::store::{self, Account};
use super::{Invites, token_hash};
use crate::error::OrganizationError;
use crate::membership::model::{Joining, Member};

impl Invites {
    /// Who acts joins by an invite, once per idempotency key.
    pub async fn accept(
        &self,
        context: &RequestContext,
        reference: InviteReference,
    ) -> Result<Accepted, OrganizationError> {
        let (this, context) = (self.clone(), context.clone());
        let now = self.machinery.clock.now();
        let work = async move |tx: &mut Tx| {
            let accept = async |tx: &mut Tx| {
                let user = context.user().ok_or(OrganizationError::Forbidden)?;
                let account = account(tx, user).await?;
                let invite = find(tx, &reference, &account).await?.invite;
                this.check_state(tx, &invite, user, now).await?;
                this.check_address(tx, &invite, &account).await?;
                let member = this.join(tx, &context, &invite, (user, now)).await?;
                let organizations = &this.neighbors.organizations;
                let organization = organizations.get_in(tx, invite.organization).await?;
                Ok::<_, OrganizationError>(Accepted { organization, member })
            };
            let keys = &this.machinery.idempotency;
            keys.once(tx, &context, now, accept).await
        };
        self.machinery.db.write(work).await
    }

    /// Who acts does not want to join.
    pub async fn decline(
        &self,
        context: &RequestContext,
        reference: InviteReference,
    ) -> Result<(), OrganizationError> {
        let (this, context) = (self.clone(), context.clone());
        let now = self.machinery.clock.now();
        let work = async move |tx: &mut Tx| {
            let user = context.user().ok_or(OrganizationError::Forbidden)?;
            let account = account(tx, user).await?;
            let invite = find(tx, &reference, &account).await?.invite;
            this.check_state(tx, &invite, user, now).await?;
            // A link is for others too; who does not want it leaves it alone.
            let email = invite.email().ok_or(OrganizationError::InviteNotMailed)?;
            is_owner_of(&account, email)?;
            if store::update_declined(tx, &invite, now).await? == 0 {
                return Err(OrganizationError::InviteInvalid);
            }
            let event = InviteDeclined {
                organization_id: invite.organization,
                invite_id: invite.id,
            };
            this.machinery.events.publish(tx, &context, &event).await?;
            Ok(())
        };
        self.machinery.db.write(work).await
    }

    /// Whoever is in already is told so, even where the invite is used up: they may have sent this twice.
    async fn check_state(
        &self,
        tx: &mut Tx,
        invite: &Invite,
        user: UserId,
        now: Timestamp,
    ) -> Result<(), OrganizationError> {
        if invite.is_pending(now) {
            return Ok(());
        }
        let standings = &self.neighbors.standings;
        let standing = standings.find_in(tx, invite.organization, user).await?;
        Err(standing.map_or(OrganizationError::InviteInvalid, |_| {
            OrganizationError::AlreadyMember
        }))
    }

    /// An invite by mail is for that address alone. A link is for anybody, except where domains are
    /// asked for: then the address must be known to be theirs.
    pub(super) async fn check_address(
        &self,
        tx: &mut Tx,
        invite: &Invite,
        account: &Account,
    ) -> Result<(), OrganizationError> {
        let terms = match &invite.addressee {
            Addressee::Address(email) => return is_owner_of(account, email),
            Addressee::Link(terms) => terms,
        };
        let organizations = &self.neighbors.organizations;
        let settings = organizations.settings_in(tx, invite.organization).await?.settings;
        if terms.email_domain.is_none() && settings.allowed_email_domains.is_empty() {
            return Ok(());
        }
        let domain = account.email.domain();
        let is_of_domain = terms
            .email_domain
            .as_ref()
            .is_none_or(|wanted| wanted.as_str() == domain);
        if !is_of_domain || !settings.allows(domain) {
            return Err(OrganizationError::DomainNotAllowed);
        }
        if !account.is_verified {
            return Err(OrganizationError::EmailNotVerified);
        }
        Ok(())
    }

    /// Joining holds the lock of the organization, so that of two who come at once by the last use of an
    /// invite, the second finds it used up and is undone.
    pub(super) async fn join(
        &self,
        tx: &mut Tx,
        context: &RequestContext,
        invite: &Invite,
        (user, now): (UserId, Timestamp),
    ) -> Result<Member, OrganizationError> {
        let joining = Joining {
            organization: invite.organization,
            user,
            role: invite.role.id,
            role_key: &invite.role.key,
            granted_by: invite.invited_by,
        };
        let memberships = &self.neighbors.memberships;
        let member = memberships.join_in(tx, context, joining, now).await?;
        if store::update_accepted(tx, invite, user, now).await? == 0 {
            return Err(OrganizationError::InviteInvalid);
        }
        let event = InviteAccepted {
            organization_id: invite.organization,
            invite_id: invite.id,
            user_id: user,
        };
        self.machinery.events.publish(tx, context, &event).await?;
        self.tell_inviter(tx, invite, &member).await?;
        Ok(member)
    }

    /// Who invited hears of it, as long as they are in themselves.
    async fn tell_inviter(
        &self,
        tx: &mut Tx,
        invite: &Invite,
        member: &Member,
    ) -> Result<(), OrganizationError> {
        let Some(inviter) = invite.invited_by else {
            return Ok(());
        };
        let Some(reader) = store::find_correspondent(tx, invite.organization, inviter).await? else {
            return Ok(());
        };
        let organizations = &self.neighbors.organizations;
        let organization = organizations.get_in(tx, invite.organization).await?;
        let person = &member.person;
        let name = person.name.as_deref().unwrap_or_else(|| person.email.as_str());
        let mail = Mail {
            to: &reader.email,
            template: Template::MemberJoined,
            locale: &reader.locale,
            user: Some(inviter),
            organization: Some(invite.organization),
            variables: serde_json::json!({ "organization": organization.name, "member": name }),
        };
        self.post.mailer.send(tx, mail).await?;
        Ok(())
    }
}

async fn account(tx: &mut impl Executor, user: UserId) -> Result<Account, OrganizationError> {
    let account = store::find_account(tx, user).await?;
    account.ok_or(OrganizationError::Forbidden)
}

/// An invite is found by its token, or by its id among those that were sent to the account's address.
async fn find(
    tx: &mut impl Executor,
    reference: &InviteReference,
    account: &Account,
) -> Result<ReceivedInvite, OrganizationError> {
    let found = match reference {
        InviteReference::Token(token) => store::find_by_token(tx, token_hash(token)?).await?,
        InviteReference::Id(_) if !account.is_verified => return Err(OrganizationError::EmailNotVerified),
        InviteReference::Id(id) => store::find_received(tx, *id, account.email.normalized()).await?,
    };
    found.ok_or(OrganizationError::InviteInvalid)
}

fn is_owner_of(account: &Account, email: &EmailAddress) -> Result<(), OrganizationError> {
    if account.email != *email {
        Err(OrganizationError::InviteForOtherAddress)
    } else if !account.is_verified {
        Err(OrganizationError::EmailNotVerified)
    } else {
        Ok(())
    }
}
