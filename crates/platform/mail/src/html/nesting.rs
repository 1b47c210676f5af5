//! Which elements are open.

use std::collections::HashMap;

/// Never closed, because nothing can be in them.
const VOID: [&[u8]; 14] = [
    b"area", b"base", b"br", b"col", b"embed", b"hr", b"img", b"input", b"link", b"meta", b"param",
    b"source", b"track", b"wbr",
];

/// Closed by the next of their kind where people leave the end out.
const CLOSED_BY_NEXT: [&[u8]; 7] = [b"p", b"li", b"tr", b"td", b"th", b"dt", b"dd"];

/// The open elements from the outermost inwards, each with what is known of it.
pub(super) struct Nesting<T> {
    open: Vec<(Vec<u8>, T)>,
    /// How many of each name, so that an end without a start is seen without a search.
    counts: HashMap<Vec<u8>, usize>,
}

impl<T> Nesting<T> {
    pub(super) fn new() -> Self {
        Self {
            open: Vec::new(),
            counts: HashMap::new(),
        }
    }

    pub(super) fn innermost(&self) -> Option<&T> {
        self.open.last().map(|(_, known)| known)
    }

    /// What ends because `name` begins.
    pub(super) fn end_before(&mut self, name: &[u8]) -> Option<(Vec<u8>, T)> {
        let is_same = self.open.last().is_some_and(|(open, _)| open == name);
        (is_same && CLOSED_BY_NEXT.contains(&name)).then(|| self.pop())?
    }

    /// Whether it stays open.
    pub(super) fn begin(&mut self, name: &[u8], known: T) -> bool {
        if VOID.contains(&name) {
            return false;
        }
        *self.counts.entry(name.to_vec()).or_default() += 1;
        self.open.push((name.to_vec(), known));
        true
    }

    /// What ends with `name`, the innermost first; nothing when it is not open.
    pub(super) fn end(&mut self, name: &[u8]) -> Vec<(Vec<u8>, T)> {
        let mut ended = Vec::new();
        if self.counts.get(name).is_none_or(|count| *count == 0) {
            return ended;
        }
        while let Some(popped) = self.pop() {
            let is_last = popped.0 == name;
            ended.push(popped);
            if is_last {
                break;
            }
        }
        ended
    }

    fn pop(&mut self) -> Option<(Vec<u8>, T)> {
        let popped = self.open.pop()?;
        if let Some(count) = self.counts.get_mut(&popped.0) {
            *count = count.saturating_sub(1);
        }
        Some(popped)
    }
}
