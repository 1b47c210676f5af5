//! Moving to another address, one test for each row of the attack list.

use std::time::Duration;

use guard::Purpose;
use kernel::Secret;

use crate::email_change::model::{Confirmed, Mailbox, NewAddress};
use crate::email_change::service::EmailChanges;
use crate::error::IdentityError;
use crate::password::model::Confirmation;
use crate::password_reset::service::PasswordResets;
use crate::testing::{Identity, PASSWORD, context, secret, sign_up, token_in};
use crate::user::model::User;

const OLD: &str = "ada@example.com";
const NEW: &str = "ada@example.org";
const NEWER: &str = "ada@example.net";
const OTHER: &str = "noisy badgers fold 7 umbrellas";

fn changes(identity: &Identity) -> EmailChanges {
    EmailChanges::new(
        identity.machinery.clone(),
        identity.users.clone(),
        identity.passwords.clone(),
        identity.sessions.clone(),
    )
}

async fn ask(identity: &Identity, user: &User, email: &str) {
    let new = NewAddress {
        email: email.parse().unwrap(),
        password: None,
    };
    changes(identity).request(&context(), user.id, new).await.unwrap();
}

async fn confirm(identity: &Identity, token: &Secret<String>) -> Result<Confirmed, IdentityError> {
    changes(identity).confirm(&context(), token).await
}

async fn token_to(identity: &Identity, email: &str) -> Secret<String> {
    token_in(&identity.mail_to(email).await.unwrap())
}

async fn template_to(identity: &Identity, email: &str) -> String {
    identity.mail_to(email).await.unwrap().summary.template_key
}

async fn address_of(identity: &Identity, user: &User) -> String {
    let user = identity.users.remembered(user.id).await.unwrap().unwrap();
    user.email.to_string()
}

/// Moves the account, and answers the token that takes it back.
async fn change(identity: &Identity, user: &User, old: &str, new: &str) -> Secret<String> {
    ask(identity, user, new).await;
    let (from_old, from_new) = (token_to(identity, old).await, token_to(identity, new).await);
    confirm(identity, &from_old).await.unwrap();
    assert_eq!(confirm(identity, &from_new).await.unwrap(), Confirmed::Changed);
    token_to(identity, old).await
}

#[tokio::test]
async fn both_mailboxes_have_to_agree() {
    let identity = Identity::open().await;
    let held = identity.person(OLD).await;
    ask(&identity, &held.user, NEW).await;
    let (from_old, from_new) = (token_to(&identity, OLD).await, token_to(&identity, NEW).await);
    let preview = changes(&identity)
        .preview(Purpose::EmailChangeNew, &from_new)
        .await;
    assert_eq!(preview.unwrap().unwrap().new_email.as_str(), NEW);
    let waits = confirm(&identity, &from_new).await.unwrap();
    assert_eq!(waits, Confirmed::WaitsFor(Mailbox::Old));
    assert_eq!(address_of(&identity, &held.user).await, OLD);
    let again = confirm(&identity, &from_new).await;
    assert!(matches!(again, Err(IdentityError::OtpInvalid)), "{again:?}");
    assert_eq!(confirm(&identity, &from_old).await.unwrap(), Confirmed::Changed);
    assert_eq!(address_of(&identity, &held.user).await, NEW);
    assert_eq!(template_to(&identity, OLD).await, "email_changed_undo");
    assert_eq!(identity.heard("auth.email_changed"), 1);
    let next = held.tokens.refresh_token.expose();
    identity.sessions.refresh(&context(), next).await.unwrap();
    identity.sign_in(NEW, PASSWORD).await.unwrap();
    assert!(identity.sign_in(OLD, PASSWORD).await.is_err());
}

#[tokio::test]
async fn the_old_mailbox_alone_changes_nothing_and_time_runs_out() {
    let identity = Identity::open().await;
    let user = identity.person(OLD).await.user;
    ask(&identity, &user, NEW).await;
    let (from_old, from_new) = (token_to(&identity, OLD).await, token_to(&identity, NEW).await);
    let waits = confirm(&identity, &from_old).await.unwrap();
    assert_eq!(waits, Confirmed::WaitsFor(Mailbox::New));
    identity
        .clock
        .advance(Duration::from_mins(30) + Duration::from_secs(1));
    assert!(matches!(
        confirm(&identity, &from_new).await,
        Err(IdentityError::OtpInvalid)
    ));
    assert_eq!(address_of(&identity, &user).await, OLD);
}

