//! Who does which kind of job.

use std::collections::{BTreeMap, HashMap};
use std::marker::PhantomData;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;

use async_trait::async_trait;
use futures_util::FutureExt as _;

use crate::delivery::Delivery;
use crate::job::{Job, JobError};
use crate::lane::Lane;
use crate::lease::Claimed;

/// Does the jobs of one kind. It works outside any transaction; when the lease is lost its future is
/// dropped at the next await.
#[async_trait]
pub trait Handler<J: Job>: Send + Sync + 'static {
    /// One attempt.
    async fn run(&self, job: J, delivery: &Delivery) -> Result<(), JobError>;
}

#[async_trait]
impl<J: Job, H: Handler<J> + ?Sized> Handler<J> for Arc<H> {
    async fn run(&self, job: J, delivery: &Delivery) -> Result<(), JobError> {
        (**self).run(job, delivery).await
    }
}

/// The handlers, by kind. Kinds without one are left alone: another node may know them.
#[derive(Default, Clone)]
pub struct Registry {
    handlers: HashMap<&'static str, Entry>,
}

#[derive(Clone)]
struct Entry {
    lane: Lane,
    handler: Arc<dyn AnyHandler>,
}

impl Registry {
    /// Without any handler.
    pub fn new() -> Self {
        Self::default()
    }

    /// Jobs of kind `J` are done by `handler`, from now on only by that one.
    pub fn on<J: Job>(&mut self, handler: impl Handler<J>) -> &mut Self {
        let typed = Typed {
            handler,
            kind: PhantomData,
        };
        let entry = Entry {
            lane: J::LANE,
            handler: Arc::new(typed),
        };
        self.handlers.insert(J::NAME, entry);
        self
    }

    /// Each lane with its kinds.
    pub(crate) fn lanes(&self) -> Vec<(Lane, Vec<&'static str>)> {
        let mut lanes: BTreeMap<&'static str, (Lane, Vec<&'static str>)> = BTreeMap::new();
        for (kind, entry) in &self.handlers {
            let (lane, kinds) = lanes.entry(entry.lane.name).or_insert((entry.lane, Vec::new()));
            lane.concurrency = lane.concurrency.max(entry.lane.concurrency);
            kinds.push(kind);
        }
        lanes.into_values().collect()
    }

    /// The kinds that have a handler.
    pub fn kinds(&self) -> impl Iterator<Item = &'static str> {
        self.handlers.keys().copied()
    }

    /// One attempt. A handler that panics has failed, like one that returns an error.
    pub(crate) async fn run(&self, claimed: &Claimed, delivery: &Delivery) -> Result<(), JobError> {
        let Some(entry) = self.handlers.get(claimed.kind.as_str()) else {
            return Err(JobError::retry("no handler for this kind of job on this node"));
        };
        let attempt = entry.handler.run(claimed.payload.clone(), delivery);
        match AssertUnwindSafe(attempt).catch_unwind().await {
            Ok(outcome) => outcome,
            Err(panic) => Err(JobError::Retry {
                reason: format!("panicked: {}", words_of(&*panic)),
            }),
        }
    }
}

fn words_of(panic: &(dyn std::any::Any + Send)) -> &str {
    let text = panic.downcast_ref::<&str>().copied();
    text.or_else(|| panic.downcast_ref::<String>().map(String::as_str))
        .unwrap_or("no words")
}

/// A handler without the type of its job.
#[async_trait]
trait AnyHandler: Send + Sync {
    async fn run(&self, payload: serde_json::Value, delivery: &Delivery) -> Result<(), JobError>;
}

struct Typed<J, H> {
    handler: H,
    kind: PhantomData<fn() -> J>,
}

#[async_trait]
impl<J: Job, H: Handler<J>> AnyHandler for Typed<J, H> {
    async fn run(&self, payload: serde_json::Value, delivery: &Delivery) -> Result<(), JobError> {
        // A newer node may have written it; this one, once it is upgraded, can read it.
        let job = serde_json::from_value(payload)
            .map_err(|error| JobError::retry(format!("the payload can't be read: {error}")))?;
        self.handler.run(job, delivery).await
    }
}
