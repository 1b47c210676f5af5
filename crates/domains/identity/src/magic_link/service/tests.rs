//! Links and codes to sign in with, one test for each row of the attack list.

use std::time::Duration;

use kernel::Secret;

use crate::error::IdentityError;
use crate::magic_link::model::{MagicLinkProof, MagicLinkRequest, MagicLinkSignIn};
use crate::magic_link::service::MagicLinks;
use crate::session::service::Held;
use crate::testing::{Identity, PASSWORD, code_in, context, inside, secret, sign_up, token_in};

const ADA: &str = "ada@example.com";
const NOBODY: &str = "nobody@example.com";

fn links(identity: &Identity) -> MagicLinks {
    MagicLinks::new(
        identity.machinery.clone(),
        identity.users.clone(),
        identity.passwords.clone(),
        identity.sessions.clone(),
        identity.entrances.clone(),
    )
}

async fn ask(identity: &Identity, email: &str) -> Secret<String> {
    let request = MagicLinkRequest {
        email: email.parse().unwrap(),
        destination: None,
    };
    links(identity).request(&context(), request).await.unwrap()
}

async fn sign_in(
    identity: &Identity,
    flow: &Secret<String>,
    proof: MagicLinkProof,
) -> Result<Held, IdentityError> {
    let flow = flow.clone();
    links(identity)
        .sign_in(&context(), MagicLinkSignIn { flow, proof })
        .await
        .map(inside)
}

fn refused(outcome: &Result<Held, IdentityError>) -> bool {
    matches!(outcome, Err(IdentityError::OtpInvalid))
}

#[tokio::test]
async fn the_link_opens_once_and_only_with_the_flow_that_asked() {
    let identity = Identity::open().await;
    let ada = identity.person(ADA).await.user;
    let flow = ask(&identity, ADA).await;
    let token = MagicLinkProof::Token(token_in(&identity.mail_to(ADA).await.unwrap()));
    let elsewhere = ask(&identity, NOBODY).await;
    assert!(refused(&sign_in(&identity, &elsewhere, token.clone()).await));
    assert!(refused(
        &sign_in(&identity, &secret("ms_flow_x"), token.clone()).await
    ));
    let held = sign_in(&identity, &flow, token.clone()).await.unwrap();
    assert_eq!(held.user.id, ada.id);
    assert!(refused(&sign_in(&identity, &flow, token).await));
}

#[tokio::test]
async fn looking_at_the_link_takes_nothing() {
    let identity = Identity::open().await;
    identity.person(ADA).await;
    let flow = ask(&identity, ADA).await;
    let token = token_in(&identity.mail_to(ADA).await.unwrap());
    for _ in 0..3 {
        assert!(links(&identity).is_open(&token).await.unwrap());
    }
    sign_in(&identity, &flow, MagicLinkProof::Token(token.clone()))
        .await
        .unwrap();
    assert!(!links(&identity).is_open(&token).await.unwrap());
}

#[tokio::test]
async fn a_code_counts_in_its_own_flow_only() {
    let identity = Identity::open().await;
    identity.person(ADA).await;
    let flow = ask(&identity, ADA).await;
    let code = MagicLinkProof::Code(code_in(&identity.mail_to(ADA).await.unwrap()));
    let elsewhere = ask(&identity, NOBODY).await;
    assert!(refused(&sign_in(&identity, &elsewhere, code.clone()).await));
    sign_in(&identity, &flow, code.clone()).await.unwrap();
    assert!(refused(&sign_in(&identity, &flow, code).await));
}

#[tokio::test]
async fn five_wrong_codes_end_the_mail_and_its_link_too() {
    let identity = Identity::open().await;
    identity.person(ADA).await;
    let flow = ask(&identity, ADA).await;
    let mail = identity.mail_to(ADA).await.unwrap();
    for _ in 0..5 {
        let wrong = MagicLinkProof::Code(secret("00000000"));
        assert!(refused(&sign_in(&identity, &flow, wrong).await));
    }
    let code = MagicLinkProof::Code(code_in(&mail));
    assert!(refused(&sign_in(&identity, &flow, code).await));
    let token = MagicLinkProof::Token(token_in(&mail));
    assert!(refused(&sign_in(&identity, &flow, token).await));
}

