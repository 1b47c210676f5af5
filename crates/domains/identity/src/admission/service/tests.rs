//! The gate, in each mode and on each way.

mod challenge;

use std::time::Duration;

use db::{Executor as _, Tx, args};
use kernel::{Failure as _, PageRequest, Timestamp};

use super::super::model::{Admitted, Approach, NewAdmission, Newcomer, Recorded, Voucher, Way};
use super::*;
use crate::config::IdentityConfig;
use crate::config::disposable::DisposableDomains;
use crate::config::sign_up::{SignUpConfig, SignUpMode};
use crate::password::model::SignedUp;
use crate::testing::{Identity, context, from, secret, sign_up};
use crate::user::model::NewUser;

const ADA: &str = "ada@example.com";

async fn identity(sign_up: SignUpConfig) -> Identity {
    Identity::new(IdentityConfig {
        sign_up,
        ..IdentityConfig::default()
    })
    .await
}

async fn in_mode(mode: SignUpMode) -> Identity {
    identity(SignUpConfig {
        mode,
        ..SignUpConfig::default()
    })
    .await
}

fn admissions(identity: &Identity) -> Admissions {
    Admissions::new(identity.machinery.clone())
}

async fn admit(identity: &Identity, email: &str) -> Recorded {
    let new = NewAdmission {
        email: email.parse().unwrap(),
        locale: kernel::Locale::ENGLISH,
    };
    admissions(identity).create(&context(), new).await.unwrap()
}

/// A newcomer without a password.
fn social(email: &str) -> Newcomer {
    Newcomer {
        email: email.parse().unwrap(),
        way: Way::Social,
        invite_token: None,
    }
}

fn by_password(email: &str) -> Newcomer {
    Newcomer {
        way: Way::Password(Approach { work: None }),
        ..social(email)
    }
}

fn with_invite(newcomer: Newcomer, token: &str) -> Newcomer {
    Newcomer {
        invite_token: Some(secret(token)),
        ..newcomer
    }
}

/// What the gate says: `admitted`, or the code of the refusal or of its field.
async fn said(identity: &Identity, newcomer: Newcomer) -> &'static str {
    // Mails to one address are a minute apart.
    identity.clock.advance(Duration::from_mins(61));
    let (gate, now) = (identity.gate.clone(), identity.machinery.now());
    let work = async move |tx: &mut Tx| gate.admit_in(tx, &context(), &newcomer, now).await;
    match identity.machinery.db.write(work).await {
        Ok(admitted) => {
            assert_eq!(admitted.voucher(), None);
            "admitted"
        }
        Err(error) => error.fields().first().map_or(error.code(), |field| field.code),
    }
}

#[tokio::test]
async fn each_mode_lets_in_whom_it_is_for_whichever_way_they_come() {
    let refusals = [
        (SignUpMode::Open, "admitted"),
        (SignUpMode::InviteOnly, "sign_up_closed"),
        (SignUpMode::Waitlist, "sign_up_waitlisted"),
    ];
    for (mode, refusal) in refusals {
        let identity = in_mode(mode).await;
        admit(&identity, "Admitted@Example.com").await;
        for newcomer in [social, by_password] {
            assert_eq!(said(&identity, newcomer(ADA)).await, refusal, "{mode:?}");
            assert_eq!(
                said(&identity, newcomer("admitted@example.com")).await,
                "admitted"
            );
            for token in ["mailed", "shared"] {
                let invited = with_invite(newcomer(ADA), token);
                assert_eq!(said(&identity, invited).await, "admitted", "{mode:?}");
            }
            let forged = with_invite(newcomer(ADA), "forged");
            assert_eq!(said(&identity, forged).await, "otp_invalid", "{mode:?}");
        }
        // Only a provider has shown whose the address is.
        assert_eq!(said(&identity, social("invited@example.com")).await, "admitted");
        assert_eq!(said(&identity, by_password("invited@example.com")).await, refusal);
    }
}

