//! Doors and what stands before them.

use std::time::Duration;

use kernel::Failure as _;

use crate::error::IdentityError;
use crate::password::model::{Confirmation, SignedUp};
use crate::testing::{Identity, PASSWORD, code_in, context, from, secret, sign_in, sign_up, token_in};

const ADA: &str = "ada@example.com";

#[tokio::test]
async fn an_account_opens_once_its_address_is_confirmed() {
    let identity = Identity::strict().await;
    let answer = identity
        .passwords
        .sign_up(&context(), sign_up(ADA))
        .await
        .unwrap();
    assert!(matches!(answer, SignedUp::CheckEmail));
    let error = identity.sign_in(ADA, PASSWORD).await.unwrap_err();
    assert!(matches!(error, IdentityError::EmailNotVerified), "{error}");
    let error = identity.sign_in(ADA, "wrong").await.unwrap_err();
    assert!(matches!(error, IdentityError::InvalidCredentials), "{error}");

    let token = token_in(&identity.mail_to(ADA).await.unwrap());
    let context = context();
    let confirm = || {
        let confirmation = Confirmation::Token(token.clone());
        identity.passwords.verify_email(&context, confirmation)
    };
    confirm().await.unwrap();
    assert!(matches!(confirm().await, Err(IdentityError::OtpInvalid)));
    assert_eq!(identity.heard("user.email_verified"), 1);
    let signed_in = identity.sign_in(ADA, PASSWORD).await.unwrap();
    assert!(signed_in.held.user.is_verified());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn one_of_many_gets_through_with_the_link() {
    let identity = Identity::strict().await;
    identity
        .passwords
        .sign_up(&context(), sign_up(ADA))
        .await
        .unwrap();
    let token = token_in(&identity.mail_to(ADA).await.unwrap());
    let tries = (0..20).map(|_| {
        let (passwords, token) = (identity.passwords.clone(), token.clone());
        tokio::spawn(async move {
            passwords
                .verify_email(&context(), Confirmation::Token(token))
                .await
        })
    });
    let tries: Vec<_> = tries.collect();
    let mut through = 0;
    for tried in tries {
        through += usize::from(tried.await.unwrap().is_ok());
    }
    assert_eq!((through, identity.heard("user.email_verified")), (1, 1));
}

#[tokio::test]
async fn a_code_confirms_as_well_and_may_be_wrong_a_few_times() {
    let identity = Identity::strict().await;
    identity
        .passwords
        .sign_up(&context(), sign_up(ADA))
        .await
        .unwrap();
    let code = code_in(&identity.mail_to(ADA).await.unwrap());
    let context = context();
    let confirm = |code| {
        let email = ADA.parse().unwrap();
        identity
            .passwords
            .verify_email(&context, Confirmation::Code { email, code })
    };
    for _ in 0..4 {
        assert!(matches!(
            confirm(secret("00000000")).await,
            Err(IdentityError::OtpInvalid)
        ));
    }
    confirm(code).await.unwrap();
    identity.sign_in(ADA, PASSWORD).await.unwrap();
}

#[tokio::test]
async fn a_code_is_dead_after_five_wrong_ones() {
    let identity = Identity::strict().await;
    identity
        .passwords
        .sign_up(&context(), sign_up(ADA))
        .await
        .unwrap();
    let code = code_in(&identity.mail_to(ADA).await.unwrap());
    let context = context();
    let confirm = |code| {
        let email = ADA.parse().unwrap();
        identity
            .passwords
            .verify_email(&context, Confirmation::Code { email, code })
    };
    for _ in 0..5 {
        assert!(confirm(secret("00000000")).await.is_err());
    }
    assert!(matches!(confirm(code).await, Err(IdentityError::OtpInvalid)));
}

#[tokio::test]
async fn signing_up_with_a_known_address_is_answered_alike_and_its_owner_is_told() {
    let identity = Identity::strict().await;
    identity
        .passwords
        .sign_up(&context(), sign_up(ADA))
        .await
        .unwrap();
    let token = token_in(&identity.mail_to(ADA).await.unwrap());
    identity
        .passwords
        .verify_email(&context(), Confirmation::Token(token))
        .await
        .unwrap();
    identity.clock.advance(Duration::from_mins(1));
    let mut again = sign_up(ADA);
    again.password = secret("noisy badgers fold 7 umbrellas");
    let answer = identity.passwords.sign_up(&context(), again).await.unwrap();
    assert!(matches!(answer, SignedUp::CheckEmail));
    assert_eq!(
        identity.mail_to(ADA).await.unwrap().summary.template_key,
        "account_exists"
    );
    identity.sign_in(ADA, PASSWORD).await.unwrap();
    assert_eq!(identity.heard("user.registered"), 1);
}

#[tokio::test]
async fn an_unconfirmed_account_belongs_to_whoever_signs_up_last() {
    let identity = Identity::strict().await;
    identity
        .passwords
        .sign_up(&context(), sign_up(ADA))
        .await
        .unwrap();
    let old_token = token_in(&identity.mail_to(ADA).await.unwrap());
    identity.clock.advance(Duration::from_mins(1));
    let mut again = sign_up("ADA@example.com");
    again.password = secret("noisy badgers fold 7 umbrellas");
    again.name = Some("Ada Lovelace".parse().unwrap());
    identity.passwords.sign_up(&context(), again).await.unwrap();
    let stale = identity
        .passwords
        .verify_email(&context(), Confirmation::Token(old_token))
        .await;
    assert!(matches!(stale, Err(IdentityError::OtpInvalid)));
    let token = token_in(&identity.mail_to(ADA).await.unwrap());
    identity
        .passwords
        .verify_email(&context(), Confirmation::Token(token))
        .await
        .unwrap();
    assert!(identity.sign_in(ADA, PASSWORD).await.is_err());
    let held = identity
        .sign_in(ADA, "noisy badgers fold 7 umbrellas")
        .await
        .unwrap()
        .held;
    assert_eq!(held.user.name.unwrap().as_str(), "Ada Lovelace");
}

#[tokio::test]
async fn mail_to_one_address_is_asked_for_once_a_minute_and_thrice_an_hour() {
    let identity = Identity::strict().await;
    let context = context();
    let resend = || {
        identity
            .passwords
            .resend_verification(&context, ADA.parse().unwrap())
    };
    for _ in 0..3 {
        resend().await.unwrap();
        let error = resend().await.unwrap_err();
        assert_eq!(error.retry_after(), Some(Duration::from_mins(1)));
        identity.clock.advance(Duration::from_mins(1));
    }
    let error = resend().await.unwrap_err();
    assert_eq!(error.retry_after(), Some(Duration::from_mins(57)));
    assert!(identity.mail_to(ADA).await.is_none(), "nobody has this address");
}

#[tokio::test]
async fn an_invite_that_was_mailed_confirms_the_address() {
    let identity = Identity::strict().await;
    let mut invited = sign_up(ADA);
    invited.invite_token = Some(secret("mailed"));
    let answer = identity.passwords.sign_up(&context(), invited).await.unwrap();
    let SignedUp::In(held) = answer else {
        panic!("the address is proven");
    };
    assert!(held.user.is_verified());
    assert_eq!(*identity.invites.0.lock().unwrap(), [held.user.id]);
}

#[tokio::test]
async fn an_invite_that_was_shared_waits_for_the_address() {
    let identity = Identity::strict().await;
    let mut invited = sign_up(ADA);
    invited.invite_token = Some(secret("shared"));
    let answer = identity.passwords.sign_up(&context(), invited).await.unwrap();
    assert!(matches!(answer, SignedUp::CheckEmail));
    assert!(identity.invites.0.lock().unwrap().is_empty());
    let token = token_in(&identity.mail_to(ADA).await.unwrap());
    identity
        .passwords
        .verify_email(&context(), Confirmation::Token(token))
        .await
        .unwrap();
    assert_eq!(identity.invites.0.lock().unwrap().len(), 1);
}

#[tokio::test]
async fn a_bad_invite_makes_no_account() {
    let identity = Identity::strict().await;
    let mut invited = sign_up(ADA);
    invited.invite_token = Some(secret("guessed"));
    let error = identity.passwords.sign_up(&context(), invited).await.unwrap_err();
    assert_eq!(error.code(), "otp_invalid");
    assert_eq!(identity.heard("user.registered"), 0);
}

#[tokio::test]
async fn weak_passwords_are_refused_with_the_field() {
    let identity = Identity::open().await;
    for password in ["short", "password1234", "ada@example.com!", "mainstay mainstay"] {
        let mut weak = sign_up(ADA);
        weak.password = secret(password);
        let error = identity.passwords.sign_up(&context(), weak).await.unwrap_err();
        assert_eq!(error.fields()[0].pointer, "/password", "{password}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn one_of_many_sign_ups_with_one_address_makes_the_account() {
    let identity = Identity::open().await;
    let spellings = [
        "ada@example.com",
        "ADA@example.com",
        "ａda@example.com",
        "ada@EXAMPLE.com",
    ];
    let tries = (0..20).map(|number: usize| {
        let passwords = identity.passwords.clone();
        let (ip, new) = (format!("192.0.2.{number}"), sign_up(spellings[number % 4]));
        tokio::spawn(async move { passwords.sign_up(&from(&ip), new).await })
    });
    let tries: Vec<_> = tries.collect();
    let mut made = 0;
    for answer in tries {
        match answer.await.unwrap() {
            Ok(SignedUp::In(_)) => made += 1,
            Err(IdentityError::EmailTaken) => {}
            other => panic!("{other:?}"),
        }
    }
    assert_eq!((made, identity.heard("user.registered")), (1, 1));
}

#[tokio::test]
async fn wrong_passwords_wait_longer_and_longer_and_unknown_addresses_do_too() {
    let identity = Identity::open().await;
    identity.person(ADA).await;
    for email in [ADA, "nobody@example.com"] {
        for _ in 0..5 {
            let error = identity.sign_in(email, "wrong").await.unwrap_err();
            assert!(matches!(error, IdentityError::InvalidCredentials), "{error}");
        }
        identity.clock.advance(Duration::from_mins(1));
        for wait in [2, 4, 8, 16] {
            identity.sign_in(email, "wrong").await.unwrap_err();
            let error = identity.sign_in(email, PASSWORD).await.unwrap_err();
            assert_eq!(error.retry_after(), Some(Duration::from_secs(wait)), "{error}");
            identity.clock.advance(Duration::from_secs(wait));
        }
        identity.clock.advance(Duration::from_mins(1));
    }
    identity.sign_in(ADA, PASSWORD).await.unwrap();
    identity.sign_in(ADA, "wrong").await.unwrap_err();
    identity.sign_in(ADA, PASSWORD).await.unwrap();
}

#[tokio::test]
async fn a_known_browser_is_not_locked_out_by_strangers() {
    let identity = Identity::open().await;
    identity.person(ADA).await;
    let device = identity.sign_in(ADA, PASSWORD).await.unwrap().device;
    for _ in 0..5 {
        identity
            .passwords
            .sign_in(&from("198.51.100.9"), sign_in(ADA, "wrong"))
            .await
            .unwrap_err();
    }
    let error = identity.sign_in(ADA, PASSWORD).await.unwrap_err();
    assert!(matches!(error, IdentityError::RateLimited(_)), "{error}");
    let mut known = sign_in(ADA, PASSWORD);
    known.device = Some(device.clone());
    let again = identity.passwords.sign_in(&context(), known).await.unwrap();
    assert_eq!(again.device, Some(device));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn every_one_of_many_wrong_passwords_is_counted() {
    let identity = Identity::open().await;
    identity.person(ADA).await;
    let passwords = identity.passwords.clone();
    let attempt = passwords.attempt(&context(), &ADA.parse().unwrap(), None);
    let now = identity.machinery.now();
    let tries = (0..20).map(|_| {
        let (passwords, attempt) = (passwords.clone(), attempt.clone());
        let db = identity.machinery.db.clone();
        tokio::spawn(async move {
            let count = async move |tx: &mut db::Tx| passwords.count_wrong_in(tx, &attempt, now).await;
            db.write(count).await
        })
    });
    let tries: Vec<_> = tries.collect();
    for counted in tries {
        counted.await.unwrap().unwrap();
    }
    let error = identity.sign_in(ADA, PASSWORD).await.unwrap_err();
    assert_eq!(error.retry_after(), Some(Duration::from_mins(1)));
}

#[tokio::test]
async fn a_hundred_wrong_passwords_need_a_new_one() {
    let identity = Identity::open().await;
    let user = identity.person(ADA).await.user;
    let passwords = identity.passwords.clone();
    let attempt = passwords.attempt(&context(), &user.email, None);
    let now = identity.machinery.now();
    let count = async move |tx: &mut db::Tx| {
        for _ in 0..100 {
            passwords.count_wrong_in(tx, &attempt, now).await?;
        }
        Ok::<_, db::DbError>(())
    };
    identity.machinery.db.write(count).await.unwrap();
    identity.clock.advance(Duration::from_hours(24));
    let error = identity.sign_in(ADA, PASSWORD).await.unwrap_err();
    assert!(matches!(error, IdentityError::PasswordLocked), "{error}");
    let phc = identity.passwords.hash(&secret(PASSWORD)).await.unwrap();
    let (passwords, now) = (identity.passwords.clone(), identity.machinery.now());
    let set = async move |tx: &mut db::Tx| passwords.set_in(tx, &user, &phc, now).await;
    identity.machinery.db.write(set).await.unwrap();
    identity.sign_in(ADA, PASSWORD).await.unwrap();
}

#[tokio::test]
async fn a_network_that_tries_many_accounts_is_shut_out_for_an_hour() {
    let identity = Identity::open().await;
    identity.person(ADA).await;
    for number in 0..16 {
        let email = format!("user{number}@example.com");
        let error = identity.sign_in(&email, "wrong").await.unwrap_err();
        assert!(matches!(error, IdentityError::InvalidCredentials), "{error}");
        identity.clock.advance(Duration::from_secs(10));
    }
    let error = identity.sign_in(ADA, PASSWORD).await.unwrap_err();
    assert_eq!(
        error.retry_after(),
        Some(Duration::from_hours(1) - Duration::from_secs(10))
    );
    let elsewhere = identity
        .passwords
        .sign_in(&from("198.51.100.9"), sign_in(ADA, PASSWORD))
        .await;
    elsewhere.unwrap();
    identity.clock.advance(Duration::from_hours(1));
    identity.sign_in(ADA, PASSWORD).await.unwrap();
}

#[tokio::test]
async fn a_sign_in_from_a_new_place_is_told_by_mail_and_the_first_one_is_not() {
    let identity = Identity::open().await;
    identity.person(ADA).await;
    identity.sign_in(ADA, PASSWORD).await.unwrap();
    assert!(identity.mail_to(ADA).await.is_none());
    identity
        .passwords
        .sign_in(&from("198.51.100.9"), sign_in(ADA, PASSWORD))
        .await
        .unwrap();
    let mail = identity.mail_to(ADA).await.unwrap();
    assert_eq!(mail.summary.template_key, "sign_in_new_device");
}
