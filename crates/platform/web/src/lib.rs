//! HTTP: the OpenAPI layer, problems, extractors, access, layers. Owns no tables.
//!
//! A domain's `routes.rs` names its handlers in [`Routes`]; the document is made from the types in their
//! signatures, so it can't say anything else than the code does. Every extractor refuses with a problem.
//!
//! | module | holds |
//! |---|---|
//! | [`routes`] | [`Routes`], [`Api`]: a route and its operation in one call |
//! | [`openapi`] | the document, and how types describe themselves in it |
//! | [`access`] | [`Principal`], [`Member`], …: who may call what |
//! | [`scoped`] | [`Scoped`], [`Question`]: a body that says whose things it is about |
//! | [`context`] | [`Context`]: what a change is recorded with |
//! | [`json`], [`query`], [`path`] | [`Json`], [`Query`], [`Path`], [`UserReference`]: what comes in, checked |
//! | [`form_body`] | [`FormBody`]: forms of programs, where a standard asks for them |
//! | [`raw_body`] | [`RawBody`]: a body as it came, for what is signed |
//! | [`paging`] | [`Paging`], [`PageBody`], [`Cursors`] |
//! | [`precondition`] | [`IfMatch`], [`Precondition`] |
//! | [`answer`] | [`Created`], [`Accepted`], [`NoContent`], [`Empty`], [`Tagged`], [`ShortLived`] |
//! | [`csv`] | [`Csv`]: files of comma-separated values |
//! | [`event_stream`] | [`EventStream`], [`ServerSentEvent`]: what happens, told as it happens |
//! | [`cookies`] | [`Cookies`], [`SetCookie`] |
//! | `credentials` | bearer tokens and session cookies, read to the letter |
//! | `idempotency` | `Idempotency-Key`, bound to the body |
//! | `conditional` | entity tags and 304 |
//! | `body`, `parameters`, `faults` | reading a request, and what is wrong with its fields |
//! | [`layers`] | what every request goes through, around its handler |
//! | [`html`] | pages for people: their frame, their forms, their files |
//! | [`docs_page`] | the description of the API as pages and as files |
//! | [`problem`] | [`ApiError`], [`Problem`]: the only place where a failure becomes a status |

pub mod access;
pub mod answer;
mod body;
mod conditional;
pub mod context;
pub mod cookies;
mod credentials;
pub mod csv;
pub mod docs_page;
pub mod event_stream;
mod faults;
pub mod form_body;
pub mod html;
mod idempotency;
pub mod json;
pub mod layers;
pub mod openapi;
pub mod paging;
mod parameters;
pub mod path;
pub mod precondition;
pub mod problem;
pub mod query;
pub mod raw_body;
pub mod routes;
pub mod scoped;

#[cfg(test)]
mod tests;

pub use access::{
    Access, Account, Authenticate, Authorize, Caller, EveryOrganization, Fresh, Identified, Impersonation,
    InPerson, Key, KeyHolder, Keys, Member, Operator, OwnAffairs, Principal, Public, Reach, Scope,
    SessionKind, Tenant,
};
pub use answer::{Accepted, Created, Empty, NoContent, ShortLived, Tagged};
pub use context::Context;
pub use cookies::{Cookies, SetCookie};
pub use csv::Csv;
pub use event_stream::{EventStream, LastEventId, ServerSentEvent};
pub use form_body::FormBody;
pub use json::Json;
pub use openapi::yaml::to_yaml;
pub use openapi::{AccessRule, Info, Input, Operation, Output, Place, SESSION_COOKIE};
pub use paging::{Cursors, PageBody, Paging};
pub use path::{Path, UserReference};
pub use precondition::{IfMatch, Precondition};
pub use problem::{ApiError, ApiResult, FieldProblem, Problem};
pub use query::Query;
pub use raw_body::RawBody;
pub use routes::{Api, Doc, OperationInfo, Routes};
pub use scoped::{Question, Scoped};
