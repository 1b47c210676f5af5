//! The description of the API, made from the code that serves it (OpenAPI 3.0.3).
//!
//! Extractors and answers describe themselves ([`Input`], [`Output`]); a handler is described by its
//! signature. What client generators are known to break on is avoided here, once: unnamed schemas, unions
//! with null, tuples, formats that only Rust knows, more than one success answer.
//!
//! | module | holds |
//! |---|---|
//! | [`describe`] | [`Input`], [`Output`], [`Describe`] |
//! | [`operation`] | [`Operation`]: one operation while it is being described |
//! | `schemas` | the two generators: what is read, what is written |
//! | `shapes` | from JSON Schema to what OpenAPI 3.0 can say |
//! | `unions` | names and discriminators for tagged unions |
//! | `example` | examples, put together from those of the fields |
//! | [`document`] | [`Info`] and the document itself |
//! | [`yaml`] | the document as YAML |

pub mod describe;
pub mod document;
mod example;
pub mod operation;
pub(crate) mod schemas;
mod shapes;
mod unions;
pub mod yaml;

pub use describe::{Describe, Input, Output};
pub use document::Info;
pub use operation::{AccessRule, Operation, Place};
pub use schemas::standalone;

/// The cookie of a browser's session. The prefix makes browsers refuse it from other hosts and from http.
pub const SESSION_COOKIE: &str = "__Host-ms_session";
