//! What the extractors of the web ask: may this member do that here?

use async_trait::async_trait;
use kernel::{OrganizationId, PermissionSet};
use web::{ApiError, Authorize, Principal};

use crate::standing::service::Standings;

/// Answers out of [`Standings`]: without a query for who was asked about lately.
#[derive(Clone)]
pub struct Authorizer(Standings);

impl Authorizer {
    /// An authorizer that answers out of `standings`.
    pub const fn new(standings: Standings) -> Self {
        Self(standings)
    }
}

#[async_trait]
impl Authorize for Authorizer {
    async fn permissions(
        &self,
        principal: &Principal,
        organization: OrganizationId,
    ) -> Result<Option<PermissionSet>, ApiError> {
        Ok(self.0.permissions(organization, principal.user).await?)
    }
}
