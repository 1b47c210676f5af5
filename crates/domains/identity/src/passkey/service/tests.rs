//! Passkeys from end to end, with an authenticator in software.

mod owning;
mod races;

use std::sync::Arc;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use kernel::context::Idempotency;
use kernel::{RequestContext, Secret, UserId};
use serde_json::{Value, json};
use webauthn::testing::{SoftAssertion, SoftAuthenticator, SoftRegistration, USER_PRESENT, USER_VERIFIED};

use crate::enrolment::model::Asking;
use crate::enrolment::service::tests::asking;
use crate::entrance::model::Entered;
use crate::error::IdentityError;
use crate::passkey::answer::{AuthenticationCredential, RegistrationCredential};
use crate::passkey::model::{Added, NewPasskey};
use crate::passkey::service::SecondStep;
use crate::password::Confirmation;
use crate::session::model::{Held, Renewed};
use crate::testing::{Identity, PASSWORD, context, sign_in, sign_up, token_in};

const ADA: &str = "ada@example.com";
const BOB: &str = "bob@example.com";

pub(crate) fn authenticator() -> SoftAuthenticator {
    SoftAuthenticator::new("127.0.0.1", "http://127.0.0.1:8080").unwrap()
}

fn text(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

pub(crate) fn challenge(options: &impl serde::Serialize) -> Vec<u8> {
    let options = serde_json::to_value(options).unwrap();
    URL_SAFE_NO_PAD
        .decode(options["challenge"].as_str().unwrap())
        .unwrap()
}

/// As `toJSON()` writes it, with more than we want to know.
fn made(authenticator: &SoftAuthenticator, answer: &SoftRegistration) -> RegistrationCredential {
    serde_json::from_value(made_json(authenticator, answer)).unwrap()
}

pub(crate) fn made_json(authenticator: &SoftAuthenticator, answer: &SoftRegistration) -> Value {
    json!({
        "id": text(&authenticator.credential_id),
        "rawId": text(&authenticator.credential_id),
        "type": "public-key",
        "authenticatorAttachment": "platform",
        "clientExtensionResults": {},
        "response": {
            "clientDataJSON": text(&answer.client_data_json),
            "attestationObject": text(&answer.attestation_object),
            "transports": ["internal", "hybrid", "NOT A WORD"],
            "publicKeyAlgorithm": -7,
        },
    })
}

fn used(
    authenticator: &SoftAuthenticator,
    answer: &SoftAssertion,
    handle: Option<UserId>,
) -> AuthenticationCredential {
    serde_json::from_value(used_json(authenticator, answer, handle)).unwrap()
}

pub(crate) fn used_json(
    authenticator: &SoftAuthenticator,
    answer: &SoftAssertion,
    handle: Option<UserId>,
) -> Value {
    json!({
        "id": text(&authenticator.credential_id),
        "rawId": text(&authenticator.credential_id),
        "type": "public-key",
        "clientExtensionResults": {},
        "response": {
            "clientDataJSON": text(&answer.client_data_json),
            "authenticatorData": text(&answer.authenticator_data),
            "signature": text(&answer.signature),
            "userHandle": handle.map_or(Value::Null, |user| text(user.uuid().as_bytes()).into()),
        },
    })
}

async fn register(identity: &Identity, asking: Asking, authenticator: &SoftAuthenticator) -> Added {
    let options = identity.passkeys.start_registration(asking).await.unwrap();
    let answer = authenticator.register(&challenge(&options)).unwrap();
    create(identity, asking, made(authenticator, &answer))
        .await
        .unwrap()
}

async fn create(
    identity: &Identity,
    asking: Asking,
    credential: RegistrationCredential,
) -> Result<Added, IdentityError> {
    let new = NewPasskey {
        name: Some("Laptop".parse().unwrap()),
        credential,
    };
    identity.passkeys.create(&context(), asking, new).await
}

/// A person with a passkey, in the session that it was added in.
pub(crate) async fn owner(identity: &Identity, email: &str) -> (Asking, SoftAuthenticator) {
    let held = identity.person(email).await;
    let (asking, authenticator) = (asking(identity, &held).await, authenticator());
    register(identity, asking, &authenticator).await;
    (asking, authenticator)
}

/// An answer at the door.
async fn answer(
    identity: &Identity,
    authenticator: &SoftAuthenticator,
    user: UserId,
) -> AuthenticationCredential {
    let options = identity.passkeys.start_sign_in(&context()).await.unwrap();
    let answer = authenticator.assert(&challenge(&options)).unwrap();
    used(authenticator, &answer, Some(user))
}

async fn enter(identity: &Identity, credential: AuthenticationCredential) -> Result<Held, IdentityError> {
    identity.passkeys.sign_in(&context(), credential).await
}

fn is_invalid<T>(result: Result<T, IdentityError>) -> bool {
    matches!(result.err(), Some(IdentityError::PasskeyInvalid))
}

/// The ticket of somebody whose password was right.
async fn ticket(identity: &Identity, email: &str) -> Secret<String> {
    let signed_in = identity
        .passwords
        .sign_in(&context(), sign_in(email, PASSWORD))
        .await
        .unwrap();
    match signed_in.entered {
        Entered::SecondFactor(ticket) => ticket.token,
        Entered::In(_) => panic!("a second factor is due"),
    }
}

async fn second_answer(
    identity: &Identity,
    authenticator: &SoftAuthenticator,
    ticket: &Secret<String>,
) -> AuthenticationCredential {
    let options = identity
        .passkeys
        .start_second_factor(&context(), ticket)
        .await
        .unwrap();
    let answer = authenticator.assert(&challenge(&options)).unwrap();
    used(authenticator, &answer, None)
}

async fn complete(
    identity: &Identity,
    ticket: &Secret<String>,
    credential: AuthenticationCredential,
) -> Result<Held, IdentityError> {
    let step = SecondStep {
        ticket: ticket.clone(),
        credential,
    };
    identity.passkeys.complete(&context(), step).await
}

#[tokio::test]
async fn a_passkey_opens_a_session_of_two_factors_by_itself() {
    let identity = Identity::open().await;
    let (ada, authenticator) = owner(&identity, ADA).await;
    let credential = answer(&identity, &authenticator, ada.user).await;
    let held = enter(&identity, credential.clone()).await.unwrap();
    assert_eq!(held.user.id, ada.user);
    let claims = identity
        .signing_keys
        .verify(held.tokens.access_token.expose(), identity.machinery.now())
        .await
        .unwrap();
    assert_eq!(
        (claims.aal, claims.amr),
        (2, vec!["hwk".into(), "user".into(), "mfa".into()])
    );
    assert!(is_invalid(enter(&identity, credential).await), "a replay");
    let page = kernel::PageRequest::new(10, None);
    let passkeys = identity.passkeys.list(ada.user, page).await.unwrap().items;
    assert_eq!(passkeys.len(), 1);
    assert!(passkeys[0].last_used_at.is_some());
    assert_eq!(passkeys[0].transports, ["internal", "hybrid"]);
}

#[tokio::test]
async fn every_wrong_answer_at_the_door_is_refused_alike_and_uses_its_challenge_up() {
    let identity = Identity::open().await;
    let (ada, authenticator) = owner(&identity, ADA).await;
    let (bob, _) = owner(&identity, BOB).await;
    for wrong in [
        |it: &mut SoftAuthenticator| it.origin = String::from("http://127.0.0.1:8081"),
        |it: &mut SoftAuthenticator| it.rp_id = String::from("evil.example"),
        |it: &mut SoftAuthenticator| it.flags = USER_PRESENT,
        |it: &mut SoftAuthenticator| it.flags = USER_VERIFIED,
    ] {
        let (right, mut authenticator) = (&authenticator, copy(&authenticator));
        wrong(&mut authenticator);
        let options = identity.passkeys.start_sign_in(&context()).await.unwrap();
        let challenge = challenge(&options);
        let answer = authenticator.assert(&challenge).unwrap();
        assert!(is_invalid(
            enter(&identity, used(&authenticator, &answer, Some(ada.user))).await
        ));
        let answer = right.assert(&challenge).unwrap();
        let again = enter(&identity, used(right, &answer, Some(ada.user))).await;
        assert!(is_invalid(again), "the challenge is used up");
    }
    for handle in [None, Some(bob.user)] {
        let options = identity.passkeys.start_sign_in(&context()).await.unwrap();
        let answer = authenticator.assert(&challenge(&options)).unwrap();
        assert!(is_invalid(
            enter(&identity, used(&authenticator, &answer, handle)).await
        ));
    }
    let answer = authenticator.assert(&[1; 32]).unwrap();
    assert!(is_invalid(
        enter(&identity, used(&authenticator, &answer, Some(ada.user))).await
    ));
    let late = self::answer(&identity, &authenticator, ada.user).await;
    identity.clock.advance(Duration::from_secs(301));
    assert!(is_invalid(enter(&identity, late).await));
    let unknown = self::authenticator();
    let credential = self::answer(&identity, &unknown, ada.user).await;
    assert!(is_invalid(enter(&identity, credential).await));
    let credential = self::answer(&identity, &authenticator, ada.user).await;
    assert!(enter(&identity, credential).await.is_ok());
}

/// The same authenticator, to be made another.
fn copy(authenticator: &SoftAuthenticator) -> SoftAuthenticator {
    authenticator.same().unwrap()
}

#[tokio::test]
async fn a_challenge_is_for_one_ceremony_one_person_and_one_session() {
    let identity = Identity::open().await;
    let (ada, authenticator) = owner(&identity, ADA).await;
    let (bob, bobs) = owner(&identity, BOB).await;
    // A challenge to make a passkey is none to sign in with, and the reverse.
    let options = identity.passkeys.start_registration(ada).await.unwrap();
    let answer = authenticator.assert(&challenge(&options)).unwrap();
    assert!(is_invalid(
        enter(&identity, used(&authenticator, &answer, Some(ada.user))).await
    ));
    let new = self::authenticator();
    let options = identity.passkeys.start_sign_in(&context()).await.unwrap();
    let answer = new.register(&challenge(&options)).unwrap();
    assert!(is_invalid(create(&identity, ada, made(&new, &answer)).await));
    // Nor is one for another person, or another session of theirs.
    let options = identity.passkeys.start_registration(bob).await.unwrap();
    let answer = new.register(&challenge(&options)).unwrap();
    assert!(is_invalid(create(&identity, ada, made(&new, &answer)).await));
    let credential = self::answer(&identity, &authenticator, ada.user).await;
    let held = enter(&identity, credential).await.unwrap();
    let elsewhere = asking(&identity, &held).await;
    assert!(is_invalid(
        create(&identity, elsewhere, made(&new, &answer)).await
    ));
    let options = identity.passkeys.start_step_up(ada).await.unwrap();
    let answer = authenticator.assert(&challenge(&options)).unwrap();
    let credential = used(&authenticator, &answer, None);
    let stepped = identity
        .passkeys
        .step_up(&context(), elsewhere, credential.clone())
        .await;
    assert!(is_invalid(stepped));
    // Nobody else's try used it up.
    let stepped = identity.passkeys.step_up(&context(), ada, credential).await;
    assert!(matches!(stepped, Ok(Renewed::Tokens(_))));
    assert_eq!(identity.heard("auth.stepped_up"), 3, "two were added");
    let options = identity.passkeys.start_step_up(ada).await.unwrap();
    let answer = bobs.assert(&challenge(&options)).unwrap();
    let stepped = identity
        .passkeys
        .step_up(&context(), ada, used(&bobs, &answer, None))
        .await;
    assert!(is_invalid(stepped));
}

#[tokio::test]
async fn a_passkey_is_the_second_factor_of_its_owner_alone() {
    let identity = Identity::open().await;
    let (ada, authenticator) = owner(&identity, ADA).await;
    let (_, bobs) = owner(&identity, BOB).await;
    let first = ticket(&identity, ADA).await;
    let mut wrong = second_answer(&identity, &authenticator, &first).await;
    wrong.raw_id.0 = bobs.credential_id.clone();
    assert!(is_invalid(complete(&identity, &first, wrong).await));
    let credential = second_answer(&identity, &bobs, &first).await;
    assert!(
        is_invalid(complete(&identity, &first, credential).await),
        "another's"
    );
    assert_eq!(identity.heard("auth.second_factor_failed"), 2);
    let another = ticket(&identity, ADA).await;
    let credential = second_answer(&identity, &authenticator, &another).await;
    assert!(
        is_invalid(complete(&identity, &first, credential.clone()).await),
        "another ticket's"
    );
    let held = complete(&identity, &another, credential).await.unwrap();
    assert_eq!(held.user.id, ada.user);
    let credential = second_answer(&identity, &authenticator, &first).await;
    assert!(complete(&identity, &first, credential.clone()).await.is_ok());
    assert!(is_invalid(complete(&identity, &first, credential).await), "twice");
    // Without its user verified it is one factor, and enough beside a password.
    let mut key = copy(&authenticator);
    key.flags = USER_PRESENT;
    let third = ticket(&identity, ADA).await;
    let credential = second_answer(&identity, &key, &third).await;
    assert!(complete(&identity, &third, credential).await.is_ok());
}

#[tokio::test]
async fn a_ticket_is_good_for_five_tries() {
    let identity = Identity::open().await;
    let (_, authenticator) = owner(&identity, ADA).await;
    let ticket = ticket(&identity, ADA).await;
    let right = second_answer(&identity, &authenticator, &ticket).await;
    for _ in 0..5 {
        let other = authenticator.assert(&[9; 32]).unwrap();
        let wrong = used(&authenticator, &other, None);
        assert!(is_invalid(complete(&identity, &ticket, wrong).await));
    }
    assert!(is_invalid(complete(&identity, &ticket, right).await));
    let options = identity.passkeys.start_second_factor(&context(), &ticket).await;
    assert!(is_invalid(options));
}

#[tokio::test]
async fn a_counter_that_goes_back_is_refused_and_told() {
    let identity = Identity::open().await;
    let (ada, mut authenticator) = owner(&identity, ADA).await;
    for (count, is_right) in [
        (5, true),
        (6, true),
        (6, false),
        (3, false),
        (0, false),
        (7, true),
    ] {
        authenticator.sign_count = count;
        let credential = answer(&identity, &authenticator, ada.user).await;
        assert_eq!(enter(&identity, credential).await.is_ok(), is_right, "{count}");
    }
    assert_eq!(identity.heard("auth.passkey_copied"), 3);
}

#[tokio::test]
async fn a_closed_account_opens_nothing() {
    use db::Executor as _;

    let identity = Identity::open().await;
    let (ada, authenticator) = owner(&identity, ADA).await;
    let credential = answer(&identity, &authenticator, ada.user).await;
    let suspend = async move |tx: &mut db::Tx| {
        tx.execute(
            "UPDATE users SET status = 'suspended' WHERE id = $1",
            db::args![ada.user],
        )
        .await
    };
    identity.machinery.db.write(suspend).await.unwrap();
    assert!(is_invalid(enter(&identity, credential).await));
}

#[tokio::test]
async fn an_address_that_nobody_confirmed_opens_nothing() {
    use db::Executor as _;

    let identity = Identity::strict().await;
    identity
        .passwords
        .sign_up(&context(), sign_up(ADA))
        .await
        .unwrap();
    let token = token_in(&identity.mail_to(ADA).await.unwrap());
    let confirmation = Confirmation::Token(token);
    identity
        .passwords
        .verify_email(&context(), confirmation)
        .await
        .unwrap();
    let held = identity.sign_in(ADA, PASSWORD).await.unwrap().held;
    let (ada, authenticator) = (asking(&identity, &held).await, authenticator());
    register(&identity, ada, &authenticator).await;
    let credential = answer(&identity, &authenticator, ada.user).await;
    let forget = async move |tx: &mut db::Tx| {
        tx.execute(
            "UPDATE users SET email_verified_at = NULL WHERE id = $1",
            db::args![ada.user],
        )
        .await
    };
    identity.machinery.db.write(forget).await.unwrap();
    let entered = enter(&identity, credential).await;
    assert!(matches!(entered, Err(IdentityError::EmailNotVerified)));
}

#[tokio::test]
async fn signing_in_again_under_the_same_key_is_the_same_session() {
    let identity = Identity::open().await;
    let (ada, authenticator) = owner(&identity, ADA).await;
    let credential = answer(&identity, &authenticator, ada.user).await;
    let mut tokens = Vec::new();
    for _ in 0..2 {
        let context = RequestContext {
            idempotency: Some(Arc::new(Idempotency::new(
                String::from("passkey"),
                String::from("key"),
                [1; 32],
            ))),
            ..context()
        };
        let held = identity
            .passkeys
            .sign_in(&context, credential.clone())
            .await
            .unwrap();
        tokens.push(held.tokens.refresh_token.expose().clone());
    }
    assert_eq!(tokens[0], tokens[1]);
}
