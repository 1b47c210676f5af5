//! CBOR (RFC 8949), as far as authenticators use it.

use ciborium::Value;

/// How deep values may be nested. Attestation statements of all formats need five.
const DEEPEST: usize = 16;

/// The first value of `bytes` and what follows it; `None` when there is none.
pub(crate) fn first(bytes: &[u8]) -> Option<(Value, &[u8])> {
    let mut rest = bytes;
    let value = ciborium::de::from_reader_with_recursion_limit(&mut rest, DEEPEST).ok()?;
    Some((value, rest))
}

/// A map whose keys are there once each.
pub(crate) fn map(value: Value) -> Option<Vec<(Value, Value)>> {
    let pairs = value.into_map().ok()?;
    let is_unique = pairs
        .iter()
        .enumerate()
        .all(|(place, (key, _))| pairs.iter().skip(place + 1).all(|(other, _)| other != key));
    is_unique.then_some(pairs)
}

/// Takes what a map holds under `key` out of it.
pub(crate) fn take(pairs: &mut Vec<(Value, Value)>, key: &Value) -> Option<Value> {
    let place = pairs.iter().position(|(known, _)| known == key)?;
    Some(pairs.swap_remove(place).1)
}
