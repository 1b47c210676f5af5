//! Who is told what, and how often.

use tokio::task::JoinSet;

use super::*;

#[tokio::test]
async fn strangers_are_refused_and_nobody_is_told() {
    let world = World::new().await;
    let acme = world.organization("acme").await;
    let (ada, eve) = (world.member(acme, "ada").await, world.person("eve").await);
    let nobody = UserId::from_uuid(Uuid::from_u128(1));
    let context = RequestContext::system();
    let users = vec![ada, eve, nobody];
    let Err(NotificationError::Invalid(faults)) = world
        .notifications
        .send(&context, acme, users, content("hello"))
        .await
    else {
        unreachable!("two are no members");
    };
    let faults: Vec<_> = faults.iter().map(|fault| (&*fault.pointer, fault.code)).collect();
    assert_eq!(
        faults,
        [("/user_ids/1", "not_a_member"), ("/user_ids/2", "not_a_member")]
    );
    assert_eq!(world.rows().await, 0);
}

#[tokio::test]
async fn each_member_is_told_once() {
    let world = World::new().await;
    let acme = world.organization("acme").await;
    let (ada, bob) = (world.member(acme, "ada").await, world.member(acme, "bob").await);
    let context = RequestContext::system();
    let users = vec![bob, ada, bob];
    let sent = world
        .notifications
        .send(&context, acme, users, content("hello"))
        .await;
    let sent: Vec<UserId> = sent.unwrap().sent.iter().map(|sent| sent.user).collect();
    assert_eq!(sent, [bob, ada]);
    for user in [ada, bob] {
        assert_eq!(titles(&world.feed(user, FeedFilter::default()).await), ["hello"]);
    }
}

#[tokio::test]
async fn a_request_repeated_is_an_answer_repeated() {
    let world = World::new().await;
    let acme = world.organization("acme").await;
    let ada = world.member(acme, "ada").await;
    let send = async |body, title: &str| -> Result<Told, NotificationError> {
        let context = keyed(ada, "key", body);
        world
            .notifications
            .send(&context, acme, vec![ada], content(title))
            .await
    };
    let first = send(1, "hello").await.unwrap();
    assert_eq!(send(1, "hello").await.unwrap(), first);
    assert_eq!(code(send(2, "other").await), "idempotency_key_reused");
    assert_eq!(world.rows().await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn of_twenty_at_once_with_one_key_one_is_sent() {
    let world = World::new().await;
    let acme = world.organization("acme").await;
    let ada = world.member(acme, "ada").await;
    for round in 1..=10 {
        let mut running = JoinSet::new();
        for _ in 0..20 {
            let notifications = world.notifications.clone();
            running.spawn(async move {
                let context = keyed(ada, &format!("key-{round}"), 1);
                code(
                    notifications
                        .send(&context, acme, vec![ada], content("hello"))
                        .await,
                )
            });
        }
        let codes = running.join_all().await;
        let is_fit = |code: &&str| ["none", "idempotency_in_progress"].contains(code);
        assert!(codes.iter().all(is_fit), "{codes:?}");
        assert_eq!(world.rows().await, round);
    }
}

#[tokio::test]
async fn members_hear_of_their_roles_and_of_their_end() {
    let world = World::new().await;
    let acme = world.organization("acme").await;
    let ada = world.member(acme, "ada").await;
    world
        .publish(MemberRolesChanged {
            organization_id: acme,
            user_id: ada,
            roles: vec!["admin".into()],
        })
        .await;
    world
        .publish(MemberRemoved {
            organization_id: acme,
            user_id: ada,
        })
        .await;
    let feed = world.feed(ada, FeedFilter::default()).await;
    assert_eq!(
        titles(&feed),
        [
            "You are no longer a member of acme",
            "Your roles in acme have changed"
        ]
    );
    for notification in feed {
        assert_eq!(notification.category, "organization");
        assert_eq!(notification.organization, Some(acme));
    }
}

#[tokio::test]
async fn feeds_are_numbered_without_gaps_however_many_write_at_once() {
    let world = World::new().await;
    let organization = world.organization("acme").await;
    let (ada, bob) = (
        world.member(organization, "ada").await,
        world.member(organization, "bob").await,
    );
    let mut writing = Vec::new();
    for number in 0..12 {
        let notifications = world.notifications.clone();
        // In either order, and twice: whoever is named twice is told once.
        let users = if number % 2 == 0 {
            vec![ada, bob, ada]
        } else {
            vec![bob, ada]
        };
        writing.push(tokio::spawn(async move {
            let context = RequestContext::system();
            let title = format!("News {number}");
            let sent = notifications.send(&context, organization, users, content(&title));
            sent.await.unwrap().sent.len()
        }));
    }
    for written in writing {
        assert_eq!(written.await.unwrap(), 2);
    }
    for user in [ada, bob] {
        let seqs = world
            .numbers(
                "SELECT seq FROM notifications WHERE user_id = $1 ORDER BY seq",
                args![user],
            )
            .await;
        assert_eq!(seqs, (1..=12).collect::<Vec<_>>());
        let last = world
            .numbers(
                "SELECT last_seq FROM notification_feeds WHERE user_id = $1",
                args![user],
            )
            .await;
        assert_eq!(last, [12]);
    }
}
