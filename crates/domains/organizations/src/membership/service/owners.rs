//! Writing to those whose organization it is.

use db::{DbError, Tx};
use kernel::OrganizationId;
use mail::{Mail, Mailer, Template};

use super::super::store;
use super::Memberships;
use crate::error::OrganizationError;

/// So many owners are written to: one transaction should stay short.
const MOST_TOLD: u32 = 20;

impl Memberships {
    /// How many members there are.
    pub(crate) async fn count_in(&self, tx: &mut Tx, organization: OrganizationId) -> Result<i64, DbError> {
        store::count(tx, organization).await
    }

    /// Writes the same mail to each owner, in their languages.
    pub(crate) async fn mail_owners_in(
        &self,
        tx: &mut Tx,
        mailer: &Mailer,
        organization: OrganizationId,
        (template, variables): (Template, serde_json::Value),
    ) -> Result<(), OrganizationError> {
        for owner in store::list_owners(tx, organization, MOST_TOLD).await? {
            let mail = Mail {
                to: &owner.email,
                template,
                locale: &owner.locale,
                user: Some(owner.id),
                organization: Some(organization),
                variables: variables.clone(),
            };
            mailer.send(tx, mail).await?;
        }
        Ok(())
    }
}
