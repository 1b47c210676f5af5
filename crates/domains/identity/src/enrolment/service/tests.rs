//! Second factors that come and go.

use std::time::Duration;

use kernel::{PlatformRole, Secret, UserId};

use crate::enrolment::model::{Asking, Enrolled};
use crate::entrance::model::Entered;
use crate::error::IdentityError;
use crate::session::model::{Held, Renewed};
use crate::testing::{Identity, PASSWORD, context, secret, sign_in};
use crate::user::model::Acting;

const ADA: &str = "ada@example.com";

/// What an app shows that knows `secret`.
pub(crate) fn code_of(identity: &Identity, secret: &str) -> Secret<String> {
    let bytes: Vec<u8> = totp_bytes(secret);
    let now = u64::try_from(identity.machinery.now().unix_seconds()).unwrap();
    Secret::new(crypto::TotpSecret::from_bytes(&bytes).code_at(now))
}

/// Base32, read.
fn totp_bytes(text: &str) -> Vec<u8> {
    const ALPHABET: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
    let (mut bytes, mut buffer, mut bits) = (Vec::new(), 0_u32, 0);
    for letter in text.bytes() {
        let value = ALPHABET.iter().position(|known| *known == letter).unwrap();
        buffer = buffer << 5 | u32::try_from(value).unwrap();
        bits += 5;
        if bits >= 8 {
            bits -= 8;
            bytes.push(u8::try_from(buffer >> bits & 0xff).unwrap());
        }
    }
    bytes
}

/// The session behind a person's tokens.
pub(crate) async fn asking(identity: &Identity, held: &Held) -> Asking {
    let claims = identity
        .signing_keys
        .verify(held.tokens.access_token.expose(), identity.machinery.now())
        .await
        .unwrap();
    Asking {
        user: held.user.id,
        session: claims.sid,
    }
}

/// Ada with an app: its secret, her recovery codes and her session.
pub(crate) async fn enrol(identity: &Identity) -> (String, Enrolled) {
    let held = identity.person(ADA).await;
    let asking = asking(identity, &held).await;
    let new = identity
        .enrolments
        .start_totp(&context(), held.user.id)
        .await
        .unwrap();
    let app = new.secret.expose().clone();
    let code = code_of(identity, &app);
    let enrolled = identity
        .enrolments
        .confirm_totp(&context(), asking, &code)
        .await
        .unwrap();
    // The code is used up: the next is shown half a minute later.
    identity.clock.advance(Duration::from_secs(30));
    (app, enrolled)
}

fn tokens(enrolled: &Enrolled) -> &Held {
    match &enrolled.renewed {
        Renewed::Tokens(held) => held,
        Renewed::Cookie { .. } => panic!("a client of the API holds tokens"),
    }
}

async fn owes(identity: &Identity) -> bool {
    let signed_in = identity
        .passwords
        .sign_in(&context(), sign_in(ADA, PASSWORD))
        .await
        .unwrap();
    matches!(signed_in.entered, Entered::SecondFactor(_))
}

#[tokio::test]
async fn an_app_counts_once_it_is_confirmed_and_not_before() {
    let identity = Identity::open().await;
    let held = identity.person(ADA).await;
    let (enrolments, user) = (&identity.enrolments, held.user.id);
    enrolments.start_totp(&context(), user).await.unwrap();
    assert!(
        !owes(&identity).await,
        "nobody is locked out by an app that is not confirmed"
    );
    let asking = asking(&identity, &held).await;
    let wrong = enrolments
        .confirm_totp(&context(), asking, &secret("000000"))
        .await;
    assert!(matches!(wrong, Err(IdentityError::OtpInvalid)));
    // Starting again replaces the first secret.
    let new = enrolments.start_totp(&context(), user).await.unwrap();
    let code = code_of(&identity, new.secret.expose());
    let enrolled = enrolments.confirm_totp(&context(), asking, &code).await.unwrap();
    assert_eq!(enrolled.recovery_codes.len(), 10);
    assert!(owes(&identity).await);
    let again = enrolments.start_totp(&context(), user).await;
    assert!(matches!(again, Err(IdentityError::TotpExists)));
    assert_eq!(identity.heard("auth.factor_added"), 1);
    let mail = identity.mail_to(ADA).await.unwrap();
    assert!(mail.text.contains("authenticator app was added"), "{}", mail.text);
}

