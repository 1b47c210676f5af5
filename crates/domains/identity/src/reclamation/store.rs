//! What a stranger may have left in an account, in the database.

use db::{DbError, Executor as _, Tx, args};
use kernel::UserId;

pub(crate) async fn delete_challenges(tx: &mut Tx, user: UserId) -> Result<u64, DbError> {
    tx.execute("DELETE FROM webauthn_challenges WHERE user_id = $1", args![user])
        .await
}

pub(crate) async fn delete_tickets(tx: &mut Tx, user: UserId) -> Result<u64, DbError> {
    tx.execute("DELETE FROM mfa_tickets WHERE user_id = $1", args![user])
        .await
}

pub(crate) async fn delete_social_accounts(tx: &mut Tx, user: UserId) -> Result<u64, DbError> {
    tx.execute("DELETE FROM social_accounts WHERE user_id = $1", args![user])
        .await
}

pub(crate) async fn delete_flows(tx: &mut Tx, user: UserId) -> Result<u64, DbError> {
    tx.execute("DELETE FROM oauth_flows WHERE user_id = $1", args![user])
        .await
}

pub(crate) async fn delete_settings(tx: &mut Tx, user: UserId) -> Result<u64, DbError> {
    tx.execute("DELETE FROM user_settings WHERE user_id = $1", args![user])
        .await
}

pub(crate) async fn delete_documents(tx: &mut Tx, user: UserId) -> Result<u64, DbError> {
    tx.execute("DELETE FROM user_data WHERE user_id = $1", args![user])
        .await
}
