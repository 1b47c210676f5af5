use db::Executor as _;
use db::{ReadTx, args};
use kernel::{EmailAddress, Locale, RequestContext, Secret};

use super::{NewOwner, Staff};
use crate::error::IdentityError;
use crate::testing::{Identity, PASSWORD};

fn staff(identity: &Identity) -> Staff {
    Staff::new(
        identity.machinery.clone(),
        identity.users.clone(),
        identity.passwords.clone(),
    )
}

fn owner(email: &str, password: &str) -> NewOwner {
    NewOwner {
        email: email.parse::<EmailAddress>().unwrap(),
        password: Secret::new(password.to_owned()),
        locale: Locale::ENGLISH,
    }
}

async fn role_of(identity: &Identity, email: &'static str) -> Option<String> {
    let read = identity.machinery.db.read(async move |tx: &mut ReadTx| {
        let sql = "SELECT platform_role FROM users WHERE email_norm = $1";
        tx.fetch_one::<Option<String>>(sql, args![email]).await
    });
    read.await.unwrap()
}

#[tokio::test]
async fn the_link_makes_one_owner_and_the_newest_link_counts() {
    let identity = Identity::strict().await;
    let (staff, context) = (staff(&identity), RequestContext::system());
    let first = staff.offer_setup().await.unwrap().unwrap();
    let second = staff.offer_setup().await.unwrap().unwrap();
    assert!(!staff.is_setup_open(&first).await.unwrap());
    assert!(staff.is_setup_open(&second).await.unwrap());
    let closed = staff.set_up(&context, first, owner("ada@example.com", "short"));
    assert!(matches!(closed.await, Err(IdentityError::OtpInvalid)));
    let weak = staff.set_up(&context, second.clone(), owner("ada@example.com", "short"));
    assert!(matches!(weak.await, Err(IdentityError::Invalid(_))));
    let ada = owner("ada@example.com", PASSWORD);
    staff.set_up(&context, second.clone(), ada).await.unwrap();
    assert_eq!(
        role_of(&identity, "ada@example.com").await.as_deref(),
        Some("owner")
    );
    let again = staff.set_up(&context, second, owner("eve@example.com", PASSWORD));
    assert!(matches!(again.await, Err(IdentityError::OtpInvalid)));
    assert!(staff.offer_setup().await.unwrap().is_none());
}

#[tokio::test]
async fn of_many_who_use_the_link_at_once_one_becomes_owner() {
    let identity = Identity::strict().await;
    let staff = staff(&identity);
    let token = staff.offer_setup().await.unwrap().unwrap();
    let tries = (0..8).map(|number| {
        let (staff, token) = (staff.clone(), token.clone());
        tokio::spawn(async move {
            let new = owner(&format!("p{number}@example.com"), PASSWORD);
            staff.set_up(&RequestContext::system(), token, new).await.is_ok()
        })
    });
    let mut owners = 0;
    for outcome in tries.collect::<Vec<_>>() {
        owners += usize::from(outcome.await.unwrap());
    }
    assert_eq!(owners, 1);
}

#[tokio::test]
async fn the_operator_may_make_an_owner_of_somebody_who_has_an_account() {
    let identity = Identity::strict().await;
    let (staff, context) = (staff(&identity), RequestContext::system());
    let first = staff
        .create_owner(&context, owner("ada@example.com", PASSWORD))
        .await
        .unwrap();
    let other = "seven loud herons paint doors";
    let second = staff
        .create_owner(&context, owner("Ada@Example.com", other))
        .await
        .unwrap();
    assert_eq!(first, second);
    assert!(
        identity
            .users
            .find_by_email(&"ada@example.com".parse().unwrap())
            .await
            .unwrap()
            .unwrap()
            .is_verified()
    );
}
