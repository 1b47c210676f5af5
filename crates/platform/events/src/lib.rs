//! Typed events, published in the transaction that causes them.
