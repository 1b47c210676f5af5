//! Documents of JSON that a person or an organization keeps here: what a product wants to remember without a
//! table of its own.

pub mod model;
pub mod routes;
pub mod service;
mod store;
#[cfg(test)]
mod tests;

pub use model::{
    Document, DocumentKey, DocumentOwner, DocumentPlace, DocumentValue, Expected, Namespace, Written,
};
pub use service::Documents;
