//! Organizations as those know them whom they pay.

use db::{DbError, Tx};
use kernel::OrganizationId;
use mail::{Mailer, Template};

use crate::error::OrganizationError;
use crate::membership::service::Memberships;
use crate::organization::service::Organizations;

/// Who pays. Cheap to clone.
#[derive(Clone)]
pub struct Payers {
    organizations: Organizations,
    memberships: Memberships,
    mailer: Mailer,
}

impl Payers {
    pub(crate) const fn new(organizations: Organizations, memberships: Memberships, mailer: Mailer) -> Self {
        Self {
            organizations,
            memberships,
            mailer,
        }
    }

    /// What it is called; none where it is not there, or no longer.
    pub async fn name_in(&self, tx: &mut Tx, id: OrganizationId) -> Result<Option<String>, DbError> {
        match self.organizations.get_in(tx, id).await {
            Ok(organization) => Ok(Some(organization.name)),
            Err(OrganizationError::Db(error)) => Err(error),
            Err(_) => Ok(None),
        }
    }

    /// How many members it has.
    pub async fn count_members_in(&self, tx: &mut Tx, id: OrganizationId) -> Result<i64, DbError> {
        self.memberships.count_in(tx, id).await
    }

    /// Writes the same mail to each owner, in their languages; to the 20 that were there first.
    pub async fn mail_owners_in(
        &self,
        tx: &mut Tx,
        id: OrganizationId,
        mail: (Template, serde_json::Value),
    ) -> Result<(), OrganizationError> {
        self.memberships.mail_owners_in(tx, &self.mailer, id, mail).await
    }
}
