//! Changing a password.

use crate::authenticate::Authenticator;
use crate::email_change::service::EmailChanges;
use crate::error::IdentityError;
use crate::password_change::model::{Changed, Changing, NewPassword};
use crate::password_change::service::PasswordChanges;
use crate::session::model::{Credential, SessionKind};
use crate::session::service::Held;
use crate::testing::{Identity, PASSWORD, context, let_in, secret, sign_in};

const ADA: &str = "ada@example.com";
const OTHER: &str = "noisy badgers fold 7 umbrellas";

fn changes(identity: &Identity) -> PasswordChanges {
    let (machinery, users) = (identity.machinery.clone(), identity.users.clone());
    let (passwords, sessions) = (identity.passwords.clone(), identity.sessions.clone());
    let email_changes = EmailChanges::new(
        machinery.clone(),
        users.clone(),
        passwords.clone(),
        sessions.clone(),
    );
    PasswordChanges::new(machinery, users, passwords, sessions, email_changes)
}

fn authenticator(identity: &Identity) -> Authenticator {
    Authenticator::new(
        identity.machinery.clone(),
        identity.sessions.clone(),
        identity.signing_keys.clone(),
    )
}

async fn asking(identity: &Identity, held: &Held) -> Changing {
    let token = held.tokens.access_token.expose();
    let live = authenticator(identity).session_of_token(token).await.unwrap();
    Changing {
        user: held.user.id,
        session: live.session.id,
        kind: SessionKind::Api,
    }
}

fn password(current: &str, new: &str) -> NewPassword {
    NewPassword {
        current: secret(current),
        new: secret(new),
    }
}

#[tokio::test]
async fn the_session_that_asks_goes_on_and_all_others_end() {
    let identity = Identity::open().await;
    let first = identity.person(ADA).await;
    let second = identity.sign_in(ADA, PASSWORD).await.unwrap().held;
    let asking = asking(&identity, &first).await;
    let changed = changes(&identity)
        .change(&context(), asking, password(PASSWORD, OTHER))
        .await
        .unwrap();
    assert!(matches!(changed, Changed::Same));
    let authenticator = authenticator(&identity);
    let is_in = async |held: &Held| {
        let token = held.tokens.access_token.expose();
        authenticator.session_of_token(token).await.is_ok()
    };
    assert!(is_in(&first).await);
    assert!(!is_in(&second).await);
    identity.sign_in(ADA, OTHER).await.unwrap();
    assert_eq!(identity.heard("auth.password_changed"), 1);
    let mail = identity.mail_to(ADA).await.unwrap();
    assert_eq!(mail.summary.template_key, "password_changed");
}

#[tokio::test]
async fn a_wrong_current_password_changes_nothing() {
    let identity = Identity::open().await;
    let held = identity.person(ADA).await;
    let asking = asking(&identity, &held).await;
    let refused = changes(&identity)
        .change(&context(), asking, password("wrong", OTHER))
        .await;
    assert!(
        matches!(refused, Err(IdentityError::WrongPassword)),
        "{refused:?}"
    );
    identity.sign_in(ADA, PASSWORD).await.unwrap();
}

#[tokio::test]
async fn a_browser_gets_another_cookie() {
    let identity = Identity::open().await;
    identity.person(ADA).await;
    let signed_in = identity
        .passwords
        .sign_in_in_browser(&context(), sign_in(ADA, PASSWORD))
        .await
        .map(let_in)
        .unwrap();
    let Credential::Cookie(old) = signed_in.held.credential else {
        panic!("a browser holds a cookie");
    };
    let asking = Changing {
        user: signed_in.held.user.id,
        session: signed_in.held.session.id,
        kind: SessionKind::Browser,
    };
    let changed = changes(&identity)
        .change(&context(), asking, password(PASSWORD, OTHER))
        .await
        .unwrap();
    let Changed::Cookie(new, _) = changed else {
        panic!("another cookie is expected");
    };
    let authenticator = authenticator(&identity);
    assert!(authenticator.session_of_cookie(old.expose()).await.is_err());
    authenticator.session_of_cookie(new.expose()).await.unwrap();
}
