//! Cursors: a place in a list, sealed, so that callers neither read it nor make their own.

use std::sync::Arc;

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use crypto::{MasterKey, Sealer};
use kernel::Position;
use sha2::{Digest as _, Sha256};
use uuid::Uuid;

use crate::paging::{CURSOR, LIMIT};
use crate::problem::ApiError;

/// What cursors are sealed for; a sealed text of another part of the product is no cursor.
const PURPOSE: &[u8] = b"cursor";

/// Longer ones are not even looked at.
const LONGEST: usize = 2048;

/// Seals and opens cursors; the server puts it into every request.
#[derive(Clone)]
pub struct Cursors(Arc<Sealer>);

/// Which list with which filter a cursor belongs to.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Binding([u8; 16]);

impl Cursors {
    /// Cursors that hold as long as the key does, on every node that has it.
    pub fn new(key: &MasterKey) -> Self {
        Self(Arc::new(key.sealer("web.cursor")))
    }

    pub(crate) fn seal(&self, position: &Position, binding: &Binding) -> String {
        let mut plain = Vec::with_capacity(32 + position.key.len());
        plain.extend_from_slice(&binding.0);
        plain.extend_from_slice(position.id.as_bytes());
        plain.extend_from_slice(position.key.as_bytes());
        BASE64_URL_SAFE_NO_PAD.encode(self.0.seal(&plain, PURPOSE))
    }

    pub(crate) fn open(&self, text: &str, binding: &Binding) -> Result<Position, ApiError> {
        let (bound_to, position) = self.read(text).ok_or_else(|| {
            let detail = "this is not a cursor; take next_cursor of the page before, as it is";
            ApiError::malformed("malformed_cursor", detail)
        })?;
        if bound_to == *binding {
            Ok(position)
        } else {
            let detail = "this cursor belongs to another list or filter; start again without it";
            Err(ApiError::malformed("cursor_mismatch", detail))
        }
    }

    fn read(&self, text: &str) -> Option<(Binding, Position)> {
        let sealed = BASE64_URL_SAFE_NO_PAD
            .decode(text)
            .ok()
            .filter(|_| text.len() <= LONGEST)?;
        let plain = self.0.open(&sealed, PURPOSE)?;
        let (binding, rest) = plain.split_first_chunk::<16>()?;
        let (id, key) = rest.split_first_chunk::<16>()?;
        let position = Position {
            key: String::from_utf8(key.to_vec()).ok()?,
            id: Uuid::from_bytes(*id),
        };
        Some((Binding(*binding), position))
    }
}

impl Binding {
    /// The path with every parameter that decides what is in the list and in which order.
    pub(crate) fn of(path: &str, query: &[(String, String)]) -> Self {
        let mut filter: Vec<_> = query
            .iter()
            .filter(|(name, _)| name != LIMIT && name != CURSOR)
            .collect();
        filter.sort_unstable();
        let mut hash = Sha256::new();
        for text in
            std::iter::once(path).chain(filter.iter().flat_map(|(name, value)| [name.as_str(), value]))
        {
            hash.update(text.len().to_be_bytes());
            hash.update(text);
        }
        let digest: [u8; 32] = hash.finalize().into();
        Self(digest.first_chunk::<16>().copied().unwrap_or_default())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cursors() -> Cursors {
        Cursors::new(&MasterKey::from_bytes([7; 32]))
    }

    fn position() -> Position {
        Position {
            key: "2026-01-02T03:04:05.123456Z".into(),
            id: Uuid::from_u128(42),
        }
    }

    fn query(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
        pairs
            .iter()
            .map(|(name, value)| ((*name).into(), (*value).into()))
            .collect()
    }

    #[test]
    fn a_cursor_comes_back_for_the_same_list_whatever_the_limit() {
        let here = Binding::of("/users", &query(&[("status", "active"), ("q", "ada")]));
        let there = Binding::of(
            "/users",
            &query(&[("q", "ada"), ("limit", "3"), ("status", "active")]),
        );
        let text = cursors().seal(&position(), &here);
        assert_eq!(cursors().open(&text, &there).unwrap(), position());
    }

    #[test]
    fn a_cursor_of_another_list_is_told_from_a_forged_one() {
        let here = Binding::of("/users", &[]);
        let text = cursors().seal(&position(), &here);
        for other in [
            Binding::of("/organizations", &[]),
            Binding::of("/users", &query(&[("q", "ada")])),
        ] {
            let error = cursors().open(&text, &other).unwrap_err();
            assert_eq!(error.problem().code, "cursor_mismatch");
        }
        let stranger = Cursors::new(&MasterKey::from_bytes([8; 32]));
        for forged in [
            "",
            "x",
            "%%%",
            &text[1..],
            &stranger.seal(&position(), &here),
            &"A".repeat(5000),
        ] {
            let error = cursors().open(forged, &here).unwrap_err();
            assert_eq!(error.problem().code, "malformed_cursor", "{forged}");
        }
    }
}
