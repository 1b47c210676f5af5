//! Who may have an account. Every account begins with an [`Admitted`], and only two things make one: the gate,
//! which strangers come through, and somebody who vouches for the person.

pub mod model;
pub mod routes;
pub mod service;
mod store;

pub use model::{Admitted, Approach, Newcomer, Solution, Voucher, Way};
pub use service::{Admissions, SignUpGate};
