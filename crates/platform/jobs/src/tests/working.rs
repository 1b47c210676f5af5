use super::*;

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
        self.worker.running.leases().is_empty()
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
