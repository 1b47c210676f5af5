//! The pages in a real browser.

mod accessibility;
mod passkeys;
mod sandbox;
