//! What comes of refresh tokens, one test for each row of the attack list.

use std::collections::BTreeSet;
use std::time::Duration;

use crypto::RefreshToken;
use kernel::{PageRequest, Secret};

use crate::Authenticator;
use crate::error::IdentityError;
use crate::session::model::{NewSession, SessionKind};
use crate::session::service::Held;
use crate::testing::{Identity, PASSWORD, context};

const ADA: &str = "ada@example.com";

async fn refresh(identity: &Identity, token: &Secret<String>) -> Result<Held, IdentityError> {
    identity.sessions.refresh(&context(), token.expose()).await
}

fn authenticator(identity: &Identity) -> Authenticator {
    let (sessions, keys) = (identity.sessions.clone(), identity.signing_keys.clone());
    Authenticator::new(identity.machinery.clone(), sessions, keys)
}

async fn check(authenticator: &Authenticator, held: &Held) -> Result<(), IdentityError> {
    let token = held.tokens.access_token.expose();
    authenticator.session_of_token(token).await.map(drop)
}

#[tokio::test]
async fn a_refresh_gives_another_token_and_the_old_one_is_answered_the_same_for_a_while() {
    let identity = Identity::open().await;
    let first = identity.person(ADA).await;
    let second = refresh(&identity, &first.tokens.refresh_token).await.unwrap();
    assert_ne!(second.tokens.refresh_token, first.tokens.refresh_token);
    identity.clock.advance(Duration::from_secs(30));
    let again = refresh(&identity, &first.tokens.refresh_token).await.unwrap();
    assert_eq!(again.tokens.refresh_token, second.tokens.refresh_token);
    refresh(&identity, &second.tokens.refresh_token).await.unwrap();
}

#[tokio::test]
async fn a_token_used_long_ago_ends_the_session_and_its_owner_is_told() {
    let identity = Identity::open().await;
    let first = identity.person(ADA).await;
    let second = refresh(&identity, &first.tokens.refresh_token).await.unwrap();
    let authenticator = authenticator(&identity);
    check(&authenticator, &second).await.unwrap();
    identity.clock.advance(Duration::from_secs(31));
    let error = refresh(&identity, &first.tokens.refresh_token).await.unwrap_err();
    assert!(matches!(error, IdentityError::RefreshTokenReused), "{error}");
    let error = refresh(&identity, &second.tokens.refresh_token)
        .await
        .unwrap_err();
    assert!(matches!(error, IdentityError::SessionRevoked), "{error}");
    let error = check(&authenticator, &second).await.unwrap_err();
    assert!(matches!(error, IdentityError::SessionRevoked), "{error}");
    assert_eq!(identity.heard("auth.refresh_token_reused"), 1);
    let mail = identity.mail_to(ADA).await.unwrap();
    assert_eq!(mail.summary.template_key, "session_revoked_reuse");
}

