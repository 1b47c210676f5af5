//! How many connections the system allows.

/// File descriptors for everything else: the database, its log, mail, the listener, the program itself.
const RESERVED: usize = 96;

/// `wanted`, or fewer where the system would run out of file descriptors: then clients wait in the
/// system's own queue, and the database can still open its files.
pub(super) fn connections(wanted: usize) -> usize {
    let Some(allowed) = open_files() else {
        return wanted;
    };
    let possible = allowed.saturating_sub(RESERVED).max(8);
    if possible < wanted {
        tracing::info!(
            connections = possible,
            "the system allows {allowed} open files, so {possible} connections are taken at once"
        );
    }
    wanted.min(possible)
}

/// The soft limit of this process, where the system tells.
fn open_files() -> Option<usize> {
    let limits = std::fs::read_to_string("/proc/self/limits").ok()?;
    let line = limits
        .lines()
        .find_map(|line| line.strip_prefix("Max open files"))?;
    line.split_whitespace().next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn never_takes_more_than_was_asked_for() {
        assert_eq!(connections(1), 1);
        assert!(connections(usize::MAX) <= open_files().unwrap_or(usize::MAX));
    }
}
