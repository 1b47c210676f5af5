//! Members whom staff act as.

use db::Tx;
use kernel::RequestContext;
use kernel::event::auth::ImpersonationStarted;
use kernel::event::organization::MemberImpersonated;

use super::super::store;
use super::Memberships;
use crate::error::OrganizationError;

/// In so many organizations it is told, those joined last first: one transaction should stay short.
const MOST_TOLD: u32 = 100;

impl Memberships {
    /// Tells every organization of a person that staff act as them.
    pub(crate) async fn tell_impersonated_in(
        &self,
        tx: &mut Tx,
        context: &RequestContext,
        started: &ImpersonationStarted,
    ) -> Result<(), OrganizationError> {
        for organization_id in store::list_organizations_of(tx, started.user_id, MOST_TOLD).await? {
            let event = MemberImpersonated {
                organization_id,
                user_id: started.user_id,
                by: started.by,
                reason: started.reason.clone(),
                is_read_only: started.is_read_only,
                expires_at: started.expires_at,
            };
            self.machinery.events.publish(tx, context, &event).await?;
        }
        Ok(())
    }
}
