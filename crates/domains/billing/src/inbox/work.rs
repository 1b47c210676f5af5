//! The jobs of the inbox: what is written down when something is to be done.

use jobs::{Job, Lane};
use serde::{Deserialize, Serialize};

use super::model::Object;

/// How many objects a process asks for at once.
const AT_ONCE: usize = 8;

/// Asks a provider what an object is, and applies it. There may be several for the same one; they take turns.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct SyncPaymentObject {
    /// Which.
    pub(crate) object: Object,
    /// The id of our payment or subscription, where who asked knew it.
    pub(crate) reference: Option<String>,
    /// Whether what was answered is compared with what came of it.
    #[serde(default)]
    pub(crate) compares: bool,
}

/// Sees to events that wait and that no job works for: their job was given up, or lost.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub(crate) struct WakePaymentEvents {}

/// Deletes what providers sent to the letter, once it is old.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub(crate) struct DeletePaymentEventBodies {}

impl Job for SyncPaymentObject {
    const NAME: &'static str = "payments.sync";
    /// Failures to ask are counted with the object; what is counted here beside them is trouble of our own.
    const MAX_ATTEMPTS: u32 = 20;
    const LANE: Lane = Lane::new("payments", AT_ONCE);
}

impl Job for WakePaymentEvents {
    const NAME: &'static str = "payments.wake_events";
    const MAX_ATTEMPTS: u32 = 3;
    const PRIORITY: i32 = 5;
}

impl Job for DeletePaymentEventBodies {
    const NAME: &'static str = "payments.delete_event_bodies";
    const MAX_ATTEMPTS: u32 = 3;
    const PRIORITY: i32 = 10;
}

impl SyncPaymentObject {
    /// Tells the one job of an object that waits for its turn. One that knows a reference is another one than those
    /// that don't, because it must not be forgotten.
    pub(crate) fn key(&self) -> String {
        let Object {
            provider, account, ..
        } = &self.object;
        let reference = self.reference.as_deref().unwrap_or_default();
        format!("{provider}|{account}|{}|{reference}", self.object.name())
    }
}
