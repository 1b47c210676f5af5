//! What mail servers and providers report about mails after they were sent.

mod mime;
pub(crate) mod model;
mod returned;
pub(crate) mod routes;
pub(crate) mod service;