#[tokio::test]
async fn domains_keep_out_who_has_no_invite() {
    let identity = identity(SignUpConfig {
        domains: vec!["example.com".parse().unwrap(), "bücher.example".parse().unwrap()],
        ..SignUpConfig::default()
    })
    .await;
    admit(&identity, "guest@example.org").await;
    for newcomer in [social, by_password] {
        for email in [
            ADA,
            "ada@BÜCHER.example",
            "ada@xn--bcher-kva.example",
            "guest@example.org",
        ] {
            assert_eq!(said(&identity, newcomer(email)).await, "admitted", "{email}");
        }
        for email in ["ada@example.org", "ada@sub.example.com", "ada@notexample.com"] {
            assert_eq!(
                said(&identity, newcomer(email)).await,
                "email_domain_not_allowed",
                "{email}"
            );
        }
        let invited = with_invite(newcomer("ada@example.org"), "shared");
        assert_eq!(said(&identity, invited).await, "admitted");
    }
}

#[tokio::test]
async fn throw_away_mailboxes_stay_outside_even_with_an_invite() {
    let usual = identity(SignUpConfig::default()).await;
    for email in ["ada@mailinator.com", "ada@deep.below.MAILINATOR.com"] {
        assert_eq!(
            said(&usual, by_password(email)).await,
            "email_disposable",
            "{email}"
        );
        assert_eq!(said(&usual, social(email)).await, "email_disposable", "{email}");
    }
    let invited = with_invite(by_password("ada@mailinator.com"), "shared");
    assert_eq!(said(&usual, invited).await, "email_disposable");

    let replaced = identity(SignUpConfig {
        disposable: DisposableDomains::parse("bücher.example").unwrap(),
        ..SignUpConfig::default()
    })
    .await;
    assert_eq!(said(&replaced, social("ada@mailinator.com")).await, "admitted");
    let below = "ada@x.xn--bcher-kva.example";
    assert_eq!(said(&replaced, social(below)).await, "email_disposable");
}

#[tokio::test]
async fn a_refusal_is_the_same_whether_there_is_an_account_or_not() {
    let rules = |mode, domains: &[&str]| SignUpConfig {
        mode,
        domains: domains.iter().map(|domain| domain.parse().unwrap()).collect(),
        ..SignUpConfig::default()
    };
    for rules in [
        rules(SignUpMode::InviteOnly, &[]),
        rules(SignUpMode::Waitlist, &[]),
        rules(SignUpMode::Open, &["example.org"]),
    ] {
        let identity = identity(rules).await;
        make(&identity, ADA).await;
        let mut answers = Vec::new();
        for email in [ADA, "nobody@example.com"] {
            let answer = identity.passwords.sign_up(&context(), sign_up(email)).await;
            let error = answer.unwrap_err();
            answers.push((error.code(), error.to_string(), error.fields().to_vec()));
            assert!(identity.mail_to(email).await.is_none(), "nobody is told");
        }
        assert_eq!(answers[0], answers[1]);
    }
}

#[tokio::test]
async fn who_is_admitted_learns_nothing_of_accounts_either() {
    let identity = in_mode(SignUpMode::Waitlist).await;
    make(&identity, ADA).await;
    admit(&identity, ADA).await;
    admit(&identity, "eve@example.com").await;
    for email in [ADA, "eve@example.com"] {
        let answer = identity.passwords.sign_up(&context(), sign_up(email)).await;
        assert!(matches!(answer, Ok(SignedUp::CheckEmail)), "{email}");
    }
}

