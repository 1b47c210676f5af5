//! Codes that are typed in place of each other: those of an authenticator app, and those written down for when
//! it is lost. However one is shown, it is tried, counted and used up here.

pub mod model;
pub mod service;

pub use model::FactorCode;
pub use service::FactorCodes;
