//! The whole product over HTTP, as named people, on both databases.
