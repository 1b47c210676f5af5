//! Chance that can be had again.

use kernel::Clock as _;
use kernel::time::SystemClock;

/// A die whose throws can be had again: `MAINSTAY_TEST_SEED`.
#[derive(Clone)]
pub(super) struct Die(u64);

impl Die {
    pub(super) const fn of(seed: u64) -> Self {
        Self(seed)
    }

    /// The seed that was set; else one that nobody had before.
    #[expect(
        clippy::disallowed_methods,
        reason = "who repeats a run sets it, and no Config is read here"
    )]
    pub(super) fn seed() -> u64 {
        let given = std::env::var("MAINSTAY_TEST_SEED").ok();
        let now = || u64::try_from(SystemClock.now().unix_milliseconds()).unwrap();
        given.map_or_else(now, |seed| seed.parse().unwrap())
    }

    /// `SplitMix64`.
    pub(super) fn below(&mut self, end: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ (mixed >> 31)) % end
    }

    pub(super) fn place<T>(&mut self, list: &[T]) -> usize {
        usize::try_from(self.below(u64::try_from(list.len()).unwrap())).unwrap()
    }

    pub(super) fn pick<T: Copy>(&mut self, list: &[T]) -> T {
        list[self.place(list)]
    }

    /// Whether something happens that happens so often in a hundred times.
    pub(super) fn percent(&mut self, often: u64) -> bool {
        self.below(100) < often
    }
}
