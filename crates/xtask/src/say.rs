//! What the commands print: one line when a step begins, one when it ends.

use std::io::{self, Write};
use std::time::{Duration, Instant};

use crate::stop::Outcome;

/// Prints one line; a closed pipe is nobody's problem.
pub(crate) fn line(text: &str) {
    let mut out = io::stdout().lock();
    let _ = writeln!(out, "{text}").and_then(|()| out.flush());
}

/// Prints what a failing program said, as it said it.
pub(crate) fn quote(output: &str) {
    line(output.trim_end());
}

/// Runs one step between its name and its time.
pub(crate) fn step<T>(name: &str, work: impl FnOnce() -> Outcome<T>) -> Outcome<T> {
    line(&format!("\n▸ {name}"));
    let start = Instant::now();
    let outcome = work();
    let mark = if outcome.is_ok() { "✓" } else { "✗" };
    line(&format!("{mark} {name}: {}", duration(start.elapsed())));
    outcome
}

/// `7.3s`, `2m 05s`.
pub(crate) fn duration(time: Duration) -> String {
    let seconds = time.as_secs();
    if seconds < 60 {
        return format!("{:.1}s", time.as_secs_f64());
    }
    format!("{}m {:02}s", seconds / 60, seconds % 60)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn writes_times_the_way_people_do() {
        assert_eq!(duration(Duration::from_millis(7_340)), "7.3s");
        assert_eq!(duration(Duration::from_secs(125)), "2m 05s");
    }
}