#[tokio::test]
async fn an_address_that_somebody_has_is_never_taken_and_its_owner_is_told() {
    let identity = Identity::strict().await;
    let ada = verified(&identity, OLD).await;
    identity
        .passwords
        .sign_up(&context(), sign_up(NEW))
        .await
        .unwrap();
    let verification = token_to(&identity, NEW).await;
    identity.clock.advance(Duration::from_mins(1));
    ask(&identity, &ada, NEW).await;
    assert_eq!(template_to(&identity, NEW).await, "account_exists");
    let from_old = token_to(&identity, OLD).await;
    assert_eq!(
        confirm(&identity, &from_old).await.unwrap(),
        Confirmed::WaitsFor(Mailbox::New)
    );
    let confirmation = Confirmation::Token(verification);
    identity
        .passwords
        .verify_email(&context(), confirmation)
        .await
        .unwrap();
    assert_eq!(address_of(&identity, &ada).await, OLD);
    let owner = identity.sign_in(NEW, PASSWORD).await.unwrap().held.user;
    assert_ne!(owner.id, ada.id);
}

#[tokio::test]
async fn an_address_that_somebody_took_meanwhile_stays_theirs() {
    let identity = Identity::open().await;
    let user = identity.person(OLD).await.user;
    ask(&identity, &user, NEW).await;
    let (from_old, from_new) = (token_to(&identity, OLD).await, token_to(&identity, NEW).await);
    identity.person(NEW).await;
    confirm(&identity, &from_old).await.unwrap();
    let taken = confirm(&identity, &from_new).await;
    assert!(matches!(taken, Err(IdentityError::EmailTaken)), "{taken:?}");
    let again = confirm(&identity, &from_new).await;
    assert!(matches!(again, Err(IdentityError::OtpInvalid)), "{again:?}");
    assert_eq!(address_of(&identity, &user).await, OLD);
}

#[tokio::test]
async fn a_new_password_drops_a_change_that_waits() {
    let identity = Identity::open().await;
    let user = identity.person(OLD).await.user;
    ask(&identity, &user, NEW).await;
    let (from_old, from_new) = (token_to(&identity, OLD).await, token_to(&identity, NEW).await);
    let resets = PasswordResets::new(
        identity.machinery.clone(),
        identity.users.clone(),
        identity.passwords.clone(),
        identity.sessions.clone(),
        changes(&identity),
    );
    resets.request(&context(), OLD.parse().unwrap()).await.unwrap();
    let token = token_to(&identity, OLD).await;
    resets.confirm(&context(), &token, &secret(OTHER)).await.unwrap();
    for token in [from_old, from_new] {
        let gone = confirm(&identity, &token).await;
        assert!(matches!(gone, Err(IdentityError::OtpInvalid)), "{gone:?}");
    }
    assert_eq!(address_of(&identity, &user).await, OLD);
}

#[tokio::test]
async fn links_to_the_old_address_open_nothing_after_the_change() {
    let identity = Identity::open().await;
    let user = identity.person(OLD).await.user;
    let resets = PasswordResets::new(
        identity.machinery.clone(),
        identity.users.clone(),
        identity.passwords.clone(),
        identity.sessions.clone(),
        changes(&identity),
    );
    resets.request(&context(), OLD.parse().unwrap()).await.unwrap();
    let reset = token_to(&identity, OLD).await;
    change(&identity, &user, OLD, NEW).await;
    let stale = resets.confirm(&context(), &reset, &secret(OTHER)).await;
    assert!(matches!(stale, Err(IdentityError::OtpInvalid)), "{stale:?}");
}

