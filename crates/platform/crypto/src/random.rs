//! Bytes of the operating system's generator, for secrets. Ids come from `kernel::IdSource` instead.

use zeroize::Zeroizing;

/// `N` bytes that nobody can guess.
///
/// # Panics
/// When the operating system gives none.
#[expect(
    clippy::expect_used,
    reason = "a server whose system gives no randomness must not go on, and no caller could help"
)]
pub fn bytes<const N: usize>() -> Zeroizing<[u8; N]> {
    let mut bytes = Zeroizing::new([0; N]);
    getrandom::fill(bytes.as_mut_slice()).expect("the operating system gives random bytes");
    bytes
}
