//! Time that hardly moves until a test moves it.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use kernel::time::SystemClock;
use kernel::{Clock, Timestamp};

const LOOK: Duration = Duration::from_millis(1);

/// A clock that starts at the present. Each look at it takes a millisecond, so that what happens later is
/// later; everything else it does only when told to.
#[derive(Clone)]
pub struct TestClock(Arc<Mutex<Timestamp>>);

impl TestClock {
    /// Starts at the machine's time, so that certificates and the database's own clock agree.
    pub fn new() -> Self {
        Self(Arc::new(Mutex::new(SystemClock.now())))
    }

    /// Lets time pass.
    pub fn advance(&self, time: Duration) {
        let mut now = self.0.lock().unwrap();
        *now = now.plus(time);
    }
}

impl Default for TestClock {
    fn default() -> Self {
        Self::new()
    }
}

impl Clock for TestClock {
    fn now(&self) -> Timestamp {
        let mut now = self.0.lock().unwrap();
        *now = now.plus(LOOK);
        *now
    }
}
