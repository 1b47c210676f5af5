//! The services of this domain, put together.

use std::sync::Arc;

use kernel::Clock;
use mail::Mailer;
use web::routes::Api;

use crate::authorize::Authorizer;
use crate::config::OrganizationsConfig;
use crate::invite::service::{Invites, Neighbors, Post};
use crate::machinery::Machinery;
use crate::membership::service::Memberships;
use crate::organization::service::Organizations;
use crate::payers::Payers;
use crate::role::service::Roles;
use crate::standing::service::Standings;
use crate::subscribers::{KeepOwners, LeaveOrganizations, RevokeInvites, TellOrganizations, TellOwners};
use crate::{invite, membership, organization, role};

/// Everything that this domain offers. Cheap to clone.
#[derive(Clone)]
pub struct Services {
    /// Organizations themselves.
    pub organizations: Organizations,
    /// Who is in them.
    pub memberships: Memberships,
    /// What members may do.
    pub roles: Roles,
    /// How people get in.
    pub invites: Invites,
    /// Who may do what, where.
    pub standings: Standings,
    clock: Arc<dyn Clock>,
}

impl Services {
    /// Services that keep what they know by `machinery` and mail by `post`.
    pub fn new(machinery: &Machinery, post: Post, config: &OrganizationsConfig) -> Self {
        let standings = Standings::new(machinery.db.clone(), config.standings_remembered);
        let roles = Roles::new(machinery.clone(), standings.clone());
        let memberships = Memberships::new(machinery.clone(), roles.clone(), standings.clone());
        let organizations = Organizations::new(machinery.clone(), memberships.clone(), standings.clone());
        let neighbors = Neighbors {
            organizations: organizations.clone(),
            memberships: memberships.clone(),
            roles: roles.clone(),
            standings: standings.clone(),
        };
        let invites = Invites::new(machinery.clone(), neighbors, post, config);
        Self {
            organizations,
            memberships,
            roles,
            invites,
            standings,
            clock: Arc::clone(&machinery.clock),
        }
    }

    /// Every operation of this domain.
    pub fn api(&self) -> Api {
        organization::routes::routes(self.organizations.clone())
            .merge(membership::routes::routes(self.memberships.clone()))
            .merge(role::routes::routes(self.roles.clone()))
            .merge(invite::routes::routes(self.invites.clone()))
    }

    /// What answers the extractors of the web.
    pub fn authorizer(&self) -> Authorizer {
        Authorizer::new(self.standings.clone(), Arc::clone(&self.clock))
    }

    /// Organizations as those know them whom they pay.
    pub fn payers(&self, mailer: Mailer) -> Payers {
        Payers::new(self.organizations.clone(), self.memberships.clone(), mailer)
    }

    /// To hear of deleted accounts.
    pub fn leave_organizations(&self) -> LeaveOrganizations {
        LeaveOrganizations::new(self.organizations.clone(), self.memberships.clone())
    }

    /// To hear of staff who act as somebody.
    pub fn tell_organizations(&self) -> TellOrganizations {
        TellOrganizations::new(self.memberships.clone())
    }

    /// To hear of webhook endpoints that were disabled.
    pub fn tell_owners(&self, mailer: Mailer) -> TellOwners {
        TellOwners::new(self.organizations.clone(), self.memberships.clone(), mailer)
    }

    /// To hear of accounts that their owners took.
    pub fn revoke_invites(&self) -> RevokeInvites {
        RevokeInvites::new(self.invites.clone())
    }

    /// To hear of suspended accounts.
    pub fn keep_owners(&self) -> KeepOwners {
        KeepOwners::new(self.memberships.clone())
    }
}
