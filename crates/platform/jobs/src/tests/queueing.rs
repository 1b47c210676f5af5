use super::*;
use crate::drain;
use kernel::PageRequest;

#[tokio::test]
async fn what_is_rolled_back_never_runs_and_what_is_committed_always_does() {
    let theatre = Theatre::open().await;
    let mut committed = 0;
    for round in 0..40 {
        let queue = theatre.queue.clone();
        let outcome: Result<JobId, DbError> = theatre
            .db()
            .write(async move |tx: &mut Tx| {
                let id = queue.enqueue(tx, &Act::Succeed).await?;
                if round % 2 == 0 {
                    Ok(id)
                } else {
                    Err(DbError::NoRow)
                }
            })
            .await;
        committed += usize::from(outcome.is_ok());
    }
    let drained = drain(theatre.db(), &theatre.queue, &theatre.registry())
        .await
        .unwrap();
    assert_eq!((committed, drained.completed, theatre.ended()), (20, 20, 20));
    assert_eq!(theatre.jobs().await, 0);
}

#[tokio::test]
async fn a_unique_job_waits_once_and_comes_forward() {
    let theatre = Theatre::open().await;
    let queue = theatre.queue.clone();
    let ids = theatre.db().write(async move |tx: &mut Tx| {
        let first = queue.enqueue_unique(tx, "a", &Act::Succeed).await?;
        let second = queue.enqueue_unique(tx, "a", &Act::Succeed).await?;
        let other = queue.enqueue_unique(tx, "b", &Act::Succeed).await?;
        Ok::<_, DbError>((first, second, other))
    });
    let (first, second, other) = ids.await.unwrap();
    assert_eq!(first, second);
    assert_ne!(first, other);
    theatre
        .execute("UPDATE jobs SET run_at = {after:3600 seconds} WHERE unique_key = 'a'")
        .await;
    let queue = theatre.queue.clone();
    let again = theatre
        .db()
        .write(async move |tx: &mut Tx| queue.enqueue_unique(tx, "a", &Act::Succeed).await);
    assert_eq!(again.await.unwrap(), first);
    let drained = drain(theatre.db(), &theatre.queue, &theatre.registry())
        .await
        .unwrap();
    assert_eq!(drained.completed, 2);
}

#[tokio::test]
async fn a_unique_job_that_fails_gives_its_key_to_the_one_that_waits() {
    let theatre = Theatre::open().await;
    for _ in 0..2 {
        let queue = theatre.queue.clone();
        theatre
            .db()
            .write(async move |tx: &mut Tx| queue.enqueue_unique(tx, "a", &Act::Fail).await)
            .await
            .unwrap();
        let claimed = theatre
            .queue
            .claim(theatre.db(), vec![Act::NAME], 1, Duration::from_mins(1));
        assert_eq!(claimed.await.unwrap().len(), 1);
    }
    // Both are under way; the sweeper puts both back.
    theatre
        .execute("UPDATE jobs SET lease_until = {after:-1 seconds}")
        .await;
    let freed = crate::sweeper::sweep(theatre.db(), &theatre.queue, crate::sweeper::Sweep::Expired);
    assert_eq!(freed.await.unwrap(), 2);
    assert_eq!(
        theatre
            .number("SELECT count(*) FROM jobs WHERE unique_key = 'a' AND lease_until IS NULL")
            .await,
        1
    );
    assert_eq!(theatre.jobs().await, 2);
}

#[tokio::test]
async fn a_job_for_later_waits_until_then() {
    let theatre = Theatre::open().await;
    let (queue, later) = (
        theatre.queue.clone(),
        SystemClock.now().plus(Duration::from_hours(1)),
    );
    theatre
        .db()
        .write(async move |tx: &mut Tx| queue.enqueue_at(tx, &Act::Succeed, later).await)
        .await
        .unwrap();
    let registry = theatre.registry();
    assert_eq!(
        drain(theatre.db(), &theatre.queue, &registry)
            .await
            .unwrap()
            .completed,
        0
    );
    assert_eq!(
        theatre
            .number("SELECT count(*) FROM jobs WHERE run_at > {after:3500 seconds} AND run_at < {after:3700 seconds}")
            .await,
        1
    );
    theatre.make_due().await;
    assert_eq!(
        drain(theatre.db(), &theatre.queue, &registry)
            .await
            .unwrap()
            .completed,
        1
    );
}

