use super::*;
use crate::lease::Claimed;
use crate::recorder::{Outcome, Verdict, record};
use crate::sweeper::{Sweep, sweep};

impl Theatre {
    async fn claim(&self, queue: &Queue) -> Vec<Claimed> {
        let claimed = queue.claim(self.db(), vec![Act::NAME], 10, Duration::from_mins(1));
        claimed.await.unwrap()
    }

    async fn expire(&self) {
        self.execute("UPDATE jobs SET lease_until = {after:-1 seconds} WHERE lease_until IS NOT NULL")
            .await;
    }
}

fn outcome(claimed: &Claimed, verdict: Verdict) -> Arc<[Outcome]> {
    Arc::from([Outcome {
        lease: claimed.lease,
        kind: claimed.kind.clone(),
        verdict,
    }])
}

#[tokio::test]
async fn two_processes_never_claim_the_same() {
    let theatre = Theatre::open().await;
    for _ in 0..30 {
        theatre.enqueue(Act::Succeed).await;
    }
    let (one, other) = (process(), process());
    let mut seen = Vec::new();
    while seen.len() < 30 {
        let (a, b) = tokio::join!(theatre.claim(&one), theatre.claim(&other));
        assert!(a.len() + b.len() > 0);
        seen.extend(a.into_iter().chain(b).map(|claimed| claimed.lease.job));
    }
    seen.sort();
    seen.dedup();
    assert_eq!(seen.len(), 30);
}

#[tokio::test]
async fn a_stale_worker_can_neither_close_nor_renew_nor_fail_a_job() {
    let theatre = Theatre::open().await;
    theatre.enqueue(Act::Succeed).await;
    let (stale, fresh) = (process(), process());
    let old = theatre.claim(&stale).await.remove(0);
    theatre.expire().await;
    assert_eq!(sweep(theatre.db(), &fresh, Sweep::Expired).await.unwrap(), 1);
    theatre.make_due().await;
    let new = theatre.claim(&fresh).await.remove(0);
    assert_eq!((old.lease.attempt, new.lease.attempt), (1, 2));

    for verdict in [
        Verdict::Done,
        Verdict::Dead { reason: "x".into() },
        Verdict::Again {
            after: Duration::ZERO,
            reason: "x".into(),
        },
    ] {
        record(theatre.db(), outcome(&old, verdict)).await.unwrap();
        assert_eq!((theatre.jobs().await, theatre.dead().await), (1, 0));
    }
    let (owner, jobs) = (stale.process(), vec![old.lease.job]);
    let renewed = theatre.db().write(async move |tx: &mut Tx| {
        crate::store::update_leases(tx, owner, &jobs, Duration::from_mins(1)).await
    });
    assert!(renewed.await.unwrap().is_empty());
    let delivery = Delivery::new(&old);
    let finished = theatre
        .db()
        .write(async move |tx: &mut Tx| delivery.finish(tx).await);
    assert!(matches!(finished.await, Err(DbError::NoRow)));

    record(theatre.db(), outcome(&new, Verdict::Done)).await.unwrap();
    assert_eq!(theatre.jobs().await, 0);
}

#[tokio::test]
async fn a_claim_that_was_lost_with_the_power_is_fenced_by_its_owner() {
    let theatre = Theatre::open().await;
    theatre.enqueue(Act::Succeed).await;
    let (survivor, other) = (process(), process());
    let old = theatre.claim(&survivor).await.remove(0);
    theatre
        .execute("UPDATE jobs SET lease_until = NULL, lease_owner = NULL, attempt = 0")
        .await;
    let new = theatre.claim(&other).await.remove(0);
    assert_eq!(old.lease.attempt, new.lease.attempt);
    record(theatre.db(), outcome(&old, Verdict::Done)).await.unwrap();
    assert_eq!(theatre.jobs().await, 1);
}

#[tokio::test]
async fn whoever_kills_its_process_each_time_ends_among_the_dead() {
    let theatre = Theatre::open().await;
    theatre.enqueue(Act::Succeed).await;
    for attempt in 1..=3 {
        assert_eq!(theatre.claim(&process()).await.len(), 1, "attempt {attempt}");
        theatre.expire().await;
        assert_eq!(sweep(theatre.db(), &process(), Sweep::Expired).await.unwrap(), 1);
        theatre.make_due().await;
    }
    assert_eq!((theatre.jobs().await, theatre.dead().await), (0, 1));
}

#[tokio::test]
async fn a_process_that_has_the_database_to_itself_frees_every_other_lease() {
    let theatre = Theatre::open().await;
    for _ in 0..250 {
        theatre.enqueue(Act::Succeed).await;
    }
    let dead = process();
    while !theatre.claim(&dead).await.is_empty() {}
    assert_eq!(sweep(theatre.db(), &dead, Sweep::Others).await.unwrap(), 0);
    assert_eq!(sweep(theatre.db(), &process(), Sweep::Others).await.unwrap(), 250);
    theatre.make_due().await;
    assert_eq!(theatre.claim(&process()).await.len(), 10);
}

#[tokio::test]
async fn outcomes_of_a_batch_stand_or_fall_alone() {
    let theatre = Theatre::open().await;
    for _ in 0..4 {
        theatre.enqueue(Act::Succeed).await;
    }
    let queue = process();
    let mut claimed = theatre.claim(&queue).await;
    claimed[0].lease.attempt = 7;
    let batch = claimed.iter().map(|claimed| Outcome {
        lease: claimed.lease,
        kind: claimed.kind.clone(),
        verdict: Verdict::Done,
    });
    record(theatre.db(), batch.collect()).await.unwrap();
    assert_eq!(theatre.jobs().await, 1);
}
