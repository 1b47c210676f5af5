//! Ways to a provider and back: to whom they are bound, and that they end once.

use std::time::Duration;

use super::*;
use crate::social::service::delete_expired;
use db::{Executor as _, ReadTx, args};

fn is_over<T>(outcome: &Result<T, IdentityError>) -> bool {
    matches!(outcome, Err(IdentityError::SocialFlowInvalid))
}

#[tokio::test]
async fn a_way_ends_where_it_was_begun_and_nowhere_else() {
    let house = House::strict().await;
    let (departed, other) = (house.depart().await, house.depart().await);
    let good = callback(&departed, "1 ada@example.com");
    for wrong in [
        Callback {
            flow: other.flow.clone(),
            ..good.clone()
        },
        Callback {
            flow: secret(""),
            ..good.clone()
        },
        Callback {
            state: state_of(&other),
            ..good.clone()
        },
        Callback {
            state: secret("ms_state_x"),
            ..good.clone()
        },
        Callback {
            state: departed.flow.clone(),
            ..good.clone()
        },
        Callback {
            provider: String::from("other"),
            ..good.clone()
        },
    ] {
        assert!(is_over(&house.social.arrive(&context(), wrong, sign_in()).await));
    }
    let by_program = Reception {
        kind: SessionKind::Api,
        ..sign_in()
    };
    assert!(is_over(
        &house.social.arrive(&context(), good.clone(), by_program).await
    ));
    let unknown = Callback {
        provider: String::from("nobody"),
        ..good.clone()
    };
    let unknown = house.social.arrive(&context(), unknown, sign_in()).await;
    assert!(matches!(unknown, Err(IdentityError::NotFound)));
    assert_eq!(house.google.exchanges(), 0, "nobody was asked anything");
    house.arrive(&departed, "1 ada@example.com").await.unwrap();
    assert!(is_over(&house.arrive(&departed, "1 ada@example.com").await));
    assert_eq!(house.google.exchanges(), 1);
}

#[tokio::test]
async fn a_way_is_over_after_ten_minutes_and_forgotten() {
    let house = House::strict().await;
    let (early, late) = (house.depart().await, house.depart().await);
    house.identity.clock.advance(Duration::from_secs(599));
    house.arrive(&early, "1 ada@example.com").await.unwrap();
    house.identity.clock.advance(Duration::from_secs(1));
    assert!(is_over(&house.arrive(&late, "1 ada@example.com").await));
    let machinery = &house.identity.machinery;
    let count = async |tx: &mut ReadTx| -> Result<i64, db::DbError> {
        tx.fetch_one("SELECT count(*) FROM oauth_flows", args![]).await
    };
    delete_expired(machinery, machinery.now()).await.unwrap();
    assert_eq!(machinery.db.read(count).await.unwrap(), 2, "they end this moment");
    house.identity.clock.advance(Duration::from_secs(1));
    delete_expired(machinery, machinery.now()).await.unwrap();
    assert_eq!(machinery.db.read(count).await.unwrap(), 0);
}

#[tokio::test]
async fn of_twenty_that_come_back_at_once_one_is_heard() {
    let house = House::strict().await;
    let departed = house.depart().await;
    let tries = (0..20).map(|_| {
        let (social, callback) = (house.social.clone(), callback(&departed, "1 ada@example.com"));
        tokio::spawn(async move { social.arrive(&context(), callback, sign_in()).await })
    });
    let tries: Vec<_> = tries.collect();
    let mut heard = 0;
    for one in tries {
        let outcome = one.await.unwrap();
        assert!(outcome.is_ok() || is_over(&outcome), "{outcome:?}");
        heard += u32::from(outcome.is_ok());
    }
    assert_eq!((heard, house.google.exchanges()), (1, 1));
    assert_eq!(house.identity.heard("auth.signed_in"), 1);
}

#[tokio::test]
async fn twenty_first_sign_ins_at_once_make_one_account() {
    let house = House::strict().await;
    let tries = (0..20).map(|_| {
        let social = house.social.clone();
        tokio::spawn(async move {
            let departed = social.depart(&context(), "google", Departure::default()).await?;
            let callback = callback(&departed, "1 ada@example.com");
            social.arrive(&context(), callback, sign_in()).await
        })
    });
    for one in tries.collect::<Vec<_>>() {
        one.await.unwrap().unwrap();
    }
    assert_eq!(house.identity.heard("user.registered"), 1);
    assert_eq!(house.identity.heard("auth.social_account_linked"), 1);
}

#[tokio::test]
async fn a_provider_that_refuses_or_fails_uses_the_way_up() {
    type Check = fn(&IdentityError) -> bool;
    let house = House::strict().await;
    let cases: [(&str, Check); 4] = [
        ("mixed_up", |error| {
            matches!(error, IdentityError::SocialFlowInvalid)
        }),
        ("refused", |error| {
            matches!(error, IdentityError::SocialTokenInvalid)
        }),
        ("denied", |error| matches!(error, IdentityError::SocialDenied)),
        ("failed", |error| {
            matches!(error, IdentityError::ProviderFailed(_))
        }),
    ];
    for (code, is_expected) in cases {
        let departed = house.depart().await;
        let error = house.arrive(&departed, code).await.unwrap_err();
        assert!(is_expected(&error), "{code}: {error:?}");
        assert!(is_over(&house.arrive(&departed, "1 ada@example.com").await));
    }
    assert_eq!(house.identity.heard("auth.signed_in"), 0);
}

#[tokio::test]
async fn a_way_that_was_called_off_is_over() {
    let house = House::strict().await;
    let (departed, other) = (house.depart().await, house.depart().await);
    let (state, flow) = (state_of(&departed), &departed.flow);
    for (flow, state) in [(&other.flow, &state), (&secret("x"), &state), (flow, &state)] {
        let reception = sign_in();
        let off = house.social.call_off("google", state, flow, &reception);
        off.await.unwrap();
    }
    assert!(is_over(&house.arrive(&departed, "1 ada@example.com").await));
    house.arrive(&other, "1 ada@example.com").await.unwrap();
}

#[tokio::test]
async fn a_way_goes_to_no_place_that_is_not_allowed() {
    let house = House::strict().await;
    for text in ["//evil", "https://app.evil.test", "javascript:alert(1)", "/a#b"] {
        let refused = house.social.callback(text, "/callback_url");
        assert!(matches!(refused, Err(IdentityError::Invalid(_))), "{text}");
    }
    let here = house.social.callback("/app/back", "/callback_url").unwrap();
    assert_eq!(here.as_str(), "http://127.0.0.1:8080/app/back");
}

#[tokio::test]
async fn ways_are_begun_only_so_often() {
    let house = House::strict().await;
    for _ in 0..60 {
        house.depart().await;
    }
    let more = house
        .social
        .depart(&context(), "google", Departure::default())
        .await;
    assert!(matches!(more, Err(IdentityError::RateLimited(_))));
}