#[tokio::test]
async fn a_job_that_keeps_failing_waits_longer_and_then_ends_among_the_dead() {
    let theatre = Theatre::open().await;
    let id = theatre.enqueue(Act::Fail).await;
    let registry = theatre.registry();
    for attempt in 1..=3 {
        let drained = drain(theatre.db(), &theatre.queue, &registry).await.unwrap();
        let failed = (id, "test.act".to_owned(), "not today\0".to_owned());
        assert_eq!(drained.failed, [failed], "attempt {attempt}");
        theatre.make_due().await;
    }
    assert_eq!((theatre.jobs().await, theatre.dead().await), (0, 1));
    let page = theatre
        .queue
        .list_dead(theatre.db(), PageRequest::default())
        .await
        .unwrap();
    assert_eq!((page.items[0].id, page.items[0].attempts), (id, 3));
    assert_eq!(page.items[0].last_error, "not today");
    assert!(page.next.is_none());

    let queue = theatre.queue.clone();
    let retried = theatre.db().write(async move |tx: &mut Tx| {
        Ok::<_, DbError>((queue.retry_dead(tx, id).await?, queue.retry_dead(tx, id).await?))
    });
    let (first, second) = retried.await.unwrap();
    assert_eq!((first.is_some(), second), (true, None));
    assert_eq!(
        drain(theatre.db(), &theatre.queue, &registry)
            .await
            .unwrap()
            .failed
            .len(),
        1
    );
    assert_eq!(theatre.number("SELECT attempt FROM jobs").await, 4);
}

#[tokio::test]
async fn the_dead_are_listed_page_by_page() {
    let theatre = Theatre::open().await;
    for _ in 0..5 {
        theatre.enqueue(Act::Die).await;
    }
    drain(theatre.db(), &theatre.queue, &theatre.registry())
        .await
        .unwrap();
    let mut seen = Vec::new();
    let mut page = PageRequest::new(2, None);
    loop {
        let got = theatre.queue.list_dead(theatre.db(), page).await.unwrap();
        seen.extend(got.items.iter().map(|dead| dead.id));
        let Some(next) = got.next else { break };
        page = PageRequest::new(2, Some(next));
    }
    assert_eq!(seen.len(), 5);
    seen.dedup();
    assert_eq!(seen.len(), 5);
}

#[tokio::test]
async fn a_panic_and_a_refusal_are_failures() {
    let theatre = Theatre::open().await;
    theatre.enqueue(Act::Panic).await;
    theatre.enqueue(Act::Die).await;
    let drained = drain(theatre.db(), &theatre.queue, &theatre.registry())
        .await
        .unwrap();
    let reasons: Vec<_> = drained
        .failed
        .iter()
        .map(|(_, _, reason)| reason.as_str())
        .collect();
    assert_eq!(reasons, ["panicked: oh no", "never"]);
    assert_eq!((theatre.jobs().await, theatre.dead().await), (1, 1));
}

#[tokio::test]
async fn a_job_that_finished_in_its_own_transaction_is_done() {
    let theatre = Theatre::open().await;
    theatre.enqueue(Act::Finish).await;
    let drained = drain(theatre.db(), &theatre.queue, &theatre.registry())
        .await
        .unwrap();
    assert_eq!((drained.completed, theatre.jobs().await), (1, 0));
}

#[tokio::test]
async fn what_nobody_here_can_do_is_left_alone() {
    let theatre = Theatre::open().await;
    theatre.enqueue(Act::Succeed).await;
    theatre.execute("UPDATE jobs SET kind = 'test.unknown'").await;
    let drained = drain(theatre.db(), &theatre.queue, &theatre.registry())
        .await
        .unwrap();
    assert_eq!(drained.completed + drained.failed.len(), 0);
    assert_eq!(
        theatre
            .number("SELECT count(*) FROM jobs WHERE attempt = 0")
            .await,
        1
    );
}

#[tokio::test]
async fn the_lag_is_that_of_the_next_job() {
    let theatre = Theatre::open().await;
    let lag = async || {
        let lag = async |tx: &mut ReadTx| crate::store::find_lag(tx).await;
        theatre.db().read(lag).await.unwrap()
    };
    assert_eq!(lag().await, None);
    theatre.enqueue(Act::Succeed).await;
    theatre
        .execute("UPDATE jobs SET run_at = {after:3600 seconds}")
        .await;
    assert_eq!(lag().await, None);
    theatre
        .execute("UPDATE jobs SET run_at = {after:-60 seconds}")
        .await;
    let told = lag().await.unwrap();
    assert!((60..70).contains(&told.as_secs()), "{told:?}");
}
