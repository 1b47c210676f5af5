//! What an organization is called.

use db::{DbError, Executor, args};
use kernel::OrganizationId;

pub(crate) async fn find_organization_name(
    db: &mut impl Executor,
    organization: OrganizationId,
) -> Result<Option<String>, DbError> {
    db.fetch_optional(
        "SELECT name FROM organizations WHERE id = $1",
        args![organization],
    )
    .await
}
