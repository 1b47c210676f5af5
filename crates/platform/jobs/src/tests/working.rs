use super::*;
use crate::{Lane, drain};

#[tokio::test(flavor = "multi_thread")]
async fn a_worker_does_what_is_enqueued_at_once() {
    let theatre = Theatre::open().await;
    let idle = WorkerConfig {
        poll: Duration::from_mins(1),
        longest_poll: Duration::from_mins(1),
        ..hurried()
    };
    let worker = theatre.work(&theatre.queue, vec![], idle);
    for _ in 0..50 {
        theatre.enqueue(Act::Succeed).await;
    }
    theatre
        .until("all is done", async |theatre| theatre.jobs().await == 0)
        .await;
    worker.stop(Duration::from_secs(5)).await;
    assert_eq!(theatre.ended(), 50);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_worker_that_dies_is_followed_by_another() {
    let theatre = Theatre::open().await;
    theatre.enqueue(Act::Wait).await;
    let first = theatre.work(&theatre.queue, vec![], hurried());
    theatre.stage.someone_began.notified().await;
    drop(first);
    theatre
        .until("the handler is gone", async |theatre| theatre.began() == 1)
        .await;
    let second = theatre.work(&process(), vec![], hurried());
    theatre.stage.someone_began.notified().await;
    theatre.stage.go.notify_one();
    theatre
        .until("it is done", async |theatre| theatre.jobs().await == 0)
        .await;
    second.stop(Duration::from_secs(5)).await;
    assert_eq!((theatre.began(), theatre.ended()), (2, 1));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_long_job_keeps_its_lease() {
    let theatre = Theatre::open().await;
    theatre.enqueue(Act::Wait).await;
    let worker = theatre.work(&theatre.queue, vec![], hurried());
    theatre.stage.someone_began.notified().await;
    tokio::time::sleep(hurried().lease * 3).await;
    assert_eq!(theatre.began(), 1);
    theatre.stage.go.notify_one();
    theatre
        .until("it is done", async |theatre| theatre.jobs().await == 0)
        .await;
    worker.stop(Duration::from_secs(5)).await;
    assert_eq!((theatre.began(), theatre.ended()), (1, 1));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_handler_whose_lease_is_taken_is_stopped() {
    let theatre = Theatre::open().await;
    theatre.enqueue(Act::Wait).await;
    let worker = theatre.work(&theatre.queue, vec![], hurried());
    theatre.stage.someone_began.notified().await;
    theatre
        .execute("UPDATE jobs SET attempt = 2, lease_until = {after:60 seconds}")
        .await;
    theatre
        .until("it is stopped", async |_| worker.runs_nothing())
        .await;
    theatre.stage.go.notify_one();
    worker.stop(Duration::from_secs(5)).await;
    assert_eq!(theatre.ended(), 0);
    assert_eq!(theatre.jobs().await, 1);
}

impl RunningWorker {
    fn runs_nothing(&self) -> bool {
        self.runner.running.leases().is_empty()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn stopping_lets_finish_what_can_and_gives_back_the_rest() {
    let theatre = Theatre::open().await;
    theatre.enqueue(Act::Wait).await;
    let worker = theatre.work(&theatre.queue, vec![], hurried());
    theatre.stage.someone_began.notified().await;
    let stopping = tokio::spawn(worker.stop(Duration::from_secs(5)));
    theatre.stage.go.notify_one();
    stopping.await.unwrap();
    assert_eq!((theatre.ended(), theatre.jobs().await), (1, 0));

    theatre.enqueue(Act::Wait).await;
    let worker = theatre.work(&theatre.queue, vec![], hurried());
    theatre.stage.someone_began.notified().await;
    worker.stop(Duration::from_millis(20)).await;
    let waiting =
        "SELECT count(*) FROM jobs WHERE lease_until IS NULL AND lease_owner IS NULL AND run_at <= {now}";
    assert_eq!(theatre.number(waiting).await, 1);
    assert_eq!(theatre.ended(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn poison_does_not_block_what_comes_after() {
    let theatre = Theatre::open().await;
    for act in [Act::Fail, Act::Panic, Act::Die] {
        for _ in 0..7 {
            theatre.enqueue(act.clone()).await;
        }
    }
    theatre.enqueue(Act::Succeed).await;
    let config = WorkerConfig {
        concurrency: 2,
        ..hurried()
    };
    let worker = theatre.work(&theatre.queue, vec![], config);
    theatre
        .until("the good one is done", async |theatre| theatre.ended() == 1)
        .await;
    worker.stop(Duration::from_secs(5)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn three_workers_share_without_doing_anything_twice() {
    let theatre = Theatre::open().await;
    let queues: Vec<Queue> = match theatre.db().engine() {
        // The file belongs to one process, whose workers share its queue.
        db::Engine::Sqlite => vec![theatre.queue.clone(); 3],
        db::Engine::Postgres => (0..3).map(|_| process()).collect(),
    };
    for _ in 0..200 {
        theatre.enqueue(Act::Succeed).await;
    }
    let workers: Vec<_> = queues
        .iter()
        .map(|queue| theatre.work(queue, vec![], hurried()))
        .collect();
    theatre
        .until("all is done", async |theatre| theatre.jobs().await == 0)
        .await;
    for worker in workers {
        worker.stop(Duration::from_secs(5)).await;
    }
    assert_eq!((theatre.began(), theatre.ended()), (200, 200));
}

/// As [`Act`], in a room of its own.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Slow(Act);

impl Job for Slow {
    const NAME: &'static str = "test.slow";
    const MAX_ATTEMPTS: u32 = 3;
    const LANE: Lane = Lane::new("slow", 2);
}

#[async_trait]
impl Handler<Slow> for Actor {
    async fn run(&self, Slow(act): Slow, delivery: &Delivery) -> Result<(), JobError> {
        Handler::<Act>::run(self, act, delivery).await
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lane_that_is_busy_holds_up_no_other() {
    let theatre = Theatre::open().await;
    let queue = theatre.queue.clone();
    theatre
        .db()
        .write(async move |tx: &mut Tx| queue.enqueue_all(tx, &vec![Slow(Act::Wait); 20], None).await)
        .await
        .unwrap();
    let mut registry = theatre.registry();
    registry.on::<Slow>(theatre.actor());
    let worker = Worker::start(
        theatre.db().clone(),
        theatre.queue.clone(),
        registry,
        vec![],
        hurried(),
    );
    theatre
        .until("the lane is full", async |theatre| theatre.began() == 2)
        .await;
    for _ in 0..20 {
        theatre.enqueue(Act::Succeed).await;
    }
    theatre
        .until("the others are done", async |theatre| theatre.ended() == 20)
        .await;
    assert_eq!((theatre.began(), theatre.jobs().await), (22, 20));
    worker.stop(Duration::ZERO).await;
}

#[tokio::test]
async fn a_job_that_is_postponed_has_as_many_attempts_as_before() {
    let theatre = Theatre::open().await;
    theatre.enqueue(Act::Postpone).await;
    for _ in 0..5 {
        theatre.make_due().await;
        drain(theatre.db(), &theatre.queue, &theatre.registry())
            .await
            .unwrap();
    }
    assert_eq!((theatre.began(), theatre.dead().await), (5, 0));
    let left = "SELECT max_attempts - attempt FROM jobs";
    assert_eq!(theatre.number(left).await, 3);
}

#[tokio::test]
async fn many_are_enqueued_with_all_that_one_has() {
    let theatre = Theatre::open().await;
    let queue = theatre.queue.clone();
    let run_at = "2126-01-01T00:00:00Z".parse().unwrap();
    theatre
        .db()
        .write(async move |tx: &mut Tx| {
            queue.enqueue_all(tx, &vec![Act::Succeed; 1000], None).await?;
            queue.enqueue_all::<Act>(tx, &[], None).await?;
            queue.enqueue_all(tx, &[Act::Fail], Some(run_at)).await
        })
        .await
        .unwrap();
    drain(theatre.db(), &theatre.queue, &theatre.registry())
        .await
        .unwrap();
    assert_eq!((theatre.ended(), theatre.began()), (1000, 1000));
    let waiting = "SELECT count(*) FROM jobs WHERE run_at > {after:3600 seconds} AND max_attempts = 3";
    assert_eq!(theatre.number(waiting).await, 1);
}
