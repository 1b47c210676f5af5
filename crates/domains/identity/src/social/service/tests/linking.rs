//! Linking and unlinking.

use super::*;
use kernel::PageRequest;
use kernel::id::SocialAccountId;

fn all() -> PageRequest {
    PageRequest::new(200, None)
}

#[tokio::test]
async fn an_account_is_linked_in_the_session_that_began_it() {
    let house = House::open().await;
    let (ada, eve) = (house.person(ADA).await, house.person(EVE).await);
    let departed = house.depart_to_link(ada).await;
    let elsewhere = house.finish_link(&departed, eve.session, "1").await;
    assert!(matches!(elsewhere, Err(IdentityError::SocialFlowInvalid)));
    let as_sign_in = house.arrive(&departed, "1 ada@example.com").await;
    assert!(matches!(as_sign_in, Err(IdentityError::SocialFlowInvalid)));
    assert_eq!(house.google.exchanges(), 0);
    // The address of the account elsewhere says nothing here, so it need not be confirmed.
    let account = house.finish_link(&departed, ada.session, "1").await.unwrap();
    assert_eq!((account.user_id, account.subject.as_str()), (ada.user, "1"));
    let mail = house.identity.mail_to(ADA).await.unwrap();
    assert!(mail.text.contains("google"), "{}", mail.text);
    assert_eq!(house.social.list(ada.user, all()).await.unwrap().items, [account]);
    assert_eq!(house.social.list(eve.user, all()).await.unwrap().items, []);
}

#[tokio::test]
async fn a_way_to_sign_in_links_nothing() {
    let house = House::open().await;
    let ada = house.person(ADA).await;
    let departed = house.depart().await;
    let linked = house.finish_link(&departed, ada.session, "1").await;
    assert!(matches!(linked, Err(IdentityError::SocialFlowInvalid)));
    assert_eq!(house.google.exchanges(), 0);
}

#[tokio::test]
async fn nothing_is_linked_in_a_session_that_was_ended() {
    let house = House::open().await;
    let ada = house.person(ADA).await;
    let departed = house.depart_to_link(ada).await;
    let sessions = &house.identity.sessions;
    sessions
        .end(&context(), ada.user, ada.session, "ended_by_owner")
        .await
        .unwrap();
    let linked = house.finish_link(&departed, ada.session, "1").await;
    assert!(matches!(linked, Err(IdentityError::SocialFlowInvalid)));
    assert_eq!(house.social.list(ada.user, all()).await.unwrap().items, []);
}

#[tokio::test]
async fn what_somebody_else_signs_in_with_is_theirs() {
    let house = House::open().await;
    let (ada, eve) = (house.person(ADA).await, house.person(EVE).await);
    let account = house.link(ada, "1").await.unwrap();
    let taken = house.link(eve, "1").await;
    assert!(matches!(taken, Err(IdentityError::SocialAccountTaken)));
    assert_eq!(house.link(ada, "1").await.unwrap(), account, "twice is harmless");
    assert_eq!(house.identity.heard("auth.social_account_linked"), 1);
    let unlinked = house.social.unlink(&context(), eve.user, account.id).await;
    assert!(matches!(unlinked, Err(IdentityError::NotFound)));
}

#[tokio::test]
async fn the_last_way_to_sign_in_stays() {
    let house = House::open().await;
    let ada = house.sign_in("1 ada@example.com").await.unwrap();
    let ada = linker_of(&ada);
    let first = house.social.list(ada.user, all()).await.unwrap().items;
    let last = house.social.unlink(&context(), ada.user, first[0].id).await;
    assert!(matches!(last, Err(IdentityError::LastSignInMethod)));
    house.link(ada, "2").await.unwrap();
    house
        .social
        .unlink(&context(), ada.user, first[0].id)
        .await
        .unwrap();
    assert_eq!(house.identity.heard("auth.social_account_unlinked"), 1);
    let mail = house.identity.mail_to(ADA).await.unwrap();
    assert!(mail.text.contains("unlinked"), "{}", mail.text);
    let gone = house.sign_in("1 ada@example.com").await.unwrap_err();
    assert!(matches!(gone, IdentityError::AccountExistsLinkRequired));
    // Whoever has a password needs none.
    let eve = house.person(EVE).await;
    let account = house.link(eve, "3").await.unwrap();
    house
        .social
        .unlink(&context(), eve.user, account.id)
        .await
        .unwrap();
}

#[tokio::test]
async fn of_twenty_that_unlink_two_accounts_at_once_one_is_heard() {
    let house = House::open().await;
    let ada = linker_of(&house.sign_in("1 ada@example.com").await.unwrap());
    house.link(ada, "2").await.unwrap();
    let ids: Vec<SocialAccountId> = {
        let accounts = house.social.list(ada.user, all()).await.unwrap().items;
        accounts.iter().map(|account| account.id).collect()
    };
    let tries = (0..20).map(|turn| {
        let (social, id) = (house.social.clone(), ids[turn % 2]);
        tokio::spawn(async move { social.unlink(&context(), ada.user, id).await })
    });
    let mut unlinked = 0;
    for one in tries.collect::<Vec<_>>() {
        unlinked += u32::from(one.await.unwrap().is_ok());
    }
    assert_eq!(unlinked, 1);
    assert_eq!(house.social.list(ada.user, all()).await.unwrap().items.len(), 1);
}
