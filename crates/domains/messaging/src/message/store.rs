//! Who is a member and who has an account: `user_org` and `users`, which are other domains'.

use db::{DbError, Executor, args};
use kernel::{OrganizationId, UserId};

/// Those of `users` who are members.
pub(super) async fn list_members(
    db: &mut impl Executor,
    organization: OrganizationId,
    users: &[UserId],
) -> Result<Vec<UserId>, DbError> {
    db.fetch_all(
        "SELECT user_id FROM user_org WHERE organization_id = $1 AND user_id {in_uuids:$2}",
        args![organization, uuids(users)],
    )
    .await
}

/// Those of `users` who have an account.
pub(super) async fn list_accounts(db: &mut impl Executor, users: &[UserId]) -> Result<Vec<UserId>, DbError> {
    db.fetch_all("SELECT id FROM users WHERE id {in_uuids:$1}", args![uuids(users)])
        .await
}

fn uuids(users: &[UserId]) -> serde_json::Value {
    let users: Vec<String> = users.iter().map(|user| user.uuid().to_string()).collect();
    serde_json::json!(users)
}
