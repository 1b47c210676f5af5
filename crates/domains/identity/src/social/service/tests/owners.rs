//! Whose account a person at a provider gets.

use super::*;
use crate::config::sign_up::{SignUpConfig, SignUpMode};
use crate::testing::{PASSWORD, sign_up};
use db::{Executor as _, ReadTx, Tx, args};

#[tokio::test]
async fn the_same_account_is_the_same_person_whatever_its_address_is() {
    let house = House::strict().await;
    let first = house.sign_in("1 ada@example.com").await.unwrap();
    assert!(first.user.is_verified());
    assert_eq!(first.user.email.as_str(), ADA);
    assert_eq!(first.user.name.as_ref().unwrap().as_str(), "Ada Lovelace");
    assert_eq!(
        (first.session.proof.amr.as_slice(), first.session.proof.aal),
        (&[String::from("fed")][..], 1)
    );
    for code in ["1 new@example.com", "1 eve@example.com unconfirmed", "1"] {
        let again = house.sign_in(code).await.unwrap();
        assert_eq!(again.user.id, first.user.id, "{code}");
    }
    assert_eq!(house.identity.heard("user.registered"), 1);
    assert_eq!(house.identity.heard("auth.social_account_linked"), 1);
}

#[tokio::test]
async fn another_name_or_another_provider_is_another_person() {
    let house = House::strict().await;
    house.sign_in("1 ada@example.com").await.unwrap();
    for (provider, code) in [("google", "2 ada@example.com"), ("other", "1 ada@example.com")] {
        let refused = house.sign_in_at(provider, code).await.unwrap_err();
        assert!(matches!(refused, IdentityError::AccountExistsLinkRequired));
    }
    let eve = house.sign_in_at("other", "1 eve@example.com").await.unwrap();
    assert_eq!(eve.user.email.as_str(), EVE);
}

#[tokio::test]
async fn an_address_that_the_provider_has_not_confirmed_is_nobody_s() {
    let house = House::open().await;
    house.person(ADA).await;
    for code in [
        "1 ada@example.com unconfirmed",
        "1 nobody@example.com unconfirmed",
        "1",
    ] {
        let refused = house.sign_in(code).await.unwrap_err();
        assert!(matches!(refused, IdentityError::SocialEmailUnverified), "{code}");
    }
    assert_eq!(house.identity.heard("user.registered"), 1);
    assert_eq!(house.identity.heard("auth.social_account_linked"), 0);
}

#[tokio::test]
async fn a_confirmed_account_is_linked_by_its_owner_alone() {
    let house = House::open().await;
    let ada = house.person(ADA).await;
    let refused = house.sign_in("1 ada@example.com").await.unwrap_err();
    assert!(matches!(refused, IdentityError::AccountExistsLinkRequired));
    house.link(ada, "1 ada@example.com").await.unwrap();
    let opened = house.sign_in("1 ada@example.com").await.unwrap();
    assert_eq!(opened.user.id, ada.user);
}

#[tokio::test]
async fn who_gives_out_the_addresses_may_join_them_if_the_operator_says_so() {
    let google = FakeProvider::with_authority("google", Some("example.com"));
    let house = House::of(Identity::open().await, google);
    let ada = house.person(ADA).await;
    house.person("ada@example.org").await;
    let opened = house.sign_in("1 ada@example.com").await.unwrap();
    assert_eq!(opened.user.id, ada.user);
    let mail = house.identity.mail_to(ADA).await.unwrap();
    assert!(mail.text.contains("google"), "{}", mail.text);
    let refused = house.sign_in("2 ada@example.org").await.unwrap_err();
    assert!(matches!(refused, IdentityError::AccountExistsLinkRequired));
}

/// What a stranger could have left behind, had they found a way in.
async fn plant(house: &House, user: kernel::UserId) {
    let now = house.identity.machinery.now();
    let plant = async move |tx: &mut Tx| -> Result<(), db::DbError> {
        tx.execute(
            "INSERT INTO totp_factors (user_id, sealed_secret, created_at, confirmed_at) VALUES ($1, $2, $3, $3)",
            args![user, vec![1u8], now],
        )
        .await?;
        tx.execute(
            "INSERT INTO recovery_codes (user_id, position, phc_hash, created_at) VALUES ($1, 0, 'x', $2)",
            args![user, now],
        )
        .await?;
        tx.execute(
            "INSERT INTO social_accounts (id, user_id, provider_id, issuer, subject, created_at)
             VALUES ($1, $1, 'other', 'https://other.test', 'eve', $2)",
            args![user, now],
        )
        .await?;
        tx.execute(
            "INSERT INTO user_settings (user_id, notifications, updated_at) VALUES ($1, $2, $3)",
            args![user, serde_json::json!({}), now],
        )
        .await
        .map(drop)
    };
    house.identity.machinery.db.write(plant).await.unwrap();
}

