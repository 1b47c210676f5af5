//! The data door: everything that is kept goes through here, and no other crate names a driver.
//!
//! A service gives [`Db::write`] or [`Db::read`] a whole closure, a unit of work. On SQLite it
//! travels to the one writer thread, where closures that wait share one transaction (a savepoint
//! each) and are answered after its `COMMIT`; on PostgreSQL it runs in a transaction of its own and
//! is run again when the engine asks for that. A closure awaits the database and nothing else: one
//! that waits for anything outside is refused on both engines. One in which a statement failed does not
//! commit, whatever it returns: PostgreSQL has given the transaction up by then.
//!
//! | module | holds |
//! |---|---|
//! | [`config`] | [`DbConfig`]: where the data is and how much of it at once |
//! | [`value`] | [`Value`], [`Args`], [`args!`]: what is bound to `$1`, `$2`, … |
//! | [`row`] | [`Row`], [`FromRow`], [`Column`]: what comes back |
//! | [`executor`] | [`Executor`], [`Tx`], [`ReadTx`]: where statements run |
//! | [`filter`] | [`Filter`]: optional conditions of lists |
//! | [`dialect`] | the few differences of the engines, as tokens in one SQL text |
//! | [`error`] | [`DbError`], constraint names that are the same on both engines |
//! | [`migrate`] | embedded migrations, their lock and their checks |
//! | [`testing`] | a database for each test |
//! | `connection` | statements on one connection of either engine |
//! | `sqlite`, `postgres` | the two engines: their threads and connections |

mod chance;
pub mod config;
mod connection;
pub mod dialect;
pub mod error;
pub mod executor;
pub mod filter;
pub mod migrate;
mod postgres;
pub mod row;
mod schema;
mod sqlite;
pub mod testing;
mod unit;
pub mod value;

mod door;

pub use config::{DatabaseUrl, DbConfig};
pub use dialect::Engine;
pub use door::Db;
pub use error::DbError;
pub use executor::{Executor, ReadTx, Tx};
pub use filter::Filter;
pub use row::{Column, FromRow, Row};
pub use schema::{ForeignKey, Schema, SchemaColumn, Table};
pub use value::{Args, Value};
