//! Work that a sign-up costs.

use super::*;
use crate::admission::model::{Challenge, Challenges, Solution, solve};
use crate::config::sign_up::ChallengeBits;
use crate::jobs::delete_guards;

async fn with_bits(bits: u8) -> Identity {
    identity(SignUpConfig {
        challenge: ChallengeBits::new(bits),
        ..SignUpConfig::default()
    })
    .await
}

async fn approach(identity: &Identity, solution: Option<&Solution>) -> &'static str {
    match identity.gate.approach(&context(), solution).await {
        Ok(_) => "good",
        Err(error) => error.code(),
    }
}

fn solved(identity: &Identity) -> Solution {
    solve(&identity.gate.challenge().unwrap())
}

#[tokio::test]
async fn nothing_is_asked_where_the_operator_does_not_ask() {
    let identity = in_mode(SignUpMode::Open).await;
    assert!(identity.gate.challenge().is_none());
    assert_eq!(approach(&identity, None).await, "good");
}

#[tokio::test]
async fn only_work_that_was_done_for_our_challenge_counts() {
    let identity = with_bits(10).await;
    assert_eq!(approach(&identity, None).await, "challenge_required");
    let good = solved(&identity);
    let other = |challenge: &str, nonce: &str| Solution {
        challenge: challenge.to_owned(),
        nonce: nonce.to_owned(),
    };
    let wrong = (0..).map(|nonce: u32| other(&good.challenge, &nonce.to_string()));
    let wrong = wrong.take(3).filter(|wrong| wrong.nonce != good.nonce);
    let mut forged = good.challenge.clone();
    let flipped = if forged.pop() == Some('A') { 'Q' } else { 'A' };
    forged.push(flipped);
    let strangers = solved(&with_bits(10).await);
    let bad = wrong.chain([
        other(&forged, &good.nonce),
        other(&good.challenge, ""),
        other(&good.challenge, "x"),
        other(&good.challenge, &format!("{:0>21}", good.nonce)),
        other("", "1"),
        other("AAAA", "1"),
        strangers,
    ]);
    for bad in bad {
        assert_eq!(
            approach(&identity, Some(&bad)).await,
            "challenge_invalid",
            "{bad:?}"
        );
    }
    assert_eq!(approach(&identity, Some(&good)).await, "good");
    identity.clock.advance(Duration::from_mins(10));
    assert_eq!(
        approach(&identity, Some(&good)).await,
        "challenge_invalid",
        "too old"
    );
}

/// Whoever keeps easy challenges for later has ten minutes, and none once the operator asks for more.
#[test]
fn a_challenge_that_asks_for_less_than_now_is_worth_nothing() {
    let mac = || crypto::Mac::new(&[7; 32]);
    let make = |bits| Challenges::new(mac(), ChallengeBits::new(bits).unwrap());
    let now: Timestamp = "2026-03-05T17:30:00Z".parse().unwrap();
    let id = uuid::Uuid::from_u64_pair(u64::try_from(now.unix_milliseconds()).unwrap() << 16 | 0x7000, 1);
    let challenge: Challenge = make(8).make(id);
    let solution = solve(&challenge);
    assert!(make(8).check(&solution, now).is_ok());
    assert!(make(9).check(&solution, now).is_err());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn one_solution_is_good_for_one_of_twenty_sign_ups_at_once() {
    let identity = with_bits(8).await;
    let solution = solved(&identity);
    let tries = (0..20).map(|number| {
        let passwords = identity.passwords.clone();
        let mut new = sign_up(&format!("a{number}@example.com"));
        new.solution = Some(solution.clone());
        let context = from(&format!("198.51.100.{number}"));
        tokio::spawn(async move { passwords.sign_up(&context, new).await })
    });
    let tries: Vec<_> = tries.collect();
    let mut through = 0;
    for tried in tries {
        match tried.await.unwrap() {
            Ok(SignedUp::CheckEmail) => through += 1,
            Ok(SignedUp::In(_)) => panic!("addresses are confirmed first"),
            Err(error) => assert_eq!(error.code(), "challenge_invalid"),
        }
    }
    assert_eq!((through, identity.heard("user.registered")), (1, 1));
}

#[tokio::test]
async fn a_sign_up_that_is_refused_spends_nothing() {
    let identity = with_bits(8).await;
    let solution = solved(&identity);
    let mut refused = sign_up("ada@mailinator.com");
    refused.solution = Some(solution.clone());
    identity.passwords.sign_up(&context(), refused).await.unwrap_err();
    assert_eq!(spent(&identity).await, 0);
    let mut good = sign_up(ADA);
    good.solution = Some(solution);
    identity.passwords.sign_up(&context(), good).await.unwrap();
    assert_eq!(spent(&identity).await, 1);
}

#[tokio::test]
async fn spent_challenges_are_kept_until_they_would_be_over() {
    let identity = with_bits(8).await;
    let mut new = sign_up(ADA);
    new.solution = Some(solved(&identity));
    identity.passwords.sign_up(&context(), new).await.unwrap();
    let delete = || delete_guards(&identity.machinery);
    identity.clock.advance(Duration::from_mins(10));
    delete().await.unwrap();
    assert_eq!(spent(&identity).await, 1);
    identity.clock.advance(Duration::from_mins(2));
    for _ in 0..2 {
        delete().await.unwrap();
        assert_eq!(spent(&identity).await, 0);
    }
}
