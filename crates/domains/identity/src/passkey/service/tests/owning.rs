//! Passkeys that come and go.

use kernel::PageRequest;

use super::{
    ADA, BOB, answer, asking, authenticator, challenge, create, enter, is_invalid, made, owner, register,
};
use crate::error::IdentityError;
use crate::session::model::Renewed;
use crate::testing::{Identity, PASSWORD, context};

#[tokio::test]
async fn the_options_are_what_browsers_take() {
    let identity = Identity::open().await;
    let (ada, authenticator) = owner(&identity, ADA).await;
    let options = identity.passkeys.start_registration(ada).await.unwrap();
    let options = serde_json::to_value(options).unwrap();
    assert_eq!(options["rp"]["id"], "127.0.0.1");
    assert_eq!(options["user"]["name"], ADA);
    assert_eq!(options["attestation"], "none");
    assert_eq!(options["pubKeyCredParams"][1]["alg"], -7);
    assert_eq!(options["authenticatorSelection"]["residentKey"], "preferred");
    let excluded = options["excludeCredentials"].as_array().unwrap();
    assert_eq!(excluded.len(), 1);
    assert_eq!(excluded[0]["id"], super::text(&authenticator.credential_id));
    let options = identity.passkeys.start_sign_in(&context()).await.unwrap();
    let options = serde_json::to_value(options).unwrap();
    assert_eq!(options["userVerification"], "required");
    assert_eq!(options["allowCredentials"], serde_json::json!([]));
}

#[tokio::test]
async fn the_first_factor_ends_other_sessions_raises_this_one_and_brings_codes() {
    let identity = Identity::open().await;
    let held = identity.person(ADA).await;
    let other = identity.sign_in(ADA, PASSWORD).await.unwrap().held;
    let ada = asking(&identity, &held).await;
    let added = register(&identity, ada, &authenticator()).await;
    assert_eq!(added.enrolled.recovery_codes.len(), 10);
    let Renewed::Tokens(raised) = &added.enrolled.renewed else {
        panic!("a client of the API holds tokens");
    };
    let claims = identity
        .signing_keys
        .verify(raised.tokens.access_token.expose(), identity.machinery.now())
        .await
        .unwrap();
    assert_eq!(claims.aal, 2);
    let refreshed = identity
        .sessions
        .refresh(&context(), other.tokens.refresh_token.expose())
        .await;
    assert!(matches!(refreshed, Err(IdentityError::SessionRevoked)));
    assert_eq!(identity.heard("auth.factor_added"), 1);
    let mail = identity.mail_to(ADA).await.unwrap();
    assert!(mail.text.contains("Laptop"), "{}", mail.text);
    let added = register(&identity, ada, &authenticator()).await;
    assert!(
        added.enrolled.recovery_codes.is_empty(),
        "there are some from before"
    );
}

#[tokio::test]
async fn a_wrong_answer_makes_no_passkey_and_uses_its_challenge_up() {
    let identity = Identity::open().await;
    let ada = asking(&identity, &identity.person(ADA).await).await;
    let mut framed = authenticator();
    framed.origin = String::from("https://evil.example");
    let options = identity.passkeys.start_registration(ada).await.unwrap();
    let challenge = challenge(&options);
    let answer = framed.register(&challenge).unwrap();
    assert!(is_invalid(create(&identity, ada, made(&framed, &answer)).await));
    framed.origin = String::from("http://127.0.0.1:8080");
    let answer = framed.register(&challenge).unwrap();
    assert!(is_invalid(create(&identity, ada, made(&framed, &answer)).await));
    assert_eq!(identity.heard("auth.factor_added"), 0);
}

#[tokio::test]
async fn a_credential_is_one_person_s_and_twenty_are_the_most() {
    let identity = Identity::open().await;
    let (ada, hers) = owner(&identity, ADA).await;
    let bob = asking(&identity, &identity.person(BOB).await).await;
    let options = identity.passkeys.start_registration(bob).await.unwrap();
    let answer = hers.register(&challenge(&options)).unwrap();
    let taken = create(&identity, bob, made(&hers, &answer)).await;
    assert!(matches!(taken, Err(IdentityError::PasskeyTaken)));
    for _ in 0..19 {
        register(&identity, ada, &authenticator()).await;
    }
    let one_more = authenticator();
    let options = identity.passkeys.start_registration(ada).await.unwrap();
    let answer = one_more.register(&challenge(&options)).unwrap();
    let refused = create(&identity, ada, made(&one_more, &answer)).await;
    assert!(matches!(refused, Err(IdentityError::TooManyPasskeys)));
}

#[tokio::test]
async fn a_passkey_is_renamed_and_removed_by_its_owner_alone() {
    let identity = Identity::open().await;
    let (ada, hers) = owner(&identity, ADA).await;
    let bob = asking(&identity, &identity.person(BOB).await).await;
    let page = identity
        .passkeys
        .list(ada.user, PageRequest::new(10, None))
        .await
        .unwrap();
    let id = page.items[0].id;
    let name = || "Key".parse().unwrap();
    let foreign = identity.passkeys.rename(bob.user, id, name()).await;
    assert!(matches!(foreign, Err(IdentityError::NotFound)));
    let foreign = identity.passkeys.delete(&context(), bob.user, id).await;
    assert!(matches!(foreign, Err(IdentityError::NotFound)));
    let renamed = identity.passkeys.rename(ada.user, id, name()).await.unwrap();
    assert_eq!(renamed.name, "Key");
    let credential = answer(&identity, &hers, ada.user).await;
    identity.passkeys.delete(&context(), ada.user, id).await.unwrap();
    assert!(is_invalid(enter(&identity, credential).await), "it is gone");
    assert_eq!(identity.heard("auth.factor_removed"), 1);
    // No second factor is left, and no recovery code.
    identity.sign_in(ADA, PASSWORD).await.unwrap();
    let overview = identity.enrolments.get(ada.user).await.unwrap();
    assert_eq!((overview.passkeys, overview.recovery_codes), (0, 0));
}

#[tokio::test]
async fn the_last_way_in_is_not_removed() {
    use db::Executor as _;

    let identity = Identity::open().await;
    let (ada, _) = owner(&identity, ADA).await;
    register(&identity, ada, &authenticator()).await;
    let forget = async move |tx: &mut db::Tx| {
        tx.execute(
            "DELETE FROM password_credentials WHERE user_id = $1",
            db::args![ada.user],
        )
        .await
    };
    identity.machinery.db.write(forget).await.unwrap();
    let page = identity
        .passkeys
        .list(ada.user, PageRequest::new(10, None))
        .await
        .unwrap();
    let [newer, older] = &page.items[..] else {
        panic!("two were added");
    };
    let context = context();
    let (one, other) = tokio::join!(
        identity.passkeys.delete(&context, ada.user, newer.id),
        identity.passkeys.delete(&context, ada.user, older.id),
    );
    let refused = [one, other]
        .into_iter()
        .filter(|deleted| matches!(deleted, Err(IdentityError::LastSignInMethod)));
    assert_eq!(refused.count(), 1);
}
