//! Sessions that become fresh again.

use std::time::Duration;

use super::StepUp;
use crate::enrolment::service::tests::{asking, code_of, enrol};
use crate::error::IdentityError;
use crate::factor_code::model::FactorCode;
use crate::session::model::{Held, Renewed};
use crate::testing::{Identity, PASSWORD, context, secret};

fn tokens(renewed: Renewed) -> Held {
    match renewed {
        Renewed::Tokens(held) => held,
        Renewed::Cookie { .. } => panic!("a client of the API holds tokens"),
    }
}

async fn auth_time(identity: &Identity, held: &Held) -> i64 {
    let now = identity.machinery.now();
    let claims = identity
        .signing_keys
        .verify(held.tokens.access_token.expose(), now)
        .await;
    claims.unwrap().auth_time.unix_seconds()
}

#[tokio::test]
async fn the_password_is_enough_for_who_has_no_second_factor() {
    let identity = Identity::open().await;
    let held = identity.person("ada@example.com").await;
    let asking = asking(&identity, &held).await;
    identity.clock.advance(Duration::from_mins(11));
    let step_ups = &identity.step_ups;
    let wrong = step_ups
        .take(&context(), asking, StepUp::Password(secret("wrong")))
        .await;
    assert!(matches!(wrong, Err(IdentityError::WrongPassword)));
    let renewed = step_ups
        .take(&context(), asking, StepUp::Password(secret(PASSWORD)))
        .await
        .unwrap();
    let now = identity.machinery.now().unix_seconds();
    assert_eq!(auth_time(&identity, &tokens(renewed)).await, now);
    assert_eq!(identity.heard("auth.stepped_up"), 1);
}

#[tokio::test]
async fn who_has_a_second_factor_shows_that() {
    let identity = Identity::open().await;
    let (app, enrolled) = enrol(&identity).await;
    let held = tokens(enrolled.renewed);
    let asking = asking(&identity, &held).await;
    let step_ups = &identity.step_ups;
    let password = step_ups
        .take(&context(), asking, StepUp::Password(secret(PASSWORD)))
        .await;
    assert!(matches!(password, Err(IdentityError::StepUpRequired)));
    let wrong = StepUp::Code(FactorCode::Totp(secret("000000")));
    let wrong = step_ups.take(&context(), asking, wrong).await;
    assert!(matches!(wrong, Err(IdentityError::OtpInvalid)));
    assert_eq!(identity.heard("auth.second_factor_failed"), 1);
    let code = StepUp::Code(FactorCode::Totp(code_of(&identity, &app)));
    let renewed = step_ups.take(&context(), asking, code.clone()).await.unwrap();
    let now = identity.machinery.now().unix_seconds();
    assert_eq!(auth_time(&identity, &tokens(renewed)).await, now);
    let again = step_ups.take(&context(), asking, code).await;
    assert!(
        matches!(again, Err(IdentityError::OtpInvalid)),
        "a code works once"
    );
    let written = secret(enrolled.recovery_codes.last().unwrap());
    let code = StepUp::Code(FactorCode::Recovery(written));
    step_ups.take(&context(), asking, code).await.unwrap();
}
