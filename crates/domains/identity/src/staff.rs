//! Who runs the platform: the first owner, and owners that the operator makes by command.

pub mod model;
pub mod service;
mod store;
#[cfg(test)]
mod tests;

pub use model::NewOwner;
pub use service::Staff;