#[tokio::test]
async fn codes_are_tried_ten_times_an_hour_be_there_an_account_or_not() {
    let identity = Identity::open().await;
    identity.person(ADA).await;
    for email in [ADA, NOBODY] {
        let mut outcomes = Vec::new();
        for _ in 0..3 {
            let flow = ask(&identity, email).await;
            for _ in 0..4 {
                let wrong = MagicLinkProof::Code(secret("00000000"));
                outcomes.push(sign_in(&identity, &flow, wrong).await);
            }
            identity.clock.advance(Duration::from_mins(1));
        }
        let (tried, held_back) = outcomes.split_at(10);
        assert!(tried.iter().all(refused), "{email}");
        let is_limited =
            |outcome: &Result<Held, IdentityError>| matches!(outcome, Err(IdentityError::RateLimited(_)));
        assert!(held_back.iter().all(is_limited), "{email}");
    }
}

#[tokio::test]
async fn a_mail_is_of_no_use_after_its_time_after_a_newer_one_and_after_a_new_password() {
    let identity = Identity::open().await;
    let ada = identity.person(ADA).await.user;
    let flow = ask(&identity, ADA).await;
    let token = MagicLinkProof::Token(token_in(&identity.mail_to(ADA).await.unwrap()));
    identity
        .clock
        .advance(Duration::from_mins(10) + Duration::from_secs(1));
    assert!(refused(&sign_in(&identity, &flow, token).await));

    let flow = ask(&identity, ADA).await;
    let token = MagicLinkProof::Token(token_in(&identity.mail_to(ADA).await.unwrap()));
    identity.clock.advance(Duration::from_mins(1));
    let newer = ask(&identity, ADA).await;
    assert!(refused(&sign_in(&identity, &flow, token).await));

    let token = MagicLinkProof::Token(token_in(&identity.mail_to(ADA).await.unwrap()));
    let phc = identity.passwords.hash(&secret(PASSWORD)).await.unwrap();
    let (passwords, now) = (identity.passwords.clone(), identity.machinery.now());
    let set = async move |tx: &mut db::Tx| passwords.set_in(tx, &ada, &phc, now).await;
    identity.machinery.db.write(set).await.unwrap();
    assert!(refused(&sign_in(&identity, &newer, token).await));
}

#[tokio::test]
async fn whoever_signed_up_with_a_strangers_address_has_no_way_in_once_its_owner_is() {
    let identity = Identity::strict().await;
    identity
        .passwords
        .sign_up(&context(), sign_up(ADA))
        .await
        .unwrap();
    identity.clock.advance(Duration::from_mins(1));
    let flow = ask(&identity, ADA).await;
    let token = MagicLinkProof::Token(token_in(&identity.mail_to(ADA).await.unwrap()));
    let held = sign_in(&identity, &flow, token).await.unwrap();
    assert!(held.user.is_verified());
    let error = identity.sign_in(ADA, PASSWORD).await.unwrap_err();
    assert!(matches!(error, IdentityError::InvalidCredentials), "{error}");
    let next = held.tokens.refresh_token.expose();
    identity.sessions.refresh(&context(), next).await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_many_who_use_one_mail_at_once_one_gets_in() {
    let identity = Identity::open().await;
    identity.person(ADA).await;
    let flow = ask(&identity, ADA).await;
    let mail = identity.mail_to(ADA).await.unwrap();
    let tries = (0..20).map(|number| {
        let proof = match number % 2 {
            0 => MagicLinkProof::Token(token_in(&mail)),
            _ => MagicLinkProof::Code(code_in(&mail)),
        };
        let (links, flow) = (links(&identity), flow.clone());
        tokio::spawn(async move { links.sign_in(&context(), MagicLinkSignIn { flow, proof }).await })
    });
    let mut entered = 0;
    for outcome in tries.collect::<Vec<_>>() {
        match outcome.await.unwrap() {
            Ok(_) => entered += 1,
            Err(IdentityError::OtpInvalid | IdentityError::RateLimited(_)) => {}
            Err(error) => panic!("{error}"),
        }
    }
    assert_eq!((entered, identity.heard("auth.signed_in")), (1, 2));
}
