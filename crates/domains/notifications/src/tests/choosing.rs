//! What people chose, asked for once however many they are; and where mail goes.

use super::*;
use crate::{Channel, Choice};

#[tokio::test]
async fn who_switched_it_off_is_left_out_and_all_others_are_told() {
    let world = World::new().await;
    let acme = world.organization("acme").await;
    let mut members = Vec::new();
    for number in 0..30 {
        members.push(world.member(acme, &format!("member{number}")).await);
    }
    let choice = |organization, is_enabled| Choice {
        organization,
        category: crate::Category::parse("invoice").unwrap(),
        channel: Channel::InApp,
        is_enabled: Some(is_enabled),
    };
    let choose = async |user: UserId, choices: Vec<Choice>| {
        let chosen = world.notifications.preferences().choose(user, choices).await;
        chosen.unwrap();
    };
    for (place, member) in members.iter().enumerate() {
        match place % 3 {
            0 => choose(*member, vec![choice(None, false)]).await,
            1 => choose(*member, vec![choice(None, false), choice(Some(acme), true)]).await,
            _ => {}
        }
    }
    let context = RequestContext::system();
    let mut hello = content("hello");
    hello.channels = vec![Channel::InApp, Channel::Email, Channel::Push];
    let told = world
        .notifications
        .send(&context, acme, members.clone(), hello)
        .await
        .unwrap();
    let expected: Vec<UserId> = members
        .iter()
        .enumerate()
        .filter(|(place, _)| place % 3 != 0)
        .map(|(_, member)| *member)
        .collect();
    let users: Vec<UserId> = told.sent.iter().map(|sent| sent.user).collect();
    assert_eq!(users, expected);
    assert_eq!(
        (told.mailed, told.pushed),
        (30, 0),
        "the others chose nothing about mail"
    );
    assert_eq!(world.rows().await, 20);
}

#[tokio::test]
async fn two_who_choose_at_once_leave_one_row_for_each_place() {
    let world = World::new().await;
    let ada = world.person("ada").await;
    let mut choosing = Vec::new();
    for number in 0..8 {
        let preferences = world.notifications.preferences().clone();
        choosing.push(tokio::spawn(async move {
            let choices = (0..50).map(|place| Choice {
                organization: None,
                category: crate::Category::parse(&format!("c{place}")).unwrap(),
                channel: Channel::Email,
                is_enabled: Some((number + place) % 2 == 0),
            });
            preferences.choose(ada, choices.collect()).await.map(drop)
        }));
    }
    for chosen in choosing {
        chosen.await.unwrap().unwrap();
    }
    let count = async |tx: &mut ReadTx| {
        tx.fetch_one("SELECT count(*) FROM notification_preferences", args![])
            .await
    };
    let rows: Result<i64, DbError> = world.machinery.db.read(count).await;
    assert_eq!(rows.unwrap(), 50);
}

#[tokio::test]
async fn paths_lead_into_the_product_and_urls_where_they_say() {
    let world = World::new().await;
    for (link, address) in [
        ("/invoices/7?x=1", "https://app.example.com/invoices/7?x=1"),
        ("https://elsewhere.example/a", "https://elsewhere.example/a"),
    ] {
        assert_eq!(world.machinery.address_of(link), address);
    }
}