#[tokio::test]
async fn a_token_two_turns_old_ends_the_session_at_once() {
    let identity = Identity::open().await;
    let first = identity.person(ADA).await;
    let second = refresh(&identity, &first.tokens.refresh_token).await.unwrap();
    let third = refresh(&identity, &second.tokens.refresh_token).await.unwrap();
    let error = refresh(&identity, &first.tokens.refresh_token).await.unwrap_err();
    assert!(matches!(error, IdentityError::RefreshTokenReused), "{error}");
    assert!(check(&authenticator(&identity), &third).await.is_err());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn any_number_of_tabs_get_the_same_token_and_the_session_turns_once() {
    let identity = Identity::open().await;
    let mut held = identity.person(ADA).await;
    for round in 1..=10 {
        let tabs = (0..20).map(|_| {
            let (sessions, token) = (identity.sessions.clone(), held.tokens.refresh_token.clone());
            tokio::spawn(async move { sessions.refresh(&context(), token.expose()).await })
        });
        let tabs: Vec<_> = tabs.collect();
        let mut tokens = BTreeSet::new();
        for tab in tabs {
            held = tab.await.unwrap().unwrap();
            tokens.insert(held.tokens.refresh_token.expose().clone());
        }
        assert_eq!(tokens.len(), 1);
        let token = RefreshToken::parse(tokens.first().unwrap()).unwrap();
        assert_eq!(token.counter(), round);
        identity.clock.advance(Duration::from_mins(1));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn no_session_lives_once_signing_out_was_answered() {
    let identity = Identity::open().await;
    identity.person(ADA).await;
    for _ in 0..10 {
        identity.clock.advance(Duration::from_mins(1));
        let held = identity.sign_in(ADA, PASSWORD).await.unwrap().held;
        let tabs = (0..10).map(|_| {
            let (sessions, token) = (identity.sessions.clone(), held.tokens.refresh_token.clone());
            tokio::spawn(async move { sessions.refresh(&context(), token.expose()).await })
        });
        let tabs: Vec<_> = tabs.collect();
        let token = held.tokens.refresh_token.expose();
        identity.sessions.sign_out(&context(), token).await.unwrap();
        for tab in tabs {
            let Ok(held) = tab.await.unwrap() else {
                continue;
            };
            assert!(check(&authenticator(&identity), &held).await.is_err());
            assert!(refresh(&identity, &held.tokens.refresh_token).await.is_err());
        }
    }
}

#[tokio::test]
async fn a_session_ends_at_its_time_however_much_it_is_used() {
    let identity = Identity::open().await;
    let mut held = identity.person(ADA).await;
    for _ in 0..3 {
        identity.clock.advance(Duration::from_hours(24 * 9));
        held = refresh(&identity, &held.tokens.refresh_token).await.unwrap();
    }
    identity
        .clock
        .advance(Duration::from_hours(24 * 3) - Duration::from_secs(1));
    held = refresh(&identity, &held.tokens.refresh_token).await.unwrap();
    assert_eq!(held.tokens.expires_in, Duration::from_secs(1));
    identity.clock.advance(Duration::from_secs(2));
    let error = refresh(&identity, &held.tokens.refresh_token).await.unwrap_err();
    assert!(matches!(error, IdentityError::InvalidToken), "{error}");
}

#[tokio::test]
async fn a_session_that_is_not_used_ends_early() {
    let identity = Identity::open().await;
    let held = identity.person(ADA).await;
    identity
        .clock
        .advance(Duration::from_hours(24 * 14) + Duration::from_secs(1));
    let error = refresh(&identity, &held.tokens.refresh_token).await.unwrap_err();
    assert!(matches!(error, IdentityError::InvalidToken), "{error}");
}

#[tokio::test]
async fn a_forged_token_does_nothing_to_the_session() {
    let identity = Identity::open().await;
    let held = identity.person(ADA).await;
    let other = identity.person("eve@example.com").await;
    let token = RefreshToken::parse(held.tokens.refresh_token.expose()).unwrap();
    let stranger = RefreshToken::parse(other.tokens.refresh_token.expose()).unwrap();
    for (session, counter) in [
        (token.session(), 1),
        (token.session(), 0),
        (stranger.session(), 0),
    ] {
        let forged = RefreshToken { session, counter }.encode(&[7; 32]);
        let error = refresh(&identity, &forged).await.unwrap_err();
        assert!(matches!(error, IdentityError::InvalidToken), "{error}");
    }
    for text in ["", "mrt_", "nonsense", held.tokens.access_token.expose().as_str()] {
        let error = refresh(&identity, &Secret::new(text.to_owned()))
            .await
            .unwrap_err();
        assert!(matches!(error, IdentityError::InvalidToken), "{error}");
    }
    refresh(&identity, &held.tokens.refresh_token).await.unwrap();
}

#[tokio::test]
async fn nothing_is_refreshed_after_signing_out_or_under_another_epoch() {
    let identity = Identity::open().await;
    let authenticator = authenticator(&identity);
    let held = identity.person(ADA).await;
    check(&authenticator, &held).await.unwrap();
    identity
        .sessions
        .sign_out(&context(), held.tokens.refresh_token.expose())
        .await
        .unwrap();
    identity
        .sessions
        .sign_out(&context(), held.tokens.refresh_token.expose())
        .await
        .unwrap();
    assert_eq!(identity.heard("auth.session_ended"), 1);
    assert!(matches!(
        check(&authenticator, &held).await,
        Err(IdentityError::SessionRevoked)
    ));
    let error = refresh(&identity, &held.tokens.refresh_token).await.unwrap_err();
    assert!(matches!(error, IdentityError::SessionRevoked), "{error}");

    let held = identity.sign_in(ADA, PASSWORD).await.unwrap().held;
    check(&authenticator, &held).await.unwrap();
    let (users, id, now) = (identity.users.clone(), held.user.id, identity.machinery.now());
    let epoch = async move |tx: &mut db::Tx| {
        let mut user = users.lock_in(tx, id).await?.unwrap();
        users.start_epoch_in(tx, &mut user, now).await
    };
    identity.machinery.db.write(epoch).await.unwrap();
    assert!(matches!(
        check(&authenticator, &held).await,
        Err(IdentityError::SessionRevoked)
    ));
    let error = refresh(&identity, &held.tokens.refresh_token).await.unwrap_err();
    assert!(matches!(error, IdentityError::SessionRevoked), "{error}");
}

#[tokio::test]
async fn refreshing_too_often_has_to_wait() {
    let identity = Identity::open().await;
    let mut held = identity.person(ADA).await;
    for _ in 0..30 {
        held = refresh(&identity, &held.tokens.refresh_token).await.unwrap();
    }
    let error = refresh(&identity, &held.tokens.refresh_token).await.unwrap_err();
    assert!(matches!(error, IdentityError::RateLimited(_)), "{error}");
    identity.clock.advance(Duration::from_mins(1));
    refresh(&identity, &held.tokens.refresh_token).await.unwrap();
}

#[tokio::test]
async fn one_session_too_many_ends_the_oldest() {
    let identity = Identity::open().await;
    let first = identity.person(ADA).await;
    for _ in 0..50 {
        identity.clock.advance(Duration::from_mins(1));
        identity.sign_in(ADA, PASSWORD).await.unwrap();
    }
    let error = refresh(&identity, &first.tokens.refresh_token).await.unwrap_err();
    assert!(matches!(error, IdentityError::SessionRevoked), "{error}");
    assert_eq!(identity.heard("auth.session_ended"), 1);
    let page = identity
        .sessions
        .list(first.user.id, PageRequest::new(200, None))
        .await
        .unwrap();
    assert_eq!(page.items.len(), 50);
    let page = identity
        .sessions
        .list(first.user.id, PageRequest::new(20, None))
        .await
        .unwrap();
    let next = identity
        .sessions
        .list(first.user.id, PageRequest::new(200, page.next))
        .await
        .unwrap();
    assert_eq!((page.items.len(), next.items.len()), (20, 30));
}

#[tokio::test]
async fn a_person_ends_their_own_sessions_and_no_other() {
    let identity = Identity::open().await;
    let ada = identity.person(ADA).await;
    let eve = identity.person("eve@example.com").await;
    let session = RefreshToken::parse(ada.tokens.refresh_token.expose())
        .unwrap()
        .session();
    let error = identity
        .sessions
        .end(&context(), eve.user.id, session, "ended_by_owner")
        .await;
    assert!(matches!(error, Err(IdentityError::NotFound)));
    let second = identity.sign_in(ADA, PASSWORD).await.unwrap().held;
    identity
        .sessions
        .end_others(&context(), ada.user.id, session)
        .await
        .unwrap();
    assert!(refresh(&identity, &second.tokens.refresh_token).await.is_err());
    refresh(&identity, &ada.tokens.refresh_token).await.unwrap();
    refresh(&identity, &eve.tokens.refresh_token).await.unwrap();
}

#[tokio::test]
async fn a_browser_that_is_used_stays_signed_in_until_its_time() {
    let identity = Identity::open().await;
    let user_id = identity.person(ADA).await.user.id;
    let (sessions, now) = (identity.sessions.clone(), identity.machinery.now());
    let open = async move |tx: &mut db::Tx| {
        let new = NewSession {
            user_id,
            kind: SessionKind::Browser,
            method: String::from("password"),
            amr: vec![String::from("pwd")],
            aal: 1,
        };
        sessions.open(tx, &context(), new, now).await
    };
    let opened = identity.machinery.db.write(open).await.unwrap();
    let crate::session::Credential::Cookie(cookie) = opened.credential else {
        panic!("a browser gets a cookie");
    };
    let authenticator = authenticator(&identity);
    for _ in 0..2 {
        identity.clock.advance(Duration::from_hours(24 * 13));
        authenticator.session_of_cookie(cookie.expose()).await.unwrap();
    }
    let live = authenticator.session_of_cookie(cookie.expose()).await.unwrap();
    assert_eq!(live.session.last_seen_at, identity.machinery.now());
    identity.clock.advance(Duration::from_hours(24 * 4));
    assert!(authenticator.session_of_cookie(cookie.expose()).await.is_err());
}