#[tokio::test]
async fn enrolling_raises_the_session_and_ends_the_others() {
    let identity = Identity::open().await;
    let held = identity.person(ADA).await;
    let other = identity.sign_in(ADA, PASSWORD).await.unwrap().held;
    let asking = asking(&identity, &held).await;
    let new = identity
        .enrolments
        .start_totp(&context(), held.user.id)
        .await
        .unwrap();
    let code = code_of(&identity, new.secret.expose());
    let enrolled = identity
        .enrolments
        .confirm_totp(&context(), asking, &code)
        .await
        .unwrap();
    let raised = tokens(&enrolled);
    let sessions = crate::Authenticator::new(
        identity.machinery.clone(),
        identity.sessions.clone(),
        identity.signing_keys.clone(),
    );
    let live = sessions
        .session_of_token(raised.tokens.access_token.expose())
        .await
        .unwrap();
    assert_eq!((live.session.id, live.session.proof.aal), (asking.session, 2));
    assert_eq!(live.session.proof.amr, ["pwd", "otp", "mfa"]);
    let old = sessions.session_of_token(held.tokens.access_token.expose()).await;
    assert!(
        matches!(old, Err(IdentityError::InvalidToken)),
        "it says less than the session"
    );
    let other = sessions
        .session_of_token(other.tokens.access_token.expose())
        .await;
    assert!(matches!(other, Err(IdentityError::SessionRevoked)));
}

#[tokio::test]
async fn recovery_codes_go_with_the_last_factor() {
    let identity = Identity::open().await;
    let (_, enrolled) = enrol(&identity).await;
    let user = tokens(&enrolled).user.id;
    let enrolments = &identity.enrolments;
    let made = enrolments.make_recovery_codes(&context(), user).await.unwrap();
    assert_ne!(made, enrolled.recovery_codes);
    let overview = enrolments.get(user).await.unwrap();
    assert_eq!((overview.totp.is_some(), overview.recovery_codes), (true, 10));
    enrolments.delete_totp(&context(), user).await.unwrap();
    let overview = enrolments.get(user).await.unwrap();
    assert_eq!((overview.totp.is_some(), overview.recovery_codes), (false, 0));
    assert!(!owes(&identity).await);
    let none = enrolments.make_recovery_codes(&context(), user).await;
    assert!(matches!(none, Err(IdentityError::NoSecondFactor)));
    let none = enrolments.delete_totp(&context(), user).await;
    assert!(matches!(none, Err(IdentityError::NotFound)));
    let mail = identity.mail_to(ADA).await.unwrap();
    assert!(mail.text.contains("was removed from"), "{}", mail.text);
}

#[tokio::test]
async fn staff_take_factors_away_from_those_below_them() {
    let identity = Identity::open().await;
    let (_, enrolled) = enrol(&identity).await;
    let (enrolments, user) = (&identity.enrolments, tokens(&enrolled).user.id);
    let refused = enrolments.reset(&context(), Acting::Staff(None), user).await;
    assert!(matches!(refused, Err(IdentityError::Outranked)));
    let nobody = UserId::from_uuid(uuid::Uuid::nil());
    let admin = Acting::Staff(Some(PlatformRole::Admin));
    let absent = enrolments.reset(&context(), admin, nobody).await;
    assert!(matches!(absent, Err(IdentityError::NotFound)));
    for _ in 0..2 {
        enrolments.reset(&context(), admin, user).await.unwrap();
    }
    assert!(!owes(&identity).await);
    let old = tokens(&enrolled).tokens.refresh_token.expose();
    assert!(identity.sessions.refresh(&context(), old).await.is_err());
    assert_eq!(identity.heard("auth.factor_removed"), 2);
}