#[tokio::test]
async fn every_way_counts_in_the_same_counter() {
    let identity = in_mode(SignUpMode::Open).await;
    for number in 0..3 {
        let new = sign_up(&format!("a{number}@example.com"));
        identity.passwords.sign_up(&context(), new).await.unwrap();
    }
    let ask = async |email: &str| {
        let (gate, now) = (identity.gate.clone(), identity.machinery.now());
        let newcomer = social(email);
        let work = async move |tx: &mut Tx| gate.admit_in(tx, &context(), &newcomer, now).await;
        identity.machinery.db.write(work).await.map(drop)
    };
    ask("b1@example.com").await.unwrap();
    ask("b2@example.com").await.unwrap();
    assert_eq!(ask("b3@example.com").await.unwrap_err().code(), "rate_limited");
    let sixth = identity
        .passwords
        .sign_up(&context(), sign_up("c@example.com"))
        .await;
    assert_eq!(sixth.unwrap_err().code(), "rate_limited");
    let elsewhere = from("198.51.100.7");
    identity
        .passwords
        .sign_up(&elsewhere, sign_up("d@example.com"))
        .await
        .unwrap();
}

#[tokio::test]
async fn staff_admit_an_address_once_and_its_owner_is_told_once() {
    let identity = in_mode(SignUpMode::Waitlist).await;
    let Recorded::Created(admission) = admit(&identity, ADA).await else {
        panic!("it is new");
    };
    let mail = identity.mail_to(ADA).await.unwrap();
    assert!(mail.text.contains("/signup"), "{}", mail.text);
    let again = admit(&identity, "ADA@example.com").await;
    assert_eq!(again, Recorded::Known(admission.clone()));
    assert_eq!(identity.heard("admission.created"), 1);
    admit(&identity, "eve@example.com").await;

    let list = async |email: Option<&str>| {
        let email = email.map(|email| email.parse().unwrap());
        let page = admissions(&identity)
            .list(email, PageRequest::new(1, None))
            .await
            .unwrap();
        (
            page.items.first().map(|admission| admission.email.to_string()),
            page.next.is_some(),
        )
    };
    assert_eq!(list(None).await, (Some("eve@example.com".into()), true));
    assert_eq!(list(Some("Ada@Example.com")).await, (Some(ADA.into()), false));
    assert_eq!(list(Some("x@example.com")).await, (None, false));

    admissions(&identity)
        .delete(&context(), admission.id)
        .await
        .unwrap();
    assert_eq!(said(&identity, social(ADA)).await, "sign_up_waitlisted");
    assert_eq!(identity.heard("admission.deleted"), 1);
    let gone = admissions(&identity).delete(&context(), admission.id).await;
    assert_eq!(gone.unwrap_err().code(), "not_found");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn an_address_that_many_admit_at_once_is_admitted_once() {
    let identity = in_mode(SignUpMode::Waitlist).await;
    let tries = (0..20).map(|_| {
        let admissions = admissions(&identity);
        let new = NewAdmission {
            email: ADA.parse().unwrap(),
            locale: kernel::Locale::ENGLISH,
        };
        tokio::spawn(async move { admissions.create(&context(), new).await.unwrap() })
    });
    let tries: Vec<_> = tries.collect();
    let mut created = 0;
    for tried in tries {
        created += usize::from(matches!(tried.await.unwrap(), Recorded::Created(_)));
    }
    assert_eq!((created, identity.heard("admission.created")), (1, 1));
}

/// An account that staff made.
async fn make(identity: &Identity, email: &str) {
    let (users, now) = (identity.users.clone(), identity.machinery.now());
    let new = NewUser {
        admitted: Admitted::vouched(email.parse().unwrap(), Voucher::Staff),
        is_verified: true,
        name: None,
        locale: kernel::Locale::ENGLISH,
    };
    let work = async move |tx: &mut Tx| users.register_in(tx, &context(), new.clone(), now).await;
    identity.machinery.db.write(work).await.unwrap().unwrap();
}

async fn spent(identity: &Identity) -> i64 {
    let work = async |tx: &mut ReadTx| {
        tx.fetch_one("SELECT count(*) FROM spent_challenges", args![])
            .await
    };
    identity.machinery.db.read(work).await.unwrap()
}
