//! Keyset pages: a list is read from a position onwards, never from an offset, and never counted.

use uuid::Uuid;

/// The most that one page may hold.
pub const MAX_LIMIT: u32 = 200;
/// What a page holds when the caller does not say.
pub const DEFAULT_LIMIT: u32 = 50;

/// A row's place in a list: the value that the list is sorted by, and the id that makes it unique.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Position {
    /// The sort value as text (a time as [`crate::Timestamp::to_micros_text`], a name as it is).
    pub key: String,
    /// The row's id.
    pub id: Uuid,
}

/// Which part of a list is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PageRequest {
    limit: u32,
    /// The last row of the page before, `None` for the first page.
    pub after: Option<Position>,
}

/// A part of a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page<T> {
    /// The rows, in the list's order.
    pub items: Vec<T>,
    /// Where the next page starts; `None` when this is the last.
    pub next: Option<Position>,
}

impl PageRequest {
    /// A request for `limit` rows (kept within 1 to [`MAX_LIMIT`]) after `after`.
    pub fn new(limit: u32, after: Option<Position>) -> Self {
        Self {
            limit: limit.clamp(1, MAX_LIMIT),
            after,
        }
    }

    /// How many rows the page may hold.
    pub const fn limit(&self) -> u32 {
        self.limit
    }

    /// How many rows to fetch: one more than the page holds tells whether there is a next page.
    pub fn fetch_limit(&self) -> i64 {
        i64::from(self.limit) + 1
    }
}

impl Default for PageRequest {
    fn default() -> Self {
        Self::new(DEFAULT_LIMIT, None)
    }
}

impl<T> Page<T> {
    /// Cuts rows fetched with [`PageRequest::fetch_limit`] into a page.
    pub fn from_fetched(mut rows: Vec<T>, request: &PageRequest, position: impl Fn(&T) -> Position) -> Self {
        let limit = usize::try_from(request.limit).unwrap_or(usize::MAX);
        let has_more = rows.len() > limit;
        rows.truncate(limit);
        let next = rows.last().filter(|_| has_more).map(position);
        Self { items: rows, next }
    }

    /// The same page with other items.
    pub fn map<U>(self, shape: impl FnMut(T) -> U) -> Page<U> {
        Page {
            items: self.items.into_iter().map(shape).collect(),
            next: self.next,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn position(row: &u128) -> Position {
        Position {
            key: row.to_string(),
            id: Uuid::from_u128(*row),
        }
    }

    #[test]
    fn only_a_full_page_with_a_row_beyond_has_a_next() {
        let request = PageRequest::new(2, None);
        assert_eq!(request.fetch_limit(), 3);
        let page = Page::from_fetched(vec![1, 2, 3], &request, position);
        assert_eq!((page.items, page.next), (vec![1, 2], Some(position(&2))));
        let page = Page::from_fetched(vec![1, 2], &request, position);
        assert_eq!((page.items, page.next), (vec![1, 2], None));
    }

    #[test]
    fn the_limit_stays_in_bounds() {
        assert_eq!(PageRequest::new(0, None).limit(), 1);
        assert_eq!(PageRequest::new(1000, None).limit(), 200);
    }
}
