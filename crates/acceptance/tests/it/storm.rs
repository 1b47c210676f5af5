//! Payments in bad weather. The provider speaks Stripe's wire and holds the true objects; whatever becomes of what it
//! tells, in the end everything here is as it is there, and each effect happened once.

mod die;
mod faults;
mod ledger;
mod provider;
mod run;
mod world;

use self::die::Die;
use self::run::Weather;

/// A slice of the whole: see docs/testing.md.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn payments_come_through_a_small_storm() {
    let weather = Weather {
        seed: Die::seed(),
        events: 240,
        copies: 2,
        lost: 15,
        kills: 2,
        faults: 2,
    };
    println!("again with MAINSTAY_TEST_SEED={}", weather.seed);
    println!("{}", run::run(weather).await);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "an hour: 4,000 events of ten seeds, told once and three times"]
async fn payments_come_through_every_storm() {
    let first = Die::seed();
    println!("again with MAINSTAY_TEST_SEED={first}");
    for seed in first..first + 10 {
        for (copies, faults) in [(1, 0), (3, 3)] {
            let weather = Weather {
                seed,
                events: 4_000,
                copies,
                lost: 10,
                kills: 12,
                faults,
            };
            println!("seed {seed}, {copies} copies: {}", run::run(weather).await);
        }
    }
}