#[tokio::test]
async fn the_old_mailbox_takes_the_change_back_with_everything_after_it() {
    let identity = Identity::open().await;
    let held = identity.person(OLD).await;
    let undo = change(&identity, &held.user, OLD, NEW).await;
    identity.clock.advance(Duration::from_hours(1));
    let later_undo = change(&identity, &held.user, NEW, NEWER).await;
    identity.clock.advance(Duration::from_hours(70));
    changes(&identity).undo(&context(), &undo).await.unwrap();
    assert_eq!(address_of(&identity, &held.user).await, OLD);
    let next = held.tokens.refresh_token.expose();
    assert!(identity.sessions.refresh(&context(), next).await.is_err());
    assert!(identity.sign_in(OLD, PASSWORD).await.is_err());
    assert_eq!(template_to(&identity, OLD).await, "reset_password");
    for token in [&undo, &later_undo] {
        let again = changes(&identity).undo(&context(), token).await;
        assert!(matches!(again, Err(IdentityError::OtpInvalid)), "{again:?}");
    }
    assert_eq!(identity.heard("auth.email_change_undone"), 1);
}

#[tokio::test]
async fn a_change_is_taken_back_within_three_days() {
    let identity = Identity::open().await;
    let user = identity.person(OLD).await.user;
    let undo = change(&identity, &user, OLD, NEW).await;
    identity
        .clock
        .advance(Duration::from_hours(72) + Duration::from_secs(1));
    let late = changes(&identity).undo(&context(), &undo).await;
    assert!(matches!(late, Err(IdentityError::OtpInvalid)), "{late:?}");
}

#[tokio::test]
async fn nobody_keeps_the_old_address_from_its_owner_by_signing_up_with_it() {
    let identity = Identity::strict().await;
    let ada = verified(&identity, OLD).await;
    let undo = change(&identity, &ada, OLD, NEW).await;
    identity.clock.advance(Duration::from_mins(1));
    identity
        .passwords
        .sign_up(&context(), sign_up(OLD))
        .await
        .unwrap();
    changes(&identity).undo(&context(), &undo).await.unwrap();
    assert_eq!(address_of(&identity, &ada).await, OLD);
    assert_eq!(identity.heard("user.deleted"), 1);
}

#[tokio::test]
async fn the_same_address_and_a_wrong_password_are_refused() {
    let identity = Identity::open().await;
    let user = identity.person(OLD).await.user;
    let new = |email: &str, password: Option<&str>| NewAddress {
        email: email.parse().unwrap(),
        password: password.map(secret),
    };
    let changes = changes(&identity);
    let same = changes
        .request(&context(), user.id, new("ADA@example.com", None))
        .await;
    assert!(matches!(same, Err(IdentityError::Invalid(_))), "{same:?}");
    let wrong = changes
        .request(&context(), user.id, new(NEW, Some("wrong")))
        .await;
    assert!(matches!(wrong, Err(IdentityError::WrongPassword)), "{wrong:?}");
    let right = new(NEW, Some(PASSWORD));
    changes.request(&context(), user.id, right).await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_many_who_use_one_link_at_once_one_is_heard() {
    let identity = Identity::open().await;
    let user = identity.person(OLD).await.user;
    ask(&identity, &user, NEW).await;
    let (from_old, from_new) = (token_to(&identity, OLD).await, token_to(&identity, NEW).await);
    let tries = (0..20).map(|number| {
        let token = if number % 2 == 0 { &from_old } else { &from_new };
        let (changes, token) = (changes(&identity), token.clone());
        tokio::spawn(async move { changes.confirm(&context(), &token).await })
    });
    let mut confirmed = Vec::new();
    for outcome in tries.collect::<Vec<_>>() {
        match outcome.await.unwrap() {
            Ok(done) => confirmed.push(done),
            Err(IdentityError::OtpInvalid) => {}
            Err(error) => panic!("{error}"),
        }
    }
    assert_eq!(confirmed.len(), 2, "{confirmed:?}");
    assert!(confirmed.contains(&Confirmed::Changed));
    assert_eq!(identity.heard("auth.email_changed"), 1);
}

/// A person with a confirmed address.
async fn verified(identity: &Identity, email: &str) -> User {
    identity
        .passwords
        .sign_up(&context(), sign_up(email))
        .await
        .unwrap();
    let confirmation = Confirmation::Token(token_to(identity, email).await);
    identity
        .passwords
        .verify_email(&context(), confirmation)
        .await
        .unwrap();
    let user = identity.users.find_by_email(&email.parse().unwrap()).await;
    user.unwrap().unwrap()
}
