//! HTTP: the OpenAPI layer, problems, extractors, access, layers. Owns no tables.
//!
//! A domain's `routes.rs` names its handlers in [`Routes`]; the document is made from the types in their
//! signatures, so it can't say anything else than the code does. Every extractor refuses with a problem.
//!
//! | module | holds |
//! |---|---|
//! | [`layers`] | what every request goes through, around its handler |
//! | [`html`] | pages for people: their frame, their forms, their files |
//! | [`docs_page`] | the description of the API as pages and as files |
//! | [`problem`] | [`ApiError`], [`Problem`]: the only place where a failure becomes a status |

pub mod docs_page;
pub mod html;
pub mod layers;
pub mod problem;

pub use problem::{ApiError, ApiResult, FieldProblem, Problem};
