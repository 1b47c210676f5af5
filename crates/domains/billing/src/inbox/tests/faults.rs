//! Providers that don't answer, workers that die, and events that come at the wrong moment.

use std::sync::Arc;
use std::time::Duration;

use ports::payments::ProviderError;

use super::{events, inbox, paid, receive, statuses};
use crate::inbox::model::EventStatus::{Failed, Processed, Received};
use crate::testing::Billing;

/// A job that is under way is nobody's any more, as when its process has died.
const BURY: &str = "UPDATE jobs SET lease_until = NULL, lease_owner = NULL WHERE lease_until IS NOT NULL";

/// The time of who has an object is over.
const EXPIRE: &str = "UPDATE payment_locks SET held_until = {after:-1 seconds} WHERE held_until IS NOT NULL";

async fn ready() -> Arc<Billing> {
    let billing = Arc::new(Billing::open().await);
    billing.till.set("p1", paid("p1"));
    billing
}

/// A worker that does what is due.
fn worker(billing: &Arc<Billing>) -> tokio::task::JoinHandle<jobs::Drained> {
    let billing = Arc::clone(billing);
    tokio::spawn(async move { billing.work().await })
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_event_that_comes_while_the_provider_is_asked_has_it_asked_again() {
    let billing = ready().await;
    billing.till.lock();
    receive(&billing, "e1", "p1").await;
    let first = worker(&billing);
    billing.till.until_asked(1).await;
    receive(&billing, "e2", "p1").await;
    // Another worker finds the object taken, and leaves it.
    let second = worker(&billing).await.unwrap();
    assert_eq!((second.completed, second.failed.len()), (0, 1));
    assert_eq!(billing.till.fetches(), 1);
    billing.till.unlock();
    first.await.unwrap();
    assert_eq!(statuses(&billing).await, [Processed, Received]);
    billing.later(Duration::from_secs(3)).await;
    billing.work().await;
    assert_eq!(billing.till.fetches(), 2);
    assert_eq!(statuses(&billing).await, [Processed, Processed]);
    assert_eq!(billing.number("SELECT count(*) FROM jobs").await, 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_worker_that_dies_while_it_asks_loses_nothing() {
    let billing = ready().await;
    billing.till.lock();
    receive(&billing, "e1", "p1").await;
    let dying = worker(&billing);
    billing.till.until_asked(1).await;
    dying.abort();
    assert!(dying.await.unwrap_err().is_cancelled());
    billing.till.unlock();
    assert_eq!(statuses(&billing).await, [Received]);
    // The same job takes up its own work at once.
    billing.execute(BURY).await;
    billing.work().await;
    assert_eq!(billing.till.fetches(), 2);
    assert_eq!(statuses(&billing).await, [Processed]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_dead_worker_had_is_taken_over_when_its_time_is_over() {
    let billing = ready().await;
    billing.till.lock();
    receive(&billing, "e1", "p1").await;
    let dying = worker(&billing);
    billing.till.until_asked(1).await;
    dying.abort();
    let _ = dying.await;
    billing.till.unlock();
    billing.execute("DELETE FROM jobs").await;
    receive(&billing, "e2", "p1").await;
    billing.work().await;
    assert_eq!(billing.till.fetches(), 1);
    billing.execute(EXPIRE).await;
    billing.later(Duration::from_secs(3)).await;
    billing.work().await;
    assert_eq!(billing.till.fetches(), 2);
    assert_eq!(statuses(&billing).await, [Processed, Processed]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_answer_that_comes_after_the_object_was_taken_over_counts_for_nothing() {
    let billing = ready().await;
    billing.till.lock();
    receive(&billing, "e1", "p1").await;
    let slow = worker(&billing);
    billing.till.until_asked(1).await;
    billing.execute(EXPIRE).await;
    receive(&billing, "e2", "p1").await;
    let quick = worker(&billing);
    billing.till.until_asked(2).await;
    // The slow one is answered first, and has lost its right to it.
    billing.till.gate.add_permits(1);
    slow.await.unwrap();
    assert_eq!(statuses(&billing).await, [Received, Received]);
    billing.till.unlock();
    quick.await.unwrap();
    assert_eq!(statuses(&billing).await, [Processed, Processed]);
    assert_eq!(billing.number("SELECT count(*) FROM payment_locks").await, 0);
}

#[tokio::test]
async fn silence_is_waited_out_longer_and_longer_and_then_shown() {
    let billing = ready().await;
    receive(&billing, "e1", "p1").await;
    for _ in 0..8 {
        billing
            .till
            .trouble(ProviderError::Unavailable("no answer in time".into()));
    }
    let waits = [10, 60, 300, 1800, 7200, 21_600, 86_400];
    for (tried, wait) in waits.into_iter().enumerate() {
        billing.work().await;
        assert_eq!(billing.till.fetches(), tried + 1);
        // However often it is looked at in between.
        billing.later(Duration::from_secs(wait - 1)).await;
        billing.work().await;
        assert_eq!(billing.till.fetches(), tried + 1);
        assert_eq!(statuses(&billing).await, [Received]);
        billing.later(Duration::from_secs(1)).await;
    }
    billing.work().await;
    assert_eq!(billing.till.fetches(), 8);
    assert_eq!(statuses(&billing).await, [Failed]);
    let error = events(&billing).await.remove(0).error.unwrap();
    assert_eq!(
        error,
        "the provider does not answer as it should: no answer in time"
    );
    billing.later(Duration::from_hours(48)).await;
    billing.work().await;
    assert_eq!(billing.till.fetches(), 8);
}

#[tokio::test]
async fn news_of_an_object_is_not_kept_waiting_for_a_day() {
    let billing = ready().await;
    for _ in 0..6 {
        billing
            .till
            .trouble(ProviderError::Unavailable("no answer in time".into()));
    }
    receive(&billing, "e1", "p1").await;
    for _ in 0..6 {
        billing.work().await;
        billing.later(Duration::from_hours(3)).await;
    }
    assert_eq!(billing.till.fetches(), 6);
    receive(&billing, "e2", "p1").await;
    billing.work().await;
    assert_eq!(billing.till.fetches(), 6);
    billing.later(Duration::from_mins(1)).await;
    billing.work().await;
    assert_eq!(statuses(&billing).await, [Processed, Processed]);
}

#[tokio::test]
async fn a_provider_that_asks_to_slow_down_is_left_alone_for_so_long_and_nothing_fails_by_it() {
    let billing = ready().await;
    let retry_after = Some(Duration::from_secs(90));
    for _ in 0..30 {
        billing.till.trouble(ProviderError::RateLimited { retry_after });
    }
    receive(&billing, "e1", "p1").await;
    for round in 1..=30 {
        billing.work().await;
        assert_eq!(billing.till.fetches(), round);
        billing.later(Duration::from_secs(89)).await;
        billing.work().await;
        assert_eq!(billing.till.fetches(), round);
        billing.later(Duration::from_secs(1)).await;
    }
    billing.work().await;
    assert_eq!(statuses(&billing).await, [Processed]);
}

#[tokio::test]
async fn events_whose_job_was_lost_are_seen_to() {
    let billing = ready().await;
    receive(&billing, "e1", "p1").await;
    billing.execute("DELETE FROM jobs").await;
    inbox(&billing).wake().await.unwrap();
    billing.work().await;
    assert_eq!(statuses(&billing).await, [Received], "it may still be on its way");
    billing.clock.advance(Duration::from_mins(11));
    inbox(&billing).wake().await.unwrap();
    inbox(&billing).wake().await.unwrap();
    billing.work().await;
    assert_eq!(statuses(&billing).await, [Processed]);
    assert_eq!(billing.till.fetches(), 1);
}
