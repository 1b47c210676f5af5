use super::*;
use crate::ticker::Ticker;

fn every_second() -> Schedule {
    Schedule::new("test.every_second", "* * * * * *", Act::Succeed).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_tick_is_one_job_over_three_workers() {
    let theatre = Theatre::open().await;
    let queues: Vec<Queue> = match theatre.db().engine() {
        db::Engine::Sqlite => vec![theatre.queue.clone(); 3],
        db::Engine::Postgres => (0..3).map(|_| process()).collect(),
    };
    let workers: Vec<_> = queues
        .iter()
        .map(|queue| theatre.work(queue, vec![every_second()], hurried()))
        .collect();
    theatre
        .until("three ticks are done", async |theatre| theatre.ended() >= 3)
        .await;
    for worker in workers {
        worker.stop(Duration::from_secs(5)).await;
    }
    let ticks = theatre.number("SELECT count(*) FROM schedule_ticks").await;
    let jobs = i64::try_from(theatre.began()).unwrap() + theatre.jobs().await;
    assert_eq!(jobs, ticks - 1, "the first tick only says from when on");
}

#[tokio::test]
async fn what_was_missed_is_made_up_for_once() {
    let theatre = Theatre::open().await;
    let schedule = || Schedule::new("test.minute", "* * * * *", Act::Succeed).unwrap();
    let look = async |theatre: &Theatre| {
        let mut ticker = Ticker::new(theatre.db().clone(), process(), vec![schedule()]);
        ticker.look().await.unwrap()
    };
    let sleep = look(&theatre).await;
    assert!(sleep <= Duration::from_mins(1));
    assert_eq!(theatre.jobs().await, 0);
    theatre
        .execute("UPDATE schedule_ticks SET tick = {after:-86400 seconds}")
        .await;
    look(&theatre).await;
    look(&theatre).await;
    assert_eq!(theatre.jobs().await, 1);
    // A tick from a clock that was an hour ahead does not stop the schedule.
    theatre.execute("DELETE FROM jobs").await;
    theatre.execute("DELETE FROM schedule_ticks").await;
    theatre
        .execute("INSERT INTO schedule_ticks (schedule, tick) VALUES ('test.minute', {after:3600 seconds}), ('test.minute', {after:-120 seconds})")
        .await;
    look(&theatre).await;
    assert_eq!(theatre.jobs().await, 1);
}

#[test]
fn patterns_are_read_with_and_without_seconds() {
    let at: Timestamp = "2026-01-02T03:04:05.5Z".parse().unwrap();
    let schedule = Schedule::new("a", "*/5 * * * *", Act::Succeed).unwrap();
    assert_eq!(
        schedule.latest(at).unwrap().to_string(),
        "2026-01-02T03:00:00.000Z"
    );
    assert_eq!(schedule.next(at).unwrap().to_string(), "2026-01-02T03:05:00.000Z");
    let schedule = Schedule::new("b", "*/5 * * * * *", Act::Succeed).unwrap();
    assert_eq!(
        schedule.latest(at).unwrap().to_string(),
        "2026-01-02T03:04:05.000Z"
    );
    let exact: Timestamp = "2026-01-02T03:04:05Z".parse().unwrap();
    assert_eq!(schedule.latest(exact), Some(exact));
    let error = Schedule::new("c", "every day", Act::Succeed).err().unwrap();
    assert!(error.to_string().starts_with("schedule c: "), "{error}");
}
