//! The composition root: the one place where domains, adapters and platform are put together, and the
//! program `mainstay`.
//!
//! | module | holds |
//! |---|---|
//! | [`cli`] | the command line |
//! | [`config`] | the configuration |
//! | [`app`] | [`App`]: the whole product, running |
//! | [`wiring`] | [`Services`]: every service and adapter, built once, in order |
//! | [`router`] | the table of contents of the API |
//! | `invites` | where signing up meets invites |
//! | `subscriptions` | which domain hears which event |
//! | `jobs` | every job and schedule |
//! | `home`, `setup`, `dev_mailbox` | pages of the server itself |
//! | `probes` | health, readiness, metrics |
//! | `serve` | connections |
//! | `data_dir` | the data directory and the master key in it |
//! | [`machine`] | [`Machine`]: the time, and chance |
//! | [`telemetry`] | log lines and metrics |
//! | [`error`] | [`StartError`] |

pub mod app;
pub mod cli;
pub mod config;
mod data_dir;
mod dead_jobs;
mod dev_mailbox;
pub mod error;
mod home;
mod invites;
mod jobs;
pub mod machine;
mod probes;
pub mod router;
mod serve;
mod setup;
mod subscriptions;
pub mod telemetry;
pub mod wiring;

pub use app::{App, Work};
pub use config::{Config, Sources};
pub use error::StartError;
pub use machine::Machine;
pub use wiring::Services;
