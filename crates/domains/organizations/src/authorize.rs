//! What the extractors of the web ask: may this member do that here?

use std::sync::Arc;

use async_trait::async_trait;
use kernel::{Clock, OrganizationId, PermissionSet};
use web::{ApiError, Authorize, Principal};

use crate::standing::service::Standings;

/// Answers out of [`Standings`]: without a query for who was asked about lately.
///
/// Here, and nowhere else, an organization keeps those out who signed in without a second factor when it asks
/// for one. It is asked on each request, so a session of before is kept out too, however often it is
/// refreshed. Where staff act as a member, what the staff showed counts.
#[derive(Clone)]
pub struct Authorizer {
    standings: Standings,
    clock: Arc<dyn Clock>,
}

impl Authorizer {
    /// An authorizer that answers out of `standings`.
    pub const fn new(standings: Standings, clock: Arc<dyn Clock>) -> Self {
        Self { standings, clock }
    }
}

#[async_trait]
impl Authorize for Authorizer {
    async fn permissions(
        &self,
        principal: &Principal,
        organization: OrganizationId,
    ) -> Result<Option<PermissionSet>, ApiError> {
        let access = self.standings.access(organization, principal.user).await?;
        let Some(access) = access else {
            return Ok(None);
        };
        let is_asked = access
            .mfa_required_from
            .is_some_and(|from| self.clock.now() >= from);
        if is_asked && principal.aal < 2 {
            let detail = "this organization asks for a second factor; set one up and sign in with it";
            return Err(ApiError::forbidden("mfa_enrollment_required", detail));
        }
        Ok(Some(access.permissions))
    }
}
