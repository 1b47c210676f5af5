//! Which jobs share room in a worker.

/// Kinds of jobs that run side by side in a room of their own, so that those that are slow hold up no others.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Lane {
    pub(crate) name: &'static str,
    pub(crate) concurrency: Option<usize>,
}

impl Lane {
    /// The room of all that is quick; how much runs in it at once is [`crate::WorkerConfig::concurrency`].
    pub const MAIN: Self = Self {
        name: "main",
        concurrency: None,
    };

    /// A room for at most `concurrency` (at least 1) jobs at once on a node. Where kinds say different things of one
    /// name, the greatest counts.
    pub const fn new(name: &'static str, concurrency: usize) -> Self {
        Self {
            name,
            concurrency: Some(concurrency),
        }
    }
}
