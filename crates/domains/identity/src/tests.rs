//! The routes of this domain together.

use web::Api;

use crate::testing::Identity;

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
