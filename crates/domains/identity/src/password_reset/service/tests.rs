//! A forgotten password, and what strangers try with it.

use std::time::Duration;

use crate::authenticate::Authenticator;
use crate::email_change::service::EmailChanges;
use crate::error::IdentityError;
use crate::password_reset::service::PasswordResets;
use crate::testing::{Identity, PASSWORD, context, secret, sign_up, token_in};

const ADA: &str = "ada@example.com";
const BEN: &str = "ben@example.com";
const OTHER: &str = "noisy badgers fold 7 umbrellas";

fn resets(identity: &Identity) -> PasswordResets {
    let (machinery, users) = (identity.machinery.clone(), identity.users.clone());
    let (passwords, sessions) = (identity.passwords.clone(), identity.sessions.clone());
    let changes = EmailChanges::new(
        machinery.clone(),
        users.clone(),
        passwords.clone(),
        sessions.clone(),
    );
    PasswordResets::new(machinery, users, passwords, sessions, changes)
}

async fn ask(identity: &Identity, email: &str) {
    let email = email.parse().unwrap();
    resets(identity).request(&context(), email).await.unwrap();
}

#[tokio::test]
async fn a_new_password_ends_everything_that_was_before_it() {
    let identity = Identity::open().await;
    let before = identity.person(ADA).await;
    ask(&identity, ADA).await;
    let token = token_in(&identity.mail_to(ADA).await.unwrap());
    let resets = resets(&identity);
    assert!(resets.is_open(&token).await.unwrap());
    let weak = resets.confirm(&context(), &token, &secret("short")).await;
    assert_eq!(
        kernel::Failure::fields(&weak.unwrap_err())[0].pointer,
        "/new_password"
    );
    resets.confirm(&context(), &token, &secret(OTHER)).await.unwrap();
    let again = resets.confirm(&context(), &token, &secret(PASSWORD)).await;
    assert!(matches!(again, Err(IdentityError::OtpInvalid)), "{again:?}");
    assert!(!resets.is_open(&token).await.unwrap());

    let authenticator = Authenticator::new(
        identity.machinery.clone(),
        identity.sessions.clone(),
        identity.signing_keys.clone(),
    );
    let access = authenticator
        .session_of_token(before.tokens.access_token.expose())
        .await;
    assert!(access.is_err());
    let refresh = identity
        .sessions
        .refresh(&context(), before.tokens.refresh_token.expose())
        .await;
    assert!(refresh.is_err());
    assert!(identity.sign_in(ADA, PASSWORD).await.is_err());
    identity.sign_in(ADA, OTHER).await.unwrap();
    let mail = identity.mail_to(ADA).await.unwrap();
    assert_eq!(mail.summary.template_key, "password_changed");
    assert_eq!(identity.heard("auth.password_reset"), 1);
}

#[tokio::test]
async fn an_unknown_address_gets_no_mail_and_the_same_answer() {
    let identity = Identity::open().await;
    identity.person(ADA).await;
    for email in [ADA, BEN] {
        ask(&identity, email).await;
        let again = resets(&identity)
            .request(&context(), email.parse().unwrap())
            .await;
        assert!(matches!(again, Err(IdentityError::RateLimited(_))), "{again:?}");
    }
    assert!(identity.mail_to(BEN).await.is_none());
    assert_eq!(identity.heard("auth.password_reset_requested"), 1);
}

#[tokio::test]
async fn the_newest_link_counts_and_not_for_long() {
    let identity = Identity::open().await;
    identity.person(ADA).await;
    ask(&identity, ADA).await;
    let first = token_in(&identity.mail_to(ADA).await.unwrap());
    identity.clock.advance(Duration::from_mins(1));
    ask(&identity, ADA).await;
    let second = token_in(&identity.mail_to(ADA).await.unwrap());
    let resets = resets(&identity);
    let stale = resets.confirm(&context(), &first, &secret(OTHER)).await;
    assert!(matches!(stale, Err(IdentityError::OtpInvalid)), "{stale:?}");
    identity
        .clock
        .advance(Duration::from_mins(30) + Duration::from_secs(1));
    let late = resets.confirm(&context(), &second, &secret(OTHER)).await;
    assert!(matches!(late, Err(IdentityError::OtpInvalid)), "{late:?}");
    identity.sign_in(ADA, PASSWORD).await.unwrap();
}

#[tokio::test]
async fn a_link_in_the_mailbox_confirms_the_address() {
    let identity = Identity::strict().await;
    identity
        .passwords
        .sign_up(&context(), sign_up(ADA))
        .await
        .unwrap();
    identity.clock.advance(Duration::from_mins(1));
    ask(&identity, ADA).await;
    let token = token_in(&identity.mail_to(ADA).await.unwrap());
    resets(&identity)
        .confirm(&context(), &token, &secret(OTHER))
        .await
        .unwrap();
    let signed_in = identity.sign_in(ADA, OTHER).await.unwrap();
    assert!(signed_in.held.user.is_verified());
    assert_eq!(identity.heard("user.email_verified"), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_many_who_use_one_link_at_once_one_sets_the_password() {
    let identity = Identity::open().await;
    identity.person(ADA).await;
    ask(&identity, ADA).await;
    let token = token_in(&identity.mail_to(ADA).await.unwrap());
    let tries = (0..20).map(|number| {
        let (resets, token) = (resets(&identity), token.clone());
        let password = secret(&format!("{OTHER} {number}"));
        tokio::spawn(async move { resets.confirm(&context(), &token, &password).await })
    });
    let mut done = Vec::new();
    for (number, outcome) in tries.collect::<Vec<_>>().into_iter().enumerate() {
        match outcome.await.unwrap() {
            Ok(()) => done.push(number),
            Err(IdentityError::OtpInvalid) => {}
            Err(error) => panic!("{error}"),
        }
    }
    let [winner] = done[..] else {
        panic!("{done:?}");
    };
    identity.sign_in(ADA, &format!("{OTHER} {winner}")).await.unwrap();
    assert_eq!(identity.heard("auth.password_reset"), 1);
}

#[tokio::test]
async fn a_new_password_and_a_mail_leave_the_second_factor_due() {
    let identity = Identity::open().await;
    crate::enrolment::service::tests::enrol(&identity).await;
    ask(&identity, ADA).await;
    let token = token_in(&identity.mail_to(ADA).await.unwrap());
    resets(&identity)
        .confirm(&context(), &token, &secret(OTHER))
        .await
        .unwrap();
    let sign_in = crate::testing::sign_in(ADA, OTHER);
    let signed_in = identity.passwords.sign_in(&context(), sign_in).await.unwrap();
    assert!(matches!(signed_in.entered, crate::Entered::SecondFactor(_)));

    identity.clock.advance(Duration::from_mins(1));
    let magic_links = crate::MagicLinks::new(
        identity.machinery.clone(),
        identity.users.clone(),
        identity.passwords.clone(),
        identity.sessions.clone(),
        identity.entrances.clone(),
    );
    let request = crate::magic_link::model::MagicLinkRequest {
        email: ADA.parse().unwrap(),
        destination: None,
    };
    let flow = magic_links.request(&context(), request).await.unwrap();
    let token = token_in(&identity.mail_to(ADA).await.unwrap());
    let proof = crate::magic_link::model::MagicLinkProof::Token(token);
    let sign_in = crate::magic_link::model::MagicLinkSignIn { flow, proof };
    let entered = magic_links.sign_in(&context(), sign_in).await.unwrap();
    assert!(matches!(entered, crate::Entered::SecondFactor(_)));
}
