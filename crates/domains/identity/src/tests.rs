//! The routes of this domain together.

use web::Api;

use crate::testing::Identity;

/// Exactly these operations, by id: whom they are for, and whether they want a fresh sign-in.
#[track_caller]
fn expect_operations(routes: &Api, expected: &[(&str, &str, bool)]) {
    let mut operations = routes.operations();
    operations.sort_by(|one, other| one.id.cmp(&other.id));
    let operations: Vec<(&str, &str, bool)> = operations
        .iter()
        .map(|operation| {
            (
                operation.id.as_str(),
                operation.access.permission(),
                operation.is_fresh,
            )
        })
        .collect();
    assert_eq!(operations, expected);
}

#[tokio::test]
async fn the_routes_describe_themselves() {
    let identity = Identity::strict().await;
    let routes: Api = crate::password::routes::routes(identity.passwords.clone())
        .merge(crate::session::routes::routes(identity.sessions.clone()))
        .merge(crate::signing_key::routes::routes(identity.signing_keys.clone()));
    let mut ids: Vec<String> = routes
        .operations()
        .into_iter()
        .map(|operation| operation.id)
        .collect();
    ids.sort();
    assert_eq!(
        ids,
        [
            "deleteOtherSessions",
            "deleteSession",
            "deleteUserSession",
            "deleteUserSessions",
            "getAuthorizationServer",
            "getJwks",
            "listSessions",
            "listUserSessions",
            "login",
            "logout",
            "refreshSession",
            "resendVerification",
            "signup",
            "verifyEmail",
        ]
    );
}

#[tokio::test]
async fn the_routes_of_mail_and_changed_credentials_describe_themselves() {
    let identity = Identity::strict().await;
    let (machinery, users) = (identity.machinery.clone(), identity.users.clone());
    let (passwords, sessions) = (identity.passwords.clone(), identity.sessions.clone());
    let email_changes = crate::EmailChanges::new(
        machinery.clone(),
        users.clone(),
        passwords.clone(),
        sessions.clone(),
    );
    let password_resets = crate::PasswordResets::new(
        machinery.clone(),
        users.clone(),
        passwords.clone(),
        sessions.clone(),
        email_changes.clone(),
    );
    let password_changes = crate::PasswordChanges::new(
        machinery.clone(),
        users.clone(),
        passwords.clone(),
        sessions.clone(),
        email_changes.clone(),
    );
    let magic_links =
        crate::MagicLinks::new(machinery, users, passwords, sessions, identity.entrances.clone());
    let routes: Api = crate::email_change::routes::routes(email_changes)
        .merge(crate::password_reset::routes::routes(password_resets))
        .merge(crate::password_change::routes::routes(password_changes))
        .merge(crate::magic_link::routes::routes(magic_links));
    expect_operations(
        &routes,
        &[
            ("changeEmail", "authenticated", true),
            ("changePassword", "authenticated", true),
            ("confirmEmailChange", "public", false),
            ("requestMagicLink", "public", false),
            ("requestPasswordReset", "public", false),
            ("resetPassword", "public", false),
            ("signInByMagicLink", "public", false),
            ("undoEmailChange", "public", false),
        ],
    );
}

#[tokio::test]
async fn the_routes_of_accounts_describe_themselves() {
    let identity = Identity::strict().await;
    let (machinery, users) = (identity.machinery.clone(), identity.users.clone());
    let (passwords, sessions) = (identity.passwords.clone(), identity.sessions.clone());
    let accounts = crate::Accounts::new(machinery.clone(), users.clone(), sessions, passwords);
    let settings = crate::UserSettings::new(machinery.clone(), users.clone());
    let documents = crate::Documents::new(machinery, users);
    let routes: Api = crate::account::routes::routes(accounts)
        .merge(crate::settings::routes::routes(settings))
        .merge(crate::document::routes::routes(documents));
    expect_operations(
        &routes,
        &[
            ("createUser", "platform_users:write", false),
            ("deleteOrganizationData", "data:write", false),
            ("deleteUser", "platform_users:write", true),
            ("deleteUserData", "platform_users:write", false),
            ("getOrganizationData", "data:read", false),
            ("getUser", "platform_users:read", false),
            ("getUserData", "platform_users:read", false),
            ("getUserSettings", "platform_users:read", false),
            ("listOrganizationData", "data:read", false),
            ("listUserData", "platform_users:read", false),
            ("listUsers", "platform_users:read", false),
            ("restoreUser", "platform_users:write", false),
            ("suspendUser", "platform_users:write", false),
            ("updateUser", "platform_users:write", false),
            ("updateUserPlatformRole", "platform_staff:write", true),
            ("updateUserSettings", "platform_users:write", false),
            ("writeOrganizationData", "data:write", false),
            ("writeUserData", "platform_users:write", false),
        ],
    );
}

#[tokio::test]
async fn the_routes_of_accounts_at_providers_describe_themselves() {
    let identity = Identity::strict().await;
    let routes = crate::social::routes::routes(identity.social(Vec::new()));
    expect_operations(
        &routes,
        &[
            ("deleteSocialAccount", "authenticated", true),
            ("finishSocialLink", "authenticated", false),
            ("finishSocialLogin", "public", false),
            ("linkSocialAccount", "authenticated", true),
            ("listProviders", "public", false),
            ("listSocialAccounts", "authenticated", false),
            ("socialLogin", "public", false),
        ],
    );
}

#[tokio::test]
async fn the_routes_of_passkeys_describe_themselves() {
    let identity = Identity::strict().await;
    let routes = crate::passkey::routes::routes(identity.passkeys.clone());
    expect_operations(
        &routes,
        &[
            ("createPasskey", "authenticated", true),
            ("deletePasskey", "authenticated", true),
            ("listPasskeys", "authenticated", false),
            ("renamePasskey", "authenticated", false),
            ("signInByPasskey", "public", false),
            ("startPasskeyRegistration", "authenticated", true),
            ("startPasskeySecondFactor", "public", false),
            ("startPasskeySignIn", "public", false),
            ("startPasskeyStepUp", "authenticated", false),
            ("stepUpByPasskey", "authenticated", false),
            ("verifyPasskeySecondFactor", "public", false),
        ],
    );
}
