//! What happens to accounts.

use super::events;
use crate::email::EmailAddress;
use crate::id::{UserId, UserImportId};
use crate::permission::PlatformRole;

events! {
    /// An account was made, by its owner or by staff.
    UserRegistered = "user.registered" {
        /// The new account.
        user_id: UserId,
        /// Its address, not yet confirmed perhaps.
        email: EmailAddress,
        /// Whether the address is known to be its owner's.
        email_verified: bool,
    } on user_id;

    /// The owner of an account showed that the address is theirs.
    UserEmailVerified = "user.email_verified" {
        /// The account.
        user_id: UserId,
        /// The address.
        email: EmailAddress,
    } on user_id;

    /// The owner of an address took an account that nobody had confirmed, and that a stranger may have made:
    /// what whoever had it could use is gone.
    UserReclaimed = "user.reclaimed" {
        /// The account.
        user_id: UserId,
    } on user_id;

    /// Somebody changed what an account says about its owner.
    UserUpdated = "user.updated" {
        /// The account.
        user_id: UserId,
        /// The names of the fields that changed.
        fields: Vec<String>,
    } on user_id;

    /// An account was closed to its owner.
    UserSuspended = "user.suspended" {
        /// The account.
        user_id: UserId,
    } on user_id;

    /// A suspended account was opened again.
    UserRestored = "user.restored" {
        /// The account.
        user_id: UserId,
    } on user_id;

    /// An account was deleted.
    UserDeleted = "user.deleted" {
        /// The account.
        user_id: UserId,
    } on user_id;

    /// The platform role of an account was given, changed or taken.
    UserPlatformRoleChanged = "user.platform_role_changed" {
        /// The account.
        user_id: UserId,
        /// The role now; none for a person who is not staff.
        role: Option<PlatformRole>,
    } on user_id;

    /// A person changed their settings.
    UserSettingsUpdated = "user_settings.updated" {
        /// Whose settings.
        user_id: UserId,
    } on user_id;

    /// A document of a person was written.
    UserDataWritten = "user_data.written" {
        /// Whose document.
        user_id: UserId,
        /// Its namespace.
        namespace: String,
        /// Its key.
        key: String,
    } on user_id;

    /// A document of a person was deleted.
    UserDataDeleted = "user_data.deleted" {
        /// Whose document.
        user_id: UserId,
        /// Its namespace.
        namespace: String,
        /// Its key.
        key: String,
    } on user_id;

    /// An import of people from another system was started.
    UserImportStarted = "user_import.started" {
        /// The import.
        import_id: UserImportId,
        /// Whether it makes no accounts, but only says what would go wrong.
        is_dry_run: bool,
        /// How many people it has.
        rows: i64,
    } on import_id;

    /// An import of people from another system is over. Each account that it made was told by itself.
    UserImportFinished = "user_import.finished" {
        /// The import.
        import_id: UserImportId,
        /// Whether it made no accounts, but only says what would go wrong.
        is_dry_run: bool,
        /// `done` or `cancelled`.
        status: String,
        /// How many accounts it made.
        rows_created: i64,
        /// How many rows have an error.
        rows_failed: i64,
    } on import_id;
}
