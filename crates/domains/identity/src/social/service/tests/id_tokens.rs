//! ID tokens that apps got by themselves.

use super::*;
use crate::session::service::Held;
use crate::social::model::IdToken;
use kernel::RequestContext;
use kernel::context::Idempotency;

const NONCE: &str = "drawn at random for this";

fn presented(token: &str, nonce: &str) -> IdToken {
    IdToken {
        provider: String::from("google"),
        token: secret(token),
        nonce: secret(nonce),
        invite_token: None,
    }
}

async fn sign_in_by(house: &House, token: &str, nonce: &str) -> Result<Held, IdentityError> {
    let (context, presented) = (context(), presented(token, nonce));
    let social = &house.social;
    let entered = social.sign_in_by_id_token(&context, presented, Locale::ENGLISH);
    entered.await.map(inside)
}

#[tokio::test]
async fn an_id_token_lets_in_once() {
    let house = House::strict().await;
    let first = sign_in_by(&house, "1 ada@example.com", NONCE).await.unwrap();
    for token in ["1 ada@example.com", "1 eve@example.com"] {
        let again = sign_in_by(&house, token, NONCE).await.unwrap_err();
        assert!(matches!(again, IdentityError::SocialTokenInvalid), "{token}");
    }
    let next = sign_in_by(&house, "1 ada@example.com", "another that was drawn").await;
    assert_eq!(next.unwrap().user.id, first.user.id);
}

#[tokio::test]
async fn an_id_token_that_was_refused_is_used_too() {
    let house = House::open().await;
    let ada = house.person(ADA).await;
    let refused = sign_in_by(&house, "1 ada@example.com", NONCE).await.unwrap_err();
    assert!(matches!(refused, IdentityError::AccountExistsLinkRequired));
    house.link(ada, "1").await.unwrap();
    let again = sign_in_by(&house, "1 ada@example.com", NONCE).await.unwrap_err();
    assert!(matches!(again, IdentityError::SocialTokenInvalid));
}

#[tokio::test]
async fn a_request_that_is_repeated_is_answered_again() {
    let house = House::strict().await;
    let sign_in = async || {
        let context = RequestContext {
            idempotency: Some(Arc::new(Idempotency::new(
                String::from("social"),
                String::from("key"),
                [1; 32],
            ))),
            ..context()
        };
        let presented = presented("1 ada@example.com", NONCE);
        let entered = house
            .social
            .sign_in_by_id_token(&context, presented, Locale::ENGLISH);
        inside(entered.await.unwrap())
    };
    let (first, again) = (sign_in().await, sign_in().await);
    assert_eq!(
        first.tokens.refresh_token.expose(),
        again.tokens.refresh_token.expose()
    );
    assert_eq!(house.identity.heard("auth.signed_in"), 1);
}

#[tokio::test]
async fn of_twenty_with_the_same_id_token_one_is_let_in() {
    let house = House::strict().await;
    let tries = (0..20).map(|_| {
        let social = house.social.clone();
        tokio::spawn(async move {
            let presented = presented("1 ada@example.com", NONCE);
            social
                .sign_in_by_id_token(&context(), presented, Locale::ENGLISH)
                .await
        })
    });
    let mut let_in = 0;
    for one in tries.collect::<Vec<_>>() {
        let_in += u32::from(one.await.unwrap().is_ok());
    }
    assert_eq!((let_in, house.identity.heard("auth.signed_in")), (1, 1));
}

#[tokio::test]
async fn an_id_token_that_does_not_hold_lets_nobody_in() {
    let house = House::strict().await;
    for token in ["refused", "denied", "mixed_up"] {
        let refused = sign_in_by(&house, token, NONCE).await.unwrap_err();
        assert!(matches!(refused, IdentityError::SocialTokenInvalid), "{token}");
    }
    let failed = sign_in_by(&house, "failed", NONCE).await.unwrap_err();
    assert!(matches!(failed, IdentityError::ProviderFailed(_)));
    let plain = IdToken {
        provider: String::from("plain"),
        ..presented("1 ada@example.com", NONCE)
    };
    let unsupported = house
        .social
        .sign_in_by_id_token(&context(), plain, Locale::ENGLISH)
        .await;
    assert!(matches!(unsupported, Err(IdentityError::Invalid(_))));
}
