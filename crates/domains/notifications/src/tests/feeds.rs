//! What people see of their feeds, and do with it.

use super::*;

#[tokio::test]
async fn a_feed_is_a_persons_own_and_comes_in_pages_the_newest_first() {
    let world = World::new().await;
    let acme = world.organization("acme").await;
    let (ada, bob) = (world.member(acme, "ada").await, world.member(acme, "bob").await);
    for title in ["one", "two", "three"] {
        world.tell(acme, ada, title).await;
    }
    world.tell(acme, bob, "other").await;
    let list = async |after| {
        let page = PageRequest::new(2, after);
        world
            .notifications
            .list(ada, FeedFilter::default(), page)
            .await
            .unwrap()
    };
    let first = list(None).await;
    assert_eq!(titles(&first.items), ["three", "two"]);
    let rest = list(first.next).await;
    assert_eq!(titles(&rest.items), ["one"]);
    assert_eq!(rest.next, None);
    let notification = &rest.items[0];
    assert_eq!(notification.organization, Some(acme));
    assert_eq!(notification.link.as_deref(), Some("/invoices/7"));
    assert_eq!(notification.data, raw("").data);
}

#[tokio::test]
async fn many_of_one_moment_are_on_one_page_each() {
    let world = World::new().await;
    let acme = world.organization("acme").await;
    let ada = world.member(acme, "ada").await;
    let context = RequestContext::system();
    for title in ["1", "2", "3", "4", "5"] {
        let sent = world
            .notifications
            .send(&context, acme, vec![ada], content(title))
            .await;
        sent.unwrap();
    }
    let (mut seen, mut after) = (Vec::new(), None);
    loop {
        let page = PageRequest::new(2, after);
        let page = world
            .notifications
            .list(ada, FeedFilter::default(), page)
            .await
            .unwrap();
        seen.extend(page.items.into_iter().map(|notification| notification.title));
        after = page.next;
        if after.is_none() {
            break;
        }
    }
    assert_eq!(seen, ["5", "4", "3", "2", "1"]);
}

#[tokio::test]
async fn a_feed_is_narrowed() {
    let world = World::new().await;
    let (acme, globex) = (
        world.organization("acme").await,
        world.organization("globex").await,
    );
    let ada = world.member(acme, "ada").await;
    world.join(globex, ada).await;
    let read = world.tell(acme, ada, "read").await;
    let archived = world.tell(acme, ada, "archived").await;
    world.tell(acme, ada, "unread").await;
    world.tell(globex, ada, "elsewhere").await;
    world.notifications.read(ada, read).await.unwrap();
    world.notifications.archive(ada, archived).await.unwrap();
    let feed = async |filter| {
        let feed = world.feed(ada, filter).await;
        titles(&feed).join(" ")
    };
    assert_eq!(feed(FeedFilter::default()).await, "elsewhere unread read");
    let of_acme = FeedFilter {
        organization: Some(acme),
        ..FeedFilter::default()
    };
    assert_eq!(feed(of_acme.clone()).await, "unread read");
    let is_unread = |is_unread| FeedFilter {
        is_unread: Some(is_unread),
        ..of_acme.clone()
    };
    assert_eq!(feed(is_unread(true)).await, "unread");
    assert_eq!(feed(is_unread(false)).await, "read");
    let is_archived = FeedFilter {
        is_archived: true,
        ..FeedFilter::default()
    };
    assert_eq!(feed(is_archived).await, "archived");
    let category = |category: &str| FeedFilter {
        category: Some(category.into()),
        ..of_acme.clone()
    };
    assert_eq!(feed(category("invoice")).await, "unread read");
    assert_eq!(feed(category("other")).await, "");
}

#[tokio::test]
async fn what_is_unread_is_counted_up_to_a_hundred() {
    let world = World::new().await;
    let (acme, globex) = (
        world.organization("acme").await,
        world.organization("globex").await,
    );
    let ada = world.member(acme, "ada").await;
    for _ in 0..100 {
        world.tell(acme, ada, "again").await;
    }
    let count = async |organization| world.notifications.count_unread(ada, organization).await.unwrap();
    let full = |is_capped| UnreadCount {
        unread: 100,
        is_capped,
    };
    assert_eq!(count(None).await, full(false));
    let last = world.tell(acme, ada, "again").await;
    assert_eq!(count(None).await, full(true));
    assert_eq!(count(Some(acme)).await, full(true));
    assert_eq!(count(Some(globex)).await.unread, 0);
    world.notifications.archive(ada, last).await.unwrap();
    assert_eq!(count(None).await, full(false));
}

