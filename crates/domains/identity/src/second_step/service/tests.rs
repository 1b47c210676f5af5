//! The second step, one test for each row of the attack list.

use std::time::Duration;

use kernel::Secret;

use super::SecondStep;
use crate::enrolment::service::tests::{code_of, enrol};
use crate::entrance::model::Entered;
use crate::error::IdentityError;
use crate::factor_code::model::FactorCode;
use crate::session::model::Held;
use crate::testing::{Identity, PASSWORD, context, inside, secret, sign_in};

const ADA: &str = "ada@example.com";

async fn ticket(identity: &Identity) -> Secret<String> {
    let signed_in = identity
        .passwords
        .sign_in(&context(), sign_in(ADA, PASSWORD))
        .await
        .unwrap();
    assert!(signed_in.device.is_none(), "the browser is not known yet");
    match signed_in.entered {
        Entered::SecondFactor(ticket) => ticket.token,
        Entered::In(_) => panic!("a second factor is due"),
    }
}

async fn take(identity: &Identity, ticket: &Secret<String>, code: FactorCode) -> Result<Held, IdentityError> {
    let step = SecondStep {
        ticket: ticket.clone(),
        code,
        device: None,
    };
    let signed_in = identity.second_steps.take(&context(), step).await?;
    Ok(inside(signed_in.entered))
}

fn refused(outcome: &Result<Held, IdentityError>) -> bool {
    matches!(outcome, Err(IdentityError::OtpInvalid))
}

#[tokio::test]
async fn a_code_opens_once_and_its_ticket_too() {
    let identity = Identity::open().await;
    let (app, _) = enrol(&identity).await;
    let (first, second) = (ticket(&identity).await, ticket(&identity).await);
    let code = FactorCode::Totp(code_of(&identity, &app));
    let held = take(&identity, &first, code.clone()).await.unwrap();
    assert_eq!(held.user.email.as_str(), ADA);
    assert!(
        refused(&take(&identity, &second, code).await),
        "the step was used"
    );
    identity.clock.advance(Duration::from_secs(30));
    let next = FactorCode::Totp(code_of(&identity, &app));
    assert!(
        refused(&take(&identity, &first, next.clone()).await),
        "the ticket was used"
    );
    take(&identity, &second, next).await.unwrap();
}

#[tokio::test]
async fn five_wrong_codes_end_the_ticket() {
    let identity = Identity::open().await;
    let (app, _) = enrol(&identity).await;
    let ticket = ticket(&identity).await;
    for _ in 0..5 {
        let wrong = FactorCode::Totp(secret("000000"));
        assert!(refused(&take(&identity, &ticket, wrong).await));
    }
    let right = FactorCode::Totp(code_of(&identity, &app));
    assert!(refused(&take(&identity, &ticket, right).await));
    assert_eq!(identity.heard("auth.second_factor_failed"), 5);
}

#[tokio::test]
async fn an_account_is_tried_ten_times_an_hour() {
    let identity = Identity::open().await;
    enrol(&identity).await;
    let mut outcomes = Vec::new();
    for _ in 0..3 {
        let ticket = ticket(&identity).await;
        for _ in 0..4 {
            outcomes.push(take(&identity, &ticket, FactorCode::Totp(secret("000000"))).await);
        }
    }
    // One of the ten was the code that confirmed the app.
    let (tried, held_back) = outcomes.split_at(9);
    assert!(tried.iter().all(refused));
    let is_limited =
        |outcome: &Result<Held, IdentityError>| matches!(outcome, Err(IdentityError::RateLimited(_)));
    assert!(held_back.iter().all(is_limited));
}

#[tokio::test]
async fn a_ticket_is_over_after_its_time_and_when_the_account_begins_another_epoch() {
    let identity = Identity::open().await;
    let (app, _) = enrol(&identity).await;
    let late = ticket(&identity).await;
    identity.clock.advance(Duration::from_mins(5));
    let code = FactorCode::Totp(code_of(&identity, &app));
    assert!(refused(&take(&identity, &late, code).await));

    let stale = ticket(&identity).await;
    let user = identity
        .users
        .find_by_email(&ADA.parse().unwrap())
        .await
        .unwrap()
        .unwrap();
    let (users, now) = (identity.users.clone(), identity.machinery.now());
    let begin = async move |tx: &mut db::Tx| {
        let mut user = user.clone();
        users.start_epoch_in(tx, &mut user, now).await
    };
    identity.machinery.db.write(begin).await.unwrap();
    let code = FactorCode::Totp(code_of(&identity, &app));
    assert!(refused(&take(&identity, &stale, code).await));
}

#[tokio::test]
async fn a_recovery_code_opens_once_and_its_owner_is_told() {
    let identity = Identity::open().await;
    let (_, enrolled) = enrol(&identity).await;
    let written = enrolled.recovery_codes.first().unwrap();
    let code = || FactorCode::Recovery(secret(&written.to_lowercase()));
    let (first, second) = (ticket(&identity).await, ticket(&identity).await);
    take(&identity, &first, code()).await.unwrap();
    let mail = identity.mail_to(ADA).await.unwrap();
    assert!(mail.text.contains("9 of ten are left"), "{}", mail.text);
    assert!(refused(&take(&identity, &second, code()).await));
    let wrong = FactorCode::Recovery(secret("1-AAAAA-AAAAA"));
    assert!(refused(&take(&identity, &second, wrong).await));
    assert_eq!(identity.heard("auth.recovery_code_used"), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_many_who_show_one_code_at_once_one_gets_in() {
    for is_written in [false, true] {
        let identity = Identity::open().await;
        let (app, enrolled) = enrol(&identity).await;
        let ticket = ticket(&identity).await;
        let code = if is_written {
            FactorCode::Recovery(secret(enrolled.recovery_codes.first().unwrap()))
        } else {
            FactorCode::Totp(code_of(&identity, &app))
        };
        let before = identity.heard("auth.signed_in");
        let tries = (0..20).map(|_| {
            let step = SecondStep {
                ticket: ticket.clone(),
                code: code.clone(),
                device: None,
            };
            let steps = identity.second_steps.clone();
            tokio::spawn(async move { steps.take(&context(), step).await })
        });
        let mut entered = 0;
        for outcome in tries.collect::<Vec<_>>() {
            match outcome.await.unwrap() {
                Ok(_) => entered += 1,
                Err(IdentityError::OtpInvalid | IdentityError::RateLimited(_)) => {}
                Err(error) => panic!("{error}"),
            }
        }
        assert_eq!((entered, identity.heard("auth.signed_in") - before), (1, 1));
    }
}
