//! Twenty at once.

use tokio::task::JoinSet;

use super::{ADA, answer, asking, authenticator, challenge, made, owner, second_answer, ticket};
use crate::passkey::model::NewPasskey;
use crate::passkey::service::SecondStep;
use crate::testing::{Identity, context};

#[tokio::test]
async fn of_twenty_that_sign_in_with_one_answer_one_is_let_in() {
    let identity = Identity::open().await;
    let (ada, authenticator) = owner(&identity, ADA).await;
    let credential = answer(&identity, &authenticator, ada.user).await;
    let mut tasks = JoinSet::new();
    for _ in 0..20 {
        let (passkeys, credential) = (identity.passkeys.clone(), credential.clone());
        tasks.spawn(async move { passkeys.sign_in(&context(), credential).await.is_ok() });
    }
    let let_in = tasks.join_all().await.into_iter().filter(|is_in| *is_in);
    assert_eq!(let_in.count(), 1);
}

#[tokio::test]
async fn of_twenty_second_steps_with_one_answer_one_is_let_in() {
    let identity = Identity::open().await;
    let (_, authenticator) = owner(&identity, ADA).await;
    let ticket = ticket(&identity, ADA).await;
    let credential = second_answer(&identity, &authenticator, &ticket).await;
    let mut tasks = JoinSet::new();
    for _ in 0..20 {
        let step = SecondStep {
            ticket: ticket.clone(),
            credential: credential.clone(),
        };
        let passkeys = identity.passkeys.clone();
        tasks.spawn(async move { passkeys.complete(&context(), step).await.is_ok() });
    }
    let let_in = tasks.join_all().await.into_iter().filter(|is_in| *is_in);
    assert_eq!(let_in.count(), 1);
}

#[tokio::test]
async fn of_twenty_registrations_with_one_answer_one_is_kept() {
    let identity = Identity::open().await;
    let ada = asking(&identity, &identity.person(ADA).await).await;
    let new = authenticator();
    let options = identity.passkeys.start_registration(ada).await.unwrap();
    let answer = new.register(&challenge(&options)).unwrap();
    let credential = made(&new, &answer);
    let mut tasks = JoinSet::new();
    for _ in 0..20 {
        let new = NewPasskey {
            name: None,
            credential: credential.clone(),
        };
        let passkeys = identity.passkeys.clone();
        tasks.spawn(async move { passkeys.create(&context(), ada, new).await.is_ok() });
    }
    let kept = tasks.join_all().await.into_iter().filter(|is_kept| *is_kept);
    assert_eq!(kept.count(), 1);
}