#[tokio::test]
async fn a_notification_is_marked_by_its_owner_alone_and_twice_is_once() {
    let world = World::new().await;
    let acme = world.organization("acme").await;
    let (ada, bob) = (world.member(acme, "ada").await, world.member(acme, "bob").await);
    let id = world.tell(acme, ada, "hello").await;
    let notifications = &world.notifications;
    let absent = NotificationId::from_uuid(Uuid::from_u128(1));
    for (user, id) in [(bob, id), (ada, absent)] {
        assert_eq!(code(notifications.read(user, id).await), "not_found");
        assert_eq!(code(notifications.unread(user, id).await), "not_found");
        assert_eq!(code(notifications.archive(user, id).await), "not_found");
    }
    assert_eq!(world.unread(ada).await, 1);
    let first = notifications.read(ada, id).await.unwrap();
    assert_eq!(first.read_at, Some(world.now()));
    world.advance(Duration::from_mins(1));
    assert_eq!(notifications.read(ada, id).await.unwrap(), first);
    assert_eq!(world.unread(ada).await, 0);
    assert_eq!(notifications.unread(ada, id).await.unwrap().read_at, None);
    assert_eq!(world.unread(ada).await, 1);
    let archived = notifications.archive(ada, id).await.unwrap();
    world.advance(Duration::from_mins(1));
    assert_eq!(notifications.archive(ada, id).await.unwrap(), archived);
}

#[tokio::test]
async fn all_are_read_at_once_up_to_a_moment_and_in_an_organization() {
    let world = World::new().await;
    let (acme, globex) = (
        world.organization("acme").await,
        world.organization("globex").await,
    );
    let (ada, bob) = (world.member(acme, "ada").await, world.member(acme, "bob").await);
    world.join(globex, ada).await;
    world.advance(Duration::from_micros(300));
    world.tell(acme, bob, "bob's").await;
    world.tell(acme, ada, "one").await;
    let shown: Timestamp = world.now().to_string().parse().unwrap();
    world.tell(acme, ada, "two").await;
    world.tell(globex, ada, "three").await;
    let notifications = &world.notifications;
    assert_eq!(notifications.read_all(ada, None, Some(shown)).await.unwrap(), 1);
    assert_eq!(notifications.read_all(ada, Some(globex), None).await.unwrap(), 1);
    assert_eq!(world.unread(ada).await, 1);
    assert_eq!(notifications.read_all(ada, None, None).await.unwrap(), 1);
    assert_eq!(notifications.read_all(ada, None, None).await.unwrap(), 0);
    assert_eq!(world.unread(bob).await, 1);
}

#[tokio::test]
async fn more_than_one_batch_is_read_at_once() {
    let world = World::new().await;
    let acme = world.organization("acme").await;
    let ada = world.member(acme, "ada").await;
    let (notifications, content) = (world.notifications.clone(), content("again"));
    let work = async move |tx: &mut Tx| {
        for _ in 0..2001 {
            let new = crate::NewNotification {
                user: ada,
                organization: None,
                content: content.clone(),
            };
            notifications.notify_in(tx, new).await?;
        }
        Ok(())
    };
    let told: Result<(), DbError> = world.machinery.db.write(work).await;
    told.unwrap();
    assert_eq!(world.notifications.read_all(ada, None, None).await.unwrap(), 2001);
    assert_eq!(world.unread(ada).await, 0);
}

#[tokio::test]
async fn what_was_archived_is_deleted_after_ninety_days() {
    let world = World::new().await;
    let acme = world.organization("acme").await;
    let ada = world.member(acme, "ada").await;
    for title in ["one", "two", "three"] {
        let id = world.tell(acme, ada, title).await;
        world.notifications.archive(ada, id).await.unwrap();
    }
    world.tell(acme, ada, "kept").await;
    world.advance(Duration::from_hours(90 * 24 - 1));
    world.notifications.delete_old().await.unwrap();
    assert_eq!(world.rows().await, 4);
    world.advance(Duration::from_hours(1));
    for _ in 0..2 {
        world.notifications.delete_old().await.unwrap();
        assert_eq!(titles(&world.feed(ada, FeedFilter::default()).await), ["kept"]);
        assert_eq!(world.rows().await, 1);
    }
}