async fn left(house: &House) -> Vec<i64> {
    let count = async |tx: &mut ReadTx| -> Result<Vec<i64>, db::DbError> {
        let mut counts = Vec::new();
        for sql in [
            "SELECT count(*) FROM totp_factors",
            "SELECT count(*) FROM recovery_codes",
            "SELECT count(*) FROM social_accounts WHERE provider_id = 'other'",
            "SELECT count(*) FROM user_settings",
            "SELECT count(*) FROM password_credentials",
            "SELECT count(*) FROM sessions WHERE revoked_at IS NULL",
        ] {
            counts.push(tx.fetch_one(sql, args![]).await?);
        }
        Ok(counts)
    };
    house.identity.machinery.db.read(count).await.unwrap()
}

#[tokio::test]
async fn what_a_stranger_left_with_my_address_is_gone_when_i_come() {
    let house = House::strict().await;
    let signed_up = house
        .identity
        .passwords
        .sign_up(&context(), sign_up(ADA))
        .await
        .unwrap();
    assert!(matches!(signed_up, crate::password::SignedUp::CheckEmail));
    let users = &house.identity.users;
    let stranger = users.find_by_email(&ADA.parse().unwrap()).await.unwrap().unwrap();
    plant(&house, stranger.id).await;
    assert_eq!(left(&house).await, [1, 1, 1, 1, 1, 0]);
    let opened = house.sign_in("1 ada@example.com").await.unwrap();
    assert_eq!(opened.user.id, stranger.id);
    assert!(opened.user.is_verified());
    assert_eq!(opened.user.name.unwrap().as_str(), "Ada Lovelace");
    assert_eq!(left(&house).await, [0, 0, 0, 0, 0, 1]);
    assert_eq!(house.identity.heard("user.reclaimed"), 1);
    let refused = house.identity.sign_in(ADA, PASSWORD).await.unwrap_err();
    assert!(matches!(refused, IdentityError::InvalidCredentials));
    let refused = house
        .sign_in_at("other", "eve ada@example.com")
        .await
        .unwrap_err();
    assert!(matches!(refused, IdentityError::AccountExistsLinkRequired));
}

#[tokio::test]
async fn a_closed_account_stays_closed() {
    let house = House::strict().await;
    let ada = house.sign_in("1 ada@example.com").await.unwrap().user.id;
    let close = async move |tx: &mut Tx| -> Result<u64, db::DbError> {
        tx.execute("UPDATE users SET status = 'suspended' WHERE id = $1", args![ada])
            .await
    };
    house.identity.machinery.db.write(close).await.unwrap();
    for code in ["1 ada@example.com", "2 ada@example.com"] {
        let refused = house.sign_in(code).await.unwrap_err();
        assert!(matches!(refused, IdentityError::InvalidCredentials), "{code}");
    }
}

#[tokio::test]
async fn a_second_factor_is_still_asked_for() {
    let house = House::strict().await;
    let ada = house.sign_in("1 ada@example.com").await.unwrap().user.id;
    plant(&house, ada).await;
    let departed = house.depart().await;
    let entered = house.arrive(&departed, "1 ada@example.com").await.unwrap();
    assert!(matches!(entered, Entered::SecondFactor(_)));
    assert_eq!(house.identity.heard("auth.signed_in"), 1);
}

#[tokio::test]
async fn the_gate_stands_before_this_way_in_too() {
    let identity = Identity::new(crate::IdentityConfig {
        sign_up: SignUpConfig {
            mode: SignUpMode::InviteOnly,
            ..SignUpConfig::default()
        },
        ..crate::IdentityConfig::default()
    });
    let house = House::of(identity.await, FakeProvider::new("google"));
    let refused = house.sign_in("1 ada@example.com").await.unwrap_err();
    assert!(matches!(refused, IdentityError::SignUpClosed));
    let departure = Departure {
        invite_token: Some(secret("mailed")),
        ..Departure::default()
    };
    let departed = house
        .social
        .depart(&context(), "google", departure)
        .await
        .unwrap();
    house.arrive(&departed, "1 ada@example.com").await.unwrap();
    assert_eq!(house.identity.invites.0.lock().unwrap().len(), 1);
}
