use db::testing::TestDatabase;

use super::*;
use crate::testing::{CROWD, ROUNDS, now, race};

const LOGIN: Limit = Limit {
    name: "login",
    max: 3,
    window: Duration::from_mins(1),
};

async fn limits(widen: u32) -> (TestDatabase, Limits) {
    let database = TestDatabase::new().await;
    let limits = Limits::new(database.db.clone(), widen);
    (database, limits)
}

#[tokio::test]
async fn counts_up_to_the_limit_and_starts_again() {
    let (_database, limits) = limits(1).await;
    let end = now().plus(LOGIN.window);
    for remaining in [2, 1, 0] {
        let standing = limits.hit(&LOGIN, "192.0.2.1", now()).await.unwrap();
        let expected = Standing {
            limit: 3,
            remaining,
            resets_at: end,
            allowed: true,
        };
        assert_eq!(standing, expected);
        assert!(standing.require(now()).is_ok());
    }
    let later = now().plus(Duration::from_secs(59));
    for _ in 0..3 {
        let standing = limits.hit(&LOGIN, "192.0.2.1", later).await.unwrap();
        assert!(!standing.allowed && standing.remaining == 0);
        let refused = standing.require(later).unwrap_err();
        assert_eq!(refused.retry_after, Duration::from_secs(1));
        assert_eq!(refused.code(), "rate_limited");
    }
    let standing = limits.hit(&LOGIN, "192.0.2.1", end).await.unwrap();
    assert_eq!((standing.allowed, standing.remaining), (true, 2));
    assert_eq!(standing.resets_at, end.plus(LOGIN.window));
}

#[tokio::test]
async fn subjects_and_limits_count_apart() {
    let (_database, limits) = limits(1).await;
    let signup = Limit {
        name: "signup",
        ..LOGIN
    };
    for _ in 0..4 {
        limits.hit(&LOGIN, "192.0.2.1", now()).await.unwrap();
    }
    assert!(!limits.hit(&LOGIN, "192.0.2.1", now()).await.unwrap().allowed);
    assert!(limits.hit(&LOGIN, "192.0.2.2", now()).await.unwrap().allowed);
    assert!(limits.hit(&signup, "192.0.2.1", now()).await.unwrap().allowed);
    assert!(
        limits
            .hit(&LOGIN, &"é".repeat(100_000), now())
            .await
            .unwrap()
            .allowed
    );
}

#[tokio::test]
async fn development_is_wider_and_zero_is_never() {
    let (_database, limits) = limits(100).await;
    let standing = limits.hit(&LOGIN, "192.0.2.1", now()).await.unwrap();
    assert_eq!((standing.limit, standing.remaining), (300, 299));
    let never = Limit { max: 0, ..LOGIN };
    let standing = limits.hit(&never, "192.0.2.2", now()).await.unwrap();
    assert_eq!((standing.allowed, standing.limit), (false, 0));
}

#[tokio::test]
async fn who_is_forgiven_starts_anew() {
    let (database, limits) = limits(1).await;
    for _ in 0..4 {
        limits.hit(&LOGIN, "alice", now()).await.unwrap();
    }
    let forgiving = limits.clone();
    let forgive = async move |tx: &mut Tx| forgiving.forgive(tx, &LOGIN, "alice").await;
    database.db.write(forgive).await.unwrap();
    assert_eq!(limits.hit(&LOGIN, "alice", now()).await.unwrap().remaining, 2);
}

#[tokio::test]
async fn a_unit_of_work_that_fails_did_not_count() {
    let (database, limits) = limits(1).await;
    for _ in 0..5 {
        let counting = limits.clone();
        let fail = async move |tx: &mut Tx| {
            assert!(counting.hit_in(tx, &LOGIN, "alice", now()).await?.allowed);
            Err::<(), _>(DbError::NoRow)
        };
        assert!(matches!(database.db.write(fail).await, Err(DbError::NoRow)));
    }
    assert_eq!(limits.hit(&LOGIN, "alice", now()).await.unwrap().remaining, 2);
}

#[tokio::test]
async fn a_crowd_never_gets_above() {
    let (_database, limits) = limits(1).await;
    let limit = Limit { max: 7, ..LOGIN };
    for round in 0..ROUNDS {
        // Half of the rounds begin where an old window has ended.
        let subject = format!("subject {}", round / 2);
        let now = now().plus(limit.window * u32::try_from(round).unwrap());
        let standings = race(|_| {
            let (limits, subject) = (limits.clone(), subject.clone());
            async move { limits.hit(&limit, &subject, now).await.unwrap() }
        })
        .await;
        let (allowed, refused): (Vec<_>, Vec<_>) =
            standings.into_iter().partition(|standing| standing.allowed);
        assert_eq!((allowed.len(), refused.len()), (7, CROWD - 7));
        let mut remaining: Vec<_> = allowed.iter().map(|standing| standing.remaining).collect();
        remaining.sort_unstable();
        assert_eq!(remaining, [0, 1, 2, 3, 4, 5, 6]);
        assert!(
            refused
                .iter()
                .all(|standing| standing.resets_at == now.plus(limit.window))
        );
    }
}

#[tokio::test]
async fn what_ran_out_is_deleted() {
    let (database, limits) = limits(1).await;
    for number in 0..5 {
        limits.hit(&LOGIN, &format!("old {number}"), now()).await.unwrap();
    }
    let later = now().plus(LOGIN.window);
    limits.hit(&LOGIN, "new", later).await.unwrap();
    let deleting = limits.clone();
    let delete = async move |tx: &mut Tx| deleting.delete_expired(tx, later).await;
    assert_eq!(database.db.write(delete).await.unwrap(), 5);
    assert_eq!(limits.hit(&LOGIN, "new", later).await.unwrap().remaining, 1);
}

#[tokio::test]
async fn many_at_once_are_counted_all_or_not_at_all() {
    let (database, limits) = limits(2).await;
    let take = |count, at: Timestamp| {
        let (limits, db) = (limits.clone(), database.db.clone());
        async move {
            let work = async move |tx: &mut Tx| limits.hit_many_in(tx, &LOGIN, ("us", count), at).await;
            let standing: Result<Standing, DbError> = db.write(work).await;
            let standing = standing.unwrap();
            (standing.allowed, standing.remaining)
        }
    };
    assert_eq!(limits.most(&LOGIN), 6);
    assert_eq!(take(7, now()).await, (false, 0), "never within the limit");
    assert_eq!(take(4, now()).await, (true, 2));
    assert_eq!(take(3, now()).await, (false, 0));
    assert_eq!(take(2, now()).await, (true, 0), "what is refused is not counted");
    assert_eq!(take(1, now()).await, (false, 0));
    assert_eq!(take(6, now().plus(LOGIN.window)).await, (true, 0));
    for round in 0..ROUNDS {
        let later = now().plus(Duration::from_hours(1 + u64::try_from(round).unwrap()));
        let standings = race(|_| take(2, later)).await;
        let allowed = standings.iter().filter(|(allowed, _)| *allowed).count();
        assert_eq!(allowed, 3, "{CROWD} at once");
    }
}
